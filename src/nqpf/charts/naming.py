"""Names of curves and layers: beside their ends, or in a key."""

from __future__ import annotations

from matplotlib.axes import Axes

from nqpf.charts import key
from nqpf.charts.drawing import Courses, Curve, Panel, bands
from nqpf.charts.labels import spread
from nqpf.charts.page import INK, LABEL, PROJECTED, SOFT, Page, leading

_LEADER = 0.16  # inches from the axes to a name


def name_ends(page: Page, axes: Axes, panel: Panel, width: float) -> None:
    """Write each curve's and layer's name beside its last point, none on another."""
    ends = [(curve, float(curve.x[-1]), float(curve.y[-1])) for curve in panel.curves]
    stack = bands(panel.layers)
    for layer, up, down in zip(
        panel.layers, stack[: len(panel.layers)], stack[len(panel.layers) :], strict=True
    ):
        inner, outer = up if layer.y[-1] >= 0 else down
        ends.append((layer, float(layer.x[-1]), float(inner[-1] + outer[-1]) / 2))
    named = [(curve.name, curve.colour, ink(curve), x, y) for curve, x, y in ends]
    named += [(note.text, SOFT, SOFT, panel.years[1], note.y) for note in panel.notes]
    texts = [page.wrap(name, width - _LEADER - 0.05, LABEL) for name, *_ in named]
    points = [page.place(axes, x, y) for *_, x, y in named]
    box = axes.get_position()
    top, bottom = (1 - box.y1) * page.height, (1 - box.y0) * page.height
    centres = spread(
        [y for _, y in points],
        [len(text) * leading(LABEL) + 0.03 for text in texts],
        top - 0.1,
        bottom + 0.1,
    )
    for (_, line_colour, colour, *_), text, (x, y), centre in zip(
        named, texts, points, centres, strict=True
    ):
        page.line((x + 0.02, y), (x + _LEADER - 0.03, centre), line_colour, 1.1)
        first = centre - len(text) * leading(LABEL) / 2
        for index, line in enumerate(text):
            page.text(x + _LEADER, first + index * leading(LABEL), line, LABEL, colour=colour)


def ink(curve: Curve) -> str:
    """Return the colour of a curve's name: its own, or dark where that is too pale to read."""
    red, green, blue = (int(curve.colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return curve.colour if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5 else INK


def name_marks(page: Page, drawing: Courses, top: float, *, curves: bool) -> float:
    """Write what the marks mean; return where the next thing may stand.

    With ``curves`` it names the curves too, for charts whose panels have no labels of their own.
    """
    panels = drawing.panels
    entries: list[key.Entry] = []
    if curves:
        named = {curve.name: curve for panel in panels for curve in panel.curves}
        entries += [
            key.Entry(key.line(curve.colour, 2.2, curve.dash), name, ink(curve))
            for name, curve in named.items()
        ]
    if any(panel.dots is not None for panel in panels):
        entries.append(key.Entry(key.dot(), drawing.words.observed))
    if any(curve.bands for panel in panels for curve in panel.curves):
        entries.append(key.Entry(key.bands, drawing.words.bands))
    if any(panel.years[0] < drawing.first_projected < panel.years[1] for panel in panels):
        words = drawing.words.projection.format(year=f"{drawing.first_projected:g}")
        entries.append(key.Entry(key.shade(PROJECTED), words))
    return key.draw_key(page, entries, top)
