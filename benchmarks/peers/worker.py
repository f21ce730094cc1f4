"""One model at a time in a process of its own, with a limit on its time."""

from __future__ import annotations

import multiprocessing
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import nqpf
from benchmarks.contestants import one_line
from benchmarks.peers import tools
from benchmarks.peers.behaviour import Behaviour, Comparison, compare, departures
from benchmarks.peers.unit_verdicts import UnitVerdict, unit_verdicts
from benchmarks.suite import data_file

NQPF, PYSD, PYSIMLIN = "nqpf", "PySD", "pysimlin"
PEERS = (PYSD, PYSIMLIN)
TOOLS = (NQPF, *PEERS)
T = TypeVar("T")


@dataclass(frozen=True)
class Refused:
    """A tool cannot read or run the model; what it says."""

    reason: str


@dataclass(frozen=True)
class Result:
    """What became of one model.

    ``ours``: elements, or a refusal. ``outcomes``: peer -> how it compares with the engine.
    ``departures``: tool -> elements that depart from the stored output, where there is one.
    """

    path: Path
    ours: int | Refused
    outcomes: dict[str, Comparison | Refused]
    departures: dict[str, int]
    units: tuple[UnitVerdict, ...] | Refused


def examine(path: Path, seconds: float) -> Result:
    """Run a model in all three tools; what takes longer than ``seconds`` in all is cut off."""
    context = _context()
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(path, there), daemon=True)
    process.start()
    there.close()
    found = _gather(here, time.monotonic() + seconds)
    process.kill()
    process.join()
    late = Refused(f"not done after {seconds:g} s, or the process died")
    return Result(
        path,
        found.get(NQPF, late),
        {peer: found.get(peer, late) for peer in PEERS},
        {tool: found["stored", tool] for tool in TOOLS if ("stored", tool) in found},
        found.get("units", late),
    )


def _context() -> SpawnContext | ForkServerContext:
    """Return how processes start: with the tools imported beforehand, where that is possible."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.peers.worker", "pysd", "simlin", "xarray", "numba"])
    return context


def _gather(here: Connection, until: float) -> dict:
    found: dict = {}
    try:
        while here.poll(max(0.0, until - time.monotonic())):
            stage, value = here.recv()
            found[stage] = value
    except EOFError:
        pass
    return found


def _work(path: Path, there: Connection) -> None:
    """Send what each stage gives as soon as it is known."""
    warnings.simplefilter("ignore")
    tools.quiet()
    data = data_file(path)
    stored = tools.stored_output(path)

    def tell(tool: str, outcome: object, behaviour: Behaviour | Refused) -> None:
        there.send((tool, outcome))
        if stored is not None and isinstance(behaviour, Behaviour):
            there.send((("stored", tool), departures(stored, behaviour)))

    model = _attempt(lambda: nqpf.load(path, data=data), path.parent)
    ours = model if isinstance(model, Refused) else _attempt(lambda: tools.run_nqpf(model))
    # What PySD has no other method than, and the suite's outputs were made with.
    euler = ours
    if isinstance(model, nqpf.Model) and model.control.method != "euler":
        euler = _attempt(lambda: tools.run_nqpf(model, "euler"))
    tell(NQPF, ours if isinstance(ours, Refused) else len(ours.values), euler)
    verdicts = model if isinstance(model, Refused) else _attempt(lambda: unit_verdicts(path, model))
    there.send(("units", verdicts))
    with TemporaryDirectory() as folder:
        inside = Path(folder) / "model"
        pysd = _attempt(lambda: tools.run_pysd(path, Path(folder), data), inside, Path(folder))
    tell(PYSD, _outcome(euler, pysd), pysd)
    pysimlin = _attempt(lambda: tools.run_pysimlin(path))
    tell(PYSIMLIN, _outcome(ours, pysimlin), pysimlin)
    there.close()


def _outcome(ours: Behaviour | Refused, theirs: Behaviour | Refused) -> Comparison | Refused:
    if isinstance(theirs, Refused):
        return theirs
    if isinstance(ours, Refused):
        return Comparison(0, 0, 0)
    return compare(ours, theirs)


def _attempt(call: Callable[[], T], *folders: Path) -> T | Refused:
    """Return what a tool gives or says, in its complaint without the names of ``folders``."""
    try:
        return call()
    except Exception as error:
        said = str(error)
        for folder in folders:
            said = said.replace(f"{folder}/", "")
        return Refused(one_line(Exception(said or type(error).__name__)))
