"""One pair of axes with its title, unit, curves, observed points and end labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from nqpf.charts.drawing import Curve, Drawing, Panel
from nqpf.charts.labels import spread
from nqpf.charts.page import INK, LABEL, MARGIN, PANEL, PROJECTED, SOFT, Page, leading

TICKS = 0.42  # inches left of the axes for the numbers on the y axis
YEARS = 0.25  # inches below the axes for the years
GAP = 0.3  # inches between neighbouring panels
_LEADER = 0.16  # inches from the axes to a label


@dataclass(frozen=True)
class Box:
    """A place on the page in inches: left, top, width, height."""

    left: float
    top: float
    width: float
    height: float


def grid(page: Page, top: float, rows: int, columns: int, right: float = 0.0) -> list[Box]:
    """Divide the page between ``top`` and the footer into boxes, row by row.

    ``right`` inches stay free beside the last column.
    """
    width = (page.width - 2 * MARGIN - right - GAP * (columns - 1)) / columns
    height = (page.bottom - 0.12 - top - 0.16 * (rows - 1)) / rows
    return [
        Box(MARGIN + column * (width + GAP), top + row * (height + 0.16), width, height)
        for row in range(rows)
        for column in range(columns)
    ]


def draw_panel(
    page: Page,
    drawing: Drawing,
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
    head = _head(page, drawing, box.width)
    below = page.paragraph(box.left, box.top, box.width, panel.title, PANEL, "bold", INK)
    page.paragraph(box.left, below, box.width, panel.unit, LABEL, "normal", SOFT)
    width = box.width - TICKS - labels
    axes = page.axes(box.left + TICKS, box.top + head, width, box.height - head - YEARS)
    _years(axes, drawing, width)
    low, high = limits or panel_limits(panel)
    axes.set_ylim(low, high)
    if low < 0 < high:
        axes.axhline(0, color=SOFT, linewidth=0.9, zorder=1.5)
    _layers(axes, panel.layers)
    if panel.dots is not None:
        axes.plot(*panel.dots, color=SOFT, marker="o", markersize=3.2, linestyle="none", zorder=3)
    for depth, curve in enumerate(panel.curves):
        axes.plot(
            curve.x,
            curve.y,
            color=curve.colour,
            linewidth=curve.width,
            linestyle=(0, curve.dash) if curve.dash else "solid",
            solid_capstyle="round",
            zorder=5 - depth / 100,  # the first named lies on top
        )
    if labels:
        _end_labels(page, axes, panel, labels)
    return axes


def panel_limits(*panels: Panel) -> tuple[float, float]:
    """Return ends of a y axis that holds everything the panels show."""
    values = [curve.y for panel in panels for curve in panel.curves]
    values += [panel.dots[1] for panel in panels if panel.dots is not None]
    values += [part for panel in panels for part in _stacked(panel.layers)]
    values += [np.zeros(1) for panel in panels if panel.zero or panel.layers]
    seen = np.concatenate([each[np.isfinite(each)] for each in values])
    low, high = float(seen.min()), float(seen.max())
    margin = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
    return low - margin * (low != 0), high + margin * (high != 0)


def _head(page: Page, drawing: Drawing, width: float) -> float:
    """Return the height above the axes, the same for all panels so that they stand in line."""
    return 0.08 + max(
        len(page.wrap(panel.title, width, PANEL, "bold")) * leading(PANEL)
        + len(page.wrap(panel.unit, width, LABEL)) * leading(LABEL)
        for panel in drawing.panels
    )


def _years(axes: Axes, drawing: Drawing, width: float) -> None:
    (first, last), boundary = drawing.years, drawing.first_projected
    axes.set_xlim(first, last)
    near = 0.42 / width * (last - first)  # years that a label takes up
    marks = [first, last]
    if first < boundary < last:
        axes.axvspan(boundary, last, color=PROJECTED, linewidth=0, zorder=0)
        axes.axvline(boundary, color=SOFT, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
        marks.append(boundary)
    for year in np.arange(np.ceil(first / 10) * 10, last, 10):
        if min(abs(year - mark) for mark in marks) > near:
            marks.append(float(year))
    axes.set_xticks(sorted(marks), [f"{mark:g}" for mark in sorted(marks)])


def _stacked(layers: Sequence[Curve]) -> list[np.ndarray]:
    """Return the edges of each layer, positive values upwards from zero, negative downwards."""
    edges: list[np.ndarray] = []
    if not layers:
        return edges
    above, below = np.zeros_like(layers[0].y), np.zeros_like(layers[0].y)
    for layer in layers:
        base = np.where(layer.y >= 0, above, below)
        edges += [base, base + layer.y]
        above = above + np.maximum(layer.y, 0)
        below = below + np.minimum(layer.y, 0)
    return edges


def _layers(axes: Axes, layers: Sequence[Curve]) -> None:
    edges = _stacked(layers)
    for layer, start, end in zip(layers, edges[::2], edges[1::2], strict=True):
        for part in (layer.y > 0, layer.y < 0):
            axes.fill_between(
                layer.x,
                start,
                np.where(part, end, start),
                where=part,
                step="mid",
                facecolor=layer.colour,
                edgecolor="white",
                linewidth=0.4,
            )


def _end_labels(page: Page, axes: Axes, panel: Panel, width: float) -> None:
    """Write each curve's and layer's name beside its last point, none on another."""
    edges = _stacked(panel.layers)
    ends = [(curve, float(curve.x[-1]), float(curve.y[-1])) for curve in panel.curves]
    ends += [
        (layer, float(layer.x[-1]), float(start[-1] + end[-1]) / 2)
        for layer, start, end in zip(panel.layers, edges[::2], edges[1::2], strict=True)
    ]
    texts = [page.wrap(curve.name, width - _LEADER - 0.05, LABEL) for curve, _, _ in ends]
    points = [page.place(axes, x, y) for _, x, y in ends]
    box = axes.get_position()
    top, bottom = (1 - box.y1) * page.height, (1 - box.y0) * page.height
    centres = spread(
        [y for _, y in points],
        [len(text) * leading(LABEL) + 0.03 for text in texts],
        top - 0.1,
        bottom + 0.1,
    )
    for (curve, _, _), text, (x, y), centre in zip(ends, texts, points, centres, strict=True):
        page.line((x + 0.02, y), (x + _LEADER - 0.03, centre), curve.colour, 1.1)
        first = centre - len(text) * leading(LABEL) / 2
        for index, line in enumerate(text):
            page.text(x + _LEADER, first + index * leading(LABEL), line, LABEL, colour=ink(curve))


def ink(curve: Curve) -> str:
    """Return the colour of a curve's name: its own, or dark where that is too pale to read."""
    red, green, blue = (int(curve.colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return curve.colour if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5 else INK


def draw_key(page: Page, drawing: Drawing, top: float, *, curves: bool) -> float:
    """Write a line that says what the marks mean; return where the next thing may stand.

    With ``curves`` it names the curves too, for charts whose panels have no labels of their own.
    """
    sample, space = 0.26, 0.22
    x, y = MARGIN, top
    middle = 0.5 * LABEL / 72
    entries: list[tuple[str, Curve | None, str]] = []
    panels = drawing.panels
    if curves:
        named = {curve.name: curve for panel in panels for curve in panel.curves}
        entries += [("curve", curve, name) for name, curve in named.items()]
    if any(panel.dots is not None for panel in panels):
        entries.append(("dot", None, drawing.words.observed))
    if drawing.years[0] < drawing.first_projected < drawing.years[1]:
        words = drawing.words.projection.format(year=f"{drawing.first_projected:g}")
        entries.append(("shade", None, words))
    for mark, curve, text in entries:
        length = sample + 0.06 + page.measure(text, LABEL)
        if x > MARGIN and x + length > page.width - MARGIN:
            x, y = MARGIN, y + leading(LABEL) + 0.04
        match mark:
            case "curve" if curve is not None:
                page.line((x, y + middle), (x + sample, y + middle), curve.colour, 2.2, curve.dash)
            case "dot":
                page.dot(x + sample / 2, y + middle)
            case _:
                page.shade(x, y, sample, LABEL / 72, PROJECTED)
        page.text(x + sample + 0.06, y, text, LABEL, colour=ink(curve) if curve else SOFT)
        x += length + space
    return y + (leading(LABEL) + 0.14 if entries else 0)
