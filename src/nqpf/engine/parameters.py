"""What a caller gives for parameters -> elements and values, checked."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nqpf.engine import ir
from nqpf.engine.names import canonical, split_subscripts
from nqpf.engine.passes.elements import flat
from nqpf.engine.passes.override import How, Replacement
from nqpf.engine.program import Cell
from nqpf.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd


Names = list[tuple[str, ir.Variable, tuple[int, ...]]]  # as asked, variable, elements


class Directory:
    """Finds a model's variables and elements by the names that users write."""

    def __init__(self, model: ir.IndexedModel) -> None:
        self.model = model
        self.visible = {
            name: variable
            for name, variable in model.variables.items()
            if not name.startswith(ir.HIDDEN)
        }
        self._spelled = {variable.py_name: name for name, variable in self.visible.items()}
        self._spelled |= {canonical(name): name for name in self.visible}

    def find(self, name: str) -> tuple[ir.Variable, tuple[int, ...] | None]:
        """Return (variable, row-major places named by subscripts, or None for all of it)."""
        if not isinstance(name, str):
            raise InputError(f"a variable is named by a text, not by {name!r}")
        own = self._spelled.get(name) or self._spelled.get(canonical(name))
        if own is not None:
            return self.visible[own], None
        stem, subscripts = split_subscripts(name)
        own = self._spelled.get(stem) or self._spelled.get(canonical(stem))
        if own is None:
            raise InputError(
                f'"{name}" is not a variable of the model.{did_you_mean(stem, self.visible)}'
            )
        variable = self.visible[own]
        if len(subscripts) != len(variable.dims):
            raise InputError(
                f'"{name}": {own} has {len(variable.dims)} subscripts'
                + (f" ({', '.join(variable.dims)})" if variable.dims else "")
            )
        spans = [
            self._positions(name, subscript, dim, length)
            for subscript, dim, length in zip(
                subscripts, variable.dims, variable.shape, strict=True
            )
        ]
        places = np.array(np.meshgrid(*spans, indexing="ij")).reshape(len(spans), -1).T
        return variable, tuple(flat(place, variable.shape) for place in places.tolist())

    def columns(self, asked: Iterable[str] | str | None) -> Names:
        """Return what is asked for, variable and elements; None: all but lookups."""
        if asked is None:
            return [
                (name, variable, tuple(range(variable.size)))
                for name, variable in self.visible.items()
                if variable.kind != "lookup"
            ]
        if not isinstance(asked, Iterable):
            raise InputError(f"expected names of variables, not {asked!r}")
        found: Names = []
        for name in [asked] if isinstance(asked, str) else asked:
            variable, places = self.find(name)
            if variable.kind == "lookup":
                raise InputError(f'"{name}" is a table of points and has no course over time')
            found.append((name, variable, places or tuple(range(variable.size))))
        return found

    def _positions(self, name: str, subscript: str, dim: str, length: int) -> list[int]:
        elements = self.elements(dim, length)
        spelled = {canonical(element): i for i, element in enumerate(elements)}
        key = canonical(subscript)
        if key in spelled:
            return [spelled[key]]
        for own, members in self.model.ranges.items():
            if canonical(own) == key and all(canonical(m) in spelled for m in members):
                return [spelled[canonical(m)] for m in members]
        raise InputError(
            f'"{name}": {dim} has no element "{subscript}".{did_you_mean(subscript, elements)}'
        )

    def elements(self, dim: str, length: int) -> tuple[str, ...]:
        """Return the elements of a dimension; a range used twice is numbered from the second."""
        found = self.model.ranges.get(dim) or self.model.ranges.get(dim.rpartition(" ")[0])
        return found if found is not None else tuple(str(i + 1) for i in range(length))

    def labels(self, variable: ir.Variable) -> list[str]:
        """Return the subscript texts of a variable's elements, row-major, as PySD writes them."""
        if not variable.dims:
            return [""]
        return [f"[{','.join(row)}]" for row in itertools.product(*self.axes(variable))]

    def axes(self, variable: ir.Variable) -> list[tuple[str, ...]]:
        """Return the elements of each subscript of a variable."""
        spans = zip(variable.dims, variable.shape, strict=True)
        return [self.elements(dim, length) for dim, length in spans]


