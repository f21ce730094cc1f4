"""A model's equations as scalar C, the peer that the engine is measured against.

One member at a time, loops over subscripts, the C library's functions, state in one static array:
what a careful person would write by hand. It lives here only; the engine does not use it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from benchmarks.c_text import ENSEMBLE, HEAD, PAST, literal, run
from nqpf.engine import ir
from nqpf.engine.layout import Layout
from nqpf.engine.passes.schedule import Schedule

FUNCTIONS = {
    "abs": "fabs({0})",
    "min": "smaller({0}, {1})",
    "max": "larger({0}, {1})",
    "exp": "exp({0})",
    "ln": "log({0})",
    "log": "(log({0}) / log({1}))",
    "sqrt": "sqrt({0})",
    "power": "pow({0}, {1})",
    "sin": "sin({0})",
    "cos": "cos({0})",
    "tan": "tan({0})",
    "arcsin": "asin({0})",
    "arccos": "acos({0})",
    "arctan": "atan({0})",
    "sinh": "sinh({0})",
    "cosh": "cosh({0})",
    "tanh": "tanh({0})",
    "gamma_ln": "lgamma({0})",
    "truncate": "trunc({0})",
    "floor": "floor({0})",
    "modulo": "modulo({0}, {1})",
    "floor modulo": "floor_modulo({0}, {1})",
    "quantum": "quantum({0}, {1})",
    "zidz": "divide_or({0}, {1}, 0.0)",
    "xidz": "divide_or({0}, {1}, {2})",
    "step": "step({0}, {1}, {2}, {3})",
    "ramp": "ramp({0}, {1}, {2}, {3})",
    "pulse": "pulse({0}, {1}, {2}, {3})",
    "pulse train": "pulse_train({0}, {1}, {2}, {3}, {4}, {5})",
    "xmile pulse": "xmile_pulse({0}, {1}, {2}, {3}, {4})",
}

# What a person would write for a power that is known.
POWERS = {0.5: "sqrt({0})", 1.0: "{0}", 2.0: "square({0})", -1.0: "(1.0 / {0})"}

JOINED = {
    "sum": ("0.0", "{0} + {1}"),
    "prod": ("1.0", "{0} * {1}"),
    "vmin": ("INFINITE", "smaller({0}, {1})"),
    "vmax": ("-INFINITE", "larger({0}, {1})"),
}


class CannotPrint(Exception):
    """The model uses what this printer has no C for; the message lists it."""


def print_c(model: ir.IndexedModel, order: Schedule, layout: Layout, method: str) -> str:
    """Return C source whose ``ensemble`` runs members of the model one after another.

    Raises
    ------
    CannotPrint
        The equations use functions or forms that have no C here.
    """
    printer = _Printer(model, layout)
    functions = [
        printer.function("member", order.member),
        printer.function("start", order.start),
        printer.function("auxiliaries", order.step),
        printer.function("flows", order.flows, layout.stocks),
        printer.function("records", order.records),
        printer.function("reports", order.report),
        printer.bounds(),
    ]
    known = {"member", "start", "step", "flows", "records", "report"}
    printer.missing |= {
        f"equations of the stage {part.name!r}"
        for part in fields(order)
        if part.name not in known and getattr(order, part.name)
    }
    if printer.missing:
        raise CannotPrint(", ".join(sorted(printer.missing)))
    # One element more than there are: C has no empty arrays.
    memory = f"\nstatic double M[{layout.size + 1}];\n"
    parts = [HEAD, memory, *printer.data(), PAST, *functions, run(layout, method), ENSEMBLE]
    return "".join(parts)


@dataclass
class _Printer:
    """``positions``: those that no formula gives, as arrays of the program."""

    model: ir.IndexedModel
    layout: Layout
    positions: dict[tuple[int, ...], str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    counters: int = 0

    def function(self, name: str, equations: Sequence[ir.Equation], shift: int = 0) -> str:
        lines = [f"\nstatic void {name}(double t, double t0, int64_t i, int later)\n{{"]
        for equation in equations:
            scope: dict[str, str] = {}
            for loop in equation.loops:
                lines.append(f"  {self.loop(loop, scope)}")
            target = self.place(equation.variable, equation.indices, scope, shift)
            target = (
                f"H[R[{target}][0] + i % R[{target}][1]]" if name == "records" else f"M[{target}]"
            )
            lines.append(f"  {target} = {self.number(equation.body, scope)};")
        return "\n".join([*lines, "}\n"])

    def bounds(self) -> str:
        """Keep XMILE's non-negative stocks from falling below zero."""
        lines = ["\nstatic void bounds(void)\n{"]
        for name in sorted(self.model.non_negative):
            first = self.layout.base[name]
            last = first + self.model.variables[name].size
            lines.append(f"  for (int k = {first}; k < {last}; k++) M[k] = larger(M[k], 0.0);")
        return "\n".join([*lines, "}\n"])

    def data(self) -> list[str]:
        """Print the tables: all points, and (first point, number of points, extrapolates)."""
        tables = [table for many in self.model.tables.values() for table in many]
        first, bounds = 0, []
        for table in tables:
            bounds.append(f"{{{first}, {len(table.x)}, {int(table.extrapolate)}}}")
            first += len(table.x)
        points = {"X": [x for t in tables for x in t.x], "Y": [y for t in tables for y in t.y]}
        return [
            *(
                f"static const int {name}[] = {{{', '.join(map(str, listed))}}};\n"
                for listed, name in self.positions.items()
            ),
            *(
                f"static const double {name}[] = {{{', '.join(map(literal, values or [0.0]))}}};\n"
                for name, values in points.items()
            ),
            f"static const int B[][3] = {{{', '.join(bounds or ['{0, 0, 0}'])}}};\n",
            *self.records(),
        ]

    def records(self) -> list[str]:
        """Print where each record's number of steps is held, -1 where it is one."""
        held: list[int] = []
        for name, steps in self.model.records.items():
            size = self.model.variables[name].size
            first = self.layout.base[steps] if steps else 0
            held += [first + k for k in range(size)] if steps else [-1] * size
        listed = ", ".join(map(str, held or [-1]))
        return [
            f"#define RECORDS {len(held)}\n",
            f"static const int64_t held[] = {{{listed}}};\n",
        ]

    def loop(self, loop: ir.Loop, scope: dict[str, str]) -> str:
        counter = scope[loop.name] = f"i{self.counters}"
        self.counters += 1
        return f"for (int {counter} = 0; {counter} < {loop.size}; {counter}++)"

    def place(
        self, variable: str, indices: Sequence[ir.Index], scope: dict[str, str], shift: int = 0
    ) -> str:
        layout = self.layout
        numbered = (layout.base, layout.tables, layout.records, layout.draws)
        base = next((where[variable] for where in numbered if variable in where), None)
        if base is None:
            self.missing.add(f"variables of the kind of {variable!r}")
            return "0"
        constant, terms, stride = base + shift, [], 1
        shape = self.model.variables[variable].shape
        for index, length in zip(reversed(indices), reversed(shape), strict=True):
            if isinstance(index, ir.Fixed):
                constant += index.position * stride
            elif isinstance(index, ir.Along):
                along = self.along(index.positions, scope[index.loop.name])
                terms.append(f" + {stride} * {along}")
            else:
                self.missing.add(type(index).__name__)
            stride *= length
        return str(constant) + "".join(terms)

    def along(self, listed: tuple[int, ...], counter: str) -> str:
        """Print the position at which a loop's counter stands."""
        if listed == tuple(range(listed[0], listed[0] + len(listed))):
            return f"({listed[0]} + {counter})"
        return f"{self.positions.setdefault(listed, f'T{len(self.positions)}')}[{counter}]"

    def number(self, expr: ir.Expr, scope: dict[str, str]) -> str:
        """Print ``expr`` as a double."""

        def sub(part: ir.Expr) -> str:
            return self.number(part, scope)

        match expr:
            case ir.Number(value):
                return literal(value)
            case ir.Time():
                return "t"
            case ir.StepTime():
                return "t0"
            case ir.StepNumber():
                return "((double) i)"
            case ir.Past(record, steps):
                return (
                    f"past({self.place(record.variable, record.indices, scope)}, {sub(steps)}, i)"
                )
            case ir.Latched(value, record):
                kept = f"past({self.place(record.variable, record.indices, scope)}, 0.0, i)"
                return f"(later ? {kept} : {sub(value)})"
            case ir.Draw(stream, seed, ir.Ref(site, indices)):
                return f"draw({sub(stream)}, {sub(seed)}, {self.place(site, indices, scope)}, i)"
            case ir.Ref(variable, indices):
                return f"M[{self.place(variable, indices, scope)}]"
            case ir.Negative(operand):
                return f"(-{sub(operand)})"
            case ir.Binary("^", base, exponent) | ir.Call("power", (base, exponent)):
                known = exponent.value if isinstance(exponent, ir.Number) else math.nan
                return POWERS.get(known, "pow({0}, {1})").format(sub(base), sub(exponent))
            case ir.Binary(op, left, right):
                return f"({sub(left)} {op} {sub(right)})"
            case ir.Compare() | ir.Logic() | ir.Not():
                return f"({self.truth(expr, scope)} ? 1.0 : 0.0)"
            case ir.If(condition, then, otherwise):
                return f"({self.truth(condition, scope)} ? {sub(then)} : {sub(otherwise)})"
            case ir.Call(function, arguments) if function in FUNCTIONS:
                return FUNCTIONS[function].format(*map(sub, arguments))
            case ir.Call(function, _):
                self.missing.add(function.upper())
                return "0.0"
            case ir.Ordinal(loop, numbers):
                return f"((double) {self.along(numbers, scope[loop.name])})"
            case ir.ElementAt(ir.Ref(variable, indices), offset):
                place, first = self.place(variable, indices, scope), self.layout.base[variable]
                count = self.model.variables[variable].size
                return f"element_at(M + {first}, {place} - {first}, {sub(offset)}, {count})"
            case ir.Lookup(ir.Ref(variable, indices), argument, "value" | "extrapolate" as reading):
                table = f"B[{self.place(variable, indices, scope)}]"
                straight = f"{table}[2]" if reading == "value" else "1"
                points = f"X + {table}[0], Y + {table}[0], {table}[1], {straight}"
                return f"lookup({sub(argument)}, {points})"
            case ir.Lookup(_, _, reading):
                self.missing.add(f"LOOKUP {reading.upper()}")
                return "0.0"
            case ir.Vector(function):
                self.missing.add(function.upper())
                return "0.0"
            case ir.Reduce(op, body, loops):
                start, joined = JOINED[op]
                inner, total = dict(scope), f"s{self.counters}"
                heads = " ".join(self.loop(loop, inner) for loop in loops)
                joined = joined.format(total, self.number(body, inner))
                return f"({{ double {total} = {start}; {heads} {total} = {joined}; {total}; }})"
            case _:
                self.missing.add(type(expr).__name__)
                return "0.0"

    def truth(self, expr: ir.Expr, scope: dict[str, str]) -> str:
        """Print ``expr`` as a condition; a number is true unless it is zero."""
        match expr:
            case ir.Compare(op, left, right):
                symbol = {"=": "==", "<>": "!="}.get(op, op)
                return f"({self.number(left, scope)} {symbol} {self.number(right, scope)})"
            case ir.Logic(op, left, right):
                symbol = {"and": "&&", "or": "||"}[op]
                return f"({self.truth(left, scope)} {symbol} {self.truth(right, scope)})"
            case ir.Not(operand):
                return f"(!{self.truth(operand, scope)})"
            case _:
                return f"({self.number(expr, scope)} != 0.0)"
