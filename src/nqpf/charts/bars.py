"""Horizontal bars: Sobol indices and tornado diagrams."""

from __future__ import annotations

from math import ceil

from nqpf.charts import key
from nqpf.charts.drawing import BarPanel, Bars
from nqpf.charts.page import INK, LABEL, PANEL, SMALL, SOFT, Page, leading
from nqpf.charts.panel import YEARS, Box, column_width, grid

_NAMES = 1.9  # inches for the names of the bars
_BAR = 0.15  # height of a bar
_NOTHING = 0.01  # share of the axis
_GAP = 0.08  # between two bars on one level and their whiskers, and between names


def draw(drawing: Bars) -> Page:
    """Draw the panels side by side, two in a row, the bars of each named on its left."""
    columns = min(2, len(drawing.panels))
    rows = ceil(len(drawing.panels) / columns)
    ruler = Page(drawing, 11.0, 6.0)
    width = column_width(ruler, columns)
    heights = [_heights(ruler, panel) for panel in drawing.panels]
    tallest = max(sum(each) for each in heights) + 0.75
    entries = [key.Entry(key.shade(s.colour, s.hatch), s.name) for s in drawing.series]
    body = rows * (tallest + 0.16) + 0.1
    height = key.draw_key(ruler, entries, ruler.top) + body + 6.0 - ruler.bottom
    page = Page(drawing, ruler.width, height)
    top = key.draw_key(page, entries, page.top)
    for panel, box, own in zip(
        drawing.panels, grid(page, top, rows, columns), heights, strict=False
    ):
        _draw_panel(page, drawing, panel, Box(box.left, box.top, width, box.height), own)
    return page


def _heights(page: Page, panel: BarPanel) -> list[float]:
    """Return the height of each row: its name's, or its bars'."""
    lines = [len(page.wrap(bar.name, _NAMES - 0.1, LABEL)) for bar in panel.bars]
    both = _is_stacked(panel)
    return [max(each * leading(LABEL), _BAR * (2 if both else 1)) + _GAP for each in lines]


def _is_stacked(panel: BarPanel) -> bool:
    """Whether the bars of a row go the same way, so that they stand below each other."""
    return all(start == 0 for bar in panel.bars for start in bar.starts)


def _draw_panel(page: Page, drawing: Bars, panel: BarPanel, box: Box, heights: list[float]) -> None:
    below = page.paragraph(box.left, box.top, box.width, panel.title, PANEL, "bold", INK)
    top = page.paragraph(box.left, below, box.width, panel.unit, LABEL, "normal", SOFT) + 0.08
    left, width = box.left + _NAMES, box.width - _NAMES
    axes = page.axes(left, top, width, sum(heights))
    axes.grid(visible=False)
    axes.grid(axis="x", color="#dedede", linewidth=0.7)
    axes.set_ylim(sum(heights), 0)  # inches from the top
    axes.set_yticks([])
    stacked = _is_stacked(panel)
    values = [edge for bar in panel.bars for edge in (*bar.ends, *sum(bar.whiskers, ()))]
    low, high = min(*values, panel.origin), max(*values, panel.origin)
    # Room for what is written at the ends of the bars.
    room = max(page.measure(text, SMALL) for bar in panel.bars for text in bar.texts) + 0.12
    span = (high - low) or 1.0
    if stacked and min(min(bar.ends) for bar in panel.bars) > -_NOTHING * span:
        low = max(low, 0.0)  # what is practically nothing needs no room on the left
    unit = span / (width - (1 if stacked and low >= 0 else 2) * room)
    axes.set_xlim(low if stacked and low >= 0 else low - room * unit, high + room * unit)
    axes.xaxis.set_major_locator(page.ticks(4))
    axes.xaxis.set_major_formatter(axes.yaxis.get_major_formatter())
    y = 0.0
    for bar, height in zip(panel.bars, heights, strict=True):
        lines = page.wrap(bar.name, _NAMES - 0.1, LABEL)
        first = top + y + height / 2 - len(lines) * leading(LABEL) / 2
        for index, line in enumerate(lines):
            page.text(left - 0.06, first + index * leading(LABEL), line, LABEL, across="right")
        lengths = [end - start for start, end in zip(bar.starts, bar.ends, strict=True)]
        sides = [length > 0 or (length == 0 and k > 0) for k, length in enumerate(lengths)]
        longer = max(range(len(lengths)), key=lambda k: abs(lengths[k]))
        for k, (start, end) in enumerate(zip(bar.starts, bar.ends, strict=True)):
            series = drawing.series[k]
            middle = y + height / 2 + ((k - 0.5) * _BAR if stacked else 0)
            axes.barh(
                middle,
                end - start,
                _BAR * 0.86,
                left=start,
                color=series.colour,
                hatch=series.hatch or None,
                edgecolor="white",
                linewidth=0.4,
                zorder=2,
            )
            ends = [end]
            if bar.whiskers:
                axes.plot(bar.whiskers[k], (middle, middle), color=INK, linewidth=0.9, zorder=3)
                ends += bar.whiskers[k]
            rightwards = end > start - _NOTHING * span if stacked else sides[k]
            if not stacked and sides[0] == sides[1] and k != longer:
                continue  # both go the same way: their texts would lie on each other
            at = max(*ends, start) if rightwards else min(ends)
            x, _ = page.place(axes, at, middle)
            page.text(
                x + (0.05 if rightwards else -0.05),
                top + middle,
                bar.texts[k],
                SMALL,
                colour=SOFT,
                across="left" if rightwards else "right",
                down="center",
            )
        y += height
    if low < panel.origin or not stacked:
        axes.axvline(panel.origin, color=INK, linewidth=0.9, zorder=2.5)
    assert YEARS <= 0.3  # the numbers of the axis fit between two panels