@dataclass
class Given:
    """Parameters by element: numbers (one for all members, or one a member), and tables.

    A table runs over time for a constant or an auxiliary, over its argument for a lookup.
    """

    numbers: dict[Cell, NDArray[np.float64]] = field(default_factory=dict)
    tables: dict[Cell, ir.Table] = field(default_factory=dict)

    def replacements(self, model: ir.IndexedModel) -> tuple[Replacement, ...]:
        """Return what must be replaced in the model, beyond setting constants and tables."""
        wanted: dict[tuple[str, How], list[int]] = {}
        series = {name for name, _ in self.tables}
        for name, element in self.numbers:
            if model.variables[name].kind != "constant" or name in series:
                wanted.setdefault((name, "number"), []).append(element)
        for name, element in self.tables:
            if model.variables[name].kind not in ("lookup", "data"):
                wanted.setdefault((name, "series"), []).append(element)
        return tuple(
            Replacement(name, tuple(sorted(elements)), how)
            for (name, how), elements in sorted(wanted.items())
        )


def named(values: Any, what: str) -> dict[str, Any]:
    """Return ``values`` (a mapping or a pandas Series, None for none) as name -> value."""
    try:
        return {} if values is None else dict(values)
    except (TypeError, ValueError):
        raise InputError(f"{what}: expected {{name: value}}, not {type(values).__name__}") from None


