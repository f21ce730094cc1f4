"""Several quantities, one small panel each, the same scenarios in all."""

from __future__ import annotations

from math import ceil

from nqpf.charts.drawing import Courses
from nqpf.charts.naming import name_marks
from nqpf.charts.page import Page
from nqpf.charts.panel import draw_panel, grid

_COLUMNS = 3


def draw(drawing: Courses) -> Page:
    """Draw the panels in rows of three, under one key."""
    rows = ceil(len(drawing.panels) / _COLUMNS)
    page = Page(drawing, 11.0, 1.9 + 2.5 * rows)
    top = name_marks(page, drawing, page.top, curves=True)
    for panel, box in zip(drawing.panels, grid(page, top, rows, _COLUMNS), strict=False):
        draw_panel(page, drawing, panel, box)
    return page
