"""Names and subscripts -> positions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.passes.constants import fold, number
from nqpf.engine.passes.elements import target, targets, unroll
from nqpf.errors import InputError, did_you_mean

CONTROL = ("INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER")


@dataclass(frozen=True)
class _Axis:
    """One axis of a variable: the range it is named after and its elements in order."""

    name: str
    elements: tuple[str, ...]

    def position(self, element: str) -> int | None:
        key = canonical(element)
        for i, own in enumerate(self.elements):
            if canonical(own) == key:
                return i
        return None


def index(source: ir.SourceModel) -> ir.IndexedModel:
    """Resolve every name of ``source``.

    Raises
    ------
    InputError
        One message with every undefined name, wrong subscript or duplicate definition found.
    """
    return _Indexer(source).run()


@dataclass(frozen=True)
class _Defined:
    """One variable's definitions, laid out over its elements."""

    kind: ir.Kind
    constants: tuple[float, ...] = ()
    tables: tuple[ir.Table, ...] = ()
    equations: Sequence[ir.Equation] = ()


class _Indexer:
    def __init__(self, source: ir.SourceModel) -> None:
        self.source = source
        self.problems: list[str] = []
        self.ranges = source.ranges
        self.spelled_range = {canonical(name): name for name in source.ranges}
        self.elements_known = {
            canonical(element) for elements in source.ranges.values() for element in elements
        }
        self.elements: dict[str, ir.Element] = {}
        for element in source.elements:
            key = canonical(element.name)
            if key in self.elements:
                self.problems.append(
                    f'"{element.name}" is defined twice (also as "{self.elements[key].name}")'
                )
            self.elements[key] = element
        self.axes: dict[str, tuple[_Axis, ...]] = {}
        for key, element in self.elements.items():
            self.axes[key] = self._axes_of(element)

    def run(self) -> ir.IndexedModel:
        missing = [name for name in CONTROL[:3] if canonical(name) not in self.elements]
        if missing:
            self.problems.append(f"{', '.join(missing)} missing: is this a whole model?")
        self._add_saveper()
        variables: dict[str, ir.Variable] = {}
        equations: list[ir.Equation] = []
        constants: dict[str, tuple[float, ...]] = {}
        tables: dict[str, tuple[ir.Table, ...]] = {}
        non_negative: set[str] = set()
        for key, element in self.elements.items():
            axes = self.axes[key]
            own = self._define(element, axes)
            variables[element.name] = ir.Variable(
                name=element.name,
                py_name=element.py_name,
                unit=element.unit,
                doc=element.doc,
                dims=tuple(axis.name for axis in axes),
                shape=tuple(len(axis.elements) for axis in axes),
                kind=own.kind,
                limits=element.limits,
            )
            if own.kind == "constant":
                constants[element.name] = own.constants
            elif own.kind == "lookup":
                tables[element.name] = own.tables
            equations.extend(own.equations)
            if any(
                isinstance(d.body, ir.Integ) and d.body.non_negative for d in element.definitions
            ):
                non_negative.add(element.name)
        if self.problems:
            raise InputError("; ".join(dict.fromkeys(self.problems)))
        return ir.IndexedModel(
            variables=variables,
            ranges=self.ranges,
            equations=tuple(equations),
            constants=constants,
            tables=tables,
            non_negative=frozenset(non_negative),
            method=self.source.method,
        )

    def _add_saveper(self) -> None:
        """XMILE may leave the save period out, and PySD's translator drops it where it is given."""
        key = canonical("SAVEPER")
        given = self.source.saveper
        if key in self.elements and given is None:
            return
        body = ir.Number(given) if given is not None else ir.Name("TIME STEP")
        definition = ir.Definition((), (), body, "SAVEPER")
        known = self.elements.get(key)
        if known is None:
            known = ir.Element("SAVEPER", "saveper", "", "", (None, None), ())
        self.elements[key] = replace(known, definitions=(definition,))
        self.axes[key] = ()

    # --- axes ---------------------------------------------------------------------------------

    def _axes_of(self, element: ir.Element) -> tuple[_Axis, ...]:
        counts = {len(definition.subscripts) for definition in element.definitions}
        if len(counts) > 1:
            self.problems.append(
                f'"{element.name}" is defined with different numbers of subscripts'
            )
            return ()
        count = counts.pop() if counts else 0
        axes = []
        for i in range(count):
            used = [definition.subscripts[i] for definition in element.definitions]
            axes.append(self._axis(element.name, used))
        if len(set(axes)) < len(axes):
            # The same range twice: number the later ones, so that output dimensions differ.
            seen: dict[str, int] = {}
            for i, axis in enumerate(axes):
                seen[axis.name] = seen.get(axis.name, 0) + 1
                if seen[axis.name] > 1:
                    axes[i] = _Axis(f"{axis.name} {seen[axis.name]}", axis.elements)
        return tuple(axes)

    def _axis(self, variable: str, used: Sequence[str]) -> _Axis:
        names = {self.spelled_range.get(canonical(subscript)) for subscript in used}
        if len(names) == 1 and None not in names:
            (name,) = names
            assert name is not None
            return _Axis(name, self.ranges[name])
        wanted: dict[str, None] = {}
        for subscript in used:
            name = self.spelled_range.get(canonical(subscript))
            for part in self.ranges[name] if name is not None else (subscript,):
                wanted[canonical(part)] = None
        holding = [
            (len(elements), name)
            for name, elements in self.ranges.items()
            if set(wanted) <= {canonical(part) for part in elements}
        ]
        if not holding:
            unknown = [part for part in used if not self._known_subscript(part)]
            if unknown:
                self.problems.append(self._unknown_subscript(variable, unknown[0]))
            else:
                listed = ", ".join(dict.fromkeys(used))
                self.problems.append(f'"{variable}": no subscript range holds all of {listed}')
            return _Axis("?", tuple(used))
        _, name = min(holding, key=lambda pair: pair[0])
        return _Axis(name, self.ranges[name])

    def _known_subscript(self, subscript: str) -> bool:
        key = canonical(subscript)
        return key in self.spelled_range or key in self.elements_known

    def _unknown_subscript(self, variable: str, subscript: str) -> str:
        known = [*self.ranges, *(e for elements in self.ranges.values() for e in elements)]
        return f'"{variable}": unknown subscript "{subscript}".{did_you_mean(subscript, known)}'

    # --- definitions --------------------------------------------------------------------------

    def _define(self, element: ir.Element, axes: tuple[_Axis, ...]) -> _Defined:
        bodies = [definition.body for definition in element.definitions]
        size = 1
        for axis in axes:
            size *= len(axis.elements)
        if bodies and all(isinstance(body, ir.Table) for body in bodies):
            empty = ir.Table((0.0,), (float("nan"),))
            return _Defined("lookup", tables=self._spread(element, axes, size, empty))
        folded = [
            replace(definition, body=fold(definition.body))
            if not isinstance(definition.body, tuple | ir.Table)
            else definition
            for definition in element.definitions
        ]
        element = replace(element, definitions=tuple(folded))
        if all(isinstance(d.body, tuple) or number(d.body) is not None for d in folded):
            values = self._spread(element, axes, size, float("nan"))
            return _Defined("constant", constants=values)
        equations: list[ir.Equation] = []
        for definition in element.definitions:
            equations.extend(self._equations(element, definition, axes))
        written: set[tuple[int, ...]] = set()
        for equation in equations:
            for place in targets(equation):
                if place in written:
                    self.problems.append(f'"{element.name}" defines an element twice')
                written.add(place)
        kind: ir.Kind = "auxiliary"
        if any(isinstance(definition.body, ir.Integ) for definition in folded):
            kind = "stock"
            if not all(isinstance(definition.body, ir.Integ) for definition in folded):
                self.problems.append(f'"{element.name}" is a stock in some elements only')
        elif all(isinstance(definition.body, ir.Initial) for definition in folded):
            kind = "initial"
        return _Defined(kind, equations=equations)

    def _spread(self, element: ir.Element, axes: tuple[_Axis, ...], size: int, empty):
        """Lay constant or table definitions out over all elements."""
        cells = [empty] * size
        for definition in element.definitions:
            places = self._places(element.name, definition, axes)
            body = definition.body
            if isinstance(body, tuple):
                if len(body) != len(places):
                    self.problems.append(
                        f'"{element.name}" has {len(body)} numbers for {len(places)} elements'
                    )
                    continue
                values = list(body)
            else:
                value = body if isinstance(body, ir.Table) else number(body)
                values = [value] * len(places)
            for place, value in zip(places, values, strict=True):
                cells[_flat(place, axes)] = value
        return tuple(cells)

    def _places(
        self, variable: str, definition: ir.Definition, axes: tuple[_Axis, ...]
    ) -> list[tuple[int, ...]]:
        """Return the positions a definition covers, EXCEPT taken out."""
        spans = [
            self._span(variable, subscript, axis)
            for subscript, axis in zip(definition.subscripts, axes, strict=True)
        ]
        left_out: set[tuple[int, ...]] = set()
        for group in definition.excepted:
            holes = [
                self._span(variable, subscript, axis)
                for subscript, axis in zip(group, axes, strict=True)
            ]
            left_out.update(itertools.product(*holes))
        return [place for place in itertools.product(*spans) if place not in left_out]

    def _span(self, variable: str, subscript: str, axis: _Axis) -> tuple[int, ...]:
        name = self.spelled_range.get(canonical(subscript))
        parts = self.ranges[name] if name is not None else (subscript,)
        positions = [axis.position(part) for part in parts]
        if None in positions:
            self.problems.append(self._unknown_subscript(variable, subscript))
            return ()
        return tuple(p for p in positions if p is not None)

    def _equations(
        self, element: ir.Element, definition: ir.Definition, axes: tuple[_Axis, ...]
    ) -> list[ir.Equation]:
        body = definition.body
        if isinstance(body, ir.Table):
            self.problems.append(f'"{element.name}" is a table in some elements only')
            return []
        if isinstance(body, tuple):
            places = self._places(element.name, definition, axes)
            if len(body) != len(places):
                self.problems.append(
                    f'"{element.name}" has {len(body)} numbers for {len(places)} elements'
                )
                return []
            return [
                ir.Equation(
                    element.name,
                    tuple(map(ir.Fixed, place)),
                    (),
                    ir.Number(value),
                    text=definition.text,
                )
                for place, value in zip(places, body, strict=True)
            ]
        indices: list[ir.Index] = []
        loops: dict[str, ir.Loop] = {}
        for subscript, axis in zip(definition.subscripts, axes, strict=True):
            span = self._span(element.name, subscript, axis)
            name = self.spelled_range.get(canonical(subscript))
            if name is None:
                indices.append(ir.Fixed(span[0] if span else 0))
            elif name in loops:
                indices.append(ir.Along(loops[name], span))
            else:
                loops[name] = ir.Loop(name, len(span))
                indices.append(ir.Along(loops[name], span))
        context = _Context(self, element.name, loops)
        initial: ir.Expr | None = None
        if isinstance(body, ir.Integ):
            flow, initial = context.resolve(body.flow), context.resolve(body.initial)
        elif isinstance(body, ir.ActiveInitial):
            flow, initial = context.resolve(body.active), context.resolve(body.initial)
        elif isinstance(body, ir.Initial):
            flow = initial = context.resolve(body.operand)
        else:
            flow = context.resolve(body)
        equation = ir.Equation(
            element.name, tuple(indices), tuple(loops.values()), flow, initial, definition.text
        )
        if not definition.excepted:
            return [equation]
        kept = set(self._places(element.name, definition, axes))
        return [single for single in unroll(equation) if target(single) in kept]


