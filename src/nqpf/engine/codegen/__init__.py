"""Indexed equations -> Python source for numba. The only package that prints code.

What is printed: one assignment a line, the equation as the file has it above it. Names in the
printed code come from here and from ``runtime``, never from a model file; the file's text
reaches the source only inside comments, with line ends and control characters taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nqpf.engine import ir
from nqpf.engine.codegen.driver import DRIVER, HEADER
from nqpf.engine.codegen.expressions import Block, Body, Memory
from nqpf.engine.layout import Layout
from nqpf.engine.passes.elements import passes_of, reads, targets
from nqpf.engine.passes.schedule import Schedule


@dataclass(frozen=True)
class Source:
    """A printed kernel, its lanes, and how many elements of scratch its memory needs behind."""

    text: str
    lanes: int
    scratch: int


def generate(model: ir.IndexedModel, schedule: Schedule, layout: Layout, lanes: int) -> Source:
    """Print the kernel of ``model``: functions ``member``, ``start`` and ``run``.

    ``lanes``: how many members stand side by side. ``start`` leaves held values and stocks alone
    whose element is set in ``keep``.
    """
    memory = Memory(model, layout, lanes)
    parts = [
        _function(memory, "member", schedule.member),
        _function(memory, "start", schedule.start),
        _function(memory, "auxiliaries", schedule.step),
        _function(memory, "flows", schedule.flows),
        _function(memory, "reports", schedule.report),
        _bounds(memory),
        DRIVER.format(
            states=layout.stocks * lanes,
            stocks=layout.first_stock * lanes,
            flows=(layout.first_stock + layout.stocks) * lanes,
            lanes=lanes,
        ),
    ]
    tables = [f"{name} = np.array({list(places)})\n" for places, name in memory.tables.items()]
    return Source("".join([HEADER, *tables, *parts]), lanes, memory.scratch)


def _function(memory: Memory, name: str, equations: Sequence[ir.Equation]) -> str:
    more = {"member": "", "start": ", t, keep"}.get(name, ", t")
    lines = [f"\n\n@_compiled\ndef {name}(M, X, Y, B{more}):"]
    for group in _fuse(equations):
        lines.extend(_loops(memory, group, name))
    if not equations:
        lines.append("    return")
    return "\n".join(lines) + "\n"


def _loops(memory: Memory, group: Sequence[ir.Equation], function: str) -> list[str]:
    """Print a group of equations with equal loops."""
    loops = group[0].loops
    scope = {loop.name: f"i{depth}" for depth, loop in enumerate(loops)}
    block = Block(memory.lanes)
    for depth, loop in enumerate(loops):
        block.enter(f"for i{depth} in range({loop.size}):")
    body = Body(memory, scope, block)
    for equation in group:
        body.begin()
        variable, indices = equation.variable, equation.indices
        block.inside(f"# {_comment(equation.text)}")
        value = body.value(equation.body)
        target = body.place(variable, indices, memory.layout.stocks if function == "flows" else 0)
        if function == "start" and memory.model.variables[variable].kind != "auxiliary":
            base = memory.layout.base[variable]
            kept = memory.place(variable, indices, scope, base, 1)
            value = f"choose(keep[{kept}] != 0, {block.load(variable, target)}, {value})"
        # A flow is not its stock: what is stored here is never read in the same function.
        block.store(f"flow of {variable}" if function == "flows" else variable, target, value)
    block.close()
    return [f"    {name} = {text}" for text, name in body.shared.items()] + block.lines


def _bounds(memory: Memory) -> str:
    """Print what keeps XMILE's non-negative stocks from falling below zero."""
    lines = ["\n\n@_compiled\ndef bounds(M):"]
    for name in sorted(memory.model.non_negative):
        first = memory.layout.base[name] * memory.lanes
        last = first + memory.model.variables[name].size * memory.lanes
        lines.append(f"    for k in range({first}, {last}):  # {_comment(name)}")
        lines.append("        M[k] = larger(M[k], 0.0)")
    lines.append("    return")
    return "\n".join(lines) + "\n"


def _fuse(equations: Sequence[ir.Equation]) -> list[list[ir.Equation]]:
    """Group neighbours with the same loops, where no pass reads what a later pass writes."""
    groups: list[list[ir.Equation]] = []
    written: dict[tuple[str, tuple[int, ...]], int] = {}
    for equation in equations:
        same = bool(groups) and groups[-1][0].loops == equation.loops
        if same and all(
            written.get(place, 0) <= number
            for number, passes in enumerate(passes_of(equation.loops))
            for place in reads(equation.body, passes)
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
