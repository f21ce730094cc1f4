"""XMILE's ways with arrays, written out as subscripts (XMILE 1.0, section 3.7.1).

An array's name alone, or ``*`` for a subscript, means all of it: inside SUM and its kin every
element in turn, elsewhere the element at hand of the left side. A subscript may be a number, an
expression (out of range it gives 0), a part ``first:last``, or ``@k``, the k-th subscript of the
left side; ``'`` turns an array round. After this pass a reference has one subscript an axis, those
that a reduction runs over are marked with ``!``, and computed ones are ``ElementAt``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.passes.constants import fold, number
from nqpf.engine.passes.symbols import Axis, Symbols

# Calls that only this pass knows; what the reader writes for them.
ELEMENT: Final = f"{ir.HIDDEN}element"  # an array and its subscripts, as expressions
ALL: Final = f"{ir.HIDDEN}all"  # the subscript *
SPAN: Final = f"{ir.HIDDEN}span"  # the subscript first:last
PLACE: Final = f"{ir.HIDDEN}place"  # the subscript @k
TURNED: Final = f"{ir.HIDDEN}turned"  # array'
SIZE: Final = f"{ir.HIDDEN}size"
MEAN: Final = f"{ir.HIDDEN}mean"
DEVIATION: Final = f"{ir.HIDDEN}deviation"
RANK: Final = f"{ir.HIDDEN}rank"

_NOTHING = ir.Number(float("nan"))
_ONE, _ZERO = ir.Number(1.0), ir.Number(0.0)
_SEVERAL: dict[str, ir.ReduceOp] = {"min": "vmin", "max": "vmax"}


def write_out(source: ir.SourceModel, symbols: Symbols) -> ir.SourceModel:
    """Return ``source`` with the subscripts of every reference written out."""
    ranges = dict(source.ranges)
    elements: list[ir.Element] = []
    for element in source.elements:
        definitions = tuple(
            d
            if isinstance(d.body, tuple | ir.Table)
            else replace(d, body=_Writer(symbols, ranges, element, d).body(d.body))
            for d in element.definitions
        )
        elements.append(replace(element, definitions=definitions))
    return replace(source, elements=tuple(elements), ranges=ranges, whole_arrays=False)


@dataclass
class _Scope:
    """Where an expression stands: ``depth`` reductions deep.

    ``turned``: whether subscripts are left out in reverse order. ``marks``: the ranges that the
    innermost reduction runs over -> their elements; ``parts``: those that are parts of one.
    """

    depth: int = 0
    turned: bool = False
    marks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)

    @property
    def reducing(self) -> bool:
        return self.depth > 0


class _Writer:
    """Writes out the equations of one definition."""

    def __init__(
        self,
        symbols: Symbols,
        ranges: dict[str, tuple[str, ...]],
        element: ir.Element,
        definition: ir.Definition,
    ) -> None:
        self.symbols = symbols
        self.ranges = ranges
        self.owner = element.name
        self.left = definition.subscripts
        self.dims = tuple(map(canonical, element.dims or map(dimension, self.left)))

    def body(self, expr: ir.Expr) -> ir.Expr:
        if isinstance(expr, ir.Integ | ir.ActiveInitial | ir.Initial):
            parts = tuple(self.expr(part, _Scope()) for part in ir.children(expr))
            return ir.rebuild(expr, parts)
        return self.expr(expr, _Scope())

    def expr(self, expr: ir.Expr, scope: _Scope) -> ir.Expr:
        match expr:
            case ir.Name():
                return self._element(expr, _written(expr), scope)
            case ir.Call(function, (ir.Name() as name, *subscripts)) if function == ELEMENT:
                return self._element(name, subscripts, scope)
            case ir.Call(function, (operand,)) if function == TURNED:
                return self.expr(operand, replace(scope, turned=not scope.turned))
            case ir.Call(function, (operand,)) if function == SIZE:
                return ir.Number(float(self._inner(operand, scope)[1]))
            case ir.Call(function, (operand,)) if function == MEAN:
                return self._mean(operand, scope)
            case ir.Call(function, (operand,)) if function == DEVIATION:
                return self._deviation(operand, scope)
            case ir.Call(function, (operand, rank)) if function == RANK:
                array, _ = self._inner(operand, scope)
                return ir.Vector("index of rank", (array,), (self.expr(rank, scope),))
            case ir.Call(function, arguments) if function in _SEVERAL:
                return ir.Call(function, tuple(self._least(function, a, scope) for a in arguments))
            case ir.Reduce(op, operand, _):
                return self._reduce(op, operand, scope)
            case ir.Lookup(ir.Name() as table, argument, reading):
                written = self._element(table, _written(table), scope)
                assert isinstance(written, ir.Name | ir.Ref)
                return ir.Lookup(written, self.expr(argument, scope), reading)
            case _:
                parts = tuple(self.expr(part, scope) for part in ir.children(expr))
                return ir.rebuild(expr, parts)

    # --- reductions ---------------------------------------------------------------------------

    def _inner(self, operand: ir.Expr, scope: _Scope) -> tuple[ir.Expr, int]:
        """Return the argument of a reduction, and how many elements it has."""
        inner = _Scope(scope.depth + 1, scope.turned)
        written = self.expr(operand, inner)
        count = 1
        for elements in inner.marks.values():
            count *= len(elements)
        if len(inner.parts) > 1:
            self.problem("reduces over parts of arrays that differ, which is not supported")
        return written, count if inner.marks else 0

    def _reduce(self, op: ir.ReduceOp, operand: ir.Expr, scope: _Scope) -> ir.Expr:
        written, count = self._inner(operand, scope)
        return ir.Reduce(op, written) if count else written

    def _mean(self, operand: ir.Expr, scope: _Scope) -> ir.Expr:
        written, count = self._inner(operand, scope)
        if not count:
            return written
        return ir.Binary("/", ir.Reduce("sum", written), ir.Number(float(count)))

    def _deviation(self, operand: ir.Expr, scope: _Scope) -> ir.Expr:
        """The root of the mean square of what elements differ from their mean."""
        inner = replace(scope, depth=scope.depth + 1)
        mean = self._mean(operand, inner)
        written, count = self._inner(operand, scope)
        if not count:
            return _ZERO
        gap = ir.Binary("-", written, mean)
        squares = ir.Reduce("sum", ir.Binary("*", gap, gap))
        return ir.Call("sqrt", (ir.Binary("/", squares, ir.Number(float(count))),))

    def _least(self, function: str, argument: ir.Expr, scope: _Scope) -> ir.Expr:
        """Write out one of several arguments of MIN or MAX: an array counts with all elements."""
        if not scope.reducing and self._is_array(argument):
            return self._reduce(_SEVERAL[function], argument, scope)
        return self.expr(argument, scope)

    def _is_array(self, expr: ir.Expr) -> bool:
        """Whether ``expr`` holds more elements than the left side has at hand."""
        match expr:
            case ir.Reduce():
                return False
            case ir.Call(function, _) if function in (SIZE, MEAN, DEVIATION, RANK):
                return False
            case ir.Name() if not expr.subscripts:
                axes = self.symbols.axes.get(canonical(expr.name), ())
                own = list(self.dims)
                for axis in axes:
                    if canonical(axis.range) not in own:
                        return True
                    own.remove(canonical(axis.range))
                return False
            case ir.Call(function, (_, *subscripts)) if function == ELEMENT:
                return any(
                    isinstance(each, ir.Call) and each.function in (ALL, SPAN)
                    for each in subscripts
                )
            case _:
                return any(map(self._is_array, ir.children(expr)))

    # --- references ---------------------------------------------------------------------------

    def _element(self, name: ir.Name, given: Sequence[ir.Expr], scope: _Scope) -> ir.Expr:
        axes = self.symbols.axes.get(canonical(name.name))
        if axes is None and not given and canonical(name.name) in self.dims:
            return self._here(name)
        if axes is None or (given and len(given) != len(axes)):
            # Not a variable, or one with another number of subscripts: ``resolve`` says so.
            return ir.Name(name.name, tuple(self._text(each) for each in given))
        if not axes:
            return name
        reference = _Reference(self, name.name, axes, scope)
        return reference.written(list(given) or [ir.Call(ALL, ())] * len(axes))

    def _here(self, name: ir.Name) -> ir.Expr:
        """Return a dimension as a number: which of its elements is at hand on the left side."""
        left = self.left[self.dims.index(canonical(name.name))]
        if self.symbols.range_named(left) is not None:
            return name
        elements = self.ranges[self.symbols.range_named(name.name) or ""]
        return ir.Number(float([canonical(each) for each in elements].index(canonical(left)) + 1))

    def whole_number(self, expr: ir.Expr) -> ir.Expr:
        """Round a subscript down, unless it can only be a whole number."""
        whole = all(
            (isinstance(node, ir.Number) and node.value.is_integer())
            or (isinstance(node, ir.Name) and canonical(node.name) not in self.symbols.elements)
            or (isinstance(node, ir.Binary) and node.op in "+-*")
            or (isinstance(node, ir.Call) and node.function == "floor")
            for node in _outside_floors(expr)
        )
        return expr if whole else ir.Call("floor", (expr,))

    def _text(self, subscript: ir.Expr) -> str:
        return subscript.name if isinstance(subscript, ir.Name) else "?"

    def problem(self, text: str) -> None:
        self.symbols.problems.append(f'"{self.owner}" {text}')


def _written(name: ir.Name | ir.Ref) -> tuple[ir.Expr, ...]:
    assert isinstance(name, ir.Name)
    return tuple(ir.Name(subscript) for subscript in name.subscripts)


def _outside_floors(expr: ir.Expr) -> Iterator[ir.Expr]:
    """Yield what is not inside a rounding down."""
    yield expr
    if not (isinstance(expr, ir.Call) and expr.function == "floor"):
        for part in ir.children(expr):
            yield from _outside_floors(part)


def dimension(subscript: str) -> str:
    """Return the dimension that a subscript of a left side runs over; copies have their own."""
    if not subscript.startswith(ir.HIDDEN):
        return subscript
    return subscript.removeprefix(ir.HIDDEN).rpartition(" ")[0]


class _Reference:
    """One reference to an array while its subscripts are written out."""

    def __init__(self, writer: _Writer, name: str, axes: Sequence[Axis], scope: _Scope) -> None:
        self.writer = writer
        self.name = name
        self.axes = axes
        self.scope = scope
        self.used: set[int] = set()  # subscripts of the left side that are taken
        self.marked: dict[str, int] = {}  # dimension -> how many axes run over it

    def written(self, given: list[ir.Expr]) -> ir.Expr:
        order = range(len(given))
        plain: dict[int, str] = {}
        computed: dict[int, ir.Expr] = {}
        for i in order:
            place = number(fold(given[i]))
            if place is not None:
                elements = self.axes[i].elements
                if not 1 <= place < len(elements) + 1:
                    return _ZERO
                plain[i] = elements[int(place) - 1]
                continue
            text = self._plain(given[i], self.axes[i])
            if text is not None:
                plain[i] = text
        for i in reversed(order) if self.scope.turned else order:
            if i in plain:
                continue
            subscript = given[i]
            if isinstance(subscript, ir.Call) and subscript.function in (ALL, SPAN):
                plain[i] = self._whole(subscript, self.axes[i])
            else:
                computed[i] = self.writer.whole_number(self.writer.expr(subscript, self.scope))
        if not computed:
            return ir.Name(self.name, tuple(plain[i] for i in order))
        return self._at(plain, computed)

    def _plain(self, subscript: ir.Expr, axis: Axis) -> str | None:
        """Return what a subscript is called, None if it is not one name."""
        if isinstance(subscript, ir.Call) and subscript.function == PLACE:
            return self._place(subscript)
        if not isinstance(subscript, ir.Name) or subscript.subscripts:
            return None
        text = subscript.name
        key = canonical(text)
        dimension = self.writer.symbols.range_named(text)
        if dimension is not None and key in self.writer.dims:
            i = self._take(key)
            return self.writer.left[i] if i is not None else None
        if dimension is not None and self.scope.reducing:
            return self._mark(dimension, self.writer.ranges[dimension])
        if dimension is not None or axis.position(text) is not None:
            return text
        # Another variable, whose value is the number of an element.
        return None if key in self.writer.symbols.elements else text

    def _take(self, dimension: str) -> int | None:
        """Return the next free subscript of the left side over a dimension; the last if none is."""
        found = [i for i, own in enumerate(self.writer.dims) if own == dimension]
        free = [i for i in found if i not in self.used]
        i = (free or found[-1:] or [None])[0]
        if i is not None:
            self.used.add(i)
        return i

    def _place(self, subscript: ir.Call) -> str:
        wanted = number(subscript.arguments[0])
        left = self.writer.left
        if wanted is None or not 1 <= wanted <= len(left):
            asked = "@" if wanted is None else f"@{wanted:g}"
            self.writer.problem(f'uses "{asked}", and has {len(left)} subscripts')
            return "?"
        return left[int(wanted) - 1]

    def _whole(self, subscript: ir.Call, axis: Axis) -> str:
        """Return the subscript for ``*``, a part ``first:last``, or one left out."""
        if subscript.function == SPAN:
            return self._span(subscript, axis)
        if self.scope.reducing:
            return self._mark(axis.range, axis.elements)
        i = next(
            (
                i
                for i, own in enumerate(self.writer.dims)
                if own == canonical(axis.range) and i not in self.used
            ),
            None,
        )
        if i is None:
            self.writer.problem(
                f'uses the array "{self.name}" where one number is expected: {axis.range} does not '
                "stand on its left side (name an element, or use SUM, MEAN, MIN or MAX)"
            )
            return axis.elements[0]
        self.used.add(i)
        return self.writer.left[i]

    def _span(self, subscript: ir.Call, axis: Axis) -> str:
        ends = [self._position(end, axis) for end in subscript.arguments]
        first, last = (end if end is not None else -1 for end in ends)
        if not 0 <= first <= last < len(axis.elements) or not self.scope.reducing:
            self.writer.problem(f'uses a part of "{self.name}" that is not there')
            return axis.elements[0]
        part = axis.elements[first : last + 1]
        mark = self._mark(f"{axis.range} {first + 1}:{last + 1}", part)
        self.scope.parts.add(mark)
        return mark

    def _position(self, end: ir.Expr, axis: Axis) -> int | None:
        if isinstance(end, ir.Name):
            return axis.position(end.name)
        value = number(fold(end))
        return None if value is None or not value.is_integer() else int(value) - 1

    def _mark(self, dimension: str, elements: tuple[str, ...]) -> str:
        """Return a subscript that runs over ``elements`` in the reduction around.

        Reductions inside one another, and axes of one array over the same dimension, run apart.
        """
        count = self.marked.get(dimension, 0)
        self.marked[dimension] = count + 1
        depth = self.scope.depth - 1
        known = self.writer.symbols.range_named(dimension)
        name = known or dimension
        if depth or count or known is None:
            name = f"{ir.HIDDEN}{dimension} {depth}.{count}"
            self.writer.ranges[name] = elements
        self.scope.marks[name] = elements
        return f"{name}!"

    # --- computed subscripts ------------------------------------------------------------------

    def _at(self, plain: dict[int, str], computed: dict[int, ir.Expr]) -> ir.Expr:
        """Return the element at computed places; 0 where there is none."""
        firsts = tuple(plain.get(i, axis.elements[0]) for i, axis in enumerate(self.axes))
        offset: ir.Expr | None = None
        inside: ir.Expr | None = None
        stride = 1
        for i in reversed(range(len(self.axes))):
            if i in computed:
                place = computed[i]
                step = ir.Binary("*", ir.Binary("-", place, _ONE), ir.Number(float(stride)))
                offset = step if offset is None else ir.Binary("+", offset, step)
                size = ir.Number(float(len(self.axes[i].elements)))
                within = ir.Logic(
                    "and", ir.Compare(">=", place, _ONE), ir.Compare("<=", place, size)
                )
                inside = within if inside is None else ir.Logic("and", inside, within)
            stride *= len(self.axes[i].elements)
        assert offset is not None
        assert inside is not None
        return ir.If(inside, ir.ElementAt(ir.Name(self.name, firsts), offset), _ZERO)
