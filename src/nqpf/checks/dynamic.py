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
from nqpf.checks.wording import AS_IN_FILE, NO_RANGES, NO_STOCKS, both, joined, same, time_unit
from nqpf.engine.model import Model
from nqpf.engine.reader.changes import ORIGINAL
from nqpf.study.names import NO_NAMES, called
from nqpf.study.toml import Text

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
        return Check("time step", "holds", NO_STOCKS)
    every = {"saveper": control.saveper}
    own = model.run(return_columns=stocks)
    other = "rk4" if control.method == "euler" else "euler"
    finer = [
        (both("half the step", "步长减半"), {"time_step": control.time_step / 2, **every}),
        (
            both("a quarter of the step", "步长四分之一"),
            {"time_step": control.time_step / 4, **every},
        ),
        (both("method {other}", "方法 {other}", other=other), {"method": other}),
    ]
    said: list[Text] = []
    found: list[Finding] = []
    moved = "moves by {error:.2%} of its range with {how}", "{how}，变动达其范围的 {error:.2%}"
    largest = 0.0
    for how, options in finer:
        frame = model.run(return_columns=stocks, **options)
        span = (frame.max() - frame.min()).clip(lower=1e-9 * frame.abs().max() + 1e-300)
        errors = ((own - frame).abs().max() / span).sort_values(ascending=False)
        said.append(both("{how} {error:.2%}", "{how} {error:.2%}", how=how, error=errors.iloc[0]))
        largest = max(largest, float(errors.max()), np.inf if errors.isna().any() else 0.0)
        found += [
            Finding(str(name), both(*moved, error=error, how=how))
            for name, error in errors.items()
            if not error <= STEP_ERROR
        ]
    verdict: Verdict = "holds" if not found else "note" if largest <= STEP_FAULT else "fails"
    return Check("time step", verdict, joined(said), tuple(found))


def time_constants(model: Model, names: Mapping[str, Text] = NO_NAMES) -> Check:
    """The time step is short against the fastest mode of the linearised model at the start."""
    name = "time constants"
    control = model.control
    stocks = _stocks(model)
    if not stocks:
        return Check(name, "holds", NO_STOCKS)
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
        figure = both(
            "the first step is not finite: not checked", "第一步的结果不是有限数值，未检验"
        )
        return Check(name, "note", figure)
    values, vectors = np.linalg.eig(jacobian)
    speed = np.where(np.real(values) < 0, np.abs(values), 0.0)
    if not speed.any():
        return Check(name, "holds", both("nothing decays", "没有衰减的部分"))
    fastest = int(speed.argmax())
    constant = 1.0 / speed[fastest]
    where = str(start.index[int(np.abs(vectors[:, fastest]).argmax())])
    share = control.time_step / constant
    figure = both(
        "fastest {constant:.3g} {unit} ({where}), time step {share:.2f} of it",
        "最快者 {constant:.3g} {unit}（{where}），步长为其 {share:.2f} 倍",
        constant=constant,
        unit=time_unit(control.time_unit),
        where=called(names, where.replace(f" {ORIGINAL}", "")),
        share=share,
    )
    if share <= STEP_SHARE + 1e-6:
        return Check(name, "holds", figure)
    verdict: Verdict = "fails" if share > 1.0 + 1e-4 else "note"
    text = both(
        "a step of {step:g} is {share:.2f} of its time constant",
        "步长 {step:g} 为其时间常数的 {share:.2f} 倍",
        step=control.time_step,
        share=share,
    )
    return Check(name, verdict, figure, (Finding(where, text),))


