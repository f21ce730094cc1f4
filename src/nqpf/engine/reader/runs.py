"""Values over time that a caller hands over: files of other runs, or data frames.

A file has one variable a column (as Vensim, PySD and nqpf write runs) or one a row, named in full:
``Name[East,L11]``; the other edge holds the times. Empty cells are missing points. A NetCDF file
holds one run as ``nqpf run`` writes it.
"""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nqpf.engine.names import canonical, split_subscripts
from nqpf.engine.reader.external import Points
from nqpf.engine.reader.sheets import (
    WORKBOOKS,
    Cell,
    Sheet,
    Value,
    first_sheet,
    separator,
    text_sheet,
)
from nqpf.errors import InputError

Subscripts = tuple[str, ...]  # canonical
_TEXT = (".tab", ".csv", ".tsv", ".txt")
_NETCDF = (".nc",)
KINDS = (*_TEXT, *WORKBOOKS, *_NETCDF)


@dataclass(frozen=True)
class Run:
    """One source of values: the ``content`` of a file, or a ``frame``.

    ``digest`` tells one content from another. ``only``: canonical names of the variables that it
    may fill, None for all.
    """

    where: str
    digest: str
    content: bytes | None
    frame: Any
    only: frozenset[str] | None = None

    @property
    def key(self) -> str:
        """What tells one run from another."""
        return f"{self.digest} {'all' if self.only is None else sorted(self.only)}"

    def points(self) -> dict[str, dict[Subscripts, Points]]:
        """Return the points of every variable, by canonical name and subscripts.

        Raises
        ------
        InputError
            The file is not a table of values over time.
        """
        if self.content is None:
            return _of_frame(self.frame, self.where)
        suffix = Path(self.where).suffix.lower()
        if suffix in _NETCDF:
            return _of_netcdf(self.content, self.where)
        if suffix in WORKBOOKS:
            return _of_sheet(first_sheet(self.content, self.where))
        return _of_sheet(text_sheet(self.content, separator(suffix), self.where))


def gather(data: object) -> tuple[Run, ...]:
    """Return what a caller gives as ``data``.

    Parameters
    ----------
    data
        A file (``KINDS``), a DataFrame (index: times), a list of them, or a mapping from files
        to the names of the variables that each is to fill. None: nothing.

    Raises
    ------
    InputError
        A file cannot be read, or something else is given.
    """
    if data is None:
        return ()
    if isinstance(data, Mapping):
        return tuple(
            _run(source, frozenset(map(canonical, _names(names)))) for source, names in data.items()
        )
    if isinstance(data, Sequence) and not isinstance(data, str):
        return tuple(_run(source) for source in data)
    return (_run(data),)


def _names(names: object) -> Iterable[str]:
    if isinstance(names, str):
        return [names]
    if isinstance(names, Iterable):
        return [str(name) for name in names]
    raise InputError(f"data: a mapping goes from a file to names of variables, not to {names!r}")


def _run(source: object, only: frozenset[str] | None = None) -> Run:
    if isinstance(source, str | Path):
        path = Path(source)
        if path.suffix.lower() not in KINDS:
            raise InputError(f"{path}: a file of data ends in one of {', '.join(KINDS)}")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror})") from None
        digest = hashlib.sha256(content).hexdigest()
        return Run(str(path), digest, content, None, only)
    if hasattr(source, "columns") and hasattr(source, "index"):
        frame: Any = source
        digest = hashlib.sha256(frame.to_csv().encode()).hexdigest()
        return Run("the data frame", digest, None, frame, only)
    raise InputError(f"data: a file or a DataFrame is expected, not {source!r}")


class Runs:
    """All that a caller hands over; of several sources the first that has a variable counts."""

    def __init__(self, runs: tuple[Run, ...]) -> None:
        self.runs = runs
        self._read: dict[int, dict[str, dict[Subscripts, Points]]] = {}

    def points(self, name: str, elements: Sequence[Subscripts]) -> tuple[Points, ...]:
        """Return a variable's points, one series for each of ``elements``.

        Raises
        ------
        InputError
            No source has the variable.
        """
        key = canonical(name)
        wanted = [tuple(map(canonical, each)) for each in elements]
        for number, run in enumerate(self.runs):
            if run.only is not None and key not in run.only:
                continue
            if number not in self._read:
                self._read[number] = run.points()
            found = self._read[number].get(key, {})
            if any(each in found for each in wanted):
                return tuple(found.get(each, Points((), ())) for each in wanted)
        if not self.runs:
            raise InputError(
                "is a data variable without data; give a file that holds it: --data FILE, or "
                "nqpf.load(path, data=...)"
            )
        searched = ", ".join(dict.fromkeys(run.where for run in self.runs))
        raise InputError(f"is a data variable that is not in {searched}")


