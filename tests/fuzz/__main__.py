"""Many mutated inputs: ``python -m tests.fuzz --inputs 20000 mdl xmile toml csv xlsx netcdf``.

A child process with limits on memory reads the inputs of a format one by one. Where it dies, or
holds on to one for too long, the input is a fault and a new child goes on behind it. Exit code 1
if there were faults; each is kept as a file in the folder ``--keep``.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import psutil

from tests.fuzz.formats import FORMATS
from tests.fuzz.ground import ground, numbered
from tests.fuzz.guard import MEMORY, SECONDS

KEPT_ALIKE = 3  # inputs kept of those that fail alike


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.fuzz")
    parser.add_argument("formats", nargs="*", choices=[*FORMATS, []], metavar="FORMAT")
    parser.add_argument("--inputs", type=int, default=1000, help="inputs of each format")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--keep", type=Path, default=Path("results/fuzz"), help="folder of faults")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        _child(given.formats[0], given.seed, given.first, given.inputs)
        return 0
    faults = 0
    for name in given.formats or FORMATS:
        faults += _try_format(name, given.seed, given.first, given.inputs, given.keep)
    return 1 if faults else 0


# --- the child --------------------------------------------------------------------------------


def _child(name: str, seed: int, first: int, last: int) -> None:
    """Print one line of JSON before each input (its number) and one behind it (the verdict)."""
    with ground(name) as field:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        for number in range(first, last):
            given = numbered(name, seed, number)
            _tell(number=number)
            start = time.process_time()
            verdict, fault = field.attempt(given)
            taken = time.process_time() - start
            what, detail = (fault.what, fault.detail) if fault else ("", "")
            _tell(number=number, verdict=verdict, what=what, detail=detail, seconds=taken)


def _tell(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


# --- the parent -------------------------------------------------------------------------------


def _try_format(name: str, seed: int, first: int, count: int, keep: Path) -> int:
    """Try the inputs of a format; print what came of them and return the number of faults."""
    verdicts: Counter[str] = Counter()
    alike: Counter[str] = Counter()
    slowest = (0.0, -1)
    for said in _verdicts(name, seed, first, first + count):
        slowest = max(slowest, (said["seconds"], said["number"]))
        if not said["what"]:
            verdicts[said["verdict"]] += 1
            continue
        verdicts["faults"] += 1
        alike[said["what"]] += 1
        if alike[said["what"]] <= KEPT_ALIKE:
            given = numbered(name, seed, said["number"])
            path = keep / f"{name}-{seed}-{said['number']}-{Path(given.name).name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(given.data)
            print(f"  {path}: {said['what']}: {said['detail']}", flush=True)  # noqa: T201
    shown = ", ".join(f"{verdicts[key]:,} {key}" for key in ("read", "refused", "faults"))
    print(f"{name}: {shown}; slowest {slowest[0]:.2f} s (number {slowest[1]})", flush=True)  # noqa: T201
    for what, number in alike.most_common():
        print(f"  {number} x {what}", flush=True)  # noqa: T201
    return verdicts["faults"]


def _verdicts(name: str, seed: int, first: int, last: int) -> Iterator[dict[str, Any]]:
    """Yield the verdict on every input, those that ended or held up a child included."""
    while first < last:
        arguments = [name, "--child", f"--seed={seed}", f"--first={first}", f"--inputs={last}"]
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz", *arguments], stdout=subprocess.PIPE, text=True
        )
        under_way = None
        for said in _lines(child):
            under_way = said["number"]
            if "verdict" in said:
                yield said
                under_way, first = None, said["number"] + 1
        code = child.wait()
        if first >= last:
            return
        if under_way is None:
            raise SystemExit(f"{name}: the child ended by itself, with code {code}")
        what = "held up the process" if code == -9 else f"ended the process with code {code}"
        yield {"number": under_way, "verdict": "", "what": what, "detail": "", "seconds": 0.0}
        first = under_way + 1


def _lines(child: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """Yield what a child says; kill it where it works on one input far beyond the limit."""
    queue: SimpleQueue[str | None] = SimpleQueue()

    def listen() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            queue.put(line)
        queue.put(None)

    Thread(target=listen, daemon=True).start()
    used = 0.0
    while True:
        try:
            line = queue.get(timeout=2.0)
        except Empty:
            if _processor_time(child) - used > 6 * SECONDS:
                child.kill()
            continue
        if line is None:
            return
        used = _processor_time(child)
        yield json.loads(line)


def _processor_time(child: subprocess.Popen[str]) -> float:
    try:
        times = psutil.Process(child.pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


if __name__ == "__main__":
    sys.exit(main())
