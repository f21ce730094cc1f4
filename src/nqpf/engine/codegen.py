"""Indexed equations -> Python source for numba. The only module that prints code.

What is printed: one assignment a line, the equation as the file has it above it. Names in the
printed code come from here and from ``runtime``, never from a model file; the file's text
reaches the source only inside comments, with line ends and control characters taken out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import assert_never

from nqpf.engine import ir
from nqpf.engine.functions import FUNCTIONS
from nqpf.engine.layout import Layout
from nqpf.engine.passes.elements import passes_of, reads, targets
from nqpf.engine.passes.schedule import Schedule

_HEADER = '''\
"""Printed by nqpf from a model file; do not edit. Memory layout: see nqpf.engine.layout."""

import math

import numba
import numpy as np

from nqpf.engine.runtime import (
    arccosine,
    arcsine,
    divide_or,
    interpolate,
    larger,
    logarithm,
    pulse,
    pulse_train,
    quantum,
    ramp,
    root,
    smaller,
    step,
    truncate,
    xmile_pulse,
)

_compiled = numba.njit(error_model="numpy", cache=True, nogil=True)
'''

# The integrator: an explicit Runge-Kutta method given as a tableau, so that Euler (one stage),
# RK2 and RK4 are one loop and the equations are compiled once.
_DRIVER = '''

@_compiled
def run(M, X, Y, B, t0, dt, steps, a, b, c, rows, columns, K, S, out):
    """Integrate from t0, saving the elements ``columns`` at the steps ``rows`` into ``out``.

    ``member`` and ``start`` must have filled the constants and the initial values in M. K
    (stages x states) and S (states) are room to work in.
    """
    stages = b.size
    row = 0
    for i in range(steps + 1):
        t = t0 + i * dt
        for k in range({states}):
            S[k] = M[{stocks} + k]
        for s in range(stages):
            if s > 0:
                for k in range({states}):
                    slope = 0.0
                    for j in range(s):
                        slope += a[s, j] * K[j, k]
                    M[{stocks} + k] = S[k] + dt * slope
            auxiliaries(M, X, Y, B, t + c[s] * dt)
            if s == 0:
                if row < rows.size and rows[row] == i:
                    reports(M, X, Y, B, t)
                    for j in range(columns.size):
                        for l in range({lanes}):
                            out[row, j, l] = M[columns[j] + l]
                    row += 1
                if i == steps:
                    return
            flows(M, X, Y, B, t + c[s] * dt)
            for k in range({states}):
                K[s, k] = M[{flows} + k]
        for k in range({states}):
            slope = 0.0
            for s in range(stages):
                slope += b[s] * K[s, k]
            M[{stocks} + k] = S[k] + dt * slope
        bounds(M)
'''


def generate(model: ir.IndexedModel, schedule: Schedule, layout: Layout, lanes: int = 1) -> str:
    """Print the kernel of ``model``: functions ``member``, ``start`` and ``run``.

    ``lanes``: how many members stand side by side. ``start`` leaves held values and stocks alone
    whose element is set in ``keep``.
    """
    printer = _Printer(model, layout, lanes)
    parts = [
        printer.function("member", schedule.member),
        printer.function("start", schedule.start),
        printer.function("auxiliaries", schedule.step),
        printer.function("flows", schedule.flows),
        printer.function("reports", schedule.report),
        printer.bounds(),
    ]
    driver = _DRIVER.format(
        states=layout.stocks * lanes,
        stocks=layout.first_stock * lanes,
        flows=(layout.first_stock + layout.stocks) * lanes,
        lanes=lanes,
    )
    return "".join([_HEADER, *printer.tables, *parts, driver])


class _Printer:
    def __init__(self, model: ir.IndexedModel, layout: Layout, lanes: int) -> None:
        self.model = model
        self.layout = layout
        self.lanes = lanes
        self.tables: list[str] = []
        self.table_names: dict[tuple[int, ...], str] = {}

    # --- functions and loops ------------------------------------------------------------------

    def function(self, name: str, equations: Sequence[ir.Equation]) -> str:
        more = {"member": "", "start": ", t, keep"}.get(name, ", t")
        lines = [f"\n\n@_compiled\ndef {name}(M, X, Y, B{more}):"]
        for group in _fuse(equations):
            self._loop(group, lines, name)
        if not equations:
            lines.append("    return")
        return "\n".join(lines) + "\n"

    def bounds(self) -> str:
        """Print what keeps XMILE's non-negative stocks from falling below zero."""
        lines = ["\n\n@_compiled\ndef bounds(M):"]
        for name in sorted(self.model.non_negative):
            first = self.layout.base[name] * self.lanes
            last = first + self.model.variables[name].size * self.lanes
            lines.append(f"    for k in range({first}, {last}):  # {_comment(name)}")
            lines.append("        M[k] = larger(M[k], 0.0)")
        lines.append("    return")
        return "\n".join(lines) + "\n"

    def _loop(self, group: Sequence[ir.Equation], lines: list[str], name: str) -> None:
        scope: dict[str, str] = {}
        indent = "    "
        for depth, loop in enumerate(group[0].loops):
            counter = f"i{depth}"
            scope[loop.name] = counter
            lines.append(f"{indent}for {counter} in range({loop.size}):")
            indent += "    "
        if self.lanes > 1:
            lines.append(f"{indent}for l in range({self.lanes}):")
            indent += "    "
        for equation in group:
            lines.append(f"{indent}# {_comment(equation.text)}")
            body = _Body(self, scope, indent)
            value = body.number(equation.body)
            variable = equation.variable
            base = self.layout.base[variable]
            if name == "flows":
                base += self.layout.stocks
            address = self.address(variable, equation.indices, scope, base)
            if name == "start" and self.model.variables[variable].kind != "auxiliary":
                place = self.place(variable, equation.indices, scope, base, 1)
                value = f"M[{address}] if keep[{place}] else {value}"
            lines.extend(body.before)
            lines.append(f"{indent}M[{address}] = {value}")

    # --- addresses ----------------------------------------------------------------------------

    def address(
        self, variable: str, indices: Sequence[ir.Index], scope: dict[str, str], base: int
    ) -> str:
        terms = self.place(variable, indices, scope, base, self.lanes)
        return f"{terms} + l" if self.lanes > 1 else terms

    def place(
        self,
        variable: str,
        indices: Sequence[ir.Index],
        scope: dict[str, str],
        base: int,
        unit: int,
    ) -> str:
        """Return the place of an element times ``unit``, constant part first."""
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
                    moving.append(
                        _times(f"{self._table(index.positions)}[{counter}]", stride * unit)
                    )
                else:
                    constant += offset * stride
                    if step:
                        moving.append(_times(counter, step * stride * unit))
            stride *= length
        return " + ".join([str(constant * unit), *reversed(moving)])

    def _table(self, positions: tuple[int, ...]) -> str:
        name = self.table_names.get(positions)
        if name is None:
            name = f"T{len(self.table_names)}"
            self.table_names[positions] = name
            self.tables.append(f"{name} = np.array({list(positions)})\n")
        return name


