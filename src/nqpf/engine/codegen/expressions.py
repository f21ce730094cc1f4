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
_SCRATCH = ""  # what Block calls the elements behind the layout


@dataclass(frozen=True)
class Place:
    """Where an element stands, in units of lanes or of tables: a number plus what loops add."""

    constant: int
    moving: str = ""

    def __str__(self) -> str:
        return f"{self.constant} + {self.moving}" if self.moving else str(self.constant)


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

    def place(
        self,
        variable: str,
        indices: Sequence[ir.Index],
        scope: dict[str, str],
        base: int,
        unit: int,
    ) -> Place:
        """Return the place of an element times ``unit``."""
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
        return Place(constant * unit, " + ".join(reversed(moving)))

    def scratch_place(self, number: int) -> Place:
        self.scratch = max(self.scratch, number + 1)
        return Place((self.layout.size + number) * self.lanes)


class Block:
    """Statements in order; runs of those over lanes share one loop.

    Within such a loop every element is loaded once, into a local variable, and what is stored is
    used from its variable: less for the compiler to type, and nothing for LLVM to prove.
    """

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        self.lines: list[str] = []
        self._indent = "    "
        self._loop: list[str] | None = None
        self._steps: dict[str, str] = {}
        self._known: dict[str, dict[Place, str]] = {}
        self._names = 0

    def enter(self, head: str) -> None:
        """Open a loop around what follows."""
        self.outside(head)
        self._indent += "    "

    def leave(self) -> None:
        self.close()
        self._indent = self._indent[:-4]

    def outside(self, text: str) -> None:
        self.close()
        self.lines.append(self._indent + text)

    def inside(self, text: str) -> None:
        if self._loop is None:
            self._loop = []
        self._loop.append(text)

    def close(self) -> None:
        """End the open loop over lanes."""
        if self._loop is not None:
            inner = self._indent
            if self.lanes > 1:
                self.lines.append(f"{inner}for l in range({self.lanes}):")
                inner += "    "
            steps = [f"{name} = {text}" for text, name in self._steps.items()]
            self.lines.extend(inner + text for text in (*steps, *self._loop))
        self._loop = None
        self._steps.clear()
        self._known.clear()

    def load(self, variable: str, place: Place) -> str:
        """Return a local variable that holds an element of ``variable``."""
        known = self._known.setdefault(variable, {})
        if place not in known:
            known[place] = self._name()
            self.inside(f"{known[place]} = {self._address(place)}")
        return known[place]

    def store(self, variable: str, place: Place, value: str) -> str:
        """Store into an element of ``variable``; return the local variable that holds it."""
        name = self._name()
        self.inside(f"{name} = {value}")
        self.inside(f"{self._address(place)} = {name}")
        if place.moving or any(known.moving for known in self._known.get(variable, ())):
            # Another place of the variable may be this one in some pass of a loop.
            self._known[variable] = {}
        self._known.setdefault(variable, {})[place] = name
        return name

    def _address(self, place: Place) -> str:
        if self.lanes == 1:
            return f"M[{place}]"
        if not place.moving:
            return f"M[{place.constant} + l]"
        step = self._steps.setdefault(f"{place.moving} + l", f"p{len(self._steps)}")
        return f"M[{place.constant} + {step}]"

    def _name(self) -> str:
        self._names += 1
        return f"x{self._names}"


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
        self.ready: dict[int, tuple[ir.Expr, Place | str]] = {}

    def place(self, variable: str, indices: Sequence[ir.Index], shift: int = 0) -> Place:
        """Return where an element of ``variable`` stands, ``shift`` elements on."""
        base = self.memory.layout.base[variable] + shift
        return self.memory.place(variable, indices, self.scope, base, self.memory.lanes)

    def begin(self) -> None:
        """Start an equation: scratch of the one before is free again."""
        self.slots = 0
        self.ready.clear()

    def value(self, expr: ir.Expr) -> str:
        """Print a whole right-hand side as a float."""
        expr = _written_out(expr)
        self._first(expr)
        return self.number(expr)

    def _first(self, expr: ir.Expr) -> None:
        """Work out what needs statements of its own, before anything is loaded for the rest.

        Such statements end the loop over lanes, and what it had loaded with it.
        """
        if isinstance(expr, ir.Reduce):
            self.ready[id(expr)] = expr, self._reduce(expr.op, expr.body, expr.loops)
            return
        for part in ir.children(expr):
            if not isinstance(expr, ir.Lookup) or part is not expr.table:
                self._first(part)
        if isinstance(expr, ir.Lookup):
            shared = _is_shared(expr.argument)
            done = self._lookup_shared(expr) if shared else self._lookup_lanes(expr)
            self.ready[id(expr)] = expr, done
        elif isinstance(expr, ir.Call) and not FUNCTIONS[expr.function].simd:
            self.ready[id(expr)] = expr, self._alone(expr)

    def number(self, expr: ir.Expr) -> str:
        """Print ``expr`` as a float; what needs statements of its own is done."""
        if id(expr) in self.ready:
            _, done = self.ready[id(expr)]
            return done if isinstance(done, str) else self.block.load(_SCRATCH, done)
        match expr:
            case ir.Number(value):
                return literal(value)
            case ir.Time():
                return "t"
            case ir.Ref(variable, indices):
                return self.block.load(variable, self.place(variable, indices))
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
            case ir.Name() | ir.Lookup() | ir.Integ() | ir.Delay() | ir.Reduce():
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
        return FUNCTIONS[function].template.format(*map(self.number, arguments))

    def _alone(self, call: ir.Call) -> Place:
        """A function of the C library: a loop over lanes of its own, fed through scratch."""
        given = [self._scratch() for _ in call.arguments]
        for place, argument in zip(given, call.arguments, strict=True):
            self.block.store(_SCRATCH, place, self.number(argument))
        self.block.close()
        loaded = [self.block.load(_SCRATCH, place) for place in given]
        result = self._scratch()
        value = FUNCTIONS[call.function].template.format(*loaded)
        self.block.store(_SCRATCH, result, value)
        self.block.close()
        return result

    def _scratch(self) -> Place:
        self.slots += 1
        return self.memory.scratch_place(self.slots - 1)

    def _table(self, variable: str, indices: Sequence[ir.Index]) -> Place:
        first = self.memory.layout.tables[variable]
        return self.memory.place(variable, indices, self.scope, first, 1)

    def _lookup_shared(self, lookup: ir.Lookup) -> str:
        """A table over time: one search serves all members, and all passes if it can."""
        assert isinstance(lookup.table, ir.Ref)
        table = self._table(lookup.table.variable, lookup.table.indices)
        text = f"interpolate({self.number(lookup.argument)}, X, Y, B[{table}])"
        if not table.moving:
            return self.shared.setdefault(text, f"u{len(self.shared)}")
        name = f"v{self.names}"
        self.names += 1
        self.block.outside(f"{name} = {text}")
        return name

    def _lookup_lanes(self, lookup: ir.Lookup) -> Place:
        assert isinstance(lookup.table, ir.Ref)
        table = self._table(lookup.table.variable, lookup.table.indices)
        value = self.number(lookup.argument)
        place = self._scratch()
        self._scratch()  # interpolate_lanes counts segments in the element behind
        self.block.store(_SCRATCH, place, value)
        end = place.constant + 2 * self.memory.lanes
        self.block.outside(f"interpolate_lanes(M[{place}:{end}], X, Y, B[{table}])")
        return place

    def _reduce(self, op: ir.ReduceOp, body: ir.Expr, loops: tuple[ir.Loop, ...]) -> Place:
        nothing = {"sum": "0.0", "prod": "1.0", "vmin": "math.inf", "vmax": "-math.inf"}[op]
        place = self._scratch()
        self.block.store(_SCRATCH, place, nothing)
        outer = self.scope
        self.scope = dict(outer)
        for loop in loops:
            counter = f"j{self.names}"
            self.names += 1
            self.scope[loop.name] = counter
            self.block.enter(f"for {counter} in range({loop.size}):")
        value = self.value(body)
        total = self.block.load(_SCRATCH, place)
        self.block.store(_SCRATCH, place, _JOINED[op].format(total, value))
        for _ in loops:
            self.block.leave()
        self.scope = outer
        return place


_JOINED: dict[ir.ReduceOp, str] = {
    "sum": "({0} + {1})",
    "prod": "({0} * {1})",
    "vmin": "smaller({0}, {1})",
    "vmax": "larger({0}, {1})",
}


def _written_out(expr: ir.Expr) -> ir.Expr:
    """Return ``expr`` with short sums as chains of additions, in the order of the elements."""
    if isinstance(expr, ir.Reduce):
        if math.prod(loop.size for loop in expr.loops) > UNROLLED:
            return expr
        terms = [_written_out(pin_expr(expr.body, passes)) for passes in passes_of(expr.loops)]
        total = terms[0]
        for term in terms[1:]:
            match expr.op:
                case "sum":
                    total = ir.Binary("+", total, term)
                case "prod":
                    total = ir.Binary("*", total, term)
                case "vmin":
                    total = ir.Call("min", (total, term))
                case "vmax":
                    total = ir.Call("max", (total, term))
        return total
    return ir.rebuild(expr, tuple(map(_written_out, ir.children(expr))))


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
