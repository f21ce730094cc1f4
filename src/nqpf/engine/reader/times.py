"""GET TIME VALUE: parts of the date at the present time or at the start, moved by an offset.

Vensim manual, GET TIME VALUE. The calendar is the one that the settings of a model give to Time:
its unit and the date of Time 0. Years, quarters and months make years of 360 days, the smaller
units go by the true calendar. The computer's clock and what serves to seed random numbers (measure
10) are refused: a run must give the same numbers tomorrow. So is the day of the week in a year of
360 days, which has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from nqpf.engine import ir
from nqpf.engine.passes.constants import fold, number

_STARTS: dict[float, ir.Expr] = {0.0: ir.Time(), 1.0: ir.Name("INITIAL TIME")}
_DAY = 86400.0
# The unit of Time is a number in line 40: of the settings, in this order, as files in years (0),
# weeks (3), days (4), minutes (6) and seconds (7) show.
_SECONDS = (
    *(360 * _DAY, 90 * _DAY, 30 * _DAY),
    *(7 * _DAY, _DAY, 3600.0, 60.0, 1.0),
)
_EQUAL_MONTHS = 3  # as many of the units go by months of 30 days
_SLACK = ir.Number(1e-3)  # seconds by which rounding may miss a day's or a minute's beginning


@dataclass(frozen=True, slots=True)
class Calendar:
    """The date of Time 0 and the unit of Time, its number in the settings."""

    year: int
    month: int
    day: int
    unit: int

    @property
    def true(self) -> bool:
        """Whether days are counted by the true calendar, not by years of 360 days."""
        return self.unit >= _EQUAL_MONTHS

    @property
    def days(self) -> float:
        """Days from 1 January of the year 0, which is a leap year, to Time 0."""
        if self.true:
            return float(date(self.year, self.month, self.day).toordinal() + 365)
        return float(360 * self.year + 30 * (self.month - 1) + self.day - 1)


def vensim_calendar(text: str) -> Calendar | None:
    """Return the calendar in the settings of a ``.mdl`` file, None if it has none that makes sense.

    Lines 37: to 39: are the date of Time 0, 40: is the unit of Time.
    """
    _, _, settings = text.rpartition("///---\\\\\\")
    found = [
        re.search(rf"^{line}:(\d{{1,4}})\s*$", settings, re.MULTILINE) for line in range(37, 41)
    ]
    parts = [int(each[1]) for each in found if each is not None]
    if len(parts) < len(found) or parts[3] >= len(_SECONDS):
        return None
    try:
        date(*parts[:3])
    except ValueError:
        return None
    return Calendar(*parts)


def time_value(
    relative: ir.Expr, offset: ir.Expr, measure: ir.Expr, calendar: Calendar | None
) -> ir.Expr | None:
    """Return ``GET TIME VALUE(relative, offset, measure)``, None if it is not known."""
    what, wanted = number(fold(relative)), number(fold(measure))
    if what not in _STARTS or wanted is None:
        return None
    time = ir.Binary("+", _STARTS[what], offset)
    if wanted == 0.0:
        return time
    if calendar is None:
        return None
    span = ir.Binary("*", time, ir.Number(_SECONDS[calendar.unit]))
    seconds = ir.Binary("+", ir.Number(calendar.days * _DAY), span)
    return _part(wanted, seconds, calendar.true)


def _part(wanted: float, seconds: ir.Expr, true: bool) -> ir.Expr | None:
    met = ir.Binary("+", seconds, _SLACK)
    days = _whole(met, _DAY)
    match wanted:
        case 1.0:
            return ir.Call("year of", (days,)) if true else _whole(days, 360.0)
        case 2.0:
            months = _part(3.0, seconds, true)
            assert months is not None
            return _whole(ir.Binary("+", months, ir.Number(2.0)), 3.0)
        case 3.0:
            return ir.Call("month of", (days,)) if true else _counted(days, 30.0, 12.0, 1.0)
        case 4.0:
            return ir.Call("day of", (days,)) if true else _counted(days, 1.0, 30.0, 1.0)
        case 5.0 if true:
            # 1 January of the year 0 was a Saturday.
            return _counted(ir.Binary("+", days, ir.Number(6.0)), 1.0, 7.0, 0.0)
        case 6.0:
            return days
        case 7.0:
            return _counted(met, 3600.0, 24.0, 0.0)
        case 8.0:
            return _counted(met, 60.0, 60.0, 0.0)
        case 9.0:
            begun = ir.Binary("*", _whole(met, 60.0), ir.Number(60.0))
            return ir.Call("max", (ir.Number(0.0), ir.Binary("-", seconds, begun)))
        case _:
            return None


def _whole(amount: ir.Expr, unit: float) -> ir.Expr:
    return ir.Call("floor", (ir.Binary("/", amount, ir.Number(unit)),))


def _counted(amount: ir.Expr, unit: float, most: float, first: float) -> ir.Expr:
    """Return which of ``most`` units it is, counted from ``first``."""
    rest = ir.Call("floor modulo", (_whole(amount, unit), ir.Number(most)))
    return ir.Binary("+", rest, ir.Number(first))
