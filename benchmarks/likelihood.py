"""Likelihoods a second: ``nqpf calibrate`` and the same likelihood with runs of PySD.

``python -m benchmarks.likelihood``: the flagship to 2022, parameters drawn from the prior. PySD
gets a model that it has translated and loaded, and returns only the variables that are compared.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

from benchmarks.against_pysd import pysd_parameters
from benchmarks.contestants import load_pysd
from nqpf.calibrate.parameters import to_scores
from nqpf.calibrate.posterior import Posterior, Values
from nqpf.calibrate.sample import CHAINS, prior_draws
from nqpf.calibrate.whole import open_posterior
from nqpf.study.folder import open_study
from nqpf.study.model import load_model

SIZES = (CHAINS, 1024)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--pysd", type=int, default=3, help="runs of PySD")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    study = open_study()
    posterior = open_posterior(study, load_model(study))
    x = prior_draws(posterior, max(SIZES), seed=1)
    with tempfile.TemporaryDirectory() as folder:
        slow = _pysd(posterior, x[: chosen.pysd], Path(study.model_file), Path(folder))
    print(f"PySD: {slow:.2f} s a likelihood, {1 / slow:.3g} a second")
    for size in SIZES:
        z = to_scores(posterior.parameters, x[:size])
        posterior.log_density_of_scores(z)
        times = []
        for _ in range(chosen.repetitions):
            begun = time.perf_counter()
            posterior.log_density_of_scores(z)
            times.append(time.perf_counter() - begun)
        rate = size / statistics.median(times)
        print(f"nqpf, {size} at once: {rate:,.0f} a second, {rate * slow:,.0f} times PySD")


def _pysd(posterior: Posterior, x: Values, file: Path, folder: Path) -> float:
    """Return the median seconds of a likelihood, and see that it is the same."""
    theirs = load_pysd(file, folder)
    model = posterior.model
    outputs = list(dict.fromkeys(each.target.name for each in posterior.observations))
    times, values = [], []
    for row in x:
        changes = dict(zip(posterior.names, row.tolist(), strict=True))
        params = pysd_parameters(model, {_column(model, n): v for n, v in changes.items()})
        begun = time.perf_counter()
        frame = theirs.run(params=params, return_columns=outputs, final_time=posterior.last)
        runs = xr.Dataset({n: _variable(model, n, frame) for n in outputs}).expand_dims("run")
        values.append(sum(-0.5 * (part**2).sum() for part in posterior._data(runs)))
        times.append(time.perf_counter() - begun)
    ours = [sum(-0.5 * (p**2).sum() for p in posterior._data(posterior.run(r[None]))) for r in x]
    np.testing.assert_allclose(values, ours, rtol=1e-6)
    return statistics.median(times)


def _column(model, name: str) -> str:
    variable, places = model.places(name)
    return variable.name + model.labels(variable)[places[0]]


def _variable(model, name: str, frame) -> xr.DataArray:
    variable = model.variables[name]
    years = frame.index.to_numpy()
    if not variable.dims:
        return xr.DataArray(frame[name].to_numpy(), {"time": years}, ("time",))
    elements = list(model.subscripts[variable.dims[0]])
    values = np.column_stack([frame[f"{name}[{each}]"] for each in elements])
    return xr.DataArray(
        values, {"time": years, variable.dims[0]: elements}, ("time", *variable.dims)
    )


if __name__ == "__main__":
    main()
