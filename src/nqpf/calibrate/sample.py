"""Draws from the posterior: many independent Metropolis chains, a step of all one ensemble.

The chains run in normal scores of the prior. Their proposals are reversible for a normal
distribution that is like the posterior (``Toward``: preconditioned Crank-Nicolson round the
posterior's mean; Cotter and others 2013; Rudolf and Sprungk 2018), mixed with ordinary random
walks and with single parameters drawn anew from their priors.
``benchmarks/samplers.py`` sets them beside emcee's own moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nqpf.calibrate.fit import Fit
from nqpf.calibrate.posterior import Posterior, Values
from nqpf.calibrate.store import Block, Store
from nqpf.calibrate.texts import Tell, silent
from nqpf.errors import InputError
from nqpf.study.parameters import draw_prior, from_scores, to_scores

CHAINS = 64
WarmUp = tuple[tuple[int, float], ...]
WARM_UP: WarmUp = ((150, 0.25), (250, 0.35), (500, 0.5), (1000, 0.8))  # (steps, size of Toward)
SIZE = 0.8
WIDER = 1.5  # than the posterior: proposals with thinner tails than its own get stuck in them
BLOCK = 250
MOST = 30_000
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
    tell: Tell = silent,
    store: Path | None = None,
    chains: int = CHAINS,
    most: int = MOST,
    warm_up: WarmUp = WARM_UP,
) -> Chains:
    """Draw until the chains agree, at most ``most`` times each.

    Parameters
    ----------
    store
        Folder that keeps every block of draws: a run that was stopped goes on from there, and
        comes to the same draws.
    warm_up
        Steps of each part of the warm-up, and the size of its steps toward the mean.
    """
    kept = None if store is None else Store(store, _key(posterior, seed, chains, warm_up))
    last = 2 * max(1, -(-most // (2 * BLOCK)))  # blocks
    blocks = [] if kept is None else kept.read(last, tell)
    while True:
        if blocks and (len(blocks) == last or _worth_judging(len(blocks))):
            found = _judged(blocks)
            tell(
                "chains",
                draws=found.draws.shape[1],
                chains=chains,
                r_hat=found.r_hat.max(),
                ess=min(found.ess_bulk.min(), found.ess_tail.min()),
                best=found.log_density.max(),
            )
            if found.settled or len(blocks) == last:
                count = len(posterior.parameters)
                values = from_scores(posterior.parameters, found.draws.reshape(-1, count))
                return replace(found, draws=values.reshape(found.draws.shape))
        if blocks:
            before = blocks[-1]
            blocks.append(_next(_sampler(posterior, before, SIZE), before, BLOCK))
        else:
            blocks.append(_warm(posterior, fit, seed, chains, warm_up, tell))
        if kept is not None:
            kept.append(blocks[-1], len(blocks) - 1)


def prior_draws(posterior: Posterior, count: int, seed: int) -> Values:
    """Return draws from the prior, shape (count, parameters)."""
    u = np.random.default_rng(seed).random((count, len(posterior.parameters)))
    return draw_prior(posterior.parameters, u)


# --- blocks of draws ----------------------------------------------------------------------------


def _next(sampler: Any, before: Block, steps: int) -> Block:
    """Return ``steps`` more draws of each chain."""
    from emcee.state import State

    end = sampler.run_mcmc(State(before.draws[:, -1], random_state=before.random), steps)
    return replace(
        before,
        draws=sampler.get_chain().swapaxes(0, 1),
        log_density=sampler.get_log_prob().T,
        accepted=float(sampler.acceptance_fraction.mean()),
        random=end.random_state,
    )


def _key(posterior: Posterior, seed: int, chains: int, warm_up: WarmUp) -> str:
    """Return what a stored state belongs to."""
    from nqpf.engine.cache import digest

    return digest(
        posterior.model.hash,
        f"{seed} {chains}" + ("" if warm_up == WARM_UP else f" {warm_up}"),
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


def _sampler(posterior: Posterior, like: Block, size: float) -> Any:
    """Return a sampler whose proposals suit a posterior with the block's mean and covariance."""
    import emcee

    chains, _, count = like.draws.shape
    return emcee.EnsembleSampler(
        chains,
        count,
        posterior.log_density_of_scores,
        moves=proposals(like.mean, like.covariance, size),
        vectorize=True,
    )


