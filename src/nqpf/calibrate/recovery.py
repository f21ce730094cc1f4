"""Simulation-based calibration: parameters that are known because data were made from them.

Truths are drawn from the prior, data from the model with errors, and the posterior from the data.
If all is right, truths are spread evenly over the ranks of their draws, and an interval that holds
90 % of the draws holds the truth in 90 % of the repetitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import chisquare

from nqpf.calibrate.fit import best_fit
from nqpf.calibrate.posterior import Posterior, simulated_with_error
from nqpf.calibrate.sample import prior_draws, sample
from nqpf.calibrate.texts import Tell, silent

RANKS = 20
"""Groups of ranks whose numbers are compared."""
WARM_UP = ((100, 0.25), (200, 0.5), (200, 0.8))
CHAINS, DRAWS = 16, 500


def recover(
    posterior: Posterior, repetitions: int, seed: int, tell: Tell = silent, draws: int = DRAWS
) -> pd.DataFrame:
    """Return how known parameters are found again, one row a repetition and parameter.

    Columns ``repetition``, ``parameter``, ``truth``, ``rank`` (share of the draws below the truth),
    ``5%``, ``25%``, ``75%``, ``95%`` and ``r_hat``. The data have the posterior's years and error
    models; of what was observed nothing is used.

    References
    ----------
    Talts, Betancourt, Simpson, Vehtari and Gelman (2018). Validating Bayesian inference algorithms
    with simulation-based calibration. arXiv:1804.06788.
    """
    truths = prior_draws(posterior, repetitions, seed)
    runs = posterior.run(truths)
    simulated = [each.simulated(runs) for each in posterior.observations]
    rows = []
    for number, truth in enumerate(truths):
        tell("recovering", number=number + 1, count=repetitions)
        own = seed + 1 + number
        rng = np.random.default_rng(own)
        observed = [
            replace(each, observed=simulated_with_error(each, values[number : number + 1], rng)[0])
            for each, values in zip(posterior.observations, simulated, strict=True)
        ]
        made = replace(posterior, observations=observed)
        fit = best_fit(made, own, starts=32, finishes=2)
        found = sample(made, fit, own, chains=CHAINS, most=draws, warm_up=WARM_UP)
        flat = found.draws.reshape(-1, len(truth))
        ends = np.quantile(flat, (0.05, 0.25, 0.75, 0.95), axis=0)
        for k, name in enumerate(posterior.names):
            row = {"repetition": number, "parameter": name, "truth": truth[k]}
            row["rank"] = float(np.mean(flat[:, k] < truth[k]))
            row |= dict(zip(("5%", "25%", "75%", "95%"), ends[:, k], strict=True))
            rows.append(row | {"r_hat": found.r_hat[k]})
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a parameter: coverage of the 50 and 90 % intervals, and are ranks uniform.

    ``p``: probability of ranks as uneven as these if they are uniform (chi-squared over `RANKS`
    groups, fewer where repetitions are few).
    """
    rows = []
    for name, each in table.groupby("parameter", sort=False):
        truth, groups = each["truth"], min(RANKS, max(2, len(each) // 5))
        counts = np.histogram(each["rank"], bins=groups, range=(0.0, 1.0))[0]
        rows.append(
            {
                "parameter": name,
                "repetitions": len(each),
                "within 50%": float(truth.between(each["25%"], each["75%"]).mean()),
                "within 90%": float(truth.between(each["5%"], each["95%"]).mean()),
                "p": float(chisquare(counts).pvalue),
                "r_hat": max(each["r_hat"].tolist()),
            }
        )
    return pd.DataFrame(rows)


def rank_counts(table: pd.DataFrame, groups: int = RANKS) -> Mapping[str, list[int]]:
    """Return how many truths of each parameter fall into each group of ranks: a rank plot."""
    return {
        str(name): np.histogram(each["rank"], bins=groups, range=(0.0, 1.0))[0].tolist()
        for name, each in table.groupby("parameter", sort=False)
    }
