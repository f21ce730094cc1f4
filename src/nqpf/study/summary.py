"""The table of headline figures: one row per scenario, columns from a specification."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from nqpf.errors import InputError
from nqpf.study.columns import select
from nqpf.study.draws import QUANTILES
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


class Effect(Table):
    """What is said of each scenario's effect where there are draws: by how many % it changes a
    variable, in which share of the draws it is better than the baseline, and first of some.
    """

    variable: Line
    name: Text | None = None
    """What the variable is called in a sentence; left out: as in the model."""
    years: Annotated[list[float], Field(min_length=1)]
    paths: Annotated[list[Line], Field(min_length=2)] | None = None
    """Scenarios that are ranked against each other."""
    less_is_better: bool = False
    title: Text
    digits: Annotated[int, Field(ge=0, le=6)] = 1


class Summary(Table):
    """What the table holds."""

    title: Text
    rows: Text
    """Head of the column of scenario titles."""
    note: Text | None = None
    column: Annotated[list[Column], Field(min_length=1)]
    effect: Effect | None = None

    @property
    def columns(self) -> list[str]:
        """Columns of results that the tables show, as the specification calls them."""
        return [each.variable for each in (*self.column, *([self.effect] if self.effect else []))]


def read_summary(path: Path) -> Summary | None:
    """Read the specification of the table; a study without one has no table."""
    return load_toml(path, Summary) if path.exists() else None


def summarise(data: xr.Dataset, summary: Summary, baseline: str | None, path: Path) -> pd.DataFrame:
    """Return the figures: rows by scenario, columns in the order of the specification.

    Parameters
    ----------
    data
        Dims (draw,) scenario, time, subscripts; of draws the median is taken.
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
    variable = _variable(data, column.variable, column.when, where)
    found = _statistic(variable, column, baseline) * column.scale
    if "draw" in found.dims:
        found = found.median("draw")
    return pd.Series(found.to_numpy(), index=data["scenario"].to_numpy())


def _variable(data: xr.Dataset, name: str, years: Sequence[float], where: str) -> xr.DataArray:
    """Return a variable without subscripts that has the years; InputError if there is none."""
    variable = select(data, name, where)
    if set(variable.dims) - {"draw", "scenario", "time"}:
        raise InputError(f'{where}: "{name}" has subscripts; name the elements.')
    missing = [f"{year:g}" for year in years if year not in data["time"]]
    if missing:
        raise InputError(f'{where}: "{name}" has no value in {" and ".join(missing)}.')
    return variable.astype(float)


def _statistic(variable: xr.DataArray, column: Column, baseline: str | None) -> xr.DataArray:
    """Return the statistic per (draw and) scenario."""
    found = statistic(variable, column)
    return _ratio(found, baseline) if column.statistic == "ratio" else found


def statistic(variable: xr.DataArray, column: Column) -> xr.DataArray:
    """Return a column's statistic of courses, not scaled; of "ratio" the value to be compared."""
    first, last = column.when[0], column.when[-1]
    at_end = variable.sel(time=last)
    match column.statistic:
        case "growth":
            return 100 * ((at_end / variable.sel(time=first)) ** (1 / (last - first)) - 1)
        case "mean":
            return variable.sel(time=slice(first, last)).mean("time")
        case "value" | "ratio":
            return at_end


def _ratio(values: xr.DataArray, baseline: str | None) -> xr.DataArray:
    """Return % above the baseline; NaN without one."""
    if baseline not in values["scenario"]:
        return values * float("nan")
    return 100 * (values / values.sel(scenario=baseline, drop=True) - 1)


def effects(
    draws: xr.Dataset, effect: Effect, baseline: str | None, path: Path
) -> pd.DataFrame | None:
    """Return what the draws say of each scenario's effect on a variable; None without baseline.

    Returns
    -------
    A row a year and scenario other than the baseline: columns ``year``, ``scenario``; ``median``,
    ``low`` and ``high`` (5 and 95 %) of the effect in %; ``better``, the share of the draws in
    which it is better than the baseline; ``first``, that in which it is the best of the paths that
    were run (NaN if it is none of them).
    """
    if baseline not in draws["scenario"]:
        return None
    where = shown(path)
    variable = _variable(draws, effect.variable, effect.years, where)
    others = [str(name) for name in draws["scenario"].to_numpy() if name != baseline]
    for name in effect.paths or []:
        if name == baseline:
            raise InputError(f'{where}: effect: paths holds the baseline, "{name}".')
    paths = [name for name in effect.paths or [] if name in others]
    parts = []
    for year in effect.years:
        found = _ratio(variable.sel(time=year), baseline).transpose("draw", "scenario")
        values = found.sel(scenario=others).to_numpy()
        gain = -values if effect.less_is_better else values
        low, middle, high = np.quantile(values, [QUANTILES[0], 0.5, QUANTILES[-1]], axis=0)
        part = {"year": year, "scenario": others, "median": middle, "low": low, "high": high}
        part |= {"better": (gain > 0).mean(axis=0), "first": np.full(len(others), np.nan)}
        if len(paths) > 1:
            places = [others.index(each) for each in paths]
            best = gain[:, places].argmax(axis=1)
            part["first"][places] = [(best == rank).mean() for rank in range(len(places))]
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def written(table: pd.DataFrame, columns: Sequence[Column]) -> list[list[str]]:
    """Return the figures as text, row by row; what is not known is a dash."""
    return [
        [
            "–" if pd.isna(value) else column.write(value)
            for value, column in zip(row, columns, strict=True)
        ]
        for row in table.itertuples(index=False, name=None)
    ]
