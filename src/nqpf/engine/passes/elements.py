"""Equations element by element: which positions they write and read, and unrolled copies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from nqpf.engine import ir


def at(index_: ir.Index, passes: dict[str, int]) -> int:
    """Return the position of an index in one pass of its loops."""
    if isinstance(index_, ir.Fixed):
        return index_.position
    return index_.positions[passes[index_.loop.name]]


def passes_of(loops: Sequence[ir.Loop]):
    """Yield every pass of ``loops`` as loop name -> counter."""
    for counters in itertools.product(*(range(loop.size) for loop in loops)):
        yield {loop.name: k for loop, k in zip(loops, counters, strict=True)}


def target(equation: ir.Equation) -> tuple[int, ...]:
    """Return the position that an equation without loops writes."""
    return tuple(at(index_, {}) for index_ in equation.indices)


def targets(equation: ir.Equation) -> list[tuple[int, ...]]:
    """Return every position that ``equation`` writes."""
    return [
        tuple(at(index_, passes) for index_ in equation.indices)
        for passes in passes_of(equation.loops)
    ]


def separable(equation: ir.Equation) -> tuple[ir.Loop, ...]:
    """Return the loops whose passes are equations of their own: not those of a whole array."""
    if isinstance(equation.body, ir.Vector) and equation.body.function not in ir.SINGLE:
        return equation.loops[: -len(equation.body.loops)]
    return equation.loops


def unroll(equation: ir.Equation) -> list[ir.Equation]:
    """Return one equation an element, without loops; one a whole array if it is of such."""
    outer = separable(equation)
    return [
        replace(
            equation,
            indices=tuple(pin(index_, passes) for index_ in equation.indices),
            loops=equation.loops[len(outer) :],
            body=pin_expr(equation.body, passes),
            initial=None if equation.initial is None else pin_expr(equation.initial, passes),
        )
        for passes in passes_of(outer)
    ]


def loops_of(expr: ir.Expr) -> set[str]:
    """Return the names of the loops that ``expr`` follows, its own included."""
    found: set[str] = set()
    for node in ir.walk(expr):
        if isinstance(node, ir.Ref):
            found |= {each.loop.name for each in node.indices if isinstance(each, ir.Along)}
        elif isinstance(node, ir.Ordinal):
            found.add(node.loop.name)
    return found


def pin(index_: ir.Index, passes: dict[str, int]) -> ir.Index:
    """Fix an index in one pass of the given loops; other loops stay."""
    if isinstance(index_, ir.Along) and index_.loop.name in passes:
        return ir.Fixed(at(index_, passes))
    return index_


def pin_expr(expr: ir.Expr, passes: dict[str, int]) -> ir.Expr:
    if isinstance(expr, ir.Ref):
        return ir.Ref(expr.variable, tuple(pin(index_, passes) for index_ in expr.indices))
    if isinstance(expr, ir.Ordinal) and expr.loop.name in passes:
        return ir.Number(float(expr.numbers[passes[expr.loop.name]]))
    return ir.rebuild(expr, tuple(pin_expr(part, passes) for part in ir.children(expr)))


def flat(position: Sequence[int], shape: Sequence[int]) -> int:
    """Return the row-major place of a position."""
    place = 0
    for step, length in zip(position, shape, strict=True):
        place = place * length + step
    return place


def reads(expr: ir.Expr, passes: dict[str, int]):
    """Yield (variable, position) of everything ``expr`` reads in one pass of the outer loops."""
    match expr:
        case ir.Ref(variable, indices):
            yield variable, tuple(at(index_, passes) for index_ in indices)
        case ir.Reduce(_, body, loops):
            for inner in passes_of(loops):
                yield from reads(body, passes | inner)
        case ir.Vector(_, arrays, numbers, loops):
            for inner in passes_of(loops):
                for array in arrays:
                    yield from reads(array, passes | inner)
            for number in numbers:
                yield from reads(number, passes)
        case ir.ElementAt(base, offset, shape):
            assert isinstance(base, ir.Ref)
            for position in itertools.product(*map(range, shape)):
                yield base.variable, position
            yield from reads(offset, passes)
        case _:
            for part in ir.children(expr):
                yield from reads(part, passes)


def read_count(expr: ir.Expr) -> int:
    """Return how many times ``reads`` yields."""
    below = sum(map(read_count, ir.children(expr)))
    match expr:
        case ir.Ref():
            return 1
        case ir.Reduce(_, _, loops):
            return below * math.prod(loop.size for loop in loops)
        case ir.Vector(_, arrays, _, loops):
            inside = sum(map(read_count, arrays))
            return below + inside * (math.prod(loop.size for loop in loops) - 1)
        case ir.ElementAt(_, _, shape):
            return below + math.prod(shape)
        case _:
            return below


def unflat(place: int, shape: Sequence[int]) -> tuple[int, ...]:
    """Return the position at a row-major place."""
    position: list[int] = []
    for length in reversed(shape):
        place, step = divmod(place, length)
        position.append(step)
    return tuple(reversed(position))
