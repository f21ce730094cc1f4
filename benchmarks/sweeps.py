"""What a sweep costs beside the bare ensemble, and whether it survives being killed.

``python -m benchmarks.sweeps cost``      rate with storage over the ensemble's, in turn
``python -m benchmarks.sweeps million``   a million runs, 20 variables a year: minutes, peak memory
``python -m benchmarks.sweeps killed``    SIGKILL at 20 random moments, then compare byte by byte

All on the study's own model.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.bars import GIB, Bar
from benchmarks.timing import in_turn

STORAGE = Bar(0.85, " of the bare ensemble's rate")
MILLION_MEMORY = Bar(2 * GIB, " MiB", at_least=False)
KILLS = 20
OUTPUTS = 20


def spec_of(runs: int, **more: Any) -> dict[str, Any]:
    """Return a sweep of ``runs`` runs that keeps 20 variables a year."""
    import nqpf
    from nqpf.study.folder import open_study

    model = nqpf.load(open_study().model_file)
    computed = [v for v in model.variables.values() if v.kind in ("stock", "auxiliary")]
    names = [v.name for v in sorted(computed, key=lambda v: len(v.dims)) if "/" not in v.name]
    return {
        "title": "Benchmark",
        "design": "sobol",
        "n": runs,
        "calibration": "marginals",
        "variables": names[:OUTPUTS],
        **more,
    }


def cost(runs: int, rounds: int, folder: Path) -> float:
    """Return the rate of a sweep over that of the ensemble in the same chunks, both in turn."""
    from nqpf.study.folder import open_study
    from nqpf.sweep import plan_sweep, run_plan

    plan, model = plan_sweep(open_study(), spec_of(runs))
    names = [each.name for each in plan.kept]
    frame, _ = plan.frame(0, plan.runs)

    def bare() -> None:
        for part in model.stream(frame, names, size=plan.chunk):
            assert part.sizes["run"]

    def kept() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        run_plan(plan, model, folder)

    taken = in_turn({"bare": bare, "kept": kept}, rounds, budget=600)
    for name, each in taken.items():
        print(f"{name:5} {plan.runs / each.median:10,.0f} runs a second")
    return taken["bare"].over(taken["kept"])


def million(runs: int, folder: Path) -> tuple[float, float]:
    """Return seconds and peak MiB of a sweep in this process, imports included."""
    from nqpf.study.folder import open_study

    study = open_study()
    began = time.perf_counter()
    study.sweep(spec_of(runs), folder)
    took = time.perf_counter() - began
    return took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def killed(runs: int, folder: Path, seed: int) -> tuple[int, bool]:
    """Kill a sweep at random moments, finish it, and compare its data with one left alone.

    Returns how often it was killed before it was done, and whether every file is the same.
    """
    from nqpf.study.folder import open_study

    study = open_study()
    began = time.perf_counter()
    study.sweep(spec_of(runs, chunk=512), folder / "whole")
    whole = time.perf_counter() - began
    chance = random.Random(seed)
    command = [sys.executable, "-m", "benchmarks.sweeps", "once", str(runs), str(folder / "cut")]
    kills = 0
    for _ in range(KILLS):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()  # it is about to begin
        time.sleep(chance.uniform(0, 2 * whole / KILLS))
        kills += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = len(list((folder / "cut" / "samples").glob("*.parquet")))
        print(f"killed; {done} chunks are there", flush=True)
    study.sweep(spec_of(runs, chunk=512), folder / "cut")
    return kills, _content(folder / "whole") == _content(folder / "cut")


def _once(runs: int, folder: Path) -> None:
    """Say when the sweep is about to begin, so that it is the sweep that is killed."""
    from nqpf.study.folder import open_study
    from nqpf.sweep import plan_sweep, run_plan

    plan, model = plan_sweep(open_study(), spec_of(runs, chunk=512))
    model.ensemble(plan.frame(0, 1)[0], [plan.kept[0].name])
    print("begin", flush=True)
    run_plan(plan, model, folder)


def _content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for part in ("runs.zarr", "samples")
        for path in (folder / part).rglob("*")
        if path.is_file()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["cost", "million", "killed", "once"])
    parser.add_argument("runs", type=int, nargs="?")
    parser.add_argument("folder", type=Path, nargs="?", help="where to write; else a temporary one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary) / "sweep"
        match given.what:
            case "cost":
                print(STORAGE.said(cost(given.runs or 40_960, given.rounds, folder)))
            case "million":
                took, peak = million(given.runs or 1_000_000, folder)
                print(f"{took / 60:.1f} minutes")
                print(MILLION_MEMORY.said(peak))
            case "killed":
                kills, same = killed(given.runs or 40_000, folder, given.seed)
                print(f"killed {kills} times; data {'the same' if same else 'DIFFERENT'}")
            case "once":
                _once(given.runs, folder)


if __name__ == "__main__":
    main()
