"""A study's calibration from its files to its results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nqpf.calibrate import goodness, tables
from nqpf.calibrate.fit import Fit, best_fit
from nqpf.calibrate.posterior import Posterior, Values, weighed
from nqpf.calibrate.profiles import intervals, profiles
from nqpf.calibrate.sample import MOST, Chains, prior_draws, sample
from nqpf.calibrate.texts import Tell
from nqpf.errors import InputError
from nqpf.study.observations import observations
from nqpf.study.parameters import FILE, read_parameters
from nqpf.study.project import history
from nqpf.study.results import CALIBRATION
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
    parameters, correlations, profiles
        Tables of the parameters; see `tables` and `profiles`.
    met, held
        How the series are met, and the later ones by a fit to the earlier ones; ``held`` is None
        unless asked for.
    """

    posterior: Posterior
    best: Fit
    chains: Chains
    draws: Values
    parameters: pd.DataFrame
    correlations: pd.DataFrame
    profiles: pd.DataFrame
    met: Met
    held: Met | None
    words: list[tables.Finding]


@dataclass(frozen=True)
class Met:
    """How series are met: statistics of fit, by five-year window, and year by year.

    See `goodness.fit_table`, `goodness.window_table` and `goodness.series_table`.
    """

    fit: pd.DataFrame
    windows: pd.DataFrame
    series: pd.DataFrame


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
    if holdout is not None:
        _parts(posterior, holdout)  # so that a wrong year is said before anything is drawn
    best = best_fit(posterior, seed, tell)
    profiled = profiles(posterior, best, tell)
    chains = sample(posterior, best, seed, tell, store, most=most)
    kept = thinned(chains, draws, seed)
    table = tables.parameter_table(posterior.parameters, best.x, chains)
    table = tables.with_intervals(table, intervals(profiled))
    met = _met(posterior, best.x, kept, seed)
    held = None if holdout is None else _holdout(posterior, holdout, seed, tell, store, most)
    return Calibration(
        posterior,
        best,
        chains,
        kept,
        table,
        tables.correlations(posterior.parameters, chains),
        profiled,
        met,
        held,
        tables.words(table),
    )


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


def best_table(posterior: Posterior, best: Values) -> pd.DataFrame:
    """Return how the best fit alone meets the series, as `goodness.fit_table` without bands."""
    simulated = _simulated(posterior, best[None])
    one = [each[0] for each in simulated]
    table = goodness.fit_table(posterior.observations, one, simulated)
    return table.drop(columns=[f"within {share:.0%}" for share in goodness.BANDS])


def _met(posterior: Posterior, best: Values, draws: Values, seed: int) -> Met:
    observations = posterior.observations
    one = [each[0] for each in _simulated(posterior, best[None])]
    many = _simulated(posterior, draws)
    drawn = goodness.bands(observations, many, seed)
    return Met(
        goodness.fit_table(observations, one, drawn),
        goodness.window_table(observations, one),
        goodness.series_table(observations, one, many, drawn),
    )


def _simulated(posterior: Posterior, x: Values) -> list[Values]:
    """Return what each observation is in the runs of the rows of ``x``: (rows, years) a series."""
    runs = posterior.run(x)
    return [each.simulated(runs) for each in posterior.observations]


def _holdout(
    posterior: Posterior, split: int, seed: int, tell: Tell, store: Path | None, most: int
) -> Met:
    """Fit to the years up to ``split``; judge the years after it."""
    early, late = _parts(posterior, split)
    # What the constraints say of later years is evidence from later years.
    constraints = {n: c for n, c in posterior.constraints.items() if c.year <= split}
    fitted = Posterior(posterior.model, posterior.parameters, early, constraints)
    tell("holdout fit", year=split)
    best = best_fit(fitted, seed, tell)
    own = None if store is None else store.with_name(f"{store.name}-{split}")
    draws = thinned(sample(fitted, best, seed, tell, own, most=most), DRAWS, seed)
    judged = Posterior(posterior.model, posterior.parameters, late)
    found = _met(judged, best.x, draws, seed)
    for each in (fitted, judged):
        posterior.count(each)
    whole = {(each.key, each.element): each for each in posterior.observations}
    naive = [goodness.rivals(whole[each.key, each.element], split) for each in late]
    return replace(found, fit=found.fit.assign(**pd.DataFrame(naive).to_dict("list")))


def _parts(posterior: Posterior, split: int) -> tuple[list[Any], list[Any]]:
    """Return what was observed up to ``split``, and of the same series what was after it."""
    early = [_part(each, first=0, last=split) for each in posterior.observations]
    early = [each for each in early if each is not None]
    late = [_part(each, first=split + 1, last=9999) for each in posterior.observations]
    known = {(each.key, each.element) for each in early}
    late = [each for each in late if each is not None and (each.key, each.element) in known]
    if not early or not late:
        raise InputError(f"hold-out {split}: no series has years both up to it and after it")
    return early, late


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


def write_tables(found: Calibration, seed: int, place: Callable[[str], Path]) -> None:
    """Write every table and the InferenceData; ``place`` says where a file of a name goes.

    `docs/calibration.md` says what each holds.
    """
    inference_data(found, seed).to_netcdf(str(place(CALIBRATION)))
    tables_of = {
        "parameters": found.parameters,
        "profiles": found.profiles,
        "fit": found.met.fit,
        "windows": found.met.windows,
        "series": found.met.series,
    }
    if found.held is not None:
        tables_of |= {"holdout": found.held.fit, "holdout_series": found.held.series}
    for name, table in tables_of.items():
        table.to_csv(place(f"{name}.csv"), index=False)
    found.correlations.to_csv(place("correlations.csv"), index_label="parameter")
    tables.density_table(found.posterior.parameters, found.chains).to_csv(
        place("densities.csv"), index=False
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
        drawn = goodness.bands(posterior.observations, _simulated(posterior, x), seed)
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
