"""Charts drawn side by side in other processes, whose slow imports overlap the computing."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from importlib import import_module
from multiprocessing.context import BaseContext
from pathlib import Path
from types import TracebackType
from typing import Self

from nqpf.charts.drawing import Drawing

_HEAVY = "nqpf.charts.draw"


class Studio:
    """Processes that draw. They start, and import what they need, when the studio is made."""

    def __init__(self, most: int) -> None:
        """Make as many processes as are of use for at most ``most`` charts."""
        count = max(1, min(2, most, os.cpu_count() or 1))
        self._pool = ProcessPoolExecutor(count, _context(), initializer=_settle_in)
        self._jobs: list[tuple[Path, Future[None]]] = []
        for _ in range(count if most else 0):
            self._pool.submit(import_module, _HEAVY)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def start(self, drawings: Mapping[Path, Drawing]) -> None:
        """Begin to draw each into its file, those that take longest first."""
        for path, drawing in sorted(drawings.items(), key=lambda item: -item[1].weight):
            self._jobs.append((path, self._pool.submit(_draw, drawing, path)))

    def finished(self) -> Iterator[Path]:
        """Yield the files, in the order of their start, as they are done."""
        while self._jobs:
            path, job = self._jobs.pop(0)
            job.result()
            yield path


def _settle_in() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the caller's to answer
    gc.disable()  # a process draws a few charts and ends: nothing is worth collecting


def _context() -> BaseContext:
    """Return how to start processes: not by copying the caller, who may hold threads.

    Where there is a fork server it imports once for all of them.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_HEAVY])
    return context


def _draw(drawing: Drawing, path: Path) -> None:
    from nqpf.charts.draw import draw_to

    draw_to(drawing, path)
