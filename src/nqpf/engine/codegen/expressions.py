"""Right-hand sides as Python text, over lanes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from nqpf.engine import ir
from nqpf.engine.functions import FLAT, FUNCTIONS, READINGS
from nqpf.engine.layout import Layout
from nqpf.engine.passes.elements import passes_of, pin_expr

# Characters of an expression in one line: Python reads at most 200 brackets inside one another.
LONGEST = 300
_EXACT = (2.0, 0.5, 1.0, -1.0)  # exponents of what needs no ``power``
UNROLLED = 8  # a sum over so few elements is written out; a longer one is a loop


@dataclass(frozen=True)
class Place:
    """Where an element or table stands: a number plus what loops add."""

    constant: int
    moving: str = ""

    def __str__(self) -> str:
        return f"{self.constant} + {self.moving}" if self.moving else str(self.constant)


@dataclass
class Memory:
    """Addresses of one kernel. ``tables``: positions that no formula gives, as printed arrays."""

    model: ir.IndexedModel
    layout: Layout
    tables: dict[tuple[int, ...], str] = field(default_factory=dict)

    def along(self, positions: tuple[int, ...], counter: str) -> Place:
        """Return the position at which a loop's ``counter`` stands."""
        offset, step = _affine(positions)
        if step is None:
            name = self.tables.setdefault(positions, f"T{len(self.tables)}")
            return Place(0, f"{name}[{counter}]")
        return Place(offset, _times(counter, step) if step else "")

    def place(
        self, variable: str, indices: Sequence[ir.Index], scope: dict[str, str], base: int
    ) -> Place:
        """Return the place of an element of ``variable``, whose first stands at ``base``."""
        constant = base
        moving: list[str] = []
        stride = 1
        shape = self.model.variables[variable].shape
        for index, length in zip(reversed(indices), reversed(shape), strict=True):
            if isinstance(index, ir.Fixed):
                constant += index.position * stride
            else:
                own = self.along(index.positions, scope[index.loop.name])
                constant += own.constant * stride
                if own.moving:
                    moving.append(_times(own.moving, stride))
            stride *= length
        return Place(constant, " + ".join(reversed(moving)))


