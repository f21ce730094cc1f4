"""Stock-flow diagram: boxes for stocks, pipes with valves for flows, arrows for links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Ellipse, FancyArrowPatch, FancyBboxPatch, Polygon

from nqpf.charts.drawing import Diagram, LoopMark, Node
from nqpf.charts.layout import Course, Layout, lay_out
from nqpf.charts.page import INK, LABEL, MARGIN, SMALL, Page, leading

_BOX, _LINK, _SHADOW = "#e8f1f8", "#4d7ea8", "#757575"
_REINFORCES, _BALANCES = "#B34700", "#00557a"
_WIDEST = 1.25  # inches of a name before it breaks
_VALVE = 0.11  # half the width of a valve
_SMALLEST = 11.0  # inches of the page's width


def draw(drawing: Diagram) -> Page:
    """Draw a page as large as the diagram needs."""
    ruler = Page(drawing, _SMALLEST, 6.0)
    lines = {node.key: _lines(ruler, node) for node in drawing.nodes}
    courses: tuple[Course, Course] = ("LR", "TB")
    tried = [_laid(ruler, drawing, lines, course) for course in courses]
    layout, sizes = min(tried, key=lambda each: each[0].unevenness)
    width = max(_SMALLEST, layout.width + 2 * MARGIN)
    listed = [ruler.wrap(loop.path, width - 2 * MARGIN - 0.2, LABEL) for loop in drawing.loops]
    below = sum(len(each) for each in listed) * leading(LABEL) + (0.25 if listed else 0.1)
    page = Page(drawing, width, 6.0)
    head = page.top + leading(LABEL) + 0.3
    height = head + layout.height + below + (6.0 - page.bottom) + 0.2
    page = Page(drawing, width, height)
    _legend(page, drawing)
    valves = frozenset(node.key for node in drawing.nodes if node.kind == "flow")
    canvas = _Canvas(page, layout, (width - layout.width) / 2, head, sizes, valves)
    ways = [
        way if len(way) else canvas.arc(link.start, link.end)
        for link, way in zip(drawing.links, layout.ways, strict=True)
    ]
    for number, (link, way) in enumerate(zip(drawing.links, ways, strict=True)):
        if link.kind == "pipe":
            canvas.pipe(way, link.start, link.end)
        else:
            ways[number] = canvas.link(way, link.start, link.end)
    for node in drawing.nodes:
        canvas.node(node, lines[node.key])
    for link, way in zip(drawing.links, ways, strict=True):
        if link.polarity and link.kind != "pipe":
            canvas.sign(way, "+" if link.polarity > 0 else "−")
    for loop in drawing.loops:
        canvas.loop(loop)
    y = page.bottom - below + 0.1
    for loop, each in zip(drawing.loops, listed, strict=True):
        for line in each:
            page.text(MARGIN, y, line, LABEL, colour=_loop_colour(loop.polarity))
            y += leading(LABEL)
    return page


def _lines(page: Page, node: Node) -> list[str]:
    name = f"‹{node.name}›" if node.kind == "shadow" else node.name
    weight = "bold" if node.kind == "stock" else "normal"
    return page.wrap(name, _WIDEST, LABEL, weight) if name else []


def _laid(
    page: Page, drawing: Diagram, lines: Mapping[str, list[str]], course: Course
) -> tuple[Layout, dict[str, tuple[float, float]]]:
    sizes = {node.key: _size(page, node, lines[node.key], course) for node in drawing.nodes}
    return lay_out(drawing.nodes, drawing.links, sizes, course), sizes


def _size(page: Page, node: Node, lines: list[str], course: Course) -> tuple[float, float]:
    weight = "bold" if node.kind == "stock" else "normal"
    width = max((page.measure(line, LABEL, weight) for line in lines), default=0.0)
    height = len(lines) * leading(LABEL)
    match node.kind:
        case "stock":
            return width + 0.24, height + 0.2
        case "flow" if course == "TB":  # the valve in the middle, the name right of it
            return 2 * (_VALVE + width) + 0.2, max(height, 2 * _VALVE) + 0.04
        case "flow":  # the valve in the middle, the name below it
            return max(width, 2 * _VALVE) + 0.08, 2 * (_VALVE + height) + 0.04
        case "cloud":
            return 0.3, 0.2
        case _:
            return width + 0.1, height + 0.06


def _loop_colour(polarity: int) -> str:
    return {1: _REINFORCES, -1: _BALANCES}.get(polarity, INK)


@dataclass
class _Canvas:
    """Draws in the inches of a layout that stands at (left, top) of a page."""

    page: Page
    layout: Layout
    left: float
    top: float
    sizes: Mapping[str, tuple[float, float]]
    valves: frozenset[str]
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)
    """Where text or symbols are: x0, y0, x1, y1 on the page."""

    def __post_init__(self) -> None:
        for key, (x, y) in self.layout.places.items():
            width, height = self.sizes[key]
            self._take(self.left + x, self.top + y, width, height)

    def _take(self, x: float, y: float, width: float, height: float) -> None:
        self.taken.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))

    def _is_free(self, x: float, y: float, width: float, height: float) -> bool:
        x0, y0, x1, y1 = x - width / 2, y - height / 2, x + width / 2, y + height / 2
        return not any(x0 < c and a < x1 and y0 < d and b < y1 for a, b, c, d in self.taken)

    def _centre(self, key: str) -> tuple[float, float]:
        x, y = self.layout.places[key]
        return self.left + x, self.top + y

    def _on_page(self, way: np.ndarray) -> np.ndarray:
        """Return points of the layout as shares of the figure."""
        x = (self.left + way[:, 0]) / self.page.width
        return np.column_stack([x, 1 - (self.top + way[:, 1]) / self.page.height])

    def node(self, node: Node, lines: list[str]) -> None:
        x, y = self._centre(node.key)
        width, height = self.sizes[node.key]
        first = y - len(lines) * leading(LABEL) / 2
        match node.kind:
            case "stock":
                self._box(x, y, width, height)
            case "flow":
                self._valve(x, y)
                if self.layout.course == "LR":
                    first = y + _VALVE + 0.02
                else:
                    x += _VALVE + 0.06
            case "cloud":
                self._cloud(x, y)
        for index, line in enumerate(lines):
            self.page.text(
                x,
                first + index * leading(LABEL),
                line,
                LABEL,
                "bold" if node.kind == "stock" else "normal",
                _SHADOW if node.kind == "shadow" else INK,
                across="left" if node.kind == "flow" and self.layout.course == "TB" else "center",
            )

    def _box(self, x: float, y: float, width: float, height: float) -> None:
        page = self.page
        page.patch(
            FancyBboxPatch(
                (0, 0), width, height, boxstyle="square,pad=0", facecolor=_BOX, edgecolor=INK,
                linewidth=1.4,
            ),
            x - width / 2,
            y + height / 2,
        )  # fmt: skip

    def _valve(self, x: float, y: float) -> None:
        a = _VALVE
        corners = np.array([(-a, -a), (a, a), (a, -a), (-a, a)])
        self.page.patch(Polygon(corners, facecolor="white", edgecolor=INK, linewidth=1.2), x, y)

    def _cloud(self, x: float, y: float) -> None:
        for dx, dy, width in ((-0.07, 0, 0.14), (0.06, 0.01, 0.16), (0, 0.04, 0.16)):
            blob = Ellipse(
                (dx, dy), width, 0.13, facecolor="white", edgecolor=_SHADOW, linewidth=0.9
            )
            self.page.patch(blob, x, y)

    def pipe(self, way: np.ndarray, start: str, end: str) -> None:
        """Draw a pipe, drawn on to the valve in the middle of a flow's node."""
        tail, nose = (
            [np.array(self.layout.places[key])] if key in self.valves else []
            for key in (start, end)
        )
        whole = np.array([*tail, *way, *nose])
        for x, y in whole:
            self._take(self.left + x, self.top + y, 0.1, 0.1)
        points = self._on_page(whole)
        for width, colour in ((4.2, INK), (2.2, "white")):
            self.page.figure.add_artist(
                Line2D(*points.T, color=colour, linewidth=width, solid_capstyle="butt", zorder=1)
            )
        if end not in self.valves:
            self._arrow(points, INK, 13)

    def arc(self, start: str, end: str) -> np.ndarray:
        """Return a way beside the pipe between a stock and its flow, from the one to the other."""
        along, across = (0, 1) if self.layout.course == "LR" else (1, 0)
        ends = [np.array(self.layout.places[key]) for key in (start, end)]
        for point, key in zip(ends, (start, end), strict=True):
            point[across] -= _VALVE if key in self.valves else self.sizes[key][across] / 2
        tail, nose = ends
        t = np.linspace(0, 1, 20)[:, None]
        found: list[tuple[int, np.ndarray]] = []
        for height in (0.32, 0.2, 0.5, 0.75, 1.0):
            bend = np.zeros(2)
            bend[along] = (2 * tail[along] + 3 * nose[along]) / 5
            bend[across] = min(tail[across], nose[across]) - height
            way = (1 - t) ** 2 * tail + 2 * (1 - t) * t * bend + t**2 * nose
            # Its ends lie on its own nodes, however high it is.
            hidden = [not self._is_free(self.left + x, self.top + y, 0, 0) for x, y in way[1:-1]]
            found.append((sum(hidden), way))
        return min(found, key=lambda each: each[0])[1]

    def link(self, way: np.ndarray, start: str, end: str) -> np.ndarray:
        """Draw an arrow, drawn on to the valve of a flow at its ends; return its way."""
        way = self._to_valve(way, end)
        way = self._to_valve(way[::-1], start)[::-1]
        points = self._on_page(way)
        self.page.figure.add_artist(Line2D(*points[:-1].T, color=_LINK, linewidth=0.9, zorder=0.8))
        self._arrow(points, _LINK, 8)
        return way

    def _to_valve(self, way: np.ndarray, key: str) -> np.ndarray:
        """Return a way with a last piece to the valve, where it ends on a flow's empty side."""
        if key not in self.valves:
            return way
        valve = np.array(self.layout.places[key])
        off = way[-1] - valve
        length = float(np.linalg.norm(off))
        named = off[1] > _VALVE if self.layout.course == "LR" else off[0] > _VALVE
        if named or length < 1.6 * _VALVE:
            return way
        return np.vstack([way, valve + off / length * 1.45 * _VALVE])

    def _arrow(self, points: np.ndarray, colour: str, size: float) -> None:
        self.page.figure.add_artist(
            FancyArrowPatch(
                tuple(points[-2]),
                tuple(points[-1]),
                arrowstyle="-|>",
                mutation_scale=size,
                color=colour,
                shrinkA=0,
                shrinkB=0,
                linewidth=0.8,
                transform=self.page.figure.transFigure,
                zorder=1.2,
            )
        )

    def sign(self, way: np.ndarray, text: str) -> None:
        """Write the polarity beside the arrow's end, where nothing else stands."""
        steps = np.linalg.norm(np.diff(way[::-1], axis=0), axis=1)
        along = np.concatenate([[0], np.cumsum(steps)])
        size = 0.11
        for distance in np.arange(0.14, max(0.15, 0.8 * along[-1]), 0.06):
            x, y = (np.interp(distance, along, way[::-1, axis]) for axis in (0, 1))
            ahead = [np.interp(distance - 0.05, along, way[::-1, axis]) for axis in (0, 1)]
            course = np.array([x - ahead[0], y - ahead[1]])
            normal = np.array([-course[1], course[0]]) / (np.linalg.norm(course) or 1.0)
            for side in (0.08, -0.08):
                place = self.left + x + side * normal[0], self.top + y + side * normal[1]
                if self._is_free(*place, size, size):
                    self._take(*place, size, size)
                    self.page.text(*place, text, LABEL, "bold", _LINK, "center", "center_baseline")
                    return

    def loop(self, loop: LoopMark) -> None:
        """Draw the loop's mark in the midst of its variables, where nothing else stands."""
        x, y = np.mean([self._centre(key) for key in loop.keys], axis=0)
        width = self.page.measure(loop.name, SMALL, "bold")
        radius = width / 2 + 0.09
        size = 2 * radius + 0.06
        for place in _around(float(x), float(y)):
            x, y = place
            inside = (
                self.left + radius < x < self.left + self.layout.width - radius
                and self.top + radius < y < self.top + self.layout.height - radius
            )
            if inside and self._is_free(x, y, size, size):
                break
        self._take(x, y, size, size)
        colour = _loop_colour(loop.polarity)
        circle = Circle((0, 0), radius, facecolor="white", edgecolor=colour, linewidth=1.3)
        self.page.patch(circle, x, y, zorder=3)
        at = self._share(x, y - radius), self._share(x + 0.07, y - radius)
        self.page.figure.add_artist(
            FancyArrowPatch(
                *at,
                arrowstyle="-|>",
                mutation_scale=8,
                color=colour,
                transform=self.page.figure.transFigure,
                zorder=3.2,
            )
        )
        self.page.text(x, y, loop.name, SMALL, "bold", colour, "center", "center", zorder=4)

    def _share(self, x: float, y: float) -> tuple[float, float]:
        return x / self.page.width, 1 - y / self.page.height


