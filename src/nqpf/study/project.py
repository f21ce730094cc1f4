"""Scenarios of a study -> runs of its model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nqpf.engine.names import canonical, split_subscripts
from nqpf.errors import InputError, did_you_mean
from nqpf.study.scenarios import Scenario
from nqpf.study.toml import shown

if TYPE_CHECKING:
    import xarray as xr

    from nqpf.engine import Model


def project(
    model: Model, scenarios: Sequence[Scenario], outputs: Iterable[str] | None = None
) -> xr.Dataset:
    """Run ``model`` once for each scenario.

    Parameters
    ----------
    outputs
        Names of the variables to keep; all that the model computes if None.

    Returns
    -------
    Dataset with dims ``scenario``, ``time`` and the model's subscripts; every variable has
    ``units`` and ``long_name``.

    Raises
    ------
    InputError
        A scenario names what the model does not have, leaves a stated range, or drives the
        model to a number that is not finite.
    """
    frame = parameter_frame(model, scenarios)
    names = [
        name for name, variable in model.variables.items() if variable.kind not in _NOT_COMPUTED
    ]
    runs = model.ensemble(frame, list(names if outputs is None else outputs))
    _require_sound(runs, [f'Scenario "{each.name}"' for each in scenarios])
    data = runs.drop_vars(["run", *_FAILURE]).rename_dims(run="scenario")
    return data.assign_coords(scenario=[each.name for each in scenarios])


def history(model: Model) -> xr.Dataset:
    """Run the model file as it is: dims ``time`` and the model's subscripts.

    Raises
    ------
    InputError
        The model comes to a number that is not finite.
    """
    runs = model.ensemble(pd.DataFrame(index=["as in the file"]))
    _require_sound(runs, ["The model as its file says"])
    return runs.isel(run=0, drop=True)


_NOT_COMPUTED = ("constant", "lookup")
_FAILURE = ["failed", "failed_variable", "failed_time"]


def parameter_frame(model: Model, scenarios: Sequence[Scenario]) -> pd.DataFrame:
    """Return the constants that any of the scenarios changes, one row per scenario.

    Columns are ``"Name"`` or ``"Name[East]"``; where a scenario leaves one alone, the row holds
    the default of the model file.
    """
    changes = [changed(model, each) for each in scenarios]
    columns = list(dict.fromkeys(column for change in changes for column in change))
    defaults = {column: default(model, column) for column in columns}
    return pd.DataFrame(
        [defaults | change for change in changes],
        index=pd.Index([each.name for each in scenarios], name="scenario"),
        columns=columns,
        dtype=float,
    )


def changed(model: Model, scenario: Scenario) -> dict[str, float]:
    """Return the constants that a scenario changes, a whole array spread over its elements."""
    return spread(model, scenario.parameters, shown(scenario.file))


def spread(model: Model, parameters: Mapping[str, float], where: str) -> dict[str, float]:
    """Return constants by the names of columns, a whole array spread over its elements.

    Raises
    ------
    InputError
        The model has no such constant, or the value is outside the range that its file states;
        ``where`` is who says so.
    """
    values: dict[str, float] = {}
    for given, value in parameters.items():
        name, elements = _resolve(model, given, where)
        low, high = model.variables[name].limits
        if not (low is None or low <= value) or not (high is None or value <= high):
            raise InputError(
                f'{where}: "{given}" = {value:g} is outside [{low}, {high}], the range that the '
                "model file states."
            )
        values |= {f"{name}[{','.join(each)}]" if each else name: value for each in elements}
    return values


def _resolve(model: Model, given: str, where: str) -> tuple[str, list[tuple[str, ...]]]:
    """Return the constant that a scenario file names, and the elements that it means."""
    by_spelling = {canonical(name): name for name in model.constants}
    name, subscripts = split_subscripts(given)
    if canonical(given) in by_spelling:  # a quoted name may end in brackets
        name, subscripts = given, ()
    name = by_spelling.get(canonical(name), name)
    if name not in model.constants:
        if any(canonical(name) == canonical(each) for each in model.variables):
            raise InputError(f'{where}: "{name}" is computed by the model; only constants are set.')
        raise InputError(
            f'{where}: the model has no parameter "{name}".{did_you_mean(name, model.constants)}'
        )
    axes = [model.subscripts[dim] for dim in model.variables[name].dims]
    if not subscripts:
        return name, list(product(*axes))
    if len(subscripts) != len(axes):
        raise InputError(
            f'{where}: "{given}" has {len(subscripts)} subscripts, the model gives it {len(axes)}.'
        )
    for subscript, axis in zip(subscripts, axes, strict=True):
        if subscript not in axis:
            hint = did_you_mean(subscript, axis) or f" Known: {', '.join(axis)}."
            raise InputError(f'{where}: "{given}": there is no "{subscript}".{hint}')
    return name, [subscripts]


def default(model: Model, column: str) -> float:
    """Return the value that the model file gives a constant, by the name of a column."""
    name, subscripts = split_subscripts(column)
    if column in model.constants:
        name, subscripts = column, ()
    axes = [model.subscripts[dim] for dim in model.variables[name].dims]
    position = tuple(axis.index(each) for axis, each in zip(axes, subscripts, strict=True))
    return float(model.constants[name][position])


def _require_sound(runs: xr.Dataset, who: Sequence[str]) -> None:
    for run in np.flatnonzero(runs["failed"].to_numpy()).tolist():
        name, time = runs["failed_variable"].item(run), runs["failed_time"].item(run)
        raise InputError(
            f'{who[run]}: "{name}" is not a finite number at time {time:g}. '
            "Its parameters are beyond what the model bears."
        )
