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
    scope = {loop.name: f"i{depth}" for depth, loop in enumerate(group[0].loops)}
    block = Block()
    body = Body(memory, scope, block)
    for equation in group:
        body.slots = 0
        block.inside(f"# {_comment(equation.text)}")
        value = body.number(equation.body)
        base = memory.layout.base[equation.variable]
        if function == "flows":
            base += memory.layout.stocks
        here = (equation.variable, equation.indices, scope, base)
        target = memory.element(memory.place(*here, memory.lanes))
        kind = memory.model.variables[equation.variable].kind
        if function == "start" and kind != "auxiliary":
            value = f"choose(keep[{memory.place(*here, 1)}] != 0, {target}, {value})"
        block.inside(f"{target} = {value}")
    lines = [f"    {name} = {text}" for text, name in body.shared.items()]
    indent = "    "
    for depth, loop in enumerate(group[0].loops):
        lines.append(f"{indent}for i{depth} in range({loop.size}):")
        indent += "    "
    return lines + _statements(block, indent, memory.lanes)


def _statements(block: Block, indent: str, lanes: int) -> list[str]:
    """Print statements, neighbours inside lanes in one loop over them."""
    lines: list[str] = []
    open_at: str | None = None  # the indent of the loop over lanes that is open
    for in_lanes, text in block.statements:
        own = indent + text[: len(text) - len(text.lstrip())]
        if not in_lanes or lanes == 1:
            open_at = None
            if text:
                lines.append(indent + text)
            continue
        if open_at != own:
            lines.append(f"{own}for l in range({lanes}):")
            open_at = own
        lines.append(f"{own}    {text.lstrip()}")
    return lines


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