class _Body:
    """Prints one right-hand side; sums go into statements ``before`` it."""

    def __init__(self, printer: _Printer, scope: dict[str, str], indent: str) -> None:
        self.printer = printer
        self.scope = scope
        self.indent = indent
        self.before: list[str] = []
        self.sums = 0

    def number(self, expr: ir.Expr) -> str:
        """Print ``expr`` as a float."""
        match expr:
            case ir.Number(value):
                return _literal(value)
            case ir.Time():
                return "t"
            case ir.Ref(variable, indices):
                base = self.printer.layout.base[variable]
                return f"M[{self.printer.address(variable, indices, self.scope, base)}]"
            case ir.Negative(operand):
                return f"(-{self.number(operand)})"
            case ir.Binary(op, left, right):
                symbol = "**" if op == "^" else op
                return f"({self.number(left)} {symbol} {self.number(right)})"
            case ir.Call(function, arguments):
                printed = [self.number(argument) for argument in arguments]
                return FUNCTIONS[function].template.format(*printed)
            case ir.If(condition, then, otherwise):
                test = self.truth(condition)
                return f"({self.number(then)} if {test} else {self.number(otherwise)})"
            case ir.Compare() | ir.Logic() | ir.Not():
                return f"(1.0 if {self.truth(expr)} else 0.0)"
            case ir.Reduce(op, body, loops):
                return self._reduce(op, body, loops)
            case ir.Lookup(ir.Ref(variable, indices), argument):
                first = self.printer.layout.tables[variable]
                table = self.printer.place(variable, indices, self.scope, first, 1)
                return f"interpolate({self.number(argument)}, X, Y, B, {table})"
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
                return f"({self.truth(left)} {op} {self.truth(right)})"
            case ir.Not(operand):
                return f"(not {self.truth(operand)})"
            case _:
                return f"({self.number(expr)} != 0.0)"

    def _reduce(self, op: ir.ReduceOp, body: ir.Expr, loops: tuple[ir.Loop, ...]) -> str:
        total = f"r{self.sums}"
        self.sums += 1
        first = {"sum": "0.0", "prod": "1.0", "vmin": "math.inf", "vmax": "-math.inf"}[op]
        outer_scope, outer_indent = self.scope, self.indent
        self.scope = dict(self.scope)
        self.before.append(f"{self.indent}{total} = {first}")
        for depth, loop in enumerate(loops):
            counter = f"j{self.sums}_{depth}"
            self.scope[loop.name] = counter
            self.before.append(f"{self.indent}for {counter} in range({loop.size}):")
            self.indent += "    "
        value = self.number(body)
        join = {
            "sum": f"{total} + {value}",
            "prod": f"{total} * {value}",
            "vmin": f"smaller({total}, {value})",
            "vmax": f"larger({total}, {value})",
        }[op]
        self.before.append(f"{self.indent}{total} = {join}")
        self.scope, self.indent = outer_scope, outer_indent
        return total


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


def _literal(value: float) -> str:
    if math.isnan(value):
        return "math.nan"
    if math.isinf(value):
        return "math.inf" if value > 0 else "(-math.inf)"
    return repr(value) if value >= 0 else f"({value!r})"


def _comment(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable if len(printable) <= 160 else printable[:157] + "..."
