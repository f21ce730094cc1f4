"""Prior against posterior: a small histogram for each parameter."""

from __future__ import annotations

from matplotlib.axes import Axes

from nqpf.charts import key
from nqpf.charts.drawing import Densities, Density
from nqpf.charts.multiples import draw_multiples
from nqpf.charts.page import INK, Page

_AFTER, _BEFORE = "#0072B2", "#D55E00"
_DASH = (3.0, 1.5)


def draw(drawing: Densities) -> Page:
    """Draw the parameters in the order of the drawing."""
    before, after, own = drawing.names
    entries = [
        key.Entry(key.line(_BEFORE, 1.8, _DASH), before),
        key.Entry(key.shade(_AFTER), after),
        key.Entry(key.upright(INK, 1.2), own),
    ]
    return draw_multiples(drawing, drawing.densities, entries, _draw_one)


def _draw_one(axes: Axes, density: Density) -> tuple[float, float]:
    axes.grid(visible=False)
    axes.set_yticks([])
    axes.stairs(density.posterior, density.edges, fill=True, color=_AFTER, alpha=0.75)
    axes.stairs(density.prior, density.edges, color=_BEFORE, linewidth=1.6, linestyle=(0, _DASH))
    axes.axvline(density.own, color=INK, linewidth=1.1)
    axes.set_ylim(0, 1.08 * max(density.prior.max(), density.posterior.max()))
    return float(density.edges[0]), float(density.edges[-1])
