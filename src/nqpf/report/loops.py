"""Feedback loops: those that the study names, and beside each equation those that it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nqpf.engine.causality import Loop
    from nqpf.explain import Explanation
    from nqpf.report.material import Material
    from nqpf.study.toml import Text

_SHOWN = 2  # whose paths are written out beside an equation


@dataclass(frozen=True)
class Named:
    """A loop with a name, such as R1, and its place in the page."""

    anchor: str
    name: str
    title: Text
    loop: Loop


@dataclass(frozen=True)
class Beside:
    """The loops of a variable: ``others`` are the shortest without a name, and ``more`` of them."""

    named: list[Named]
    others: tuple[Loop, ...]
    more: int


def named_loops(material: Material) -> list[Named]:
    """Return the loops that the study's stock-flow diagrams name."""
    from nqpf.charts.making.structure import named_loops

    found = [
        each for chart in material.gallery.charts for each in named_loops(chart, material.model)
    ]
    return [
        Named(f"loop-{number}", spec.name, spec.title, loop)
        for number, (spec, loop) in enumerate(found, 1)
    ]


def beside(named: list[Named], explanations: Mapping[str, Explanation]) -> dict[str, Beside]:
    """Return the loops of each variable."""
    known = {frozenset(each.loop.variables) for each in named}
    found = {}
    for name, each in explanations.items():
        others = tuple(loop for loop in each.loops if frozenset(loop.variables) not in known)
        own = [one for one in named if name in one.loop.variables]
        found[name] = Beside(own, others[:_SHOWN], len(others[_SHOWN:]))
    return found
