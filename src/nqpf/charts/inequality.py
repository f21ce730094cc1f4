"""Regional inequality: a measure over time, and Lorenz curves in some years."""

from __future__ import annotations

from matplotlib.axes import Axes

from nqpf.charts.drawing import Inequality
from nqpf.charts.labels import spread
from nqpf.charts.naming import ink, name_marks
from nqpf.charts.page import INK, LABEL, PANEL, SMALL, SOFT, Page, leading
from nqpf.charts.panel import TICKS, YEARS, Box, draw_panel, grid, head_height

_LABELS = 1.75  # inches for the names at the ends of the courses
_SHARE = 25  # % between grid lines


def draw(drawing: Inequality) -> Page:
    """Draw the course on the left and the curves in a square on the right."""
    page = Page(drawing, 11.0, 6.2)
    top = name_marks(page, drawing, page.top, curves=False)
    left, right = grid(page, top, 1, 2)
    draw_panel(page, drawing, drawing.panels[0], left, labels=_LABELS)
    _draw_lorenz(page, drawing, right)
    return page


def _draw_lorenz(page: Page, drawing: Inequality, box: Box) -> None:
    below = page.paragraph(box.left, box.top, box.width, drawing.lorenz_title, PANEL, "bold", INK)
    across, up = drawing.lorenz_axes
    page.paragraph(box.left, below, box.width, up, LABEL, "normal", SOFT)
    head = max(
        head_height(page, drawing, box.width),
        below - box.top + len(page.wrap(up, box.width, LABEL)) * leading(LABEL) + 0.08,
    )
    lines = page.wrap(across, box.width, LABEL)
    foot = YEARS + len(lines) * leading(LABEL)
    side = min(box.width - TICKS, box.height - head - foot)
    axes = page.axes(box.left + TICKS, box.top + head, side, side)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_xticks(range(0, 101, _SHARE))
    axes.set_yticks(range(0, 101, _SHARE))
    for index, line in enumerate(lines):
        y = box.top + head + side + YEARS + index * leading(LABEL)
        page.text(box.left + TICKS, y, line, LABEL, colour=SOFT)
    axes.plot([0, 100], [0, 100], color=SOFT, linewidth=0.9, linestyle=(0, (2, 2)))
    for curve in drawing.lorenz:
        axes.plot(
            *(curve.x, curve.y),
            color=curve.colour,
            linewidth=curve.width,
            linestyle=(0, curve.dash) if curve.dash else "solid",
            marker="o",
            markersize=3,
        )
    _name_curves(page, drawing, axes)
    _name_places(page, drawing, axes)


def _name_curves(page: Page, drawing: Inequality, axes: Axes) -> None:
    """Write the names in the empty upper left half, under that of the diagonal, with samples."""
    x, y = page.place(axes, 4, 96)
    entries = [(drawing.equality, SOFT, (2.0, 2.0), 0.9, SOFT)]
    entries += [(c.name, c.colour, c.dash, c.width, ink(c)) for c in drawing.lorenz]
    for name, colour, dash, width, written in entries:
        middle = y + 0.5 * LABEL / 72
        page.line((x, middle), (x + 0.3, middle), colour, width, dash)
        page.text(x + 0.36, y, name, LABEL, colour=written)
        y += leading(LABEL) + 0.03


def _name_places(page: Page, drawing: Inequality, axes: Axes) -> None:
    """Write what each piece of the first curve is, below it on the x axis."""
    if not drawing.lorenz:
        return
    curve = drawing.lorenz[0]
    middles = (curve.x[1:] + curve.x[:-1]) / 2
    points = [page.place(axes, x, y)[0] for x, y in zip(middles, curve.y[1:], strict=True)]
    widths = [page.measure(name, SMALL) + 0.06 for name in drawing.places]
    left, bottom = page.place(axes, 0, 0)
    right, _ = page.place(axes, 100, 0)
    if sum(widths) > right - left:
        return
    for name, x in zip(drawing.places, spread(points, widths, left, right), strict=True):
        page.text(x, bottom - leading(SMALL), name, SMALL, colour=SOFT, across="center")
