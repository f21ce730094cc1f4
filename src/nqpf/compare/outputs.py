"""Two sets of runs side by side: which outputs moved, by how much, when first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nqpf.engine.names import canonical
from nqpf.errors import InputError
from nqpf.study.results import columns

if TYPE_CHECKING:
    import xarray as xr

# Times closer than this part of a time unit are one time; files keep them as floating point.
SAME_TIME = 6  # decimals

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Movement:
    """One output of one scenario that is no longer what it was.

    ``output`` is its name in the newer results, ``formerly`` in the older where that differs.
    Differences are new - old: ``largest`` in the output's unit at the time ``largest_at``;
    ``relative`` is its size as a part of the greatest value that the output takes in either, so
    that a course through zero does not make it boundless; infinite where only one side is a
    number. ``old`` and ``new`` are the values at the last common time, ``first`` is the first
    common time at which they differ by more than the tolerance.
    """

    scenario: str
    output: str
    formerly: str | None
    unit: str
    largest: float
    largest_at: float
    relative: float
    old: float
    new: float
    first: float

    @property
    def at_end(self) -> float:
        """Difference at the last common time."""
        return self.new - self.old


@dataclass(frozen=True)
class Coverage:
    """What could be compared: names on one side only, and the times of both sides.

    Times are (first, last, how many); ``times`` are those that both have.
    """

    scenarios: tuple[str, ...]
    outputs: int
    times: tuple[float, float, int]
    old_times: tuple[float, float, int]
    new_times: tuple[float, float, int]
    only_old: tuple[str, ...] = ()
    only_new: tuple[str, ...] = ()
    scenarios_only_old: tuple[str, ...] = ()
    scenarios_only_new: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outputs:
    """What moved, the largest relative difference first; and what could be compared at all."""

    movements: tuple[Movement, ...]
    coverage: Coverage


def compare_runs(
    old: xr.Dataset, new: xr.Dataset, tolerance: float, renamed: Mapping[str, str] | None = None
) -> Outputs:
    """Compare every output of two datasets at the times and in the scenarios that both have.

    Parameters
    ----------
    old, new
        Dims scenario, time, subscripts.
    tolerance
        Two values are the same if they differ by no more than this part of the greatest value
        that the output takes in either run.
    renamed
        Old name -> new name of variables that are the same under another name.

    Raises
    ------
    InputError
        No scenario, no time or no variable is common.
    """
    scenarios, places = _common_scenarios(old, new)
    times, moments = _common_times(old, new)
    before = _named(old, {canonical(k): v for k, v in (renamed or {}).items()})
    after = _named(new, {})
    both = [key for key in after if key in before]
    if not both:
        raise InputError("the two have no variable in common: not versions of one model")
    movements: list[Movement] = []
    for key in both:
        (name, unit, values), (earlier, _, earlier_values) = after[key], before[key]
        pair = [
            values_[chosen][:, when]
            for values_, chosen, when in zip((earlier_values, values), places, moments, strict=True)
        ]
        formerly = None if canonical(earlier) == canonical(name) else earlier
        movements += _moved(pair[0], pair[1], scenarios, times, tolerance, name, formerly, unit)
    movements.sort(key=lambda each: (-each.relative, each.output, each.scenario))
    return Outputs(
        tuple(movements),
        Coverage(
            scenarios=tuple(scenarios),
            outputs=len(both),
            times=_span(times),
            old_times=_span(_times(old)),
            new_times=_span(_times(new)),
            only_old=tuple(name for key, (name, _, _) in before.items() if key not in after),
            only_new=tuple(name for key, (name, _, _) in after.items() if key not in before),
            scenarios_only_old=_others(old, scenarios),
            scenarios_only_new=_others(new, scenarios),
        ),
    )


def _common_scenarios(
    old: xr.Dataset, new: xr.Dataset
) -> tuple[list[str], tuple[list[int], list[int]]]:
    first, second = _scenarios(old), _scenarios(new)
    common = [name for name in second if name in first]
    if not common:
        raise InputError(
            f"no scenario is in both: {', '.join(first)} on one side, {', '.join(second)} on the "
            "other"
        )
    return common, ([first.index(name) for name in common], [second.index(name) for name in common])


def _common_times(
    old: xr.Dataset, new: xr.Dataset
) -> tuple[Values, tuple[NDArray[np.intp], NDArray[np.intp]]]:
    first, second = _times(old), _times(new)
    times, left, right = np.intersect1d(first, second, return_indices=True)
    if not times.size:
        raise InputError(
            f"no saved time is in both: {_said(first)} on one side, {_said(second)} on the other"
        )
    return np.asarray(times, dtype=np.float64), (left, right)


def _times(data: xr.Dataset) -> Values:
    return np.asarray(np.round(data["time"].to_numpy(), SAME_TIME), dtype=np.float64)


def _scenarios(data: xr.Dataset) -> list[str]:
    return [str(name) for name in data["scenario"].to_numpy()]


def _others(data: xr.Dataset, common: list[str]) -> tuple[str, ...]:
    return tuple(name for name in _scenarios(data) if name not in common)


def _named(data: xr.Dataset, renamed: Mapping[str, str]) -> dict[str, tuple[str, str, Values]]:
    """Return (name, unit, values scenario by time) of every output, by the name to match by."""
    found: dict[str, tuple[str, str, Values]] = {}
    for name, unit, values in _columns(data):
        stem, bracket, rest = name.partition("[")
        matched = renamed.get(canonical(stem), stem) + bracket + rest
        found[canonical(matched)] = name, unit, values
    return found


def _columns(data: xr.Dataset) -> Iterator[tuple[str, str, Values]]:
    for name in data.data_vars:
        variable = data[name]
        if {"scenario", "time"} <= set(variable.dims) and variable.dtype.kind in "buif":
            unit = str(variable.attrs.get("units", ""))
            for column, values in columns(data[[name]]):
                yield column, unit, values.astype(float)


def _moved(
    old: Values,
    new: Values,
    scenarios: list[str],
    times: Values,
    tolerance: float,
    name: str,
    formerly: str | None,
    unit: str,
) -> Iterator[Movement]:
    """Yield the scenarios in which an output differs; ``old``, ``new``: scenario by time."""
    with np.errstate(invalid="ignore", over="ignore"):
        difference = new - old
    same = (old == new) | (np.isnan(old) & np.isnan(new))
    difference[same] = 0.0
    size = np.where(np.isnan(difference), np.inf, np.abs(difference))
    sound = np.where(np.isfinite(old), np.abs(old), 0.0)
    sound = np.maximum(sound, np.where(np.isfinite(new), np.abs(new), 0.0))
    scale = sound.max(axis=1)
    beyond = size > tolerance * scale[:, np.newaxis]
    for place in np.flatnonzero(beyond.any(axis=1)).tolist():
        worst = int(size[place].argmax())
        yield Movement(
            scenario=scenarios[place],
            output=name,
            formerly=formerly,
            unit=unit,
            largest=float(difference[place, worst]),
            largest_at=float(times[worst]),
            relative=float(size[place, worst] / scale[place]) if scale[place] else float("inf"),
            old=float(old[place, -1]),
            new=float(new[place, -1]),
            first=float(times[int(beyond[place].argmax())]),
        )


def _span(times: Values) -> tuple[float, float, int]:
    return float(times[0]), float(times[-1]), len(times)


def _said(times: Values) -> str:
    first, last, count = _span(times)
    return f"{count} times from {first:g} to {last:g}"
