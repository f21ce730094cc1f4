"""How well a run reproduces the statistics: the table behind ``nqpf check``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nqpf.study.observations import Observation, observations
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

WINDOW = 5
"""Years of a window, counted from the first year compared."""

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
        _row(each, each.simulated(dataset), lang)
        for each in observations(dataset, statistics, targets)
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


def windows(years: np.ndarray, width: int = WINDOW) -> list[np.ndarray]:
    """Return which ``years`` lie in each window of ``width`` from the first; no window is empty."""
    number = (years - years[0]) // width
    return [number == each for each in np.unique(number)]


def _row(observation: Observation, simulated: np.ndarray, lang: str) -> dict[str, object]:
    target, years = observation.target, observation.years
    fit = goodness_of_fit(observation.observed, simulated)
    if target.value_year:
        figure = fit["MAPE"]
    elif target.window_years:
        error = simulated - observation.observed
        inside = windows(np.array(years), target.window_years)
        figure = float(max(abs(error[each].mean()) for each in inside))
    else:
        figure = fit[target.measure]
    first, last = years[0], years[-1]
    return {
        "target": observation.key,
        "title": target.title.in_(lang),
        "element": observation.element,
        "unit": _TRANSFORMED.get(target.transform.partition(":")[0], target.unit),
        "window": f"{first}-{last}" if first < last else f"{last}",
        "n": len(years),
        "measure": target.measure,
        "figure": figure,
        "bar": target.bar,
        "ok": None if target.bar is None else bool(figure <= target.bar),
        "year": last,
        "observed": float(observation.observed[-1]),
        "simulated": float(simulated[-1]),
        **fit,
    }
