"""Small multiples over a subscript: one panel per element, all with the same scale."""

from __future__ import annotations

from math import ceil

from nqpf.charts.drawing import Courses
from nqpf.charts.naming import name_marks
from nqpf.charts.page import Page
from nqpf.charts.panel import draw_panel, grid, panel_limits

_COLUMNS = 4


def draw(drawing: Courses) -> Page:
    """Draw the panels in rows of four, under one key."""
    columns = min(_COLUMNS, len(drawing.panels))
    rows = ceil(len(drawing.panels) / columns)
    page = Page(drawing, 11.0, 2.0 + 3.0 * rows)
    top = name_marks(page, drawing, page.top, curves=True)
    limits = panel_limits(*drawing.panels)
    for panel, box in zip(drawing.panels, grid(page, top, rows, columns), strict=False):
        draw_panel(page, drawing, panel, box, limits=limits)
    return page
