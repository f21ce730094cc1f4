"""A million runs of the study's model, streamed: minutes and memory.

Usage: python benchmarks/million.py [--members 1000000] [--threads 2]

Yearly results of 20 variables over the model's whole horizon, kept only as a running mean.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import pandas as pd
import psutil

import nqpf
from nqpf.study.folder import open_study


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()

    model = nqpf.load(open_study(None).model_file, progress=lambda stage: print(stage, flush=True))
    outputs = [n for n, v in model.variables.items() if v.kind == "stock" and not v.dims]
    outputs += [n for n, v in model.variables.items() if v.kind == "auxiliary" and not v.dims]
    rng = np.random.default_rng(1)
    varied = [
        name
        for name, value in model.constants.items()
        if value.ndim == 0 and model.variables[name].unit == "Dmnl"
    ][:20]
    frame = pd.DataFrame(
        {n: model.constants[n] * (1 + 0.01 * rng.uniform(-1, 1, chosen.members)) for n in varied}
    )
    process, peak, done, total = psutil.Process(), 0, 0, 0.0
    model.run()  # compiles
    start = time.perf_counter()
    for part in model.stream(frame, outputs[:20], threads=chosen.threads):
        total += float(part[outputs[0]].sum())
        done += part.sizes["run"]
        peak = max(peak, process.memory_info().rss)
    taken = time.perf_counter() - start
    print(
        f"{done:,} runs, {chosen.threads} threads: {taken:.0f} s, {taken / done * 1e6:.0f} us a run"
    )
    print(f"resident memory: {peak / 2**30:.2f} GiB at most; mean {total / done:.6g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
