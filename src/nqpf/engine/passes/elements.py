"""Equations element by element: which positions they write and read, and unrolled copies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Container, Iterator, Sequence
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


def parts(equation: ir.Equation, wanted: Container[tuple[int, ...]]) -> list[ir.Equation]:
    """Return ``equation`` for the ``wanted`` ones of its targets, as few equations with loops.

    An exception of one element in a hundred times a hundred leaves two equations, not 9,999.
    """
    kept = [
        counters
        for counters in itertools.product(*(range(loop.size) for loop in equation.loops))
        if _target_in(equation, counters) in wanted
    ]
    return [_narrowed(equation, box) for box in _boxes(kept)]


def _target_in(equation: ir.Equation, counters: tuple[int, ...]) -> tuple[int, ...]:
    passes = {loop.name: k for loop, k in zip(equation.loops, counters, strict=True)}
    return tuple(at(index_, passes) for index_ in equation.indices)


def _boxes(places: Sequence[tuple[int, ...]]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Take sorted ``places`` apart into products of numbers along each axis."""
    if not places:
        return
    if not places[0]:
        yield ()
        return
    rests: dict[int, list[tuple[int, ...]]] = {}
    for first, *rest in places:
        rests.setdefault(first, []).append(tuple(rest))
    alike: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for first, rest in rests.items():
        alike.setdefault(tuple(rest), []).append(first)
    for rest, firsts in alike.items():
        for box in _boxes(rest):
            yield tuple(firsts), *box


def _narrowed(equation: ir.Equation, box: tuple[tuple[int, ...], ...]) -> ir.Equation:
    """Return ``equation`` for the passes ``box`` of its loops; a loop of one pass goes."""
    kept = {loop.name: passes for loop, passes in zip(equation.loops, box, strict=True)}
    single = {name: passes[0] for name, passes in kept.items() if len(passes) == 1}

    def index_(each: ir.Index) -> ir.Index:
        each = pin(each, single)
        if isinstance(each, ir.Fixed) or each.loop.name not in kept:
            return each
        passes = kept[each.loop.name]
        loop = ir.Loop(each.loop.name, len(passes))
        return ir.Along(loop, tuple(each.positions[k] for k in passes))

    def expr(each: ir.Expr) -> ir.Expr:
        if isinstance(each, ir.Ref):
            return ir.Ref(each.variable, tuple(map(index_, each.indices)))
        if isinstance(each, ir.Ordinal) and each.loop.name in kept:
            passes = kept[each.loop.name]
            loop = ir.Loop(each.loop.name, len(passes))
            return ir.Ordinal(loop, tuple(each.numbers[k] for k in passes))
        return ir.rebuild(each, tuple(map(expr, ir.children(each))))

    def narrowed(body: ir.Expr) -> ir.Expr:
        return expr(pin_expr(body, single))

    return replace(
        equation,
        indices=tuple(map(index_, equation.indices)),
        loops=tuple(
            ir.Loop(loop.name, len(kept[loop.name]))
            for loop in equation.loops
            if loop.name not in single
        ),
        body=narrowed(equation.body),
        initial=None if equation.initial is None else narrowed(equation.initial),
    )


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
