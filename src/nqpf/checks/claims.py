"""The statements of a study, run as one ensemble."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nqpf.checks.instrument import settings
from nqpf.checks.judge import Seen, Values, judge
from nqpf.checks.members import filled
from nqpf.checks.statements import Change, Statement
from nqpf.checks.verdict import Check, Finding, Verdict
from nqpf.checks.wording import both
from nqpf.engine.model import Model
from nqpf.engine.reader.changes import ORIGINAL
from nqpf.errors import InputError
from nqpf.study.names import NO_NAMES
from nqpf.study.toml import Text

Row = dict[str, float]


@dataclass(frozen=True)
class _Case:
    """Where a statement's runs stand in the ensemble."""

    runs: list[int]
    reference: int


def claims(
    model: Model,
    statements: Mapping[str, Statement],
    scenarios: Mapping[str, Mapping[str, float]],
    names: Mapping[str, Text] = NO_NAMES,
) -> list[Check]:
    """Return one check a statement.

    Parameters
    ----------
    model
        With handles for what the statements change (see `instrument`).
    scenarios
        Name -> constants that the scenario sets.
    names
        What readers call the variables.
    """
    rows: list[Row] = []
    cases = {name: _case(model, name, each, scenarios, rows) for name, each in statements.items()}
    if not rows:
        return []
    read = {
        each for name, statement in statements.items() for each in _read(model, name, statement)
    }
    runs = model.ensemble(filled(model, rows), sorted(read))
    values = {name: runs[name].to_numpy() for name in read}
    failed = {
        k: both(
            "is not finite at {time:g}",
            "在时点 {time:g} 不是有限数值",
            time=runs["failed_time"].item(k),
        )
        for k in np.flatnonzero(runs["failed"].to_numpy()).tolist()
    }
    whose = {k: runs["failed_variable"].item(k) for k in failed}
    times = runs["time"].to_numpy()
    found: list[Check] = []
    for name, statement in statements.items():
        case = cases[name]
        wrong = [Finding(whose[k], failed[k]) for k in (*case.runs, case.reference) if k in failed]
        if not wrong:
            seen = Seen(times, _reader(model, values, case))
            said = ((each.variable, judge(each, seen, names)) for each in statement.expect)
            wrong = [Finding(variable, text) for variable, text in said if text is not None]
        found.append(_verdict(name, statement, wrong))
    return found


def _read(model: Model, name: str, statement: Statement) -> Iterator[str]:
    """Yield the variables that a statement looks at."""
    for expected in statement.expect:
        for each in (expected.variable, expected.above, expected.below, expected.equals):
            if isinstance(each, str):
                try:
                    yield model.places(each)[0].name
                except InputError as error:
                    raise InputError(f'statement "{name}": {error}') from None


def _case(
    model: Model,
    name: str,
    statement: Statement,
    scenarios: Mapping[str, Mapping[str, float]],
    rows: list[Row],
) -> _Case:
    """Add the rows of a statement to ``rows``."""
    if statement.scenario is not None and statement.scenario not in scenarios:
        raise InputError(f'statement "{name}": unknown scenario "{statement.scenario}".')
    start = dict(scenarios[statement.scenario]) if statement.scenario else {}
    alone = not (statement.set or statement.change or statement.across)
    usual = {} if alone else start
    reference = _row(model, usual if statement.without is None else statement.without)
    own = _row(model, start | statement.set)
    for change in statement.change:
        own |= settings(model, change)
    sets = [own]
    if statement.across is not None:
        sets = [
            own | _row(model, {statement.across.variable: value})
            for value in statement.across.values
        ]
    first = len(rows)
    rows += [reference, *sets]
    return _Case(list(range(first + 1, len(rows))), first)


def _row(model: Model, given: Mapping[str, float]) -> Row:
    """Return ``given`` by the names that the model with handles has for it."""
    row: Row = {}
    for name, value in given.items():
        variable = model.find(name)
        _, bracket, rest = name.partition("[")
        original = f"{variable.name} {ORIGINAL}"
        if variable.kind == "constant":
            row[name] = value
        elif original in model.constants:
            row[original + bracket + rest] = value
        else:
            row |= settings(model, Change(variable=name, to=value))
    return row


def _reader(model: Model, values: Mapping[str, Values], case: _Case):
    def of(name: str) -> tuple[Values, Values, list[str]]:
        variable, places = model.places(name)
        labels = model.labels(variable)
        whole = values[variable.name]
        flat = whole.reshape(*whole.shape[:2], -1)[:, :, list(places)]
        return flat[case.runs], flat[case.reference], [labels[place] for place in places]

    return of


def _verdict(name: str, statement: Statement, wrong: list[Finding]) -> Check:
    figure = both(
        "{count} of {all} as expected",
        "{all} 项预期中 {count} 项相符",
        count=len(statement.expect) - len(wrong),
        all=len(statement.expect),
    )
    verdict: Verdict = "fails" if wrong else "holds"
    found, comment = tuple(wrong), None
    if statement.finding is not None and wrong:
        verdict, comment = "finding", statement.finding
    elif statement.finding is not None:
        gone = both(
            "is stated as a finding, but the model does as expected: remove finding",
            "列为发现，但模型与预期相符：请删去 finding",
        )
        verdict, found = "fails", (Finding(name, gone),)
    return Check(name, verdict, figure, found, statement.title, statement.reason, comment)
