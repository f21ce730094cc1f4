"""Prior against posterior: a small histogram for each parameter."""

from __future__ import annotations

from math import ceil, floor, log10

from nqpf.charts.drawing import Densities, Density
from nqpf.charts.page import INK, LABEL, MARGIN, SMALL, SOFT, Page, leading
from nqpf.charts.panel import GAP, YEARS, Box, grid

_COLUMNS, _AXES = 5, 0.8  # panels side by side; inches of their height
_AFTER, _BEFORE = "#0072B2", "#D55E00"


def draw(drawing: Densities) -> Page:
    """Draw the parameters in rows of five."""
    columns = min(_COLUMNS, len(drawing.densities))
    rows = ceil(len(drawing.densities) / columns)
    ruler = Page(drawing, 11.0, 6.0)
    width = (ruler.width - 2 * MARGIN - GAP * (columns - 1)) / columns
    titles = max(len(ruler.wrap(each.title, width, LABEL, "bold")) for each in drawing.densities)
    said = max(len(_said(ruler, each, width)) for each in drawing.densities)
    head = titles * leading(LABEL) + said * leading(SMALL) + 0.06
    height = rows * (head + _AXES + YEARS + 0.16)
    page = Page(drawing, ruler.width, ruler.top + 0.4 + height + 6.0 - ruler.bottom)
    top = _key(page, drawing)
    for each, box in zip(drawing.densities, grid(page, top, rows, columns), strict=False):
        _draw_one(page, each, box, head)
    return page


def _said(page: Page, density: Density, width: float) -> list[str]:
    return [*page.wrap(density.unit, width, SMALL), *page.wrap(density.said, width, SMALL)]


def _key(page: Page, drawing: Densities) -> float:
    before, after, own = drawing.names
    x, y = MARGIN, page.top
    middle = y + 0.5 * LABEL / 72
    page.line((x, middle), (x + 0.26, middle), _BEFORE, 1.8, (3.0, 1.5))
    x = page.said(x + 0.32, y, before)
    page.shade(x, y, 0.26, LABEL / 72, _AFTER)
    x = page.said(x + 0.32, y, after)
    page.line((x + 0.13, y), (x + 0.13, y + LABEL / 72), INK, 1.2)
    page.said(x + 0.32, y, own)
    return y + leading(LABEL) + 0.14


def _draw_one(page: Page, density: Density, box: Box, head: float) -> None:
    below = page.paragraph(box.left, box.top, box.width, density.title, LABEL, "bold", INK)
    for index, line in enumerate(_said(page, density, box.width)):
        page.text(box.left, below + index * leading(SMALL), line, SMALL, colour=SOFT)
    axes = page.axes(box.left, box.top + head, box.width, box.height - head - YEARS)
    axes.grid(visible=False)
    axes.set_yticks([])
    axes.stairs(density.posterior, density.edges, fill=True, color=_AFTER, alpha=0.75)
    axes.stairs(density.prior, density.edges, color=_BEFORE, linewidth=1.6, linestyle=(0, (3, 1.5)))
    axes.axvline(density.own, color=INK, linewidth=1.1)
    low, high = float(density.edges[0]), float(density.edges[-1])
    axes.set_xlim(low, high)
    axes.set_ylim(0, 1.08 * max(density.prior.max(), density.posterior.max()))
    axes.set_xticks([low, high], [_rounded(each, high - low) for each in (low, high)])
    first, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")


def _rounded(value: float, span: float) -> str:
    """Return a value to a hundredth of the span that it ends."""
    digits = max(0, 2 - floor(log10(span)))
    return f"{round(value, digits):.6g}".replace("-", "−")
