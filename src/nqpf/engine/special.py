"""The logarithm of the gamma function. Seldom used: one float at a time, lanes in turn."""

from __future__ import annotations

import math

from nqpf.engine.jit import called, inlined
from nqpf.engine.lanes import each_lane, fma
from nqpf.engine.vectormath import joined, log, log_in_two, split

_HALF_LOG_TWO_PI = 0.9189385332046728
_HALF_LOG_TWO_PI_LOW = -3.8782941580672414e-17
_OVERFLOWS = 2.5599833278516383e305
# Stirling's series: B(2k) / (2k (2k - 1)), last term first. Past 10, what is left out is below
# 1e-19 (Abramowitz and Stegun 1964, 6.1.42).
_STIRLING = (
    -174611 / 125400,
    43867 / 244188,
    -3617 / 122400,
    1 / 156,
    -691 / 360360,
    1 / 1188,
    -1 / 1680,
    1 / 1260,
    -1 / 360,
    1 / 12,
)
# ln gamma(x) / ((x - 1)(x - 2)) for 0.9 <= x <= 2.1 in powers of x - 3/2, highest first
# (Chebyshev fit): the zeros at 1 and 2 are in the factors, so the quotient keeps its bits there.
_BETWEEN_ZEROS = (
    -4.5493730396739275e-06,
    7.085835223427025e-06,
    -1.2263205609353148e-06,
    1.9636802577652763e-06,
    -1.2440407744449083e-05,
    1.9547526812113634e-05,
    -2.574523888609603e-05,
    4.076011244752682e-05,
    -6.646697323640727e-05,
    0.00010586200187487207,
    -0.00016887055851327523,
    0.00027124017737409356,
    -0.0004379975295442428,
    0.0007115259997617383,
    -0.0011644143200414722,
    0.0019229159009681613,
    -0.003212074082989096,
    0.005446457853552362,
    -0.009425622448357514,
    0.016797098631012423,
    -0.031308487501011846,
    0.06291140107456626,
    -0.14595989591430608,
)
_AT_MIDDLE = 0.4831289505409809


@inlined
def _sum(a, b):
    """a + b as a joined sum, whichever is larger."""
    whole = a + b
    back = whole - a
    return whole, (a - (whole - back)) + (b - back)


@inlined
def _product(a, a_low, b, b_low):
    """(a + a_low) * (b + b_low) as a joined sum."""
    whole = a * b
    return joined(whole, fma(a, b, -whole) + (a * b_low + a_low * b))


@called
def _stirling(x, x_low):
    """ln gamma(x + x_low) as a sum, for x >= 10: (x - 1/2) ln x - x + ln(2 pi)/2 + series."""
    log_high, log_low = log_in_two(*split(x))
    factor, factor_low = _sum(x, -0.5)
    high, low = _product(factor, factor_low + x_low, log_high, log_low + x_low / x)
    high, lost = _sum(high, -x)
    low = low + lost - x_low
    inverse = 1.0 / x
    square = inverse * inverse
    series = 0.0
    for term in _STIRLING:
        series = fma(series, square, term)
    high, lost = _sum(high, _HALF_LOG_TWO_PI)
    low = low + lost + fma(series, inverse, _HALF_LOG_TWO_PI_LOW)
    return joined(high, low)


@called
def _gamma_ln(x):
    if not 0.0 <= x <= _OVERFLOWS:
        return math.inf if x > 0.0 else math.nan
    if x < 1e-17:
        return -log(x)  # what follows is x times Euler's constant
    if 0.9 <= x <= 2.1:
        middle = x - 1.5
        rest = 0.0
        for term in _BETWEEN_ZEROS:
            rest = fma(rest, middle, term)
        ratio, ratio_low = joined(_AT_MIDDLE, rest * middle)
        zeros, zeros_low = _product(x - 1.0, 0.0, *_sum(x, -2.0))
        high, low = _product(zeros, zeros_low, ratio, ratio_low)
        return high + low
    # gamma(x + n) = x (x + 1) ... (x + n - 1) gamma(x)
    product, product_low = 1.0, 0.0
    high, low = x, 0.0
    while high < 10.0:
        product, product_low = _product(product, product_low, high, low)
        high, lost = _sum(high, 1.0)
        low = low + lost
    result, result_low = _stirling(high, low)
    log_high, log_low = log_in_two(*split(product))
    result, lost = _sum(result, -log_high)
    return result + (result_low + lost - (log_low + product_low / product))


gamma_ln = each_lane(_gamma_ln, 1)  # GAMMA LN of Vensim; NaN below 0
