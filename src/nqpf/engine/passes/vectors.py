"""Functions of whole arrays get arrays: their arguments and results become hidden variables.

What stands at a fixed distance in an array (VECTOR ELM MAP with an offset that the subscripts give)
becomes a plain reference, so that arrays may depend on one another element by element.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from nqpf.engine import ir
from nqpf.engine.passes.constants import fold, number
from nqpf.engine.passes.elements import at, flat, loops_of, passes_of, pin_expr, unflat, unroll
from nqpf.engine.passes.hidden import Hidden, along
from nqpf.errors import InputError, listed

MAX_WRITTEN_OUT = 5000  # elements of an equation; beyond, offsets are worked out in the run
_SLACK = 1e-6  # an offset may miss a whole number by so much, as times do

Loops = tuple[ir.Loop, ...]


class _OutsideError(Exception):
    """An offset leaves its array in some pass, or follows no pattern: pass by pass, then."""


def lay_out(model: ir.IndexedModel) -> ir.IndexedModel:
    """Return ``model`` with every ``Vector`` the right-hand side of a hidden variable.

    Raises
    ------
    InputError
        A function of arrays stands where there is none; every place is named.
    """
    layer = _Layer(model)
    placed = [each for equation in model.equations for each in _placed(equation)]
    equations = [layer.equation(equation) for equation in placed]
    if layer.problems:
        raise InputError(listed(layer.problems))
    return layer.added_to(replace(model, equations=tuple(equations)))


class _Layer(Hidden):
    def __init__(self, model: ir.IndexedModel) -> None:
        super().__init__()
        self.model = model
        self.problems: list[str] = []

    def equation(self, equation: ir.Equation) -> ir.Equation:
        return _mapped(equation, lambda expr: self._expr(expr, equation, equation.loops))

    def _expr(self, expr: ir.Expr, owner: ir.Equation, loops: Loops) -> ir.Expr:
        inner = (*loops, *expr.loops) if isinstance(expr, ir.Reduce | ir.Vector) else loops
        expr = ir.rebuild(expr, tuple(self._expr(part, owner, inner) for part in ir.children(expr)))
        return self._vector(expr, owner, loops) if isinstance(expr, ir.Vector) else expr

    # --- whole arrays -------------------------------------------------------------------------

    def _vector(self, vector: ir.Vector, owner: ir.Equation, loops: Loops) -> ir.Expr:
        axes = 2 if vector.function == "inverse" else 1
        own = vector.loops or loops[-axes:]
        outer = loops if vector.loops else loops[:-axes]
        if len(own) < axes or (axes == 2 and own[0].size != own[1].size):
            what = "a square matrix" if axes == 2 else "a range as its last subscript"
            self._problem(owner, f"{_called(vector)} needs {what} on the left side")
            return ir.Number(math.nan)
        names = {loop.name for loop in own}
        if vector.function != "reorder" and any(names & loops_of(n) for n in vector.numbers):
            self._problem(owner, f"{_called(vector)} takes one number for all elements")
            return ir.Number(math.nan)
        arrays = [self._array(array, owner, outer, own) for array in vector.arrays]
        match vector.function:
            case "reorder":
                return self._first(arrays[0], own, vector.numbers[0])
            case "index of rank":
                rising = ir.Number(1.0)
                function = "sort order" if len(arrays) == 1 else "sort order ties"
                order = self._result(function, arrays, (rising,), owner, outer, own)
                before = ir.Binary("-", vector.numbers[0], rising)
                return ir.Binary("+", self._first(order, own, before), rising)
            case _:
                numbers = vector.numbers
                return self._result(vector.function, arrays, numbers, owner, outer, own)

    def _array(self, expr: ir.Expr, owner: ir.Equation, outer: Loops, own: Loops) -> ir.Ref:
        """Return a variable whose last axes are ``own`` and whose elements are ``expr``."""
        tail, sizes = along(own), tuple(loop.size for loop in own)
        follows = isinstance(expr, ir.Ref) and expr.indices[-len(tail) :] == tail
        if isinstance(expr, ir.Ref) and follows and self._shape(expr)[-len(tail) :] == sizes:
            return expr
        return self.auxiliary("array", owner, (*outer, *own), expr)

    def _result(
        self,
        function: ir.VectorFunction,
        arrays: Sequence[ir.Ref],
        numbers: Sequence[ir.Expr],
        owner: ir.Equation,
        outer: Loops,
        own: Loops,
    ) -> ir.Ref:
        given = [
            each if isinstance(each, ir.Ref) else self.auxiliary("number", owner, outer, each)
            for each in numbers
        ]
        body = ir.Vector(function, tuple(arrays), tuple(given), own)
        filled = outer if function in ir.SINGLE else (*outer, *own)
        return self.auxiliary(function, owner, filled, body)

    def _first(self, array: ir.Ref, own: Loops, offset: ir.Expr) -> ir.Expr:
        """Return the element ``offset`` places behind the first along ``own``."""
        start = (*array.indices[: -len(own)], *(ir.Fixed(0) for _ in own))
        return ir.ElementAt(ir.Ref(array.variable, start), offset, self._shape(array))

    def _shape(self, array: ir.Ref) -> tuple[int, ...]:
        variable = self.model.variables.get(array.variable)
        return (variable or self.variables[array.variable]).shape

    def _problem(self, owner: ir.Equation, text: str) -> None:
        self.problems.append(f'"{owner.variable}": {text}')


def _called(vector: ir.Vector) -> str:
    return {"inverse": "INVERT MATRIX", "allocate": "ALLOCATE"}.get(
        vector.function, f"VECTOR {vector.function.upper()}"
    )


# --- elements at a distance -------------------------------------------------------------------


def _placed(equation: ir.Equation) -> list[ir.Equation]:
    """Return ``equation`` with references for what the subscripts alone place in an array."""
    if not any(isinstance(node, ir.ElementAt) for node in _nodes(equation)):
        return [equation]
    try:
        return [_mapped(equation, lambda expr: _place(expr, equation.loops, strict=True))]
    except _OutsideError:
        return [
            _mapped(each, lambda expr: _place(expr, (), strict=False)) for each in unroll(equation)
        ]


def _nodes(equation: ir.Equation) -> Iterator[ir.Expr]:
    yield from ir.walk(equation.body)
    if equation.initial is not None:
        yield from ir.walk(equation.initial)


def _mapped(equation: ir.Equation, change: Callable[[ir.Expr], ir.Expr]) -> ir.Equation:
    body, initial = change(equation.body), equation.initial
    if initial is not None:
        initial = body if initial is equation.body else change(initial)
    return replace(equation, body=body, initial=initial)


def _place(expr: ir.Expr, loops: Loops, *, strict: bool) -> ir.Expr:
    """``strict``: whether to raise where the elements of a loop follow no pattern."""
    inner = (*loops, *expr.loops) if isinstance(expr, ir.Reduce | ir.Vector) else loops
    parts = tuple(_place(part, inner, strict=strict) for part in ir.children(expr))
    expr = ir.rebuild(expr, parts)
    if not isinstance(expr, ir.ElementAt):
        return expr
    try:
        return _reference(expr, loops)
    except _OutsideError:
        if strict:
            raise
        return expr


def _reference(element: ir.ElementAt, loops: Loops) -> ir.Expr:
    """Return a reference where the subscripts alone say which element it is."""
    base, shape = element.base, element.shape
    assert isinstance(base, ir.Ref)
    used = loops_of(base) | loops_of(element.offset)
    around = tuple(loop for loop in loops if loop.name in used)
    if math.prod(loop.size for loop in around) > MAX_WRITTEN_OUT:
        return element
    passes = list(passes_of(around))
    positions: list[tuple[int, ...]] = []
    for each in passes:
        offset = number(fold(pin_expr(element.offset, each)))
        if offset is None:
            return element
        first = flat([at(index, each) for index in base.indices], shape)
        place = first + math.floor(offset + _SLACK) if math.isfinite(offset) else -1
        if not 0 <= place < math.prod(shape):
            if around:
                raise _OutsideError
            return ir.Number(math.nan)
        positions.append(unflat(place, shape))
    indices = [_index(axis, passes, around) for axis in zip(*positions, strict=True)]
    if any(index is None for index in indices):
        raise _OutsideError
    return ir.Ref(base.variable, tuple(index for index in indices if index is not None))


def _index(
    axis: tuple[int, ...], passes: Sequence[dict[str, int]], loops: Loops
) -> ir.Index | None:
    """Return the index that gives the positions ``axis`` of the passes, None if there is none."""
    if len(set(axis)) == 1:
        return ir.Fixed(axis[0])
    for loop in loops:
        own: dict[int, int] = {}
        for position, each in zip(axis, passes, strict=True):
            own.setdefault(each[loop.name], position)
        if all(own[each[loop.name]] == p for p, each in zip(axis, passes, strict=True)):
            return ir.Along(loop, tuple(own[k] for k in range(loop.size)))
    return None
