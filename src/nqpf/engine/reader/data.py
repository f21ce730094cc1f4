"""Data variables: what they read over time, and the functions that read them at other times.

A data variable becomes a hidden table of its points and an ordinary variable that looks it up at
Time; so it may be saved, subscripted, mixed with constants, and replaced by a caller like any
other. Read in another mode it is another hidden table over the same points.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.passes.constants import fold, number
from nqpf.engine.reader import statistics
from nqpf.engine.reader.external import Points
from nqpf.engine.reader.points import MODES, Mode, over_time
from nqpf.errors import InputError, listed

# Functions of data variables, in small letters -> number of arguments. Equations hold them as calls
# of these names until ``resolved`` expands them.
FUNCTIONS: dict[str, int] = {
    "get data between times": 3,
    "get data at time": 2,
    "get data first time": 1,
    "get data last time": 1,
    "time shift": 2,
    **dict.fromkeys(statistics.FUNCTIONS, 3),
}
_INSIDE = " inside"  # ... the points only: missing before the first and after the last
_READINGS: dict[str, tuple[Mode, bool]] = {
    **{mode: (mode, True) for mode in MODES},
    **{mode + _INSIDE: (mode, False) for mode in MODES},
}
_EQUATION = f"{ir.HIDDEN}data read in mode "


def equation(expr: ir.Expr, mode: Mode) -> ir.Expr:
    """Mark ``data :MODE: := expr``: the data variables in ``expr`` are read in that mode.

    Vensim manual, Data Equations: the right side holds data and constants only.
    """
    return ir.Call(_EQUATION + mode, (expr,))


@dataclass
class _Variable:
    """Points as defined, and the tables made of them so far: reading -> name."""

    name: str
    mode: Mode
    parts: list[tuple[tuple[str, ...], tuple[Points, ...]]] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)


class DataTables:
    """The data variables of one model and their hidden tables."""

    def __init__(self) -> None:
        self._variables: dict[str, _Variable] = {}

    def definition(
        self,
        variable: str,
        subscripts: tuple[str, ...],
        points: tuple[Points, ...],
        mode: Mode,
        text: str,
    ) -> ir.Definition:
        """Add points, one series an element of ``subscripts``; return what reads them over time."""
        own = self._variables.setdefault(canonical(variable), _Variable(variable, mode))
        own.parts.append((subscripts, points))
        body = ir.Lookup(ir.Name(_table(own, mode), subscripts), ir.Time())
        return ir.Definition(subscripts, (), body, text)

    def resolved(self, elements: Iterable[ir.Element]) -> tuple[ir.Element, ...]:
        """Return ``elements`` with the functions of data expanded, and the tables they need.

        Raises
        ------
        InputError
            A function of data is used on something else; every place is named.
        """
        problems: list[str] = []
        done = []
        for element in elements:
            reader = _Reader(self._variables, element.name, problems)
            definitions = tuple(
                d if isinstance(d.body, tuple | ir.Table) else replace(d, body=reader.body(d.body))
                for d in element.definitions
            )
            done.append(replace(element, definitions=definitions))
        if problems:
            raise InputError(listed(problems))
        return (*done, *(each for own in self._variables.values() for each in _elements(own)))

    def ranges(self) -> dict[str, tuple[str, ...]]:
        """Return the hidden subscript ranges of what ``resolved`` made."""
        return {
            statistics.points_of(own.name): tuple(f"{ir.HIDDEN}{k + 1}" for k in range(_most(own)))
            for own in self._variables.values()
            if statistics.TIMES in own.made
        }


def _table(own: _Variable, reading: str) -> str:
    """Return the name of the table for a reading: a mode, ``... inside`` for nothing outside."""
    name = f"{ir.HIDDEN}{reading} of {own.name}"
    return own.made.setdefault(reading, name)


def _elements(own: _Variable) -> list[ir.Element]:
    """Return the hidden elements that hold a variable's tables."""
    made = []
    for reading, name in own.made.items():
        pointwise = reading in statistics.ARRAYS
        along = (statistics.points_of(own.name),) if pointwise else ()
        definitions = tuple(
            ir.Definition(
                (*subscripts, *along),
                (),
                statistics.block(points, reading, _most(own))
                if pointwise
                else _block(points, reading),
            )
            for subscripts, points in own.parts
        )
        made.append(ir.Element(name, name, "", "", (None, None), definitions))
    return made


