"""The line under a chart's title that says what its marks mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nqpf.charts.drawing import Dash
from nqpf.charts.page import GRID, LABEL, MARGIN, SOFT, Page, leading

BAND = ("#d9d9d9", "#b0b0b0")  # sample of a wide and a narrow band
_SAMPLE, _SPACE = 0.26, 0.22  # inches of a sample, and between entries
_HEIGHT = LABEL / 72

Mark = Callable[[Page, float, float], None]
"""Draws a sample whose upper left corner is at (x, y)."""


@dataclass(frozen=True)
class Entry:
    """A sample of a mark, and what it means."""

    mark: Mark
    text: str
    colour: str = SOFT
    """Of the text."""


def draw_key(page: Page, entries: Iterable[Entry], top: float) -> float:
    """Write the entries in lines; return where the next thing may stand."""
    x, y, last = MARGIN, top, top
    for entry in entries:
        length = _SAMPLE + 0.06 + page.measure(entry.text, LABEL)
        if x > MARGIN and x + length > page.width - MARGIN:
            x, y = MARGIN, y + leading(LABEL) + 0.04
        entry.mark(page, x, y)
        page.text(x + _SAMPLE + 0.06, y, entry.text, LABEL, colour=entry.colour)
        x += length + _SPACE
        last = y + leading(LABEL) + 0.14
    return last


def line(colour: str, width: float = 2.0, dash: Dash = ()) -> Mark:
    """Return a sample of a line."""

    def mark(page: Page, x: float, y: float) -> None:
        middle = y + _HEIGHT / 2
        page.line((x, middle), (x + _SAMPLE, middle), colour, width, dash)

    return mark


def upright(colour: str, width: float) -> Mark:
    """Return a sample of an upright line."""

    def mark(page: Page, x: float, y: float) -> None:
        page.line((x + _SAMPLE / 2, y), (x + _SAMPLE / 2, y + _HEIGHT), colour, width)

    return mark


def dot(colour: str = SOFT) -> Mark:
    """Return a sample of a point."""

    def mark(page: Page, x: float, y: float) -> None:
        page.dot(x + _SAMPLE / 2, y + _HEIGHT / 2, colour)

    return mark


def shade(colour: str, hatch: str = "", edge: str = GRID) -> Mark:
    """Return a sample of a filled area."""

    def mark(page: Page, x: float, y: float) -> None:
        page.shade(x, y, _SAMPLE, _HEIGHT, colour, hatch, edge)

    return mark


def bands(page: Page, x: float, y: float) -> None:
    """Draw a sample of a wide band with a narrow one in it."""
    page.shade(x, y, _SAMPLE, _HEIGHT, BAND[0])
    page.shade(x, y + _HEIGHT / 4, _SAMPLE, _HEIGHT / 2, BAND[1])


def both(*marks: Mark) -> Mark:
    """Return samples on each other."""

    def mark(page: Page, x: float, y: float) -> None:
        for each in marks:
            each(page, x, y)

    return mark
