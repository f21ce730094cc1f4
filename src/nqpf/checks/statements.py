"""Statements about a model as data: what must follow from what (``model/checks.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from nqpf.study.toml import Finite, Line, Pair, Table, Text, load_toml

FILE = "checks.toml"

Name = Line  # "GDP", "GDP[East]"


class Change(Table):
    """What is done to a variable while time is in [``since``, ``until``).

    ``to`` sets it, ``times`` multiplies it, ``plus`` adds to it, ``hold`` keeps it at what it was
    at ``since``.
    """

    variable: Name
    to: Finite | None = None
    times: Finite | None = None
    plus: Finite | None = None
    hold: Literal[True] | None = None
    since: Finite | None = None
    until: Finite | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        given = [each for each in (self.to, self.times, self.plus, self.hold) if each is not None]
        if len(given) != 1:
            raise ValueError("a change has one of to, times, plus and hold")
        if self.hold and self.since is None:
            raise ValueError("hold needs since: the time whose value is kept")
        return self


class Expectation(Table):
    """What must be seen of a variable.

    Attributes
    ----------
    measure
        What of the variable: its ``value``; ``ratio`` to and ``difference`` from the reference
        run.
    between
        First and last time; the whole run if left out.
    above, below
        Bounds, strict where ``tolerance`` is 0: a number, or the name of another variable.
    equals
        A number, or the name of another variable, to ``tolerance``.
    trend
        ``rises``, ``falls`` or ``constant`` over the time, or, with ``across``, from run to run.
    peaks
        First and last time between which the measure is largest (in amount, for a difference).
    returns
        At the last time the difference from the reference (of a ratio: from 1) is at most this
        share of its peak.
    anywhere
        Whether one time and one element are enough.
    tolerance
        Relative to the larger side; to 1 where both are below it.
    """

    variable: Name
    measure: Literal["value", "ratio", "difference"] = "value"
    between: Pair | None = None
    above: Finite | Name | None = None
    below: Finite | Name | None = None
    equals: Finite | Name | None = None
    trend: Literal["rises", "falls", "constant"] | None = None
    peaks: Pair | None = None
    returns: Annotated[float, Field(gt=0, lt=1)] | None = None
    anywhere: bool = False
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    @model_validator(mode="after")
    def _something(self) -> Self:
        kinds = (self.above, self.below, self.equals, self.trend, self.peaks, self.returns)
        if all(each is None for each in kinds):
            raise ValueError("expected above, below, equals, trend, peaks or returns")
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError("between ends before it begins")
        return self


class Across(Table):
    """A constant with the values that it takes, a run each."""

    variable: Name
    values: Annotated[list[Finite], Field(min_length=2)]


class Statement(Table):
    """Given settings, what the model must show.

    Attributes
    ----------
    kind
        What sort of test it is.
    reason
        Why it is expected.
    scenario
        Scenario of the study that it starts from; the model as its file says if left out.
    set
        Constants, or variables that follow from others, for the whole run.
    change
        What changes in time.
    across
        Several runs in the place of one.
    without
        Constants of the reference run. If left out: ``scenario`` without what is set, changed and
        varied, or, where nothing is, the model as its file says.
    finding
        That the model contradicts the statement, known and true: a result, not a fault. If the
        model no longer does, the check fails and the finding must go.
    """

    kind: Literal["extreme", "shock", "loop", "identity", "balance", "behaviour", "paper"]
    title: Text
    reason: Text
    paper: Line | None = None
    scenario: Line | None = None
    set: dict[str, Finite] = {}
    change: list[Change] = []
    across: Across | None = None
    without: dict[str, Finite] | None = None
    expect: Annotated[list[Expectation], Field(min_length=1)]
    finding: Text | None = None


class StatementFile(Table):
    """What ``checks.toml`` holds.

    ``quantities``: more variables, "Name" or "Name[Range]" -> formula as in a ``.mdl`` file.
    ``symmetric``: subscript ranges over which alike elements must behave alike. ``results``: what
    the model is for: what no equation reads must be among them; all that is so if left out.
    """

    quantities: dict[str, Line] = {}
    symmetric: list[Line] = []
    results: list[Name] = []
    statements: dict[str, Statement] = {}


def read_statements(file: Path) -> StatementFile:
    """Read the statements of a study; one without the file has none.

    Raises
    ------
    InputError
        One line that names the file, the key and what was expected.
    """
    return load_toml(file, StatementFile) if file.exists() else StatementFile()


def changed_variables(statements: Mapping[str, Statement]) -> dict[str, bool]:
    """Return the names of all variables that change in time -> whether one is held."""
    found: dict[str, bool] = {}
    for statement in statements.values():
        for each in statement.change:
            name = each.variable.partition("[")[0].strip()
            found[name] = found.get(name, False) or bool(each.hold)
    return found
