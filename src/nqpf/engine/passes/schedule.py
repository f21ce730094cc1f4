"""Evaluation order, and the split into once per member, once per step and only when saved.

Order is found between whole equations first, since loops over a range are what compiles small
and runs fast. Only equations caught in a cycle are taken apart into elements: arrays may depend
on one another as long as no element depends on itself.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from nqpf.engine import ir
from nqpf.engine.limits import MAX_READS
from nqpf.engine.passes.elements import (
    passes_of,
    read_count,
    reads,
    separable,
    targets,
    unroll,
)
from nqpf.errors import InputError

Place = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Schedule:
    """Equations in evaluation order.

    ``member``: depend on constants alone. ``start``: initial values of stocks and held values
    (``body`` is the initial value), with the auxiliaries they need at the first moment.
    ``step``: auxiliaries that flows or records need. ``flows``: the stocks' net flows.
    ``records``: what is kept of a step. ``report``: auxiliaries that only an output needs.
    """

    member: tuple[ir.Equation, ...]
    start: tuple[ir.Equation, ...]
    step: tuple[ir.Equation, ...]
    flows: tuple[ir.Equation, ...]
    records: tuple[ir.Equation, ...]
    report: tuple[ir.Equation, ...]


def schedule(model: ir.IndexedModel) -> Schedule:
    """Order the equations of ``model``.

    Raises
    ------
    InputError
        An element depends on itself without a stock between; the message prints the cycle.
    """
    _require_few_reads(model.equations)
    kinds: dict[str, ir.Kind] = {name: variable.kind for name, variable in model.variables.items()}
    held = ("stock", "initial")
    auxiliaries = [e for e in model.equations if kinds[e.variable] == "auxiliary"]
    flows = [e for e in model.equations if kinds[e.variable] == "stock"]
    records = [e for e in model.equations if kinds[e.variable] == "record"]

    ordered = _order(auxiliaries, "simultaneous equations")
    static = _static(ordered, kinds)
    member = tuple(e for e in ordered if id(e) in static)
    dynamic = [e for e in ordered if id(e) not in static]
    needed = _needed_by([*flows, *records], dynamic)
    step = tuple(e for e in dynamic if id(e) in needed)
    report = tuple(e for e in dynamic if id(e) not in needed)

    beginnings = [
        replace(e, body=e.initial, initial=None)
        for e in model.equations
        if e.initial is not None and kinds[e.variable] in held
    ]
    # An ACTIVE INITIAL auxiliary starts from its initial expression.
    at_start = [
        e if e.initial is None else replace(e, body=e.initial, initial=None) for e in auxiliaries
    ]
    wanted = _needed_by(beginnings, [*at_start, *beginnings])
    start_equations = [*(e for e in at_start if id(e) in wanted), *beginnings]
    start = _order(start_equations, "initial values")
    done = {(e.variable, place) for e in member for place in targets(e)}
    start = [e for e in start if any((e.variable, place) not in done for place in targets(e))]
    # Flows are independent of one another: equal loops side by side are printed as one.
    flows.sort(key=lambda e: [(loop.name, loop.size) for loop in e.loops])
    return Schedule(member, tuple(start), step, tuple(flows), tuple(records), report)


def _require_few_reads(equations: Iterable[ir.Equation]) -> None:
    """Raise where so many elements read so many others that finding the order takes minutes."""
    total, most, largest = 0, 0, ""
    for equation in equations:
        count = math.prod(loop.size for loop in equation.loops) * read_count(equation.body)
        total += count
        if count > most:
            most, largest = count, equation.variable
    if total > MAX_READS:
        raise InputError(
            f'equations read elements of one another {total:,} times, most of all "{largest}" '
            f"({most:,}); at most {MAX_READS:,} are put in order"
        )


def _static(ordered: list[ir.Equation], kinds: dict[str, ir.Kind]) -> set[int]:
    """Return ids of the equations that depend on constants alone."""
    changing: set[Place] = set()
    static: set[int] = set()
    for equation in ordered:
        moves = ir.moves(equation.body) or equation.initial is not None
        moves = moves or any(
            kinds[variable] in ("stock", "initial") or (variable, place) in changing
            for passes in passes_of(equation.loops)
            for variable, place in reads(equation.body, passes)
        )
        if moves:
            changing.update((equation.variable, place) for place in targets(equation))
        else:
            static.add(id(equation))
    return static


def _needed_by(sinks: Iterable[ir.Equation], pool: list[ir.Equation]) -> set[int]:
    """Return ids of the equations of ``pool`` that ``sinks`` read, directly or not."""
    writer = {(e.variable, place): e for e in pool for place in targets(e)}
    needed: set[int] = set()
    stack = list(sinks)
    while stack:
        equation = stack.pop()
        for passes in passes_of(equation.loops):
            for place in reads(equation.body, passes):
                source = writer.get(place)
                if source is not None and id(source) not in needed:
                    needed.add(id(source))
                    stack.append(source)
    return needed


def _order(equations: list[ir.Equation], what: str) -> list[ir.Equation]:
    """Return ``equations`` in evaluation order, cyclic ones taken apart into elements."""
    while True:
        before = _dependencies(equations)
        ordered = _sort(equations, before)
        if len(ordered) == len(equations):
            return [equations[i] for i in ordered]
        stuck = _cyclic(before)
        apart = [i for i in stuck if separable(equations[i])]
        if not apart:
            raise InputError(_describe_cycle(equations, before, stuck, what))
        replaced: list[ir.Equation] = []
        for i, equation in enumerate(equations):
            replaced.extend(unroll(equation) if i in apart else [equation])
        equations = replaced


def _dependencies(equations: list[ir.Equation]) -> list[set[int]]:
    """Return, for each equation, the numbers of those it reads."""
    writer: dict[Place, int] = {}
    for i, equation in enumerate(equations):
        for place in targets(equation):
            writer[equation.variable, place] = i
    return [
        {
            writer[place]
            for passes in passes_of(equation.loops)
            for place in reads(equation.body, passes)
            if place in writer
        }
        for equation in equations
    ]


def _sort(equations: list[ir.Equation], before: list[set[int]]) -> list[int]:
    """Topological order; of the equations that are ready, one with the loops of the last is next.

    Equal loops side by side are printed as one loop.
    """
    after: list[list[int]] = [[] for _ in equations]
    waiting = [len(sources) for sources in before]
    for i, sources in enumerate(before):
        for source in sources:
            after[source].append(i)
    ready: dict[tuple[ir.Loop, ...], list[int]] = {}

    def release(i: int) -> None:
        heapq.heappush(ready.setdefault(equations[i].loops, []), i)

    for i, count in enumerate(waiting):
        if count == 0:
            release(i)
    ordered: list[int] = []
    loops: tuple[ir.Loop, ...] = ()
    while ready:
        if loops not in ready:
            loops = min(ready, key=lambda key: ready[key][0])
        i = heapq.heappop(ready[loops])
        if not ready[loops]:
            del ready[loops]
        ordered.append(i)
        for follower in after[i]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                release(follower)
    return ordered


def _cyclic(before: list[set[int]]) -> set[int]:
    """Return the members of strongly connected parts (Tarjan), self-loops included."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: set[int] = set()
    for root in range(len(before)):
        if root in order:
            continue
        work = [(root, iter(before[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, sources = work[-1]
            for source in sources:
                if source not in order:
                    order[source] = low[source] = len(order)
                    stack.append(source)
                    on_stack.add(source)
                    work.append((source, iter(before[source])))
                    break
                if source in on_stack:
                    low[node] = min(low[node], order[source])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == order[node]:
                    part: list[int] = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        part.append(member)
                        if member == node:
                            break
                    if len(part) > 1 or node in before[node]:
                        found.update(part)
    return found


def _describe_cycle(
    equations: list[ir.Equation], before: list[set[int]], stuck: set[int], what: str
) -> str:
    path = [min(stuck)]
    while True:
        following = min(before[path[-1]] & stuck)
        if following in path:
            path = [*path[path.index(following) :], following]
            break
        path.append(following)
    names = [equations[i].variable + _subscripts(equations[i]) for i in path]
    return f"{what} depend on one another: {' <- '.join(names)}"


def _subscripts(equation: ir.Equation) -> str:
    place = targets(equation)[0]
    return f"[{', '.join(str(position + 1) for position in place)}]" if place else ""
