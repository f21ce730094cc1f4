"""What a growth rate is made of: layers that sum to the line, one panel per scenario."""

from __future__ import annotations

from nqpf.charts.drawing import Courses
from nqpf.charts.naming import name_marks
from nqpf.charts.page import Page
from nqpf.charts.panel import Box, draw_panel, grid, panel_limits

_LABELS = 1.75  # inches for the names, beside the last panel


def draw(drawing: Courses) -> Page:
    """Draw the panels side by side on one scale, the layers named beside the last."""
    page = Page(drawing, 11.0, 5.8)
    top = name_marks(page, drawing, page.top, curves=False)
    limits = panel_limits(*drawing.panels)
    *others, last = zip(
        drawing.panels, grid(page, top, 1, len(drawing.panels), right=_LABELS), strict=True
    )
    for panel, box in others:
        draw_panel(page, drawing, panel, box, limits=limits)
    panel, box = last
    wide = Box(box.left, box.top, box.width + _LABELS, box.height)
    draw_panel(page, drawing, panel, wide, limits=limits, labels=_LABELS)
    return page
