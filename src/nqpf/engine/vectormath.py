"""exp, log, power and their kin as plain arithmetic over floats or lanes (see ``lanes``).

Range reduction, a polynomial, and bit casts. Products and sums that matter are fused (one
rounding), through LLVM's ``fma``: one instruction on processors with FMA and the same bits in
software on others. Each has a quick text for usual arguments and a careful one for the rest
(subnormal numbers, overflow, special values); the careful one is computed where some lane needs it
and used for that lane alone, so that a lane's bits never depend on its neighbours. Measured errors
over the whole range are in ``tests/engine/test_vectormath.py``; all stay under 1.5 ulp.

Methods: Muller, *Elementary Functions* (3rd ed. 2016), ch. 11 for reduction and ch. 13 for
compensated logarithms in powers. Polynomials are truncated series where they are exact fractions,
else Chebyshev fits of the functions named beside them (``mpmath.chebyfit``).
"""

from __future__ import annotations

import math

from nqpf.engine.functions import FLAT
from nqpf.engine.jit import called, inlined
from nqpf.engine.lanes import (
    apart,
    bits_of,
    choose,
    every,
    floor,
    fma,
    from_bits,
    negated,
    size,
)

# ln 2 in two parts: the first has 32 significant bits, so that its product with an exponent is
# exact; the second is the rest.
LN2 = 0.6931471805599453
LN2_HIGH = 0.6931471803691238
LN2_LOW = 1.9082149292705877e-10
LOG2_E = 1.4426950408889634
# Adding and subtracting 1.5 * 2^52 rounds a double of moderate size to an integer, which then
# stands in the low bits of the sum.
SHIFT = 6755399441055744.0
SHIFT_BITS = 0x4338000000000000
_TWO_54 = 18014398509481984.0
_SMALLEST_NORMAL = 2.2250738585072014e-308
# exp in one factor: no overflow, no subnormal result.
_EXP_QUICK = 707.0
# Beyond this size of y ln x, the shorter logarithm of the steep power would cost an ulp.
_POWER_QUICK = 16.0
# The binary logarithm of a flat power's base is below this, so that no result is subnormal. Its
# exponent is below ``FLAT``, for its logarithm has the bits of a double only.
_FLAT_OCTAVES = 800.0


@inlined
def _exp_near_zero(r):
    """exp(r) for |r| < 0.3475."""
    # (exp(r) - 1 - r) / r^2, even and odd powers apart: no more operations, half the wait.
    r2 = r * r
    even = fma(r2, 2.762041219449885e-07, 2.4801520613566223e-05)
    even = fma(r2, even, 0.0013888888917654016)
    even = fma(r2, even, 0.04166666666662324)
    even = fma(r2, even, 0.5)
    odd = fma(r2, 2.5100634461878497e-08, 2.7557267935231926e-06)
    odd = fma(r2, odd, 0.00019841269863392214)
    odd = fma(r2, odd, 0.008333333333329994)
    odd = fma(r2, odd, 0.16666666666666669)
    return fma(r2, fma(r, odd, even), r) + 1.0


@inlined
def _exp_parts(x, high, low):
    """Return (f, n) with exp(high + low) = f * 2^n, 0.7 < f < 1.5; x = high + low, rounded."""
    shifted = fma(x, LOG2_E, SHIFT)
    k = shifted - SHIFT
    n = bits_of(shifted) - SHIFT_BITS
    return _exp_near_zero(fma(k, -LN2_HIGH, high) + fma(k, -LN2_LOW, low)), n


@inlined
def exp_of_sum(high, low, halvings):
    """exp(high + low) / 2^halvings for a small ``low``; over- and underflow as in exp."""
    x = between(high, -746.0, 711.0)  # beyond, the result is 0 or infinite anyway
    factor, n = _exp_parts(x + low, x, low)
    n = n - halvings
    # 2^n in two factors: n may reach -1075, and the last factor rounds subnormals once.
    half = n >> 1
    scaled = factor * from_bits((half + 1023) << 52) * from_bits((n - half + 1023) << 52)
    return choose(high > 711.0, math.inf, scaled)


