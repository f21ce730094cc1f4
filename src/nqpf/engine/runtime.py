"""Functions that generated code calls. Every one is pure, total over floats, and never raises.

A change here must recompile every cached kernel: the cache key holds this file's text.
"""

from __future__ import annotations

import math

import numba

from nqpf.engine.vectormath import floor, inlined, truncate

# Vensim's ZIDZ and XIDZ take a denominator below this for zero (Vensim reference manual, ZIDZ);
# RAMP and PULSE use the same slack on times, so that a start that falls on a step is met.
SMALL = 1e-6


@inlined
def choose(condition, then, otherwise):
    """IF THEN ELSE with both sides known."""
    return then if condition else otherwise


@inlined
def smaller(a, b):
    """MIN; a NaN on either side gives NaN, as in numpy.minimum."""
    return a if (a < b or a != a) else b


@inlined
def larger(a, b):
    """MAX; a NaN on either side gives NaN, as in numpy.maximum."""
    return a if (a > b or a != a) else b


@inlined
def quantum(a, b):
    return a if b < SMALL else b * truncate(a / b)


@inlined
def divide_or(numerator, denominator, otherwise):
    """ZIDZ and XIDZ."""
    return otherwise if abs(denominator) < SMALL else numerator / denominator


@inlined
def step(time, height, start, time_step):
    """STEP: half a time step of slack keeps a start on the grid from being missed by rounding."""
    return height if time + 0.5 * time_step > start else 0.0


@inlined
def ramp(time, slope, start, finish):
    return slope * (min(finish, time) - start) if time + SMALL > start else 0.0


@inlined
def pulse(time, start, width, time_step):
    """PULSE; a width below one step lasts one step (Vensim reference manual, PULSE)."""
    lasts = max(width, time_step)
    return 1.0 if start - SMALL <= time < start + lasts - SMALL else 0.0


@inlined
def pulse_train(time, start, interval, width, end, time_step):
    """PULSE TRAIN; without an interval it is one pulse."""
    since = time - start + SMALL
    since = since - interval * floor(since / interval) if interval > 0.0 else since
    on = (start - SMALL <= time) & (time < end) & (since < max(width, time_step))
    return 1.0 if on else 0.0


@inlined
def xmile_pulse(time, start, magnitude, interval, time_step):
    """PULSE of XMILE: ``magnitude`` spread over one step, again every ``interval``."""
    return pulse_train(time, start, interval, 0.0, math.inf, time_step) * magnitude / time_step


# Tables are passed as rows and slices, not by number: numba would compile these functions anew for
# every literal number.


@inlined
def _on_segment(x, xs, ys, table, low):
    """Return the table at ``x``, which lies in the segment from point ``low`` on."""
    first = table[0]
    last = table[1] - 1
    high = min(low + 1, last)
    run = xs[high] - xs[low]
    slope = (ys[high] - ys[low]) / run if run > 0.0 else 0.0
    value = ys[low] + (x - xs[low]) * slope
    straight = table[2] != 0
    value = ys[first] if (x <= xs[first]) & (not straight) else value
    value = ys[last] if (x >= xs[last]) & (not straight) else value
    return x if x != x else value


@numba.njit(error_model="numpy")
def interpolate(x, xs, ys, table):
    """Look up ``x``: linear between points, flat or straight on outside.

    ``table`` holds first point, one past the last, and 1 where the table extrapolates.
    """
    low = table[0]
    high = table[1] - 1
    while high - low > 1:
        middle = (low + high) // 2
        if xs[middle] <= x:
            low = middle
        else:
            high = middle
    return _on_segment(x, xs, ys, table, low)


@numba.njit(error_model="numpy")
def interpolate_lanes(lanes, xs, ys, table):
    """Replace the first half of ``lanes`` by the table's values there, the same bits as above.

    Segments are found by counting the inner points at or below x, which is SIMD work, into the
    second half.
    """
    count = lanes.size // 2
    x = lanes[0]
    differ = 0
    for lane in range(count):
        differ += 1 if lanes[lane] != x else 0
    if differ == 0:
        # Tables over time: one search serves all.
        value = interpolate(x, xs, ys, table)
        for lane in range(count):
            lanes[lane] = value
        return
    for lane in range(count):
        lanes[count + lane] = 0.0
    for j in range(table[0] + 1, table[1] - 1):
        point = xs[j]
        for lane in range(count):
            lanes[count + lane] += 1.0 if lanes[lane] >= point else 0.0
    for lane in range(count):
        low = table[0] + int(lanes[count + lane])
        lanes[lane] = _on_segment(lanes[lane], xs, ys, table, low)
