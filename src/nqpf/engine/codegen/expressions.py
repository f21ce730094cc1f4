"""Right-hand sides as Python text, over lanes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from nqpf.engine import ir
from nqpf.engine.functions import FUNCTIONS
from nqpf.engine.layout import Layout
from nqpf.engine.passes.elements import passes_of, pin_expr

UNROLLED = 8  # a sum over so few elements is written out; a longer one is a loop


@dataclass
class Memory:
    """Addresses of one kernel: the layout, the number of lanes, and the scratch handed out.

    ``tables``: positions that no formula gives, as arrays of the printed module. Scratch stands
    behind the layout; ``scratch`` is the most elements that any function needs at once.
    """

    model: ir.IndexedModel
    layout: Layout
    lanes: int
    tables: dict[tuple[int, ...], str] = field(default_factory=dict)
    scratch: int = 0

    def element(self, place: str) -> str:
        """Print the load or store of a place (an element's number times lanes)."""
        return f"M[{place} + l]" if self.lanes > 1 else f"M[{place}]"

    def place(
        self,
        variable: str,
        indices: Sequence[ir.Index],
        scope: dict[str, str],
        base: int,
        unit: int,
    ) -> str:
        """Print the place of an element times ``unit``, constant part first."""
        constant = base
        moving: list[str] = []
        stride = 1
        shape = self.model.variables[variable].shape
        for index, length in zip(reversed(indices), reversed(shape), strict=True):
            if isinstance(index, ir.Fixed):
                constant += index.position * stride
            else:
                counter = scope[index.loop.name]
                offset, step = _affine(index.positions)
                if step is None:
                    name = self.tables.setdefault(index.positions, f"T{len(self.tables)}")
                    moving.append(_times(f"{name}[{counter}]", stride * unit))
                else:
                    constant += offset * stride
                    if step:
                        moving.append(_times(counter, step * stride * unit))
            stride *= length
        return " + ".join([str(constant * unit), *reversed(moving)])

    def scratch_place(self, number: int) -> str:
        self.scratch = max(self.scratch, number + 1)
        return str((self.layout.size + number) * self.lanes)


@dataclass
class Block:
    """Statements in order: ``lanes`` ones stand inside a loop over lanes, the others outside."""

    statements: list[tuple[bool, str]] = field(default_factory=list)

    def inside(self, text: str) -> None:
        self.statements.append((True, text))

    def outside(self, text: str) -> None:
        self.statements.append((False, text))


class Body:
    """Prints the right-hand sides of one group of equations into ``block``.

    What is the same in every lane (tables over time) is computed once before the loops
    (``shared``) or, where it follows a loop, once before the lanes. What cannot be a SIMD
    instruction (lookups, functions of the C library, long sums) goes through scratch, in a
    loop of its own, so that the rest of the equation still can.
    """

    def __init__(self, memory: Memory, scope: dict[str, str], block: Block) -> None:
        self.memory = memory
        self.scope = scope
        self.block = block
        self.shared: dict[str, str] = {}
        self.names = 0
        self.slots = 0

    def number(self, expr: ir.Expr) -> str:
        """Print ``expr`` as a float."""
        match expr:
            case ir.Number(value):
                return literal(value)
            case ir.Time():
                return "t"
            case ir.Ref(variable, indices):
                base = self.memory.layout.base[variable]
                lanes = self.memory.lanes
                place = self.memory.place(variable, indices, self.scope, base, lanes)
                return self.memory.element(place)
            case ir.Negative(operand):
                return f"(-{self.number(operand)})"
            case ir.Binary("^", left, right):
                return self._power(left, right)
            case ir.Binary(op, left, right):
                return f"({self.number(left)} {op} {self.number(right)})"
            case ir.Call(function, arguments):
                return self._call(function, arguments)
            case ir.If(condition, then, otherwise):
                test = self.truth(condition)
                # Both sides are loaded first: a load in a branch is not a SIMD instruction.
                return f"choose({test}, {self.number(then)}, {self.number(otherwise)})"
            case ir.Compare() | ir.Logic() | ir.Not():
                return f"(1.0 if {self.truth(expr)} else 0.0)"
            case ir.Reduce(op, body, loops):
                return self._reduce(op, body, loops)
            case ir.Lookup(ir.Ref(variable, indices), argument):
                return self._lookup(variable, indices, argument)
            case ir.Name() | ir.Lookup() | ir.Integ() | ir.Delay():
                raise AssertionError(f"left over from an earlier pass: {expr}")
            case ir.Initial() | ir.ActiveInitial():
                raise AssertionError(f"left over from an earlier pass: {expr}")
            case _:
                assert_never(expr)

    def truth(self, expr: ir.Expr) -> str:
        """Print ``expr`` as a condition; a number is true unless it is zero."""
        match expr:
            case ir.Compare(op, left, right):
                symbol = {"=": "==", "<>": "!="}.get(op, op)
                return f"({self.number(left)} {symbol} {self.number(right)})"
            case ir.Logic(op, left, right):
                # & and |, not and/or: both sides are pure, and a branch is not a SIMD instruction.
                symbol = {"and": "&", "or": "|"}[op]
                return f"({self.truth(left)} {symbol} {self.truth(right)})"
            case ir.Not(operand):
                return f"(not {self.truth(operand)})"
            case _:
                return f"({self.number(expr)} != 0.0)"

    # --- what is not one expression -----------------------------------------------------------

    def _power(self, base: ir.Expr, exponent: ir.Expr) -> str:
        """Squares, roots and reciprocals are exact and quick; the rest is ``power``."""
        if isinstance(exponent, ir.Number) and exponent.value in (2.0, 0.5, 1.0, -1.0):
            value = self.number(base)
            match exponent.value:
                case 2.0 if isinstance(base, ir.Ref):
                    return f"({value} * {value})"
                case 0.5:
                    return f"math.sqrt({value})"
                case 1.0:
                    return value
                case -1.0:
                    return f"(1.0 / {value})"
        return f"power({self.number(base)}, {self.number(exponent)})"

    def _call(self, function: str, arguments: tuple[ir.Expr, ...]) -> str:
        if function == "power":
            return self._power(*arguments)
        known = FUNCTIONS[function]
        text = known.template.format(*map(self.number, arguments))
        return text if known.simd else self._through_scratch(text)

    def _through_scratch(self, text: str) -> str:
        if self.memory.lanes == 1:
            return text
        kept = self._scratch()
        self.block.outside("")  # ends the loop over lanes before ...
        self.block.inside(f"{kept} = {text}")
        self.block.outside("")  # ... and after
        return kept

    def _scratch(self) -> str:
        place = self.memory.scratch_place(self.slots)
        self.slots += 1
        return self.memory.element(place)

    def _lookup(self, variable: str, indices: tuple[ir.Index, ...], argument: ir.Expr) -> str:
        first = self.memory.layout.tables[variable]
        table = self.memory.place(variable, indices, self.scope, first, 1)
        if _is_shared(argument):
            text = f"interpolate({self.number(argument)}, X, Y, B, {table})"
            moving = any(isinstance(index, ir.Along) for index in indices)
            if not moving:
                return self.shared.setdefault(text, f"u{len(self.shared)}")
            name = f"v{self.names}"
            self.names += 1
            self.block.outside(f"{name} = {text}")
            return name
        if self.memory.lanes == 1:
            return f"interpolate({self.number(argument)}, X, Y, B, {table})"
        value = self.number(argument)
        kept = self._scratch()
        self._scratch()  # interpolate_lanes counts segments in the element behind
        place = self.memory.scratch_place(self.slots - 2)
        self.block.inside(f"{kept} = {value}")
        lanes = self.memory.lanes
        self.block.outside(f"interpolate_lanes(M, {place}, {lanes}, X, Y, B, {table})")
        return kept

    def _reduce(self, op: ir.ReduceOp, body: ir.Expr, loops: tuple[ir.Loop, ...]) -> str:
        join = {
            "sum": "({0} + {1})",
            "prod": "({0} * {1})",
            "vmin": "smaller({0}, {1})",
            "vmax": "larger({0}, {1})",
        }[op]
        count = math.prod(loop.size for loop in loops)
        if count <= UNROLLED:
            terms = [self.number(pin_expr(body, passes)) for passes in passes_of(loops)]
            total = terms[0]
            for term in terms[1:]:
                total = join.format(total, term)
            return total
        first = {"sum": "0.0", "prod": "1.0", "vmin": "math.inf", "vmax": "-math.inf"}[op]
        kept = self._scratch()
        self.block.inside(f"{kept} = {first}")
        outer = self.scope
        self.scope = dict(outer)
        indent = ""
        for loop in loops:
            counter = f"j{self.names}"
            self.names += 1
            self.scope[loop.name] = counter
            self.block.outside(f"{indent}for {counter} in range({loop.size}):")
            indent += "    "
        inner = Body(self.memory, self.scope, Block())
        inner.shared, inner.names, inner.slots = self.shared, self.names, self.slots
        value = inner.number(body)
        self.names, self.slots = inner.names, inner.slots
        for in_lanes, text in inner.block.statements:
            self.block.statements.append((in_lanes, indent + text if text else text))
        self.block.inside(f"{indent}{kept} = {join.format(kept, value)}")
        self.block.outside("")
        self.scope = outer
        return kept


def literal(value: float) -> str:
    """Print a number so that it reads back as the same bits."""
    if math.isnan(value):
        return "math.nan"
    if math.isinf(value):
        return "math.inf" if value > 0 else "(-math.inf)"
    return repr(value) if value >= 0 else f"({value!r})"


def _is_shared(expr: ir.Expr) -> bool:
    """Whether ``expr`` has one value for all members: time and numbers alone."""
    return all(
        isinstance(node, ir.Number | ir.Time | ir.Binary | ir.Negative) for node in ir.walk(expr)
    )


def _affine(positions: tuple[int, ...]) -> tuple[int, int | None]:
    """Return (offset, step) if positions are ``offset + step * k``, else (0, None)."""
    if len(positions) == 1:
        return positions[0], 0
    step = positions[1] - positions[0]
    if step > 0 and all(p == positions[0] + step * k for k, p in enumerate(positions)):
        return positions[0], step
    return 0, None


def _times(text: str, factor: int) -> str:
    return text if factor == 1 else f"{text} * {factor}"
