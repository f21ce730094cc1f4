"""What a chart shows, in figures and words of one language: no file, no dataset, no style rule.

Drawings are small and hold only numpy arrays and text, so that they can be handed to another
process.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Dash = tuple[float, ...]
"""Lengths of stroke and gap in points; empty for a solid line."""


@dataclass(frozen=True)
class Band:
    """Where a share of the draws lies: lower and upper edge at each ``x`` of its curve."""

    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Curve:
    """One line (or one layer of a stack), with the name at its end."""

    name: str
    x: np.ndarray
    y: np.ndarray
    colour: str
    dash: Dash = ()
    width: float = 1.6
    bands: tuple[Band, ...] = ()
    """Shaded behind the line, the widest first."""


@dataclass(frozen=True)
class Panel:
    """One pair of axes."""

    title: str
    unit: str
    years: tuple[float, float]
    """Ends of the time axis."""
    curves: tuple[Curve, ...]
    layers: tuple[Curve, ...] = ()
    """Layers of a stack, first at the bottom; negative values are stacked downwards."""
    dots: tuple[np.ndarray, np.ndarray] | None = None
    """Years and values of observations."""
    zero: bool = False
    """Whether the axis must show zero."""


@dataclass(frozen=True)
class Words:
    """Words that stand on charts of every kind."""

    observed: str
    projection: str
    """With ``{year}`` for the first projected year."""
    bands: str = ""
    """What the shades behind lines are."""


@dataclass(frozen=True)
class Drawing:
    """A chart, ready to be drawn."""

    kind: str
    title: str
    subtitle: str
    footer: str
    panels: tuple[Panel, ...]
    first_projected: float
    words: Words
    font: str = "DejaVu Sans"

    @property
    def text(self) -> str:
        """Every text of the chart, to choose a font by."""
        words = self.words
        texts = [self.title, self.subtitle, self.footer]
        texts += [words.observed, words.projection, words.bands]
        for panel in self.panels:
            texts += [panel.title, panel.unit]
            texts += [curve.name for curve in (*panel.curves, *panel.layers)]
        return "".join(texts)


def bands(layers: tuple[Curve, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the inner and outer edge of each layer of a stack.

    First the bands of the positive parts, piled up from zero in the order of the layers, then
    those of the negative parts, piled down; where a layer has the other sign its band is empty.
    """
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for part in (np.maximum, np.minimum):
        edge = np.zeros_like(layers[0].y) if layers else np.zeros(0)
        for layer in layers:
            found.append((edge, edge + part(layer.y, 0)))
            edge = found[-1][1]
    return found