@inlined
def _scaled(factor, n):
    """``factor`` * 2^n where neither it nor the result is subnormal, infinite or NaN."""
    return from_bits(bits_of(factor) + (n << 52))


@inlined
def between(x, low, high):
    least = choose(x < high, x, high)
    return choose(least > low, least, low)


@apart
@called
def _exp_rare(x):
    return choose(x != x, x, exp_of_sum(x, 0.0, 0))


@inlined
def exp(x):
    usual = size(x) < _EXP_QUICK
    factor, n = _exp_parts(x, x, 0.0)
    quick = _scaled(factor, n)
    if every(usual):
        return quick
    return choose(usual, quick, _exp_rare(x))


@inlined
def joined(high, low):
    """high + low as a sum whose first part is the rounded whole; ``low`` is the smaller."""
    whole = high + low
    return whole, low - (whole - high)


@inlined
def quotient(a, a_low, b, b_low):
    """(a + a_low) / (b + b_low) for joined sums, as an unrounded sum."""
    inverse = 1.0 / b
    q = a * inverse
    return q, (fma(-q, b, a) + (a_low - q * b_low)) * inverse


@inlined
def split(x):
    """Return (m, e) with x = m * 2^e and sqrt(1/2) <= m < sqrt(2), for a finite normal x > 0."""
    n = bits_of(x)
    shift = (n - 0x3FE6A09E667F3BCD) >> 52
    # The integer as a double by its bits: not every processor converts 64-bit integers.
    return from_bits(n - (shift << 52)), from_bits(shift + SHIFT_BITS) - SHIFT


@inlined
def split_any(x):
    """As ``split``, for subnormal numbers too."""
    tiny = x < _SMALLEST_NORMAL
    m, e = split(choose(tiny, x * _TWO_54, x))
    return m, e - choose(tiny, 54.0, 0.0)


@inlined
def _log_of_parts(m, e):
    """Natural logarithm of m * 2^e.

    With s = f/(2+f): log(1+f) = 2 atanh(s). The seven coefficients are the minimax fit of
    R(z) = 2 atanh(s)/s - 2, z = s^2, published with FDLIBM (Sun Microsystems 1993, ``e_log.c``).
    """
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
    return fma(e, LN2_HIGH, f - (half - fma(s, half + rest, e * LN2_LOW)))


@inlined
def _is_normal(x):
    """Whether 0 < x < inf and x is not subnormal; the bits of such numbers are in their order."""
    n = bits_of(x)
    return (n >= 0x0010000000000000) & (n < 0x7FF0000000000000)


@apart
@called
def _log_rare(x):
    m, e = split_any(choose((x > 0.0) & (x < math.inf), x, 1.0))
    result = _log_of_parts(m, e)
    result = choose(x == math.inf, x, result)
    result = choose(x == 0.0, -math.inf, result)
    return choose((x < 0.0) | (x != x), math.nan, result)


@inlined
def log(x):
    """Natural logarithm."""
    usual = _is_normal(x)
    m, e = split(x)
    quick = _log_of_parts(m, e)
    if every(usual):
        return quick
    return choose(usual, quick, _log_rare(x))


@inlined
def log_in_two(m, e):
    """log(m * 2^e) as a sum of two doubles, about 2^-63 of it wrong.

    With s = f/(2+f), log(1+f) = 2 s + p, p = s z (2/3 + z (2/5 + ...)), z = s^2. p is below a
    hundredth of the whole, and the terms from 2/5 on below a fiftieth of p: each is carried with
    as many bits as that leaves to matter.
    """
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
    whole = e * LN2_HIGH
    twice = 2.0 * s
    sum_ = whole + twice
    sum_low = (whole - sum_) + twice
    high = sum_ + p
    low = (sum_ - high) + p
    low = low + sum_low + (p_low + fma(e, LN2_LOW, 2.0 * s_low))
    return joined(high, low)


