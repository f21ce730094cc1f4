"""Functions of whole arrays, called by generated code member by member.

``memory`` is a kernel's memory, elements x lanes in a row; ``target`` and all that is given are
numbers of elements in it, each the first of ``count`` neighbours or, where it says so, a single
number. Every lane is computed on its own, from its own values alone. What cannot be computed is
NaN.

A change here must recompile every cached kernel: the cache key holds this file's text.
"""

from __future__ import annotations

import math

import numpy as np

from nqpf.engine.jit import allocating, called, inlined
from nqpf.engine.readings import reading


@called
def sort_order(memory, lanes, target, count, values, direction):
    """VECTOR SORT ORDER: places, from 0, of the smallest to the largest (``direction`` > 0).

    Equal values keep their order. ``direction`` is a single number.
    """
    sort_order_ties(memory, lanes, target, count, values, values, direction)


@called
def sort_order_ties(memory, lanes, target, count, values, ties, direction):
    """As above; what is equal goes by ``ties``."""
    for lane in range(lanes):
        rising = memory[direction * lanes + lane] > 0.0
        for k in range(count):
            memory[(target + k) * lanes + lane] = math.nan
        for k in range(count):
            place = _before(memory, lanes, lane, count, values, ties, k, rising)
            if place >= 0:
                memory[(target + place) * lanes + lane] = float(k)


@called
def rank(memory, lanes, target, count, values, direction):
    """VECTOR RANK: 1 for the smallest (``direction`` > 0), 2 for the next; ties by their order."""
    for lane in range(lanes):
        rising = memory[direction * lanes + lane] > 0.0
        for k in range(count):
            place = _before(memory, lanes, lane, count, values, values, k, rising)
            memory[(target + k) * lanes + lane] = place + 1.0 if place >= 0 else math.nan


@inlined
def _before(memory, lanes, lane, count, values, ties, k, rising):
    """Return how many elements come before the k-th, -1 if it is not a number."""
    own, own_tie = memory[(values + k) * lanes + lane], memory[(ties + k) * lanes + lane]
    if own != own or own_tie != own_tie:
        return -1
    place = 0
    for j in range(count):
        other, tie = memory[(values + j) * lanes + lane], memory[(ties + j) * lanes + lane]
        if other == own:
            other, mine = tie, own_tie
        else:
            mine = own
        if ((other < mine) if rising else (other > mine)) or (other == mine and j < k):
            place += 1
    return place


@called
def select(memory, lanes, target, count, selection, values, missing, action):
    """VECTOR SELECT: one number of the values whose selection is not zero.

    ``missing`` is for an empty selection. Actions 0 to 4 are sum, product, minimum, maximum and
    average of selection * value, 6 to 10 the same of the value alone, 5 is the product of value ^
    selection: so Vensim (SDXorg/test-models, vector_select), its manual exchanges base and
    exponent.
    """
    for lane in range(lanes):
        asked = memory[action * lanes + lane]
        kind = asked - 6.0 if asked > 5.0 else asked
        chosen = 0
        total, product, least, most = 0.0, 1.0, math.inf, -math.inf
        for k in range(count):
            weight = memory[(selection + k) * lanes + lane]
            if weight != 0.0:
                value = memory[(values + k) * lanes + lane]
                if asked == 5.0:
                    value = value**weight
                elif asked < 5.0:
                    value = weight * value
                chosen += 1
                total += value
                product *= value
                least, most = min(least, value), max(most, value)
        result = math.nan
        if chosen == 0:
            result = memory[missing * lanes + lane]
        elif kind == 0.0:
            result = total
        elif kind in (1.0, 5.0):
            result = product
        elif kind == 2.0:
            result = least
        elif kind == 3.0:
            result = most
        elif kind == 4.0:
            result = total / chosen
        memory[target * lanes + lane] = result


@allocating
def read_vector(memory, lanes, target, count, values, x, least, most, mode):
    """VECTOR LOOKUP: the values as a table over ``count`` - 1 equal steps from least to most."""
    ys, xs = np.empty(count), np.empty(count)
    for lane in range(lanes):
        first, last = memory[least * lanes + lane], memory[most * lanes + lane]
        for k in range(count):
            xs[k] = first + (last - first) * (k / (count - 1.0))
            ys[k] = memory[(values + k) * lanes + lane]
        result = math.nan
        if first < last and count > 1:
            given, asked = memory[x * lanes + lane], memory[mode * lanes + lane]
            result = reading(given, xs, ys, (0, count, 0), asked)
        memory[target * lanes + lane] = result


@allocating
def inverse(memory, lanes, target, count, matrix):
    """INVERT MATRIX: Gauss-Jordan elimination; the largest pivot of a column is taken."""
    size = round(math.sqrt(count))
    work = np.empty((size, 2 * size))
    for lane in range(lanes):
        for i in range(size):
            for j in range(size):
                work[i, j] = memory[(matrix + i * size + j) * lanes + lane]
                work[i, size + j] = 1.0 if i == j else 0.0
        for column in range(size):
            best = column
            for i in range(column + 1, size):
                if abs(work[i, column]) > abs(work[best, column]):
                    best = i
            for j in range(2 * size):
                work[column, j], work[best, j] = work[best, j], work[column, j]
            pivot = work[column, column]
            for j in range(2 * size):
                work[column, j] = work[column, j] / pivot
            for i in range(size):
                factor = work[i, column]
                if i != column and factor != 0.0:
                    for j in range(2 * size):
                        work[i, j] -= factor * work[column, j]
        for i in range(size):
            for j in range(size):
                memory[(target + i * size + j) * lanes + lane] = work[i, size + j]


