"""GET XLS and GET DIRECT: numbers, points and names of elements from files.

Vensim manual, GET DIRECT CONSTANTS, DATA, LOOKUPS and SUBSCRIPT: the file lies beside the model;
the second argument is a sheet, or what separates the cells of a text file; cells are counted from
A1. The last subscript runs across and the one before it down; a ``*`` turns that round. Points lie
along a row (named by its number) or a column (named by its letter), and the elements of
subscripts in the other direction. A name of cells may stand for a cell, a row or a column.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nqpf.engine.reader.sheets import Cell, Files, Sheet, cell_named, column_named, shown
from nqpf.errors import InputError


@dataclass(frozen=True)
class Points:
    """The points of one element, ``x`` rising; missing ones are left out."""

    x: tuple[float, ...]
    y: tuple[float, ...]


def read_constants(
    files: Files, arguments: Sequence[str], sizes: Sequence[int]
) -> tuple[float, ...]:
    """Read GET XLS/DIRECT CONSTANTS('file', 'tab', 'cell').

    Parameters
    ----------
    sizes
        How many elements each subscript of the left side covers.

    Returns
    -------
    tuple
        The numbers, row-major over the subscripts.

    Raises
    ------
    InputError
        File, sheet or cell is not there, or a cell holds no number.
    """
    file, tab, cell = arguments
    sheet = files.sheet(file, tab)
    turned = cell.endswith("*") and math.prod(sizes) > 1
    wide = [size for size in sizes if size > 1]
    if len(wide) > 2:
        raise InputError(
            f"{sheet.where}, {cell}: {len(wide)} subscripts run over several elements, and a sheet "
            "has rows and columns; write one equation for each element of the others"
        )
    rows, columns = [1] * (2 - len(wide)) + wide
    height, width = (columns, rows) if turned else (rows, columns)
    top, left = _first_cell(sheet, cell.rstrip("*"), height, width)
    found: list[float] = []
    for row in range(rows):
        for column in range(columns):
            place = (top + column, left + row) if turned else (top + row, left + column)
            value = sheet.number(place)
            if value is None:
                raise InputError(
                    f"{sheet.where}, cell {shown(place)}: empty; expected a number "
                    f"({_block(height, width)} from {shown((top, left))} on)"
                )
            found.append(value)
    return tuple(found)


def read_points(
    files: Files, arguments: Sequence[str], sizes: Sequence[int], *, steps: bool
) -> tuple[Points, ...]:
    """Read GET XLS/DIRECT DATA or LOOKUPS('file', 'tab', 'row or column of x', 'first cell').

    Parameters
    ----------
    steps
        Whether x may stand twice: a vertical step of a lookup.

    Returns
    -------
    tuple
        One series an element, row-major over the subscripts.
    """
    file, tab, axis, cell = arguments
    sheet = files.sheet(file, tab)
    count = math.prod(sizes)
    series = _Series(sheet, *_lines(sheet, axis.strip(), cell.strip(), count))
    found = tuple(series.points(line, steps=steps) for line in series.lines)
    if not any(points.x for points in found):
        raise InputError(f"{sheet.where}: no numbers from {cell} on along {axis}")
    return found


def read_elements(files: Files, arguments: Sequence[str]) -> tuple[str, ...]:
    """Read GET XLS/DIRECT SUBSCRIPT('file', 'tab', 'first', 'last', 'prefix').

    Cells are read across and then down; empty ones do not count. The last cell may be empty, or
    only a row or a column.
    """
    file, tab, first, last, prefix = arguments
    sheet = files.sheet(file, tab)
    corner = cell_named(first)
    if corner is not None:
        bottom, right = _corner(sheet, last.strip())
        area = corner[0], bottom, corner[1], right
    else:
        area = sheet.area(first)
    top, bottom, left, right = area
    # Of the cells that there are, not of those that there could be: a sheet has a billion.
    found = [
        prefix + _element(value)
        for (row, column), value in sorted(sheet.cells.items(), key=lambda cell: cell[0])
        if top <= row <= bottom and left <= column <= right
    ]
    if not found:
        raise InputError(f"{sheet.where}: no names of elements from {first} to {last or 'the end'}")
    return tuple(dict.fromkeys(found))


# --- where numbers stand ----------------------------------------------------------------------


def _first_cell(sheet: Sheet, cell: str, height: int, width: int) -> Cell:
    named = cell_named(cell)
    if named is not None:
        return named
    top, bottom, left, right = sheet.area(cell)
    size = bottom - top + 1, right - left + 1
    if size not in ((height, width), (1, 1)):
        raise InputError(
            f'{sheet.where}: "{cell}" names {_block(*size)}; expected {_block(height, width)} '
            '(a "*" behind the cell swaps rows and columns)'
        )
    return top, left


def _block(height: int, width: int) -> str:
    if (height, width) == (1, 1):
        return "one cell"
    return f"{height} row{'s' * (height > 1)} of {width} cell{'s' * (width > 1)}"


def _corner(sheet: Sheet, last: str) -> Cell:
    """Return the last row and column: a cell, a row, a column, or the end of the sheet."""
    named = cell_named(last)
    if named is not None:
        return named
    row = int(last) - 1 if _is_row(last) else sheet.last_row()
    column = column_named(last) if last.isascii() and last.isalpha() else sheet.last_column()
    return row, column


def _is_row(text: str) -> bool:
    """Whether a text is the number of a row; a sheet has a million at most."""
    return text.isdecimal() and len(text) <= 7


def _held(sheet: Sheet, cells: Iterable[Cell]) -> Line:
    """Return the cells that hold a number: a text is no point, with whatever stands beside it.

    Suite case get_with_missing_values_xlsx: Vensim passes over it.
    """
    return [cell for cell in cells if isinstance(sheet.cells.get(cell), float)]


def _element(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.15g}"


Line = list[Cell]


def _lines(sheet: Sheet, axis: str, cell: str, count: int) -> tuple[Line, list[Line]]:
    """Return the cells of x, and of the ``count`` series beside it."""
    corner = cell_named(cell)
    if _is_row(axis):
        top, left = _needed(sheet, corner, cell)
        row = int(axis) - 1
        x = _held(sheet, ((row, column) for column in range(left, sheet.last_column() + 1)))
        return x, [[(top + k, column) for _, column in x] for k in range(count)]
    if corner is not None:
        if not (axis.isascii() and axis.isalpha() and len(axis) <= 3):
            raise InputError(
                f'{sheet.where}: "{axis}" is neither the number of a row nor the letter of a column'
            )
        top, left = corner
        at = column_named(axis)
        x = _held(sheet, ((row, at) for row in range(top, sheet.last_row() + 1)))
        return x, [[(row, left + k) for row, _ in x] for k in range(count)]
    return _named_lines(sheet, axis, cell, count)


def _needed(sheet: Sheet, corner: Cell | None, cell: str) -> Cell:
    if corner is not None:
        return corner
    top, _, left, _ = sheet.area(cell)
    return top, left


def _named_lines(sheet: Sheet, axis: str, cell: str, count: int) -> tuple[Line, list[Line]]:
    along, beside = sheet.area(axis), sheet.area(cell)
    down = along[2] == along[3]
    if not down and along[0] != along[1]:
        raise InputError(f'{sheet.where}: "{axis}" names a block; expected one row or one column')
    height, width = beside[1] - beside[0] + 1, beside[3] - beside[2] + 1
    length = along[1] - along[0] + 1 if down else along[3] - along[2] + 1
    expected = (length, count) if down else (count, length)
    if (height, width) != expected:
        raise InputError(
            f'{sheet.where}: "{cell}" names {_block(height, width)}; expected '
            f'{_block(*expected)}, beside "{axis}"'
        )
    first, left = along[0], along[2]
    top, side = beside[0], beside[2]
    if down:
        x = _held(sheet, ((first + i, left) for i in range(length)))
        return x, [[(top + row - first, side + k) for row, _ in x] for k in range(count)]
    x = _held(sheet, ((first, left + i) for i in range(length)))
    return x, [[(top + k, side + column - left) for _, column in x] for k in range(count)]


@dataclass(frozen=True)
class _Series:
    """The cells of ``x``, all of them numbers, and those of the ``lines`` beside it."""

    sheet: Sheet
    x: Line
    lines: list[Line]

    def points(self, line: Line, *, steps: bool) -> Points:
        found: list[tuple[float, float]] = []
        for at, cell in zip(self.x, line, strict=True):
            x, y = self.sheet.number(at), self.sheet.number(cell)
            if x is not None and y is not None:
                found.append((x, y))
        found.sort(key=lambda point: point[0])
        if not steps:
            for (x, _), (after, _) in itertools.pairwise(found):
                if x == after:
                    raise InputError(
                        f"{self.sheet.where}: {x:g} stands twice along {shown(self.x[0])}"
                    )
        return Points(tuple(x for x, _ in found), tuple(y for _, y in found))
