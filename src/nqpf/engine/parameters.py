"""What a caller gives for parameters -> elements and values, checked."""

from __future__ import annotations

from collections.abc import Mapping
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
        sets = [
            self.elements(dim, length)
            for dim, length in zip(variable.dims, variable.shape, strict=True)
        ]
        grid = np.array(np.meshgrid(*sets, indexing="ij")).reshape(len(sets), -1).T
        return [f"[{','.join(row)}]" for row in grid]


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


def parse(directory: Directory, params: Mapping[str, Any] | None) -> Given:
    """Check ``params`` (name -> number, array or pandas Series) against the model."""
    given = Given()
    for name, value in (params or {}).items():
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


def parse_frame(directory: Directory, frame: pd.DataFrame) -> list[tuple[NDArray[np.intp], Given]]:
    """Check a frame of parameters, a row a member; returns groups of (rows, parameters).

    Members of a group share every time series and lookup; without any there is one group.
    """
    rows = np.arange(len(frame))
    plain: dict[str, NDArray[np.float64]] = {}
    mixed: list[str] = []
    for name in map(str, frame.columns):
        column = frame[name]
        if column.ndim != 1:
            raise InputError(f'"{name}" stands twice among the parameters')
        if column.dtype == object and any(map(_is_series, column)):
            mixed.append(name)
            continue
        try:
            plain[name] = column.to_numpy(dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(f'"{name}": a column of parameters holds numbers or Series') from None
        wrong = ~np.isfinite(plain[name])
        if wrong.any():
            row = frame.index[int(wrong.argmax())]
            raise InputError(f'"{name}": run {row} has {plain[name][wrong][0]}, not a number')
    groups: dict[tuple[int, ...], list[int]] = {}
    for row in range(len(frame)) if mixed else ():
        groups.setdefault(tuple(id(frame[name].iloc[row]) for name in mixed), []).append(row)
    found: list[tuple[NDArray[np.intp], Given]] = []
    for members in [np.array(group) for group in groups.values()] or [rows]:
        given = parse(directory, {name: frame[name].iloc[members[0]] for name in mixed})
        for name, values in plain.items():
            variable, places = directory.find(name)
            _refuse_lookup(name, variable)
            for place in range(variable.size) if places is None else places:
                given.numbers[variable.name, place] = values[members]
        found.append((members, given))
    return found


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
