"""Projections with their bands: large panels, the ends of the bands named with their values."""

from __future__ import annotations

from math import ceil

from nqpf.charts.drawing import Courses
from nqpf.charts.naming import name_marks
from nqpf.charts.page import Page
from nqpf.charts.panel import draw_panel, grid

_LABELS = 1.5  # inches for the names and values


def draw(drawing: Courses) -> Page:
    """Draw the panels two by two."""
    columns = min(2, len(drawing.panels))
    rows = ceil(len(drawing.panels) / columns)
    page = Page(drawing, 11.0, 1.9 + (3.3 if rows > 1 else 4.2) * rows)
    top = name_marks(page, drawing, page.top, curves=False)
    for panel, box in zip(drawing.panels, grid(page, top, rows, columns), strict=False):
        draw_panel(page, drawing, panel, box, labels=_LABELS)
    return page
