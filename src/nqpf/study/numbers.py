"""Numbers of a study's own: its values for constants and tables of a model file that it shares.

So one model file serves several countries: each is a study that names the file, and holds nothing
but its initial values and its series, every one with unit, source, year and status.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from nqpf.errors import InputError
from nqpf.study.statistics import Statistics
from nqpf.study.toml import Finite, Line, Pair, Table, load_toml

if TYPE_CHECKING:
    import pandas as pd

FILE = "study.toml"

Status = Literal["seen", "derived", "recalled", "assumed"]


class Number(Table):
    """What takes the place of a constant or table.

    Attributes
    ----------
    value
        Of a constant: one number for all its elements, or one for each.
    points
        Of a table: (x, y), x ascending.
    series, at, factor
        A statistic of the study instead: its value in the year ``at`` for a constant, all its
        values over the years for a table; times ``factor``.
    unit
        Must be that of the model file.
    range
        Range in place of the model file's, which was stated for its own value.
    source, year, status
        Where the number comes from (a statistic brings its source along), for which year, and
        whether it was seen there, derived from such figures, recalled, or assumed.
    note
        How it was derived, or why it is assumed.
    """

    value: Finite | list[Finite] | None = None
    points: Annotated[list[Pair],
                      Field(min_length=1)] | None = None  # fmt: skip
    series: Line | None = None
    at: int | None = None
    factor: Finite = 1.0
    unit: Line
    range: Pair | None = None
    source: Line | None = None
    year: Line
    status: Status
    note: Line | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [self.value is not None, self.points is not None, self.series is not None]
        if sum(kinds) != 1:
            raise ValueError("one of value, points or series is expected")
        if self.series is None and self.source is None:
            raise ValueError("source is missing; only a series brings its own")
        if self.series is None and self.at is not None:
            raise ValueError("at goes with a series")
        return self

    @property
    def said(self) -> str:
        """Its documentation, in the form of the model file: ``[source; year; status]`` last."""
        source = self.source or f"series {self.series} of the study"
        note = f"{self.note.rstrip('.')} " if self.note else ""
        return f"{note}[{source}; {self.year}; {self.status}]"

    @property
    def text(self) -> str:
        """What it says, in one line."""
        parts = self.model_dump(exclude_defaults=True, exclude_none=True)
        return ", ".join(f"{key} = {value}" for key, value in parts.items())

    def given(self, statistics: Statistics | None, where: str) -> float | list[float] | pd.Series:
        """Return a number or numbers for a constant, a Series for a table.

        Raises
        ------
        InputError
            No such statistic, or none of that year.
        """
        import pandas as pd

        if self.value is not None:
            return self.value
        if self.points is not None:
            x, y = zip(*self.points, strict=True)
            return pd.Series(y, index=x, dtype=float)
        if statistics is None or self.series is None:
            raise InputError(f"{where}: the study has no statistics (calibration/statistics).")
        try:
            found = statistics.series(self.series) * self.factor
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        if self.at is None:
            return found
        if self.at not in found.index:
            first, last = found.index[0], found.index[-1]
            raise InputError(
                f'{where}: series "{self.series}" has no value of {self.at} ({first}-{last}).'
            )
        return float(found.to_dict()[self.at])


class StudyFile(Table):
    """What ``study.toml`` says; a study without it has its model file in ``model/``."""

    model: Line | None = None
    """Model file, from the folder of the study."""
    numbers: dict[str, Number] = {}
    """By name in the model file, ``"Name"`` or ``"Name[East]"``."""


def read_numbers(path: Path) -> StudyFile:
    """Read ``study.toml``; a study without the file has no numbers of its own."""
    return load_toml(path, StudyFile) if path.exists() else StudyFile()


def values(
    numbers: Mapping[str, Number], statistics: Statistics | None, where: str
) -> dict[str, Any]:
    """Return name -> number, numbers or Series."""
    return {name: each.given(statistics, f'{where}: "{name}"') for name, each in numbers.items()}
