"""What records of past steps hold, and how they are read.

A record is a few rows of ``history``, one row a step, one number a member in it: ``ring`` is its
first row and their number, ``i`` the number of the step. What arrives at a later step is written
ahead, into the row of that step; there is one for every step of the run then, and behind them room
for what a call is given.

A change here must recompile every cached kernel: the cache key holds this file's text.
"""

from __future__ import annotations

import math

from nqpf.engine.jit import called, inlined
from nqpf.engine.lanes import choose, gather_rows, whole


@inlined
def past(history, ring, steps, i):
    """What a record was ``steps`` steps ago: ``ring`` is its first row and their number."""
    rows = ring[1]
    # Anything else than a number of steps within the ring is not read by the caller.
    safe = choose((steps >= 0.0) & (steps < rows), steps, 0.0)
    row = (i % rows) - safe
    return gather_rows(history, whole(choose(row < 0.0, row + rows, row)) + ring[0])


@called
def deposit(history, lanes, ring, i, adds):
    """Keep a value until a later step; given are the value and the number of steps.

    It is added to what arrives there anyway (``adds``) or takes its place. What would arrive after
    the end of the run is lost.
    """
    rows = ring[1]
    for lane in range(lanes):
        value = history[(ring[0] + rows) * lanes + lane]
        steps = history[(ring[0] + rows + 1) * lanes + lane]
        row = i + 1 if steps != steps else i + int(min(steps, float(rows)))
        if row < rows:
            place = (ring[0] + row) * lanes + lane
            sent = math.nan if steps != steps else value
            history[place] = history[place] + sent if adds else sent


@called
def add_later(history, lanes, ring, i):
    deposit(history, lanes, ring, i, True)


@called
def replace_later(history, lanes, ring, i):
    deposit(history, lanes, ring, i, False)


@called
def convey(history, lanes, ring, i):
    """Put an amount on a belt, and find out what comes off it at the next step.

    Given are the amount that enters in this step; the places of the belt's entry at the beginning
    of this step, of the next one and of the one after, in lengths of the belt; and the share of all
    on the belt that does not leak. What enters in a step lies evenly on the stretch that passes the
    entry in it. Behind what is given stand the amounts and the places of every step.
    """
    rows = ring[1]
    given = ring[0] + rows
    for lane in range(lanes):
        amounts = (given + 5) * lanes + lane
        places = (given + 5 + rows) * lanes + lane
        after = history[(given + 2) * lanes + lane]
        start, end = after - 1.0, history[(given + 3) * lanes + lane] - 1.0
        kept = history[(given + 4) * lanes + lane]
        history[amounts + i * lanes] = history[given * lanes + lane]
        history[places + i * lanes] = history[(given + 1) * lanes + lane]
        history[places + (i + 1) * lanes] = after
        # The first step whose stretch has not left the belt: places rise.
        first, beyond = 0, i + 1
        while first < beyond:
            middle = (first + beyond) // 2
            if history[places + (middle + 1) * lanes] >= start:
                beyond = middle
            else:
                first = middle + 1
        off = end - end  # undefined where the belt's place is
        for k in range(first, i + 1):
            amount = history[amounts + k * lanes] * kept
            history[amounts + k * lanes] = amount
            left, right = history[places + k * lanes], history[places + (k + 1) * lanes]
            if left < end:
                stretch = right - left
                share = (min(end, right) - max(start, left)) / stretch if stretch > 0.0 else 1.0
                off += amount * share
        history[(ring[0] + i + 1) * lanes + lane] = off
