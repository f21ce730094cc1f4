"""Definitions whose numbers are not in the model: in files beside it, or in runs handed over."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.reader.data import DataTables
from nqpf.engine.reader.external import Points, read_constants, read_elements, read_points
from nqpf.engine.reader.points import Mode
from nqpf.engine.reader.runs import Runs
from nqpf.engine.reader.sheets import Files
from nqpf.errors import InputError

# Function of Vensim, in small letters -> (what it reads, how many texts it takes).
GETTERS: dict[str, tuple[str, int]] = {
    "get xls constants": ("constants", 3),
    "get direct constants": ("constants", 3),
    "get xls lookups": ("lookups", 4),
    "get direct lookups": ("lookups", 4),
    "get xls data": ("data", 4),
    "get direct data": ("data", 4),
    "get xls subscript": ("subscript", 5),
    "get direct subscript": ("subscript", 5),
}

Subscripts = tuple[str, ...]


class Outside:
    """Reads what definitions take from outside.

    What is not there is noted in ``problems``, so that a modeller sees all of it at once; the
    definitions are then none.
    """

    def __init__(
        self, files: Files, runs: Runs, tables: DataTables, ranges: Mapping[str, Sequence[str]]
    ) -> None:
        self.files = files
        self.runs = runs
        self.tables = tables
        self.problems: list[str] = []
        self._ranges = {canonical(name): tuple(elements) for name, elements in ranges.items()}

    def read(
        self,
        variable: str,
        subscripts: Subscripts,
        excepted: tuple[Subscripts, ...],
        function: str,
        arguments: Sequence[str],
        mode: Mode = "interpolate",
    ) -> list[ir.Definition]:
        """Return the definitions that stand for ``variable[subscripts] = GET ...(arguments)``."""
        try:
            return self._read(variable, subscripts, excepted, function, arguments, mode)
        except InputError as error:
            self.problems.append(f'"{variable}" reads {error}')
            return []

    def _read(
        self,
        variable: str,
        subscripts: Subscripts,
        excepted: tuple[Subscripts, ...],
        function: str,
        arguments: Sequence[str],
        mode: Mode,
    ) -> list[ir.Definition]:
        what, _ = GETTERS[function]
        check_arguments(function, arguments)
        shown = f"{variable} = {_written(function)}({', '.join(map(repr, arguments))})"
        if what == "constants":
            values = read_constants(self.files, arguments, self._sizes(subscripts))
            return self._laid_out(subscripts, excepted, values, shown)
        if what == "subscript":
            raise InputError(f"{_written(function)} names the elements of a range, not a variable")
        points = read_points(
            self.files, arguments, self._sizes(subscripts), steps=what == "lookups"
        )
        if what == "data":
            return self._data(variable, subscripts, excepted, points, mode, shown)
        tables = tuple(ir.Table(each.x, each.y) if each.x else ir.NO_TABLE for each in points)
        return self._laid_out(subscripts, excepted, tables, shown)

    def run_data(
        self,
        variable: str,
        subscripts: Subscripts,
        excepted: tuple[Subscripts, ...],
        mode: Mode = "interpolate",
    ) -> list[ir.Definition]:
        """Return the definitions of a data variable without equation: it is handed over."""
        try:
            points = self.runs.points(variable, self.elements(subscripts))
        except InputError as error:
            self.problems.append(f'"{variable}" {error}')
            return []
        shown = f"{variable} = data handed over"
        return self._data(variable, subscripts, excepted, points, mode, shown)

    # --- subscripts ---------------------------------------------------------------------------

    def elements(self, subscripts: Subscripts) -> list[Subscripts]:
        """Return every element that subscripts cover, row-major."""
        return list(itertools.product(*map(self._span, subscripts)))

    def _span(self, subscript: str) -> Subscripts:
        return self._ranges.get(canonical(subscript), (subscript,))

    def _sizes(self, subscripts: Subscripts) -> list[int]:
        return [len(self._span(subscript)) for subscript in subscripts]

    def _left_out(self, excepted: Iterable[Subscripts]) -> set[Subscripts]:
        return {
            tuple(map(canonical, element)) for group in excepted for element in self.elements(group)
        }

    # --- definitions --------------------------------------------------------------------------

    def _laid_out(
        self,
        subscripts: Subscripts,
        excepted: tuple[Subscripts, ...],
        values: tuple[float, ...] | tuple[ir.Table, ...],
        shown: str,
    ) -> list[ir.Definition]:
        if not excepted:
            return [ir.Definition(subscripts, (), values, shown)]
        left_out = self._left_out(excepted)
        return [
            ir.Definition(element, (), value if isinstance(value, ir.Table) else (value,), shown)
            for element, value in zip(self.elements(subscripts), values, strict=True)
            if tuple(map(canonical, element)) not in left_out
        ]

    def _data(
        self,
        variable: str,
        subscripts: Subscripts,
        excepted: tuple[Subscripts, ...],
        points: tuple[Points, ...],
        mode: Mode,
        shown: str,
    ) -> list[ir.Definition]:
        """Add tables over time; an element without any points stays undefined."""
        if not excepted and all(each.x for each in points):
            return [self.tables.definition(variable, subscripts, points, mode, shown)]
        left_out = self._left_out(excepted)
        return [
            self.tables.definition(variable, element, (each,), mode, shown)
            for element, each in zip(self.elements(subscripts), points, strict=True)
            if each.x and tuple(map(canonical, element)) not in left_out
        ]


def range_elements(files: Files, function: str, arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the elements that ``range: GET DIRECT SUBSCRIPT(arguments)`` names."""
    if GETTERS.get(function, ("", 0))[0] != "subscript":
        raise InputError(f"{_written(function)} cannot name the elements of a subscript range")
    check_arguments(function, arguments)
    return read_elements(files, arguments)


def check_arguments(function: str, arguments: Sequence[object]) -> None:
    """Raise unless a GET function has as many arguments as it takes, all of them texts."""
    _, count = GETTERS[function]
    if len(arguments) != count or not all(isinstance(each, str) for each in arguments):
        raise InputError(
            f"{_written(function)} takes {count} texts in single quotes, not {len(arguments)} "
            "arguments"
            if len(arguments) != count
            else f"{_written(function)} takes texts in single quotes"
        )


def _written(function: str) -> str:
    return function.upper()