@inlined
def _atanh_tail(z):
    """(2 atanh(s)/s - 2) / z for z = s^2 < 0.0295."""
    w = z * z
    odd = fma(w, 0.13086767009948175, 0.15386240205813478)
    odd = fma(w, odd, 0.2222222239180047)
    odd = fma(w, odd, 0.4000000000000088)
    even = fma(w, 0.13268759668560612, 0.18181795630884753)
    even = fma(w, even, 0.2857142857080323)
    even = fma(w, even, 0.6666666666666666)
    return fma(z, odd, even)


@inlined
def _atanh_tail_short(z):
    """As ``_atanh_tail``, one term less: 2^-57 of the logarithm wrong."""
    w = z * z
    odd = fma(w, 0.15331711346668644, 0.22222211130560723)
    odd = fma(w, odd, 0.3999999999989945)
    even = fma(w, 0.14616576421689886, 0.18182889433757676)
    even = fma(w, even, 0.28571428626001427)
    even = fma(w, even, 0.666666666666667)
    return fma(z, odd, even)


@inlined
def _log_nearly(m, e):
    """log(m * 2^e) as an unrounded sum (high, low), about 2^-58 of it wrong."""
    f = m - 1.0
    d = 2.0 + f
    r = 1.0 / d
    s = f * r
    s_low = fma(-s, f - (d - 2.0), fma(-s, d, f)) * r
    z = s * s
    whole = e * LN2_HIGH
    twice = 2.0 * s
    high = whole + twice
    low = (whole - high) + twice
    return high, low + fma(s * z, _atanh_tail(z), fma(e, LN2_LOW, 2.0 * s_low))


@apart
@called
def _logarithm_rare(x, base):
    defined = (x > 0.0) & (x < math.inf) & (base > 0.0) & (base < math.inf)
    m, e = split_any(choose(defined, x, 1.0))
    high, low = _log_nearly(m, e)
    m_base, e_base = split_any(choose(defined, base, 2.0))
    base_high, base_low = _log_nearly(m_base, e_base)
    q, q_low = quotient(*joined(high, low), *joined(base_high, base_low))
    special = log(x) / log(base)
    return choose(defined & (base != 1.0), q + q_low, special)


@inlined
def logarithm(x, base):
    """Logarithm of ``x`` to any base: exact where the result is a whole number."""
    usual = _is_normal(x) & _is_normal(base) & (base != 1.0)
    high, low = _log_nearly(*split(x))
    base_high, base_low = _log_nearly(*split(base))
    q, q_low = quotient(*joined(high, low), *joined(base_high, base_low))
    quick = q + q_low
    if every(usual):
        return quick
    return choose(usual, quick, _logarithm_rare(x, base))


@apart
@called
def _power_rare(x, y):
    positive = size(x)
    m, e = split_any(choose((positive > 0.0) & (positive < math.inf), positive, 1.0))
    high, low = log_in_two(m, e)
    bounded = between(y, -1e20, 1e20)  # larger powers over- or underflow, or x is 1
    product = high * bounded
    product_low = fma(high, bounded, -product) + low * bounded
    result = exp_of_sum(product, choose(size(product) < 1e4, product_low, 0.0), 0)
    grows = y > 0.0
    result = choose(positive == 0.0, choose(grows, 0.0, math.inf), result)
    result = choose(positive == math.inf, choose(grows, math.inf, 0.0), result)
    # A negative base needs a whole exponent; an odd one keeps the sign. From 2^53 on, all are even.
    whole = floor(y) == y
    odd = whole & (size(y) < 9007199254740992.0) & (floor(0.5 * y) * 2.0 != y)
    negative = bits_of(x) < 0
    result = choose(negative & odd, -result, result)
    lost = negative & negated(whole) & (positive > 0.0) & (positive < math.inf)
    result = choose(lost | (x != x) | (y != y), math.nan, result)
    return choose(
        (y == 0.0) | (x == 1.0) | ((positive == 1.0) & (size(y) == math.inf)), 1.0, result
    )


