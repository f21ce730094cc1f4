"""What a chart shows, in figures and words of one language: no file, no dataset, no style rule.

Drawings are small and hold only numpy arrays and text, so that they can be handed to another
process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass

import numpy as np

Dash = tuple[float, ...]
"""Lengths of stroke and gap in points; empty for a solid line."""


@dataclass(frozen=True)
class Drawing:
    """A chart, ready to be drawn; each kind adds what it shows."""

    kind: str
    title: str
    subtitle: str
    footer: str
    font: str = field(default="DejaVu Sans", kw_only=True)

    @property
    def text(self) -> str:
        """Every text of the chart, to choose a font by."""
        return "".join(_texts(self))

    @property
    def weight(self) -> float:
        """How long it takes to draw, in the time that a pair of axes takes."""
        return 1.0


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _texts(getattr(value, each.name))


# --- courses over time --------------------------------------------------------------------------


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
    hatch: str = ""
    """Pattern of a layer, for black and white."""


@dataclass(frozen=True)
class Note:
    """A short text beside the right end of the axes, at a height of the y axis."""

    text: str
    y: float


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
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Words:
    """Words that stand on charts of every kind."""

    observed: str
    projection: str
    """With ``{year}`` for the first projected year."""
    bands: str = ""
    """What the shades behind lines are."""


@dataclass(frozen=True)
class Courses(Drawing):
    """Panels over the years."""

    panels: tuple[Panel, ...]
    first_projected: float
    words: Words

    @property
    def weight(self) -> float:
        return float(len(self.panels))


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


@dataclass(frozen=True)
class Inequality(Courses):
    """The course of a measure of inequality, and beside it Lorenz curves.

    ``lorenz``: cumulative shares in % from (0, 0) to (100, 100), poorest first; ``places``: names
    of what is ranked, at the ends of the first curve's pieces.
    """

    lorenz: tuple[Curve, ...]
    lorenz_title: str
    lorenz_axes: tuple[str, str]
    """Titles of the x and y axis, with their units."""
    equality: str
    places: tuple[str, ...]

    @property
    def weight(self) -> float:
        return 2.0


# --- calibration --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fit:
    """One series: what was observed and what the fitted model says, in one unit."""

    title: str
    unit: str
    years: np.ndarray
    observed: np.ndarray
    median: np.ndarray
    bands: tuple[Band, ...]
    error: str
    """Size of the errors, in words."""


@dataclass(frozen=True)
class Fits(Drawing):
    """Fit and residuals, series by series."""

    fits: tuple[Fit, ...]
    names: tuple[str, str, str, str]
    """Observed, fitted model, bands, residuals."""

    @property
    def weight(self) -> float:
        return 2.0 * len(self.fits)


@dataclass(frozen=True)
class Parameter:
    """One of many parameters that are shown side by side."""

    title: str
    unit: str
    said: str
    """What the data say of it."""


@dataclass(frozen=True)
class Density(Parameter):
    """A parameter before and after: shares of the draws per bin, over the same edges."""

    edges: np.ndarray
    prior: np.ndarray
    posterior: np.ndarray
    own: float
    """Value in the model file."""


@dataclass(frozen=True)
class Densities(Drawing):
    """Prior against posterior, parameter by parameter."""

    densities: tuple[Density, ...]
    names: tuple[str, str, str]
    """Prior, posterior, value of the model file."""

    @property
    def weight(self) -> float:
        return float(len(self.densities))


@dataclass(frozen=True)
class Profile(Parameter):
    """What the log likelihood loses at values ``x`` of a parameter: ``y``, 0 where it is best."""

    x: np.ndarray
    y: np.ndarray
    best: tuple[float, float]
    prior: tuple[float, float]
    """Ends of the 90 % range before the data."""
    bounded: int
    """Number of sides on which the data bound it."""


@dataclass(frozen=True)
class Profiles(Drawing):
    """Profile likelihoods, parameter by parameter."""

    profiles: tuple[Profile, ...]
    drop: float
    """What the log likelihood loses at the ends of the interval."""
    names: tuple[str, str, str, str, str, str]
    """Bounded on no side, on one, on both; ends of the interval, prior, best fit."""

    @property
    def weight(self) -> float:
        return float(len(self.profiles))


# --- comparisons --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    """A row of bars: from ``starts`` to ``ends``, one a series, with what is written beside."""

    name: str
    starts: tuple[float, ...]
    ends: tuple[float, ...]
    texts: tuple[str, ...]
    whiskers: tuple[tuple[float, float], ...] = ()
    """Interval of each bar's end."""


@dataclass(frozen=True)
class Series:
    """What bars or points of one look mean."""

    name: str
    colour: str
    hatch: str = ""


@dataclass(frozen=True)
class BarPanel:
    """Rows of bars under one another."""

    title: str
    unit: str
    bars: tuple[Bar, ...]
    origin: float
    """Where bars begin that go both ways."""


@dataclass(frozen=True)
class Bars(Drawing):
    """Horizontal bars, the longest at the top."""

    panels: tuple[BarPanel, ...]
    series: tuple[Series, ...]

    @property
    def weight(self) -> float:
        return 2.0 * len(self.panels)


@dataclass(frozen=True)
class Matrix(Drawing):
    """A map of cells, each coloured by its value and with a text in it.

    ``values`` (rows x columns) may hold NaN: a cell without colour. ``diverging``: the scale goes
    both ways from 0; ``limits`` the ends of the scale, ``ends`` words for them.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: np.ndarray
    texts: tuple[tuple[str, ...], ...]
    unit: str
    diverging: bool
    limits: tuple[float, float]
    ends: tuple[str, str]

    @property
    def weight(self) -> float:
        return 3.0


@dataclass(frozen=True)
class Pareto(Drawing):
    """Settings that no other beats in both objectives, and what they consist of.

    ``front`` (n, 2) ordered by the first objective, ``low`` and ``high`` its intervals; ``others``
    (m, 2) settings that were beaten; ``strengths`` (levers, n) of the settings on the front, 0 to
    1. ``names`` of points on the front by their number.
    """

    front: np.ndarray
    low: np.ndarray
    high: np.ndarray
    others: np.ndarray
    axes: tuple[str, str]
    levers: tuple[str, ...]
    strengths: np.ndarray
    names: tuple[tuple[int, str], ...]
    words: tuple[str, str, str, str]
    """On the front, beaten, title of the map of strengths, its x axis."""

    @property
    def weight(self) -> float:
        return 3.0


# --- structure ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """A variable of a diagram; ``kind``: stock, flow, auxiliary, shadow or cloud."""

    key: str
    name: str
    kind: str


@dataclass(frozen=True)
class Link:
    """An arrow; ``kind``: pipe or link; ``polarity`` as in `nqpf.engine.causality`."""

    start: str
    end: str
    kind: str
    polarity: int = 0


@dataclass(frozen=True)
class LoopMark:
    """A feedback loop; ``keys``: its variables on this page."""

    name: str
    path: str
    polarity: int
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Diagram(Drawing):
    """Stocks, flows and links."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    loops: tuple[LoopMark, ...]
    legend: tuple[str, ...]
    """Stock, flow, auxiliary, variable of another page, link with + and -, loop."""

    @property
    def weight(self) -> float:
        return 0.3 * len(self.nodes)