def _most(own: _Variable) -> int:
    """Return the number of points of the element that has the most."""
    return max(len(each.x) for _, points in own.parts for each in points)


def _block(
    points: tuple[Points, ...], reading: str
) -> tuple[float, ...] | tuple[ir.Table, ...] | ir.Table:
    if reading in ("first time", "last time"):
        at = 0 if reading == "first time" else -1
        return tuple(each.x[at] if each.x else float("nan") for each in points)
    mode, outside = _READINGS[reading]
    return tuple(over_time(each.x, each.y, mode, outside=outside) for each in points)


@dataclass
class _Reader:
    """Expands the functions of data in one variable's equations."""

    variables: dict[str, _Variable]
    owner: str
    problems: list[str]
    mode: Mode | None = None

    def body(self, expr: ir.Expr) -> ir.Expr:
        if isinstance(expr, ir.Call) and expr.function.startswith(_EQUATION):
            mode, _ = _READINGS[expr.function.removeprefix(_EQUATION)]
            return replace(self, mode=mode).body(expr.arguments[0])
        if isinstance(expr, ir.Call) and expr.function in FUNCTIONS:
            return self._function(expr)
        if isinstance(expr, ir.Name) and self.mode is not None:
            own = self.variables.get(canonical(expr.name))
            return expr if own is None else self._read(own, expr, self.mode, ir.Time())
        return ir.rebuild(expr, tuple(map(self.body, ir.children(expr))))

    def _function(self, call: ir.Call) -> ir.Expr:
        name, *rest = call.arguments
        shown = call.function.upper()
        own = self.variables.get(canonical(name.name)) if isinstance(name, ir.Name) else None
        if own is None or not isinstance(name, ir.Name):
            self.problems.append(
                f'"{self.owner}" uses {shown} of something that is not a data variable with points'
            )
            return ir.Number(float("nan"))
        others = [self.body(argument) for argument in rest]
        match call.function:
            case "get data first time":
                return ir.Name(_table(own, "first time"), name.subscripts)
            case "get data last time":
                return ir.Name(_table(own, "last time"), name.subscripts)
            case "get data at time":
                return self._read(own, name, "raw", others[0])
            case function if function in statistics.FUNCTIONS:
                if any(each.endswith("!") for each in name.subscripts):
                    self.problems.append(
                        f'"{self.owner}" uses {shown} of elements that are summed up around it; '
                        "give it a variable of its own, and sum that"
                    )
                subscripts = (*name.subscripts, f"{statistics.points_of(own.name)}!")
                arrays = [ir.Name(_table(own, what), subscripts) for what in statistics.ARRAYS]
                return statistics.FUNCTIONS[function](statistics.Chosen(*arrays, *others))
            case "time shift":
                later = ir.Binary("+", ir.Time(), others[0])
                return self._read(own, name, self.mode or own.mode, later)
            case _:
                return self._between(own, name, others[0], others[1])

    def _between(self, own: _Variable, name: ir.Name, time: ir.Expr, mode: ir.Expr) -> ir.Expr:
        """GET DATA BETWEEN TIMES: mode 0 interpolates, 1 looks forward, -1 holds backward."""

        def read(reading: Mode) -> ir.Expr:
            return self._read(own, name, f"{reading}{_INSIDE}", time)

        value = number(fold(mode))
        if value is not None:
            forward, backward = value >= 0.5, value <= -0.5
            return read("look forward" if forward else "hold backward" if backward else MODES[0])
        return ir.If(
            ir.Compare(">=", mode, ir.Number(0.5)),
            read("look forward"),
            ir.If(
                ir.Compare("<=", mode, ir.Number(-0.5)), read("hold backward"), read("interpolate")
            ),
        )

    def _read(self, own: _Variable, name: ir.Name, reading: str, time: ir.Expr) -> ir.Expr:
        return ir.Lookup(ir.Name(_table(own, reading), name.subscripts), time)
