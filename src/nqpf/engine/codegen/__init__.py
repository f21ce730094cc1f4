"""Indexed equations -> Python source for numba. The only package that prints code.

What is printed: one assignment a line, the equation as the file has it above it. Names in the
printed code come from here and from ``runtime``, never from a model file; the file's text
reaches the source only inside comments, with line ends and control characters taken out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nqpf.engine import ir
from nqpf.engine.codegen.adaptive import ADAPTIVE
from nqpf.engine.codegen.driver import ARGUMENTS, COMMON, FIXED, HEADER
from nqpf.engine.codegen.expressions import Block, Body, Memory, written_out
from nqpf.engine.codegen.invariants import invariants
from nqpf.engine.functions import DEPOSITS, VECTOR_FUNCTIONS
from nqpf.engine.layout import Layout
from nqpf.engine.passes.elements import passes_of, pin, reads, separable, targets
from nqpf.engine.passes.schedule import Schedule


@dataclass(frozen=True)
class Source:
    """A model's printed functions and how many members stand side by side in them.

    ``driver``: the integrator, the same for all models. ``links``: the printed functions that it
    calls, in its order; "" for one that would do nothing. ``adaptive``: whether the integrator
    chooses its steps, for one member at a time.
    """

    text: str
    driver: str
    links: tuple[str, ...]
    lanes: int
    adaptive: bool


def generate(
    model: ir.IndexedModel, schedule: Schedule, layout: Layout, lanes: int, adaptive: bool = False
) -> Source:
    """Print ``member``, ``start``, and the functions that the integrator calls.

    ``start`` leaves held values and stocks alone whose element is set in ``keep``. An adaptive
    integrator takes one lane: lanes share their time, and every member has steps of its own.
    """
    assert lanes == 1 or not adaptive
    memory = Memory(model, layout)
    linked = {
        "auxiliaries": schedule.step,
        "reports": schedule.report,
        "records": schedule.records,
        "flows": schedule.flows,
    }
    parts = [
        _function(memory, "member", schedule.member),
        _function(memory, "start", schedule.start),
        *(_function(memory, name, equations) for name, equations in linked.items() if equations),
        _bounds(memory),
    ]
    tables = [f"{name} = np.array({list(places)})\n" for places, name in memory.tables.items()]
    return Source(
        "".join([HEADER.format(lanes=lanes), *tables, *parts]),
        (COMMON + (ADAPTIVE if adaptive else FIXED)).format(lanes=lanes),
        (
            *(name if equations else "" for name, equations in linked.items()),
            "bounds" if model.non_negative else "",
        ),
        lanes,
        adaptive,
    )


_ARGUMENTS = {"member": "M, X, Y, B", "start": "M, X, Y, B, H, R, t, keep"}


def _function(memory: Memory, name: str, equations: Sequence[ir.Equation]) -> str:
    block = Block()
    if name == "start":
        for line in ("t0 = t", "i = 0", "later = False"):
            block.add(line)
    for group in _fuse(equations):
        _loops(memory, group, name, block)
    block.add("return")
    return "\n".join([_head(name), *block.lines]) + "\n"


def _head(name: str) -> str:
    decorator = "@entry" if name in _ARGUMENTS else "@linked"
    return f"\n\n{decorator}\ndef {name}({_ARGUMENTS.get(name, ARGUMENTS)}):"


def _vector(memory: Memory, equation: ir.Equation, vector: ir.Vector, block: Block) -> None:
    """Print the call of a function of whole arrays, which writes its result itself."""
    outer = separable(equation)
    scope = {loop.name: block.enter(loop.size) for loop in outer}
    block.forget()
    body = Body(memory, scope, block)
    block.add(f"# {_comment(equation.text)}")
    first = {loop.name: 0 for loop in vector.loops}
    places = [body.place(equation.variable, [pin(index, first) for index in equation.indices])]
    for each in (*vector.arrays, *vector.numbers):
        assert isinstance(each, ir.Ref)
        places.append(body.place(each.variable, [pin(index, first) for index in each.indices]))
    target, *given = map(str, places)
    count = math.prod(loop.size for loop in vector.loops)
    function = VECTOR_FUNCTIONS[vector.function]
    block.add(f"{function}(M, LANES, {target}, {count}, {', '.join(given)})")
    block.forget()
    for _ in outer:
        block.leave()


def _loops(memory: Memory, group: Sequence[ir.Equation], function: str, block: Block) -> None:
    """Print a group of equations with equal loops."""
    if isinstance(group[0].body, ir.Vector):
        _vector(memory, group[0], group[0].body, block)
        return
    loops = group[0].loops
    outside = _before(memory, group, block) if loops else {}
    scope = {loop.name: block.enter(loop.size) for loop in loops}
    block.forget()
    body = Body(memory, scope, block, outside)
    for equation in group:
        variable, indices = equation.variable, equation.indices
        block.add(f"# {_comment(equation.text)}")
        if isinstance(equation.body, ir.Deposit):
            _deposit(body, ir.Ref(variable, indices), equation.body)
            continue
        value = body.value(equation.body)
        if function == "records":
            ring = block.let(body.ring(ir.Ref(variable, indices)), "r")
            block.add(f"store(H, {ring}[0] + i % {ring}[1], {value})")
            continue
        target = body.place(variable, indices, memory.layout.stocks if function == "flows" else 0)
        if function == "start" and memory.model.variables[variable].kind != "auxiliary":
            own = block.load(variable, target)
            value = f"choose(keep[{target}] != 0, {own}, {value})"
        # A flow is not its stock: what is stored here is never read in the same function.
        block.store(f"flow of {variable}" if function == "flows" else variable, target, value)
    for _ in loops:
        block.leave()


def _before(memory: Memory, group: Sequence[ir.Equation], block: Block) -> dict[ir.Expr, str]:
    """Print what is the same in all passes of the group's loops; return the names of its parts."""
    changed = {equation.variable for equation in group}
    body = Body(memory, {}, block)
    return {
        part: block.let(body.number(part), "h")
        for equation in group
        for part in dict.fromkeys(invariants(written_out(equation.body), changed))
    }


