"""exp, log, power and their kin without branches, so that a loop over lanes becomes SIMD code.

Calls into the C library stop LLVM from vectorising a loop. These are plain arithmetic: range
reduction, a polynomial, and bit casts, with selects for the special cases. Products and sums that
matter are fused (one rounding), through LLVM's ``fma``: one instruction on processors with FMA and
the same bits in software on others. Measured errors over the whole range are in
``tests/engine/test_vectormath.py``; all stay under 2 ulp, exp and log near 1.

Methods: Muller, *Elementary Functions* (3rd ed. 2016), ch. 11 for reduction and ch. 13 for
compensated logarithms in powers. Polynomials are truncated series, except in ``log``: see there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir as llvm
from numba.core import types
from numba.extending import intrinsic


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` so that LLVM always copies it into its callers' loops."""
    return numba.njit(error_model="numpy", forceinline=True)(function)


# ln 2 in two parts: the first has 32 significant bits, so that its product with an exponent is
# exact; the second is the rest.
_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10
_LOG2_E = 1.4426950408889634
# Adding and subtracting 1.5 * 2^52 rounds a double of moderate size to an integer, which then
# stands in the low bits of the sum.
_SHIFT = 6755399441055744.0
_SHIFT_BITS = 0x4338000000000000
_SQRT_HALF = 0.7071067811865476
_TWO_54 = 18014398509481984.0


def _fma(typing_context, a, b, c):  # noqa: ARG001
    """``a * b + c`` with one rounding."""

    def code(context, builder, _signature, arguments):  # noqa: ARG001
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), code


def _bits_of(typing_context, x):  # noqa: ARG001
    """The bit pattern of a double as an integer."""

    def code(context, builder, _signature, arguments):  # noqa: ARG001
        return builder.bitcast(arguments[0], llvm.IntType(64))

    return types.int64(types.float64), code


def _from_bits(typing_context, n):  # noqa: ARG001
    """The double with a bit pattern."""

    def code(context, builder, _signature, arguments):  # noqa: ARG001
        return builder.bitcast(arguments[0], llvm.DoubleType())

    return types.float64(types.int64), code


def _floor(typing_context, x):  # noqa: ARG001
    """Largest whole double not above ``x`` (numba's math.floor is an integer that overflows)."""

    def code(context, builder, _signature, arguments):  # noqa: ARG001
        function = builder.module.declare_intrinsic("llvm.floor", [llvm.DoubleType()])
        return builder.call(function, arguments)

    return types.float64(types.float64), code


fma: Any = intrinsic(_fma)
bits_of: Any = intrinsic(_bits_of)
from_bits: Any = intrinsic(_from_bits)
floor: Any = intrinsic(_floor)


@inlined
def _exp_of_sum(high, low, halvings):
    """exp(high + low) / 2^halvings for a small ``low``; over- and underflow as in exp."""
    x = min(max(high, -746.0), 711.0)  # beyond, the result is 0 or infinite anyway
    shifted = fma(x, _LOG2_E, _SHIFT)
    k = shifted - _SHIFT
    n = bits_of(shifted) - _SHIFT_BITS - halvings
    r = fma(k, -_LN2_LOW, fma(k, -_LN2_HIGH, x)) + low
    # exp(r) - 1 - r, |r| < 0.35: the series to r^13, summed in pairs to shorten the chain.
    r2 = r * r
    r4 = r2 * r2
    a = fma(r, 1 / 6, 1 / 2)
    b = fma(r, 1 / 120, 1 / 24)
    c = fma(r, 1 / 5040, 1 / 720)
    d = fma(r, 1 / 362880, 1 / 40320)
    e = fma(r, 1 / 39916800, 1 / 3628800)
    f = fma(r, 1 / 6227020800, 1 / 479001600)
    tail = fma(r4, fma(r4, fma(r2, f, e), fma(r2, d, c)), fma(r2, b, a))
    power = fma(r2, tail, r) + 1.0
    # 2^n in two factors: n may reach -1075, and the last factor rounds subnormals once.
    half = n >> 1
    scaled = power * from_bits((half + 1023) << 52) * from_bits((n - half + 1023) << 52)
    return math.inf if high > 711.0 else scaled


@inlined
def exp(x):
    result = _exp_of_sum(x, 0.0, 0)
    return x if x != x else result


@inlined
def _split(x):
    """Return (m, e) with x = m * 2^e and sqrt(1/2) <= m < sqrt(2), for a finite x > 0."""
    tiny = x < 2.2250738585072014e-308
    y = x * _TWO_54 if tiny else x
    n = bits_of(y)
    shift = (n - 0x3FE6A09E667F3BCD) >> 52
    m = from_bits(n - (shift << 52))
    e = float(shift) - (54.0 if tiny else 0.0)
    return m, e


@inlined
def log(x):
    """Natural logarithm.

    With s = f/(2+f): log(1+f) = 2 atanh(s). The seven coefficients are the minimax fit of
    R(z) = 2 atanh(s)/s - 2, z = s^2, published with FDLIBM (Sun Microsystems 1993, ``e_log.c``).
    """
    m, e = _split(x)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    odd = fma(
        w,
        fma(w, fma(w, 0.14798198605116586, 0.1818357216161805), 0.2857142874366239),
        0.6666666666666735,
    )
    even = fma(w, fma(w, 0.15313837699209373, 0.22222198432149784), 0.3999999999940942)
    rest = fma(z, even * z, z * odd)
    half = 0.5 * f * f
    result = fma(e, _LN2_HIGH, f - (half - fma(s, half + rest, e * _LN2_LOW)))
    result = x if x == math.inf else result
    result = -math.inf if x == 0.0 else result
    return math.nan if (x < 0.0 or x != x) else result


