"""Maps of cells: ranks of policies, synergies of pairs of measures."""

from __future__ import annotations

from typing import cast

import numpy as np
from matplotlib import colormaps

from nqpf.charts.drawing import Matrix
from nqpf.charts.page import INK, LABEL, MARGIN, PANEL, SMALL, SOFT, Page, leading

_NAMES = 3.2  # inches for the names of the rows, at most
_CELL, _WIDEST = 0.62, 2.6  # width of a cell at least and at most
_EMPTY = "#f2f2f2"
# Both are safe for colour-blind readers; one is dark at one end, so that it holds in grey, too.
_SEQUENTIAL, _DIVERGING = "Blues_r", "PuOr"
_PART = (0.12, 0.95)  # of the sequential scale that is used: the darkest leaves no text readable


def draw(drawing: Matrix) -> Page:
    """Draw the cells as large as they may be, with their texts, and the scale below."""
    ruler = Page(drawing, 11.0, 6.0)
    names = [ruler.wrap(name, _NAMES, LABEL) for name in drawing.rows]
    widest = max(ruler.measure(line, LABEL) for lines in names for line in lines) + 0.12
    room = ruler.width - 2 * MARGIN - widest
    cell = min(_WIDEST, max(_CELL, room / len(drawing.columns)))
    heads = [ruler.wrap(name, cell - 0.08, LABEL) for name in drawing.columns]
    rows = max(0.34, *(len(lines) * leading(LABEL) + 0.1 for lines in names))
    head = max(map(len, heads)) * leading(LABEL) + 0.1
    width = max(11.0, 2 * MARGIN + widest + cell * len(drawing.columns))
    height = ruler.top + 0.1 + head + rows * len(names) + 0.75 + (6.0 - ruler.bottom)
    page = Page(drawing, width, height)
    top = page.paragraph(MARGIN, page.top, width - 2 * MARGIN, drawing.unit, PANEL, "bold", INK)
    top += head
    left = MARGIN + widest
    for column, lines in enumerate(heads):
        for index, line in enumerate(lines):
            y = top - 0.05 - (len(lines) - index) * leading(LABEL)
            page.text(left + (column + 0.5) * cell, y, line, LABEL, across="center")
    for row, lines in enumerate(names):
        first = top + (row + 0.5) * rows - len(lines) * leading(LABEL) / 2
        for index, line in enumerate(lines):
            page.text(left - 0.08, first + index * leading(LABEL), line, LABEL, across="right")
        for column, text in enumerate(drawing.texts[row]):
            value = float(drawing.values[row, column])
            if not text and np.isnan(value):
                continue
            colour = _EMPTY if np.isnan(value) else _colour(drawing, value)
            x, y = left + column * cell, top + row * rows
            page.shade(x, y, cell, rows, colour, edge="white")
            page.text(
                x + cell / 2, y + rows / 2, text, SMALL, colour=_readable(colour),
                across="center", down="center",
            )  # fmt: skip
    _scale(page, drawing, left, top + rows * len(names) + 0.2)
    return page


def _colour(drawing: Matrix, value: float) -> str:
    low, high = drawing.limits
    share = (value - low) / ((high - low) or 1.0)
    if not drawing.diverging:
        share = _PART[0] + share * (_PART[1] - _PART[0])
    name = _DIVERGING if drawing.diverging else _SEQUENTIAL
    red, green, blue, _ = cast("tuple[float, ...]", colormaps[name](float(np.clip(share, 0, 1))))
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _readable(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return INK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.45 else "white"


def _scale(page: Page, drawing: Matrix, left: float, top: float) -> None:
    """Draw the scale with the words for its ends."""
    low, high = drawing.limits
    first, last = drawing.ends
    page.text(left, top, first, LABEL, colour=SOFT)
    x = left + page.measure(first, LABEL) + 0.1
    steps = 24
    for step in range(steps):
        value = low + (high - low) * step / (steps - 1)
        colour = _colour(drawing, value)
        page.shade(x + step * 0.08, top, 0.08, LABEL / 72, colour, edge=colour)
    page.text(x + steps * 0.08 + 0.1, top, last, LABEL, colour=SOFT)
