"""How well a calibration meets the series: statistics of fit, rivals, windows, bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nqpf.calibrate.posterior import Values, simulated_with_error
from nqpf.study.draws import QUANTILES
from nqpf.study.history import WINDOW, goodness_of_fit, windows
from nqpf.study.observations import Observation

BANDS = (0.5, 0.9)


def fit_table(
    observations: Sequence[Observation], best: Sequence[Values], bands: Sequence[Values]
) -> pd.DataFrame:
    """Return one row a series: fit of the best run, share of points within the bands, rivals.

    ``bias``: mean error in % of each window of five years, as text; ``random walk`` and ``trend``:
    MAPE of two rivals that may see all the data: the value of the year before, a straight line.

    Parameters
    ----------
    best
        Simulated values of the best fit, (years,) a series.
    bands
        Draws of what could be observed, (draws, years) a series.
    """
    rows = []
    for each, simulated, band in zip(observations, best, bands, strict=True):
        inside = {
            f"within {share:.0%}": float(np.mean(_within(each.observed, band, share)))
            for share in BANDS
        }
        rows.append(
            {
                "target": each.key,
                "element": each.element,
                "n": len(each.years),
                "years": f"{each.years[0]}-{each.years[-1]}",
                **goodness_of_fit(each.observed, simulated),
                **inside,
                "bias": _bias(each, simulated),
                **_rivals_that_know(each),
            }
        )
    return pd.DataFrame(rows)


def window_table(observations: Sequence[Observation], best: Sequence[Values]) -> pd.DataFrame:
    """Return one row a series and window of five years.

    ``first``, ``last``: years compared; ``n``: how many; ``bias``: mean error in %; ``growth``:
    growth of the run less that of the data, points a year from the first year to the first one of
    the next window, NaN where the data have only one of the two.
    """
    rows = []
    for each, simulated in zip(observations, best, strict=True):
        years = np.array(each.years)
        for inside in windows(years):
            error = 100 * (simulated[inside] / each.observed[inside] - 1)
            here = years[inside]
            row = {"target": each.key, "element": each.element}
            row |= {"first": int(here[0]), "last": int(here[-1]), "n": len(here)}
            growth = _growth(each, simulated, inside)
            rows.append(row | {"bias": float(error.mean()), "growth": growth})
    return pd.DataFrame(rows)


def series_table(
    observations: Sequence[Observation],
    best: Sequence[Values],
    simulated: Sequence[Values],
    bands: Sequence[Values],
) -> pd.DataFrame:
    """Return one row a series and year, in the unit of the statistic: what a chart of fit shows.

    ``observed``, ``best``; ``model 5%`` to ``model 95%``: quantiles of the runs of the draws;
    ``data 5%`` to ``data 95%``: of what could be observed, with errors of the error model.
    """
    parts = []
    for each, one, runs, drawn in zip(observations, best, simulated, bands, strict=True):
        columns = {"target": each.key, "element": each.element, "unit": each.target.unit}
        columns |= {"year": each.years, "observed": each.observed, "best": one}
        for name, values in (("model", runs), ("data", drawn)):
            found = np.quantile(values, QUANTILES, axis=0)
            columns |= {f"{name} {q:.0%}": row for q, row in zip(QUANTILES, found, strict=True)}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def coverage(table: pd.DataFrame, share: float) -> float:
    """Return the share of all points of a table of `fit_table` within the band."""
    return float(np.average(table[f"within {share:.0%}"], weights=table["n"]))


def rivals(observation: Observation, split: int) -> dict[str, float]:
    """Return the MAPE after ``split`` of two naive forecasts made from the years up to it.

    Random walk: the last value stays. Trend: a straight line through the years up to ``split``.
    """
    years = np.array(observation.years, dtype=float)
    before = years <= split
    if before.sum() < 2 or before.all():
        return {"random walk": np.nan, "trend": np.nan}
    y = observation.observed
    slope, level = np.polyfit(years[before], y[before], 1)
    return {
        "random walk": _mape(np.full((~before).sum(), y[before][-1]), y[~before]),
        "trend": _mape(level + slope * years[~before], y[~before]),
    }


def bands(
    observations: Sequence[Observation], simulated: Sequence[Values], seed: int
) -> list[Values]:
    """Return draws of what could be observed: runs with errors of the error model."""
    rng = np.random.default_rng(seed)
    return [
        simulated_with_error(each, values, rng)
        for each, values in zip(observations, simulated, strict=True)
    ]


def _within(observed: Values, drawn: Values, share: float) -> np.ndarray:
    low, high = np.quantile(drawn, ((1 - share) / 2, (1 + share) / 2), axis=0)
    return (observed >= low) & (observed <= high)


def _rivals_that_know(observation: Observation) -> dict[str, float]:
    years, y = np.array(observation.years, dtype=float), observation.observed
    if len(y) < 3:
        return {"random walk": np.nan, "trend": np.nan}
    slope, level = np.polyfit(years, y, 1)
    return {"random walk": _mape(y[:-1], y[1:]), "trend": _mape(level + slope * years, y)}


def _mape(forecast: Values, observed: Values) -> float:
    return float(np.mean(np.abs(forecast / observed - 1)) * 100)


def _growth(observation: Observation, simulated: Values, inside: np.ndarray) -> float:
    years = np.array(observation.years)
    first = int(np.flatnonzero(inside)[0])
    end = np.flatnonzero(years <= years[first] + WINDOW)[-1]
    if end == first or min(observation.observed.min(), simulated.min()) <= 0:
        return float("nan")
    gain = np.log(simulated[end] / simulated[first])
    gain -= np.log(observation.observed[end] / observation.observed[first])
    return float(100 * gain / (years[end] - years[first]))


def _bias(observation: Observation, simulated: Values) -> str:
    error = 100 * (simulated / observation.observed - 1)
    found = windows(np.array(observation.years))
    firsts = [observation.years[np.flatnonzero(each)[0]] for each in found]
    means = [f"{k}: {error[each].mean():+.1f}" for k, each in zip(firsts, found, strict=True)]
    return ", ".join(means)
