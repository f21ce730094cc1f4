"""All checks of a model, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nqpf.checks import courses, dynamic, effects, reality
from nqpf.checks.arguments import Argument, with_arguments
from nqpf.checks.balance import balanced, with_flows
from nqpf.checks.claims import claims
from nqpf.checks.instrument import equations
from nqpf.checks.setting import NOTHING_SAID, Setting, read_setting
from nqpf.checks.statements import StatementFile, changed_variables
from nqpf.checks.static import static_checks
from nqpf.checks.verdict import Check, Checked
from nqpf.engine import load
from nqpf.engine.model import Model
from nqpf.errors import InputError
from nqpf.study.folder import Study

if TYPE_CHECKING:
    import pandas as pd

Tell = Callable[[str], None]
Adapt = Callable[[Model], Model]


@dataclass(frozen=True)
class Prepared:
    """A model to be checked.

    ``plain``: as the file says. ``model``: with handles for what statements change, with its net
    flows, with what its tables are read at (``arguments``), and with its reality checks
    (``constraints``).
    """

    plain: Model
    model: Model
    arguments: list[Argument]
    constraints: list[reality.Constraint]


def prepare(
    file: Path, stated: StatementFile, data: Any = None, adapt: Adapt | None = None
) -> Prepared:
    """Read a model for its checks.

    Parameters
    ----------
    data
        Values of data variables, as ``nqpf.load`` takes them.
    adapt
        Puts other numbers into the model of the file, before anything is checked.

    Raises
    ------
    InputError
        The model, or what a statement names, is wrong.
    """
    adapt = adapt or _as_it_is
    plain = adapt(load(file, data=data))
    constraints = reality.constraints(plain)
    text = equations(
        plain, _changed(plain, stated), stated.quantities, stated.symmetric, constraints
    )
    handled = adapt(load(file, data=data, changes=text)) if text else plain
    model, arguments = with_arguments(handled)
    return Prepared(plain, with_flows(model), arguments, constraints)


def checked(
    prepared: Prepared,
    setting: Setting = NOTHING_SAID,
    tell: Tell | None = None,
    draws: int = dynamic.DRAWS,
) -> list[Check]:
    """Return what all checks of a model find, in the order of the table.

    Parameters
    ----------
    tell
        Called with a short text at the start of each slow stage.
    draws
        Members of the Latin hypercube over all ranges.

    Raises
    ------
    InputError
        A statement is wrong; the model as its file says cannot be run.
    """
    tell = tell or _silent
    plain, model, stated = prepared.plain, prepared.model, setting.stated
    scenarios, names = setting.scenarios, setting.names
    found = static_checks(plain, stated.results, names)
    tell("Running the model")
    _require_run(model)
    found.append(balanced(model))
    found += [dynamic.time_constants(model, names), dynamic.integration(model)]
    found.append(dynamic.extrapolated(model, prepared.arguments, scenarios, names))
    found += [courses.jumps(model, plain), courses.within(model, scenarios)]
    found += [dynamic.symmetric(model, dim) for dim in stated.symmetric]
    tell("Extreme conditions")
    found += [dynamic.extremes(model, names), dynamic.drawn(model, draws)]
    tell("Effects")
    outputs = effects.results(plain, stated.results)
    found.append(effects.effective(model, outputs))
    if scenarios:
        found.append(effects.acting(model, outputs, scenarios, setting.observed))
    tell("Statements")
    found += reality.check(model, prepared.constraints)
    return found + claims(model, stated.statements, scenarios, names)


def check_model(
    file: Path,
    stated: StatementFile | None = None,
    scenarios: Mapping[str, Mapping[str, float]] | None = None,
    tell: Tell | None = None,
    draws: int = dynamic.DRAWS,
    data: Any = None,
) -> Checked:
    """Return what all checks of a model file find.

    ``data``: values of data variables, as ``nqpf.load`` takes them. The others, and what is
    raised: see `Setting`, `prepare` and `checked`.
    """
    setting = Setting(stated or StatementFile(), scenarios or {})
    (tell or _silent)("Reading the model")
    prepared = prepare(file, setting.stated, data)
    return Checked(prepared.plain.hash, tuple(checked(prepared, setting, tell, draws)))


def check_study(
    study: Study, tell: Tell | None = None, lang: str = "en", data: Any = None
) -> tuple[Checked, pd.DataFrame | None]:
    """Return what all checks of a study's model find, and its history against the statistics."""
    from nqpf.study.model import own_numbers

    tell = tell or _silent
    setting = read_setting(study)
    tell("Reading the model")
    prepared = prepare(study.model_file, setting.stated, data, own_numbers(study))
    found = Checked(prepared.plain.hash, tuple(checked(prepared, setting, tell)))
    tell("Comparing with the statistics")
    return found, setting.history(prepared.model, lang)


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
