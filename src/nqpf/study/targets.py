"""Targets of a study: which variable of the model meets which statistic, and how closely."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, RootModel, StringConstraints, field_validator, model_validator

from nqpf.study.toml import Line, Table, Text, load_toml

FILE = "targets.toml"

Transform = Annotated[
    str, StringConstraints(pattern=r"^(level|growth(:[1-9][0-9]?)?|index:[0-9]{4})$")
]
Measure = Annotated[
    str, StringConstraints(pattern=r"^(MAPE|MAE|value:[0-9]{4}|window:[1-9][0-9]?)$")
]


class ErrorModel(Table):
    """How far a statistic may lie from a model that is right.

    Attributes
    ----------
    size
        Standard deviation of an error: of its logarithm (``kind`` "relative") or in the unit of
        what is compared ("absolute"). It holds errors of measurement and what the model leaves
        out.
    correlation
        Of errors a year apart; it falls off exponentially with the years between.
    reason
        Where the size comes from.
    """

    kind: Literal["relative", "absolute"] = "relative"
    size: float = Field(gt=0, allow_inf_nan=False)
    correlation: float = Field(default=0.0, ge=0, lt=1)
    reason: Line


class Target(Table):
    """A variable of the model and the statistic that it should reproduce.

    Attributes
    ----------
    title
        What is compared.
    series
        Name of the statistic.
    variable
        Name of the variable; ``Name[East]`` for one element, to be met by the region of that name
        in the statistic; ``Name[Region]`` with a range for each of its elements in turn;
        ``Name[Region!]`` for the sum over the range, as in the model file.
    transform
        ``level``; ``growth`` or ``growth:N`` (mean annual growth over N years, %); ``index:YEAR``
        (that year = 100). Applied to both sides.
    unit, model_unit, factor
        Units of the statistic and of the variable; model value = factor x statistic. The
        comparison is made, and its results given, in the unit of the statistic.
    window
        First and last year compared.
    measure
        ``MAPE`` (%), ``MAE`` (unit of what is compared), ``value:YEAR`` (relative deviation in
        that year, %) or ``window:N`` (largest mean error of a window of N years, counted from the
        first year compared, in the unit of what is compared).
    bar
        Largest figure that passes; without it the figure is only reported.
    reason
        Why this target, with this measure and bar.
    error
        Its error model; without one the target is compared, but not calibrated to.
    """

    title: Text
    series: Line
    variable: Line
    transform: Transform = "level"
    unit: Line
    model_unit: Line
    factor: float = Field(ge=1e-30, le=1e30)  # beyond, it is a slip and not a unit
    window: list[int] = Field(min_length=2, max_length=2)
    measure: Measure
    bar: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    reason: Line
    error: ErrorModel | None = None

    @property
    def name(self) -> str:
        """Name of the variable without its subscript."""
        return self.variable.partition("[")[0].strip()

    @property
    def subscript(self) -> str | None:
        """Element or range in the brackets of the variable."""
        match = re.search(r"\[(.*)\]", self.variable)
        return match[1].strip() if match else None

    @property
    def value_year(self) -> int | None:
        """The one year compared, where the measure asks for one."""
        kind, _, year = self.measure.partition(":")
        return int(year) if kind == "value" else None

    @property
    def window_years(self) -> int | None:
        """Length of the windows whose mean errors are compared, where the measure asks for it."""
        kind, _, years = self.measure.partition(":")
        return int(years) if kind == "window" else None

    @property
    def years(self) -> tuple[int, int]:
        """First and last year compared."""
        first, last = self.window
        return (self.value_year or first, self.value_year or last)

    @field_validator("variable")
    @classmethod
    def _check_variable(cls, variable: str) -> str:
        if not re.fullmatch(r"[^\[\],]+(\[[^\[\],]+\])?", variable):
            raise ValueError('expected a name such as "GDP" or "GDP[East]", one subscript at most')
        return variable

    @model_validator(mode="after")
    def _check_years(self) -> Target:
        first, last = self.window
        if first > last:
            raise ValueError(f"window [{first}, {last}] ends before it begins")
        if self.value_year and not first <= self.value_year <= last:
            raise ValueError(f"{self.measure} lies outside the window [{first}, {last}]")
        return self


class _Targets(RootModel[dict[str, Target]]):
    """Targets by name."""


def read_targets(file: Path) -> Mapping[str, Target]:
    """Read the targets in ``file``, in its order.

    Raises
    ------
    InputError
        One line that names the file, the key and what was expected.
    """
    return load_toml(file, _Targets).root
