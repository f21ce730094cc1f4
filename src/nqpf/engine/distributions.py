"""Distributions of random functions, each a function of one uniform number in (0, 1).

Where the inverse of the distribution is at hand it is used, cut to [low, high] by cutting the
range of the uniform number, so that truncation draws nothing twice. The others (gamma, beta and
the discrete ones) take the uniform number's bits as the seed of a short sequence (SplitMix64,
Steele, Lea, Flood 2014) and redraw until the value lies within the bounds. Parameters are those of
Vensim's reference manual (RANDOM ...): a value is ``shift + stretch * standard value``.
"""

from __future__ import annotations

import math

import numpy as np

from nqpf.engine.jit import allocating
from nqpf.engine.lanes import each_lane

TRIES = 1000  # a redraw that has not met the bounds by then gives the nearer bound
_ROOT_TWO = math.sqrt(2.0)
_ROOT_TWO_PI = math.sqrt(2.0 * math.pi)

_scalar = allocating  # the state of a sequence of numbers is an array


# --- by the inverse ---------------------------------------------------------------------------


@_scalar
def normal_below(x):
    """The standard normal distribution function."""
    return 0.5 * math.erfc(-x / _ROOT_TWO)


@_scalar
def _upper_quantile(p):
    """The x > 0 that a standard normal exceeds with probability ``p`` <= 1/2.

    Abramowitz and Stegun 1964, 26.2.23, within 5e-4; two steps of Halley's method do the rest.
    """
    t = math.sqrt(-2.0 * math.log(p))
    above = 2.515517 + t * (0.802853 + t * 0.010328)
    below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    x = t - above / below
    for _ in range(2):
        step = (p - normal_below(-x)) * _ROOT_TWO_PI * math.exp(0.5 * x * x)
        x = x - step / (1.0 - 0.5 * x * step)
    return x


@_scalar
def normal_quantile(u):
    """The inverse of ``normal_below``."""
    if not 0.0 < u < 1.0:
        return -math.inf if u <= 0.0 else math.inf
    return -_upper_quantile(u) if u < 0.5 else _upper_quantile(1.0 - u)


@_scalar
def _within(x, low, high):
    return min(max(x, low), high)


@_scalar
def _normal(u, low, high, mean, deviation):
    if deviation == 0.0:
        return _within(mean, low, high)
    a, b = (low - mean) / deviation, (high - mean) / deviation
    if a > 0.0:
        # Both bounds lie in the upper tail, where 1 - probability would lose its digits.
        upper = normal_below(-b) + (1.0 - u) * (normal_below(-a) - normal_below(-b))
        return _within(mean - deviation * normal_quantile(upper), low, high)
    lower = normal_below(a) + u * (normal_below(b) - normal_below(a))
    return _within(mean + deviation * normal_quantile(lower), low, high)


@_scalar
def _weibull(u, low, high, shape, shift, stretch):
    """Of mean 1 before it is stretched; also the exponential distribution, whose shape is 1."""
    stretch = stretch / math.gamma(1.0 + 1.0 / shape)
    least = math.exp(-(max((low - shift) / stretch, 0.0) ** shape))
    most = math.exp(-(max((high - shift) / stretch, 0.0) ** shape))
    standard = -math.log(least + u * (most - least))
    return _within(shift + stretch * standard ** (1.0 / shape), low, high)


@_scalar
def _triangular_below(x, start, peak, stop):
    if x <= start:
        return 0.0
    if x >= stop:
        return 1.0
    if x < peak:
        return (x - start) ** 2 / ((stop - start) * (peak - start))
    return 1.0 - (stop - x) ** 2 / ((stop - start) * (stop - peak))


@_scalar
def _triangular(u, low, high, start, peak, stop):
    a = _triangular_below(low, start, peak, stop)
    p = a + u * (_triangular_below(high, start, peak, stop) - a)
    turn = (peak - start) / (stop - start)
    if p < turn:
        return _within(start + math.sqrt(p * (stop - start) * (peak - start)), low, high)
    return _within(stop - math.sqrt((1.0 - p) * (stop - start) * (stop - peak)), low, high)


# --- by a sequence of draws -------------------------------------------------------------------


