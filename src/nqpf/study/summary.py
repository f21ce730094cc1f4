"""The table of headline figures: one row per scenario, columns from a specification."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from nqpf.errors import InputError
from nqpf.study.columns import select
from nqpf.study.toml import Line, Table, Text, load_toml, shown

if TYPE_CHECKING:
    import xarray as xr


FILE = "summary.toml"


class Column(Table):
    """One column: a statistic of one variable.

    ``growth``: mean growth in % a year between two years. ``mean``: over the years from the first
    to the second, both counted. ``value``: in a year. ``ratio``: % above the baseline in a year.
    """

    variable: Line
    statistic: Literal["growth", "mean", "value", "ratio"]
    years: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    year: float | None = None
    title: Text
    unit: Text
    scale: float = 1.0
    """Factor on the result, for instance 100 for a share in %."""
    digits: Annotated[int, Field(ge=0, le=6)] = 2
    signed: bool = False
    """Whether to write a plus."""

    @model_validator(mode="after")
    def _years_of_the_statistic(self) -> Self:
        if self.statistic in ("growth", "mean"):
            if self.years is None or self.year is not None or self.years[0] >= self.years[1]:
                raise ValueError(f'statistic "{self.statistic}" takes years = [first, last]')
        elif self.year is None or self.years is not None:
            raise ValueError(f'statistic "{self.statistic}" takes one year')
        return self

    @property
    def when(self) -> list[float]:
        """The years it needs."""
        return list(self.years or [self.year or 0.0])

    def write(self, value: float) -> str:
        """Return a value as the table shows it."""
        return f"{value:{'+' if self.signed else ''},.{self.digits}f}".replace("-", "−")


class Summary(Table):
    """What the table holds."""

    title: Text
    rows: Text
    """Head of the column of scenario titles."""
    note: Text | None = None
    column: Annotated[list[Column], Field(min_length=1)]


def read_summary(path: Path) -> Summary | None:
    """Read the specification of the table; a study without one has no table."""
    return load_toml(path, Summary) if path.exists() else None


def summarise(data: xr.Dataset, summary: Summary, baseline: str | None, path: Path) -> pd.DataFrame:
    """Return the figures: rows by scenario, columns in the order of the specification.

    Parameters
    ----------
    data
        Dims scenario, time, subscripts.
    baseline
        Scenario that "ratio" compares with; without it in the data the column is NaN.
    path
        File of the specification, for messages.
    """
    where = shown(path)
    figures = {
        place: _figures(data, each, baseline, where) for place, each in enumerate(summary.column)
    }
    return pd.DataFrame(figures, index=pd.Index(data["scenario"].to_numpy(), name="scenario"))


def _figures(data: xr.Dataset, column: Column, baseline: str | None, where: str) -> pd.Series:
    variable = select(data, column.variable, where)
    if variable.ndim != 2:
        raise InputError(f'{where}: "{column.variable}" has subscripts; name the elements.')
    series = variable.transpose("time", "scenario").to_pandas()
    assert isinstance(series, pd.DataFrame)
    missing = [f"{year:g}" for year in column.when if year not in series.index]
    if missing:
        raise InputError(f'{where}: "{column.variable}" has no value in {" and ".join(missing)}.')
    return _statistic(series, column, baseline) * column.scale


def _statistic(series: pd.DataFrame, column: Column, baseline: str | None) -> pd.Series:
    """Return the statistic per scenario; ``series`` has a row per time, a column per scenario."""
    first, last = column.when[0], column.when[-1]
    match column.statistic:
        case "growth":
            return 100 * ((series.loc[last] / series.loc[first]) ** (1 / (last - first)) - 1)
        case "mean":
            return series.loc[first:last].mean()
        case "value":
            return series.loc[last]
        case "ratio":
            if baseline not in series.columns:
                return series.loc[last] * float("nan")
            return 100 * (series.loc[last] / series.loc[last, baseline] - 1)


def written(table: pd.DataFrame, columns: Sequence[Column]) -> list[list[str]]:
    """Return the figures as text, row by row; what is not known is a dash."""
    return [
        [
            "–" if pd.isna(value) else column.write(value)
            for value, column in zip(row, columns, strict=True)
        ]
        for row in table.itertuples(index=False, name=None)
    ]
