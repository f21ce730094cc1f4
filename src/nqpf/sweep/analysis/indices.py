"""Sobol indices and elementary effects, with SALib.

Sources: Saltelli and others 2010 (doi:10.1016/j.cpc.2009.09.018) for S1 and ST; Morris 1991
(doi:10.1080/00401706.1991.10484804), Campolongo and others 2007
(doi:10.1016/j.envsoft.2006.10.004) for mu*.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqpf.errors import InputError
from nqpf.study.toml import shown
from nqpf.sweep.analysis.tables import Findings, find_policy, require_design, scalar_variables
from nqpf.sweep.designs import Unit, problem_of
from nqpf.sweep.results import Sweep

Values = NDArray[np.float64]

RESAMPLES = 100
"""Of the bootstrap, as SALib has it: enough for the width of an interval to within a tenth."""
EVERY = 5
"""Years from one point of a course to the next."""
LEAST = 16
"""Base samples below which indices say nothing."""


def sobol(
    sweep: Sweep,
    outcomes: Sequence[str] = (),
    policy: str | None = None,
    every: int = EVERY,
    resamples: int = RESAMPLES,
) -> Findings:
    """Return Sobol indices of outcomes, and of the courses of variables every few years.

    Parameters
    ----------
    outcomes
        Their names; all if none is named.
    policy
        Label of the policy whose runs are analysed; the reference policy if None.
    every
        Years from one point of a course to the next; 0: no courses.

    Raises
    ------
    InputError
        The sweep has another design, or hardly any base sample without failures.
    """
    require_design(sweep, "saltelli", "a Sobol analysis")
    names, second = list(sweep.factors), sweep.spec.second_order
    block = len(names) * (1 + second) + 2
    rows: list[pd.DataFrame] = []
    pairs: list[pd.DataFrame] = []
    steps: list[pd.DataFrame] = []
    left_out: dict[str, int] = {}
    for outcome, time, values in _outputs(sweep, outcomes, policy, every):
        whole = values.reshape(-1, block)
        sound = whole[np.isfinite(whole).all(axis=1)]
        left_out[outcome] = max(left_out.get(outcome, 0), len(whole) - len(sound))
        if len(sound) < LEAST:
            raise InputError(
                f"{shown(sweep.folder)}: {outcome}: {len(sound)} of {len(whole)} base samples have "
                f"no failed run; at least {LEAST} are needed."
            )
        found = _analyse(names, sound, second, resamples, sweep.spec.seed)
        head = {"outcome": outcome, "time": time}
        rows.append(pd.DataFrame({**head, **_ends(names, found), "n": len(sound)}))
        if second:
            pairs.append(pd.DataFrame({**head, **_pairs(names, found), "n": len(sound)}))
        if time is None:
            for count in _prefixes(len(sound)):
                part = found
                if count < len(sound):
                    part = _analyse(names, sound[:count], second, resamples, sweep.spec.seed)
                steps.append(pd.DataFrame({"outcome": outcome, "n": count, **_ends(names, part)}))
    tables = {"sobol": pd.concat(rows, ignore_index=True)}
    if second:
        tables["sobol_pairs"] = pd.concat(pairs, ignore_index=True)
    tables["sobol_convergence"] = pd.concat(steps, ignore_index=True)
    said = {
        "policy": sweep.policies["label"].iloc[find_policy(sweep, policy)],
        "resamples": resamples,
        "base samples left out": left_out,
    }
    return Findings("sobol", tables, said)


def morris(
    sweep: Sweep,
    outcomes: Sequence[str] = (),
    policy: str | None = None,
    every: int = EVERY,
    resamples: int = RESAMPLES,
) -> Findings:
    """Return elementary effects, in the outcome's unit from end to end of a factor; as `sobol`."""
    require_design(sweep, "morris", "a Morris analysis")
    from SALib.analyze import morris as analysis

    names, spec = list(sweep.factors), sweep.spec
    assert spec.n is not None
    unit = Unit("morris", spec.n, len(names), spec.seed, levels=spec.levels)
    points = unit.points(0, unit.count).reshape(spec.n, len(names) + 1, len(names))
    rows: list[pd.DataFrame] = []
    left_out: dict[str, int] = {}
    for outcome, time, values in _outputs(sweep, outcomes, policy, every):
        whole = values.reshape(spec.n, -1)
        sound = np.isfinite(whole).all(axis=1)
        left_out[outcome] = max(left_out.get(outcome, 0), int((~sound).sum()))
        if sound.sum() < 2:
            raise InputError(
                f"{shown(sweep.folder)}: {outcome}: {sound.sum()} of {spec.n} trajectories have no "
                "failed run; at least 2 are needed."
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = analysis.analyze(
                problem_of(names),
                points[sound].reshape(-1, len(names)),
                whole[sound].ravel(),
                num_levels=spec.levels,
                num_resamples=resamples,
                seed=spec.seed,
            )
        star, half = np.asarray(found["mu_star"]), np.asarray(found["mu_star_conf"], dtype=float)
        rows.append(
            pd.DataFrame(
                {
                    "outcome": outcome,
                    "time": time,
                    "factor": names,
                    "mu": np.asarray(found["mu"]),
                    "mu_star": star,
                    "mu_star_low": star - half,
                    "mu_star_high": star + half,
                    "sigma": np.asarray(found["sigma"]),
                    "n": int(sound.sum()),
                }
            )
        )
    said = {"resamples": resamples, "trajectories left out": left_out}
    return Findings("morris", {"morris": pd.concat(rows, ignore_index=True)}, said)


def _outputs(
    sweep: Sweep, outcomes: Sequence[str], policy: str | None, every: int
) -> Iterator[tuple[str, float | None, Values]]:
    """Yield (outcome, None, its values), then (variable, year, its values), sample by sample."""
    number = find_policy(sweep, policy)
    for name, values in sweep.figures(sweep.choose(tuple(outcomes))).items():
        yield name, None, values[:, number]
    if not every or outcomes:
        return
    for variable in scalar_variables(sweep):
        years, courses = sweep.course(variable)
        if len(years) < 2:
            continue
        chosen = np.flatnonzero((years[-1] - years) % every == 0)
        for place in chosen:
            values = courses[:, number, place].astype(np.float64)
            if np.nanstd(values) > 1e-6 * np.abs(np.nanmean(values)):  # else it does not vary yet
                yield variable, float(years[place]), values


def _analyse(names: list[str], blocks: Values, second: bool, resamples: int, seed: int) -> Any:
    from SALib.analyze import sobol as analysis

    # Indices do not change when an outcome is shifted, but their estimates are better around zero.
    values = blocks.ravel() - blocks.mean()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return analysis.analyze(
            problem_of(names),
            values,
            calc_second_order=second,
            num_resamples=resamples,
            conf_level=0.95,
            seed=seed,
        )


def _ends(names: list[str], found: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {"factor": names}
    for index in ("S1", "ST"):
        value, half = np.asarray(found[index]), np.asarray(found[f"{index}_conf"])
        columns |= {index: value, f"{index}_low": value - half, f"{index}_high": value + half}
    return columns


def _pairs(names: list[str], found: Any) -> dict[str, Any]:
    first, second = np.triu_indices(len(names), 1)
    value = np.asarray(found["S2"])[first, second]
    half = np.asarray(found["S2_conf"])[first, second]
    return {
        "factor": [names[each] for each in first],
        "other": [names[each] for each in second],
        "S2": value,
        "S2_low": value - half,
        "S2_high": value + half,
    }


def _prefixes(count: int) -> list[int]:
    """Return ever more base samples, each twice the last: how indices settle."""
    return [count // part for part in (16, 8, 4, 2, 1) if count // part >= LEAST]
