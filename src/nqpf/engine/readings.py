"""Other readings of a table than its value: neighbours, slope, area, inverse.

All take a float or lanes, the points of all tables, and a table's bounds (first point, one past the
last, how it goes on outside); see ``runtime.interpolate``. Vensim reference manual, LOOKUP FORWARD,
BACKWARD, EXTRAPOLATE, INVERT, AREA, SLOPE and VECTOR LOOKUP.

A change here must recompile every cached kernel: the cache key holds this file's text.
"""

from __future__ import annotations

import math

from nqpf.engine.jit import called, inlined
from nqpf.engine.lanes import choose, gather, number, spread_like, whole
from nqpf.engine.runtime import interpolate


@inlined
def _passed(x, xs, table, count):
    """The place of the last of a table's first ``count`` points at or below ``x``, or the first."""
    passed = spread_like(0.0, x)
    for j in range(table[0] + 1, table[0] + count):
        passed = passed + number(x >= xs[j])
    return whole(passed) + table[0]


@called
def last_point(x, xs, ys, table):
    """LOOKUP BACKWARD: y of the last point at or below x."""
    value = gather(ys, _passed(x, xs, table, table[1] - table[0]))
    return choose(x != x, x, value)


@called
def next_point(x, xs, ys, table):
    """LOOKUP FORWARD: y of the first point at or above x."""
    below = spread_like(0.0, x)
    for j in range(table[0], table[1] - 1):
        below = below + number(x > xs[j])
    return choose(x != x, x, gather(ys, whole(below) + table[0]))


@called
def straight_on(x, xs, ys, table):
    """LOOKUP EXTRAPOLATE: the end segments go on outside."""
    low = _passed(x, xs, table, table[1] - table[0] - 1)
    left, below = gather(xs, low), gather(ys, low)
    run = gather(xs, low + 1) - left
    slope = choose(run > 0.0, (gather(ys, low + 1) - below) / run, 0.0)
    return below + (x - left) * slope


@called
def area_up_to(x, xs, ys, table):
    """The area under a table between its first point and x, negative to the left of it."""
    first, last = table[0], table[1] - 1
    area = choose(x < xs[first], (x - xs[first]) * ys[first], 0.0)
    for j in range(first, last):
        run = xs[j + 1] - xs[j]
        if run > 0.0:
            reached = x - xs[j]
            width = choose(reached < 0.0, 0.0, choose(reached > run, run, reached))
            rise = (ys[j + 1] - ys[j]) / run
            area = area + width * (ys[j] + 0.5 * rise * width)
    area = area + choose(x > xs[last], (x - xs[last]) * ys[last], 0.0)
    return choose(x != x, x, area)


@called
def share_of_area(part, xs, ys, table):
    """The share of the area under a table in the first ``part``, from 0 to 1, of its width."""
    first, last = xs[table[0]], xs[table[1] - 1]
    part = choose(part < 0.0, 0.0, choose(part > 1.0, 1.0, part))
    return area_up_to(first + part * (last - first), xs, ys, table) / area_up_to(
        last, xs, ys, table
    )


@called
def smallest_x(y, xs, ys, table):
    """LOOKUP INVERT: the smallest x with that y, NaN if there is none."""
    found = spread_like(math.nan, y)
    for k in range(table[1] - 1 - table[0]):
        j = table[1] - 2 - k
        rise = ys[j + 1] - ys[j]
        lower = min(ys[j], ys[j + 1])
        upper = max(ys[j], ys[j + 1])
        there = (y >= lower) & (y <= upper)
        part = (y - ys[j]) / rise if rise != 0.0 else spread_like(0.0, y)
        found = choose(there, xs[j] + part * (xs[j + 1] - xs[j]), found)
    return found


@inlined
def _slope(x, xs, ys, table, before, after):
    """The slope at x; ``before`` and ``after`` the table it is the given ones."""
    left, right = spread_like(before, x), spread_like(before, x)
    for j in range(table[0], table[1] - 1):
        run = xs[j + 1] - xs[j]
        # A vertical step has no slope (Vensim: :NA:).
        rise = (ys[j + 1] - ys[j]) / run if run > 0.0 else math.nan
        left = choose(x > xs[j], rise, left)
        right = choose(x >= xs[j], rise, right)
    last = table[1] - 1
    left = choose(x > xs[last], after, left)
    right = choose(x >= xs[last], after, right)
    return choose(x != x, x, 0.5 * (left + right))


@called
def slope_flat(x, xs, ys, table):
    """LOOKUP SLOPE in mode 0: nothing changes outside."""
    return _slope(x, xs, ys, table, 0.0, 0.0)


@inlined
def _end_slopes(xs, ys, table):
    first, last = table[0], table[1] - 1
    before = (ys[first + 1] - ys[first]) / (xs[first + 1] - xs[first])
    return before, (ys[last] - ys[last - 1]) / (xs[last] - xs[last - 1])


@called
def slope_straight(x, xs, ys, table):
    """LOOKUP SLOPE in mode 1: the end segments go on outside."""
    before, after = _end_slopes(xs, ys, table)
    return _slope(x, xs, ys, table, before, after)


@called
def slope_inside(x, xs, ys, table):
    """LOOKUP SLOPE in mode -1: NaN outside."""
    before, after = _end_slopes(xs, ys, table)
    outside = (x < xs[table[0]]) | (x > xs[table[1] - 1])
    return choose(outside, math.nan, _slope(x, xs, ys, table, before, after))


# --- VECTOR LOOKUP ----------------------------------------------------------------------------


@called
def reading(x, xs, ys, table, mode):
    """What VECTOR LOOKUP asks of a table in that mode; NaN if there is no such mode."""
    if mode == 0.0:
        return interpolate(x, xs, ys, table)
    if mode == 1.0:
        return area_up_to(x, xs, ys, table)
    if mode == 2.0:
        return last_point(x, xs, ys, table)
    if mode == 3.0:
        return straight_on(x, xs, ys, table)
    if mode == 4.0:
        return next_point(x, xs, ys, table)
    if mode == 5.0:
        return smallest_x(x, xs, ys, table)
    if mode == 6.0:
        return slope_flat(x, xs, ys, table)
    if mode == 7.0:
        return _area_straight(x, xs, ys, table)
    if mode == 8.0:
        return _smallest_x_straight(x, xs, ys, table)
    if mode == 9.0:
        return slope_straight(x, xs, ys, table)
    return math.nan


@called
def _area_straight(x, xs, ys, table):
    """The area from the first point to x, where the end segments go on outside."""
    first, last = xs[table[0]], xs[table[1] - 1]
    end = min(max(x, first), last)
    middle = straight_on(0.5 * (x + end), xs, ys, table)
    return area_up_to(end, xs, ys, table) + (x - end) * middle


@called
def _smallest_x_straight(y, xs, ys, table):
    """The smallest x with that y, where the end segments go on outside."""
    before, after = _end_slopes(xs, ys, table)
    first, last = table[0], table[1] - 1
    left = (ys[first] - y) / before if before != 0.0 else -1.0
    if left > 0.0:
        return xs[first] - left
    inside = smallest_x(y, xs, ys, table)
    if inside == inside:
        return inside
    right = (y - ys[last]) / after if after != 0.0 else -1.0
    return xs[last] + right if right > 0.0 else math.nan
