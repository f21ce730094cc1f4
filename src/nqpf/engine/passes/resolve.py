"""References as written -> references by position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.passes.symbols import Axis, Symbols
from nqpf.errors import did_you_mean

_REDUCING = ("index of rank", "select")  # functions of arrays that run over what is marked
_NOTHING = ir.Number(float("nan"))  # stands for what could not be resolved


@dataclass(frozen=True)
class Context:
    """Where an expression stands: its variable, and the loops that run around it by range."""

    symbols: Symbols
    variable: str
    loops: dict[str, ir.Loop]

    def resolve(self, expr: ir.Expr) -> ir.Expr:
        """Return ``expr`` with every ``Name`` resolved; problems are noted in ``symbols``."""
        match expr:
            case ir.Name():
                return self._reference(expr, want_table=False)
            case ir.Lookup(table, argument, reading):
                assert isinstance(table, ir.Name)
                resolved = self._reference(table, want_table=True)
                if not isinstance(resolved, ir.Ref):
                    return resolved
                return ir.Lookup(resolved, self.resolve(argument), reading)
            case ir.Reduce(op, body, _):
                inner, loops = self._inside(op, body)
                return ir.Reduce(op, inner.resolve(body), loops)
            case ir.ElementAt(base, offset, _):
                return self._element_at(base, self.resolve(offset))
            case ir.Vector():
                return self._vector(expr)
            case ir.Integ() | ir.ActiveInitial():
                self._problem(f'"{self.variable}": INTEG and ACTIVE INITIAL stand alone')
                return _NOTHING
            case _:
                return ir.rebuild(expr, tuple(map(self.resolve, ir.children(expr))))

    def _element_at(self, base: ir.Name | ir.Ref, offset: ir.Expr) -> ir.Expr:
        assert isinstance(base, ir.Name)
        resolved = self._reference(base, want_table=False)
        if not isinstance(resolved, ir.Ref):
            return resolved
        axes = self.symbols.axes[canonical(base.name)]
        return ir.ElementAt(resolved, offset, tuple(len(axis.elements) for axis in axes))

    def _vector(self, vector: ir.Vector) -> ir.Expr:
        if vector.function == "lookup":
            return self._vector_lookup(vector)
        inner, loops = self, ()
        if vector.function in _REDUCING:
            inner, loops = self._inside(vector.function, *vector.arrays)
        arrays = tuple(map(inner.resolve, vector.arrays))
        numbers = tuple(map(self.resolve, vector.numbers))
        if vector.function == "allocate available":
            return self._allocate(arrays, numbers)
        return ir.Vector(vector.function, arrays, numbers, loops)

    def _vector_lookup(self, vector: ir.Vector) -> ir.Expr:
        """Take all elements along the last subscript for the first, which the call names."""
        numbers = tuple(map(self.resolve, vector.numbers))
        array = self.resolve(vector.arrays[0])
        if not isinstance(array, ir.Ref):
            return array
        last = self.symbols.axes[canonical(array.variable)][-1]
        if array.indices[-1] != ir.Fixed(0):
            self._problem(
                f'"{self.variable}": the vector of VECTOR LOOKUP ends in the first element of '
                f"{last.name}, as in {array.variable}[{last.elements[0]}]"
            )
            return _NOTHING
        loop = ir.Loop(f"{last.name}!", len(last.elements))
        along = ir.Along(loop, tuple(range(loop.size)))
        array = ir.Ref(array.variable, (*array.indices[:-1], along))
        return ir.Vector("lookup", (array,), numbers, (loop,))

    def _allocate(self, arrays: tuple[ir.Expr, ...], numbers: tuple[ir.Expr, ...]) -> ir.Expr:
        """Take a priority profile apart into type, priority and width.

        They are neighbours along its last axis, and the type is what the call names (Vensim
        reference manual, ALLOCATE AVAILABLE).
        """
        request, profile = arrays
        last = profile.indices[-1:] if isinstance(profile, ir.Ref) else ()
        if not (isinstance(profile, ir.Ref) and last and isinstance(last[0], ir.Fixed)):
            self._problem(
                f'"{self.variable}": the priorities of ALLOCATE AVAILABLE end in the first element '
                "of a profile, as in priority[buyer, ptype]"
            )
            return _NOTHING
        first = last[0].position
        size = len(self.symbols.axes[canonical(profile.variable)][-1].elements)
        if first + 3 > size:
            self._problem(
                f'"{self.variable}": a profile of ALLOCATE AVAILABLE has type, priority and width; '
                f"only {size - first} elements are left of {profile.variable}"
            )
            return _NOTHING
        parts = [
            ir.Ref(profile.variable, (*profile.indices[:-1], ir.Fixed(first + k))) for k in range(3)
        ]
        return ir.Vector("allocate", (request, *parts), numbers)

    def _inside(self, op: str, *bodies: ir.Expr) -> tuple[Context, tuple[ir.Loop, ...]]:
        """Return the context of a reduction's arguments, and the loops it runs over."""
        loops = self._reduced(op, bodies)
        context = Context(self.symbols, self.variable, self.loops | loops)
        return context, tuple(loops.values())

    def _reduced(self, op: str, bodies: tuple[ir.Expr, ...]) -> dict[str, ir.Loop]:
        """Return a loop for every range that ``bodies`` mark for this reduction."""
        marked = dict.fromkeys(mark for body in bodies for mark in _marks(body))
        taken = {loop.name for loop in self.loops.values()}
        loops: dict[str, ir.Loop] = {}
        for subscript in marked:
            name = self.symbols.range_named(subscript[:-1])
            if name is None:
                self._problem(self.symbols.unknown_subscript(self.variable, subscript[:-1]))
                continue
            own = f"{name}!"
            while own in taken:
                own += "!"
            loops[f"{name}!"] = ir.Loop(own, len(self.symbols.ranges[name]))
        if not marked:
            self._problem(f'"{self.variable}": {op.upper()} needs a subscript marked with "!"')
        return loops

    def _reference(self, name: ir.Name, *, want_table: bool) -> ir.Expr:
        symbols = self.symbols
        key = canonical(name.name)
        element = symbols.elements.get(key)
        if element is None and not name.subscripts and not want_table:
            ordinal = self._ordinal(name.name)
            if ordinal is not None:
                return ordinal
        if element is None:
            hint = did_you_mean(name.name, [e.name for e in symbols.elements.values()])
            self._problem(f'"{self.variable}" uses "{name.name}", which is not defined.{hint}')
            return _NOTHING
        if not element.definitions:
            self._problem(f'"{self.variable}" uses "{element.name}", which has no equation')
            return _NOTHING
        is_table = all(d.is_table for d in element.definitions)
        if is_table != want_table:
            how = "needs an argument" if is_table else "is not a table"
            self._problem(f'"{self.variable}" uses "{element.name}", which {how}')
            return _NOTHING
        axes = symbols.axes[key]
        if len(name.subscripts) != len(axes):
            self._problem(
                f'"{self.variable}" uses "{element.name}" with {len(name.subscripts)} subscripts; '
                f"it has {len(axes)}"
            )
            return _NOTHING
        indices = tuple(
            self._index(element.name, subscript, axis)
            for subscript, axis in zip(name.subscripts, axes, strict=True)
        )
        return ir.Ref(element.name, indices)

    def _ordinal(self, subscript: str) -> ir.Expr | None:
        """Return the number that a subscript stands for in an expression, None if it is none."""
        name = self.symbols.range_named(subscript)
        if name is None:
            place = self.symbols.ordinal(subscript)
            return None if place is None else ir.Number(float(place))
        elements = self.symbols.ranges[name]
        index_ = self._index(name, subscript, Axis(name, elements))
        places = [self.symbols.ordinal(element) or 0 for element in elements]
        if isinstance(index_, ir.Fixed):
            return ir.Number(float(places[index_.position]))
        return ir.Ordinal(index_.loop, tuple(places[each] for each in index_.positions))

    def _index(self, variable: str, subscript: str, axis: Axis) -> ir.Index:
        used = f'"{self.variable}" uses "{variable}[{subscript}]"'
        marked = subscript.endswith("!")
        name = self.symbols.range_named(subscript.rstrip("!"))
        if name is None:
            position = axis.position(subscript)
            if position is None:
                hint = did_you_mean(subscript, axis.elements)
                self._problem(f"{used}: no such element of {axis.name}.{hint}")
                return ir.Fixed(0)
            return ir.Fixed(position)
        loop = self.loops.get(f"{name}!" if marked else name)
        elements = self.symbols.ranges[name]
        if loop is None and not marked:
            for outer, candidate in self.loops.items():
                mapped = self.symbols.mapped(outer, name)
                if mapped is not None:
                    loop, elements = candidate, mapped
                    break
        if loop is None:
            self._problem(f"{used}, but {name} does not stand on its left side")
            return ir.Fixed(0)
        positions = [axis.position(element) for element in elements]
        if None in positions:
            self._problem(f"{used}: {name} is not part of {axis.name}")
            return ir.Fixed(0)
        return ir.Along(loop, tuple(p for p in positions if p is not None))

    def _problem(self, text: str) -> None:
        self.symbols.problems.append(text)


def _marks(expr: ir.Expr) -> Iterator[str]:
    """Yield the subscripts that ``expr`` marks with ``!`` for the reduction around it."""
    if isinstance(expr, ir.Name):
        yield from (subscript for subscript in expr.subscripts if subscript.endswith("!"))
    elif not isinstance(expr, ir.Reduce) and not (
        isinstance(expr, ir.Vector) and expr.function in _REDUCING
    ):
        for part in ir.children(expr):
            yield from _marks(part)
