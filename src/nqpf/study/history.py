"""How well a run reproduces the statistics: the table behind ``nqpf check``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from nqpf.errors import InputError, did_you_mean
from nqpf.study.statistics import Statistics
from nqpf.study.targets import Target

if TYPE_CHECKING:
    import xarray as xr

COLUMNS = (
    "target",
    "title",
    "element",
    "unit",
    "window",
    "n",
    "measure",
    "figure",
    "bar",
    "ok",
    "year",
    "observed",
    "simulated",
    "MAE",
    "MAPE",
    "RMSE",
    "R2",
    "UM",
    "US",
    "UC",
)

# A relative error below this is rounding, and its decomposition would be noise.
ROUNDING = 1e-9

_TRANSFORMED = {"growth": "% per year", "index": "index"}


def reproduce(
    dataset: xr.Dataset,
    statistics: Statistics,
    targets: Mapping[str, Target],
    lang: str = "en",
) -> pd.DataFrame:
    """Compare a run with the statistics, one row per target (and element of its range).

    A value of the model at time t stands for the statistic of year t.

    Parameters
    ----------
    dataset
        One run: variables by their names in the model, dims ``time`` (years) and subscript ranges.
    lang
        Language of the titles, ``en`` or ``zh``.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`: ``figure`` in the target's measure and ``ok`` whether it is within
        ``bar`` (None where there is no bar); ``year`` the last year compared, with its
        ``observed`` and ``simulated`` value; ``window`` first and last year compared, ``n`` the
        number of years; the statistics of `goodness_of_fit`.

    Raises
    ------
    InputError
        A target names a variable, series, unit or region that does not exist, or no year is common.
    """
    rows = [
        _row(key, target, pair, lang)
        for key, target in targets.items()
        for pair in _pairs(dataset, statistics, key, target)
    ]
    # Object, so that `ok` keeps its three values True, False and None whatever the targets.
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"ok": object})


def goodness_of_fit(observed: np.ndarray, simulated: np.ndarray) -> dict[str, float]:
    """Return the summary statistics of historical fit.

    ``MAE``, ``RMSE`` (unit of the data), ``MAPE`` (%), ``R2`` (squared correlation), and Theil's
    shares of the mean square error: ``UM`` unequal means (bias), ``US`` unequal variances, ``UC``
    unequal covariation; they sum to one. What is not defined (a single point, no variance, no
    error but rounding, an observed zero) is NaN.

    Parameters
    ----------
    observed, simulated
        Values of the same years, shape (n,), n >= 1.

    References
    ----------
    Sterman, J. D. (1984). Appropriate summary statistics for evaluating the historical fit of
    system dynamics models. Dynamica 10 (2), 51-66.
    """
    error = simulated - observed
    square = np.mean(error**2)
    spread_s, spread_o = np.std(simulated), np.std(observed)
    covariance = np.mean((simulated - simulated.mean()) * (observed - observed.mean()))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            "MAE": np.mean(np.abs(error)),
            "MAPE": 100 * np.mean(np.abs(error / observed)),
            "RMSE": np.sqrt(square),
            "R2": (covariance / (spread_s * spread_o)) ** 2,
            "UM": np.mean(error) ** 2 / square,
            "US": (spread_s - spread_o) ** 2 / square,
            "UC": 2 * (spread_s * spread_o - covariance) / square,
        }
    if len(observed) == 1:
        found["R2"] = np.nan
    if len(observed) == 1 or square <= (ROUNDING * np.max(np.abs(observed))) ** 2:
        found |= dict.fromkeys(("UM", "US", "UC"), np.nan)
    return {name: float(x) if np.isfinite(x) else np.nan for name, x in found.items()}


class _Pair(NamedTuple):
    """Observed and simulated values of the same years, in the unit of the statistic."""

    element: str
    years: list[int]
    observed: np.ndarray
    simulated: np.ndarray


def _row(key: str, target: Target, pair: _Pair, lang: str) -> dict[str, object]:
    fit = goodness_of_fit(pair.observed, pair.simulated)
    figure = fit["MAPE"] if target.value_year else fit[target.measure]
    first, last = pair.years[0], pair.years[-1]
    return {
        "target": key,
        "title": target.title.in_(lang),
        "element": pair.element,
        "unit": _TRANSFORMED.get(target.transform.partition(":")[0], target.unit),
        "window": f"{first}-{last}" if first < last else f"{last}",
        "n": len(pair.years),
        "measure": target.measure,
        "figure": figure,
        "bar": target.bar,
        "ok": None if target.bar is None else bool(figure <= target.bar),
        "year": last,
        "observed": float(pair.observed[-1]),
        "simulated": float(pair.simulated[-1]),
        **fit,
    }


def _pairs(
    dataset: xr.Dataset, statistics: Statistics, key: str, target: Target
) -> Iterator[_Pair]:
    at = f'target "{key}"'
    for element, simulated in _simulated(dataset, target, at):
        try:
            observed = statistics.series(target.series, element or None)
        except InputError as error:
            raise InputError(f"{at}: {error}") from None
        unit = observed.attrs["unit"]
        if unit != target.unit:
            raise InputError(f'{at}: series "{target.series}" is in "{unit}", not "{target.unit}".')
        observed = _transformed(observed, target.transform, at)
        simulated = _transformed(simulated / target.factor, target.transform, at)
        first, last = target.years
        years = [
            year for year in observed.index.intersection(simulated.index) if first <= year <= last
        ]
        if not years:
            raise InputError(
                f'{at}: no year from {first} to {last} is both in series "{target.series}"'
                f" ({observed.index[0]}-{observed.index[-1]}) and in the run"
                f" ({simulated.index[0]}-{simulated.index[-1]})."
            )
        yield _Pair(element, years, observed.loc[years].to_numpy(), simulated.loc[years].to_numpy())


def _simulated(dataset: xr.Dataset, target: Target, at: str) -> Iterator[tuple[str, pd.Series]]:
    """Yield each element asked for ('' for the nation) with the variable at whole years."""
    if target.name not in dataset:
        hint = did_you_mean(target.name, map(str, dataset))
        raise InputError(f'{at}: the model has no variable "{target.name}".{hint}')
    variable = dataset[target.name]
    unit = variable.attrs.get("units", target.model_unit)
    if unit != target.model_unit:
        raise InputError(f'{at}: "{target.name}" is in "{unit}", not "{target.model_unit}".')
    times = dataset["time"].to_numpy()
    whole = np.isclose(times, np.round(times), atol=1e-6)
    years = pd.Index(np.round(times[whole]).astype(int), name="year")
    ranges = [str(dim) for dim in variable.dims if dim != "time"]
    if not ranges and target.subscript is None:
        yield "", pd.Series(variable.to_numpy()[whole], index=years)
        return
    if len(ranges) != 1:
        has = f"the subscripts {', '.join(ranges)}; one is expected" if ranges else "no subscript"
        raise InputError(f'{at}: "{target.name}" has {has}.')
    if target.subscript == f"{ranges[0]}!":
        yield "", pd.Series(variable.sum(ranges[0]).to_numpy()[whole], index=years)
        return
    elements = [str(element) for element in dataset[ranges[0]].to_numpy()]
    wanted = elements if target.subscript == ranges[0] else [target.subscript]
    for element in wanted:
        if element not in elements:
            hint = did_you_mean(element or "", [*elements, *ranges])
            known = f"{ranges[0]} or one of {', '.join(elements)}"
            raise InputError(f'{at}: "{target.variable}" needs a subscript: {known}.{hint}')
        values = variable.sel({ranges[0]: element}).transpose("time").to_numpy()
        yield str(element), pd.Series(values[whole], index=years)


def _transformed(series: pd.Series, transform: str, at: str) -> pd.Series:
    kind, _, number = transform.partition(":")
    if kind == "growth":
        span = int(number or 1)
        before = series.reindex(series.index - span).to_numpy()
        growth = 100 * ((series / before) ** (1 / span) - 1)
        return growth.dropna()
    if kind == "index":
        if int(number) not in series.index:
            raise InputError(f"{at}: no value in {number} to refer the index to.")
        return 100 * series / series[int(number)]
    return series
