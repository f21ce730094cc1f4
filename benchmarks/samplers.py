"""Samplers of the study's posterior beside one another: effective draws for the same runs.

``python -m benchmarks.samplers``: each starts from the same points, warms up alike, and is judged
by ArviZ's bulk effective sample size of its worst parameter.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from nqpf.calibrate import sample
from nqpf.calibrate.fit import best_fit
from nqpf.calibrate.posterior import Posterior, Values
from nqpf.calibrate.whole import open_posterior
from nqpf.study.folder import open_study
from nqpf.study.model import load_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1500, help="of each chain, half of them kept")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    study = open_study()
    posterior = open_posterior(study, load_model(study))
    fit = best_fit(posterior, chosen.seed)
    z = sample.starts(posterior, fit, chosen.seed, sample.CHAINS)
    mean, covariance = z.mean(axis=0), np.cov(z.T)
    print(f"{len(posterior.parameters)} parameters, {sample.CHAINS} chains or walkers")
    for name, moves in _samplers(mean, covariance).items():
        _judge(name, moves, posterior, z, chosen.steps, chosen.seed)


def _samplers(mean: Values, covariance: Values) -> dict[str, Any]:
    import emcee

    moves = emcee.moves
    return {
        "stretch (emcee's default)": None,
        "differential evolution, snooker": [
            (moves.DEMove(), 0.8),
            (moves.DESnookerMove(), 0.2),
        ],
        "random walk": [(moves.GaussianMove(covariance * 2.38**2 / len(mean)), 1.0)],
        "nqpf": sample.proposals(mean, covariance, sample.SIZE),
    }


def _judge(
    name: str,
    moves: Sequence[tuple[Any, float]] | None,
    posterior: Posterior,
    z: Values,
    steps: int,
    seed: int,
) -> None:
    import arviz as az
    import emcee
    from emcee.state import State

    sampler = emcee.EnsembleSampler(
        len(z), z.shape[1], posterior.log_density_of_scores, moves=moves, vectorize=True
    )
    begun = time.process_time()
    sampler.run_mcmc(State(z, random_state=np.random.RandomState(seed).get_state()), steps)
    chain: Any = sampler.get_chain()
    late = chain[steps // 2 :]
    told: Any = az.ess(az.convert_to_dataset({"x": late.swapaxes(0, 1)}))
    worst = float(told["x"].min())
    runs = late.shape[0] * late.shape[1]
    print(
        f"{name:34s} accepted {sampler.acceptance_fraction.mean():5.1%}  effective draws "
        f"{worst:7.0f} of {runs:,} ({1000 * worst / runs:5.2f} a thousand)  "
        f"{time.process_time() - begun:5.0f} s of processor"
    )


if __name__ == "__main__":
    main()
