"""Profile likelihoods: a parameter is held at value after value, the others are fitted again.

All values of all parameters are optimised side by side, a step of all of them one ensemble.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from nqpf.calibrate.fit import STEP, Fit
from nqpf.calibrate.posterior import Posterior, Values
from nqpf.calibrate.texts import Tell, silent

LEVEL = 0.95
DROP = float(chi2.ppf(LEVEL, 1)) / 2  # of the log likelihood, at the ends of the interval
WIDTHS = (-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)  # standard deviations round the best fit
MOST = 40
ENOUGH = 1e-3  # change of cost below which an optimisation is done
AT_ONCE = 4096  # runs of one ensemble


@dataclass(frozen=True)
class _Search:
    """Optimisations side by side: where each is and what it costs; which parameters may move."""

    x: Values
    residuals: Values
    free: np.ndarray  # bool (searches, parameters)

    @property
    def cost(self) -> Values:
        return 0.5 * (self.residuals**2).sum(axis=1)


def profiles(posterior: Posterior, fit: Fit, tell: Tell = silent) -> pd.DataFrame:
    """Return the profile of every parameter that was fitted.

    Returns
    -------
    One row a parameter and value, values ascending: ``parameter``, ``unit``, ``value``;
    ``log_posterior``: what the best fit loses with the parameter held there, the others fitted
    again under their priors (0 at best); ``log_likelihood``: the same without the parameter's own
    prior, against its highest value. Inf where no fit exists.

    References
    ----------
    Raue and others (2009). Structural and practical identifiability analysis of partially observed
    dynamical models by exploiting the profile likelihood. Bioinformatics 25 (15), 1923-1929.
    """
    held, values, starts = _held(posterior, fit)
    tell("profiles", count=len(held))
    free = np.tile(fit.free, (len(held), 1))
    free[np.arange(len(held)), held] = False
    cost = _optimised(posterior, starts, free)
    rows = []
    for k in np.flatnonzero(fit.free).tolist():
        mine = held == k
        parameter = posterior.parameters[k]
        own = 0.5 * parameter.residual(values[mine]) ** 2
        order = np.argsort(values[mine])
        likelihood = cost[mine] - own
        rows.append(
            pd.DataFrame(
                {
                    "parameter": parameter.name,
                    "unit": parameter.unit,
                    "value": values[mine][order],
                    "log_likelihood": likelihood.min() - likelihood[order],
                    "log_posterior": np.minimum(0.0, fit.cost - cost[mine][order]),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def intervals(table: pd.DataFrame) -> pd.DataFrame:
    """Return where each profile has lost what a 95 % interval allows, without the own prior.

    Returns
    -------
    One row a parameter: ``parameter``, ``low``, ``high`` (NaN: not lost up to the bound), and
    ``bounded``, the number of sides on which the data bound it.
    """
    rows = []
    for name, each in table.groupby("parameter", sort=False):
        x, drop = each["value"].to_numpy(), -each["log_likelihood"].to_numpy()
        best = int(drop.argmin())
        low = _crossing(x[best::-1], drop[best::-1])
        high = _crossing(x[best:], drop[best:])
        sides = int(np.isfinite(low)) + int(np.isfinite(high))
        rows.append({"parameter": name, "low": low, "high": high, "bounded": sides})
    return pd.DataFrame(rows)


def _crossing(x: Values, drop: Values) -> float:
    """Return where ``drop`` first exceeds `DROP` on the way along ``x``; NaN if it does not.

    Between two values the root of the drop is a straight line, as it is for a parabola.
    """
    root, wanted = np.sqrt(np.minimum(drop, 1e12)), np.sqrt(DROP)
    beyond = np.flatnonzero(root > wanted)
    if not len(beyond) or beyond[0] == 0:
        return float("nan")
    k = int(beyond[0])
    share = (wanted - root[k - 1]) / (root[k] - root[k - 1])
    return float(x[k - 1] + share * (x[k] - x[k - 1]))


def _held(posterior: Posterior, fit: Fit) -> tuple[np.ndarray, Values, Values]:
    """Return which parameter each search holds, at which value, and where it starts.

    The others start where they would be if the posterior were normal.
    """
    covariance = fit.covariance
    places = np.flatnonzero(fit.free)
    held, values, starts = [], [], []
    for row, k in enumerate(places):
        low, high = posterior.low[k], posterior.high[k]
        margin = 1e-6 * (high - low)
        sd = np.sqrt(covariance[row, row])
        grid = np.clip(fit.x[k] + sd * np.array(WIDTHS), low + margin, high - margin)
        for value in np.unique(np.concatenate([grid, [low + margin, high - margin]])):
            x = fit.x.copy()
            x[places] += covariance[:, row] / covariance[row, row] * (value - fit.x[k])
            x[k] = value
            held.append(k)
            values.append(value)
            starts.append(x)
    edge = 1e-6 * (posterior.high - posterior.low)
    inside = np.clip(np.array(starts), posterior.low + edge, posterior.high - edge)
    return np.array(held), np.array(values), inside


# --- Levenberg and Marquardt, many at once -------------------------------------------------------


def _optimised(posterior: Posterior, starts: Values, free: np.ndarray) -> Values:
    """Return the lowest cost that each search comes to, its free parameters within the bounds."""
    low, high = posterior.low, posterior.high
    search = _Search(starts, _residuals(posterior, starts), free)
    damping = np.full(len(starts), 1e-2)
    going = np.ones(len(starts), dtype=bool)
    for _ in range(MOST):
        rows = np.flatnonzero(going)
        if not len(rows):
            break
        step = _step(posterior, search, rows, damping[rows])
        new = np.clip(search.x[rows] + step, low, high)
        residuals = _residuals(posterior, new)
        before, after = search.cost[rows], 0.5 * (residuals**2).sum(axis=1)
        better = after < before
        taken = rows[better]
        search.x[taken], search.residuals[taken] = new[better], residuals[better]
        damping[rows] = np.where(better, damping[rows] / 5, damping[rows] * 5)
        small = np.abs(before - after) < ENOUGH
        going[rows] = ~(better & small) & (damping[rows] < 1e8)
    return search.cost


def _step(posterior: Posterior, search: _Search, rows: np.ndarray, damping: Values) -> Values:
    """Return a step of each search; a parameter at a bound that it would cross stays there."""
    x, residuals, free = search.x[rows], search.residuals[rows], search.free[rows].copy()
    slopes = _jacobians(posterior, x, residuals, free)
    gradient = np.einsum("srp,sr->sp", slopes, residuals)
    edge = 1e-9 * (posterior.high - posterior.low)
    stuck = ((x <= posterior.low + edge) & (gradient > 0)) | (
        (x >= posterior.high - edge) & (gradient < 0)
    )
    free &= ~stuck
    scale = posterior.scale
    matrix = np.einsum("srp,srq->spq", slopes * scale, slopes * scale)
    diagonal = np.einsum("spp->sp", matrix)
    diagonal += damping[:, None] * (diagonal + 1.0)
    fixed = ~free
    matrix[fixed] = 0.0
    matrix.swapaxes(1, 2)[fixed] = 0.0
    diagonal[fixed] = 1.0
    right = np.where(free, -gradient * scale, 0.0)
    return np.linalg.solve(matrix, right[..., None])[..., 0] * scale


def _jacobians(posterior: Posterior, x: Values, residuals: Values, free: np.ndarray) -> Values:
    """Return the residuals' derivatives (searches, residuals, parameters), zero where not free."""
    step = np.where(x - posterior.low < posterior.high - x, 1.0, -1.0) * STEP * posterior.scale
    search, parameter = np.nonzero(free)
    moved = x[search]
    moved[np.arange(len(search)), parameter] += step[search, parameter]
    change = _residuals(posterior, moved) - residuals[search]
    slopes = np.zeros((*residuals.shape, x.shape[1]))
    slopes[search, :, parameter] = change / step[search, parameter][:, None]
    return slopes


def _residuals(posterior: Posterior, x: Values) -> Values:
    """Return residuals of many rows, in ensembles that memory holds."""
    parts: Sequence[Values] = [
        posterior.residuals(x[k : k + AT_ONCE]) for k in range(0, len(x), AT_ONCE)
    ]
    return np.concatenate(parts)
