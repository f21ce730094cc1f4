"""What needs a process of its own: time until a model is ready, peak memory, a long stream.

``python -m benchmarks.fresh KIND MODEL MEMBERS THREADS`` prints one line of JSON; ``measure``
starts it. Each kind imports only what it measures, since imports are memory too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from benchmarks.timing import Samples, seconds

MIB = 2**20
ROOT = Path(__file__).parents[1]


class Failed(Exception):
    """A process gave no figures; the message is the last line of what it said."""


@dataclass(frozen=True)
class Measured:
    """Of one or more processes: seconds until ready, seconds of the work, and peak MiB."""

    ready: Samples
    work: Samples
    peak: Samples

    @staticmethod
    def joined(parts: Sequence[Measured]) -> Measured:
        return Measured(
            Samples(tuple(value for part in parts for value in part.ready.values)),
            Samples(tuple(value for part in parts for value in part.work.values)),
            Samples(tuple(value for part in parts for value in part.peak.values)),
        )


def measure(
    kind: str, path: Path, members: int = 1, threads: int = 1, repeats: int = 1
) -> Measured:
    """Run ``kind`` on a model in ``repeats`` fresh processes, one after the other.

    Raises
    ------
    Failed
        A process ended with an error.
    """
    found: list[Measured] = []
    for _ in range(repeats):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.fresh", kind, path, str(members), str(threads)],
            env={**os.environ, "PYTHONPATH": _python_path()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failed((done.stderr.strip() or f"{kind}: no answer").splitlines()[-1])
        said = json.loads(done.stdout.splitlines()[-1])
        found.append(Measured(*(Samples((said[name],)) for name in ("ready", "work", "peak"))))
    return Measured.joined(found)


def _python_path() -> str:
    """Let the process find this package too, wherever it was started."""
    given = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(ROOT), *([given] if given else [])])


def _nqpf(path: Path, members: int, threads: int) -> tuple[float, float]:
    import nqpf
    from benchmarks.suite import data_file
    from benchmarks.workload import make_workload

    _import_all("nqpf.engine")
    for library in ("pandas", "xarray", "numba"):
        import_module(library)
    _import_registries()
    ready = seconds(lambda: nqpf.load(path, data=data_file(path)).run())
    work = make_workload(path, members)
    return ready, seconds(lambda: work.model.ensemble(work.params, work.outputs, threads=threads))


def _import_registries() -> None:
    """Import what numba imports at its first use, a third of a second: the rest of its modules."""
    target: Any = import_module("numba.core.registry").cpu_target
    target.typing_context.refresh()
    target.target_context.refresh()


def _stream(path: Path, members: int, threads: int) -> tuple[float, float]:
    from benchmarks.workload import make_workload

    work = make_workload(path, members)
    ready = seconds(work.model.run)

    def stream() -> None:
        for part in work.model.stream(work.params, work.outputs, threads=threads):
            if int(part["failed"].sum()):
                raise RuntimeError("a member failed")

    return ready, seconds(stream)


def _pysd(path: Path, *_: int) -> tuple[float, float]:
    from benchmarks.contestants import load_pysd

    import_module("pysd.translators.vensim.vensim_file")
    with tempfile.TemporaryDirectory() as folder:
        ready = seconds(lambda: load_pysd(path, Path(folder)))
        peer = load_pysd(path, Path(folder))
        # A moment of it is enough for its memory: results are small beside its libraries.
        start = float(peer.components.initial_time())
        return ready, seconds(lambda: peer.run(final_time=start))


def _pysimlin(path: Path, *_: int) -> tuple[float, float]:
    import simlin

    ready = seconds(lambda: simlin.load(path).run(analyze_loops=False))
    return ready, ready


KINDS = {"nqpf": _nqpf, "stream": _stream, "pysd": _pysd, "pysimlin": _pysimlin}


def _import_all(package: str) -> None:
    """Import every module of a package, so that imports are not taken for loading."""
    root = import_module(package)
    for module in walk_packages(root.__path__, f"{package}."):
        import_module(module.name)


def _peak() -> float:
    """Return this process's largest resident memory in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss of Linux would include the process that started this one
        (line,) = [each for each in status.read_text().splitlines() if each.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset / MIB
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB  # macOS counts bytes


def main() -> int:
    from nqpf.errors import InputError

    kind, path, members, threads = sys.argv[1:]
    try:
        ready, work = KINDS[kind](Path(path), int(members), int(threads))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps({"ready": ready, "work": work, "peak": _peak()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
