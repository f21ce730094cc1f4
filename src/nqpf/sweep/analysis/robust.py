"""Robust choice: settings of the levers that no other beats in every aim at once.

NSGA-II (Deb and others 2002, doi:10.1109/4235.996017) as pymoo has it; each generation, under all
samples, is one ensemble. Measures are paid for inside the model, by its budget rule.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nqpf.errors import InputError
from nqpf.study.columns import select
from nqpf.study.folder import Study
from nqpf.study.project import spread
from nqpf.study.summary import statistic
from nqpf.study.toml import shown
from nqpf.sweep.analysis.tables import Findings, Values, band
from nqpf.sweep.making import make_plan
from nqpf.sweep.results import Sweep
from nqpf.sweep.spec import LeverFactor, Objective, Outcome

if TYPE_CHECKING:
    from nqpf.engine import Model

POPULATION, GENERATIONS, SAMPLES = 64, 80, 40
FINAL = 200
"""Samples under which the front is judged at last; the search takes fewer."""
WORST = 0.1


def robust(
    sweep: Sweep,
    study: Study,
    model: Model,
    population: int = POPULATION,
    generations: int = GENERATIONS,
    samples: int = SAMPLES,
    tell: Callable[[int, int], None] | None = None,
) -> Findings:
    """Return the Pareto front of lever settings over the objectives of a sweep's specification.

    Parameters
    ----------
    samples
        Samples of the sweep, evenly spread over it, under which every setting is judged.
    tell
        Told the generation and how many there are.

    Raises
    ------
    InputError
        The specification has no objectives or no levers to choose, or the model is another one.
    """
    where = shown(sweep.folder)
    if model.hash != sweep.record["identity"]["model"]["hash"]:
        raise InputError(f"{where}: was made with another model than the study's; sweep anew.")
    levers = {name: each for name, each in sweep.spec.levers.items() if _free(each)}
    if len(sweep.spec.objectives) < 2 or not levers:
        raise InputError(
            f"{where}: a choice needs two or more [objectives] and levers with a range or two "
            "values in the specification."
        )
    judge = _Judge(sweep, study, model, levers, samples)
    found = _search(judge, population, generations, tell, sweep.spec.seed)
    final = _Judge(sweep, study, model, levers, FINAL)
    edges = np.array([judge.low, judge.high])
    every = np.unique(np.concatenate([found.round(3), edges]), axis=0)
    table = final.table(every)
    front = _front(final.costs(table))
    table["on_front"] = front
    table = table.sort_values(["on_front", judge.names[0]], ascending=False, ignore_index=True)
    table.insert(0, "point", np.arange(len(table)))
    said = {
        "objectives": {name: each.model_dump() for name, each in sweep.spec.objectives.items()},
        "population": population,
        "generations": generations,
        "samples": {"search": judge.count, "final": final.count},
        "seed": sweep.spec.seed,
    }
    return Findings("robust", {"pareto": table}, said)


def _free(factor: LeverFactor) -> bool:
    return factor.values is None or len(set(factor.values)) > 1


class _Judge:
    """Runs settings of the levers under samples, and says how they meet the objectives."""

    def __init__(
        self,
        sweep: Sweep,
        study: Study,
        model: Model,
        levers: dict[str, LeverFactor],
        samples: int,
    ) -> None:
        self.model, self.levers = model, list(levers)
        self.objectives: dict[str, Objective] = dict(sweep.spec.objectives)
        self.outcomes: dict[str, Outcome] = dict(sweep.outcomes)
        where = shown(sweep.folder)
        plan = make_plan(sweep.spec, study, model, where)
        rows = np.unique(np.linspace(0, plan.samples - 1, samples).round().astype(int))
        first = sweep.reference
        self.base = pd.concat(
            [
                plan.frame(
                    row * plan.policies.count + first, row * plan.policies.count + first + 1
                )[0]
                for row in rows.tolist()
            ],
            ignore_index=True,
        )
        self.count = len(self.base)
        self.low = np.array([_bounds(each)[0] for each in levers.values()])
        self.high = np.array([_bounds(each)[1] for each in levers.values()])
        self.columns = [
            list(spread(model, {study.levers[name].parameter: 0.0}, where)) for name in levers
        ]
        self.kept = [each.name for each in plan.kept]
        self.where = where

    @property
    def names(self) -> list[str]:
        """Names of the objectives."""
        return list(self.objectives)

    def figures(self, settings: Values) -> dict[str, Values]:
        """Return each outcome that an objective needs, shape (settings, samples)."""
        frame = self.base.loc[np.tile(np.arange(self.count), len(settings))].reset_index(drop=True)
        for place, columns in enumerate(self.columns):
            for column in columns:
                frame[column] = np.repeat(settings[:, place], self.count)
        found = self._run(frame)
        return {
            name: 100 * (values / self._reference[name] - 1)
            if self.outcomes[name].statistic == "ratio"
            else values
            for name, values in found.items()
        }

    @cached_property
    def _reference(self) -> dict[str, Values]:
        """The outcomes of the reference policy, (1, samples)."""
        return self._run(self.base)

    def _run(self, frame: pd.DataFrame) -> dict[str, Values]:
        runs = self.model.ensemble(frame, self.kept)
        found = {}
        for name in dict.fromkeys(each.outcome for each in self.objectives.values()):
            outcome = self.outcomes[name]
            values = statistic(select(runs, outcome.variable, self.where), outcome).to_numpy()
            values = values * outcome.scale
            values[runs["failed"].to_numpy() != 0] = np.nan
            found[name] = values.reshape(-1, self.count)
        return found

    def table(self, settings: Values) -> pd.DataFrame:
        """Return settings with their objectives and how far these vary over the samples."""
        figures = self.figures(settings)
        table = pd.DataFrame(settings, columns=pd.Index(self.levers, dtype=object))
        for name, each in self.objectives.items():
            values = figures[each.outcome]
            table[name] = self._one_figure(each, values)
            table[f"{name}_low"], table[f"{name}_high"] = band(values, axis=1)
        return table

    def costs(self, table: pd.DataFrame) -> Values:
        """Return the objectives so that less is better, shape (settings, objectives)."""
        return np.stack(
            [
                table[name].to_numpy() * (1 if self._less(each) else -1)
                for name, each in self.objectives.items()
            ],
            axis=1,
        )

    def _less(self, objective: Objective) -> bool:
        return self.outcomes[objective.outcome].less_is_better

    def _one_figure(self, objective: Objective, values: Values) -> Values:
        match objective.aggregate:
            case "median":
                return np.median(values, axis=1)
            case "mean":
                return values.mean(axis=1)
            case "worst decile":
                share = 1 - WORST if self._less(objective) else WORST
                return np.quantile(values, share, axis=1)


def _bounds(factor: LeverFactor) -> tuple[float, float]:
    if factor.values is not None:
        return min(factor.values), max(factor.values)
    return factor.low or 0.0, 1.0 if factor.high is None else factor.high


def _search(
    judge: _Judge,
    population: int,
    generations: int,
    tell: Callable[[int, int], None] | None,
    seed: int,
) -> Values:
    """Return the settings that the last generation holds."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.optimize import minimize

    class Choice(Problem):
        """Settings between the bounds of the levers; every generation is one ensemble."""

        def __init__(self) -> None:
            count = len(judge.levers)
            super().__init__(n_var=count, n_obj=len(judge.names), xl=judge.low, xu=judge.high)
            self.generation = 0

        def _evaluate(self, x: Values, out: dict[str, Any], *_: Any, **__: Any) -> None:
            if tell is not None:
                tell(self.generation, generations)
            self.generation += 1
            out["F"] = np.nan_to_num(judge.costs(judge.table(x)), nan=1e30)

    result = minimize(
        Choice(), NSGA2(pop_size=population), ("n_gen", generations), seed=seed % 2**31
    )
    return np.atleast_2d(np.asarray(result.X, dtype=np.float64))


def _front(costs: Values) -> Any:
    """Return which rows no other beats: as good in everything, and better in something."""
    as_good = (costs[:, None, :] <= costs[None, :, :]).all(axis=2)
    better = (costs[:, None, :] < costs[None, :, :]).any(axis=2)
    return ~(as_good & better).any(axis=0)
