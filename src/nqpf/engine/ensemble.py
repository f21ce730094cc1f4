"""Many members: groups that share a kernel and its tables, cut into blocks, run by threads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nqpf.engine.clock import OTHER_TIMES
from nqpf.engine.dataset import Job, Members
from nqpf.engine.simulate import Simulation
from nqpf.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Rows = NDArray[np.intp]
PART = 256 * 2**20  # bytes of results in one part of a stream, unless the caller says how many


@dataclass(frozen=True)
class Ensemble:
    """An ensemble that has been checked and bound to its kernels; runs nothing by itself.

    ``index``: labels of the runs. ``groups``: (rows, simulation of the members in these rows).
    ``describe``: turns members' results and their labels into a dataset.
    """

    index: pd.Index
    groups: Sequence[tuple[Rows, Simulation]]
    cells: int
    describe: Callable[[Members, pd.Index, NDArray[np.float64]], xr.Dataset]

    def __post_init__(self) -> None:
        if any(not np.array_equal(each.clock.times, self.times) for _, each in self.groups):
            raise InputError(OTHER_TIMES)

    @property
    def times(self) -> NDArray[np.float64]:
        """Saved times."""
        return self.groups[0][1].clock.times

    @property
    def fitting(self) -> int:
        """How many members' results make a part of a stream of moderate size."""
        return min(max(64, PART // max(1, 8 * len(self.times) * self.cells)), 8192)

    def stream(self, size: int, threads: int | None) -> Iterator[xr.Dataset]:
        """Yield the results in the order of the runs, ``size`` members at a time."""
        group = np.empty(len(self.index), dtype=np.int64)
        within = np.empty(len(self.index), dtype=np.int64)
        for number, (rows, _) in enumerate(self.groups):
            group[rows] = number
            within[rows] = np.arange(len(rows))
        helpers = (processors() if threads is None else threads) - 1
        with ThreadPoolExecutor(max(1, helpers)) as pool:
            for first in range(0, len(self.index), size):
                chosen = slice(first, min(first + size, len(self.index)))
                members = Members.empty(chosen.stop - chosen.start, len(self.times), self.cells)
                blocks = list(self._blocks(group[chosen], within[chosen]))
                _fill(members, blocks, pool, min(helpers, len(blocks) - 1))
                yield self.describe(members, self.index[chosen], self.times)

    def _blocks(self, group: NDArray[np.int64], within: NDArray[np.int64]) -> Iterator[Job]:
        for number in np.unique(group):
            simulation = self.groups[number][1]
            rows = np.flatnonzero(group == number)
            for start in range(0, len(rows), simulation.lanes):
                block = rows[start : start + simulation.lanes]
                yield simulation, block, within[block]


def _fill(members: Members, blocks: list[Job], pool: ThreadPoolExecutor, helpers: int) -> None:
    """Run blocks in this thread and in ``helpers`` of the pool; each takes the next when it can.

    Nobody waits for a block of another thread, which at each would cost a twentieth of running it.
    """
    left = iter(blocks)

    def work() -> None:
        try:
            for each in left:
                members.fill(*each)
        finally:
            deque(left, maxlen=0)  # after an error or Ctrl-C all stop with the block in hand

    others = [pool.submit(work) for _ in range(helpers)]
    work()
    for each in others:
        each.result()


def processors() -> int:
    """Return how many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def at_least_one(name: str, value: object) -> int:
    """Return ``value`` as a count; InputError if it is none."""
    if isinstance(value, int | np.integer) and value >= 1:
        return int(value)
    raise InputError(f"{name}: {value!r}; expected a whole number of at least 1")
