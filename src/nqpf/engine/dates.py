"""Parts of dates in the Gregorian calendar, by the number of days since 1 January of the year 0.

Of a float or lanes, whole numbers; years before 1 count on backwards. The year is taken to begin in
March, so that the leap day is its last: months then last 153 days every five, and 400 years 146097.

A change here must recompile every cached kernel: the cache key holds this file's text.
"""

from __future__ import annotations

from nqpf.engine.jit import inlined
from nqpf.engine.lanes import choose, floor, number


@inlined
def _parts(days):
    """Return (year that began in March, its month from March as 0, the month's day from 0)."""
    since = days - 60.0
    era = floor(since / 146097.0)
    day = since - era * 146097.0
    leaps = floor(day / 1460.0) - floor(day / 36524.0) + floor(day / 146096.0)
    year = floor((day - leaps) / 365.0)
    day = day - (365.0 * year + floor(year / 4.0) - floor(year / 100.0))
    month = floor((5.0 * day + 2.0) / 153.0)
    return year + 400.0 * era, month, day - floor((153.0 * month + 2.0) / 5.0)


@inlined
def year_of(days):
    year, month, _ = _parts(days)
    return year + number(month >= 10.0)


@inlined
def month_of(days):
    _, month, _ = _parts(days)
    return choose(month >= 10.0, month - 9.0, month + 3.0)


@inlined
def day_of(days):
    _, _, day = _parts(days)
    return day + 1.0
