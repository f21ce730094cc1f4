"""Whether stocks change by their flows, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nqpf.checks.verdict import Check, Finding, counted
from nqpf.checks.wording import NO_STOCKS, both
from nqpf.engine.model import Model

_FLOW = "net flow into"  # in front of a stock's name
# What rounding may leave of a step, relative to the largest value of the stock.
_ROUNDING = 1e-9


def with_flows(model: Model) -> Model:
    """Return the model with the net flow into every stock as one more variable."""
    written = model.written
    names = {name: f"{_FLOW} {name}" for name in _stocks(model)}
    if not names:
        return model
    flows = {
        flow: replace(
            written.variables[name],
            name=flow,
            py_name=flow,
            unit="",
            kind="auxiliary",
            limits=(None, None),
        )
        for name, flow in names.items()
    }
    equations = tuple(
        replace(each, variable=names[each.variable], initial=None)
        for each in written.equations
        if each.variable in names
    )
    more = replace(
        written, variables=written.variables | flows, equations=written.equations + equations
    )
    return model.amended(more, "net flows")


def balanced(model: Model) -> Check:
    """Every step of every stock is its net flow times the step, so that nothing is lost on the way.

    ``model`` is one with flows.
    """
    stocks = _stocks(model)
    if not stocks:
        return Check("balance", "holds", NO_STOCKS)
    step = model.control.time_step
    columns = [*stocks, *(f"{_FLOW} {name}" for name in stocks)]
    frame = model.run(return_columns=columns, saveper=step, method="euler")
    found: list[Finding] = []
    for name in stocks:
        for label in model.labels(model.find(name)):
            level = frame[name + label].to_numpy()
            flow = frame[f"{_FLOW} {name}{label}"].to_numpy()
            lost = np.abs(np.diff(level) - step * flow[:-1])
            wrong = ~(lost <= _ROUNDING * np.abs(level).max())
            if wrong.any():
                first = int(wrong.argmax())
                text = both(
                    "changes by {lost:.4g} more or less than its flows at {time:g}",
                    "在时点 {time:g} 的变化与流量相差 {lost:.4g}",
                    lost=lost[first],
                    time=frame.index[first],
                )
                found.append(Finding(name + label, text))
    said = "{count} of {all} stocks", "{all} 个存量中 {count} 处与流量不符"
    return counted("balance", found, said, all=len(stocks))


def _stocks(model: Model) -> list[str]:
    return [each.name for each in model.variables.values() if each.kind == "stock"]
