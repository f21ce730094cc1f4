"""Values over time that a caller hands over: files of other runs, or data frames.

A file has one variable a column (as Vensim, PySD and nqpf write runs) or one a row, named in full:
``Name[East,L11]``; the other edge holds the times. Empty cells are missing points.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nqpf.engine.names import canonical, split_subscripts
from nqpf.engine.reader.external import Points
from nqpf.engine.reader.sheets import Cell, Sheet, Value, separator, text_sheet
from nqpf.errors import InputError

Subscripts = tuple[str, ...]  # canonical
_TEXT = (".tab", ".csv", ".tsv", ".txt")


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
        mark = separator(Path(self.where).suffix.lower())
        return _of_sheet(text_sheet(self.content, mark, self.where))


def gather(data: object) -> tuple[Run, ...]:
    """Return what a caller gives as ``data``.

    Parameters
    ----------
    data
        A file (``.tab``, ``.csv``), a DataFrame (index: times), a list of them, or a mapping
        from files to the names of the variables that each is to fill. None: nothing.

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
        if path.suffix.lower() not in _TEXT:
            raise InputError(f"{path}: a file of data ends in {', '.join(_TEXT)}")
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
                "is a data variable without data; give a file that holds it: "
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
    found: dict[str, dict[Subscripts, Points]] = {}
    try:
        times = [float(time) for time in frame.index]
        for name in frame.columns:
            values = [float(value) for value in frame[name]]
            points = [(t, v) for t, v in zip(times, values, strict=True) if v == v]
            _add(found, str(name), sorted(points))
    except (TypeError, ValueError):
        raise InputError(
            f"{where}: times in the index and values in the columns must be numbers"
        ) from None
    return found


def _add(
    found: dict[str, dict[Subscripts, Points]], name: str, points: list[tuple[float, float]]
) -> None:
    stem, subscripts = split_subscripts(name)
    own = found.setdefault(canonical(stem), {})
    own[tuple(map(canonical, subscripts))] = Points(
        tuple(time for time, _ in points), tuple(value for _, value in points)
    )
