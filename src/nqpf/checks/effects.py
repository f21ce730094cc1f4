"""Whether what a modeller can set does anything, and only what it should."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from nqpf.checks.members import filled, ranges
from nqpf.checks.static import all_read
from nqpf.checks.verdict import Check, Finding, counted
from nqpf.checks.wording import NO_RANGES, both
from nqpf.engine.model import Model
from nqpf.engine.reader.changes import ORIGINAL

SEED = 20221231
DRAWS = 3  # points of the whole space at which what did nothing before is tried again
# What does nothing leaves every bit as it is; a sum in another order may move the last ones.
_SAME = 1e-12


def effective(model: Model, outputs: Sequence[str]) -> Check:
    """Every element of a constant with a range moves a result, somewhere within the ranges.

    Tried at the file's values first, where levers are often off, then at drawn points.
    """
    name = "effects"
    stated = ranges(model)
    if not stated:
        return Check(name, "note", NO_RANGES)
    labels = {each: model.labels(model.find(each)) for each in stated}
    ends = {each + label: stated[each] for each in stated for label in labels[each]}
    own = np.concatenate([model.constants[each].ravel() for each in stated])
    low, high = np.array(list(ends.values())).T
    drawn = np.random.default_rng(SEED).uniform(low, high, (DRAWS, len(ends)))
    silent = np.arange(len(ends))
    for base in (own, *drawn):
        rows = np.tile(base, (1 + len(silent), 1))
        further = np.where(high - base >= base - low, high, low)
        rows[1 + np.arange(len(silent)), silent] = further[silent]
        moved = _moved(model.ensemble(pd.DataFrame(rows, columns=list(ends)), outputs))[1:]
        silent = silent[~moved.any(axis=1)]
        if not len(silent):
            break
    text = both(
        "moves no result, at the file's values and at {draws} drawn points",
        "在文件所给的值和 {draws} 个随机点上均不影响任何结果",
        draws=DRAWS,
    )
    names = list(ends)
    found = [Finding(names[each].replace(f" {ORIGINAL}", ""), text) for each in silent]
    said = "{count} of {all} constants without effect", "{all} 个常数中 {count} 个没有作用"
    return counted(name, found, said, "note", all=len(ends))


def acting(
    model: Model,
    outputs: Sequence[str],
    scenarios: Mapping[str, Mapping[str, float]],
    observed: float | None,
) -> Check:
    """Each scenario that sets something moves a result; none does before history has ended.

    ``observed``: the last time of history; None if the study has none. Where the run ends with it,
    scenarios are about the past, and may move it.
    """
    if observed is not None and observed >= model.control.final_time:
        observed = None
    runs = model.ensemble(filled(model, [{}, *scenarios.values()]), outputs)
    times = runs["time"].to_numpy()
    moved = _moved(runs)[1:]
    found: list[Finding] = []
    for (name, settings), when in zip(scenarios.items(), moved, strict=True):
        first = float(times[when.argmax()])
        if settings and not when.any():
            found.append(Finding(name, both("moves no result", "不影响任何结果")))
        elif when.any() and observed is not None and first <= observed + 1e-6:
            text = both(
                "moves a result in {first:g}, which is history",
                "在时点 {first:g} 就改变了结果，而那时仍属历史",
                first=first,
            )
            found.append(Finding(name, text))
    said = "{count} of {all} scenarios out of place", "{all} 个情景中 {count} 个不当"
    return counted("scenarios", found, said, all=len(scenarios))


def results(model: Model, stated: Iterable[str] = ()) -> list[str]:
    """Return the names of all stocks, of what nothing reads, and of what is ``stated``."""
    read = all_read(model)
    meant = {model.find(name).name for name in stated}
    return [
        each.name
        for each in model.variables.values()
        if each.kind == "stock"
        or (each.kind == "auxiliary" and (each.name not in read or each.name in meant))
    ]


def _moved(runs: xr.Dataset) -> NDArray[np.bool_]:
    """Return runs x times: whether any result differs from that of the first run."""
    found = np.zeros((runs.sizes["run"], runs.sizes["time"]), dtype=np.bool_)
    for variable in runs.data_vars.values():
        if "time" not in variable.dims:
            continue
        values = variable.to_numpy().reshape(*found.shape, -1)
        size = _SAME * np.nanmax(np.abs(values[0]), axis=0)
        with np.errstate(invalid="ignore"):
            found |= ~(np.abs(values - values[0]) <= size).all(axis=2)
    return found
