"""Repeated timings, taken in turn.

Every round times each contestant once, one after the other, so that a drift of the machine's
speed touches all; a ratio is the median of the ratios within rounds.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

# A timing shorter than this is repeated until it is as long: the clock and a call cost too.
SHORTEST = 0.05
SLOW = 5.0  # one call of this many seconds is warm-up enough


@dataclass(frozen=True)
class Samples:
    """Repeated measurements of one thing, in the order in which they were taken."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def times(self, factor: float) -> Samples:
        return Samples(tuple(value * factor for value in self.values))

    def over(self, other: Samples) -> float:
        """Return the median ratio to ``other``, round by round as far as both went."""
        return statistics.median(a / b for a, b in zip(self.values, other.values, strict=False))


def seconds(call: Callable[[], object]) -> float:
    """Return what one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_turn(
    calls: Mapping[str, Callable[[], object]], rounds: int, budget: float, least: int = 3
) -> dict[str, Samples]:
    """Time every call once a round, warmed up; return seconds a call.

    A call that has used ``budget`` seconds sits out the later rounds, once it has been timed
    ``least`` times.
    """
    repeats = {name: _repeats(call) for name, call in calls.items()}
    taken: dict[str, list[float]] = {name: [] for name in calls}
    used = dict.fromkeys(calls, 0.0)
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            for name, call in calls.items():
                if number >= least and used[name] > budget:
                    continue
                total = seconds(partial(_repeat, call, repeats[name]))
                used[name] += total
                taken[name].append(total / repeats[name])
    finally:
        gc.enable()
    return {name: Samples(tuple(values)) for name, values in taken.items()}


def _repeats(call: Callable[[], object]) -> int:
    """Warm up; return how many calls make a timing long enough."""
    first = seconds(call)
    once = first if first > SLOW else seconds(call)
    return max(1, math.ceil(SHORTEST / max(once, 1e-9)))


def _repeat(call: Callable[[], object], count: int) -> None:
    for _ in range(count):
        call()