@dataclass
class _Context:
    """Where a reference stands: the variable and the loops that run around it."""

    indexer: _Indexer
    variable: str
    loops: dict[str, ir.Loop]

    def resolve(self, expr: ir.Expr) -> ir.Expr:
        match expr:
            case ir.Name():
                return self._reference(expr, want_table=False)
            case ir.Lookup(table, argument):
                assert isinstance(table, ir.Name)
                resolved = self._reference(table, want_table=True)
                if not isinstance(resolved, ir.Ref):
                    return resolved
                return ir.Lookup(resolved, self.resolve(argument))
            case ir.Reduce(op, body, _):
                reduced = {
                    subscript: None
                    for node in ir.walk(body)
                    if isinstance(node, ir.Name)
                    for subscript in node.subscripts
                    if subscript.endswith("!")
                }
                loops: dict[str, ir.Loop] = {}
                for subscript in reduced:
                    name = self.indexer.spelled_range.get(canonical(subscript[:-1]))
                    if name is None:
                        self._problem(
                            self.indexer._unknown_subscript(self.variable, subscript[:-1])
                        )
                        continue
                    loops[f"{name}!"] = ir.Loop(f"{name}!", len(self.indexer.ranges[name]))
                if not loops:
                    self._problem(
                        f'"{self.variable}": {op.upper()} needs a subscript marked with "!"'
                    )
                inner = _Context(self.indexer, self.variable, self.loops | loops)
                return ir.Reduce(op, inner.resolve(body), tuple(loops.values()))
            case ir.Integ() | ir.ActiveInitial():
                self._problem(f'"{self.variable}": INTEG and ACTIVE INITIAL stand alone')
                return ir.Number(float("nan"))
            case _:
                return ir.rebuild(expr, tuple(map(self.resolve, ir.children(expr))))

    def _reference(self, name: ir.Name, *, want_table: bool) -> ir.Expr:
        indexer = self.indexer
        key = canonical(name.name)
        element = indexer.elements.get(key)
        if element is None:
            hint = did_you_mean(name.name, [e.name for e in indexer.elements.values()])
            self._problem(f'"{self.variable}" uses "{name.name}", which is not defined.{hint}')
            return ir.Number(float("nan"))
        is_table = all(isinstance(d.body, ir.Table) for d in element.definitions)
        if is_table != want_table and element.definitions:
            how = "needs an argument" if is_table else "is not a table"
            self._problem(f'"{self.variable}" uses "{element.name}", which {how}')
            return ir.Number(float("nan"))
        axes = indexer.axes[key]
        if len(name.subscripts) != len(axes):
            self._problem(
                f'"{self.variable}" uses "{element.name}" with {len(name.subscripts)} subscripts; '
                f"it has {len(axes)}"
            )
            return ir.Number(float("nan"))
        indices = tuple(
            self._index(element.name, subscript, axis)
            for subscript, axis in zip(name.subscripts, axes, strict=True)
        )
        return ir.Ref(element.name, indices)

    def _index(self, variable: str, subscript: str, axis: _Axis) -> ir.Index:
        indexer = self.indexer
        bang = subscript.endswith("!")
        name = indexer.spelled_range.get(canonical(subscript.rstrip("!")))
        if name is None:
            position = axis.position(subscript)
            if position is None:
                self._problem(
                    f'"{self.variable}" uses "{variable}[{subscript}]": no such element of '
                    f"{axis.name}.{did_you_mean(subscript, axis.elements)}"
                )
                return ir.Fixed(0)
            return ir.Fixed(position)
        loop = self.loops.get(f"{name}!" if bang else name)
        elements = indexer.ranges[name]
        if loop is None and not bang:
            for outer, candidate in self.loops.items():
                mapped = indexer.source.mappings.get((outer, name))
                if mapped is not None:
                    loop, elements = candidate, mapped
                    break
        if loop is None:
            self._problem(
                f'"{self.variable}" uses "{variable}[{subscript}]", but {name} does not stand on '
                "its left side"
            )
            return ir.Fixed(0)
        positions = [axis.position(element) for element in elements]
        if None in positions:
            self._problem(
                f'"{self.variable}" uses "{variable}[{subscript}]": {name} is not part of '
                f"{axis.name}"
            )
            return ir.Fixed(0)
        return ir.Along(loop, tuple(p for p in positions if p is not None))

    def _problem(self, text: str) -> None:
        self.indexer.problems.append(text)


def _flat(place: tuple[int, ...], axes: tuple[_Axis, ...]) -> int:
    flat = 0
    for position, axis in zip(place, axes, strict=True):
        flat = flat * len(axis.elements) + position
    return flat
