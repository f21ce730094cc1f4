"""All checks of a model, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nqpf.checks import dynamic, reality
from nqpf.checks.arguments import with_arguments
from nqpf.checks.claims import claims
from nqpf.checks.instrument import equations
from nqpf.checks.statements import StatementFile, changed_variables
from nqpf.checks.static import static_checks
from nqpf.checks.verdict import Check
from nqpf.engine import load
from nqpf.engine.model import Model
from nqpf.errors import InputError

Tell = Callable[[str], None]
Adapt = Callable[[Model], Model]


def check_model(
    file: Path,
    stated: StatementFile | None = None,
    scenarios: Mapping[str, Mapping[str, float]] | None = None,
    tell: Tell | None = None,
    draws: int = dynamic.DRAWS,
    data: Any = None,
    adapt: Adapt | None = None,
) -> tuple[list[Check], Model]:
    """Return what all checks find, and the model that ran.

    That model has more variables than the file; those of the file have the same course.

    Parameters
    ----------
    file
        Any model file.
    stated
        Statements of the study that the model belongs to.
    scenarios
        Name -> constants that the scenario sets.
    tell
        Called with a short text at the start of each slow stage.
    draws
        Members of the Latin hypercube over all ranges.
    data
        Values of data variables, as ``nqpf.load`` takes them.
    adapt
        Puts other numbers into the model of the file, before anything is checked.

    Raises
    ------
    InputError
        The model or a statement is wrong; the model as its file says cannot be run.
    """
    stated = stated or StatementFile()
    scenarios = scenarios or {}
    tell = tell or _silent
    tell("Reading the model")
    adapt = adapt or _as_it_is
    plain = adapt(load(file, data=data))
    found = static_checks(plain)
    constraints = reality.constraints(plain)
    text = equations(
        plain, _changed(plain, stated), stated.quantities, stated.symmetric, constraints
    )
    handled = adapt(load(file, data=data, changes=text)) if text else plain
    model, arguments = with_arguments(handled)
    tell("Running the model")
    _require_run(model)
    found += [dynamic.time_constants(model), dynamic.integration(model)]
    found.append(dynamic.extrapolated(model, arguments, scenarios))
    found += [dynamic.symmetric(model, dim) for dim in stated.symmetric]
    tell("Extreme conditions")
    found += [dynamic.extremes(model), dynamic.drawn(model, draws)]
    tell("Statements")
    found += reality.check(model, constraints)
    return found + claims(model, stated.statements, scenarios), model


def _as_it_is(model: Model) -> Model:
    return model


def _silent(text: str) -> None:
    """Say nothing."""


def _changed(model: Model, stated: StatementFile) -> dict[str, bool]:
    """Return the variables that need handles: changed in time, or set without being constants."""
    found = changed_variables(stated.statements)
    for name, statement in stated.statements.items():
        across = [] if statement.across is None else [statement.across.variable]
        for given in (*statement.set, *(statement.without or {}), *across):
            try:
                variable = model.find(given)
            except InputError as error:
                raise InputError(f'statement "{name}": {error}') from None
            if variable.kind != "constant":
                found.setdefault(variable.name, False)
    return found


def _require_run(model: Model) -> None:
    import pandas as pd

    runs = model.ensemble(pd.DataFrame(index=[0]))
    if runs["failed"].item():
        raise InputError(
            f'the model as its file says: "{runs["failed_variable"].item()}" is not a finite '
            f"number at time {runs['failed_time'].item():g}; its checks need a run"
        )
