"""How well parameters agree with the statistics and with what was known before: many at once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqpf.engine import Model
from nqpf.errors import InputError
from nqpf.study.observations import Observation
from nqpf.study.parameters import Constraint, Parameter, from_scores

Values = NDArray[np.float64]
FAR = 1e3  # standard deviations: what a run counts that is not finite
# Past its ends a constraint falls off like a normal distribution with this share of its width: a
# wall would keep chains from moving along it.
EDGE = 0.05


@dataclass
class Posterior:
    """The posterior of a study's parameters.

    Errors of one series are normal with an exponentially falling correlation over time, those of
    different series independent. A relative error is one of the logarithm.

    Attributes
    ----------
    evaluations
        Runs made so far.
    likelihoods, seconds
        Likelihoods that chains asked for so far, and the time they took.
    """

    model: Model
    parameters: Sequence[Parameter]
    observations: Sequence[Observation]
    constraints: Mapping[str, Constraint] = field(default_factory=dict)
    threads: int | None = None
    evaluations: int = 0
    likelihoods: int = 0
    seconds: float = 0.0

    def count(self, other: Posterior) -> None:
        """Add what another posterior was asked for."""
        self.evaluations += other.evaluations
        self.likelihoods += other.likelihoods
        self.seconds += other.seconds

    @cached_property
    def names(self) -> list[str]:
        return [each.name for each in self.parameters]

    @cached_property
    def low(self) -> Values:
        return np.array([each.low for each in self.parameters])

    @cached_property
    def high(self) -> Values:
        return np.array([each.high for each in self.parameters])

    @cached_property
    def scale(self) -> Values:
        """Standard deviations of the priors."""
        return np.array([each.spread for each in self.parameters])

    @cached_property
    def last(self) -> int:
        """Last year that is needed."""
        years = [each.years[-1] for each in self.observations]
        return max(years + [each.year for each in self.constraints.values()])

    @cached_property
    def _outputs(self) -> list[str]:
        names = [each.target.name for each in self.observations]
        names += [each.variable for each in self.constraints.values()]
        return list(dict.fromkeys(self.model.find(name).name for name in names))

    @cached_property
    def _whiteners(self) -> list[Values]:
        """Inverse Cholesky factor of each series' error covariance, transposed."""
        return [
            np.asarray(np.linalg.inv(_factor(each)).T, dtype=np.float64)
            for each in self.observations
        ]

    def run(self, x: Values, outputs: Sequence[str] | None = None, until: float | None = None):
        """Run the model for each row of ``x`` (n, parameters) to ``until``, or as far as needed."""
        frame = pd.DataFrame(x, columns=self.names)
        frame["FINAL TIME"] = float(self.last if until is None else until)
        self.evaluations += len(x)
        names = self._outputs if outputs is None else outputs
        return self.model.ensemble(frame, list(names), threads=self.threads)

    def residuals(self, x: Values) -> Values:
        """Return independent standard residuals: data, constraints, priors; shape (n, residuals).

        Half of their sum of squares is the minus log posterior up to a constant.
        """
        x = np.atleast_2d(x)
        runs = self.run(np.clip(x, self.low, self.high))
        parts = [*self._data(runs), *(self._excess(runs, c) for c in self.constraints.values())]
        parts += [each.residual(x[:, k])[:, None] for k, each in enumerate(self.parameters)]
        found = np.concatenate(parts, axis=1)
        found[~np.isfinite(found)] = FAR
        found[runs["failed"].to_numpy() > 0] = FAR
        return np.clip(found, -FAR, FAR)

    def log_density(self, x: Values) -> Values:
        """Return the log posterior up to a constant, shape (n,); minus infinity outside."""
        x = np.atleast_2d(x)
        total = np.sum([p.log_density(x[:, k]) for k, p in enumerate(self.parameters)], axis=0)
        inside = np.isfinite(total)
        if not inside.any():
            return total
        runs = self.run(x[inside])
        likelihood = self.log_likelihood(runs)
        total[inside] += np.where(runs["failed"].to_numpy() > 0, -np.inf, likelihood)
        return total

    def log_density_of_scores(self, z: Values) -> Values:
        """Return the log posterior of normal scores of the parameters, up to a constant.

        The prior is standard normal there, and no bound cuts a proposal off.
        """
        begun = time.perf_counter()
        runs = self.run(from_scores(self.parameters, z))
        likelihood = self.log_likelihood(runs)
        likelihood[runs["failed"].to_numpy() > 0] = -np.inf
        self.likelihoods += len(z)
        self.seconds += time.perf_counter() - begun
        return likelihood - 0.5 * (z**2).sum(axis=1)

    def log_likelihood(self, runs) -> Values:
        """Return the log likelihood of runs, shape (n,), up to a constant, constraints included."""
        total = self.log_likelihood_of_data(runs)
        for each in self.constraints.values():
            total -= 0.5 * (self._excess(runs, each) ** 2).sum(axis=1)
        return np.where(np.isfinite(total), total, -np.inf)

    def log_likelihood_of_data(self, runs) -> Values:
        """Return the log likelihood of the data alone, shape (n,), up to a constant."""
        total = np.zeros(runs.sizes["run"])
        for part in self._data(runs):
            total -= 0.5 * (part**2).sum(axis=1)
        return total

    def _data(self, runs) -> list[Values]:
        found: list[Values] = []
        for each, whiten in zip(self.observations, self._whiteners, strict=True):
            error = difference(each, each.simulated(runs))
            error[~np.isfinite(error)] = FAR
            found.append(error @ whiten)
        return found

    def _excess(self, runs, constraint: Constraint) -> Values:
        """Return how far outside of a constraint runs are, in standard deviations of its edge."""
        name = self.model.find(constraint.variable).name
        times = runs["time"].to_numpy()
        values = runs[name].to_numpy()[:, int(np.abs(times - constraint.year).argmin())]
        values = values.reshape(len(values), -1)
        low, high = constraint.between
        below, above = np.minimum(0.0, values - low), np.maximum(0.0, values - high)
        return (below + above) / (EDGE * (high - low))


def difference(observation: Observation, simulated: Values) -> Values:
    """Return observed less simulated, as the error model measures it."""
    error = observation.target.error
    if error is None or error.kind == "absolute":
        return observation.observed - simulated
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(observation.observed / simulated)


def simulated_with_error(
    observation: Observation, simulated: Values, rng: np.random.Generator
) -> Values:
    """Return ``simulated`` (n, years) with errors drawn from the error model."""
    noise = rng.standard_normal(simulated.shape) @ _factor(observation).T
    error = observation.target.error
    if error is not None and error.kind == "relative":
        return simulated * np.exp(noise)
    return simulated + noise


def weighed(observations: Sequence[Observation]) -> list[Observation]:
    """Return the observations that have an error model; InputError if there is none."""
    found = [each for each in observations if each.target.error is not None]
    if not found:
        raise InputError("no target has an error model (error = {...}): nothing to calibrate to")
    for each in found:
        error = each.target.error
        if error is not None and error.kind == "relative" and (each.observed <= 0).any():
            raise InputError(
                f'target "{each.key}": a relative error needs values above zero; use '
                'kind = "absolute"'
            )
    return found


def _factor(observation: Observation) -> Values:
    error = observation.target.error
    assert error is not None
    years = np.array(observation.years, dtype=float)
    apart = np.abs(years[:, None] - years[None, :])
    correlation = np.where(apart == 0, 1.0, error.correlation**apart)
    return error.size * np.linalg.cholesky(correlation)
