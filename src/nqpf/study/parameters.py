"""Uncertain parameters of a study and what was known of them before (``parameters.toml``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator
from scipy.special import ndtr, ndtri

from nqpf.engine import Model
from nqpf.errors import InputError
from nqpf.study.priors import Prior, ends, frozen, quantile
from nqpf.study.toml import Line, Pair, Table, load_toml, shown

FILE = "parameters.toml"
_TINY = 1e-12  # a share of the prior that no draw comes closer to its ends than

Values = NDArray[np.float64]
Kind = Literal["calibrated", "tight", "assumed"]


class ParameterEntry(Table):
    """One uncertain parameter.

    Attributes
    ----------
    kind
        ``calibrated``: the data may move it. ``tight``: its prior comes from outside evidence and
        is narrow. ``assumed``: the data say nothing; it carries its prior into every band.
    prior
        Left out: uniform over the bounds.
    bounds
        Left out: the range that the model file states. The prior is cut off there.
    unit
        As the model file has it.
    source
        Where prior and bounds come from, and whether that is measured, recalled or assumed.
    """

    kind: Kind
    prior: Prior | None = None
    bounds: Pair | None = None
    unit: Line
    source: Line


class Constraint(Table):
    """A bound on what a model may imply, part of the likelihood, which falls off beyond it."""

    variable: Line
    year: int
    between: Pair
    reason: Line

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.between[0] >= self.between[1]:
            raise ValueError("between = [low, high] must rise")
        return self


class ParameterFile(Table):
    """What ``parameters.toml`` holds."""

    parameters: dict[str, ParameterEntry]
    constraints: dict[str, Constraint] = {}


@dataclass(frozen=True)
class Parameter:
    """An uncertain parameter: column of a parameter frame, value in the file, bounds, prior."""

    name: str
    kind: Kind
    value: float
    low: float
    high: float
    unit: str
    distribution: Any  # a frozen distribution of scipy.stats

    @cached_property
    def _ends(self) -> tuple[float, float]:
        return ends(self.distribution, self.low, self.high)

    @cached_property
    def _mode(self) -> tuple[float, float]:
        grid = np.linspace(self.low, self.high, 2001)
        density = self.distribution.logpdf(grid)
        best = int(np.nanargmax(density))
        return float(grid[best]), float(density[best])

    def log_density(self, x: Values) -> Values:
        """Log density of the prior up to a constant; minus infinity outside of the bounds."""
        inside = (x >= self.low) & (x <= self.high)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(inside, self.distribution.logpdf(x) - self._mode[1], -np.inf)

    def quantile(self, u: Values) -> Values:
        """Return the prior's quantiles, within the bounds."""
        return quantile(self.distribution, u, self.low, self.high, self._ends)

    def share(self, x: Values) -> Values:
        """Return the prior's distribution function within the bounds, the inverse of quantile."""
        a, b = self._ends
        return (self.distribution.cdf(x) - a) / (b - a)

    def residual(self, x: Values) -> Values:
        """Return what, squared and halved, is the prior's minus log density."""
        return np.sign(x - self._mode[0]) * np.sqrt(np.maximum(0.0, -2.0 * self.log_density(x)))

    @cached_property
    def spread(self) -> float:
        """Standard deviation of the prior within its bounds."""
        return float(self.quantile((np.arange(2000) + 0.5) / 2000).std())


def read_parameters(file: Path, model: Model) -> tuple[list[Parameter], Mapping[str, Constraint]]:
    """Read the parameters of a study, and the constraints on what they imply.

    Raises
    ------
    InputError
        One line: a key, a parameter that does not exist, a unit, a bound or a prior is wrong.
    """
    content = load_toml(file, ParameterFile)
    where = shown(file)
    if not content.parameters:
        raise InputError(f"{where}: no parameters.")
    found = [_parameter(name, each, model, where) for name, each in content.parameters.items()]
    for name, each in content.constraints.items():
        try:
            model.find(each.variable)
        except InputError as error:
            raise InputError(f'{where}: constraint "{name}": {error}') from None
    return found, content.constraints


def draw_prior(parameters: Sequence[Parameter], u: Values) -> Values:
    """Turn numbers in (0, 1), shape (n, parameters), into draws from the priors."""
    return np.column_stack([each.quantile(u[:, k]) for k, each in enumerate(parameters)])


def from_scores(parameters: Sequence[Parameter], z: Values) -> Values:
    """Turn normal scores into values: standard normal z, shape (n, parameters), are prior draws."""
    return draw_prior(parameters, np.clip(ndtr(z), _TINY, 1.0 - _TINY))


def to_scores(parameters: Sequence[Parameter], x: Values) -> Values:
    """Return the normal scores of values, the inverse of ``from_scores``."""
    shares = np.column_stack([each.share(x[:, k]) for k, each in enumerate(parameters)])
    return ndtri(np.clip(shares, _TINY, 1.0 - _TINY))


def _parameter(name: str, entry: ParameterEntry, model: Model, where: str) -> Parameter:
    at = f'{where}: "{name}"'
    try:
        variable, places = model.places(name)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    if variable.kind != "constant":
        raise InputError(f"{at} is computed by the model; a parameter is a constant.")
    values = model.constants[variable.name].ravel()[list(places)]
    if (values != values[0]).any():
        raise InputError(f"{at} has several values; name one element, such as {name}[...].")
    if entry.unit != variable.unit:
        raise InputError(f'{at} is in "{variable.unit}" in the model, not in "{entry.unit}".')
    bounds = variable.limits if entry.bounds is None else entry.bounds
    low, high = bounds
    if low is None or high is None:
        raise InputError(
            f"{at} has no bounds, here or in the model file; give bounds = [..., ...]."
        )
    if not low < high:
        raise InputError(f"{at}: bounds [{low:g}, {high:g}] must rise.")
    if not low <= values[0] <= high:
        raise InputError(f"{at} = {values[0]:g} in the model lies outside of [{low:g}, {high:g}].")
    distribution = frozen(entry.prior, float(low), float(high), at)
    return Parameter(
        name, entry.kind, float(values[0]), float(low), float(high), entry.unit, distribution
    )
