"""A model run by the engine, by PySD and by pysimlin, each for itself."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import copy, copytree

import numpy as np
import pandas as pd

import nqpf
from benchmarks.contestants import read_pysd
from benchmarks.peers.behaviour import Behaviour, label
from benchmarks.suite import expected_output

# A model's folder is copied for PySD, which writes beside it; data files are small.
LARGEST_FOLDER = 50_000_000


def run_nqpf(model: nqpf.Model, method: str | None = None) -> Behaviour:
    return of_frame(model.run(method=method))


def run_pysd(path: Path, folder: Path, data: Path | None) -> Behaviour:
    """Run a copy of the model and of what lies beside it, in ``folder``."""
    inside = folder / "model"
    size = sum(each.stat().st_size for each in path.parent.rglob("*") if each.is_file())
    if size <= LARGEST_FOLDER:
        copytree(path.parent, inside)
        path = inside / path.name
    else:
        path = Path(copy(path, folder))
    return of_frame(read_pysd(path, data).run())


def run_pysimlin(path: Path) -> Behaviour:
    import simlin

    model = simlin.load(path)
    with model.simulate(enable_ltm=False) as simulation:
        simulation.run_to_end()
        names = simulation.get_var_names()
        values = {label(_dotted(name)): np.array(simulation.get_series(name)) for name in names}
    return Behaviour(values["time"], values)


def _dotted(name: str) -> str:
    """A variable of a module, as the engine writes it."""
    return name.replace("·", ".")


def stored_output(path: Path) -> Behaviour | None:
    frame = expected_output(path)
    return None if frame is None else of_frame(frame)


def of_frame(frame: pd.DataFrame) -> Behaviour:
    values = {
        label(str(name)): frame.iloc[:, k].to_numpy(float) for k, name in enumerate(frame.columns)
    }
    return Behaviour(frame.index.to_numpy(float), values)


def quiet() -> None:
    """Let tools write to nowhere; what they say of a failure comes as an exception."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
