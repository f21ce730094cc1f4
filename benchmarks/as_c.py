"""A model's indexed equations as scalar C, the peer that the engine is measured against.

One member at a time, loops over subscripts, the C library's functions: what a careful person
would write by hand. It lives here only; the engine compiles nothing but its own printed Python.
"""

from __future__ import annotations

import ctypes
import math
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

import numpy as np

from nqpf.engine import ir
from nqpf.engine.passes.elements import passes_of, pin_expr
from nqpf.engine.program import Program

HEAD = """\
#include <math.h>
#include <stdint.h>

static double divide_or(double n, double d, double other) { return fabs(d) < 1e-6 ? other : n / d; }
static double step(double t, double h, double s, double dt) { return t + 0.5 * dt > s ? h : 0.0; }
static double ramp(double t, double m, double s, double f)
{ return t + 1e-6 > s ? m * ((f < t ? f : t) - s) : 0.0; }
static double pulse(double t, double s, double w, double dt)
{ double l = w > dt ? w : dt; return s - 1e-6 <= t && t < s + l - 1e-6 ? 1.0 : 0.0; }
static double pulse_train(double t, double s, double i, double w, double e, double dt)
{ double u = t - s + 1e-6, l = w > dt ? w : dt; if (i > 0.0) u -= i * floor(u / i);
  return s - 1e-6 <= t && t < e && u < l ? 1.0 : 0.0; }
static double lookup(double x, const double *X, const double *Y, const int64_t *b)
{
  int64_t low = b[0], high = b[1] - 1;
  if (!b[2]) { if (x <= X[low]) return Y[low]; if (x >= X[high]) return Y[high]; }
  while (high - low > 1) { int64_t m = (low + high) / 2; if (X[m] <= x) low = m; else high = m; }
  return high == low ? Y[low] : Y[low] + (x - X[low]) * (Y[high] - Y[low]) / (X[high] - X[low]);
}
"""

RUN = """
void run(double *M, const double *X, const double *Y, const int64_t *B, double t0, double dt,
         int64_t steps, int64_t every, const int64_t *columns, int64_t count, double *out)
{{
  member(M, X, Y, B, t0);
  start(M, X, Y, B, t0);
  for (int64_t i = 0; i <= steps; i++) {{
    double t = t0 + i * dt;
    auxiliaries(M, X, Y, B, t);
    if (i % every == 0) {{
      reports(M, X, Y, B, t);
      for (int64_t j = 0; j < count; j++) *out++ = M[columns[j]];
    }}
    if (i == steps) return;
    flows(M, X, Y, B, t);
    for (int64_t k = 0; k < {stocks}; k++) M[{first} + k] += dt * M[{flows} + k];
  }}
}}
"""

FUNCTIONS = {
    "abs": "fabs({0})",
    "min": "fmin({0}, {1})",
    "max": "fmax({0}, {1})",
    "exp": "exp({0})",
    "ln": "log({0})",
    "log": "(log({0}) / log({1}))",
    "sqrt": "sqrt({0})",
    "power": "pow({0}, {1})",
    "sin": "sin({0})",
    "cos": "cos({0})",
    "tanh": "tanh({0})",
    "truncate": "trunc({0})",
    "floor": "floor({0})",
    "modulo": "fmod({0}, {1})",
    "zidz": "divide_or({0}, {1}, 0.0)",
    "xidz": "divide_or({0}, {1}, {2})",
    "step": "step({0}, {1}, {2}, {3})",
    "ramp": "ramp({0}, {1}, {2}, {3})",
    "pulse": "pulse({0}, {1}, {2}, {3})",
    "pulse train": "pulse_train({0}, {1}, {2}, {3}, {4}, {5})",
}


