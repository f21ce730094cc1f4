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


@dataclass(frozen=True)
class Done:
    """The values of a chunk, not yet encoded."""

    number: int
    values: dict[str, NDArray]
    samples: pd.DataFrame

    @property
    def runs(self) -> int:
        return len(self.samples)

    @property
    def failures(self) -> int:
        return int((self.values[FAILED] != 0).sum())


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
        data = self.model.ensemble(frame, names, threads)
        return self.done(number, data, samples)

    def done(self, number: int, data: xr.Dataset, samples: pd.DataFrame) -> Done:
        """Take what is kept out of the results of a chunk's runs."""
        return Done(number, self._values(data, samples), samples)

    def pack(self, done: Done) -> Packed:
        """Encode a chunk; one at a time."""
        if self._encoder is None:
            self._encoder = Encoder(self.arrays, self.plan.chunk)
        files = self._encoder.files(done.number, done.values)
        samples = encode_samples(done.samples)
        return Packed(done.number, files, samples, done.runs, done.failures)

    def _values(self, data: xr.Dataset, samples: pd.DataFrame) -> dict[str, NDArray]:
        times = data["time"].to_numpy()
        places = np.searchsorted(times, self.plan.years)
        whole = len(places) == len(times)
        found: dict[str, NDArray] = {}
        for each in self.plan.kept:
            values = data[each.name].to_numpy()
            with np.errstate(over="ignore"):  # of runs that have failed
                found[each.name] = (values if whole else values[:, places]).astype(
                    self.plan.spec.precision
                )
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
