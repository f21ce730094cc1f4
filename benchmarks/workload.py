"""What is run: a model, the parameters that vary between members, and what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import nqpf
from benchmarks.suite import data_file
from nqpf.engine.clock import Clock, make_clock
from nqpf.engine.names import canonical
from nqpf.engine.passes.symbols import CONTROL

OUTPUTS = 20
VARIED = 20
SPREAD = 1e-3  # relative; small, so that a model runs as its author meant it in every member
_CONTROL = frozenset(map(canonical, CONTROL))


@dataclass(frozen=True)
class Workload:
    """A model, names of ``outputs``, and a row of parameters for each member.

    The first member runs the file's own values, which is what the peers without ensembles run.
    """

    path: Path
    model: nqpf.Model
    outputs: list[str]
    params: pd.DataFrame

    @property
    def clock(self) -> Clock:
        control = self.model.control
        return make_clock(
            control.initial_time, control.final_time, control.time_step, control.saveper
        )

    def first(self, members: int) -> pd.DataFrame:
        return self.params.iloc[:members]


def make_workload(path: Path, members: int, seed: int = 1) -> Workload:
    """Load ``path`` and draw ``members`` rows of parameters.

    Kept are ``OUTPUTS`` variables that are computed, those without subscripts first. Up to
    ``VARIED`` constants without subscripts vary. Dates and durations stay: shifting them changes
    which events a run meets, and so what is measured.
    """
    model = nqpf.load(path, data=data_file(path))
    computed = [v for v in model.variables.values() if v.kind in ("stock", "auxiliary")]
    outputs = [v.name for v in sorted(computed, key=lambda v: len(v.dims))][:OUTPUTS]
    varied = [
        name
        for name, value in model.constants.items()
        if value.ndim == 0
        and model.variables[name].unit != model.control.time_unit
        and canonical(name) not in _CONTROL
    ][:VARIED]
    rng = np.random.default_rng(seed)
    factors = 1 + SPREAD * rng.uniform(-1, 1, (members, len(varied)))
    factors[0] = 1.0
    values = factors * [float(model.constants[name]) for name in varied]
    return Workload(path, model, outputs, pd.DataFrame(values, columns=pd.Index(varied)))
