"""The fixed parts of a printed C program: helpers, random numbers, memory of past steps, driver."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nqpf.engine.layout import Layout
from nqpf.engine.methods import tableau

# Comparisons instead of fmin and fmax: without fast-math those are calls, for the sake of NaNs.
HEAD = """\
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
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
{ return t > s ? m * (smaller(f, t) - s) : 0.0; }
static double pulse(double t, double s, double w, double dt)
{ double mid = t + 0.5 * dt; return mid > s && mid < s + (w > 0.0 ? w : dt) ? 1.0 : 0.0; }
static double pulse_train(double t, double s, double i, double w, double e, double dt)
{ double u = t + 0.5 * dt - s, late = u > 0.0;
  if (i > 0.0) u -= i * floor(u / i); else if (i < w) u = 0.0;
  return late && t - 1e-6 * dt <= e && u < larger(w, dt) ? 1.0 : 0.0; }
static double xmile_pulse(double t, double s, double m, double i, double dt)
{ return pulse_train(t, s, i, 0.0, INFINITE, dt) * m / dt; }
static uint64_t bits_of(double x) { uint64_t b; memcpy(&b, &x, 8); return b; }
static uint64_t rotated(uint64_t x, int n) { return x << n | x >> (64 - n); }
static double draw(double stream, double seed, int64_t site, int64_t i)
{
  static const int turns[8] = {16, 42, 12, 31, 16, 32, 24, 21};
  uint64_t k[3] = {bits_of(seed), bits_of(stream)}, a = stream == 0.0 ? site : site & 0xFFFFFF;
  k[2] = k[0] ^ k[1] ^ 0x1BD11BDAA9FC1A22;
  uint64_t b = i + k[1];
  a += k[0];
  for (int round = 0; round < 20; round++) {
    a += b;
    b = rotated(b, turns[round % 8]) ^ a;
    if (round % 4 == 3) {
      int n = round / 4 + 1;
      a += k[n % 3];
      b += k[(n + 1) % 3] + n;
    }
  }
  uint64_t word = a >> 12 | 0x3FF0000000000000;
  double x;
  memcpy(&x, &word, 8);
  return x - (1.0 - 0x1p-53);
}
static double element_at(const double *all, int64_t place, double offset, int64_t count)
{ double where = place + floor(offset + 1e-6);
  return where >= 0 && where < count ? all[(int64_t) where] : NAN; }
static double lookup(double x, const double *X, const double *Y, int count, int straight)
{
  int low = 0, high = count - 1;
  if (!straight) { if (x <= X[0]) return Y[0]; if (x >= X[high]) return Y[high]; }
  while (high - low > 1) { int m = (low + high) / 2; if (X[m] <= x) low = m; else high = m; }
  return high == low ? Y[low] : Y[low] + (x - X[low]) * (Y[high] - Y[low]) / (X[high] - X[low]);
}
"""

# What records keep of past steps: one ring each, as long as its member's delay.
PAST = """
static double *H;
static int64_t room, R[RECORDS + 1][2];

static void rings(int64_t steps)
{
  int64_t first = 0;
  for (int k = 0; k < RECORDS; k++) {
    double back = held[k] < 0 ? 1.0 : M[held[k]];
    back = back > 1.0 ? back : 1.0;
    R[k][0] = first;
    R[k][1] = (back < steps ? (int64_t) back : steps > 1 ? steps : 1) + 1;
    first += R[k][1];
  }
  if (first > room) H = realloc(H, (room = first) * sizeof *H);
}
static double past(int k, double steps, int64_t i)
{
  int64_t row = i % R[k][1] - (int64_t) steps;
  return H[R[k][0] + (row < 0 ? row + R[k][1] : row)];
}
"""

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


def literal(value: float) -> str:
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITE" if value > 0 else "(-INFINITE)"
    return f"({float(value)!r})"


def run(layout: Layout, method: str) -> str:
    """Print one member's run: an explicit Runge-Kutta method, Euler without its extra copies."""
    rule = tableau(method)
    first, count = layout.first_stock, layout.stocks
    every = f"for (int k = 0; k < {count}; k++)"
    stock, flow = f"M[{first} + k]", f"M[{first + count} + k]"
    stages = len(rule.b)

    def slope(weights: Sequence[float]) -> str:
        used = [f"{literal(w)} * K[{j}][k]" for j, w in enumerate(weights) if w]
        return " + ".join(used)

    if stages == 1:
        advance = [f"flows(t, t, i, 0); {every} {stock} += dt * {flow};"]
    else:
        advance = [f"{every} S[k] = {stock};", f"flows(t, t, i, 0); {every} K[0][k] = {flow};"]
        for s in range(1, stages):
            later = f"t + {literal(float(rule.c[s]))} * dt, t, i, 1"
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
  member(t0, t0, 0, 0);
  start(t0, t0, 0, 0);
  rings(steps);
  for (int64_t i = 0, row = 0; ; i++) {{
    double t = t0 + i * dt;
    auxiliaries(t, t, i, 0);
    if (row < saved && rows[row] == i) {{
      reports(t, t, i, 0);
      for (int64_t j = 0; j < cells; j++) *out++ = M[columns[j]];
      row++;
    }}
    if (i == steps) return;
    records(t, t, i, 0);
    {inner}
  }}
}}
"""