class Block:
    """The statements of one function, in order.

    In the body of a loop every element is loaded once, into a local variable, and what is stored
    is used from its variable: less for the compiler to type and to prove. No name is used twice.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._indent = "    "
        self._known: dict[str, dict[Place, str]] = {}
        self._moving: set[str] = set()  # variables with a known element that a loop's pass gives
        self._same: dict[str, str] = {}
        self._names = 0

    def add(self, text: str) -> None:
        self.lines.append(self._indent + text)

    def enter(self, size: int) -> str:
        """Open a loop around what follows; return its counter."""
        counter = self.name("i")
        self.add(f"for {counter} in range({size}):")
        self._indent += "    "
        return counter

    def leave(self) -> None:
        """Close the innermost loop, and forget what was loaded in it."""
        self._indent = self._indent[:-4]
        self.forget()

    def forget(self) -> None:
        self._known.clear()
        self._moving.clear()
        self._same.clear()

    def let(self, value: str, kind: str = "x") -> str:
        """Give ``value`` a name."""
        name = self.name(kind)
        self.add(f"{name} = {value}")
        return name

    def once(self, value: str) -> str:
        """Return the name of ``value``, which nothing in the function changes."""
        if value not in self._same:
            self._same[value] = self.let(value, "u")
        return self._same[value]

    def load(self, variable: str, place: Place) -> str:
        """Return a local variable that holds an element of ``variable``."""
        known = self._known.setdefault(variable, {})
        if place not in known:
            known[place] = self.let(f"load(M, {self._address(place)})")
            self._note(variable, place)
        return known[place]

    def store(self, variable: str, place: Place, value: str) -> None:
        """Store into an element of ``variable``."""
        name = self.let(value)
        self.add(f"store(M, {self._address(place)}, {name})")
        if place.moving or variable in self._moving:
            # Another place of the variable may be this one in some pass of a loop.
            self._known[variable] = {}
            self._moving.discard(variable)
        self._known.setdefault(variable, {})[place] = name
        self._note(variable, place)

    def _note(self, variable: str, place: Place) -> None:
        if place.moving:
            self._moving.add(variable)

    def _address(self, place: Place) -> str:
        if not place.moving:
            return str(place.constant)
        step = place.moving if place.moving.isalnum() else self.once(place.moving)
        return f"{place.constant} + {step}" if place.constant else step

    def name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}{self._names}"


class Body:
    """Prints right-hand sides into ``block``, their loops' counters being ``scope``.

    What is the same for all members (tables over time) is a float, all else is lanes.
    ``outside``: names of parts that were computed before the loops.
    """

    def __init__(
        self,
        memory: Memory,
        scope: dict[str, str],
        block: Block,
        outside: Mapping[ir.Expr, str] | None = None,
    ) -> None:
        self.memory = memory
        self.scope = scope
        self.block = block
        self.outside = outside or {}
        self.reduced: dict[int, tuple[ir.Expr, str]] = {}

    def place(self, variable: str, indices: Sequence[ir.Index], shift: int = 0) -> Place:
        """Return where an element of ``variable`` stands, ``shift`` elements on."""
        base = self.memory.layout.base[variable] + shift
        return self.memory.place(variable, indices, self.scope, base)

    def value(self, expr: ir.Expr) -> str:
        """Print a whole right-hand side."""
        expr = written_out(expr)
        self._reductions(expr)
        return self.number(expr)

    def _reductions(self, expr: ir.Expr) -> None:
        """Print the loops of sums first: they forget what was loaded."""
        if isinstance(expr, ir.Reduce):
            self.reduced[id(expr)] = expr, self._reduce(expr.op, expr.body, expr.loops)
        else:
            for part in ir.children(expr):
                self._reductions(part)

    def number(self, expr: ir.Expr) -> str:
        """Print ``expr`` as a number, or name it on a line before; its reductions are done."""
        if self.outside and expr in self.outside:
            return self.outside[expr]
        match expr:
            case ir.Number(value):
                text = literal(value)
            case ir.Time():
                text = "t"
            case ir.StepTime():
                text = "t0"
            case ir.StepNumber():
                text = "i"
            case ir.Past(record, steps):
                text = self._past(record, self.number(steps))
            case ir.Latched(value, record):
                text = f"choose(later, {self._past(record, '0.0')}, {self.number(value)})"
            case ir.Draw(stream, seed, site):
                text = self._draw(stream, seed, site)
            case ir.Ref(variable, indices):
                text = self.block.load(variable, self.place(variable, indices))
            case ir.Ordinal(loop, numbers):
                text = f"({self.memory.along(numbers, self.scope[loop.name])} + 0.0)"
            case ir.Negative(operand):
                text = f"(-{self.number(operand)})"
            case ir.Binary("^", left, right):
                text = self._power(left, right)
            case ir.Binary("*", ir.Binary("*", first, left), right) if self._flat(left, right):
                text = self._times_powers(first, left, right)
            case ir.Binary("*", left, right) if self._flat(left, right):
                text = self._times_powers(ir.Number(1.0), left, right)
            case ir.Binary(op, left, right):
                text = f"({self.number(left)} {op} {self.number(right)})"
            case ir.Call(function, arguments):
                text = self._call(function, arguments)
            case ir.If(condition, then, otherwise):
                test = self.truth(condition)
                text = f"choose({test}, {self.number(then)}, {self.number(otherwise)})"
            case ir.Compare() | ir.Logic() | ir.Not():
                text = f"number({self.truth(expr)})"
            case ir.Lookup(table, argument, reading):
                text = self._lookup(table, argument, reading)
            case ir.ElementAt(base, offset):
                text = self._element_at(base, offset)
            case ir.Reduce():
                text = self.reduced[id(expr)][1]
            case ir.Name() | ir.Integ() | ir.Delay() | ir.Initial() | ir.ActiveInitial():
                raise AssertionError(f"left over from an earlier pass: {expr}")
            case ir.FixedDelay() | ir.Arrivals() | ir.Deposit() | ir.Sample() | ir.Vector():
                raise AssertionError(f"left over from an earlier pass: {expr}")
            case _:
                assert_never(expr)
        return text if len(text) <= LONGEST else self.block.let(text)

    def truth(self, expr: ir.Expr) -> str:
        """Print ``expr`` as a condition; a number is true unless it is zero."""
        match expr:
            case ir.Compare(op, left, right):
                symbol = {"=": "==", "<>": "!="}.get(op, op)
                text = f"({self.number(left)} {symbol} {self.number(right)})"
            case ir.Logic(op, left, right):
                # & and |, not and/or: lanes need both sides, which are pure.
                symbol = {"and": "&", "or": "|"}[op]
                text = f"({self.truth(left)} {symbol} {self.truth(right)})"
            case ir.Not(operand):
                text = f"negated({self.truth(operand)})"
            case _:
                text = f"({self.number(expr)} != 0.0)"
        return text if len(text) <= LONGEST else self.block.let(text)

    # --- what is not one operation ------------------------------------------------------------

    def _flat(self, *factors: ir.Expr) -> bool:
        """Whether all are powers with small exponents, and none has been computed before."""
        return all(
            isinstance(each, ir.Binary)
            and each.op == "^"
            and each not in self.outside
            and not (isinstance(each.right, ir.Number) and each.right.value in _EXACT)
            and not self._is_steep(each.right)
            for each in factors
        )

    def _times_powers(self, first: ir.Expr, *factors: ir.Expr) -> str:
        parts = [part for each in factors for part in ir.children(each)]
        return f"times_powers({', '.join(map(self.number, (first, *parts)))})"

    def _power(self, base: ir.Expr, exponent: ir.Expr) -> str:
        """Squares, roots and reciprocals are exact and quick; the rest is ``power``."""
        if isinstance(exponent, ir.Number) and exponent.value in _EXACT:
            value = self.number(base)
            match exponent.value:
                case 2.0 if isinstance(base, ir.Ref):
                    return f"({value} * {value})"
                case 0.5:
                    return f"root({value})"
                case 1.0:
                    return value
                case -1.0:
                    return f"(1.0 / {value})"
        text = "steep_power" if self._is_steep(exponent) else "power"
        return f"{text}({self.number(base)}, {self.number(exponent)})"

    def _is_steep(self, exponent: ir.Expr) -> bool:
        """Whether an exponent is large, as far as the file says.

        Of a power by itself a wrong guess costs time alone; powers of a product are rounded once
        or one by one.
        """
        match exponent:
            case ir.Number(value):
                return abs(value) >= FLAT
            case ir.Negative(operand):
                return self._is_steep(operand)
            case ir.Ref(variable):
                return max(map(abs, self.memory.model.constants.get(variable, [0.0]))) >= FLAT
            case _:
                return False

    def _call(self, function: str, arguments: tuple[ir.Expr, ...]) -> str:
        if function == "power":
            return self._power(*arguments)
        template = FUNCTIONS[function].template
        printed = list(map(self.number, arguments))
        for place, text in enumerate(printed):
            # Printed twice in every call, nested calls would grow without bounds.
            if template.count(f"{{{place}}}") > 1 and not text.isidentifier():
                printed[place] = self.block.let(text)
        return template.format(*printed)

    def _element_at(self, base: ir.Name | ir.Ref, offset: ir.Expr) -> str:
        assert isinstance(base, ir.Ref)
        place = self.place(base.variable, base.indices)
        first = self.memory.layout.base[base.variable]
        count = self.memory.model.variables[base.variable].size
        return f"element_at(M, {place}, {first}, {count}, spread({self.number(offset)}))"

    def _lookup(self, table: ir.Name | ir.Ref, argument: ir.Expr, reading: str) -> str:
        assert isinstance(table, ir.Ref)
        first = self.memory.layout.tables[table.variable]
        place = self.memory.place(table.variable, table.indices, self.scope, first)
        if not _is_shared(argument):
            return f"{READINGS[reading]}({self.number(argument)}, X, Y, B[{place}])"
        # A table over time is searched once for all members.
        function = "interpolate" if reading == "value" else READINGS[reading]
        return self.block.once(f"{function}({self.number(argument)}, X, Y, B[{place}])")

    def ring(self, record: ir.Ref) -> str:
        """Return the printed name of where a record's past stands."""
        first = self.memory.layout.records[record.variable]
        place = self.memory.place(record.variable, record.indices, self.scope, first)
        return f"R[{place}]"

    def _past(self, record: ir.Ref, steps: str) -> str:
        return f"past(H, {self.ring(record)}, spread({steps}), i)"

    def _draw(self, stream: ir.Expr, seed: ir.Expr, site: ir.Ref | None) -> str:
        assert site is not None
        first = self.memory.layout.draws[site.variable]
        place = self.memory.place(site.variable, site.indices, self.scope, first)
        return f"draw(spread({self.number(stream)}), spread({self.number(seed)}), {place}, i)"

    def _reduce(self, op: ir.ReduceOp, body: ir.Expr, loops: tuple[ir.Loop, ...]) -> str:
        nothing = {"sum": "0.0", "prod": "1.0", "vmin": "math.inf", "vmax": "-math.inf"}[op]
        total = self.block.let(f"spread({nothing})", "s")
        outer = self.scope
        self.scope = dict(outer)
        for loop in loops:
            self.scope[loop.name] = self.block.enter(loop.size)
        self.block.forget()
        self.block.add(f"{total} = {_JOINED[op].format(total, self.value(body))}")
        for _ in loops:
            self.block.leave()
        self.scope = outer
        return total


_JOINED: dict[ir.ReduceOp, str] = {
    "sum": "({0} + {1})",
    "prod": "({0} * {1})",
    "vmin": "smaller({0}, {1})",
    "vmax": "larger({0}, {1})",
}


def written_out(expr: ir.Expr) -> ir.Expr:
    """Return ``expr`` with short sums as chains of additions, in the order of the elements."""
    if isinstance(expr, ir.Reduce):
        if math.prod(loop.size for loop in expr.loops) > UNROLLED:
            return expr
        terms = [written_out(pin_expr(expr.body, passes)) for passes in passes_of(expr.loops)]
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
    return ir.rebuild(expr, tuple(map(written_out, ir.children(expr))))


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
