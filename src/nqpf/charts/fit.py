"""Calibration: each series as observed and as fitted, with its residuals below."""

from __future__ import annotations

from math import ceil

import numpy as np
from matplotlib.axes import Axes

from nqpf.charts import key
from nqpf.charts.drawing import Band, Fit, Fits
from nqpf.charts.page import INK, LABEL, PANEL, SOFT, Page, leading
from nqpf.charts.panel import (
    TICKS,
    YEARS,
    Box,
    column_width,
    draw_bands,
    draw_observed,
    grid,
    lone_mark,
)

_COLUMNS, _ROW = 3, 2.9  # panels side by side; inches
_STRIP = 0.55  # inches of the residuals
_LINE = "#0072B2"


def draw(drawing: Fits) -> Page:
    """Draw the series in rows of three."""
    columns = min(_COLUMNS, len(drawing.fits))
    rows = ceil(len(drawing.fits) / columns)
    page = Page(drawing, 11.0, 1.9 + _ROW * rows)
    observed, fitted, bands, residual = drawing.names
    entries = [
        key.Entry(key.dot(), observed),
        key.Entry(key.line(_LINE), fitted),
        key.Entry(key.bands, bands),
    ]
    top = key.draw_key(page, entries, page.top)
    width = column_width(page, columns)
    head = max(_head(page, fit, width) for fit in drawing.fits)
    for fit, box in zip(drawing.fits, grid(page, top, rows, columns), strict=False):
        _draw_fit(page, fit, box, head, residual)
    return page


def _head(page: Page, fit: Fit, width: float) -> float:
    titles = page.wrap(fit.title, width, PANEL, "bold")
    units = page.wrap(_below(fit), width, LABEL)
    return 0.08 + len(titles) * leading(PANEL) + len(units) * leading(LABEL)


def _below(fit: Fit) -> str:
    return f"{fit.unit} · {fit.error}"


def _draw_fit(page: Page, fit: Fit, box: Box, head: float, residual: str) -> None:
    below = page.paragraph(box.left, box.top, box.width, fit.title, PANEL, "bold", INK)
    page.paragraph(box.left, below, box.width, _below(fit), LABEL, "normal", SOFT)
    left, width = box.left + TICKS, box.width - TICKS
    height = box.height - head - YEARS - _STRIP - leading(LABEL) - 0.06
    upper = page.axes(left, box.top + head, width, height)
    strip = box.top + head + height + leading(LABEL) + 0.06
    page.text(left, strip - leading(LABEL), residual, LABEL, colour=SOFT)
    lower = page.axes(left, strip, width, _STRIP)
    upper.spines["bottom"].set_visible(False)
    upper.tick_params(axis="x", labelbottom=False, length=0)
    lower.axhline(0, color=SOFT, linewidth=0.9)
    _draw_values(upper, fit, np.zeros_like(fit.median))
    upper.plot(
        fit.years, fit.median, color=_LINE, linewidth=1.8, zorder=3, marker=lone_mark(fit.years)
    )
    _draw_values(lower, fit, fit.median)
    most = max(
        float(np.abs(fit.observed - fit.median).max()),
        float(np.abs(fit.bands[0].high - fit.median).max()),
        float(np.abs(fit.bands[0].low - fit.median).max()),
    )
    most = most or 1.0
    lower.set_ylim(-1.1 * most, 1.1 * most)
    step = float(f"{0.8 * most:.1g}")
    lower.set_yticks([-step, 0, step])
    first, last = float(fit.years[0]), float(fit.years[-1])
    for axes in (upper, lower):
        axes.set_xlim(first - 0.5, last + 0.5)
    middle = [year for year in range(int(first), int(last)) if year % 10 == 0]
    near = (last - first) / 5
    kept = [year for year in middle if year - first > near and last - year > near]
    lower.set_xticks([first, *kept, last] if last > first else [first])
    lower.set_xticklabels([f"{year:g}" for year in lower.get_xticks()])


def _draw_values(axes: Axes, fit: Fit, off: np.ndarray) -> None:
    """Draw bands and observations, less ``off``."""
    bands = [Band(band.low - off, band.high - off) for band in fit.bands]
    draw_bands(axes, fit.years, bands, _LINE)
    draw_observed(axes, fit.years, fit.observed - off)
