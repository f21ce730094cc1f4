"""Functions that generated code calls. Every one is pure, total over floats, and never raises.

A change here must recompile every cached kernel: the cache key holds this file's text.
"""

from __future__ import annotations

import math

from nqpf.engine.jit import called, inlined
from nqpf.engine.lanes import (
    choose,
    every,
    first_lane,
    floor,
    gather,
    gather_rows,
    number,
    size,
    spread_like,
    whole,
)
from nqpf.engine.vectormath import truncate

# Vensim's ZIDZ and XIDZ take a denominator below this for zero (Vensim reference manual, ZIDZ);
# places in arrays may miss a whole number by as much.
SMALL = 1e-6


@inlined
def smaller(a, b):
    """MIN; a NaN on either side gives NaN, as in numpy.minimum."""
    return choose(a == a, choose(a < b, a, b), a)


@inlined
def larger(a, b):
    """MAX; a NaN on either side gives NaN, as in numpy.maximum."""
    return choose(a == a, choose(a > b, a, b), a)


@inlined
def quantum(a, b):
    return choose(b < SMALL, a, b * truncate(a / b))


@inlined
def divide_or(numerator, denominator, otherwise):
    """ZIDZ and XIDZ."""
    return choose(size(denominator) < SMALL, otherwise, numerator / denominator)


# Test inputs are compared with the middle of a step, not its beginning: a start on the grid is
# not missed by rounding, one between two steps takes effect at the nearer (Vensim reference manual,
# STEP, PULSE: "time plus"). ``time`` is when the step began.


@inlined
def step(time, height, start, time_step):
    return choose(time + 0.5 * time_step > start, height, 0.0)


@inlined
def ramp(time, slope, start, finish):
    until = choose(finish < time, finish, time)
    return choose(time > start, slope * (until - start), 0.0)


@inlined
def pulse(time, start, width, time_step):
    """PULSE; one of no width lasts one step, one below half a step may be missed."""
    middle = time + 0.5 * time_step
    lasts = choose(width > 0.0, width, time_step)
    return number((middle > start) & (middle < start + lasts))


@inlined
def pulse_train(time, start, interval, width, end, time_step):
    """PULSE TRAIN; each pulse lasts one step at least, and a step that begins at the end is in it.

    An interval shorter than the width makes it one pulse up to the end, no interval at all one of
    no width (Vensim reference manual, PULSE TRAIN; SDEverywhere for the end).
    """
    middle = time + 0.5 * time_step
    since = middle - start
    again = choose(interval < width, 0.0, since)
    since = choose(interval > 0.0, since - interval * floor(since / interval), again)
    lasts = choose(width > time_step, width, time_step)
    not_over = time - SMALL * time_step <= end
    return number((middle > start) & (since < lasts) & not_over)


@inlined
def xmile_pulse(time, start, magnitude, interval, time_step):
    """PULSE of XMILE: ``magnitude`` spread over one step, again every ``interval``."""
    return pulse_train(time, start, interval, 0.0, math.inf, time_step) * magnitude / time_step


@inlined
def _on_segment(x, xs, ys, table, low):
    """Return the table at ``x``, which lies in the segment from point ``low`` on."""
    first = table[0]
    last = table[1] - 1
    left, below = gather(xs, low), gather(ys, low)
    run = gather(xs, low + 1) - left
    slope = choose(run > 0.0, (gather(ys, low + 1) - below) / run, 0.0)
    value = below + (x - left) * slope
    flat = table[2] == 0
    value = choose((x <= xs[first]) & flat, ys[first], value)
    value = choose((x >= xs[last]) & flat, ys[last], value)
    return choose(x != x, x, value)


@called
def interpolate(x, xs, ys, table):
    """Look up a float: linear between points, flat or straight on outside.

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


@called
def interpolate_lanes(x, xs, ys, table):
    """Look up every lane, the same bits as above; segments are found by counting points."""
    first = first_lane(x)
    if every(x == first):
        return spread_like(interpolate(first, xs, ys, table), x)
    passed = spread_like(0.0, x)
    for j in range(table[0] + 1, table[1] - 1):
        passed = passed + number(x >= xs[j])
    return _on_segment(x, xs, ys, table, whole(passed) + table[0])


@inlined
def element_at(memory, base, first, count, offset):
    """The element ``offset`` places behind ``base``, NaN outside ``count`` from ``first`` on."""
    place = floor(offset + SMALL) + base
    inside = (place >= first) & (place < first + count)
    return choose(inside, gather_rows(memory, whole(choose(inside, place, first))), math.nan)
