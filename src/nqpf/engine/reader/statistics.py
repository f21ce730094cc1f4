"""GET DATA MEAN, MIN, MAX, STDV and TOTAL POINTS: statistics of a data variable's points.

The points become hidden arrays, over which sums and extremes run for those between two times, both
included. Where there are none the result is missing (Vensim manual, GET DATA MIN). The manual does
not say which standard deviation it means; it is that of a sample, over n - 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nqpf.engine import ir
from nqpf.engine.reader.external import Points

TIMES, VALUES, CENTRED = ARRAYS = ("point times", "point values", "centred point values")
_ZERO, _ONE, _MISSING = ir.Number(0.0), ir.Number(1.0), ir.Number(math.nan)


def points_of(variable: str) -> str:
    """Return the name of the hidden range that counts a variable's points."""
    return f"{ir.HIDDEN}points of {variable}"


def block(points: Sequence[Points], what: str, most: int) -> tuple[float, ...]:
    """Return one of ``ARRAYS`` for every element's points, ``most`` each, row-major."""
    rows = [each.x if what == TIMES else _centred(each.y, what == CENTRED) for each in points]
    return tuple(value for row in rows for value in (*row, *[math.nan] * (most - len(row))))


def _centred(values: Sequence[float], wanted: bool) -> Sequence[float]:
    """Return values less their mean, so that squares may be added up."""
    middle = math.fsum(values) / len(values) if wanted and values else 0.0
    return [value - middle for value in values]


@dataclass(frozen=True)
class Chosen:
    """A variable's points between ``start`` and ``end``, as marked references to the arrays."""

    times: ir.Expr
    values: ir.Expr
    centred: ir.Expr
    start: ir.Expr
    end: ir.Expr

    def reduced(self, op: ir.ReduceOp, value: ir.Expr, otherwise: float = 0.0) -> ir.Expr:
        """Reduce ``value`` over the points that are chosen."""
        after = ir.Compare(">=", self.times, self.start)
        inside = ir.Logic("and", after, ir.Compare("<=", self.times, self.end))
        return ir.Reduce(op, ir.If(inside, value, ir.Number(otherwise)))

    @property
    def count(self) -> ir.Expr:
        return self.reduced("sum", _ONE)

    def at_least(self, count: float, value: ir.Expr) -> ir.Expr:
        enough = ir.Compare(">=", self.count, ir.Number(count))
        return ir.If(enough, value, _MISSING)


def _mean(chosen: Chosen) -> ir.Expr:
    total = chosen.reduced("sum", chosen.values)
    return chosen.at_least(1.0, ir.Binary("/", total, chosen.count))


def _deviation(chosen: Chosen) -> ir.Expr:
    total = chosen.reduced("sum", chosen.centred)
    squares = chosen.reduced("sum", ir.Binary("*", chosen.centred, chosen.centred))
    around = ir.Binary("-", squares, ir.Binary("/", ir.Binary("*", total, total), chosen.count))
    variance = ir.Binary("/", around, ir.Binary("-", chosen.count, _ONE))
    return chosen.at_least(2.0, ir.Call("sqrt", (ir.Call("max", (_ZERO, variance)),)))


def _least(chosen: Chosen) -> ir.Expr:
    return chosen.at_least(1.0, chosen.reduced("vmin", chosen.values, math.inf))


def _greatest(chosen: Chosen) -> ir.Expr:
    return chosen.at_least(1.0, chosen.reduced("vmax", chosen.values, -math.inf))


FUNCTIONS: dict[str, Callable[[Chosen], ir.Expr]] = {
    "get data mean": _mean,
    "get data min": _least,
    "get data max": _greatest,
    "get data stdv": _deviation,
    "get data total points": lambda chosen: chosen.count,
}
