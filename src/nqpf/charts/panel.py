"""One pair of axes with its title, unit, curves, observed points and end labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from nqpf.charts.drawing import Band, Courses, Panel, bands
from nqpf.charts.naming import name_ends
from nqpf.charts.page import INK, LABEL, MARGIN, PANEL, PROJECTED, SOFT, Page, leading

TICKS = 0.42  # inches left of the axes for the numbers on the y axis
YEARS = 0.25  # inches below the axes for the years
GAP = 0.3  # inches between neighbouring panels
SHADE = 0.16  # opacity of a band; where two lie on each other they are darker


@dataclass(frozen=True)
class Box:
    """A place on the page in inches: left, top, width, height."""

    left: float
    top: float
    width: float
    height: float


def column_width(page: Page, columns: int, right: float = 0.0) -> float:
    """Return the width of one of some panels side by side; see `grid`."""
    return (page.width - 2 * MARGIN - right - GAP * (columns - 1)) / columns


def grid(page: Page, top: float, rows: int, columns: int, right: float = 0.0) -> list[Box]:
    """Divide the page between ``top`` and the footer into boxes, row by row.

    ``right`` inches stay free beside the last column.
    """
    width = column_width(page, columns, right)
    height = (page.bottom - 0.12 - top - 0.16 * (rows - 1)) / rows
    return [
        Box(MARGIN + column * (width + GAP), top + row * (height + 0.16), width, height)
        for row in range(rows)
        for column in range(columns)
    ]


def draw_panel(
    page: Page,
    drawing: Courses,
    panel: Panel,
    box: Box,
    *,
    labels: float = 0.0,
    limits: tuple[float, float] | None = None,
) -> Axes:
    """Draw one panel into ``box``.

    Parameters
    ----------
    labels
        Inches inside the box, right of the axes, for names at the ends of curves and layers;
        without them the page must have a key.
    limits
        Ends of the y axis, for panels that share it.
    """
    head = head_height(page, drawing, box.width)
    below = page.paragraph(box.left, box.top, box.width, panel.title, PANEL, "bold", INK)
    page.paragraph(box.left, below, box.width, panel.unit, LABEL, "normal", SOFT)
    width = box.width - TICKS - labels
    axes = page.axes(box.left + TICKS, box.top + head, width, box.height - head - YEARS)
    _years(axes, panel, drawing.first_projected, width)
    low, high = limits or panel_limits(panel)
    axes.set_ylim(low, high)
    if low < 0 < high:
        axes.axhline(0, color=SOFT, linewidth=0.9, zorder=1.5)
    for layer, (inner, outer) in zip(panel.layers * 2, bands(panel.layers), strict=True):
        axes.fill_between(
            *(layer.x, inner, outer),
            facecolor=layer.colour,
            edgecolor="white",
            linewidth=0.4,
            hatch=layer.hatch or None,
        )
    if panel.dots is not None:
        draw_observed(axes, *panel.dots)
    for curve in panel.curves:
        draw_bands(axes, curve.x, curve.bands, curve.colour)
    for depth, curve in enumerate(panel.curves):
        axes.plot(
            curve.x,
            curve.y,
            color=curve.colour,
            linewidth=curve.width,
            linestyle=(0, curve.dash) if curve.dash else "solid",
            solid_capstyle="round",
            marker=lone_mark(curve.x),
            zorder=3 + depth / 100,
        )
    if labels:
        name_ends(page, axes, panel, labels)
    return axes


def draw_observed(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    """Draw the points of observations."""
    axes.plot(
        *(x, y),
        color=SOFT,
        marker="o",
        markersize=3.6,
        markeredgecolor="white",
        markeredgewidth=0.5,
        linestyle="none",
        zorder=4,
        clip_on=False,
    )


def draw_bands(axes: Axes, x: np.ndarray, bands: Sequence[Band], colour: str) -> None:
    """Shade bands; those of a lone year as bars."""
    for band in bands:
        if len(x) > 1:
            axes.fill_between(
                x, band.low, band.high, color=colour, alpha=SHADE, linewidth=0, zorder=2
            )
        else:
            axes.vlines(x, band.low, band.high, colour, linewidth=9, alpha=SHADE)


def lone_mark(x: np.ndarray) -> str | None:
    """Return the mark of a line's points: one of a single point would not be seen."""
    return "_" if len(x) == 1 else None


def panel_limits(*panels: Panel) -> tuple[float, float]:
    """Return ends of a y axis that holds everything the panels show."""
    values = [curve.y for panel in panels for curve in panel.curves]
    values += [
        edge
        for panel in panels
        for curve in panel.curves
        for band in curve.bands
        for edge in (band.low, band.high)
    ]
    values += [panel.dots[1] for panel in panels if panel.dots is not None]
    values += [edge for panel in panels for band in bands(panel.layers) for edge in band]
    values += [np.zeros(1) for panel in panels if panel.zero or panel.layers]
    seen = np.concatenate([each[np.isfinite(each)] for each in values])
    low, high = float(seen.min()), float(seen.max())
    margin = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
    return low - margin * (low != 0), high + margin * (high != 0)


def head_height(page: Page, drawing: Courses, width: float) -> float:
    """Return the height above the axes, the same for all panels so that they stand in line."""
    return 0.08 + max(
        len(page.wrap(panel.title, width, PANEL, "bold")) * leading(PANEL)
        + len(page.wrap(panel.unit, width, LABEL)) * leading(LABEL)
        for panel in drawing.panels
    )


def _years(axes: Axes, panel: Panel, boundary: float, width: float) -> None:
    first, last = panel.years
    axes.set_xlim(first, last)
    near = 0.42 / width * (last - first)  # years that a label takes up
    marks: list[float] = []
    if first < boundary < last:
        axes.axvspan(boundary, last, color=PROJECTED, linewidth=0, zorder=0)
        axes.axvline(boundary, color=SOFT, linewidth=0.9, linestyle=(0, (2, 2)), zorder=2.5)
        marks.append(boundary)
    for year in (first, last, *np.arange(np.ceil(first / 10) * 10, last, 10)):
        if all(abs(year - mark) > near for mark in marks):
            marks.append(float(year))
    axes.set_xticks(sorted(marks), [f"{mark:g}" for mark in sorted(marks)])
