"""How fast ensembles run, against scalar C from the same equations, pysimlin and PySD.

Usage: python benchmarks/speed.py [MODEL...] [--rounds 9] [--members 2000] [--without-pysd]

MODEL: .mdl or .xmile files; the study's model if none is given. Every round times each peer once,
one after the other, so that a drift of the machine's speed touches all; figures are medians over
rounds, ratios medians of the ratios within rounds. Times are microseconds a run, yearly results
of up to 20 variables, models loaded and compiled. gcc must be there.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import nqpf
from against_pysd import load_pysd
from as_c import Compiled, print_c
from nqpf.engine.parameters import parse_frame
from nqpf.study.folder import open_study

FLAGS = {"C -O2": ["-O2"], "C -O3 fast-math": ["-O3", "-march=native", "-ffast-math"]}
OURS = "nqpf, 1 thread"


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def bench(path: Path, rounds: int, members: int, with_pysd: bool, folder: Path) -> None:
    loading = seconds(lambda: nqpf.load(path).run())
    model = nqpf.load(path)
    outputs = [
        name
        for name, variable in model.variables.items()
        if variable.kind in ("stock", "auxiliary") and not variable.dims
    ][:20]
    # Dates and durations stay: a member that shifts them has tables over time of its own.
    varied = [
        name
        for name, value in model.constants.items()
        if value.ndim == 0 and model.variables[name].unit != model.control.time_unit
    ][:20]
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {n: model.constants[n] * (1 + 1e-3 * rng.uniform(-1, 1, members)) for n in varied}
    )
    ((_, given),) = parse_frame(model._directory, frame)
    simulation = model._simulation(given, model._columns(outputs), "euler", members)
    first = np.array([0])
    memory = np.ascontiguousarray(simulation._member(first)[:, 0])
    reference = simulation.members(first).values[0]

    calls: dict[str, tuple[Callable[[], object], int]] = {
        OURS: (lambda: model.ensemble(frame, outputs, threads=1, method="euler"), members),
        "nqpf, 2 threads": (
            lambda: model.ensemble(frame, outputs, threads=2, method="euler"),
            members,
        ),
        "nqpf, run()": (lambda: model.run(return_columns=outputs, method="euler"), 1),
    }
    source = print_c(simulation.program)
    for name, flags in FLAGS.items():
        peer = Compiled(source, flags, folder)

        def run(peer: Compiled = peer) -> np.ndarray:
            columns = simulation._columns
            return peer.run(memory.copy(), simulation._tables, simulation.clock, columns)

        np.testing.assert_allclose(run(), reference, rtol=1e-6, atol=1e-9)
        calls[name] = (lambda run=run: [run() for _ in range(20)], 20)
    add_pysimlin(calls, path)
    if with_pysd:
        peer_model = load_pysd(path, folder)
        calls["PySD"] = (lambda: peer_model.run(return_columns=outputs, reload=True), 1)

    taken: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds):
        for name, (call, runs) in calls.items():
            if name == "PySD" and number >= 3:
                continue  # a minute each on a large model; three are enough for its ratio
            taken[name].append(seconds(call) / runs * 1e6)
    clock = simulation.clock
    print(f"\n{path.name}: {simulation.program.layout.stocks} stocks, {clock.steps} steps")
    print(f"{'':20} {'us a run':>14} {'times ' + OURS:>22}")
    for name, values in taken.items():
        ratio = statistics.median(a / b for a, b in zip(values, taken[OURS], strict=False))
        print(f"{name:20} {statistics.median(values):14,.1f} {ratio:22,.2f}")
    print(f"load and first run: {loading:.2f} s (a cold cache adds the compilation)")


def add_pysimlin(calls: dict[str, tuple[Callable[[], object], int]], path: Path) -> None:
    """Add pysimlin's fastest path, if it reads the file."""
    import simlin

    try:
        model = simlin.load(path)
        model.run(analyze_loops=False)
    except Exception as error:  # whatever it cannot read
        print(f"pysimlin does not run {path.name}: {str(error)[:100]}")
        return
    calls["pysimlin"] = (lambda: [model.run(analyze_loops=False) for _ in range(3)], 3)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--members", type=int, default=2000)
    parser.add_argument("--without-pysd", action="store_true")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        for path in chosen.models or [open_study(None).model_file]:
            bench(path, chosen.rounds, chosen.members, not chosen.without_pysd, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
