"""The plan of a sweep: every run by its number, so that any part can be made anywhere, alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqpf.sweep.designs import Unit, combinations, count_of
from nqpf.sweep.factors import DRAW, Source
from nqpf.sweep.keeping import Kept
from nqpf.sweep.policies import Policies
from nqpf.sweep.spec import SweepSpec

Values = NDArray[np.float64]

CHUNK_BYTES = 2**24
"""Bytes of a chunk before compression: a second or so of work, and few enough files."""
SMALLEST, LARGEST = 64, 2**13


@dataclass(frozen=True)
class Plan:
    """Everything that decides what a sweep's runs are.

    Runs are numbered from 0: sample by sample, and within a sample policy by policy. A chunk is
    ``chunk`` runs that follow one another. Precedence, from weak to strong: the model file,
    ``constants``, the draw of the fitted ensemble, other factors, the policy.
    """

    spec: SweepSpec
    sources: tuple[Source, ...]
    policies: Policies
    kept: tuple[Kept, ...]
    years: Values
    """Times that are kept."""
    time_unit: str
    base: Mapping[str, float]
    """Value of every column that anything sets, where nothing else sets it."""
    draws: Values | None
    draw_columns: tuple[str, ...]
    table: Values | None
    identity: Mapping[str, Any] = field(default_factory=dict)
    unit: Unit | None = None

    # --- counts -------------------------------------------------------------------------------

    @cached_property
    def samples(self) -> int:
        """How many samples there are."""
        match self.spec.design:
            case "grid":
                return count_of(self._sizes)
            case "table":
                assert self.table is not None
                return len(self.table)
            case "posterior":
                assert self.draws is not None
                assert self.spec.n is not None
                return min(self.spec.n, len(self.draws))
        assert self.unit is not None
        return self.unit.count

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return self.samples * self.policies.count

    @cached_property
    def chunk(self) -> int:
        """Runs in a chunk; the last may have fewer."""
        if self.spec.chunk is not None:
            return min(self.spec.chunk, self.runs)
        fitting = CHUNK_BYTES // max(1, self.run_bytes)
        # Whole blocks of lanes, so that none runs half empty.
        return int(min(max(SMALLEST, fitting // 64 * 64), LARGEST, self.runs))

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-self.runs // self.chunk)

    @property
    def run_bytes(self) -> int:
        """Bytes of one run's results, not compressed."""
        cells = sum(int(np.prod(each.shape, dtype=np.int64)) for each in self.kept)
        return cells * len(self.years) * np.dtype(self.spec.precision).itemsize

    def span(self, chunk: int) -> tuple[int, int]:
        """Return first and last run (not counted) of a chunk."""
        return chunk * self.chunk, min((chunk + 1) * self.chunk, self.runs)

    # --- runs ---------------------------------------------------------------------------------

    def factors(self, first: int, last: int) -> Values:
        """Return the factors of samples ``first`` to ``last`` (not counted): (samples, factors)."""
        numbers = np.arange(first, last)
        match self.spec.design:
            case "grid":
                places = combinations(self._sizes, numbers)
                listed = [
                    np.asarray(each.values)[places[:, k]] for k, each in enumerate(self.sources)
                ]
                return np.stack(listed, axis=1) if listed else np.zeros((len(numbers), 0))
            case "table":
                assert self.table is not None
                return self.table[first:last]
            case "posterior":
                assert self.draws is not None
                # Rows spread evenly over the ensemble, as the bands of a projection take them.
                rows = np.linspace(0, len(self.draws) - 1, self.samples).round()[first:last]
                found = np.empty((len(numbers), len(self.sources)))
                for k, each in enumerate(self.sources):
                    found[:, k] = rows if each.name == DRAW else np.asarray(each.values)[0]
                return found
        assert self.unit is not None
        unit = self.unit.points(first, last)
        return np.stack([each.quantile(unit[:, k]) for k, each in enumerate(self.sources)], axis=1)

    def frame(self, first: int, last: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return runs ``first`` to ``last`` (not counted): the model's parameters, and samples.

        Returns
        -------
        A row a run: columns of the model as its ensembles take them; ``run``, ``sample``,
        ``policy``, the factors by name and what a draw holds, as they are kept beside the results.
        """
        runs = np.arange(first, last)
        sample, policy = runs // self.policies.count, runs % self.policies.count
        whole = self.factors(int(sample[0]), int(sample[-1]) + 1)
        mine = whole[sample - sample[0]]
        columns = {name: place for place, name in enumerate(self.base)}
        out = np.tile(np.fromiter(self.base.values(), float, len(self.base)), (len(runs), 1))
        drawn = [k for k, each in enumerate(self.sources) if each.kind == "draw"]
        if drawn and self.draws is not None:
            rows = mine[:, drawn[0]].astype(np.int64)
            out[:, [columns[name] for name in self.draw_columns]] = self.draws[rows]
        for k, each in enumerate(self.sources):
            for column in each.columns:
                out[:, columns[column]] = mine[:, k]
        names = [each.name for each in self.sources]
        samples = pd.DataFrame(mine, columns=pd.Index(names, dtype=object))
        for name in self.draw_columns:
            if name not in names:
                samples[name] = out[:, columns[name]]
        self.policies.fill(policy, columns, out)
        samples.insert(0, "run", runs)
        samples.insert(1, "sample", sample)
        samples.insert(2, "policy", policy.astype(np.int32))
        return pd.DataFrame(out, columns=pd.Index(list(columns), dtype=object)), samples

    @property
    def _sizes(self) -> list[int]:
        return [len(each.values or ()) for each in self.sources]