@inlined
def _is_flat(e, y):
    """Whether a power of a number between 2^(e - 1/2) and 2^(e + 1/2) to y is a flat one.

    The exponents ``e`` of zero, of subnormal and negative numbers, infinity and NaN are beyond.
    """
    return (size(e) < _FLAT_OCTAVES) & (size(y) < FLAT)


@inlined
def _flat_log(x, y):
    """Return y log2(x) in three parts, for |y| < FLAT and most x > 0, and where that is so.

    With x = m * 2^e: y ln(m), and e y as an exact sum of two doubles. The whole octaves leave it
    before anything is rounded, so that neither the size of x nor the bits that a double of ln(m)
    lacks count for much.
    """
    m, e = split(x)
    f = m - 1.0
    s = f / (m + 1.0)
    z = s * s
    log_m = fma(-s, fma(-z, _atanh_tail_short(z), f), f)
    octaves = e * y
    return log_m * y, octaves, fma(e, y, -octaves), _is_flat(e, y)


@inlined
def _flat_exp(part, octaves, low):
    """exp(part) * 2^(octaves + low)."""
    shifted = fma(part, LOG2_E, octaves) + SHIFT
    r = fma((octaves - (shifted - SHIFT)) + low, LN2, part)
    return _scaled(_exp_near_zero(r), bits_of(shifted) - SHIFT_BITS)


@inlined
def _power_steep(x, y):
    """Return x ** y for most x > 0 and y, and where that is so."""
    m, e = split(x)
    high, low = _log_nearly(m, e)
    product = high * y
    product_low = fma(high, y, -product) + low * y
    total = product + product_low
    factor, n = _exp_parts(total, product, product_low)
    return _scaled(factor, n), _is_normal(x) & (size(total) < _POWER_QUICK)


@apart
@called
def _power_not_flat(x, y):
    steep, usual = _power_steep(x, y)
    if every(usual):
        return steep
    return choose(usual, steep, _power_rare(x, y))


@apart
@called
def _power_as_flat(x, y):
    part, octaves, low, _ = _flat_log(x, y)
    return _flat_exp(part, octaves, low)


@inlined
def power(x, y):
    """``x ** y`` as IEEE 754 ``pow`` defines it, special cases included.

    The text for small exponents, as elasticities are.
    """
    part, octaves, low, usual = _flat_log(x, y)
    quick = _flat_exp(part, octaves, low)
    if every(usual):
        return quick
    return choose(usual, quick, _power_not_flat(x, y))


@inlined
def steep_power(x, y):
    """``power``, the same bits, as a text for larger exponents."""
    _, e = split(x)
    flat = _is_flat(e, y)
    quick, usual = _power_steep(x, y)
    if every(usual & negated(flat)):
        return quick
    return choose(flat, _power_as_flat(x, y), _power_not_flat(x, y))


@apart
@called
def _times_in_order(first, x, y, x2, y2):
    return first * power(x, y) * power(x2, y2)


@inlined
def times_powers(first, x, y, x2, y2):
    """first * x ** y * x2 ** y2, the powers with one exponential and one rounding.

    Where that would not do they are multiplied as they stand.
    """
    part, octaves, low, flat = _flat_log(x, y)
    part_2, octaves_2, low_2, flat_2 = _flat_log(x2, y2)
    whole = octaves + octaves_2
    # What the sum loses, whichever of the two is larger (Knuth).
    back = whole - octaves
    lost = (octaves - (whole - back)) + (octaves_2 - back)
    quick = first * _flat_exp(part + part_2, whole, low + low_2 + lost)
    usual = flat & flat_2 & (size(whole) < _FLAT_OCTAVES)
    if every(usual):
        return quick
    return choose(usual, quick, _times_in_order(first, x, y, x2, y2))


@inlined
def truncate(x):
    """INTEGER of Vensim: towards zero."""
    return choose(x >= 0.0, floor(x), -floor(-x))


@inlined
def signed(value, like):
    """``value``, negated where ``like`` is negative, -0 included."""
    return choose(bits_of(like) < 0, -value, value)
