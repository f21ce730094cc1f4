"""Definitions as written -> constants, tables and equations by position."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from nqpf.engine import ir
from nqpf.engine.limits import require_all_elements
from nqpf.engine.passes.constants import fold, number
from nqpf.engine.passes.elements import flat, parts, target, targets, unroll
from nqpf.engine.passes.resolve import Context
from nqpf.engine.passes.symbols import Axis, Symbols
from nqpf.engine.passes.whole_arrays import write_out
from nqpf.errors import InputError, listed

_NAN = float("nan")
_Cell = TypeVar("_Cell", float, ir.Table)
_Span = Callable[[str, str, Axis], tuple[int, ...]]


def index(source: ir.SourceModel) -> ir.IndexedModel:
    """Resolve every name of ``source``.

    Raises
    ------
    InputError
        One message with every undefined name, wrong subscript or duplicate definition found.
    """
    symbols = Symbols(source)
    if source.whole_arrays:
        problems = symbols.problems
        symbols = Symbols(write_out(source, symbols))
        symbols.problems[:0] = problems
    require_all_elements(
        (symbols.elements[key].name, [len(axis.elements) for axis in axes])
        for key, axes in symbols.axes.items()
    )
    variables: dict[str, ir.Variable] = {}
    equations: list[ir.Equation] = []
    constants: dict[str, tuple[float, ...]] = {}
    tables: dict[str, tuple[ir.Table, ...]] = {}
    non_negative: set[str] = set()
    for key, element in symbols.elements.items():
        axes = symbols.axes[key]
        own = _Definer(symbols, element, axes).define()
        variables[element.name] = ir.Variable(
            name=element.name,
            py_name=element.py_name,
            unit=element.unit,
            doc=element.doc,
            dims=tuple(axis.name for axis in axes),
            shape=tuple(len(axis.elements) for axis in axes),
            kind=own.kind,
            limits=element.limits,
            group=element.group,
        )
        if own.kind == "constant":
            constants[element.name] = own.constants
        elif own.kind == "lookup":
            tables[element.name] = own.tables
        equations.extend(own.equations)
        if any(isinstance(d.body, ir.Integ) and d.body.non_negative for d in element.definitions):
            non_negative.add(element.name)
    if symbols.problems:
        raise InputError(listed(symbols.problems))
    return ir.IndexedModel(
        variables=variables,
        ranges={n: e for n, e in symbols.ranges.items() if not n.startswith(ir.HIDDEN)},
        equations=tuple(equations),
        constants=constants,
        tables=tables,
        non_negative=frozenset(non_negative),
        method=source.method,
        checks=source.checks,
        units=source.units,
    )


@dataclass(frozen=True)
class _Defined:
    """One variable's definitions, laid out over its elements."""

    kind: ir.Kind
    constants: tuple[float, ...] = ()
    tables: tuple[ir.Table, ...] = ()
    equations: Sequence[ir.Equation] = ()


