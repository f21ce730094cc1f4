"""Distributions of uncertain numbers, as TOML files name them, cut off at bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict
from scipy.special import ndtri

from nqpf.errors import InputError, did_you_mean
from nqpf.study.toml import Line, Table

Values = NDArray[np.float64]


class Prior(Table):
    """A distribution by its name in ``scipy.stats``; other keys are its parameters there."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    distribution: Line

    @property
    def shape(self) -> dict[str, float]:
        """Parameters as scipy takes them."""
        return dict(self.model_extra or {})


def frozen(prior: Prior | None, low: float, high: float, at: str) -> Any:
    """Return a distribution of scipy.stats, uniform without a prior; ``at`` is for messages.

    Raises
    ------
    InputError
        scipy has no such distribution, its parameters are wrong, or hardly any of it lies within
        [low, high].
    """
    from scipy import stats

    if prior is None:
        return stats.uniform(loc=low, scale=high - low)
    family = getattr(stats, prior.distribution, None)
    known = [name for name in dir(stats) if isinstance(getattr(stats, name), stats.rv_continuous)]
    if prior.distribution not in known:
        raise InputError(
            f'{at}: scipy.stats has no distribution "{prior.distribution}".'
            f"{did_you_mean(prior.distribution, known)}"
        )
    try:
        found = family(**prior.shape)  # type: ignore[misc]
        inside = float(found.cdf(high) - found.cdf(low))
    except (TypeError, ValueError) as error:
        raise InputError(f"{at}: prior {prior.distribution}: {error}.") from None
    if not inside > 1e-3:
        raise InputError(
            f"{at}: the prior {prior.distribution}({prior.shape}) puts {inside:.2g} of its weight "
            f"within [{low:g}, {high:g}]; widen the bounds or mend the prior."
        )
    return found


def ends(distribution: Any, low: float, high: float) -> tuple[float, float]:
    """Return the shares of a distribution below both bounds."""
    return float(distribution.cdf(low)), float(distribution.cdf(high))


def quantile(
    distribution: Any, u: Values, low: float, high: float, share: tuple[float, float]
) -> Values:
    """Return quantiles of a distribution cut off at [low, high], whose `ends` are ``share``.

    The two usual distributions go without scipy's checks, which cost ten times as much and would be
    made at every step of a chain.
    """
    u = share[0] + u * (share[1] - share[0])
    name, given = distribution.dist.name, (distribution.args, set(distribution.kwds))
    if name in ("norm", "uniform") and given in (((), {"loc", "scale"}), ((), set())):
        standard = ndtri(u) if name == "norm" else u
        x = distribution.kwds.get("loc", 0.0) + distribution.kwds.get("scale", 1.0) * standard
    else:
        x = distribution.ppf(u)
    return np.clip(x, low, high)
