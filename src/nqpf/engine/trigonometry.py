"""Sine, cosine, tangent and their inverses as plain arithmetic over floats or lanes.

As in ``vectormath``: reduction to a short interval, a polynomial there (Chebyshev fits), and what
a rounding loses is carried on as a second number where it matters. Reduction by multiples of pi/2
in three parts is exact enough for every double up to 2^30 (Muller, *Elementary Functions*, 3rd
ed. 2016, ch. 11); larger angles are left to the C library, whose last bit may differ between
systems. The inverses need no other text.
"""

from __future__ import annotations

import math

from nqpf.engine.jit import called, inlined
from nqpf.engine.lanes import bits_of, choose, each_lane, every, fma, number, root, size
from nqpf.engine.vectormath import SHIFT, joined, quotient, signed

_TWO_OVER_PI = 0.6366197723675814
# pi/2 as a sum of three doubles.
_HALF_PI = 1.5707963267948966
_HALF_PI_LOW = 6.123233995736766e-17
_HALF_PI_LEAST = -1.4973849048591698e-33
_LARGEST_QUICK = 1073741824.0


@inlined
def _reduced(x):
    """Return (r, low, n) with |x| = n pi/2 + r + low and |r| < 0.786, ``n`` modulo 2^52."""
    positive = size(x)
    shifted = fma(positive, _TWO_OVER_PI, SHIFT)
    k = shifted - SHIFT
    near = fma(-k, _HALF_PI, positive)  # exact: what is left has no smaller bits than its terms
    product = k * _HALF_PI_LOW
    r = near - product
    back = r - near
    lost = (near - (r - back)) - (product + back)
    low = lost - fma(k, _HALF_PI_LOW, -product) - k * _HALF_PI_LEAST
    return r, low, bits_of(shifted)


@inlined
def _sine_near(r, low):
    """sin(r + low) as an unrounded sum, for |r| < 0.786."""
    z = r * r
    p = fma(z, 1.5918128638625855e-10, -2.5051131835894976e-08)
    p = fma(z, p, 2.7557316102508736e-06)
    p = fma(z, p, -0.0001984126983675849)
    p = fma(z, p, 0.008333333333330948)
    p = fma(z, p, -0.16666666666666666)
    return r, fma(r * z, p, fma(-0.5 * z, low, low))


@inlined
def _cosine_near(r, low):
    """cos(r + low) as an unrounded sum, for |r| < 0.786."""
    z = r * r
    p = fma(z, -1.1382632014983239e-11, 2.0876146262704946e-09)
    p = fma(z, p, -2.755731727170245e-07)
    p = fma(z, p, 2.4801587298765635e-05)
    p = fma(z, p, -0.0013888888888887398)
    p = fma(z, p, 0.041666666666666664)
    half = 0.5 * z
    high = 1.0 - half
    return high, ((1.0 - high) - half) + fma(z * z, p, -r * low)


@inlined
def _sine_of_quarters(r, low, n):
    """sin(n pi/2 + r + low)."""
    sine_high, sine_low = _sine_near(r, low)
    cosine_high, cosine_low = _cosine_near(r, low)
    value = choose((n & 1) != 0, cosine_high + cosine_low, sine_high + sine_low)
    return choose((n & 2) != 0, -value, value)


@called
def _library_sine(x):
    return math.sin(x)


@called
def _library_cosine(x):
    return math.cos(x)


@called
def _library_tangent(x):
    return math.tan(x)


_large_sine = each_lane(_library_sine, 1)
_large_cosine = each_lane(_library_cosine, 1)
_large_tangent = each_lane(_library_tangent, 1)


@called
def sine(x):
    usual = size(x) <= _LARGEST_QUICK
    r, low, n = _reduced(x)
    quick = signed(_sine_of_quarters(r, low, n), x)
    if every(usual):
        return quick
    return choose(usual, quick, _large_sine(x))


@called
def cosine(x):
    usual = size(x) <= _LARGEST_QUICK
    r, low, n = _reduced(x)
    quick = _sine_of_quarters(r, low, n + 1)
    if every(usual):
        return quick
    return choose(usual, quick, _large_cosine(x))


