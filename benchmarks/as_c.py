"""A model's equations as scalar C, the peer that the engine is measured against.

One member at a time, loops over subscripts, the C library's functions, state in one static array:
what a careful person would write by hand. It lives here only; the engine does not use it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from nqpf.engine import ir
from nqpf.engine.layout import Layout
from nqpf.engine.methods import tableau
from nqpf.engine.passes.schedule import Schedule

# Comparisons instead of fmin and fmax: without fast-math those are calls, for the sake of NaNs.
HEAD = """\
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__FAST_MATH__) && defined(__SSE2__)
#include <xmmintrin.h>
#endif
#ifdef __FAST_MATH__
#define INFINITE DBL_MAX
#else
#define INFINITE INFINITY
#endif

static double square(double a) { return a * a; }
static double smaller(double a, double b) { return a < b ? a : b; }
static double larger(double a, double b) { return a > b ? a : b; }
static double modulo(double a, double b) { return a - b * trunc(a / b); }
static double floor_modulo(double a, double b) { return a - b * floor(a / b); }
static double quantum(double a, double b) { return b < 1e-6 ? a : b * trunc(a / b); }
static double divide_or(double n, double d, double other) { return fabs(d) < 1e-6 ? other : n / d; }
static double step(double t, double h, double s, double dt) { return t + 0.5 * dt > s ? h : 0.0; }
static double ramp(double t, double m, double s, double f)
{ return t + 1e-6 > s ? m * (smaller(f, t) - s) : 0.0; }
static double pulse(double t, double s, double w, double dt)
{ return s - 1e-6 <= t && t < s + larger(w, dt) - 1e-6 ? 1.0 : 0.0; }
static double pulse_train(double t, double s, double i, double w, double e, double dt)
{ double u = t - s + 1e-6; if (i > 0.0) u -= i * floor(u / i);
  return s - 1e-6 <= t && t < e && u < larger(w, dt) ? 1.0 : 0.0; }
static double xmile_pulse(double t, double s, double m, double i, double dt)
{ return pulse_train(t, s, i, 0.0, INFINITE, dt) * m / dt; }
static double lookup(double x, const double *X, const double *Y, int count, int straight)
{
  int low = 0, high = count - 1;
  if (!straight) { if (x <= X[0]) return Y[0]; if (x >= X[high]) return Y[high]; }
  while (high - low > 1) { int m = (low + high) / 2; if (X[m] <= x) low = m; else high = m; }
  return high == low ? Y[low] : Y[low] + (x - X[low]) * (Y[high] - Y[low]) / (X[high] - X[low]);
}
"""

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

# A program built with fast-math flushes subnormal numbers to zero; here it does so only while it
# runs, because the setting is the thread's and the other contestants share it.
ENSEMBLE = """
void ensemble(const double *defaults, const int64_t *varied, int64_t width, const double *values,
              int64_t members, double t0, double dt, int64_t steps, const int64_t *rows,
              int64_t saved, const int64_t *columns, int64_t cells, double *out)
{
#if defined(__FAST_MATH__) && defined(__SSE2__)
  unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040);
#endif
  for (int64_t m = 0; m < members; m++, out += saved * cells) {
    memcpy(M, defaults, sizeof M);
    for (int64_t j = 0; j < width; j++) M[varied[j]] = values[m * width + j];
    run(t0, dt, steps, rows, saved, columns, cells, out);
  }
#if defined(__FAST_MATH__) && defined(__SSE2__)
  _mm_setcsr(mode);
