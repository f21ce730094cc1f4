"""Checks that run a model, as ensembles."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import qmc

from nqpf.checks.verdict import Check, Finding
from nqpf.engine.model import Model
from nqpf.engine.passes.symbols import CONTROL

DRAWS = 10_000
SEED = 20221231
# Relative to the range that a variable covers: what a chart would not show.
STEP_ERROR = 0.01


def dynamic_checks(model: Model, draws: int = DRAWS) -> list[Check]:
    """Return all checks that run the model, in the order of a table."""
    return [integration(model), extremes(model), drawn(model, draws)]


def integration(model: Model) -> Check:
    """Halving the time step twice changes no stock by more than a share of its range."""
    step = model.control.time_step
    stocks = [each.name for each in model.variables.values() if each.kind == "stock"]
    if not stocks:
        return Check("time step", "holds", "no stocks")
    own = model.run(return_columns=stocks)
    every = {"saveper": model.control.saveper, "return_columns": stocks}
    errors = {}
    for parts in (2, 4):
        finer = model.run(time_step=step / parts, **every)
        span = (finer.max() - finer.min()).clip(lower=1e-9 * finer.abs().max() + 1e-300)
        errors[parts] = ((own - finer).abs().max() / span).sort_values(ascending=False)
    worst = errors[4]
    found = tuple(
        Finding(str(name), f"moves by {error:.2%} of its range with a quarter of the time step")
        for name, error in worst.items()
        if not error <= STEP_ERROR
    )
    figure = f"{worst.iloc[0]:.2%} ({worst.index[0]}), {errors[2].max():.2%} at half the step"
    return Check("time step", "fails" if found else "holds", figure, found)


def extremes(model: Model) -> Check:
    """Every constant at each end of its range, one at a time: finite, stocks not negative."""
    rows: list[dict[str, float]] = []
    said: list[str] = []
    for name, (low, high) in _ranges(model).items():
        for value in (low, high):
            rows.append({name: value})
            said.append(f"{name} = {value:g}")
    if not rows:
        return Check("extremes", "note", "no constant has a range")
    return _outcome("extremes", model, _filled(model, rows), said)


def drawn(model: Model, draws: int) -> Check:
    """Constants drawn over all their ranges at once (Latin hypercube): the same."""
    ranges = _ranges(model)
    if not ranges:
        return Check("draws", "note", "no constant has a range")
    low, high = np.array(list(ranges.values())).T
    design = qmc.scale(qmc.LatinHypercube(len(low), rng=SEED).random(draws), low, high)
    frame = pd.DataFrame(design, columns=list(ranges))
    return _outcome("draws", model, frame, [f"draw {k}" for k in range(draws)])


def _ranges(model: Model) -> dict[str, tuple[float, float]]:
    """Constants with both ends of a range, control variables apart."""
    control = {model.find(name).name for name in CONTROL}
    found: dict[str, tuple[float, float]] = {}
    for name in model.constants:
        low, high = model.variables[name].limits
        if name not in control and low is not None and high is not None and low < high:
            found[name] = (low, high)
    return found


def _filled(model: Model, rows: list[dict[str, float]]) -> pd.DataFrame:
    """One row a member; what a row does not change keeps the file's value."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns: dict[str, np.ndarray] = {}
    for name in names:
        variable = model.variables[name]
        labels = model.labels(variable)
        for label, value in zip(labels, model.constants[name].ravel(), strict=True):
            columns[name + label] = np.array([row.get(name, value) for row in rows])
    return pd.DataFrame(columns)


def _outcome(name: str, model: Model, frame: pd.DataFrame, said: list[str]) -> Check:
    """Run ``frame`` and say which members were not finite or drove a stock below zero."""
    stocks = _not_negative(model)
    failed: list[Finding] = []
    negative: list[Finding] = []
    first = 0
    for part in model.stream(frame, stocks or None, size=2048):
        for k in np.flatnonzero(part["failed"].to_numpy()):
            time = float(part["failed_time"][k])
            where = str(part["failed_variable"][k].item())
            failed.append(Finding(where, f"is not finite at {time:g} with {said[first + k]}"))
        for stock in stocks:
            values = part[stock].to_numpy().reshape(part.sizes["run"], -1)
            size = np.nanmax(np.abs(values), axis=1)
            for k in np.flatnonzero(np.nanmin(values, axis=1) < -1e-9 * size):
                negative.append(Finding(stock, f"falls below zero with {said[first + k]}"))
        first += part.sizes["run"]
    figure = f"{len(frame)} runs: {len(failed)} not finite, {len(negative)} stocks below zero"
    found = (*failed, *negative)
    return Check(name, "fails" if found else "holds", figure, found)


def _not_negative(model: Model) -> list[str]:
    """Stocks that do not fall below zero as the file stands: those that must stay so."""
    stocks = [each.name for each in model.variables.values() if each.kind == "stock"]
    if not stocks:
        return []
    own = model.ensemble(pd.DataFrame(index=[0]), stocks)
    return [name for name in stocks if float(own[name].min()) >= 0.0]
