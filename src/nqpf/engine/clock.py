"""Time: from control variables to step numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nqpf.errors import InputError

# Saved times and the last step may miss the grid by this part of a step, as in PySD.
SLACK = 1e-5
MAX_STEPS = 100_000_000  # a run of hours: a mistyped time step, not a wish
MAX_ROWS = 10_000_000
OTHER_TIMES = "the runs of an ensemble must save at the same times"


@dataclass(frozen=True)
class Clock:
    """When to step and when to save.

    ``rows``: step numbers that are saved; ``times``: ``start + number * step``, never summed up;
    ``end``: the time at which the last step ends.
    """

    start: float
    step: float
    steps: int
    rows: NDArray[np.int64]
    times: NDArray[np.float64]
    end: float


def make_clock(
    start: float,
    final: float,
    step: float,
    every: float,
    stamps: NDArray[np.float64] | None = None,
) -> Clock:
    """Return the clock of a run from ``start`` to ``final``, saving ``every`` or at ``stamps``.

    Raises
    ------
    InputError
        A step is not above zero, the steps are too many, or a stamp is not on the grid.
    """
    if not (np.isfinite([start, final, step, every]).all() and step > 0 and every > 0):
        raise InputError(
            f"the time axis makes no sense: INITIAL TIME {start:g}, FINAL TIME {final:g}, "
            f"TIME STEP {step:g}, SAVEPER {every:g}; steps must be above zero"
        )
    wished = float(np.ceil((final - start) / step - SLACK))
    if wished > MAX_STEPS:
        raise InputError(
            f"TIME STEP {step:g} makes {_counted(wished)} steps from {start:g} to {final:g}; "
            f"at most {MAX_STEPS:,} are run"
        )
    steps = max(0, int(wished))
    if final < start - SLACK * step:
        raise InputError(
            f"FINAL TIME {final:g} comes before INITIAL TIME {start:g}; there is nothing to run"
        )
    if stamps is None:
        if (final - start) / every > MAX_ROWS:
            raise InputError(
                f"SAVEPER {every:g} saves {_counted((final - start) / every)} times from {start:g} "
                f"to {final:g}; at most {MAX_ROWS:,} are kept: save less often"
            )
        count = int(np.floor((final - start) / every + SLACK)) + 1 if every > step * SLACK else 0
        wanted = start + every * np.arange(min(count, steps + 1))
    else:
        wanted = np.unique(np.asarray(stamps, dtype=float))
    exact = (wanted - start) / step
    rows = np.round(np.clip(exact, -1, steps + 1)).astype(np.int64)
    on_grid = (np.abs(exact - rows) <= SLACK) & (rows >= 0) & (rows <= steps)
    if stamps is not None and not on_grid.all():
        raise InputError(
            f"return_timestamps: {wanted[~on_grid][0]:g} is not one of the times {start:g}, "
            f"{start + step:g} ... {start + steps * step:g}"
        )
    rows = rows[on_grid]
    times = start + step * rows.astype(np.float64)
    return Clock(start, step, steps, rows, times, start + steps * step)


def _counted(number: float) -> str:
    return f"{number:,.0f}" if number < 1e18 else f"{number:.3g}"
