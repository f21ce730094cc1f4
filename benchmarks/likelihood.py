"""Likelihoods a second: ``nqpf calibrate`` and the same likelihood with runs of PySD.

``python -m benchmarks.likelihood``: the flagship to 2022, parameters drawn from the prior. PySD
gets a model that it has translated and loaded, and returns only the variables that are compared.
Wall time is what a user waits; processor time is what a busy machine does not falsify.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

from benchmarks.against_pysd import pysd_parameters
from benchmarks.contestants import load_pysd
from nqpf.calibrate.posterior import Posterior, Values
from nqpf.calibrate.sample import CHAINS, prior_draws
from nqpf.calibrate.whole import open_posterior
from nqpf.study.folder import open_study
from nqpf.study.model import load_model
from nqpf.study.parameters import to_scores

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
    print(f"PySD: {slow[0]:.2f} s a likelihood, {slow[1]:.2f} s of processor")
    for size in SIZES:
        z = to_scores(posterior.parameters, x[:size])
        posterior.log_density_of_scores(z)
        taken = [
            _taken(lambda z=z: posterior.log_density_of_scores(z))[1:]
            for _ in range(chosen.repetitions)
        ]
        wall, processor = (statistics.median(each) / size for each in zip(*taken, strict=True))
        print(
            f"nqpf, {size} at once: {1 / wall:,.0f} a second, {slow[0] / wall:,.0f} times PySD; "
            f"{1e6 * processor:.0f} us of processor, {slow[1] / processor:,.0f} times"
        )


def _taken(call: Callable[[], object]) -> tuple[object, float, float]:
    """Return what a call gives, its seconds, and its seconds of processor."""
    wall, processor = time.perf_counter(), time.process_time()
    found = call()
    return found, time.perf_counter() - wall, time.process_time() - processor


def _pysd(posterior: Posterior, x: Values, file: Path, folder: Path) -> tuple[float, float]:
    """Return the median seconds of a likelihood, of processor, too; see that it is the same."""
    theirs = load_pysd(file, folder)
    model = posterior.model
    outputs = list(dict.fromkeys(each.target.name for each in posterior.observations))
    times, values = [], []
    for row in x:
        changes = dict(zip(posterior.names, row.tolist(), strict=True))
        params = pysd_parameters(model, {_column(model, n): v for n, v in changes.items()})

        def likelihood(params=params) -> float:
            frame = theirs.run(params=params, return_columns=outputs, final_time=posterior.last)
            runs = xr.Dataset({n: _variable(model, n, frame) for n in outputs}).expand_dims("run")
            return posterior.log_likelihood_of_data(runs)[0]

        value, *seconds = _taken(likelihood)
        values.append(value)
        times.append(seconds)
    ours = [posterior.log_likelihood_of_data(posterior.run(r[None]))[0] for r in x]
    np.testing.assert_allclose(values, ours, rtol=1e-6)
    wall, processor = (statistics.median(each) for each in zip(*times, strict=True))
    return wall, processor


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