def _deposit(body: Body, record: ir.Ref, deposit: ir.Deposit) -> None:
    """Print what a record gets for later; behind its rows there is room for what is sent."""
    block = body.block
    ring = block.let(body.ring(record), "r")
    for k, value in enumerate(map(body.value, deposit.values)):
        block.add(f"store(H, {ring}[0] + {ring}[1] + {k}, spread({value}))")
    block.add(f"{DEPOSITS[deposit.kind]}(H, LANES, {ring}, i)")


def _bounds(memory: Memory) -> str:
    """Print what keeps XMILE's non-negative stocks from falling below zero."""
    if not memory.model.non_negative:
        return ""
    lines = [_head("bounds")]
    for name in sorted(memory.model.non_negative):
        first = memory.layout.base[name]
        last = first + memory.model.variables[name].size
        lines.append(f"    for k in range({first}, {last}):  # {_comment(name)}")
        lines.append("        store(M, k, larger(load(M, k), 0.0))")
    return "\n".join([*lines, "    return"]) + "\n"


def _fuse(equations: Sequence[ir.Equation]) -> list[list[ir.Equation]]:
    """Group neighbours with the same loops, where no pass reads what a later pass writes."""
    groups: list[list[ir.Equation]] = []
    written: dict[tuple[str, tuple[int, ...]], int] = {}
    for equation in equations:
        last = groups[-1][0] if groups else None
        same = last is not None and last.loops == equation.loops
        whole = last is not None and isinstance(last.body, ir.Vector)
        if (
            same
            and not whole
            and not isinstance(equation.body, ir.Vector)
            and all(
                written.get(place, 0) <= number
                for number, passes in enumerate(passes_of(equation.loops))
                for place in reads(equation.body, passes)
            )
        ):
            groups[-1].append(equation)
        else:
            groups.append([equation])
            written = {}
        for number, place in enumerate(targets(equation)):
            written[equation.variable, place] = number
    return groups


def _comment(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable if len(printable) <= 160 else printable[:157] + "..."
