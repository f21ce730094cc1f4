"""Running a sweep: what is missing is computed while what is computed is written."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nqpf.errors import InputError
from nqpf.study.record import provenance
from nqpf.study.results import unwritable
from nqpf.study.toml import shown
from nqpf.sweep.store import KIND, Store, alone
from nqpf.sweep.work import Done, Worker

if TYPE_CHECKING:
    from nqpf.engine import Model
    from nqpf.sweep.plan import Plan

AHEAD = 1
"""Chunks computed and not yet written, beside the one in work: memory holds three."""


@dataclass
class Progress:
    """How far a sweep is: of ``total`` runs, how many are written, and how many of them failed."""

    total: int
    found: int = 0
    """Runs that were there before."""
    done: int = 0
    """Runs written now."""
    failures: int = 0
    """Of the runs written now."""
    begun: float = field(default_factory=time.monotonic)

    @property
    def rate(self) -> float:
        """Runs a second."""
        return self.done / max(1e-9, time.monotonic() - self.begun)

    @property
    def left(self) -> float:
        """Seconds still to go."""
        return (self.total - self.found - self.done) / self.rate if self.done else float("nan")


class Watcher(Protocol):
    """What is told of a sweep as it goes on."""

    def begin(self, progress: Progress) -> None:
        """Say how much there is to do."""

    def damaged(self, number: int, file: str) -> None:
        """Say that a chunk was damaged and is made again."""

    def step(self, progress: Progress) -> None:
        """Say that a chunk was written."""


class Silent:
    """Watches, and says nothing."""

    def begin(self, progress: Progress) -> None: ...
    def damaged(self, number: int, file: str) -> None: ...
    def step(self, progress: Progress) -> None: ...


def run_plan(
    plan: Plan,
    model: Model,
    out: Path,
    *,
    command: Sequence[str] | None = None,
    threads: int | None = None,
    overwrite: bool = False,
    cluster: str | None = None,
    watcher: Watcher | None = None,
) -> Progress:
    """Run what a store does not hold yet.

    Parameters
    ----------
    out
        Folder of the store.
    cluster
        Address of a Dask scheduler, or ``"local"`` to start one; None: this process.

    Raises
    ------
    InputError
        The store is another sweep's or cannot be written, or the cluster is not there. What was
        written stays, and the same call goes on from it.
    """
    watcher = watcher or Silent()
    worker = Worker(plan, model)
    record = {
        "kind": KIND,
        **provenance(command or [Path(sys.argv[0]).name, *sys.argv[1:]]),
        "seed": plan.spec.seed,
        "policies": [
            {"name": name, "title": {"en": title.en, "zh": title.zh}}
            for name, title in zip(plan.policies.names, plan.policies.titles, strict=True)
        ],
        "units": {each.name: each.unit for each in plan.kept},
        "identity": plan.identity,
    }
    store = Store(out, worker.arrays, plan.chunks, plan.chunk)
    with alone(out):
        store.open(record, overwrite=overwrite)
        todo = store.missing(watcher.damaged)
        sizes = [plan.span(number) for number in todo]
        progress = Progress(plan.runs, plan.runs - sum(last - first for first, last in sizes))
        watcher.begin(progress)
        try:
            if cluster is None:
                _here(worker, store, todo, threads, progress, watcher)
            else:
                from nqpf.sweep.cluster import on_cluster

                on_cluster(plan, model, store, todo, cluster, progress, watcher)
        except OSError as error:
            raise InputError(
                f"{unwritable(out, error)} {progress.found + progress.done:,} of {plan.runs:,} "
                "runs are kept: the same command goes on from there."
            ) from None
    if progress.found + progress.done != plan.runs:
        raise InputError(
            f"{shown(out)}: {progress.found + progress.done:,} of {plan.runs:,} runs are there; "
            "the same command makes the rest."
        )
    return progress


def _here(
    worker: Worker,
    store: Store,
    todo: list[int],
    threads: int | None,
    progress: Progress,
    watcher: Watcher,
) -> None:
    with _writer(worker, store, progress, watcher) as put:
        for number in todo:
            put(worker.compute(number, threads))


@contextmanager
def _writer(worker: Worker, store: Store, progress: Progress, watcher: Watcher) -> Iterator[Any]:
    """Yield what takes chunks to be written by another thread; it raises what went wrong there.

    However the block ends, what was given is written first, as far as that is possible.
    """
    given: queue.Queue[Done | None] = queue.Queue(AHEAD)
    wrong: list[BaseException] = []

    def write() -> None:
        while (done := given.get()) is not None:
            if wrong:
                continue  # the rest is computed again; nobody must wait for room in the queue
            try:
                packed = worker.pack(done)
                store.commit(packed.number, packed.files, packed.samples)
                progress.done += packed.runs
                progress.failures += packed.failures
                watcher.step(progress)
            except BaseException as error:
                wrong.append(error)

    def put(done: Done) -> None:
        if wrong:
            raise wrong[0]
        given.put(done)

    thread = threading.Thread(target=write, name="sweep writer")
    thread.start()
    try:
        yield put
    finally:
        given.put(None)
        thread.join()
    if wrong:
        raise wrong[0]
