"""The engine against PySD on the study's model: the same numbers in every scenario.

Usage: python -m benchmarks.against_pysd [--study DIR] [--time-step 0.125]

Differences are relative and pointwise, over every variable, element and saved time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import nqpf
from benchmarks.contestants import load_pysd
from nqpf.study.folder import open_study
from nqpf.study.project import changed

BAR = 1e-9


def difference(ours: pd.DataFrame, theirs: pd.DataFrame) -> tuple[float, str]:
    """Return the largest relative difference and the column where it is."""
    assert set(ours.columns) == set(theirs.columns)
    a, b = theirs.to_numpy(float), ours[theirs.columns].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(a == b, 0.0, np.abs(a - b) / np.abs(a))
    worst = np.unravel_index(np.nanargmax(relative), relative.shape)
    if np.isnan(relative).any():
        return float("nan"), "one is not a number"
    return float(relative[worst]), str(theirs.columns[worst[1]])


def pysd_parameters(model: nqpf.Model, changes: dict[str, float]) -> dict[str, object]:
    """Return changed constants as PySD takes them: whole arrays with named dimensions."""
    import xarray as xr

    given: dict[str, object] = {}
    for column in changes:
        name = column.partition("[")[0]
        variable = model.variables[name]
        if not variable.dims:
            given[name] = changes[column]
            continue
        coordinates = {dim: list(model.subscripts[dim]) for dim in variable.dims}
        array = given.setdefault(
            name, xr.DataArray(model.constants[name].copy(), coordinates, variable.dims)
        )
        assert isinstance(array, xr.DataArray)
        elements = column[len(name) + 1 : -1].split(",")
        array.loc[dict(zip(variable.dims, elements, strict=True))] = changes[column]
    return given


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--study", type=Path)
    parser.add_argument("--time-step", type=float)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")

    study = open_study(chosen.study)
    model = nqpf.load(study.model_file, progress=lambda stage: print(stage, flush=True))
    step = chosen.time_step or model.control.time_step
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        peer = load_pysd(study.model_file, Path(folder))
        print(f"{'scenario':32} {'max relative difference':>24}  where")
        for name, scenario in study.scenarios.items():
            changes = changed(model, scenario)
            given = pysd_parameters(model, changes)
            theirs = peer.run(given, time_step=step, saveper=1, reload=True)
            ours = model.run(changes, time_step=step, saveper=1, method="euler")
            largest, where = difference(ours, theirs)
            worst = max(worst, largest)
            print(f"{name:32} {largest:24.2e}  {where}", flush=True)
        print(f"\nlargest: {worst:.2e} (bar {BAR:g})")
    return 0 if worst <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
