"""What a run is held against: a target's observed values, and the model's values beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqpf.errors import InputError, did_you_mean
from nqpf.study.statistics import Statistics
from nqpf.study.targets import Target

if TYPE_CHECKING:
    import xarray as xr

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Observation:
    """Observed values of one target, or of one element of its range.

    Attributes
    ----------
    key, target, element
        Which target; ``element`` is "" for the nation.
    years
        Years compared, ascending.
    observed
        Values of these years, in the unit of the statistic, transformed as the target says.
    """

    key: str
    target: Target
    element: str
    years: tuple[int, ...]
    observed: Values

    def simulated(self, dataset: xr.Dataset) -> Values:
        """Return the model's values of the same years, in the unit of the statistic.

        Shape (years,), or (run, years) if ``dataset`` has the dimension ``run``.
        """
        series = _simulated(dataset, self.target, self.element) / self.target.factor
        years, values = _at_years(dataset, series)
        values = _transformed(values, years, self.target.transform, f'target "{self.key}"')
        return values[..., np.searchsorted(years, self.years)]


def observations(
    dataset: xr.Dataset, statistics: Statistics, targets: Mapping[str, Target]
) -> list[Observation]:
    """Pair targets with statistics.

    Parameters
    ----------
    dataset
        A run, which says what variables, units, elements and years there are.

    Raises
    ------
    InputError
        A target names a variable, series, unit or region that does not exist, or no year is common.
    """
    return [
        found
        for key, target in targets.items()
        for found in _observations(dataset, statistics, key, target)
    ]


def _observations(
    dataset: xr.Dataset, statistics: Statistics, key: str, target: Target
) -> Iterator[Observation]:
    at = f'target "{key}"'
    for element in _elements(dataset, target, at):
        try:
            observed = statistics.series(target.series, element or None)
        except InputError as error:
            raise InputError(f"{at}: {error}") from None
        unit = observed.attrs["unit"]
        if unit != target.unit:
            raise InputError(f'{at}: series "{target.series}" is in "{unit}", not "{target.unit}".')
        span = np.arange(observed.index[0], observed.index[-1] + 1)
        whole = observed.reindex(span).to_numpy(dtype=float)
        values = pd.Series(_transformed(whole, span, target.transform, at), index=span).dropna()
        years, own = _at_years(dataset, _simulated(dataset, target, element))
        known = years[
            np.isfinite(np.atleast_2d(_transformed(own, years, target.transform, at))).any(axis=0)
        ]
        first, last = target.years
        common = [year for year in values.index.intersection(known) if first <= year <= last]
        if not common:
            raise InputError(
                f'{at}: no year from {first} to {last} is both in series "{target.series}"'
                f" ({span[0]}-{span[-1]}) and in the run ({years[0]}-{years[-1]})."
            )
        yield Observation(key, target, element, tuple(common), values.loc[common].to_numpy())


def _elements(dataset: xr.Dataset, target: Target, at: str) -> list[str]:
    """Return each element asked for, "" for the nation."""
    if target.name not in dataset:
        hint = did_you_mean(target.name, map(str, dataset))
        raise InputError(f'{at}: the model has no variable "{target.name}".{hint}')
    variable = dataset[target.name]
    unit = variable.attrs.get("units", target.model_unit)
    if unit != target.model_unit:
        raise InputError(f'{at}: "{target.name}" is in "{unit}", not "{target.model_unit}".')
    ranges = [str(dim) for dim in variable.dims if dim not in ("time", "run")]
    if not ranges and target.subscript is None:
        return [""]
    if len(ranges) != 1:
        has = f"the subscripts {', '.join(ranges)}; one is expected" if ranges else "no subscript"
        raise InputError(f'{at}: "{target.name}" has {has}.')
    if target.subscript == f"{ranges[0]}!":
        return [""]
    elements = [str(element) for element in dataset[ranges[0]].to_numpy()]
    if target.subscript == ranges[0]:
        return elements
    if target.subscript not in elements:
        hint = did_you_mean(target.subscript or "", [*elements, *ranges])
        known = f"{ranges[0]} or one of {', '.join(elements)}"
        raise InputError(f'{at}: "{target.variable}" needs a subscript: {known}.{hint}')
    return [target.subscript]


def _simulated(dataset: xr.Dataset, target: Target, element: str) -> Values:
    """Return the variable at the element, or its sum over the range: (run x) time.

    In plain arrays, because calibration asks for it at every step of its chains.
    """
    variable = dataset.variables[target.name]
    ranges = [str(dim) for dim in variable.dims if dim not in ("time", "run")]
    values = np.asarray(variable.values, dtype=np.float64)
    dims = [dim for dim in variable.dims if dim not in ranges]
    if ranges:
        axis = variable.dims.index(ranges[0])
        if element:
            place = list(dataset.indexes[ranges[0]]).index(element)
            values = np.take(values, [place], axis).squeeze(axis)
        else:
            values = np.asarray(values.sum(axis), dtype=np.float64)
    return values.T if dims == ["time", "run"] else values


def _at_years(dataset: xr.Dataset, own: Values) -> tuple[NDArray[np.int64], Values]:
    """Return every year of the run and the values (..., time) in them, NaN where none is saved."""
    times = dataset.variables["time"].values
    rounded = np.round(times)
    whole = np.abs(times - rounded) <= 1e-6
    saved = rounded[whole].astype(np.int64)
    years = np.arange(saved[0], saved[-1] + 1)
    values = np.full((*own.shape[:-1], len(years)), np.nan)
    values[..., saved - saved[0]] = own[..., whole]
    return years, values


def _transformed(values: Values, years: NDArray[np.int64], transform: str, at: str) -> Values:
    """Transform along the last axis, whose years ascend one by one; NaN where not defined."""
    kind, _, number = transform.partition(":")
    if kind == "growth":
        span = int(number or 1)
        result = np.full(values.shape, np.nan)
        ratio = values[..., span:] / values[..., :-span]
        result[..., span:] = 100 * (ratio ** (1 / span) - 1)
        return result
    if kind == "index":
        if int(number) not in years:
            raise InputError(f"{at}: no value in {number} to refer the index to.")
        return 100 * values / values[..., years == int(number)]
    return values