# --- reading ----------------------------------------------------------------------------------


def _of_sheet(sheet: Sheet) -> dict[str, dict[Subscripts, Points]]:
    rows, columns = sheet.last_row() + 1, sheet.last_column() + 1
    names = [sheet.cells.get((0, column)) for column in range(1, columns)]
    if any(isinstance(name, str) for name in names):
        return _lines(sheet, rows, columns, lambda line, step: (step, line))
    names = [sheet.cells.get((row, 0)) for row in range(1, rows)]
    if any(isinstance(name, str) for name in names):
        return _lines(sheet, columns, rows, lambda line, step: (line, step))
    raise InputError(
        f"{sheet.where}: not a table of values over time; expected names in the first row (or "
        "column) and times in the first column (or row)"
    )


def _lines(sheet: Sheet, steps: int, lines: int, at: Any) -> dict[str, dict[Subscripts, Points]]:
    """Read one variable a line; ``at(line, step)`` is the place of a cell."""
    found: dict[str, dict[Subscripts, Points]] = {}
    times = [(step, sheet.number(at(0, step))) for step in range(1, steps)]
    for line in range(1, lines):
        name = sheet.cells.get(at(line, 0))
        if not isinstance(name, str):
            continue
        points = sorted(
            (time, value)
            for step, time in times
            if time is not None and (value := _tolerant(sheet, at(line, step))) is not None
        )
        _add(found, name, points)
    return found


def _tolerant(sheet: Sheet, cell: Cell) -> float | None:
    """Return a number; a run's file may hold texts in columns that nobody asks for."""
    value: Value | None = sheet.cells.get(cell)
    return value if isinstance(value, float) else None


def _of_frame(frame: Any, where: str) -> dict[str, dict[Subscripts, Points]]:
    return _of_columns(frame.index, {name: frame[name] for name in frame.columns}, where)


def _of_columns(
    index: Iterable[Any], columns: Mapping[Any, Any], where: str
) -> dict[str, dict[Subscripts, Points]]:
    found: dict[str, dict[Subscripts, Points]] = {}
    try:
        times = [float(time) for time in index]
        for name, column in columns.items():
            values = [float(value) for value in column]
            points = [(t, v) for t, v in zip(times, values, strict=True) if v == v]
            _add(found, str(name), sorted(points))
    except (TypeError, ValueError):
        raise InputError(
            f"{where}: times in the index and values in the columns must be numbers"
        ) from None
    return found


def _of_netcdf(content: bytes, where: str) -> dict[str, dict[Subscripts, Points]]:
    import xarray as xr

    try:
        with xr.open_dataset(io.BytesIO(content)) as data:
            data.load()
    except Exception as error:
        # As for workbooks: a damaged file makes the libraries fail anywhere.
        reason = type(error).__name__
        raise InputError(f"{where}: not a NetCDF file that can be read ({reason})") from None
    several = [str(dim) for dim in ("scenario", "run") if data.sizes.get(dim, 1) > 1]
    if several:
        count = data.sizes[several[0]]
        raise InputError(f"{where}: holds {count} {several[0]}s; expected a file with one of them")
    if "time" not in data.coords:
        raise InputError(f"{where}: has no coordinate time; expected a file that nqpf run writes")
    data = data.squeeze([dim for dim in ("scenario", "run") if dim in data.dims], drop=True)
    columns: dict[str, Any] = {}
    for name, values in data.data_vars.items():
        if "time" not in values.dims:
            continue
        values = values.transpose("time", ...)
        axes = [values[dim].to_numpy().tolist() for dim in values.dims[1:]]
        for place, element in zip(
            np.ndindex(values.shape[1:]), itertools.product(*axes), strict=True
        ):
            label = f"{name}[{','.join(map(str, element))}]" if element else str(name)
            columns[label] = values.to_numpy()[(slice(None), *place)]
    return _of_columns(data["time"].to_numpy(), columns, where)


def _add(
    found: dict[str, dict[Subscripts, Points]], name: str, points: list[tuple[float, float]]
) -> None:
    stem, subscripts = split_subscripts(name)
    own = found.setdefault(canonical(stem), {})
    own[tuple(map(canonical, subscripts))] = Points(
        tuple(time for time, _ in points), tuple(value for _, value in points)
    )
