"""Drawing -> page -> file: one function per kind of chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.typing import RcKeyType

from nqpf.charts import (
    bars,
    contributions,
    fit,
    inequality,
    lines,
    matrix,
    panels,
    pareto,
    posterior,
    profiles,
    projection,
    regions,
    structure,
)
from nqpf.charts.drawing import Drawing
from nqpf.charts.fonts import font_for
from nqpf.charts.page import Page

KINDS: Mapping[str, Callable[[Any], Page]] = {
    "projection": projection.draw,
    "lines": lines.draw,
    "panels": panels.draw,
    "regions": regions.draw,
    "contributions": contributions.draw,
    "inequality": inequality.draw,
    "fit": fit.draw,
    "posterior": posterior.draw,
    "profiles": profiles.draw,
    "holdout": panels.draw,
    "sobol": bars.draw,
    "tornado": bars.draw,
    "ranks": matrix.draw,
    "synergy": matrix.draw,
    "pareto": pareto.draw,
    "structure": structure.draw,
}


# Fitting the outlines of letters to the pixels takes a quarter of all drawing time and shows only
# on screens coarser than these charts are made for.
RENDERING: dict[RcKeyType, str] = {"text.hinting": "none"}


def draw(drawing: Drawing) -> Page:
    """Draw on a page, in a font that has every character."""
    with rc_context(RENDERING):
        return KINDS[drawing.kind](replace(drawing, font=font_for(drawing.text)))


def draw_to(drawing: Drawing, path: Path) -> None:
    """Draw into a file; its suffix is the format."""
    with rc_context(RENDERING):
        draw(drawing).save(path)
