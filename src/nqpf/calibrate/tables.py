"""What a calibration found of the parameters, as tables and in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nqpf.calibrate.posterior import Values
from nqpf.calibrate.sample import Chains
from nqpf.study.parameters import Parameter

# Posterior over prior standard deviation: above the first the data say nothing of a parameter,
# above the second little.
NOTHING, LITTLE = 0.9, 0.7
TANGLED = 0.7  # correlation above which two parameters cannot be told apart
OTHERS = 3  # strongest correlations of a parameter that the table holds

Finding = tuple[str, dict[str, object]]
"""A key of the texts and its figures."""


def parameter_table(parameters: Sequence[Parameter], best: Values, chains: Chains) -> pd.DataFrame:
    """Return one row a parameter: before, best, after, and what the data say of it.

    ``ratio``: standard deviation after over before; ``with``, ``correlation``: the parameter that
    it is most correlated with after; ``with 2``, ``correlation 2`` and so on: the next ones.
    """
    draws = chains.draws.reshape(-1, len(parameters))
    correlation = correlations(parameters, chains).to_numpy(copy=True)
    np.fill_diagonal(correlation, 0.0)
    others = np.argsort(-np.abs(correlation), axis=1)[:, : min(OTHERS, len(parameters) - 1)]
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95), axis=0)
    rows = []
    for k, each in enumerate(parameters):
        ratio = draws[:, k].std() / each.spread
        strongest: dict[str, object] = {}
        for number, other in enumerate(others[k], 1):
            end = "" if number == 1 else f" {number}"
            strongest |= {
                f"with{end}": parameters[other].name,
                f"correlation{end}": float(correlation[k, other]),
            }
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
                **strongest,
                "r_hat": chains.r_hat[k],
                "ess_bulk": chains.ess_bulk[k],
                "ess_tail": chains.ess_tail[k],
                "data": "nothing" if ratio > NOTHING else "little" if ratio > LITTLE else "much",
            }
        )
    return pd.DataFrame(rows)


def correlations(parameters: Sequence[Parameter], chains: Chains) -> pd.DataFrame:
    """Return the correlation of each parameter with each other after the data, named both ways."""
    names = [each.name for each in parameters]
    draws = chains.draws.reshape(-1, len(parameters))
    return pd.DataFrame(np.atleast_2d(np.corrcoef(draws.T)), names, names)


def density_table(
    parameters: Sequence[Parameter], chains: Chains, points: int = 101
) -> pd.DataFrame:
    """Return densities before and after the data, per unit of the parameter, over its bounds.

    Columns ``parameter``, ``unit``, ``value``, ``prior``, ``posterior``; the posterior's is a
    kernel estimate, reflected at the bounds.
    """
    from scipy.stats import gaussian_kde

    draws = chains.draws.reshape(-1, len(parameters))
    few = draws[:: max(1, len(draws) // 5000)]
    parts = []
    for k, each in enumerate(parameters):
        value = np.linspace(each.low, each.high, points)
        prior = np.exp(each.log_density(value))
        kernel = gaussian_kde(few[:, k])
        after = kernel(value) + kernel(2 * each.low - value) + kernel(2 * each.high - value)
        columns = {"parameter": each.name, "unit": each.unit, "value": value}
        columns |= {"prior": prior / np.trapezoid(prior, value), "posterior": after}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def with_intervals(table: pd.DataFrame, intervals: pd.DataFrame) -> pd.DataFrame:
    """Add the ends of the profiles' intervals: ``profile low``, ``profile high``, ``bounded``."""
    names = {"low": "profile low", "high": "profile high"}
    return table.merge(intervals.rename(columns=names), on="parameter", how="left")


def words(table: pd.DataFrame) -> list[Finding]:
    """Return what the data cannot tell, each a key of the texts with its figures."""
    found: list[Finding] = []
    for level in ("nothing", "little"):
        names = table.loc[table["data"] == level, "parameter"].tolist()
        if names:
            found.append((level, {"names": names}))
    if "bounded" in table:
        for sides, key in enumerate(("bounded nowhere", "bounded once", "bounded twice")):
            names = table.loc[table["bounded"] == sides, "parameter"].tolist()
            if names:
                found.append((key, {"names": names}))
    seen: set[frozenset[str]] = set()
    for row in table.to_dict(orient="records"):
        if "with" not in row:
            continue
        one, other, correlation = row["parameter"], row["with"], row["correlation"]
        if abs(correlation) > TANGLED and frozenset((one, other)) not in seen:
            seen.add(frozenset((one, other)))
            found.append(("tangled", {"one": one, "other": other, "correlation": correlation}))
    return found
