"""Pareto front: what can be had at once, and which measures bring it about."""

from __future__ import annotations

import numpy as np

from nqpf.charts import key
from nqpf.charts.drawing import Pareto
from nqpf.charts.page import INK, LABEL, MARGIN, PANEL, SMALL, SOFT, Page, leading
from nqpf.charts.panel import YEARS

_FRONT, _BEATEN = "#0072B2", "#b8b8b8"
_LEFT = 5.2  # inches of the cloud of points
_NAMES = 2.6  # inches for the names of the measures


def draw(drawing: Pareto) -> Page:
    """Draw the points on the left, and beside them the strengths along the front."""
    ruler = Page(drawing, 11.0, 6.0)
    names = [ruler.wrap(name, _NAMES - 0.1, LABEL) for name in drawing.levers]
    row = max([0.3, *(len(lines) * leading(LABEL) + 0.06 for lines in names)])
    body = max(4.2, row * len(names) + 0.9)
    on, beaten, *_ = drawing.words
    entries = [
        key.Entry(key.both(key.line(_FRONT, 1.6), key.dot(_FRONT)), on),
        key.Entry(key.dot(_BEATEN), beaten),
    ]
    height = key.draw_key(ruler, entries, ruler.top) + body + 0.1 + 6.0 - ruler.bottom
    page = Page(drawing, ruler.width, height)
    top = key.draw_key(page, entries, page.top)
    _cloud(page, drawing, top, page.bottom - 0.2)
    if names:
        _strengths(page, drawing, names, top, row)
    return page


def _cloud(page: Page, drawing: Pareto, top: float, bottom: float) -> None:
    across, up = drawing.axes
    width = _LEFT - 0.55
    below = page.paragraph(MARGIN, top, _LEFT, up, LABEL, "normal", SOFT) + 0.06
    lines = page.wrap(across, width, LABEL)
    height = bottom - below - YEARS - len(lines) * leading(LABEL)
    axes = page.axes(MARGIN + 0.55, below, width, height)
    axes.grid(axis="x", color="#dedede", linewidth=0.7)
    axes.xaxis.set_major_locator(page.ticks(5))
    axes.xaxis.set_major_formatter(axes.yaxis.get_major_formatter())
    for index, line in enumerate(lines):
        y = below + height + YEARS + index * leading(LABEL)
        page.text(MARGIN + 0.55, y, line, LABEL, colour=SOFT)
    if len(drawing.others):
        axes.plot(*drawing.others.T, "o", color=_BEATEN, markersize=3)
    front = drawing.front
    marked = [place for place, _ in drawing.names]  # intervals of all would hide the front
    low, high = drawing.low[marked], drawing.high[marked]
    axes.hlines(front[marked, 1], low[:, 0], high[:, 0], _FRONT, linewidth=0.9)
    axes.vlines(front[marked, 0], low[:, 1], high[:, 1], _FRONT, linewidth=0.9)
    axes.plot(*front.T, "-o", color=_FRONT, linewidth=1.6, markersize=5)
    axes.margins(0.08)
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())
    for place, letter in drawing.names:
        x, y = page.place(axes, *front[place])
        page.text(x + 0.06, y + 0.05, letter, LABEL, "bold", INK)


def _strengths(page: Page, drawing: Pareto, names: list[list[str]], top: float, row: float) -> None:
    *_, title, path = drawing.words
    start = MARGIN + _LEFT + 0.3
    left = start + _NAMES
    width = page.width - MARGIN - left
    top = page.paragraph(start, top, page.width - MARGIN - start, title, PANEL, "bold", INK) + 0.06
    count = drawing.strengths.shape[1]
    cell = width / count
    letters = dict(drawing.names)
    for place, letter in letters.items():
        page.text(left + (place + 0.5) * cell, top, letter, LABEL, "bold", across="center")
    top += leading(LABEL) + 0.04
    for index, lines in enumerate(names):
        y = top + index * row
        first = y + row / 2 - len(lines) * leading(LABEL) / 2
        for number, line in enumerate(lines):
            page.text(left - 0.08, first + number * leading(LABEL), line, LABEL, across="right")
        for place in range(count):
            # A bar in each cell, so that the strength can be read without colour.
            share = float(np.clip(drawing.strengths[index, place], 0, 1))
            page.shade(left + place * cell, y + 0.03, cell, row - 0.06, "#f2f2f2", edge="white")
            height = (row - 0.06) * share
            if height > 0:
                page.shade(
                    *(left + place * cell + 0.1 * cell, y + 0.03 + (row - 0.06 - height)),
                    *(0.8 * cell, height, _FRONT),
                    edge=_FRONT,
                )
    page.text(left, top + len(names) * row + 0.03, f"0–1, {path}", SMALL, colour=SOFT)
