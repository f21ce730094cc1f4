"""What a calibration found, as tables and in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nqpf.calibrate.posterior import Values, simulated_with_error
from nqpf.calibrate.sample import Chains
from nqpf.study.history import goodness_of_fit
from nqpf.study.observations import Observation
from nqpf.study.parameters import Parameter

# Posterior over prior standard deviation: above the first the data say nothing of a parameter,
# above the second little.
NOTHING, LITTLE = 0.9, 0.7
TANGLED = 0.7  # correlation above which two parameters cannot be told apart
WINDOW = 5  # years

Finding = tuple[str, dict[str, object]]
"""A key of the texts and its figures."""


def parameter_table(parameters: Sequence[Parameter], best: Values, chains: Chains) -> pd.DataFrame:
    """Return one row a parameter: before, best, after, and what the data say of it.

    ``ratio``: standard deviation after over before; ``with``, ``correlation``: the parameter that
    it is most correlated with after.
    """
    draws = chains.draws.reshape(-1, len(parameters))
    correlation = np.atleast_2d(np.corrcoef(draws.T))
    np.fill_diagonal(correlation, 0.0)
    other = np.abs(correlation).argmax(axis=1)
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95), axis=0)
    rows = []
    for k, each in enumerate(parameters):
        ratio = draws[:, k].std() / each.spread
        strongest = float(correlation[k, other[k]])
        rows.append(
            {
                "parameter": each.name,
                "unit": each.unit,
                "kind": each.kind,
                "file": each.value,
                "best": best[k],
                "prior sd": each.spread,
                "median": middle[k],
                "5%": low[k],
                "95%": high[k],
                "ratio": ratio,
                "with": parameters[other[k]].name if len(parameters) > 1 else "",
                "correlation": strongest,
                "r_hat": chains.r_hat[k],
                "ess_bulk": chains.ess_bulk[k],
                "ess_tail": chains.ess_tail[k],
                "data": "nothing" if ratio > NOTHING else "little" if ratio > LITTLE else "much",
            }
        )
    return pd.DataFrame(rows)


def words(table: pd.DataFrame) -> list[Finding]:
    """Return what the data cannot tell, each a key of the texts with its figures."""
    found: list[Finding] = []
    for level in ("nothing", "little"):
        names = table.loc[table["data"] == level, "parameter"].tolist()
        if names:
            found.append((level, {"names": names}))
    seen: set[frozenset[str]] = set()
    for row in table.to_dict(orient="records"):
        one, other, correlation = row["parameter"], row["with"], row["correlation"]
        if abs(correlation) > TANGLED and frozenset((one, other)) not in seen:
            seen.add(frozenset((one, other)))
            found.append(("tangled", {"one": one, "other": other, "correlation": correlation}))
    return found


def fit_table(
    observations: Sequence[Observation], best: Sequence[Values], bands: Sequence[Values]
) -> pd.DataFrame:
    """Return one row a series: fit of the best run, share of points within the bands, rivals.

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
            share: float(
                np.mean(
                    (each.observed >= np.quantile(band, (1 - share) / 2, axis=0))
                    & (each.observed <= np.quantile(band, (1 + share) / 2, axis=0))
                )
            )
            for share in (0.5, 0.9)
        }
        rows.append(
            {
                "target": each.key,
                "element": each.element,
                "n": len(each.years),
                "years": f"{each.years[0]}-{each.years[-1]}",
                **goodness_of_fit(each.observed, simulated),
                "within 50%": inside[0.5],
                "within 90%": inside[0.9],
                "bias": _bias(each, simulated),
            }
        )
    return pd.DataFrame(rows)


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
    after = y[~before]
    walk = np.full(after.shape, y[before][-1])
    return {
        "random walk": float(np.mean(np.abs(walk / after - 1)) * 100),
        "trend": float(np.mean(np.abs((level + slope * years[~before]) / after - 1)) * 100),
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


def _bias(observation: Observation, simulated: Values) -> str:
    """Return the mean error in % of each window of five years, as text."""
    years = np.array(observation.years)
    error = 100 * (simulated / observation.observed - 1)
    found = []
    for first in range(int(years[0]) // WINDOW * WINDOW, int(years[-1]) + 1, WINDOW):
        inside = (years >= first) & (years < first + WINDOW)
        if inside.any():
            found.append(f"{first}: {error[inside].mean():+.1f}")
    return ", ".join(found)
