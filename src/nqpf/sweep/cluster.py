"""A sweep on a Dask cluster: chunks as tasks, on as many machines as there are.

A worker that sees the store's folder (a shared file system) writes its chunks there itself;
one that does not sends their bytes, and this process writes them. Either way the files are those
of a sweep on one machine. The plan and the model reach every worker once, also one that joins late;
a worker that dies loses its chunks, and the scheduler gives them to another.
"""

from __future__ import annotations

import pickle
import queue
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nqpf.errors import InputError
from nqpf.sweep.plan import Plan
from nqpf.sweep.store import Store, remove_drafts
from nqpf.sweep.work import Packed, Worker

if TYPE_CHECKING:
    from nqpf.engine import Model
    from nqpf.sweep.run import Progress, Watcher

PATIENCE = 10
"""Seconds in which a scheduler must answer, and a worker be there."""

ALONE = 6
"""How many times that long a sweep waits for workers to come back."""

AHEAD = 3
"""Tasks that are given out for each thread: one in work, the next there, one on its way."""

_TOKEN = ".cluster-"


def on_cluster(
    plan: Plan,
    model: Model,
    store: Store,
    todo: list[int],
    address: str,
    progress: Progress,
    watcher: Watcher,
) -> None:
    """Make the chunks ``todo`` on the cluster at ``address``; ``"local"`` starts one.

    Raises
    ------
    InputError
        Dask is not installed, or the cluster is not there, has no workers, or lost them.
    """
    try:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError
    except ImportError:
        raise InputError(
            'A cluster needs Dask: install it with "pip install nqpf[cluster]", here and on '
            "every worker."
        ) from None
    token = store.folder.absolute() / f"{_TOKEN}{secrets.token_hex(8)}"
    with _client(address) as client:
        job = _Job(secrets.token_hex(8), pickle.dumps((plan, model)), str(token))
        try:
            token.touch()
            client.register_plugin(_plugin(job), name=f"nqpf-{job.key}")
            for packed in _results(client, job, todo, address):
                if packed.files:
                    store.commit(packed.number, packed.files, packed.samples)
                progress.done += packed.runs
                progress.failures += packed.failures
                watcher.step(progress)
            remove_drafts(store.folder)  # of workers that died
        except KilledWorker:
            raise InputError(
                f"cluster {address}: one chunk ended several workers, for lack of memory perhaps; "
                "what was written is kept. Give the workers more memory, or a smaller chunk."
            ) from None
        except (FutureCancelledError, CommClosedError, TimeoutError) as error:
            raise InputError(f"cluster {address}: lost ({type(error).__name__}). {_KEPT}") from None
        finally:
            token.unlink(missing_ok=True)


_KEPT = "What was written is kept, and the same command goes on from there."


def _results(client: Any, job: _Job, todo: list[int], address: str) -> Iterator[Packed]:
    """Yield chunks as they are made, and give out as many as keep the workers busy."""
    left = iter(todo)
    finished: queue.Queue[Any] = queue.Queue()
    running = 0

    def give(count: int) -> int:
        given = 0
        for number in islice(left, count):
            _submit(client, job, number).add_done_callback(finished.put)
            given += 1
        return given

    running += give(AHEAD * sum(client.nthreads().values()))
    while running:
        future = _patiently(partial(finished.get, True), queue.Empty, client, address)
        # What has ended is made once more where its worker died before it sent the result.
        packed = _patiently(future.result, TimeoutError, client, address)
        future.release()
        running += give(1) - 1
        yield packed


def _patiently(
    ask: Callable[[float], Any], late: type[Exception], client: Any, address: str
) -> Any:
    """Return the answer to ``ask(seconds)``, which raises ``late`` until there is one.

    Raises
    ------
    InputError
        For a while there has been no worker that could give it.
    """
    for _ in range(ALONE):
        try:
            return ask(PATIENCE)
        except late:
            while client.nthreads():  # a chunk may take its time
                with suppress(late):
                    return ask(PATIENCE)
    raise InputError(f"cluster {address}: has lost all its workers. {_KEPT}")


