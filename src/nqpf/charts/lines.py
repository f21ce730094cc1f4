"""Scenario comparison: one or two large panels, each scenario named at the end of its line."""

from __future__ import annotations

from nqpf.charts.drawing import Courses
from nqpf.charts.naming import name_marks
from nqpf.charts.page import Page
from nqpf.charts.panel import draw_panel, grid

_LABELS = 1.75  # inches for the names


def draw(drawing: Courses) -> Page:
    """Draw the panels side by side."""
    page = Page(drawing, 11.0, 5.8)
    top = name_marks(page, drawing, page.top, curves=False)
    for panel, box in zip(drawing.panels, grid(page, top, 1, len(drawing.panels)), strict=True):
        draw_panel(page, drawing, panel, box, labels=_LABELS)
    return page
