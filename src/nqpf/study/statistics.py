"""Statistics of a study: cited values in CSV files, each row checked as it is read.

A study keeps them in ``calibration/statistics``: any number of CSV files with the columns
`COLUMNS`, and a catalogue ``series.toml`` that says for each series what it is, its unit and
whether every year must be there. No file says how a model uses a series; targets do.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field, RootModel

from nqpf.errors import InputError, did_you_mean
from nqpf.study.toml import Line, Table, load_toml, shown

# seen: read in a published source; derived: calculated from such figures; recalled: not verified;
# projected: an exogenous input for years to come, never an observation.
STATUSES = ("seen", "derived", "recalled", "projected")

CATALOGUE = "series.toml"


class AddedValue(Table):
    """A value that the collection lacks or has unverified, with the source where it was seen."""

    year: int
    value: Line  # text, as printed
    source: Line
    locator: Line
    vintage: Line


class SeriesEntry(Table):
    """What the catalogue says about a series; from `origin` on for its compilation only."""

    file: Line
    unit: Line
    annual: bool
    definition: Line
    choice: Line
    origin: Line | None = None
    prefer: list[Line] = Field(default_factory=list)
    only: bool = False
    vintage: Line | None = None
    derived: Line | None = None
    first: int | None = None
    last: int | None = None
    added: list[AddedValue] = Field(default_factory=list)


class Catalogue(RootModel[dict[str, SeriesEntry]]):
    """Series by name."""


@dataclass(frozen=True)
class Value:
    """A published value: one row of a CSV file, whose columns are these fields in this order."""

    series: str
    region: str  # empty for the nation
    year: int
    value: float
    unit: str
    source: str
    source_locator: str
    vintage: str
    status: str
    notes: str


COLUMNS = tuple(field.name for field in fields(Value))


@dataclass(frozen=True)
class Statistics:
    """Published values by series, region and year.

    Attributes
    ----------
    values
        Every value, sorted by series, region and year.
    """

    values: tuple[Value, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the series."""
        return tuple(dict.fromkeys(value.series for value in self.values))

    def regions(self, name: str) -> tuple[str, ...]:
        """Return the regions of a series; a national series has none."""
        return tuple(dict.fromkeys(value.region for value in self._of(name) if value.region))

    def series(
        self,
        name: str,
        region: str | None = None,
        status: Literal["observed", "projected"] = "observed",
    ) -> pd.Series:
        """Return the values of a series, indexed by year, in its published unit.

        ``attrs`` of the result hold ``unit``, ``sources`` (distinct, in order of year) and
        ``statuses`` (by year). Projected values come only when asked for, and alone.

        Raises
        ------
        InputError
            No such series or region, or nothing of that status in it.
        """
        regions = self.regions(name)
        if regions and region is None:
            known = ", ".join(regions)
            raise InputError(f'series "{name}" is regional: name one of {known}.')
        if region is not None and region not in regions:
            its = f"its regions are {', '.join(regions)}" if regions else "it is national"
            hint = did_you_mean(region, regions)
            raise InputError(f'series "{name}" has no region "{region}": {its}.{hint}')
        chosen = [
            value
            for value in self._of(name)
            if value.region == (region or "")
            and (value.status == "projected") == (status == "projected")
        ]
        if not chosen:
            raise InputError(f'series "{name}" has no {status} value.')
        index = pd.Index([value.year for value in chosen], name="year")
        found = pd.Series([value.value for value in chosen], index=index, name=name)
        found.attrs = {
            "unit": chosen[0].unit,
            "sources": tuple(dict.fromkeys(value.source for value in chosen)),
            "statuses": {value.year: value.status for value in chosen},
        }
        return found

    def _of(self, name: str) -> list[Value]:
        found = [value for value in self.values if value.series == name]
        if not found:
            raise InputError(f'no statistic is called "{name}".{did_you_mean(name, self.names)}')
        return found