def proposals(mean: Values, covariance: Values, size: float) -> list[tuple[Any, float]]:
    """Return emcee moves with their weights, for a posterior of this mean and covariance."""
    import emcee

    walk, stroll = (
        emcee.moves.GaussianMove(covariance * (scale * 2.38) ** 2 / len(mean))
        for scale in (1.0, 0.35)  # the small steps lead out of corners where no other is accepted
    )
    toward = _toward(mean, WIDER * covariance, size)
    return [(toward, 0.4), (walk, 0.2), (stroll, 0.15), (one_anew(), 0.25)]


def one_anew() -> Any:
    """Return the move that draws one score of each chain from the prior.

    A parameter of which the data say little has a long tail where nothing else is like the normal
    that ``_toward`` knows; a chain that walked into it would take thousands of steps to come back.
    """
    import emcee

    def propose(z: Values, rng: Any) -> tuple[Values, Values]:
        new, rows = z.copy(), np.arange(len(z))
        columns = rng.randint(z.shape[1], size=len(z))
        new[rows, columns] = rng.standard_normal(len(z))
        return new, 0.5 * (new[rows, columns] ** 2 - z[rows, columns] ** 2)

    return emcee.moves.MHMove(propose)


def _toward(mean: Values, covariance: Values, size: float) -> Any:
    """Return the move whose proposals keep the normal (mean, covariance) as it is."""
    import emcee

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
    posterior: Posterior, fit: Fit, seed: int, chains: int, warm_up: WarmUp, tell: Tell
) -> Block:
    """Find where the posterior lies and how wide it is; return the first block after that."""
    z = starts(posterior, fit, seed, chains)
    count = z.shape[1]
    random = np.random.RandomState(seed).get_state()
    block = Block(z.mean(axis=0), _covariance(z), z[:, None], np.empty((chains, 0)), 0.0, random)
    for steps, size in warm_up:
        tell("warm-up", steps=steps)
        block = _next(_sampler(posterior, block, size), block, steps)
        late = block.draws[:, steps // 2 :].reshape(-1, count)
        block = replace(block, mean=late.mean(axis=0), covariance=_covariance(late))
    tell("drawing")
    return _next(_sampler(posterior, block, SIZE), block, BLOCK)


def _covariance(z: Values) -> Values:
    """Return the covariance of draws (n, parameters), kept from being singular."""
    return np.atleast_2d(np.cov(z.T)) + 1e-9 * np.eye(z.shape[1])


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


def _worth_judging(count: int) -> bool:
    """Return whether chains of ``count`` blocks are judged: every second, later a tenth apart.

    It takes time that grows with their length, so that it must not be done every time.
    """
    next_one = 2
    while next_one < count:
        next_one = max(next_one + 2, 2 * round(0.55 * next_one))
    return next_one == count


def _judged(blocks: Sequence[Block]) -> Chains:
    """Return the chains in scores; what is judged are ranks, which are the same for values."""
    import arviz as az

    scores = np.concatenate([each.draws for each in blocks], axis=1)
    data = az.convert_to_dataset({"x": scores})
    told: list[Any] = [az.rhat(data), az.ess(data, method="bulk"), az.ess(data, method="tail")]
    r_hat, bulk, tail = (each["x"].to_numpy() for each in told)
    density = np.concatenate([each.log_density for each in blocks], axis=1)
    accepted = float(np.mean([each.accepted for each in blocks]))
    return Chains(scores, density, accepted, r_hat, bulk, tail)