def _around(x: float, y: float) -> Iterator[tuple[float, float]]:
    """Yield places ever further away."""
    yield x, y
    for ring in range(1, 60):
        for angle in np.linspace(0, 2 * np.pi, 8 + 2 * ring, endpoint=False):
            yield x + 0.12 * ring * np.cos(angle), y + 0.12 * ring * np.sin(angle)


def _legend(page: Page, drawing: Diagram) -> None:
    stock, flow, auxiliary, shadow, sign, loop = drawing.legend
    x, y = MARGIN, page.top
    middle = y + 0.5 * LABEL / 72
    page.patch(
        FancyBboxPatch((0, 0), 0.26, 0.13, boxstyle="square,pad=0", facecolor=_BOX, edgecolor=INK),
        x,
        middle + 0.065,
    )
    x = page.said(x + 0.32, y, stock)
    page.line((x, middle), (x + 0.3, middle), INK, 4.2)
    page.line((x, middle), (x + 0.3, middle), "white", 2.2)
    corners = np.array([(-0.07, -0.07), (0.07, 0.07), (0.07, -0.07), (-0.07, 0.07)])
    page.patch(Polygon(corners, facecolor="white", edgecolor=INK), x + 0.15, middle)
    x = page.said(x + 0.36, y, flow)
    x = page.said(x, y, auxiliary, INK)
    x = page.said(x, y, f"‹{shadow}›", _SHADOW)
    page.line((x, middle), (x + 0.3, middle), _LINK, 1.0)
    x = page.said(x + 0.36, y, sign)
    page.patch(Circle((0, 0), 0.07, facecolor="white", edgecolor=INK), x + 0.07, middle)
    page.said(x + 0.2, y, loop)
