"""The best fit: many starting points as one ensemble, then least squares from the best of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import qmc

from nqpf.calibrate.posterior import Posterior, Values
from nqpf.calibrate.texts import Tell, silent
from nqpf.errors import InputError
from nqpf.study.parameters import draw_prior

STARTS = 512
FINISHES = 8
TOLERANCE = 1e-5  # relative change of cost below which a finish stops
# Relative to the spread of the prior: well above the rounding of a run, well below curvature.
STEP = 1e-5


@dataclass(frozen=True)
class Fit:
    """A maximum of the posterior over ``free`` parameters; assumed ones stay as in the file.

    ``cost``: half the sum of squared residuals; ``jacobian``: of the residuals, by parameter;
    ``costs``: what each finish came to, best first.
    """

    x: Values
    free: NDArray[np.bool_]
    cost: float
    jacobian: Values
    costs: tuple[float, ...]

    @property
    def covariance(self) -> Values:
        """Covariance over the free ones of the normal that the posterior is like at the maximum."""
        return np.asarray(np.linalg.pinv(self.jacobian.T @ self.jacobian), dtype=np.float64)


def best_fit(
    posterior: Posterior,
    seed: int,
    tell: Tell = silent,
    starts: int = STARTS,
    finishes: int = FINISHES,
) -> Fit:
    """Return the best fit found from ``starts`` points of the prior and the model's own values."""
    count = len(posterior.parameters)
    points = qmc.LatinHypercube(count, rng=seed).random(starts)
    points = draw_prior(posterior.parameters, points)
    own = np.array([each.value for each in posterior.parameters])
    free = np.array([each.kind != "assumed" for each in posterior.parameters])
    if not free.any():
        raise InputError("every parameter is assumed: nothing is left to calibrate")
    points[:, ~free] = own[~free]
    points = np.vstack([own, points])
    costs = 0.5 * (posterior.residuals(points) ** 2).sum(axis=1)
    first = [0, *(k for k in np.argsort(costs) if k)][:finishes]
    found: list[Fit] = []
    for number, k in enumerate(first, 1):
        found.append(_finish(posterior, points[k], free))
        tell("finish", number=number, count=len(first), cost=min(each.cost for each in found))
    found.sort(key=lambda each: each.cost)
    best = found[0]
    return replace(best, costs=tuple(each.cost for each in found))


def jacobian(posterior: Posterior, x: Values, free: NDArray[np.bool_]) -> Values:
    """Return the residuals' derivatives by the free parameters, all members of one ensemble."""
    step = STEP * posterior.scale
    # Away from the nearer bound, so that both points are inside.
    step = np.where(x - posterior.low < posterior.high - x, step, -step)
    values = posterior.residuals(np.vstack([x, (x + np.diag(step))[free]]))
    return ((values[1:] - values[0]) / step[free, None]).T


def _finish(posterior: Posterior, start: Values, free: NDArray[np.bool_]) -> Fit:
    margin = 1e-9 * (posterior.high - posterior.low)
    low, high = (posterior.low + margin)[free], (posterior.high - margin)[free]

    def whole(part: Values) -> Values:
        x = start.copy()
        x[free] = part
        return x

    result = least_squares(
        lambda part: posterior.residuals(whole(part))[0],
        np.clip(start[free], low, high),
        jac=lambda part: jacobian(posterior, whole(part), free),  # type: ignore[arg-type]
        bounds=(posterior.low[free], posterior.high[free]),
        x_scale=posterior.scale[free],
        ftol=TOLERANCE,
        max_nfev=60,
    )
    cost = float(result.cost)
    return Fit(whole(result.x), free, cost, np.asarray(result.jac), (cost,))