class Printer:
    """Prints one program; see ``print_c``."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.base = program.layout.base

    def function(self, name: str, equations: Sequence[ir.Equation], shift: int = 0) -> str:
        lines = [
            f"\nstatic void {name}(double *restrict M, const double *restrict X,",
            "  const double *restrict Y, const int64_t *restrict B, double t)\n{",
        ]
        for equation in equations:
            scope = {loop.name: f"i{k}" for k, loop in enumerate(equation.loops)}
            for k, loop in enumerate(equation.loops):
                lines.append(f"  for (int i{k} = 0; i{k} < {loop.size}; i{k}++)")
            target = self.place(equation.variable, equation.indices, scope, shift)
            lines.append(f"  M[{target}] = {self.number(equation.body, scope)};")
        return "\n".join([*lines, "}\n"])

    def place(
        self, variable: str, indices: Sequence[ir.Index], scope: dict[str, str], shift: int = 0
    ) -> str:
        shape = self.program.model.variables[variable].shape
        tables = self.program.layout.tables
        terms = [str(self.base.get(variable, tables.get(variable, 0)) + shift)]
        stride = 1
        for index, length in zip(reversed(indices), reversed(shape), strict=True):
            if isinstance(index, ir.Fixed):
                terms.append(str(index.position * stride))
            else:
                listed = ",".join(map(str, index.positions))
                counter = scope[index.loop.name]
                plain = index.positions == tuple(range(index.positions[0], index.positions[-1] + 1))
                where = (
                    f"({index.positions[0]} + {counter})"
                    if plain
                    else f"(const int[]){{{listed}}}[{counter}]"
                )
                terms.append(f"{where} * {stride}")
            stride *= length
        return " + ".join(terms)

    def number(self, expr: ir.Expr, scope: dict[str, str]) -> str:
        def sub(part: ir.Expr) -> str:
            return self.number(part, scope)

        match expr:
            case ir.Number(value):
                return "INFINITY" if math.isinf(value) else f"({value!r})"
            case ir.Time():
                return "t"
            case ir.Ref(variable, indices):
                return f"M[{self.place(variable, indices, scope)}]"
            case ir.Negative(operand):
                return f"(-{sub(operand)})"
            case ir.Binary("^", left, right):
                return f"pow({sub(left)}, {sub(right)})"
            case ir.Binary(op, left, right):
                return f"({sub(left)} {op} {sub(right)})"
            case ir.Compare(op, left, right):
                symbol = {"=": "==", "<>": "!="}.get(op, op)
                return f"({sub(left)} {symbol} {sub(right)})"
            case ir.Logic(op, left, right):
                return f"({sub(left)} {'&&' if op == 'and' else '||'} {sub(right)})"
            case ir.Not(operand):
                return f"(!{sub(operand)})"
            case ir.If(condition, then, otherwise):
                return f"({sub(condition)} ? {sub(then)} : {sub(otherwise)})"
            case ir.Call(function, arguments):
                return FUNCTIONS[function].format(*map(sub, arguments))
            case ir.Lookup(ir.Ref(variable, indices), argument):
                table = self.place(variable, indices, scope)
                return f"lookup({sub(argument)}, X, Y, B + 3 * ({table}))"
            case ir.Reduce(op, body, loops):
                parts = [sub(pin_expr(body, passes)) for passes in passes_of(loops)]
                total = parts[0]
                for part in parts[1:]:
                    joined = {"sum": "({} + {})", "prod": "({} * {})"}
                    total = joined.get(op, f"f{op[1:]}({{}}, {{}})").format(total, part)
                return total
            case ir.Name() | ir.Integ() | ir.Delay() | ir.Initial() | ir.ActiveInitial():
                raise AssertionError(f"left over from an earlier pass: {expr}")
            case ir.Lookup():
                raise AssertionError(f"left over from an earlier pass: {expr}")
            case _:
                assert_never(expr)


def print_c(program: Program) -> str:
    """Return the program as C source."""
    printer, order, layout = Printer(program), program.order, program.layout
    parts = [
        printer.function("member", order.member),
        printer.function("start", order.start),
        printer.function("auxiliaries", order.step),
        printer.function("flows", order.flows, layout.stocks),
        printer.function("reports", order.report),
    ]
    first = layout.first_stock
    run = RUN.format(stocks=layout.stocks, first=first, flows=first + layout.stocks)
    return HEAD + "".join(parts) + run


class Compiled:
    """The C program, built by gcc with ``flags``; ``run`` fills in one member's results."""

    def __init__(self, source: str, flags: Sequence[str], folder: Path) -> None:
        stem = folder / ("c" + "".join(c for c in "".join(flags) if c.isalnum()))
        path, library = stem.with_suffix(".c"), stem.with_suffix(".so")
        path.write_text(source, encoding="utf-8")
        command = ["gcc", *flags, "-shared", "-fPIC", "-w", "-o", str(library), str(path), "-lm"]
        subprocess.run(command, check=True)
        self._run = ctypes.CDLL(str(library)).run

    def run(self, memory, tables, clock, columns) -> np.ndarray:
        """Run from ``clock.start`` with equally spaced rows; ``memory``: one member's elements."""
        every = int(clock.rows[1] - clock.rows[0])
        out = np.empty((len(clock.rows), len(columns)))
        x, y, bounds = tables
        self._run(
            *(ctypes.c_void_p(array.ctypes.data) for array in (memory, x, y, bounds)),
            ctypes.c_double(clock.start),
            ctypes.c_double(clock.step),
            ctypes.c_int64(clock.steps),
            ctypes.c_int64(every),
            ctypes.c_void_p(columns.ctypes.data),
            ctypes.c_int64(len(columns)),
            ctypes.c_void_p(out.ctypes.data),
        )
        return out