@called
def tangent(x):
    """sin / cos, or -cos / sin in odd quarters, each as an unrounded sum."""
    usual = size(x) <= _LARGEST_QUICK
    r, low, n = _reduced(x)
    sine_high, sine_low = joined(*_sine_near(r, low))
    cosine_high, cosine_low = joined(*_cosine_near(r, low))
    odd = (n & 1) != 0
    above = choose(odd, -cosine_high, sine_high)
    above_low = choose(odd, -cosine_low, sine_low)
    below = choose(odd, sine_high, cosine_high)
    below_low = choose(odd, sine_low, cosine_low)
    q, q_low = quotient(above, above_low, below, below_low)
    quick = signed(q + q_low, x)
    if every(usual):
        return quick
    return choose(usual, quick, _large_tangent(x))


@inlined
def _turned(quarters, sign, s, tail):
    """quarters * pi/2 + sign * (s + tail), for 0, 1/2, 1 or 2 quarters."""
    start = quarters * _HALF_PI
    moved = sign * s
    high = start + moved
    lost = (start - high) + moved
    return high + (lost + fma(sign, tail, quarters * _HALF_PI_LOW))


@called
def arctangent(x):
    """atan(x) = atan(t), pi/4 + atan(t) with t = (x-1)/(x+1), or pi/2 + atan(t) with t = -1/x."""
    positive = choose(size(x) < 1e18, size(x), 1e18)
    turned = positive > 0.41421356237309503  # tan(pi/8)
    far = positive > 2.414213562373095
    one = choose(turned, 1.0, 0.0)
    own = choose(far, 0.0, positive)
    above = own - one
    above_low = own - (above + one)
    whole = choose(far, positive, 1.0)
    below = whole + own * one
    below_low = own * one - (below - whole)
    t, t_low = quotient(above, above_low, below, below_low)
    z = t * t
    p = fma(z, -0.01917392228554793, 0.03922923713835943)
    p = fma(z, p, -0.05085365922344248)
    p = fma(z, p, 0.05858132894427922)
    p = fma(z, p, -0.06664509603255386)
    p = fma(z, p, 0.07692183059894114)
    p = fma(z, p, -0.09090904572487347)
    p = fma(z, p, 0.11111111015117626)
    p = fma(z, p, -0.1428571428466482)
    p = fma(z, p, 0.19999999999995513)
    p = fma(z, p, -0.3333333333333333)
    result = _turned(choose(far, 1.0, 0.5 * one), 1.0, t, fma(t * z, p, t_low))
    return choose(x != x, x, signed(result, x))


@inlined
def _arcsine_near(positive):
    """Return (s, tail) with s + tail = asin(x), or, from 1/2 on, asin(sqrt((1 - x)/2))."""
    near = positive < 0.5
    z = choose(near, positive * positive, 0.5 - 0.5 * positive)
    s = choose(near, positive, root(z))
    lost = choose(near | (s == 0.0), 0.0, fma(-s, s, z) / (s + s))
    p = fma(z, 0.028757851367421566, -0.014851887071247204)
    p = fma(z, p, 0.01740087944269402)
    p = fma(z, p, 0.005457506718640358)
    p = fma(z, p, 0.01032281435018578)
    p = fma(z, p, 0.011479177415184906)
    p = fma(z, p, 0.013971212973552933)
    p = fma(z, p, 0.017352392720869973)
    p = fma(z, p, 0.02237217294214989)
    p = fma(z, p, 0.030381944138531247)
    p = fma(z, p, 0.04464285714635543)
    p = fma(z, p, 0.07499999999998433)
    p = fma(z, p, 0.16666666666666669)
    return s, fma(s * z, p, lost)


@called
def arcsine(x):
    """asin(x), or pi/2 - 2 asin(sqrt((1 - x)/2)); NaN outside -1 to 1."""
    positive = size(x)
    s, tail = _arcsine_near(positive)
    far = positive >= 0.5
    return signed(_turned(number(far), choose(far, -2.0, 1.0), s, tail), x)


@called
def arccosine(x):
    """pi/2 - asin(x), 2 asin(sqrt((1 - x)/2)), or pi less that; NaN outside -1 to 1."""
    positive = size(x)
    s, tail = _arcsine_near(positive)
    far = positive >= 0.5
    direction = signed(1.0, x)
    quarters = choose(far, 1.0 - direction, 1.0)
    return _turned(quarters, direction * choose(far, 2.0, -1.0), s, tail)
