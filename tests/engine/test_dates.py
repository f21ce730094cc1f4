"""Dates by day numbers, against the standard library."""

from __future__ import annotations

import random
from datetime import date

import numba

from nqpf.engine.dates import day_of, month_of, year_of


@numba.njit
def parts(days):
    return year_of(days), month_of(days), day_of(days)


def test_all_parts_of_dates():
    first, last = date.min.toordinal(), date.max.toordinal()
    drawn = random.Random(1).sample(range(first, last), 3000)
    edges = [date(year, 2, 28).toordinal() + k for year in (4, 1900, 2000, 2100) for k in range(3)]
    for ordinal in (first, last, *edges, *drawn):
        day = date.fromordinal(ordinal)
        # 1 January of the year 1 is day 366: the year 0 is a leap year.
        assert parts(float(ordinal + 365)) == (day.year, day.month, day.day)
