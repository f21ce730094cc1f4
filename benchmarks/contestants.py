"""Who runs a workload: the engine and its peers, each checked to give the engine's numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from benchmarks.as_c import CannotPrint
from benchmarks.c_library import FLAGS, CLibrary
from benchmarks.timing import Samples, seconds
from benchmarks.workload import Workload
from nqpf.engine.ensemble import processors
from nqpf.engine.names import canonical

OURS = "nqpf ensemble, 1 thread"
TWO = "nqpf ensemble, 2 threads"
SINGLE = "nqpf run()"
C_FAST = tuple(FLAGS)[-1]
PYSIMLIN = "pysimlin"
PYSD = "PySD"

# Largest difference from the engine, relative to the largest value of an output. Libraries of
# functions differ in the last bits; fast-math rearranges whole equations.
STRICT = 1e-9
LOOSE = 1e-6


@dataclass(frozen=True)
class Contestant:
    """``call`` runs the model ``runs`` times. ``differs``: from the engine; at most ``allowed``."""

    name: str
    call: Callable[[], object]
    runs: int
    differs: float | None = None
    allowed: float | None = None
    setup: Samples | None = None
    """Seconds to make it ready, where that does not need a process of its own."""
    note: str = ""

    @property
    def wrong(self) -> bool:
        """Whether it computes something else, so that its speed says nothing."""
        return self.allowed is not None and (self.differs or 0.0) > self.allowed


@dataclass(frozen=True)
class Absent:
    """A peer that does not take part, and why."""

    name: str
    reason: str


def contestants(
    work: Workload, folder: Path, stack: ExitStack, longest: float
) -> Iterator[Contestant | Absent]:
    """Yield the engine and its peers, ready to run ``work``.

    ``longest``: PySD is left out where a run of it would take more seconds.
    """
    members, outputs = len(work.params), work.outputs

    def ensemble(threads: int) -> xr.Dataset:
        return work.model.ensemble(work.params, outputs, threads=threads)

    ours = values(ensemble(1), outputs)
    yield Contestant(OURS, lambda: ensemble(1), members)
    for threads in sorted({min(2, processors()), processors()} - {1}):
        name = f"nqpf ensemble, {threads} threads"
        same = difference(ours, values(ensemble(threads), outputs))
        yield Contestant(name, lambda threads=threads: ensemble(threads), members, same, 0.0)
    yield Contestant(SINGLE, lambda: work.model.run(return_columns=outputs), 1)
    for name, flags in FLAGS.items():
        yield _c(name, flags, work, ours, folder)
    yield _pysimlin(work, ours[0], stack)
    yield _pysd(work, ours[0], folder, longest)


def values(data: xr.Dataset, outputs: list[str]) -> NDArray[np.float64]:
    """Return members x times x elements."""
    shape = data.sizes["run"], data.sizes["time"], -1
    return np.concatenate([data[name].values.reshape(shape) for name in outputs], axis=2)


def difference(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """Return the largest difference, relative to the largest value of an element (last axis)."""
    if ours.shape != theirs.shape:
        return float("inf")
    axes = tuple(range(ours.ndim - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.nanmax(np.abs(ours), axis=axes, keepdims=True, initial=0.0)
        apart = np.where(ours == theirs, 0.0, np.abs(ours - theirs) / size)
    apart[np.isnan(ours) & np.isnan(theirs)] = 0.0
    return float("inf") if np.isnan(apart).any() else float(apart.max(initial=0.0))


def _c(name: str, flags: tuple[str, ...], work: Workload, ours, folder: Path):
    libraries: list[CLibrary] = []
    try:
        took = seconds(lambda: libraries.append(CLibrary(work, flags, folder)))
    except (CannotPrint, FileNotFoundError) as error:
        return Absent(name, str(error))
    (library,) = libraries
    members = len(ours)
    return Contestant(
        name,
        lambda: library.ensemble(members),
        members,
        difference(ours, library.ensemble(members)),
        LOOSE if "-ffast-math" in flags else STRICT,
        Samples((took,)),
    )


def _pysimlin(work: Workload, ours: NDArray[np.float64], stack: ExitStack) -> Contestant | Absent:
    """One simulation kept and reset, which is quicker than ``Model.run(analyze_loops=False)``."""
    try:
        import simlin

        model = simlin.load(work.path)
        simulation = stack.enter_context(model.simulate(enable_ltm=False))
        simulation.run_to_end()
    except Exception as error:  # whatever it cannot read, or is not installed
        return Absent(PYSIMLIN, one_line(error))
    known = set(simulation.get_var_names())
    labels = [_pysimlin_name(label) for label in _labels(work)]
    kept = [k for k, label in enumerate(labels) if label in known]

    def call() -> list[Any]:
        simulation.reset()
        simulation.run_to_end()
        return [simulation.get_series(labels[k]) for k in kept]

    differs = difference(ours[:, kept], np.stack(call(), axis=1)) if kept else None
    return Contestant(PYSIMLIN, call, 1, differs)


def _pysimlin_name(label: str) -> str:
    name, bracket, rest = label.partition("[")
    return canonical(name) + bracket + rest.lower().replace(" ", "_")


def _pysd(work: Workload, ours, folder: Path, longest: float) -> Contestant | Absent:
    clock = work.clock
    try:
        peer = load_pysd(work.path, folder)

        def run_steps(count: int) -> object:
            return peer.run(
                return_columns=work.outputs, final_time=clock.start + count * clock.step
            )

        short = min(seconds(lambda: run_steps(1)) for _ in range(2))
        expected = (seconds(lambda: run_steps(5)) - short) / 4 * clock.steps
        if expected > longest:
            return Absent(PYSD, f"left out: about {expected:.0f} s a run")
        peer.reload()  # or it keeps the short horizon
        frame = peer.run(return_columns=work.outputs)
    except Exception as error:  # whatever it cannot read, or is not installed
        return Absent(PYSD, one_line(error))
    theirs = frame[_labels(work)].to_numpy(float)
    note = "" if work.model.control.method == "euler" else "Euler, the only method it has"
    return Contestant(
        PYSD,
        lambda: peer.run(return_columns=work.outputs),
        1,
        difference(ours, theirs),
        note=note,
    )


def load_pysd(path: Path, folder: Path) -> Any:
    """Load a copy of a model with PySD in ``folder``: it writes a Python file beside it."""
    return read_pysd(Path(copy(path, folder)))


def read_pysd(path: Path, data: Path | None = None) -> Any:
    import pysd

    read = pysd.read_vensim if path.suffix.lower() == ".mdl" else pysd.read_xmile
    return read(str(path), data_files=None if data is None else str(data))


def one_line(error: Exception) -> str:
    """Return what a tool says of a failure, on one line of at most 100 characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 100 else text[:97] + "..."


def _labels(work: Workload) -> list[str]:
    """Return the names of the outputs' elements: ``"GDP[East]"``."""
    return [str(name) for name in work.model.run(return_columns=work.outputs).columns]