def read_statistics(folder: Path) -> Statistics:
    """Read and check every CSV file of ``folder`` against its catalogue.

    Raises
    ------
    InputError
        One line that names the file, the line, the series and what was expected.
    """
    catalogue = load_toml(folder / CATALOGUE, Catalogue).root
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise InputError(f"{shown(folder)}: no CSV file of statistics.")
    values: list[Value] = []
    seen: dict[tuple[str, int], str] = {}
    latest: dict[str, int] = {}
    for file in files:
        for line, cells in _lines(file):
            at = f"{shown(file)}, line {line}"
            value = _checked(cells, at, catalogue, file.stem)
            name = _named(value.series, value.region)
            if first := seen.get((name, value.year)):
                raise InputError(f"{at}: {name} has {value.year} twice (first in {first}).")
            seen[name, value.year] = at
            annual = catalogue[value.series].annual
            _check_step(at, name, latest.get(name), value.year, annual=annual)
            latest[name] = value.year
            values.append(value)
    given = {value.series for value in values}
    for name in catalogue:
        if name not in given:
            where = shown(folder / CATALOGUE)
            raise InputError(f'{where}: series "{name}" has no value in any CSV file.')
    values.sort(key=lambda value: (value.series, value.region, value.year))
    return Statistics(tuple(values))


def _lines(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each row under the header."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{shown(file)}: not UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        raise InputError(f"{shown(file)}: cannot be read: {error.strerror}.") from None
    reader = csv.reader(text.splitlines(keepends=True))
    header = next(reader, [])
    if tuple(header) != COLUMNS:
        wanted = ",".join(COLUMNS)
        raise InputError(f"{shown(file)}, line 1: the columns must be {wanted} in this order.")
    for cells in reader:
        if cells:
            yield reader.line_num, cells


def _checked(cells: list[str], at: str, catalogue: dict[str, SeriesEntry], file: str) -> Value:
    if len(cells) != len(COLUMNS):
        raise InputError(
            f"{at}: {len(cells)} cells, expected {len(COLUMNS)} ({','.join(COLUMNS)})."
        )
    row = dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=True))
    name, region, year = row["series"], row["region"], row["year"]
    if name not in catalogue:
        hint = did_you_mean(name, catalogue)
        raise InputError(f'{at}: series "{name}" is not in the catalogue {CATALOGUE}.{hint}')
    entry = catalogue[name]
    at = f"{at}: {_named(name, region)}"
    if entry.file != file:
        raise InputError(f"{at} belongs in {entry.file}.csv (catalogue {CATALOGUE}).")
    for column in ("unit", "source", "vintage"):
        if not row[column]:
            raise InputError(f"{at}: {column} is empty.")
    if row["unit"] != entry.unit:
        unit = row["unit"]
        raise InputError(f'{at}: unit "{unit}", expected "{entry.unit}" (catalogue).')
    if row["status"] not in STATUSES:
        hint = did_you_mean(row["status"], STATUSES)
        wanted = ", ".join(STATUSES)
        status = row["status"]
        raise InputError(f'{at}: status "{status}", expected one of {wanted}.{hint}')
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise InputError(f'{at}: year "{year}", expected four digits.')
    number = _number(row["value"], f"{at}, {year}", entry.unit)
    others = (row[column] for column in COLUMNS[4:])
    return Value(name, region, int(year), number, *others)


def _number(text: str, at: str, unit: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f'{at}: value "{text}", expected a finite number ({unit}).')
    return number


def _check_step(at: str, name: str, before: int | None, year: int, *, annual: bool) -> None:
    if before is None:
        return
    if year < before:
        raise InputError(f"{at}: {name} has {year} after {before}: years must ascend.")
    if annual and year > before + 1:
        raise InputError(
            f"{at}: {name} is annual but has nothing between {before} and {year}: add the missing"
            f" values, or say annual = false in {CATALOGUE}."
        )


def _named(series: str, region: str) -> str:
    return f'series "{series}"' + (f" [{region}]" if region else "")
