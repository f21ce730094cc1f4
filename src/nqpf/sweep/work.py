"""One chunk of a sweep: its runs, and the bytes of its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nqpf.sweep.layout import (
    FAILED,
    FAILED_TIME,
    FAILED_VARIABLE,
    POLICY,
    SAMPLE,
    SOUND,
    Encoder,
    arrays_of,
)
from nqpf.sweep.plan import Plan
from nqpf.sweep.store import encode_samples

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from nqpf.engine import Model


TOGETHER = 64
"""Runs that are sorted into their arrays at a time."""


@dataclass(frozen=True)
class Done:
    """The results of a chunk as the ensemble gives them, not yet encoded."""

    number: int
    data: xr.Dataset
    samples: pd.DataFrame


@dataclass(frozen=True)
class Packed:
    """The files of a chunk."""

    number: int
    files: dict[str, bytes]
    samples: bytes
    runs: int
    failures: int


class Worker:
    """Makes chunks of a plan; any of them, in any order, the same bits."""

    def __init__(self, plan: Plan, model: Model) -> None:
        self.plan, self.model = plan, model
        self.arrays = arrays_of(plan, list(model.variables))
        self._numbers = {name: number for number, name in enumerate(model.variables)}
        self._encoder: Encoder | None = None

    def compute(self, number: int, threads: int | None = None) -> Done:
        """Run the runs of a chunk."""
        frame, samples = self.plan.frame(*self.plan.span(number))
        names = [each.name for each in self.plan.kept]
        return Done(number, self.model.ensemble(frame, names, threads), samples)

    def pack(self, done: Done) -> Packed:
        """Encode a chunk; one at a time."""
        if self._encoder is None:
            self._encoder = Encoder(self.arrays, self.plan.chunk)
        values = self._values(done.data, done.samples)
        files = self._encoder.files(done.number, values)
        failures = int((values[FAILED] != 0).sum())
        samples = encode_samples(done.samples)
        return Packed(done.number, files, samples, len(done.samples), failures)

    def _values(self, data: xr.Dataset, samples: pd.DataFrame) -> dict[str, NDArray]:
        found = self._kept(data)
        failed = data["failed"].to_numpy()
        variable = np.full(len(failed), SOUND, dtype=np.int32)
        names = data["failed_variable"].to_numpy()
        for row in np.flatnonzero(failed):
            variable[row] = self._numbers.get(str(names[row]), SOUND)
        found[SAMPLE] = samples["sample"].to_numpy()
        found[POLICY] = samples["policy"].to_numpy()
        found[FAILED_VARIABLE] = variable
        found[FAILED_TIME] = data["failed_time"].to_numpy()
        found[FAILED] = failed
        return found

    def _kept(self, data: xr.Dataset) -> dict[str, NDArray]:
        """Return the variables and years that are kept, each by itself in memory."""
        times = data["time"].to_numpy()
        places = np.searchsorted(times, self.plan.years)
        given = [data[each.name].to_numpy() for each in self.plan.kept]
        found = [
            np.empty((len(each), len(places), *each.shape[2:]), self.plan.spec.precision)
            for each in given
        ]
        # An ensemble holds a run's variables beside one another: some runs at a time, so that
        # they are still in the processor's cache when the next variable is taken.
        chosen = slice(None) if len(places) == len(times) else places
        with np.errstate(over="ignore"):  # of runs that have failed
            for first in range(0, len(given[0]), TOGETHER):
                rows = slice(first, first + TOGETHER)
                for mine, theirs in zip(found, given, strict=True):
                    mine[rows] = theirs[rows, chosen]
        return {each.name: values for each, values in zip(self.plan.kept, found, strict=True)}
