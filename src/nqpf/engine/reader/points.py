"""Data between its points: every mode of a data variable is a table with straight segments.

A table may hold the same x twice: a vertical step, of which the later point counts at that x. So
values that are held, looked up ahead, or missing between points need no other machinery.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Literal

from nqpf.engine import ir
from nqpf.errors import InputError

# Vensim manual, Data Equations; interpolation is the default.
Mode = Literal["interpolate", "hold backward", "look forward", "raw"]
MODES: tuple[Mode, ...] = ("interpolate", "hold backward", "look forward", "raw")


# Times on the grid of steps miss a point by rounding: steps stand this part of the smallest gap
# before (hold backward) or behind (look forward) their point.
_SLACK = 1e-6


def mode_named(keyword: str | None) -> Mode:
    """Return the mode that a data variable's keyword names, in any case; none: the default."""
    if not keyword:
        return "interpolate"
    plain = keyword.replace("_", " ").strip(": ").lower()
    for mode in MODES:
        if plain == mode:
            return mode
    raise InputError(f'":{keyword}:" is no mode of a data variable; expected {", ".join(MODES)}')


def over_time(
    x: Sequence[float], y: Sequence[float], mode: Mode, *, outside: bool = True
) -> ir.Table:
    """Return the table of a data variable over time.

    Parameters
    ----------
    x, y
        The points, ``x`` rising.
    outside
        Whether the first and last values hold outside the points; raw data is missing there.
    """
    if not x:
        return ir.NO_TABLE
    gaps = [after - before for before, after in itertools.pairwise(x)]
    slack = _SLACK * min(gaps, default=max(1.0, abs(x[0])))
    points: list[tuple[float, float]] = []
    match mode:
        case "interpolate":
            points.extend(zip(x, y, strict=True))
        case "hold backward":
            points.append((x[0], y[0]))
            for i in range(1, len(x)):
                points += [(x[i] - slack, y[i - 1]), (x[i] - slack, y[i])]
            points.append((x[-1], y[-1]))
        case "look forward":
            points.append((x[0], y[0]))
            for i in range(1, len(x)):
                points += [(x[i - 1] + slack, y[i - 1]), (x[i - 1] + slack, y[i])]
            points.append((x[-1], y[-1]))
        case "raw":
            for at, value in zip(x, y, strict=True):
                low, high = at - slack, at + slack
                points += [(low, math.nan), (low, value), (high, value), (high, math.nan)]
    if not outside and mode != "raw":
        low, high = x[0] - slack, x[-1] + slack
        before = [(low, math.nan), (low, y[0])]
        points = [*before, *points, (high, y[-1]), (high, math.nan)]
    if len(points) == 1:
        points *= 2  # a segment has two ends
    return ir.Table(tuple(p for p, _ in points), tuple(value for _, value in points))