def real(what: str, value: Any) -> float:
    """Return ``value`` as a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not np.isfinite(number):
        raise InputError(f"{what}: {_short(value)} is not a finite number")
    return number


def parse(directory: Directory, params: Mapping[str, Any]) -> Given:
    """Check ``params`` (name -> number, array or pandas Series) against the model."""
    given = Given()
    for name, value in params.items():
        variable, places = directory.find(name)
        places = tuple(range(variable.size)) if places is None else places
        if _is_series(value):
            table = _table(name, value)
            for place in places:
                given.numbers.pop((variable.name, place), None)
                given.tables[variable.name, place] = table
            continue
        _refuse_lookup(name, variable)
        for place, number in zip(places, _numbers(name, value, len(places), variable), strict=True):
            given.tables.pop((variable.name, place), None)
            given.numbers[variable.name, place] = np.array([number])
    return given


def parse_frame(
    directory: Directory, frame: pd.DataFrame, what: str = "params"
) -> list[tuple[NDArray[np.intp], Given]]:
    """Check a frame of parameters, a row a member; returns groups of (rows, parameters).

    Members of a group share every time series and lookup, compared by their points, and differ
    in numbers alone; without any series there is one group. ``what`` names the frame in messages.
    """
    columns = _columns(directory, frame, what)
    found: list[tuple[NDArray[np.intp], Given]] = []
    for members in _alike([each.which for each in columns if each.tables], len(frame)):
        given = Given()
        for column in columns:
            table = column.tables[column.which[members[0]]] if column.tables else None
            for cell in column.cells:
                given.numbers.pop(cell, None)
                given.tables.pop(cell, None)
                if table is None:
                    given.numbers[cell] = column.numbers[members]
                else:
                    given.tables[cell] = table
        found.append((members, given))
    return found


def _alike(keys: list[NDArray[np.int64]], count: int) -> list[NDArray[np.intp]]:
    """Return the rows of members with equal keys, in the order of their first members."""
    if not keys:
        return [np.arange(count)]
    _, first, group = np.unique(np.stack(keys), axis=1, return_index=True, return_inverse=True)
    return [np.flatnonzero(group.ravel() == number) for number in np.argsort(first)]


@dataclass(frozen=True)
class _Column:
    """One parameter of a frame.

    ``which``: a member's place in ``tables``, whose first is None: it has a number.
    """

    cells: list[Cell]
    numbers: NDArray[np.float64]
    which: NDArray[np.int64]
    tables: list[ir.Table | None]


def _columns(directory: Directory, frame: pd.DataFrame, what: str) -> list[_Column]:
    if not (hasattr(frame, "columns") and hasattr(frame, "iloc")):
        raise InputError(
            f"{what}: expected a pandas DataFrame, a row a run and a column a parameter, "
            f"not {type(frame).__name__}; pandas.DataFrame(...) makes one"
        )
    found: list[_Column] = []
    named: dict[tuple[Cell, ...], str] = {}
    columns = [column for _, column in frame.items()]  # one by one they take twice as long
    for position, name in enumerate(frame.columns):
        variable, places = directory.find(name)
        cells = [(variable.name, place) for place in places or range(variable.size)]
        other = named.setdefault(tuple(cells), name)
        if len(named) == position:
            also = "" if other == name else f', also as "{other}"'
            raise InputError(f'"{name}" stands twice among the parameters{also}')
        found.append(_column(variable, cells, name, columns[position]))
    return found


def _column(variable: ir.Variable, cells: list[Cell], name: str, column: pd.Series) -> _Column:
    numbers = np.full(len(column), np.nan)
    which = np.zeros(len(column), dtype=np.int64)
    tables: dict[ir.Table, int] = {}
    known: dict[int, int] = {}  # the same object has the same points
    if column.dtype.kind in "buif":
        numbers[:] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        for row, cell in enumerate(column):
            if _is_series(cell):
                if id(cell) not in known:
                    known[id(cell)] = tables.setdefault(_table(name, cell), len(tables) + 1)
                which[row] = known[id(cell)]
            else:
                numbers[row] = _cell(variable, name, column.index[row], cell)
    if (which == 0).any():
        _refuse_lookup(name, variable)
    wrong = (which == 0) & ~np.isfinite(numbers)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(f'"{name}": run {column.index[row]} has {column.iloc[row]}, not a number')
    return _Column(cells, numbers, which, [None, *tables] if tables else [])


def _cell(variable: ir.Variable, name: str, run: object, cell: Any) -> float:
    """Return one number of a column that holds other things, too."""
    try:
        if isinstance(cell, str):
            raise TypeError
        return float(cell)
    except (TypeError, ValueError):
        array = "; an array has a column an element" if variable.dims else ""
        raise InputError(
            f'"{name}": run {run} has {_short(cell)}; expected a number or a pandas Series{array}'
        ) from None


def _short(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else text[:37] + "..."


def _refuse_lookup(name: str, variable: ir.Variable) -> None:
    if variable.kind in ("lookup", "data"):
        raise InputError(f'"{name}" is a table of points: give a pandas Series (index x, values y)')


def _is_series(value: object) -> bool:
    return hasattr(value, "index") and hasattr(value, "to_numpy")


def _table(name: str, series: Any) -> ir.Table:
    try:
        x = np.asarray(series.index, dtype=float)
        y = np.asarray(series.to_numpy(), dtype=float)
    except (TypeError, ValueError):
        raise InputError(f'"{name}": index and values of the series must be numbers') from None
    if y.ndim != 1:
        raise InputError(f'"{name}": a table of {y.shape[1]} columns; expected one Series')
    if x.size == 0:
        raise InputError(f'"{name}": the series is empty')
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError(f'"{name}": the series has missing or infinite values')
    if (np.diff(x) <= 0).any():
        raise InputError(f'"{name}": the index of the series must increase')
    return ir.Table(tuple(x.tolist()), tuple(y.tolist()))


def _numbers(name: str, value: object, count: int, variable: ir.Variable) -> list[float]:
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InputError(
            f'"{name}": {value!r} is not a number, an array or a pandas Series'
        ) from None
    if not np.isfinite(array).all():
        raise InputError(f'"{name}": the value must be a finite number, not {value!r}')
    if array.size == 1:
        return [float(array.reshape(()))] * count
    if array.size != count or (count == variable.size and array.shape != variable.shape):
        raise InputError(
            f'"{name}": an array of shape {array.shape} was given; expected '
            + (f"{variable.shape} ({', '.join(variable.dims)})" if variable.dims else "a number")
        )
    return array.ravel().tolist()