@inlined
def _log_in_two(x):
    """log(x) for a finite x > 0 as a sum of two doubles, about 2^-63 of it wrong.

    With s = f/(2+f), log(1+f) = 2 s + p, p = s z (2/3 + z (2/5 + ...)), z = s^2. p is below a
    hundredth of the whole, and the terms from 2/5 on below a fiftieth of p: each is carried with
    as many bits as that leaves to matter.
    """
    m, e = _split(x)
    f = m - 1.0
    d = 2.0 + f
    d_low = f - (d - 2.0)
    r = 1.0 / d
    s = f * r
    s_low = (fma(-s, d, f) - s * d_low) * r
    z = s * s
    z_low = fma(s, s, -z) + 2.0 * s * s_low
    w = z * z
    even = fma(w, fma(w, fma(w, fma(w, 2 / 21, 2 / 17), 2 / 13), 2 / 9), 2 / 5)
    odd = fma(w, fma(w, fma(w, fma(w, 2 / 23, 2 / 19), 2 / 15), 2 / 11), 2 / 7)
    v = z * fma(z, odd, even)
    third = 0.6666666666666666
    q = third + v
    q_low = (third - q) + (v + 3.700743415417188e-17)  # what 2/3 has beyond a double
    sz = s * z
    sz_low = fma(s, z, -sz) + fma(s, z_low, s_low * z)
    p = sz * q
    p_low = fma(sz, q, -p) + fma(sz, q_low, sz_low * q)
    # e ln 2 + 2 s + p: the first is 0 or the largest, and what each sum loses is kept.
    whole = e * _LN2_HIGH
    twice = 2.0 * s
    sum_ = whole + twice
    sum_low = (whole - sum_) + twice
    high = sum_ + p
    low = (sum_ - high) + p
    low += sum_low + (p_low + fma(e, _LN2_LOW, 2.0 * s_low))
    total = high + low
    return total, low - (total - high)


@inlined
def power(x, y):
    """``x ** y`` as IEEE 754 ``pow`` defines it, special cases included."""
    size = abs(x)
    safe = size if 0.0 < size < math.inf else 1.0
    high, low = _log_in_two(safe)
    bounded = min(max(y, -1e20), 1e20)  # larger powers over- or underflow, or x is 1
    product = high * bounded
    product_low = fma(high, bounded, -product) + low * bounded
    result = _exp_of_sum(product, product_low if abs(product) < 1e4 else 0.0, 0)
    result = (0.0 if y > 0.0 else math.inf) if size == 0.0 else result
    result = (math.inf if y > 0.0 else 0.0) if size == math.inf else result
    # A negative base needs a whole exponent; an odd one keeps the sign. From 2^53 on, all are even.
    whole = floor(y) == y
    odd = whole and abs(y) < 9007199254740992.0 and floor(0.5 * y) * 2.0 != y
    negative = bits_of(x) < 0
    result = -result if (negative and odd) else result
    result = math.nan if (negative and not whole and 0.0 < size < math.inf) else result
    result = math.nan if (x != x or y != y) else result
    return 1.0 if (y == 0.0 or x == 1.0 or (size == 1.0 and abs(y) == math.inf)) else result


@inlined
def truncate(x):
    """INTEGER of Vensim: towards zero."""
    return floor(x) if x >= 0.0 else -floor(-x)


@inlined
def _expm1(x):
    """exp(x) - 1 without cancellation near 0; x beyond +-700 is cut there."""
    y = min(max(x, -700.0), 700.0)
    shifted = fma(y, _LOG2_E, _SHIFT)
    k = shifted - _SHIFT
    n = bits_of(shifted) - _SHIFT_BITS
    r = fma(k, -_LN2_LOW, fma(k, -_LN2_HIGH, y))
    tail = 1 / 6227020800
    tail = fma(r, tail, 1 / 479001600)
    tail = fma(r, tail, 1 / 39916800)
    tail = fma(r, tail, 1 / 3628800)
    tail = fma(r, tail, 1 / 362880)
    tail = fma(r, tail, 1 / 40320)
    tail = fma(r, tail, 1 / 5040)
    tail = fma(r, tail, 1 / 720)
    tail = fma(r, tail, 1 / 120)
    tail = fma(r, tail, 1 / 24)
    tail = fma(r, tail, 1 / 6)
    tail = fma(r, tail, 1 / 2)
    small = fma(r * r, tail, r)
    scale = from_bits((n + 1023) << 52)
    return fma(scale, small, scale - 1.0)


@inlined
def tanh(x):
    """2 sinh x cosh x / 2 cosh^2 x, written with e = exp(2|x|) - 1."""
    e = _expm1(2.0 * abs(x))
    result = e / (e + 2.0)
    result = 1.0 if abs(x) > 22.0 else result
    result = -result if bits_of(x) < 0 else result
    return x if x != x else result


@inlined
def sinh(x):
    size = abs(x)
    e = _expm1(size)
    near = 0.5 * (e + e / (e + 1.0))
    result = _exp_of_sum(size, 0.0, 1) if size > 22.0 else near
    result = -result if bits_of(x) < 0 else result
    return x if x != x else result


@inlined
def cosh(x):
    size = abs(x)
    e = exp(min(size, 700.0))
    result = _exp_of_sum(size, 0.0, 1) if size > 22.0 else 0.5 * e + 0.5 / e
    return x if x != x else result


@inlined
def arcsine(x):
    return math.asin(x) if abs(x) <= 1.0 else math.nan


@inlined
def arccosine(x):
    return math.acos(x) if abs(x) <= 1.0 else math.nan
