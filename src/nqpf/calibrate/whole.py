"""A study's calibration from its files to its results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nqpf.calibrate import tables
from nqpf.calibrate.fit import Fit, best_fit
from nqpf.calibrate.posterior import Posterior, Values, weighed
from nqpf.calibrate.sample import MOST, Chains, prior_draws, sample
from nqpf.calibrate.texts import Tell
from nqpf.errors import InputError
from nqpf.study.observations import observations
from nqpf.study.parameters import FILE, read_parameters
from nqpf.study.project import history
from nqpf.study.statistics import read_statistics
from nqpf.study.targets import FILE as TARGETS
from nqpf.study.targets import read_targets

DRAWS = 2000


@dataclass(frozen=True)
class Calibration:
    """Results of a calibration.

    Attributes
    ----------
    draws
        Draws from the posterior, (n, parameters): the fitted ensemble.
    parameters, fit, holdout
        Tables; see `tables`. ``holdout`` is None unless asked for.
    """

    posterior: Posterior
    best: Fit
    chains: Chains
    draws: Values
    parameters: pd.DataFrame
    fit: pd.DataFrame
    holdout: pd.DataFrame | None
    words: list[tables.Finding]


def open_posterior(study: Any, model: Any) -> Posterior:
    """Return the posterior of a study's parameters, from its ``calibration`` folder.

    Raises
    ------
    InputError
        A file is missing or wrong, a parameter has no effect on any target.
    """
    parameters, constraints = read_parameters(study.calibration / FILE, model)
    targets = read_targets(study.calibration / TARGETS)
    statistics = read_statistics(study.calibration / "statistics")
    found = weighed(observations(history(model), statistics, targets))
    posterior = Posterior(model, parameters, found, constraints)
    _require_effect(posterior)
    return posterior


def calibrate(
    posterior: Posterior,
    seed: int,
    tell: Tell,
    store: Path | None = None,
    holdout: int | None = None,
    draws: int = DRAWS,
    most: int = MOST,
) -> Calibration:
    """Fit, sample and judge; ``holdout``: also from the data up to that year alone."""
    best = best_fit(posterior, seed, tell)
    chains = sample(posterior, best, seed, tell, store, most=most)
    kept = thinned(chains, draws, seed)
    table = tables.parameter_table(posterior.parameters, best.x, chains)
    fit = _fit_table(posterior, best.x, kept, seed)
    held = None if holdout is None else _holdout(posterior, holdout, seed, tell, store, most)
    return Calibration(posterior, best, chains, kept, table, fit, held, tables.words(table))


def describe(found: Calibration, seed: int) -> dict[str, Any]:
    """Return what a reader of the draws needs to know of them; for their file and the record."""
    chains = found.chains
    observations = found.posterior.observations
    return {
        "model_hash": found.posterior.model.hash,
        "seed": seed,
        "draws": len(found.draws),
        "of": chains.draws.shape[0] * chains.draws.shape[1],
        "data_to": max(each.years[-1] for each in observations),
        "r_hat": round(float(chains.r_hat.max()), 4),
        "effective draws": round(float(min(chains.ess_bulk.min(), chains.ess_tail.min()))),
        "best": dict(zip(found.posterior.names, found.best.x.tolist(), strict=True)),
    }


def thinned(chains: Chains, count: int, seed: int) -> Values:
    """Return ``count`` of the draws, at random."""
    flat = chains.draws.reshape(-1, chains.draws.shape[-1])
    rng = np.random.default_rng(seed)
    return flat[rng.choice(len(flat), min(count, len(flat)), replace=False)]


def _fit_table(posterior: Posterior, best: Values, draws: Values, seed: int) -> pd.DataFrame:
    one, many = posterior.run(best[None]), posterior.run(draws)
    simulated = [each.simulated(many) for each in posterior.observations]
    return tables.fit_table(
        posterior.observations,
        [each.simulated(one)[0] for each in posterior.observations],
        tables.bands(posterior.observations, simulated, seed),
    )


def _holdout(
    posterior: Posterior, split: int, seed: int, tell: Tell, store: Path | None, most: int
) -> pd.DataFrame:
    """Fit to the years up to ``split``; judge the years after it."""
    early = [_part(each, first=0, last=split) for each in posterior.observations]
    early = [each for each in early if each is not None]
    late = [_part(each, first=split + 1, last=9999) for each in posterior.observations]
    known = {(each.key, each.element) for each in early}
    late = [each for each in late if each is not None and (each.key, each.element) in known]
    if not early or not late:
        raise InputError(f"hold-out {split}: no series has years both up to it and after it")
    # What the constraints say of later years is evidence from later years.
    constraints = {n: c for n, c in posterior.constraints.items() if c.year <= split}
    fitted = Posterior(posterior.model, posterior.parameters, early, constraints)
    tell("holdout fit", year=split)
    best = best_fit(fitted, seed, tell)
    own = None if store is None else store.with_name(f"{store.name}-{split}")
    draws = thinned(sample(fitted, best, seed, tell, own, most=most), DRAWS, seed)
    judged = Posterior(posterior.model, posterior.parameters, late)
    found = _fit_table(judged, best.x, draws, seed)
    whole = {(each.key, each.element): each for each in posterior.observations}
    naive = [tables.rivals(whole[each.key, each.element], split) for each in late]
    return pd.concat([found, pd.DataFrame(naive)], axis=1)


def _part(observation: Any, first: int, last: int) -> Any:
    keep = [first <= year <= last for year in observation.years]
    if not any(keep):
        return None
    years = tuple(y for y, k in zip(observation.years, keep, strict=True) if k)
    return replace(observation, years=years, observed=observation.observed[keep])


def _require_effect(posterior: Posterior) -> None:
    """Refuse parameters that are to be calibrated and move nothing that is observed."""
    own = np.array([each.value for each in posterior.parameters])
    ends = np.where(own < 0.5 * (posterior.low + posterior.high), posterior.high, posterior.low)
    rows = np.vstack([own, np.where(np.eye(len(own), dtype=bool), ends, own)])
    runs = posterior.run(rows)
    moved = np.zeros(len(own), dtype=bool)
    for each in posterior.observations:
        values = each.simulated(runs)
        moved |= (values[1:] != values[0]).any(axis=1)
    for k, each in enumerate(posterior.parameters):
        if each.kind == "calibrated" and not moved[k]:
            raise InputError(
                f'parameters.toml: "{each.name}" moves no target; it cannot be calibrated. '
                'Remove it, or say kind = "assumed".'
            )


def inference_data(found: Calibration, seed: int) -> Any:
    """Return ArviZ InferenceData: posterior, prior, predictive groups, observed data."""
    import arviz as az

    posterior, names = found.posterior, found.posterior.names
    prior = prior_draws(posterior, DRAWS, seed)
    sets = {"posterior_predictive": found.draws, "prior_predictive": prior}
    keys = [f"{e.key}[{e.element}]" if e.element else e.key for e in posterior.observations]
    groups = {}
    for name, x in sets.items():
        runs = posterior.run(x)
        simulated = [each.simulated(runs) for each in posterior.observations]
        drawn = tables.bands(posterior.observations, simulated, seed)
        groups[name] = {key: value[None] for key, value in zip(keys, drawn, strict=True)}
    draws = found.chains.draws
    data: Any = az.from_dict(
        posterior={name: draws[:, :, k] for k, name in enumerate(names)},
        sample_stats={"lp": found.chains.log_density},
        prior={name: prior[None, :, k] for k, name in enumerate(names)},
        observed_data=dict(zip(keys, (e.observed for e in posterior.observations), strict=True)),
        coords={
            f"year {k}": list(e.years) for k, e in zip(keys, posterior.observations, strict=True)
        },
        dims={key: [f"year {key}"] for key in keys},
        **groups,
    )
    data.posterior.attrs |= {"seed": seed, "model_hash": posterior.model.hash}
    return data
