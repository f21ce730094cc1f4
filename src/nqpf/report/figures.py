"""The study's charts as plain data for the page, which draws them in either language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nqpf.charts.drawing import Curve, Drawing, Panel, bands
from nqpf.study.toml import LANGUAGES

if TYPE_CHECKING:
    from nqpf.report.material import Material

_DIGITS = 5  # significant ones: finer than a screen shows, and a third of the size

Texts = dict[str, str]


def figures(material: Material) -> list[dict[str, Any]]:
    """Return the charts that ``plots/`` specifies, in their order, as JSON can hold them."""
    gallery = material.gallery
    titles = {each.name: each.title for each in material.study.scenarios.values()}
    drawn = [
        list(gallery.drawings(material.runs, titles, lang, material.draws).items())
        for lang in LANGUAGES
    ]
    charts = {chart.name: chart for chart in gallery.charts}
    found: list[dict[str, Any]] = []
    for versions in zip(*drawn, strict=True):
        name = versions[0][0].rpartition("/")[2].partition(".")[0]
        scenarios = [each for each in charts[name].spec.scenarios if each in material.scenarios]
        found.append(_figure(name, scenarios, [drawing for _, drawing in versions]))
    return found


def curves_of(figures: Sequence[dict[str, Any]]) -> set[str]:
    """Return the scenarios that some chart shows."""
    return {
        curve["key"] for figure in figures for panel in figure["panels"]
        for curve in panel["curves"]
    }  # fmt: skip


def numbers(values: np.ndarray) -> list[float]:
    """Return values as JSON holds them, rounded."""
    return [float(f"{value:.{_DIGITS}g}") for value in values.tolist()]


def _figure(name: str, scenarios: list[str], versions: Sequence[Drawing]) -> dict[str, Any]:
    first = versions[0]
    return {
        "id": name,
        "kind": first.kind,
        "title": _texts(each.title for each in versions),
        "subtitle": _texts(each.subtitle for each in versions),
        "footer": _texts(each.footer for each in versions),
        "projected": first.first_projected,
        "words": {
            "observed": _texts(each.words.observed for each in versions),
            "projection": _texts(
                each.words.projection.format(year=f"{each.first_projected:g}") for each in versions
            ),
            "bands": _texts(each.words.bands for each in versions),
        },
        "panels": [
            _panel([each.panels[place] for each in versions], scenarios, first.kind)
            for place in range(len(first.panels))
        ],
    }


def _panel(versions: Sequence[Panel], scenarios: list[str], kind: str) -> dict[str, Any]:
    first = versions[0]
    stack = bands(first.layers)
    half = len(first.layers)
    # A stack's one curve is the sum of its layers; all other curves are scenarios.
    keys = ["total"] if kind == "contributions" else scenarios
    return {
        "title": _texts(each.title for each in versions),
        "unit": _texts(each.unit for each in versions),
        "years": list(first.years),
        "zero": first.zero,
        "curves": [
            _curve([each.curves[place] for each in versions], keys[place])
            for place in range(len(first.curves))
        ],
        "layers": [
            _curve([each.layers[place] for each in versions], f"layer{place}")
            | {"edges": [[numbers(low), numbers(high)] for low, high in (up, down)]}
            for place, (up, down) in enumerate(zip(stack[:half], stack[half:], strict=True))
        ],
        "dots": None if first.dots is None else [numbers(each) for each in first.dots],
    }


def _curve(versions: Sequence[Curve], key: str) -> dict[str, Any]:
    first = versions[0]
    return {
        "key": key,
        "name": _texts(each.name for each in versions),
        "colour": first.colour,
        "dash": list(first.dash),
        "width": first.width,
        "x": numbers(first.x),
        "y": numbers(first.y),
        "bands": [[numbers(band.low), numbers(band.high)] for band in first.bands],
    }


def _texts(versions: Iterator[str]) -> Texts:
    return dict(zip(LANGUAGES, versions, strict=True))
