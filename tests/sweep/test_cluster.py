"""Sweeps on a cluster: a real scheduler and two workers on this machine, one of them killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from nqpf.errors import InputError
from nqpf.study.folder import Study
from nqpf.sweep import Progress, Silent
from small_sweeps import SPEC, content

pytest.importorskip("distributed")

DASK = [sys.executable, "-m", "dask"]


@contextmanager
def process(*command: str, until: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """Run a command while the block runs; yield it and what its line matched."""
    started = subprocess.Popen(
        [*DASK, *command], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        assert started.stderr is not None
        for line in started.stderr:
            if match := re.search(until, line):
                break
        else:
            pytest.fail(f"{command} ended before it said {until}")
        yield started, match[0]
    finally:
        with suppress(ProcessLookupError):
            started.kill()
        started.wait()
        if started.stderr is not None:
            started.stderr.close()


@contextmanager
def cluster() -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """Yield the address of a scheduler, and its two workers."""
    scheduler = process(
        "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", until=r"tcp://\S+"
    )
    with scheduler as (_, address):
        worker = ("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        ready = "Registered to"
        with process(*worker, until=ready) as one, process(*worker, until=ready) as two:
            yield address, [one[0], two[0]]


class Killing(Silent):
    """Kills a worker when two chunks are there."""

    def __init__(self, worker: subprocess.Popen) -> None:
        self.worker = worker
        self.steps = 0

    def step(self, progress: Progress) -> None:  # noqa: ARG002
        self.steps += 1
        if self.steps == 2:
            self.worker.send_signal(signal.SIGKILL)
            self.worker.wait()


def test_two_workers_make_the_same_store(finished: Path, study: Study, tmp_path: Path) -> None:
    with cluster() as (address, workers):
        study.sweep(SPEC, tmp_path / "both", cluster=address)
        assert content(tmp_path / "both") == content(finished)
        killing = Killing(workers[0])
        study.sweep(SPEC, tmp_path / "one", cluster=address, watcher=killing)
        assert workers[0].poll() is not None
        assert killing.steps == 7
        assert content(tmp_path / "one") == content(finished)
        # What one machine began a cluster goes on with, and the other way round.
        (tmp_path / "one" / "samples" / "00000002.parquet").unlink()
        study.sweep(SPEC, tmp_path / "one", cluster=address)
        assert content(tmp_path / "one") == content(finished)


def test_a_cluster_that_is_lost_is_one_line(
    finished: Path, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nqpf.sweep import cluster as room

    monkeypatch.setattr(room, "ALONE", 1)
    monkeypatch.setattr(room, "PATIENCE", 3)
    with cluster() as (address, workers):
        workers[1].kill()
        workers[1].wait()
        with pytest.raises(InputError, match=r"has lost all its workers\. What was"):
            study.sweep(SPEC, tmp_path / "store", cluster=address, watcher=Killing(workers[0]))
    assert not list((tmp_path / "store").glob(".cluster-*"))
    study.sweep(SPEC, tmp_path / "store")
    assert content(tmp_path / "store") == content(finished)


def test_a_result_that_died_with_the_last_worker_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A chunk has ended, and its worker was gone before the result was fetched."""
    from nqpf.sweep import cluster as room

    class Future:
        def add_done_callback(self, call: Any) -> None:
            call(self)

        def result(self, timeout: float | None = None) -> None:
            assert timeout is not None, "would wait for ever"
            raise TimeoutError

    class Client:
        threads = iter([{"a worker": 1}])

        def nthreads(self) -> dict[str, int]:
            return next(self.threads, {})

        def submit(self, *_: Any, **__: Any) -> Future:
            return Future()

    monkeypatch.setattr(room, "ALONE", 2)
    monkeypatch.setattr(room, "PATIENCE", 0.01)
    with pytest.raises(InputError, match=r"cluster here: has lost all its workers"):
        list(room._results(Client(), room._Job("key", b"", ""), [0], "here"))


def test_workers_that_do_not_see_the_store_send_their_chunks(
    finished: Path, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nqpf.sweep import cluster as room

    # As on a worker without the file system: the file that shows the store is not there.
    monkeypatch.setattr(room, "_TOKEN", "nowhere/.cluster-")
    monkeypatch.setattr(Path, "touch", lambda *_: None)
    study.sweep(SPEC, tmp_path / "store", cluster="local")
    assert content(tmp_path / "store") == content(finished)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://127.0.0.1:1", "it does not answer"),
        ("nonsense", ""),
        ("ftp://somewhere", ""),
    ],
)
def test_a_cluster_that_is_not_there_is_one_line(
    address: str, said: str, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nqpf.sweep import cluster as room

    monkeypatch.setattr(room, "PATIENCE", 0.5)
    with pytest.raises(InputError) as caught:
        study.sweep(SPEC, tmp_path / "store", cluster=address)
    assert f"cluster {address}: {said}" in str(caught.value)
    assert "dask scheduler" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_scheduler_without_workers_is_one_line(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nqpf.sweep import cluster as room

    monkeypatch.setattr(room, "PATIENCE", 0.5)
    command = ("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    with (
        process(*command, until=r"tcp://\S+") as (_, address),
        pytest.raises(InputError, match="has no workers"),
    ):
        study.sweep(SPEC, tmp_path / "store", cluster=address)


def test_without_dask_it_says_what_to_install(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r'"pip install nqpf\[cluster\]"'):
        study.sweep(SPEC, tmp_path / "store", cluster="local")


def test_processes_are_gone() -> None:
    """The helpers of these tests leave nothing behind that would go on running."""
    with process("scheduler", "--port", "0", "--no-dashboard", until=r"tcp://\S+") as (one, _):
        assert one.poll() is None
    with pytest.raises(ProcessLookupError):
        os.kill(one.pid, 0)
