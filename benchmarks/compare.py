"""One model: the engine beside its peers, and the engine's own costs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from benchmarks import bars
from benchmarks.contestants import (
    C_FAST,
    OURS,
    PYSD,
    PYSIMLIN,
    TWO,
    Absent,
    Contestant,
    contestants,
)
from benchmarks.fresh import Failed, Measured, measure
from benchmarks.report import Row
from benchmarks.timing import in_turn
from benchmarks.workload import Workload, make_workload
from nqpf.engine.ensemble import processors


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    ``budget``: seconds after which a contestant, timed ``least`` times, sits out; ``processes``:
    fresh ones for a start; ``longest_pysd``: seconds a run above which PySD is left out;
    ``stream``: members of the long stream; ``foreign``: kind and size of the models written for
    the comparison; ``sizes``: of those written for growth.
    """

    rounds: int
    budget: float
    least: int
    longest_pysd: float
    members: int
    processes: int
    stream: int
    foreign: Mapping[str, int]
    sizes: Mapping[str, tuple[int, ...]]


def compare(path: Path, is_study: bool, effort: Effort, folder: Path) -> Iterator[Row]:
    """Yield a row a contestant; bars of the study's model alone only if ``is_study``."""
    try:
        cold, warm = starts(path, effort.members, effort.processes, folder)
    except Failed as error:
        yield Row(path.name, "nqpf", note=str(error))
        return
    work = make_workload(path, effort.members)
    yield Row(path.name, note=_size(work))
    with ExitStack() as stack:
        own = Path(stack.enter_context(TemporaryDirectory(dir=folder)))
        entered = list(contestants(work, own, stack, effort.longest_pysd))
        ready = [each for each in entered if isinstance(each, Contestant)]
        calls = {each.name: each.call for each in ready}
        taken = in_turn(calls, effort.rounds, effort.budget, effort.least)
        times = {each.name: taken[each.name].times(1 / each.runs) for each in ready}
    for each in entered:
        if isinstance(each, Absent):
            yield Row(path.name, each.name, note=each.reason)
            continue
        row = Row(
            path.name,
            each.name,
            times[each.name],
            times[each.name].over(times[OURS]),
            cold=each.setup,
            differs=each.differs,
            note=each.note,
            wrong=each.wrong,
        )
        yield _finish(row, path, is_study, cold, warm, effort.processes)


def starts(path: Path, members: int, processes: int, folder: Path) -> tuple[Measured, Measured]:
    """Return what cold and warm starts take; from then on this process uses the same cache."""
    cold: list[Measured] = []
    for _ in range(processes):
        os.environ["NQPF_CACHE_DIR"] = mkdtemp(prefix="cache-", dir=folder)
        cold.append(measure("nqpf", path, members))
    return Measured.joined(cold), measure("nqpf", path, members, repeats=processes)


def stream(path: Path, is_study: bool, members: int) -> Row:
    """Return the row of a long stream: time and peak memory, in a process of its own."""
    threads = processors()
    section, what = f"{path.name}: stream", f"{members:,} members, {threads} threads"
    try:
        found = measure("stream", path, members, threads)
    except Failed as error:
        return Row(section, what, note=str(error))
    verdicts: list[str] = []
    if is_study and members == 1_000_000:
        verdicts.append(bars.MILLION.said(found.work.median))
        verdicts.append(bars.MILLION_MEMORY.said(found.peak.median))
    return Row(
        section,
        what,
        found.work.times(1 / members),
        peak=found.peak,
        bars=verdicts,
        note=f"{found.work.median:.1f} s in all",
    )


def _finish(
    row: Row, path: Path, is_study: bool, cold: Measured, warm: Measured, processes: int
) -> Row:
    """Add what was measured in other processes, and the bars."""
    assert row.ratio is not None
    said: list[str] = []
    if row.what == OURS:
        if is_study:
            said = [bars.COLD.said(cold.ready.median), bars.WARM.said(warm.ready.median)]
        return replace(row, cold=cold.ready, warm=warm.ready, peak=warm.peak, bars=said)
    if row.what in (PYSIMLIN, PYSD):
        bar = bars.AGAINST_PYSIMLIN if row.what == PYSIMLIN else bars.AGAINST_PYSD
        found = measure(row.what.lower(), path, repeats=processes)
        return replace(row, cold=found.ready, peak=found.peak, bars=[bar.said(row.ratio)])
    if row.what == TWO:
        said = [bars.TWO_THREADS.said(1 / row.ratio)]
    elif row.what == C_FAST and is_study:
        said = [bars.AGAINST_C.said(row.ratio)]
    return replace(row, bars=said)


def _size(work: Workload) -> str:
    plan = work.model.blueprint
    stocks = plan.layout.stocks
    others = plan.layout.size - plan.layout.constants - 2 * stocks
    tables = sum(map(len, plan.model.tables.values()))
    method = work.model.control.method
    return f"{stocks} stocks, {others} others, {tables} tables, {work.clock.steps} {method} steps"
