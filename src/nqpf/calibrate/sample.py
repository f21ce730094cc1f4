"""Draws from the posterior: many independent Metropolis chains, a step of all one ensemble.

The chains run in normal scores of the prior. Their proposals are reversible for a normal
distribution that is like the posterior (``Toward``: preconditioned Crank-Nicolson round the
posterior's mean; Cotter and others 2013; Rudolf and Sprungk 2018), mixed with ordinary random
walks. ``benchmarks/samplers.py`` sets them beside emcee's own moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nqpf.calibrate.fit import Fit
from nqpf.calibrate.parameters import draw_prior, from_scores, to_scores
from nqpf.calibrate.posterior import Posterior, Values
from nqpf.errors import InputError

CHAINS = 64
WARM_UP = ((150, 0.25), (200, 0.35), (300, 0.5))  # (steps, size of a Toward step)
SIZE = 0.5
BLOCK = 250
MOST = 20_000
# Vehtari and others 2021: all parameters, rank-normalised.
R_HAT, ESS = 1.01, 400.0


@dataclass(frozen=True)
class Chains:
    """Draws, shape (chains, draws, parameters), as values, and how well the chains agree.

    ``settled``: whether R-hat and both effective sample sizes reach what is asked.
    """

    draws: Values
    log_density: Values
    acceptance: float
    r_hat: Values
    ess_bulk: Values
    ess_tail: Values

    @property
    def settled(self) -> bool:
        ess = min(self.ess_bulk.min(), self.ess_tail.min())
        return bool(self.r_hat.max() <= R_HAT and ess >= ESS)


def sample(
    posterior: Posterior,
    fit: Fit,
    seed: int,
    tell: Callable[[str], None] | None = None,
    store: Path | None = None,
    chains: int = CHAINS,
    most: int = MOST,
) -> Chains:
    """Draw until the chains agree, at most ``most`` times each.

    Parameters
    ----------
    store
        Where to keep the state after every block: a run that was stopped goes on from there, and
        comes to the same draws.
    """
    import emcee

    state = _State.load(store, posterior, seed, chains) or _warm(posterior, fit, seed, chains, tell)
    while True:
        if state.draws.shape[1] % (2 * BLOCK) == 0 and state.draws.shape[1]:
            found = _judged(posterior, state)
            if tell is not None:
                tell(
                    f"{found.draws.shape[1]:,} draws of {chains} chains: R-hat "
                    f"{found.r_hat.max():.3f}, effective draws {found.ess_bulk.min():,.0f}, "
                    f"best {state.log_density.max():.2f}"
                )
            if found.settled or found.draws.shape[1] >= most:
                return found
        sampler = _sampler(emcee, posterior, chains, state.mean, state.covariance, SIZE)
        state = state.longer(sampler, BLOCK)
        if store is not None:
            state.save(store)


def prior_draws(posterior: Posterior, count: int, seed: int) -> Values:
    """Return draws from the prior, shape (count, parameters)."""
    u = np.random.default_rng(seed).random((count, len(posterior.parameters)))
    return draw_prior(posterior.parameters, u)


# --- the state of a run -------------------------------------------------------------------------


@dataclass(frozen=True)
class _State:
    """All that a run goes on from; ``draws`` are scores, (chains, draws, parameters)."""

    key: str
    mean: Values
    covariance: Values
    draws: Values
    log_density: Values
    accepted: float
    random: Any

    def longer(self, sampler: Any, steps: int) -> _State:
        from emcee.state import State

        start = State(self.draws[:, -1], random_state=self.random)
        end = sampler.run_mcmc(start, steps)
        return _State(
            self.key,
            self.mean,
            self.covariance,
            np.concatenate([self.draws, sampler.get_chain().swapaxes(0, 1)], axis=1),
            np.concatenate([self.log_density, sampler.get_log_prob().T], axis=1),
            float(sampler.acceptance_fraction.mean()),
            end.random_state,
        )

    def save(self, path: Path) -> None:
        import io

        from nqpf.engine.cache import write_atomically

        buffer = io.BytesIO()
        kind, keys, *rest = self.random
        arrays = {
            name: getattr(self, name) for name in ("mean", "covariance", "draws", "log_density")
        }
        np.savez(
            buffer, key=self.key, accepted=self.accepted, kind=kind, keys=keys, rest=rest, **arrays
        )
        write_atomically(path, buffer.getvalue())

    @classmethod
    def load(cls, path: Path | None, posterior: Posterior, seed: int, chains: int) -> _State | None:
        if path is None or not path.exists():
            return None
        try:
            with np.load(path) as data:
                key = str(data["key"])
                position, has_gauss, cached = data["rest"].tolist()
                random = (str(data["kind"]), data["keys"], int(position), int(has_gauss), cached)
                state = cls(
                    key, data["mean"], data["covariance"], data["draws"], data["log_density"],
                    float(data["accepted"]), random,
                )  # fmt: skip
        except (OSError, ValueError, KeyError, EOFError):
            return None
        if key != _key(posterior, seed, chains):
            raise InputError(
                f"{path} is of another model, data, priors or seed; remove it to start anew"
            )
        return state


def _key(posterior: Posterior, seed: int, chains: int) -> str:
    """Return what a stored state belongs to."""
    from nqpf.engine.cache import digest

    return digest(
        posterior.model.hash,
        f"{seed} {chains}",
        *(
            f"{p.name} {p.low} {p.high} {p.distribution.dist.name} {p.distribution.args} "
            f"{sorted(p.distribution.kwds.items())}"
            for p in posterior.parameters
        ),
        *(f"{o.key} {o.element} {o.years} {o.target.error}" for o in posterior.observations),
        *(o.observed.tobytes() for o in posterior.observations),
        *(f"{name} {c}" for name, c in posterior.constraints.items()),
    )


# --- moves --------------------------------------------------------------------------------------


def _sampler(
    emcee: Any, posterior: Posterior, chains: int, mean: Values, covariance: Values, size: float
) -> Any:
    count = len(mean)
    walk = emcee.moves.GaussianMove(covariance * 2.38**2 / count)
    return emcee.EnsembleSampler(
        chains,
        count,
        posterior.log_density_of_scores,
        moves=[(toward(emcee, mean, 1.1 * covariance, size), 0.8), (walk, 0.2)],
        vectorize=True,
    )


def toward(emcee: Any, mean: Values, covariance: Values, size: float) -> Any:
    """Return the move whose proposals keep the normal (mean, covariance) as it is."""
    root = np.linalg.cholesky(covariance)
    inverse = np.linalg.inv(root)
    keep = np.sqrt(1.0 - size**2)

    def density(z: Values) -> Values:
        return -0.5 * (((z - mean) @ inverse.T) ** 2).sum(axis=1)

    def propose(z: Values, rng: Any) -> tuple[Values, Values]:
        new = mean + keep * (z - mean) + size * rng.standard_normal(z.shape) @ root.T
        return new, density(z) - density(new)

    return emcee.moves.MHMove(propose)


def _warm(
    posterior: Posterior,
    fit: Fit,
    seed: int,
    chains: int,
    tell: Callable[[str], None] | None,
) -> _State:
    """Find where the posterior lies and how wide it is; the draws until then are dropped."""
    import emcee

    z = starts(posterior, fit, seed, chains)
    mean, covariance = z.mean(axis=0), np.cov(z.T)
    random = np.random.RandomState(seed).get_state()
    count = len(posterior.parameters)
    key = _key(posterior, seed, chains)
    none = np.empty((chains, 0))
    state = _State(key, mean, covariance, z[:, None], none, 0.0, random)
    for steps, size in (*WARM_UP, (BLOCK, SIZE)):
        if tell is not None:
            tell(f"Warming up, {steps} steps" if steps != BLOCK else "Drawing")
        sampler = _sampler(emcee, posterior, chains, mean, covariance, size)
        start = replace(state, mean=mean, covariance=covariance, draws=state.draws[:, -1:],
                        log_density=none)  # fmt: skip
        state = start.longer(sampler, steps)
        late = state.draws[:, steps // 2 :].reshape(-1, count)
        mean, covariance = late.mean(axis=0), np.cov(late.T) + 1e-9 * np.eye(count)
    # Where the block began is no draw of it.
    return replace(state, draws=state.draws[:, 1:])


def starts(posterior: Posterior, fit: Fit, seed: int, chains: int) -> Values:
    """Return scores to start from: the best of draws from the normal round the best fit."""
    rng = np.random.default_rng(seed)
    x = prior_draws(posterior, 8 * chains, seed)
    root = np.linalg.cholesky(fit.covariance + 1e-12 * np.eye(int(fit.free.sum())))
    near = fit.x[fit.free] + rng.standard_normal((len(x), int(fit.free.sum()))) @ root.T
    low, high = posterior.low[fit.free], posterior.high[fit.free]
    x[:, fit.free] = np.where((near > low) & (near < high), near, x[:, fit.free])
    z = to_scores(posterior.parameters, x)
    density = posterior.log_density_of_scores(z)
    best = np.argsort(-density)[:chains]
    if not np.isfinite(density[best]).all():
        raise InputError(
            "calibration: near the best fit too few parameter sets give a run that is accepted; "
            "look at the constraints, or at the priors"
        )
    return z[best]


def _judged(posterior: Posterior, state: _State) -> Chains:
    import arviz as az

    chains, draws, count = state.draws.shape
    values = from_scores(posterior.parameters, state.draws.reshape(-1, count))
    values = values.reshape(chains, draws, count)
    data = az.convert_to_dataset({"x": values})
    told: list[Any] = [az.rhat(data), az.ess(data, method="bulk"), az.ess(data, method="tail")]
    r_hat, bulk, tail = (each["x"].to_numpy() for each in told)
    return Chains(values, state.log_density, state.accepted, r_hat, bulk, tail)
