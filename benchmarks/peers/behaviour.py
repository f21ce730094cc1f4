"""What a tool makes of a model, and how far two of them are apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks import suite
from nqpf.engine.names import canonical, split_subscripts

# Peers compute in double precision; what is left is the order of additions, libraries of functions
# and, where values nearly cancel, the last digits of what they cancel from.
AGREE = 1e-8
# Differences below this are rounding, whatever the size of the series: sin(pi) is 1.2e-16.
NOTHING = 1e-12


@dataclass(frozen=True)
class Behaviour:
    """``values``: label of an element (see `label`) -> its values, one a time of ``times``."""

    times: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Apart:
    """The element of a variable that differs most: by how much, relative to its largest value."""

    element: str
    relative: float
    time: float
    ours: float
    theirs: float

    @property
    def variable(self) -> str:
        return self.element.partition("[")[0]


@dataclass(frozen=True)
class Comparison:
    """``common``: elements compared; ``times``: how many; ``apart``: one a variable, worst first.

    ``only_ours``: elements of the engine that the peer does not show.
    """

    common: int
    only_ours: int
    times: int
    apart: tuple[Apart, ...] = ()


def label(name: str) -> str:
    """Return ``Name[East, L 1]`` as all tools may be compared: ``name[east,l_1]``."""
    stem, subscripts = split_subscripts(name)
    inside = ",".join(map(canonical, subscripts))
    return f"{canonical(stem)}[{inside}]" if subscripts else canonical(stem)


def compare(ours: Behaviour, theirs: Behaviour) -> Comparison:
    """Compare every common element at every common time."""
    at, there = _common_times(ours.times, theirs.times, 1e-6)
    common = [name for name in ours.values if name in theirs.values]
    worst: dict[str, Apart] = {}
    for name in common:
        found = _apart(name, ours.times[at], ours.values[name][at], theirs.values[name][there])
        if found is None:
            continue
        known = worst.get(found.variable)
        if known is None or found.relative > known.relative:
            worst[found.variable] = found
    apart = tuple(sorted(worst.values(), key=lambda each: -each.relative))
    return Comparison(len(common), len(ours.values) - len(common), len(at), apart)


def departures(stored: Behaviour, found: Behaviour) -> int:
    """Return how many elements depart from a stored output, by the suite's own rule.

    An element that a tool does not show does not count. Times are stored with four digits or more.
    """
    at, there = _common_times(stored.times, found.times, 5e-4)
    count = 0
    for name in stored.values.keys() & found.values.keys():
        want, have = stored.values[name][at], found.values[name][there]
        close = np.abs(want - have) <= suite.ATOL + suite.RTOL * np.abs(have)
        count += not (close | (np.isnan(want) & np.isnan(have))).all()
    return count


def _common_times(ours: NDArray[np.float64], theirs: NDArray[np.float64], apart: float):
    """Return where times stand that both have saved, up to ``apart``."""
    if not len(theirs):
        return np.array([], int), np.array([], int)
    nearest = np.abs(ours[:, None] - theirs[None, :]).argmin(axis=1)
    close = np.isclose(ours, theirs[nearest], rtol=1e-9, atol=apart)
    return np.flatnonzero(close), nearest[close]


def _apart(
    name: str,
    times: NDArray[np.float64],
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64],
) -> Apart | None:
    """Return where a series differs most, None if nowhere by more than rounding."""
    with np.errstate(invalid="ignore", over="ignore"):
        absolute = np.abs(ours - theirs)
        absolute[(ours == theirs) | (np.isnan(ours) & np.isnan(theirs))] = 0.0
    # What is a number on one side only.
    absolute[np.isnan(absolute)] = np.inf
    finite = np.concatenate([ours, theirs])
    size = np.abs(finite[np.isfinite(finite)]).max(initial=0.0)
    k = int(absolute.argmax()) if len(absolute) else 0
    if not len(absolute) or absolute[k] <= max(NOTHING, AGREE * size):
        return None
    relative = float(absolute[k] / size) if size else np.inf
    # Where a difference begins says more than where it is largest.
    first = int((absolute > max(NOTHING, AGREE * size)).argmax())
    return Apart(name, relative, float(times[first]), float(ours[k]), float(theirs[k]))