#endif
}
"""


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
        printer.function("reports", order.report),
        printer.bounds(),
    ]
    known = {"member", "start", "step", "flows", "report"}
    printer.missing |= {
        f"equations of the stage {part.name!r}"
        for part in fields(order)
        if part.name not in known and getattr(order, part.name)
    }
    if printer.missing:
        raise CannotPrint(", ".join(sorted(printer.missing)))
    # One element more than there are: C has no empty arrays.
    memory = f"\nstatic double M[{layout.size + 1}];\n"
    parts = [HEAD, memory, *printer.data(), *functions, _run(layout, method), ENSEMBLE]
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
        lines = [f"\nstatic void {name}(double t)\n{{"]
        for equation in equations:
            scope: dict[str, str] = {}
            for loop in equation.loops:
                lines.append(f"  {self.loop(loop, scope)}")
            target = self.place(equation.variable, equation.indices, scope, shift)
            lines.append(f"  M[{target}] = {self.number(equation.body, scope)};")
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
                f"static const double {name}[] = {{{', '.join(map(_literal, values or [0.0]))}}};\n"
                for name, values in points.items()
            ),
            f"static const int B[][3] = {{{', '.join(bounds or ['{0, 0, 0}'])}}};\n",
        ]

    def loop(self, loop: ir.Loop, scope: dict[str, str]) -> str:
        counter = scope[loop.name] = f"i{self.counters}"
        self.counters += 1
        return f"for (int {counter} = 0; {counter} < {loop.size}; {counter}++)"

    def place(
        self, variable: str, indices: Sequence[ir.Index], scope: dict[str, str], shift: int = 0
    ) -> str:
        base = self.layout.base.get(variable, self.layout.tables.get(variable))
        if base is None:
            self.missing.add(f"variables of the kind of {variable!r}")
            return "0"
        constant, terms, stride = base + shift, [], 1
        shape = self.model.variables[variable].shape
        for index, length in zip(reversed(indices), reversed(shape), strict=True):
            if isinstance(index, ir.Fixed):
                constant += index.position * stride
            elif isinstance(index, ir.Along):
                counter, listed = scope[index.loop.name], index.positions
                if listed == tuple(range(listed[0], listed[0] + len(listed))):
                    constant += listed[0] * stride
                else:
                    name = self.positions.setdefault(listed, f"T{len(self.positions)}")
                    counter = f"{name}[{counter}]"
                terms.append(f" + {stride} * {counter}")
            else:
                self.missing.add(type(index).__name__)
            stride *= length
        return str(constant) + "".join(terms)

    def number(self, expr: ir.Expr, scope: dict[str, str]) -> str:
        """Print ``expr`` as a double."""

        def sub(part: ir.Expr) -> str:
            return self.number(part, scope)

        match expr:
            case ir.Number(value):
                return _literal(value)
            case ir.Time():
                return "t"
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
            case ir.Lookup(ir.Ref(variable, indices), argument):
                table = f"B[{self.place(variable, indices, scope)}]"
                points = f"X + {table}[0], Y + {table}[0], {table}[1], {table}[2]"
                return f"lookup({sub(argument)}, {points})"
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


def _literal(value: float) -> str:
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITE" if value > 0 else "(-INFINITE)"
    return f"({float(value)!r})"


def _run(layout: Layout, method: str) -> str:
    """Print one member's run: an explicit Runge-Kutta method, Euler without its extra copies."""
    rule = tableau(method)
    first, count = layout.first_stock, layout.stocks
    every = f"for (int k = 0; k < {count}; k++)"
    stock, flow = f"M[{first} + k]", f"M[{first + count} + k]"
    stages = len(rule.b)

    def slope(weights: Sequence[float]) -> str:
        used = [f"{_literal(w)} * K[{j}][k]" for j, w in enumerate(weights) if w]
        return " + ".join(used)

    if stages == 1:
        advance = [f"flows(t); {every} {stock} += dt * {flow};"]
    else:
        advance = [f"{every} S[k] = {stock};", f"flows(t); {every} K[0][k] = {flow};"]
        for s in range(1, stages):
            later = f"t + {_literal(float(rule.c[s]))} * dt"
            advance += [
                f"{every} {stock} = S[k] + dt * ({slope(rule.a[s].tolist())});",
                f"auxiliaries({later}); flows({later}); {every} K[{s}][k] = {flow};",
            ]
        advance.append(f"{every} {stock} = S[k] + dt * ({slope(rule.b.tolist())});")
    inner = "\n    ".join([*advance, "bounds();"])
    return f"""
static double S[{count + 1}], K[{stages}][{count + 1}];

static void run(double t0, double dt, int64_t steps, const int64_t *rows, int64_t saved,
                const int64_t *columns, int64_t cells, double *out)
{{
  member(t0);
  start(t0);
  for (int64_t i = 0, row = 0; ; i++) {{
    double t = t0 + i * dt;
    auxiliaries(t);
    if (row < saved && rows[row] == i) {{
      reports(t);
      for (int64_t j = 0; j < cells; j++) *out++ = M[columns[j]];
      row++;
    }}
    if (i == steps) return;
    {inner}
  }}
}}
"""