# --- allocation -------------------------------------------------------------------------------

# Beyond so many widths a curve is 0 or 1 to the last bit that matters.
_NORMAL_REACH, _EXPONENTIAL_REACH = 9.0, 45.0
_FIXED, _RECTANGULAR, _TRIANGULAR, _NORMAL, _EXPONENTIAL = range(5)


@inlined
def _share(kind, priority, width, price):
    """What part of its request a requester gets at a market price.

    The curves are integrals of a rectangle and of a triangle of that width, of a normal and of a
    two-sided exponential distribution (Vensim reference manual, Specifying the Curves).
    """
    if width <= 0.0:
        return 1.0 if price < priority else 0.0
    z = (price - priority) / width
    if kind == _RECTANGULAR:
        return min(1.0, max(0.0, 0.5 - z))
    if kind == _TRIANGULAR:
        part = 2.0 * max(0.0, 0.5 - abs(z)) ** 2
        return part if z > 0.0 else 1.0 - part
    if kind == _NORMAL:
        return 0.5 * math.erfc(z / math.sqrt(2.0))
    part = 0.5 * math.exp(-abs(z))
    return part if z > 0.0 else 1.0 - part


@inlined
def _reach(kind, width):
    if kind == _NORMAL:
        return _NORMAL_REACH * width
    return _EXPONENTIAL_REACH * width if kind == _EXPONENTIAL else 0.5 * width


@called
def _demand(memory, lanes, lane, count, request, kind, priority, width, price):
    total = 0.0
    for k in range(count):
        shape = memory[(kind + k) * lanes + lane]
        if shape != _FIXED:
            part = _share(
                shape,
                memory[(priority + k) * lanes + lane],
                memory[(width + k) * lanes + lane],
                price,
            )
            total += memory[(request + k) * lanes + lane] * part
    return total


@called
def allocate(memory, lanes, target, count, request, kind, priority, width, supply):
    """ALLOCATE AVAILABLE: requests are met up to one market price at which the supply is used up.

    A request of fixed quantity comes before all that depend on the price; if the supply does not
    reach for these alone they share it in proportion. ``supply`` is a single number.
    """
    for lane in range(lanes):
        given = memory[supply * lanes + lane]
        fixed = total = 0.0
        low, high = math.inf, -math.inf
        for k in range(count):
            wanted = memory[(request + k) * lanes + lane]
            shape = memory[(kind + k) * lanes + lane]
            middle = memory[(priority + k) * lanes + lane]
            spread = memory[(width + k) * lanes + lane]
            total += wanted
            if shape == _FIXED:
                fixed += wanted
            elif shape <= _EXPONENTIAL and wanted >= 0.0:
                # One unit in the last place more, for curves of no width.
                reach = max(_reach(shape, spread), 1e-15 * abs(middle), 1e-300)
                low, high = min(low, middle - reach), max(high, middle + reach)
            else:
                total = math.nan
        left = given - fixed
        whole = given >= total
        part = 1.0 if left >= 0.0 else max(given, 0.0) / fixed
        mixed = 0.0
        if not whole and left > 0.0 and low < high:
            low, high, mixed = _market(
                memory, lanes, lane, count, request, kind, priority, width, left, low, high
            )
        for k in range(count):
            wanted = memory[(request + k) * lanes + lane]
            shape = memory[(kind + k) * lanes + lane]
            got = wanted
            if total != total or given != given:
                got = math.nan
            elif shape == _FIXED:
                got = wanted * part
            elif not whole:
                middle = memory[(priority + k) * lanes + lane]
                spread = memory[(width + k) * lanes + lane]
                dear = _share(shape, middle, spread, high)
                cheap = _share(shape, middle, spread, low)
                got = wanted * (dear + mixed * (cheap - dear)) if left > 0.0 else 0.0
            memory[(target + k) * lanes + lane] = got


@called
def _market(memory, lanes, lane, count, request, kind, priority, width, supply, low, high):
    """Return (low, high, part): prices around the market's, and how far it is on the cheap side.

    Halvings and secants in turn; between two prices that cannot be told apart every request is
    met by the same part of the difference, which shares out a jump of the curves.
    """
    more = _demand(memory, lanes, lane, count, request, kind, priority, width, low)
    less = _demand(memory, lanes, lane, count, request, kind, priority, width, high)
    for step in range(300):
        if more - less <= 1e-15 * supply:
            break
        price = 0.5 * (low + high)
        if step % 2 == 1:
            price = low + (high - low) * ((more - supply) / (more - less))
        if not low < price < high:
            price = 0.5 * (low + high)
            if not low < price < high:
                break
        demand = _demand(memory, lanes, lane, count, request, kind, priority, width, price)
        if demand >= supply:
            low, more = price, demand
        else:
            high, less = price, demand
    part = (supply - less) / (more - less) if more > less else 1.0
    return low, high, min(1.0, max(0.0, part))
