"""Sweeps: many runs of a model, kept in a store that an interruption does not harm."""

from nqpf.sweep.results import Sweep, open_sweep
from nqpf.sweep.run import Progress, Silent, Watcher, run_plan
from nqpf.sweep.spec import SweepSpec, make_spec, read_spec
from nqpf.sweep.whole import plan_sweep, sweep

__all__ = [
    "Progress",
    "Silent",
    "Sweep",
    "SweepSpec",
    "Watcher",
    "make_spec",
    "open_sweep",
    "plan_sweep",
    "read_spec",
    "run_plan",
    "sweep",
]
