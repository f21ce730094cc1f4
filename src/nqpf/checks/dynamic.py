"""Checks that run a model, as ensembles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import qmc

from nqpf.checks.arguments import Argument
from nqpf.checks.instrument import ALIKE
from nqpf.checks.members import filled, ranges
from nqpf.checks.verdict import Check, Finding, Verdict
from nqpf.engine.model import Model
from nqpf.engine.reader.changes import ORIGINAL

DRAWS = 10_000
SEED = 20221231
# Errors relative to the range that a variable covers: beyond the first a chart shows them, beyond
# the second they are as large as what models are asked for.
STEP_ERROR = 0.01
STEP_FAULT = 0.05
# A step this share of the fastest time constant is the usual rule (Forrester and Senge 1980); past
# the whole of it Euler steps overshoot.
STEP_SHARE = 0.25


def integration(model: Model) -> Check:
    """Halving the time step twice, and RK4 for Euler, moves no stock by a share of its range.

    A quarter of an Euler step leaves a quarter of the error, RK4 next to none.
    """
    control = model.control
    stocks = _stocks(model)
    if not stocks:
        return Check("time step", "holds", "no stocks")
    every = {"saveper": control.saveper, "return_columns": stocks}
    own = model.run(return_columns=stocks)
    other = "rk4" if control.method == "euler" else "euler"
    finer = {
        "half the step": model.run(time_step=control.time_step / 2, **every),
        "a quarter of the step": model.run(time_step=control.time_step / 4, **every),
        f"method {other}": model.run(method=other, return_columns=stocks),
    }
    said: list[str] = []
    found: list[Finding] = []
    largest = 0.0
    for how, frame in finer.items():
        span = (frame.max() - frame.min()).clip(lower=1e-9 * frame.abs().max() + 1e-300)
        errors = ((own - frame).abs().max() / span).sort_values(ascending=False)
        said.append(f"{how} {errors.iloc[0]:.2%}")
        largest = max(largest, float(errors.max()), np.inf if errors.isna().any() else 0.0)
        found += [
            Finding(str(name), f"moves by {error:.2%} of its range with {how}")
            for name, error in errors.items()
            if not error <= STEP_ERROR
        ]
    verdict: Verdict = "holds" if not found else "note" if largest <= STEP_FAULT else "fails"
    return Check("time step", verdict, ", ".join(said), tuple(found))


def time_constants(model: Model) -> Check:
    """The time step is short against the fastest mode of the linearised model at the start."""
    name = "time constants"
    control = model.control
    stocks = _stocks(model)
    if not stocks:
        return Check(name, "holds", "no stocks")
    first = {
        "FINAL TIME": control.initial_time + control.time_step,
        "SAVEPER": control.time_step,
    }
    start = model.run(first, stocks, method="euler").iloc[0]
    start = start[np.isfinite(start)]
    size = start.abs().to_numpy()
    push = 1e-6 * np.where(size > 0, size, 1.0)
    initial = pd.DataFrame(
        np.vstack([start, start.to_numpy() + np.diag(push)]), columns=start.index
    )
    frame = pd.DataFrame(first, index=initial.index)
    runs = model.ensemble(frame, stocks, initial=initial, method="euler").isel(time=-1)
    ends = np.column_stack([_flat(runs[each].to_numpy()) for each in stocks])
    labels = [each + label for each in stocks for label in model.labels(model.find(each))]
    ends = pd.DataFrame(ends, columns=labels)[list(start.index)].to_numpy()
    jacobian = ((ends[1:] - ends[0]).T / push - np.eye(len(push))) / control.time_step
    if not np.isfinite(jacobian).all():
        return Check(name, "note", "the first step is not finite: not checked")
    values, vectors = np.linalg.eig(jacobian)
    speed = np.where(np.real(values) < 0, np.abs(values), 0.0)
    if not speed.any():
        return Check(name, "holds", "nothing decays")
    fastest = int(speed.argmax())
    constant = 1.0 / speed[fastest]
    where = str(start.index[int(np.abs(vectors[:, fastest]).argmax())])
    share = control.time_step / constant
    figure = f"fastest {constant:.3g} {control.time_unit} ({where}), time step {share:.2f} of it"
    if share <= STEP_SHARE + 1e-6:
        return Check(name, "holds", figure)
    verdict: Verdict = "fails" if share > 1.0 + 1e-4 else "note"
    text = f"a step of {control.time_step:g} is {share:.2f} of its time constant"
    return Check(name, verdict, figure, (Finding(where, text),))


def extrapolated(
    model: Model, arguments: Sequence[Argument], scenarios: Mapping[str, Mapping[str, float]]
) -> Check:
    """In the runs made no table is read beyond its points; tables over time apart."""
    name = "tables"
    if not arguments:
        return Check(name, "holds", "no table but those over time")
    rows = [{}, *scenarios.values()]
    runs = model.ensemble(filled(model, rows), [each.name for each in arguments])
    who = ["as in the file", *scenarios]
    found: list[Finding] = []
    for each in arguments:
        values = _flat(runs[each.name].to_numpy(), runs.sizes["run"], runs.sizes["time"])
        below, above = values < each.low, values > each.high
        for wrong, side in ((below, "below"), (above, "above")):
            if wrong.any():
                run, time, element = np.argwhere(wrong)[0]
                found.append(
                    Finding(
                        each.reader,
                        f'reads table "{each.table}" {side} its points, at '
                        f"{values[run, time, element]:.4g} in "
                        f"{float(runs['time'][time]):g} ({who[run]})",
                    )
                )
    return Check(
        name, "note" if found else "holds", f"{len(found)} of {len(arguments)} read beyond their "
        f"points in {len(rows)} runs", tuple(found),
    )  # fmt: skip


def extremes(model: Model) -> Check:
    """Every constant at each end of its range, one at a time: finite, stocks not negative."""
    rows = [{name: value} for name, ends in ranges(model).items() for value in ends]
    if not rows:
        return Check("extremes", "note", "no constant has a range")
    said = [f"{name} = {value:g}" for row in rows for name, value in row.items()]
    return _outcome("extremes", model, filled(model, rows), said)


def drawn(model: Model, draws: int = DRAWS) -> Check:
    """Constants drawn over all their ranges at once (Latin hypercube): the same."""
    found = ranges(model)
    if not found:
        return Check("draws", "note", "no constant has a range")
    low, high = np.array(list(found.values())).T
    design = qmc.scale(qmc.LatinHypercube(len(low), rng=SEED).random(draws), low, high)
    frame = pd.DataFrame(design, columns=list(found))
    return _outcome("draws", model, frame, [f"draw {k}" for k in range(draws)])


def symmetric(model: Model, dim: str) -> Check:
    """With every constant and table equal over ``dim``, all that happens is equal over it."""
    name = f"symmetry of {dim}"
    series: dict[str, object] = {f"{ALIKE} {dim}": 1.0}
    for variable in model.variables.values():
        if dim not in variable.dims or variable.kind not in ("constant", "lookup"):
            continue
        axis = variable.dims.index(dim)
        labels = model.labels(variable)
        if variable.kind == "constant":
            own = model.constants[variable.name]
            even = np.broadcast_to(own.mean(axis=axis, keepdims=True), own.shape).ravel()
            series |= {variable.name + label: even[k] for k, label in enumerate(labels)}
        else:
            tables = model.tables(variable.name)
            even_table = _mean(tables)
            series |= {variable.name + label: even_table for label in labels}
    outputs = [
        each.name
        for each in model.variables.values()
        if dim in each.dims
        and each.kind in ("stock", "auxiliary")
        and not each.name.endswith(ORIGINAL)
    ]
    frame = model.run(series, outputs)
    found: list[Finding] = []
    for each in outputs:
        variable = model.find(each)
        labels = model.labels(variable)
        values = frame[[each + label for label in labels]].to_numpy()
        values = values.reshape(len(frame), *variable.shape)
        axis = 1 + variable.dims.index(dim)
        spread = np.ptp(values, axis=axis)
        size = np.maximum(np.abs(values).max(axis=axis), 1e-12)
        if not (spread <= 1e-9 * size).all():
            when = float(
                frame.index[int((spread > 1e-9 * size).reshape(len(frame), -1).any(1).argmax())]
            )
            found.append(Finding(each, f"differs over {dim} from {when:g} on"))
    figure = f"{len(found)} of {len(outputs)} variables differ"
    return Check(name, "fails" if found else "holds", figure, tuple(found))


def _mean(tables: Sequence[pd.Series]) -> pd.Series:
    x = np.unique(np.concatenate([each.index.to_numpy(dtype=float) for each in tables]))
    y = np.mean([np.interp(x, each.index.to_numpy(dtype=float), each) for each in tables], axis=0)
    return pd.Series(y, index=x)


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
            values = _flat(part[stock].to_numpy())
            size = np.nanmax(np.abs(values), axis=1)
            for k in np.flatnonzero(np.nanmin(values, axis=1) < -1e-9 * size):
                negative.append(Finding(stock, f"falls below zero with {said[first + k]}"))
        first += part.sizes["run"]
    figure = f"{len(frame)} runs: {len(failed)} not finite, {len(negative)} stocks below zero"
    found = (*failed, *negative)
    return Check(name, "fails" if found else "holds", figure, found)


def _flat(values: np.ndarray, *leading: int) -> np.ndarray:
    """Return ``values`` with all axes but the first (or those of ``leading``) in one."""
    return values.reshape(*(leading or values.shape[:1]), -1)


def _stocks(model: Model) -> list[str]:
    return [each.name for each in model.variables.values() if each.kind == "stock"]


def _not_negative(model: Model) -> list[str]:
    """Stocks that do not fall below zero as the file stands: those that must stay so."""
    stocks = _stocks(model)
    if not stocks:
        return []
    own = model.ensemble(pd.DataFrame(index=[0]), stocks)
    return [name for name in stocks if float(own[name].min()) >= 0.0]
