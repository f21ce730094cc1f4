"""Small multiples over parameters: one small pair of axes each, under one key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor, log10
from typing import TypeVar

from matplotlib.axes import Axes

from nqpf.charts.drawing import Drawing, Parameter
from nqpf.charts.key import Entry, draw_key
from nqpf.charts.page import INK, LABEL, SMALL, SOFT, Page, leading
from nqpf.charts.panel import YEARS, column_width, grid

_COLUMNS, _AXES = 5, 0.8  # panels side by side; inches of their height

Shown = TypeVar("Shown", bound=Parameter)


def draw_multiples(
    drawing: Drawing,
    parameters: Sequence[Shown],
    entries: Sequence[Entry],
    draw_one: Callable[[Axes, Shown], tuple[float, float]],
    left: float = 0.0,
) -> Page:
    """Draw the parameters in rows of five.

    Parameters
    ----------
    draw_one
        Draws one into bare axes; returns the ends of its x axis, which alone are numbered.
    left
        Inches left of each pair of axes, for numbers on the y axis.
    """
    columns = min(_COLUMNS, len(parameters))
    rows = ceil(len(parameters) / columns)
    ruler = Page(drawing, 11.0, 6.0)
    width = column_width(ruler, columns)
    head = 0.06 + max(
        len(ruler.wrap(each.title, width, LABEL, "bold")) * leading(LABEL)
        + len(_said(ruler, each, width)) * leading(SMALL)
        for each in parameters
    )
    body = rows * (head + _AXES + YEARS + 0.16)
    height = draw_key(ruler, entries, ruler.top) + body + 6.0 - ruler.bottom
    page = Page(drawing, ruler.width, height)
    top = draw_key(page, entries, page.top)
    for each, box in zip(parameters, grid(page, top, rows, columns), strict=False):
        below = page.paragraph(box.left, box.top, box.width, each.title, LABEL, "bold", INK)
        for index, line in enumerate(_said(page, each, box.width)):
            page.text(box.left, below + index * leading(SMALL), line, SMALL, colour=SOFT)
        place = box.left + left, box.top + head, box.width - left, box.height - head - YEARS
        axes = page.axes(*place)
        low, high = draw_one(axes, each)
        axes.set_xlim(low, high)
        axes.set_xticks([low, high], [_rounded(end, high - low) for end in (low, high)])
        first, last = axes.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")
    return page


def _said(page: Page, parameter: Parameter, width: float) -> list[str]:
    return [*page.wrap(parameter.unit, width, SMALL), *page.wrap(parameter.said, width, SMALL)]


def _rounded(value: float, span: float) -> str:
    """Return a value to a tenth of the leading digit of the span that it ends."""
    digits = max(0, 1 - floor(log10(span)))
    return f"{round(value, digits):.6g}".replace("-", "−")