def _submit(client: Any, job: _Job, number: int) -> Any:
    return client.submit(
        make, job.key, number, key=f"nqpf-{job.key}-{number}", pure=False, retries=2
    )


@contextmanager
def _client(address: str) -> Iterator[Any]:
    import logging

    from distributed import Client, LocalCluster

    # Never the default: xarray would send its own work to a cluster that is meant for runs.
    # A worker that leaves is an event that its chunks' new owner answers, not a message.
    logging.getLogger("distributed").setLevel(logging.ERROR)
    if address == "local":
        with (
            LocalCluster(threads_per_worker=1, dashboard_address=":0") as local,
            Client(local, set_as_default=False) as client,
        ):
            yield client
        return
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        reason = "it does not answer" if isinstance(error, OSError | TimeoutError) else str(error)
        raise InputError(
            f'cluster {address}: {reason}. Start one with "dask scheduler" and "dask worker '
            'ADDRESS", or take --cluster local.'
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise InputError(
                f'cluster {address}: has no workers. Start some with "dask worker {address}".'
            ) from None
        _require_same_versions(client, address)
        yield client


def _require_same_versions(client: Any, address: str) -> None:
    """Refuse workers whose programs would make other bits."""
    from nqpf.sweep.making import versions

    mine = versions()
    try:
        found = client.run(versions)
    except ImportError as error:
        raise InputError(
            f"cluster {address}: a worker lacks {error.name or 'a package'}; install the same "
            "nqpf[cluster] on every worker."
        ) from None
    for worker, theirs in found.items():
        for name, version in mine.items():
            if theirs.get(name) != version:
                raise InputError(
                    f"cluster {address}: worker {worker} has {name} {theirs.get(name)}, this "
                    f"machine has {version}; install the same on both."
                )


# --- on the workers -----------------------------------------------------------------------------


class _Job:
    """What a worker needs: a name, plan and model in bytes, and a file that shows the store."""

    def __init__(self, key: str, content: bytes, token: str) -> None:
        self.key, self.content, self.token = key, content, token
        self._lock = threading.Lock()
        self._worker: Worker | None = None

    def __getstate__(self) -> tuple[str, bytes, str]:
        return self.key, self.content, self.token

    def __setstate__(self, state: tuple[str, bytes, str]) -> None:
        self.__init__(*state)

    @property
    def worker(self) -> Worker:
        """The plan bound to the model, made when it is first needed."""
        with self._lock:
            if self._worker is None:
                self._worker = _unpacked(self.content)
            return self._worker

    def make(self, number: int) -> Packed:
        """Make a chunk, and write it if the store is in sight."""
        worker = self.worker
        done = worker.compute(number, threads=1)
        with self._lock:
            packed = worker.pack(done)
        token = Path(self.token)
        if not token.exists():
            return packed
        Store(token.parent, worker.arrays, worker.plan.chunks, worker.plan.chunk).commit(
            number, packed.files, packed.samples
        )
        return Packed(number, {}, b"", packed.runs, packed.failures)


_jobs: dict[str, _Job] = {}


def make(key: str, number: int) -> Packed:
    """Make a chunk of a job that this worker was given."""
    return _jobs[key].make(number)


def _plugin(job: _Job) -> Any:
    from distributed import WorkerPlugin

    class Plugin(WorkerPlugin):
        """Puts a job in place on every worker, those that come later included."""

        def __init__(self) -> None:
            self.job = job

        def setup(self, worker: Any) -> None:  # noqa: ARG002
            from nqpf.sweep import cluster

            cluster._jobs.clear()  # of sweeps before
            cluster._jobs[self.job.key] = self.job

    return Plugin()


def _unpacked(content: bytes) -> Worker:
    plan, model = pickle.loads(content)
    return Worker(plan, model)
