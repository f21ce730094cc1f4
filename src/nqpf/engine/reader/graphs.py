"""Graphical functions of XMILE (section 3.1.4, 4.1.3)."""

from __future__ import annotations

from typing import Literal

from nqpf.engine.reader import syntax
from nqpf.engine.reader.lexer import Malformed
from nqpf.engine.reader.text import finite
from nqpf.engine.reader.xml_tree import Node

_KINDS: dict[str, Literal["continuous", "extrapolate", "discrete"]] = {
    "continuous": "continuous",
    "extrapolate": "extrapolate",
    "discrete": "discrete",
}


def graph(node: Node) -> syntax.Points:
    """Read a ``<gf>``: y, and x one by one or as a scale.

    Raises
    ------
    Malformed
        Points are missing, too few, or no numbers.
    """
    kind = _KINDS.get(node.attributes.get("type", "continuous").strip().lower())
    if kind is None:
        raise Malformed(f'has a graphical function of type "{node.attributes["type"]}"', 0)
    if node.attributes.get("discrete", "").strip().lower() == "true":  # before XMILE 1.0
        kind = "discrete"
    points = list(node.all("pt"))
    if points:
        xs, ys = ([_number(p.attributes.get(axis, "")) for p in points] for axis in ("x", "y"))
        return syntax.Points(tuple(xs), tuple(ys), kind)
    ys = _numbers(node.first("ypts"))
    xs = _numbers(node.first("xpts"))
    if not ys:
        raise Malformed("has a graphical function without points", 0)
    if not xs:
        low, high = _scale(node.first("xscale"))
        gaps = max(len(ys) - 1, 1)
        xs = [low + (high - low) * i / gaps for i in range(len(ys))]
    if len(xs) != len(ys):
        raise Malformed(f"has a graphical function of {len(xs)} x for {len(ys)} y", 0)
    return syntax.Points(tuple(xs), tuple(ys), kind)


def _scale(node: Node | None) -> tuple[float, float]:
    if node is None:
        raise Malformed("has a graphical function without x: neither <xpts> nor <xscale>", 0)
    return _number(node.attributes.get("min", "")), _number(node.attributes.get("max", ""))


def _numbers(node: Node | None) -> list[float]:
    if node is None:
        return []
    parts = node.text.split(node.attributes.get("sep") or ",")
    return [_number(part) for part in parts if part.strip()]


def _number(text: str) -> float:
    value = finite(text)
    if value is None:
        raise Malformed(f'has a graphical function with "{text.strip()}" for a number', 0)
    return value
