"""Places for the nodes and ways for the links of a diagram, by Graphviz's ``dot``.

Gansner, Koutsofios, North and Vo 1993, "A technique for drawing directed graphs": ranks that
follow the arrows, few crossings, curves around the nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from nqpf.charts.drawing import Link, Node

_POINTS = 72.0  # a dot inch
_SHEET = 1.5  # width over height of a sheet of paper on its side
_STEPS = 12  # straight pieces that stand for one Bezier curve


Course = Literal["LR", "TB"]


@dataclass(frozen=True)
class Layout:
    """A laid out diagram, in inches from its top left corner.

    ``places``: centres of the nodes by key. ``ways``: for each link the points (n, 2) of its line,
    the last where its arrow ends.
    """

    width: float
    height: float
    places: Mapping[str, tuple[float, float]]
    ways: Sequence[np.ndarray]
    course: Course = "LR"

    @property
    def unevenness(self) -> float:
        """How far from the shape of a sheet of paper it is, as a factor."""
        return max(self.width / self.height / _SHEET, self.height * _SHEET / self.width)


def lay_out(
    nodes: Sequence[Node],
    links: Sequence[Link],
    sizes: Mapping[str, tuple[float, float]],
    course: Course = "LR",
) -> Layout:
    """Lay out a diagram whose nodes have the given widths and heights in inches.

    Pipes lead from left to right, or from top to bottom; so do links, as far as they close no
    circle with what is already laid down. A link between the ends of a pipe gets no way.
    """
    from pygraphviz import AGraph

    graph: Any = AGraph(directed=True, strict=False, rankdir=course, nodesep="0.16", ranksep="0.4")
    forward = _forward(links)
    out, into = ("e", "w") if course == "LR" else ("s", "n")
    names = {node.key: f"n{number}" for number, node in enumerate(nodes)}
    for node in nodes:
        width, height = sizes[node.key]
        graph.add_node(
            names[node.key], shape="box", fixedsize=True, label="", width=width, height=height
        )
    laid = [number for number, link in enumerate(links) if not _is_beside(link, links)]
    for number in laid:
        link = links[number]
        pipe = link.kind == "pipe"
        graph.add_edge(
            names[link.start],
            names[link.end],
            key=str(number),
            weight=12 if pipe else 1,
            constraint=number in forward,
            **({"tailport": out, "headport": into} if pipe else {}),
        )
    graph.layout("dot")
    left, low, right, high = map(float, graph.graph_attr["bb"].split(","))

    def placed(x: float, y: float) -> tuple[float, float]:
        return (x - left) / _POINTS, (high - y) / _POINTS

    places = {
        key: placed(*map(float, graph.get_node(name).attr["pos"].split(",")))
        for key, name in names.items()
    }
    ways = []
    for number, link in enumerate(links):
        if number not in laid:
            ways.append(np.empty((0, 2)))
            continue
        edge = graph.get_edge(names[link.start], names[link.end], str(number))
        ways.append(np.array([placed(x, y) for x, y in _points(edge.attr["pos"])]))
    return Layout((right - left) / _POINTS, (high - low) / _POINTS, places, ways, course)


def _is_beside(link: Link, links: Sequence[Link]) -> bool:
    """Whether a link runs beside a pipe, whichever way that leads."""
    ends = {link.start, link.end}
    return link.kind != "pipe" and any(
        each.kind == "pipe" and {each.start, each.end} == ends for each in links
    )


def _forward(links: Sequence[Link]) -> set[int]:
    """Return which links, by number, can all point one way: pipes first."""
    reached: dict[str, set[str]] = {}  # from a node, itself included
    found: set[int] = set()
    for number, link in sorted(enumerate(links), key=lambda item: item[1].kind != "pipe"):
        beyond = reached.setdefault(link.end, {link.end})
        if link.start in beyond:
            continue
        found.add(number)
        reached.setdefault(link.start, {link.start})
        for each in reached.values():
            if link.start in each:
                each |= beyond
    return found


def _points(text: str) -> list[tuple[float, float]]:
    """Return points along the spline that ``dot`` writes, from tail to head."""
    ends: dict[str, tuple[float, float]] = {}
    knots: list[tuple[float, float]] = []
    for piece in text.replace("\\\n", "").split():
        *mark, x, y = piece.split(",")
        if mark:
            ends[mark[0]] = (float(x), float(y))
        else:
            knots.append((float(x), float(y)))
    curve = np.array(knots)
    t = np.linspace(0, 1, _STEPS + 1)[:, None]
    found = [curve[0]]
    for index in range(0, len(curve) - 1, 3):
        a, b, c, d = curve[index : index + 4]
        piece = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
        found.extend(piece[1:])
    points = [(float(x), float(y)) for x, y in found]
    return [*([ends["s"]] if "s" in ends else []), *points, *([ends["e"]] if "e" in ends else [])]
