"""What a sweep will take, before it is begun: runs, bytes, minutes."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nqpf.errors import InputError
from nqpf.study.toml import shown
from nqpf.sweep.store import RECORD, SAMPLES
from nqpf.sweep.work import Done, Worker

if TYPE_CHECKING:
    from nqpf.engine import Model
    from nqpf.sweep.plan import Plan

TRIAL = 2048
"""Runs that are tried: a quarter of a second, and enough for every thread."""

BEARABLE = 0.9
"""Share of a disk that may be filled."""


@dataclass(frozen=True)
class Estimate:
    """What a sweep takes on this machine; ``size`` and ``free`` in bytes."""

    runs: int
    chunks: int
    raw: int
    size: int
    free: int
    seconds: float


def estimate(plan: Plan, model: Model, out: Path) -> Estimate:
    """Try a few runs and reckon with what they took and how small they became."""
    worker = Worker(plan, model)
    trial = min(TRIAL, plan.chunk)
    frame, samples = plan.frame(0, trial)
    names = [each.name for each in plan.kept]
    model.ensemble(frame, names)  # compiled, and the processor warm
    began = time.perf_counter()
    data = model.ensemble(frame, names)
    took = time.perf_counter() - began
    packed = worker.pack(Done(0, data, samples))
    bytes_ = sum(map(len, packed.files.values())) + len(packed.samples)
    return Estimate(
        runs=plan.runs,
        chunks=plan.chunks,
        raw=plan.run_bytes * plan.runs,
        size=int(bytes_ / trial * plan.runs),
        free=free_at(out),
        seconds=took / trial * plan.runs,
    )


def free_at(out: Path) -> int:
    """Return the bytes that are free where a folder is, or will be."""
    place = out.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def require_space(found: Estimate, out: Path) -> None:
    """Refuse a sweep whose rest the disk cannot hold."""
    there = len(list((out / SAMPLES).glob("*.parquet"))) if (out / RECORD).exists() else 0
    rest = found.size * max(0.0, 1 - there / found.chunks)
    if rest > BEARABLE * found.free:
        raise InputError(
            f"{shown(out)}: {found.runs:,} runs need about {in_bytes(rest)} more, "
            f"{in_bytes(found.free)} are free; keep fewer variables or years, take fewer samples, "
            "or another disk with --out."
        )


def in_bytes(count: float) -> str:
    """Return a number of bytes as a reader writes it."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:,.1f} TiB"
