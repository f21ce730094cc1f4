"""Functions that generated code calls. Every one is pure, total over floats, and never raises.

A change here must recompile every cached kernel: the cache key holds this file's text.
"""

from __future__ import annotations

import math

import numba

_pure = numba.njit(inline="never", error_model="numpy")

# Vensim's ZIDZ and XIDZ take a denominator below this for zero (Vensim reference manual, ZIDZ);
# RAMP and PULSE use the same slack on times, so that a start that falls on a step is met.
SMALL = 1e-6


@_pure
def smaller(a, b):
    """MIN; a NaN on either side gives NaN, as in numpy.minimum."""
    return a if (a < b or a != a) else b


@_pure
def larger(a, b):
    """MAX; a NaN on either side gives NaN, as in numpy.maximum."""
    return a if (a > b or a != a) else b


@_pure
def logarithm(x):
    return math.log(x) if x > 0.0 else (-math.inf if x == 0.0 else math.nan)


@_pure
def root(x):
    return math.sqrt(x) if x >= 0.0 else math.nan


@_pure
def arcsine(x):
    return math.asin(x) if -1.0 <= x <= 1.0 else math.nan


@_pure
def arccosine(x):
    return math.acos(x) if -1.0 <= x <= 1.0 else math.nan


@_pure
def truncate(x):
    """INTEGER of Vensim: towards zero."""
    return math.floor(x) if x >= 0.0 else math.ceil(x)


@_pure
def quantum(a, b):
    return a if b < SMALL else b * truncate(a / b)


@_pure
def divide_or(numerator, denominator, otherwise):
    """ZIDZ and XIDZ."""
    return otherwise if abs(denominator) < SMALL else numerator / denominator


@_pure
def step(time, height, start, time_step):
    """STEP: half a time step of slack keeps a start on the grid from being missed by rounding."""
    return height if time + 0.5 * time_step > start else 0.0


@_pure
def ramp(time, slope, start, finish):
    return slope * (min(finish, time) - start) if time + SMALL > start else 0.0


@_pure
def pulse(time, start, width, time_step):
    """PULSE; a width below one step lasts one step (Vensim reference manual, PULSE)."""
    lasts = max(width, time_step)
    return 1.0 if start - SMALL <= time < start + lasts - SMALL else 0.0


@_pure
def pulse_train(time, start, interval, width, end, time_step):
    if not (start - SMALL <= time < end):
        return 0.0
    if interval <= 0.0:
        return pulse(time, start, width, time_step)
    since = time - start + SMALL
    since -= interval * math.floor(since / interval)
    return 1.0 if since < max(width, time_step) else 0.0


@_pure
def xmile_pulse(time, start, magnitude, interval, time_step):
    """PULSE of XMILE: ``magnitude`` spread over one step, again every ``interval``."""
    return pulse_train(time, start, interval, 0.0, math.inf, time_step) * magnitude / time_step


@_pure
def interpolate(x, xs, ys, bounds, table):
    """Look up ``x`` in table number ``table``: linear between points, flat or straight on outside.

    ``bounds[table]`` holds first point, one past the last, and 1 where the table extrapolates.
    """
    first = bounds[table, 0]
    last = bounds[table, 1] - 1
    if x != x:
        return x
    if bounds[table, 2] == 0:
        if x <= xs[first]:
            return ys[first]
        if x >= xs[last]:
            return ys[last]
    if first == last:
        return ys[first]
    low = first
    high = last
    while high - low > 1:
        middle = (low + high) // 2
        if xs[middle] <= x:
            low = middle
        else:
            high = middle
    slope = (ys[high] - ys[low]) / (xs[high] - xs[low])
    return ys[low] + (x - xs[low]) * slope