@dataclass(frozen=True)
class _Definer:
    """Lays out the definitions of one variable."""

    symbols: Symbols
    element: ir.Element
    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(axis.elements) for axis in self.axes)

    def define(self) -> _Defined:
        definitions = [
            d if isinstance(d.body, tuple | ir.Table) else replace(d, body=fold(d.body))
            for d in self.element.definitions
        ]
        if any(len(d.subscripts) != len(self.axes) for d in definitions):
            self._problem("has definitions of unequal dimension")
            return _Defined("auxiliary")
        if definitions and all(d.is_table for d in definitions):
            return _Defined("lookup", tables=self._spread(definitions, ir.NO_TABLE))
        if all(_is_constant(d) for d in definitions):
            return _Defined("constant", constants=self._spread(definitions, _NAN))
        equations = [equation for d in definitions for equation in self._equations(d)]
        places = [place for equation in equations for place in targets(equation)]
        if len(set(places)) < len(places):
            self._problem("defines an element twice")
        stocks = [isinstance(d.body, ir.Integ) for d in definitions]
        if any(stocks) and not all(stocks):
            self._problem("is a stock in some elements only")
        kind: ir.Kind = "auxiliary"
        if any(stocks):
            kind = "stock"
        elif all(isinstance(d.body, ir.Initial) for d in definitions):
            kind = "initial"
        return _Defined(kind, equations=equations)

    def _spread(self, definitions: list[ir.Definition], empty: _Cell) -> tuple[_Cell, ...]:
        """Lay constants or tables out over all elements; ``empty`` where nothing is defined."""
        size = 1
        for length in self.shape:
            size *= length
        cells: list[Any] = [empty] * size
        for definition in definitions:
            places = self._places(definition)
            body = definition.body
            one = body if isinstance(body, ir.Table) else number(body)
            values = body if isinstance(body, tuple) else (one,) * len(places)
            for place, value in zip(places, self._block(values, len(places)), strict=True):
                cells[flat(place, self.shape)] = value
        return tuple(cells)

    def _block(self, values: tuple[Any, ...], count: int) -> tuple[Any, ...]:
        if len(values) != count:
            what = "tables" if any(isinstance(value, ir.Table) for value in values) else "numbers"
            self._problem(f"has {len(values)} {what} for {count} elements")
            return values[:1] * count
        return values

    def _places(self, definition: ir.Definition) -> list[tuple[int, ...]]:
        """Return the positions a definition covers, EXCEPT taken out."""
        covered = itertools.product(*self._spans(definition.subscripts, self.symbols.span))
        left_out = {
            place
            for group in definition.excepted
            for place in itertools.product(*self._spans(group, self.symbols.excepted_span))
        }
        return [place for place in covered if place not in left_out]

    def _spans(self, subscripts: tuple[str, ...], span: _Span) -> list[tuple[int, ...]]:
        if len(subscripts) != len(self.axes):
            self._problem(f"has {len(self.axes)} subscripts, EXCEPT has {len(subscripts)}")
            return [()]
        return [
            span(self.element.name, subscript, axis)
            for subscript, axis in zip(subscripts, self.axes, strict=True)
        ]

    def _equations(self, definition: ir.Definition) -> list[ir.Equation]:
        body = definition.body
        name = self.element.name
        if definition.is_table or isinstance(body, ir.Table):
            self._problem("is a table in some elements only")
            return []
        if isinstance(body, tuple):
            places = self._places(definition)
            return [
                ir.Equation(name, tuple(map(ir.Fixed, p)), (), ir.Number(v), text=definition.text)
                for p, v in zip(places, self._block(body, len(places)), strict=True)
            ]
        indices, loops = self._left_side(definition)
        context = Context(self.symbols, name, loops)
        initial: ir.Expr | None = None
        match body:
            case ir.Integ(flow, start, _) | ir.ActiveInitial(flow, start):
                main, initial = context.resolve(flow), context.resolve(start)
            case ir.Initial(operand):
                main = initial = context.resolve(operand)
            case _:
                main = context.resolve(body)
        equation = ir.Equation(name, indices, tuple(loops.values()), main, initial, definition.text)
        if not definition.excepted:
            return [equation]
        kept = set(self._places(definition))
        if any(isinstance(node, ir.Vector) for node in ir.walk(main)):
            # Its loops are the arrays that it sorts or inverts.
            return [single for single in unroll(equation) if target(single) in kept]
        return parts(equation, kept)

    def _left_side(
        self, definition: ir.Definition
    ) -> tuple[tuple[ir.Index, ...], dict[str, ir.Loop]]:
        indices: list[ir.Index] = []
        loops: dict[str, ir.Loop] = {}
        spans = self._spans(definition.subscripts, self.symbols.span)
        for subscript, span in zip(definition.subscripts, spans, strict=True):
            name = self.symbols.range_named(subscript)
            if name is None:
                indices.append(ir.Fixed(span[0] if span else 0))
                continue
            loop = loops.setdefault(name, ir.Loop(name, len(span)))
            indices.append(ir.Along(loop, span))
        return tuple(indices), loops

    def _problem(self, text: str) -> None:
        self.symbols.problems.append(f'"{self.element.name}" {text}')


def _is_constant(definition: ir.Definition) -> bool:
    body = definition.body
    if isinstance(body, tuple | ir.Table):
        return not definition.is_table
    return number(body) is not None
