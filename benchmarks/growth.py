"""How cost grows with members, with time steps and with the size of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks import synthetic
from benchmarks.as_c import CannotPrint
from benchmarks.c_library import FLAGS, CLibrary
from benchmarks.compare import starts
from benchmarks.contestants import C_FAST
from benchmarks.report import Row
from benchmarks.timing import Samples, in_turn
from benchmarks.workload import Workload, make_workload

MEMBERS = 512  # of the models of different sizes


def with_members(work: Workload, rounds: int, budget: float) -> Iterator[Row]:
    """One thread, ever more members: what a call costs beside the runs."""
    counts = [n for n in (1, 16, 128, 1024, 8192) if n < len(work.params)] + [len(work.params)]
    calls = {
        f"{n:,} member{'s' * (n > 1)}": (partial(_ours, work, work.first(n)), n) for n in counts
    }
    yield from _rows(f"{work.path.name}: growth with members", calls, rounds, budget)


def with_steps(work: Workload, rounds: int, budget: float) -> Iterator[Row]:
    """One thread, ever shorter time steps, the same saved times."""
    step = work.model.control.time_step
    count = len(work.params)
    calls = {
        f"{work.clock.steps * k:,} steps": (
            partial(_ours, work, work.params.assign(**{"TIME STEP": step / k})),
            count,
        )
        for k in (1, 2, 4, 8)
    }
    yield from _rows(f"{work.path.name}: growth with time steps", calls, rounds, budget)


def of_size(kind: str, size: int, folder: Path, rounds: int, budget: float) -> Row:
    """A model of one shape at one size: the engine on one thread, and C at its fastest."""
    path = synthetic.write(kind, size, folder)
    cold, warm = starts(path, MEMBERS, 1, folder)
    work = make_workload(path, MEMBERS)
    calls = {"ours": partial(_ours, work, work.params)}
    try:
        library = CLibrary(work, FLAGS[C_FAST], folder)
        calls["c"] = partial(library.ensemble, MEMBERS)
        note = ""
    except (CannotPrint, FileNotFoundError) as error:
        note = f"C: {error}"
    taken = {n: s.times(1 / MEMBERS) for n, s in in_turn(calls, rounds, budget).items()}
    if not note:
        note = f"C at its fastest takes {taken['c'].over(taken['ours']):.2f} times as long"
    layout = work.model.blueprint.layout
    return Row(
        f"growth with size: {kind}",
        f"{size} {kind}, {layout.size - layout.constants - layout.stocks:,} equations",
        taken["ours"],
        cold=cold.ready,
        warm=warm.ready,
        peak=warm.peak,
        note=note,
    )


def _ours(work: Workload, params: pd.DataFrame) -> object:
    return work.model.ensemble(params, work.outputs, threads=1)


def _rows(
    section: str, calls: dict[str, tuple[Callable[[], object], int]], rounds: int, budget: float
) -> Iterator[Row]:
    taken = in_turn({name: call for name, (call, _) in calls.items()}, rounds, budget)
    first: Samples | None = None
    for name, (_, runs) in calls.items():
        each = taken[name].times(1 / runs)
        first = each if first is None else first
        yield Row(section, name, each, each.over(first))