def extrapolated(
    model: Model,
    arguments: Sequence[Argument],
    scenarios: Mapping[str, Mapping[str, float]],
    names: Mapping[str, Text] = NO_NAMES,
) -> Check:
    """In the runs made no table is read beyond its points; tables over time apart."""
    name = "tables"
    if not arguments:
        return Check(name, "holds", both("no table but those over time", "只有随时间变化的表函数"))
    rows = [{}, *scenarios.values()]
    runs = model.ensemble(filled(model, rows), [each.name for each in arguments])
    who = [AS_IN_FILE, *map(same, scenarios)]
    below, above = both("below", "小于"), both("above", "大于")
    found: list[Finding] = []
    for each in arguments:
        values = _flat(runs[each.name].to_numpy(), runs.sizes["run"], runs.sizes["time"])
        for wrong, side in ((values < each.low, below), (values > each.high, above)):
            if wrong.any():
                run, time, element = np.argwhere(wrong)[0]
                text = both(
                    'reads table "{table}" {side} its points, at {value:.4g} in {time:g} ({who})',
                    "在时点 {time:g} 以 {value:.4g} 查表函数“{table}”，{side}其端点（{who}）",
                    table=called(names, each.table),
                    side=side,
                    value=values[run, time, element],
                    time=float(runs["time"][time]),
                    who=who[run],
                )
                found.append(Finding(each.reader, text))
    figure = both(
        "{count} of {all} read beyond their points in {runs} runs",
        "{runs} 次运行，{all} 处查表中 {count} 处超出端点",
        count=len(found),
        all=len(arguments),
        runs=len(rows),
    )
    return Check(name, "note" if found else "holds", figure, tuple(found))


def extremes(model: Model, names: Mapping[str, Text] = NO_NAMES) -> Check:
    """Every constant at each end of its range, one at a time: finite, stocks not negative."""
    rows = [{name: value} for name, ends in ranges(model).items() for value in ends]
    if not rows:
        return Check("extremes", "note", NO_RANGES)
    given = "{name} = {value:g}"
    said = [
        both(given, given, name=called(names, name), value=value)
        for row in rows
        for name, value in row.items()
    ]
    return _outcome("extremes", model, filled(model, rows), said)


def drawn(model: Model, draws: int = DRAWS) -> Check:
    """Constants drawn over all their ranges at once (Latin hypercube): the same."""
    found = ranges(model)
    if not found:
        return Check("draws", "note", NO_RANGES)
    low, high = np.array(list(found.values())).T
    design = qmc.scale(qmc.LatinHypercube(len(low), rng=SEED).random(draws), low, high)
    frame = pd.DataFrame(design, columns=list(found))
    said = [both("draw {k}", "第 {k} 次抽样", k=k) for k in range(draws)]
    return _outcome("draws", model, frame, said)


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
            text = both(
                "differs over {dim} from {when:g} on",
                "自时点 {when:g} 起在 {dim} 各元素间不同",
                dim=dim,
                when=when,
            )
            found.append(Finding(each, text))
    figure = both(
        "{count} of {all} variables differ",
        "{all} 个变量中 {count} 个不同",
        count=len(found),
        all=len(outputs),
    )
    return Check(name, "fails" if found else "holds", figure, tuple(found))


def _mean(tables: Sequence[pd.Series]) -> pd.Series:
    x = np.unique(np.concatenate([each.index.to_numpy(dtype=float) for each in tables]))
    y = np.mean([np.interp(x, each.index.to_numpy(dtype=float), each) for each in tables], axis=0)
    return pd.Series(y, index=x)


def _outcome(name: str, model: Model, frame: pd.DataFrame, said: list[Text]) -> Check:
    """Run ``frame`` and say which members were not finite or drove a stock below zero."""
    stocks = _not_negative(model)
    failed: list[Finding] = []
    negative: list[Finding] = []
    first = 0
    for part in model.stream(frame, stocks or None, size=2048):
        for k in np.flatnonzero(part["failed"].to_numpy()):
            time = float(part["failed_time"][k])
            where = str(part["failed_variable"][k].item())
            text = both(
                "is not finite at {time:g} with {who}",
                "在时点 {time:g} 不是有限数值（{who}）",
                time=time,
                who=said[first + k],
            )
            failed.append(Finding(where, text))
        for stock in stocks:
            values = _flat(part[stock].to_numpy())
            size = np.nanmax(np.abs(values), axis=1)
            for k in np.flatnonzero(np.nanmin(values, axis=1) < -1e-9 * size):
                text = both(
                    "falls below zero with {who}", "降到零以下（{who}）", who=said[first + k]
                )
                negative.append(Finding(stock, text))
        first += part.sizes["run"]
    figure = both(
        "{runs} runs: {failed} not finite, {negative} stocks below zero",
        "{runs} 次运行：{failed} 次不是有限数值，{negative} 处存量为负",
        runs=len(frame),
        failed=len(failed),
        negative=len(negative),
    )
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