@_scalar
def _next(state):
    """Advance a SplitMix64 sequence, one word in an array; return a uniform number in (0, 1)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (float(z >> np.uint64(11)) + 0.5) * 2.0**-53


@_scalar
def _sequence(u):
    state = np.empty(1, dtype=np.uint64)
    state[0] = np.uint64(u * 2.0**52)
    return state


@_scalar
def _one_gamma(state, order):
    """Marsaglia and Tsang 2000; orders below 1 through order + 1."""
    boost = 1.0
    if order < 1.0:
        boost = _next(state) ** (1.0 / order)
        order += 1.0
    d = order - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal_quantile(_next(state))
        v = (1.0 + c * x) ** 3
        if v > 0.0 and math.log(_next(state)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return boost * d * v


@_scalar
def _one_poisson(state, mean):
    """By inversion, in portions small enough for exp(-mean)."""
    count = 0.0
    while mean > 0.0:
        portion = min(mean, 500.0)
        mean -= portion
        chance = math.exp(-portion)
        left = _next(state)
        k = 0.0
        while left > chance and chance > 0.0:
            left -= chance
            k += 1.0
            chance *= portion / k
        count += k
    return count


@_scalar
def _one_binomial(state, p, n):
    """By inversion, in portions small enough for (1-p)^n."""
    if p > 0.5:
        return n - _one_binomial_small(state, 1.0 - p, n)
    return _one_binomial_small(state, p, n)


@_scalar
def _one_binomial_small(state, p, n):
    count = 0.0
    while n >= 1.0 and p > 0.0:
        portion = min(n, max(1.0, math.floor(500.0 / -math.log1p(-p))))
        n -= portion
        chance = math.exp(portion * math.log1p(-p))
        left = _next(state)
        k = 0.0
        while left > chance and k < portion:
            left -= chance
            chance *= (portion - k) / (k + 1.0) * p / (1.0 - p)
            k += 1.0
        count += k
    return count


@_scalar
def _redrawn(kind, u, low, high, a, b, shift, stretch):
    """Draw until the value lies in [low, high]."""
    if not (a > 0.0 and b > 0.0 and low <= high) or max(a, b) == math.inf:
        return math.nan
    state = _sequence(u)
    value = math.nan
    for _ in range(TRIES):
        if kind == 0:
            x = _one_gamma(state, a)
            standard = x / (x + _one_gamma(state, b))
        elif kind == 1:
            standard = _one_gamma(state, a)
        elif kind == 2:
            standard = _one_poisson(state, a)
        elif kind == 3:
            standard = _one_binomial(state, a, b)
        else:
            # Failures before the b-th success: a Poisson number with a gamma mean.
            standard = _one_poisson(state, _one_gamma(state, b) * (1.0 - a) / a)
        value = shift + stretch * standard
        if low <= value <= high:
            return value
    return _within(value, low, high)


@_scalar
def _beta(u, low, high, a, b, shift, stretch):
    return _redrawn(0, u, low, high, a, b, shift, stretch)


@_scalar
def _gamma(u, low, high, order, shift, stretch):
    return _redrawn(1, u, low, high, order, 1.0, shift, stretch)


@_scalar
def _poisson(u, low, high, mean, shift, stretch):
    return _redrawn(2, u, low, high, mean, 1.0, shift, stretch)


@_scalar
def _binomial(u, low, high, chance, trials, shift, stretch):
    return math.nan if chance > 1.0 else _redrawn(3, u, low, high, chance, trials, shift, stretch)


@_scalar
def _negative_binomial(u, low, high, chance, successes, shift, stretch):
    """The number of trials, ``successes`` and more."""
    if chance > 1.0:
        return math.nan
    # Drawn are the trials that fail.
    return _redrawn(4, u, low, high, chance, successes, shift + stretch * successes, stretch)


normal = each_lane(_normal, 5)
weibull = each_lane(_weibull, 6)
triangular = each_lane(_triangular, 6)
beta = each_lane(_beta, 7)
gamma = each_lane(_gamma, 6)
poisson = each_lane(_poisson, 6)
binomial = each_lane(_binomial, 7)
negative_binomial = each_lane(_negative_binomial, 7)
