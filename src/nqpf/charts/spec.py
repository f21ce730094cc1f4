"""Chart specifications: what all kinds have in common, and the style of a study's charts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nqpf.errors import InputError, did_you_mean
from nqpf.study import summary
from nqpf.study.toml import Line, Table, Text, load_toml, shown

STYLE = "style.toml"

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class ChartSpec(Table):
    """One chart; each kind adds keys of its own."""

    kind: Line
    title: Text
    subtitle: Text
    order: float = 1000

    @property
    def columns(self) -> list[str]:
        """Columns of projections that the chart shows, as the specification calls them."""
        return []


class CurveStyle(Table):
    """How a scenario looks, on every chart."""

    colour: Colour
    dash: list[float] = []
    width: float = 1.6
    name: Text | None = None
    """Name at the line's end, where the scenario's title is long."""


class WordsSpec(Table):
    """Words that stand on charts of every kind; ``{year}`` is the first projected year."""

    observed: Text
    projection: Text
    bands: Text = Text(en="50 and 90 % of the draws", zh="50% 与 90% 区间")


class Style(Table):
    """What all charts of a study share."""

    baseline: Line
    first_projected_year: float
    footer: Text
    """Stands below every chart of results."""
    observed_source: Text | None = None
    """Stands below charts that show observations."""
    words: WordsSpec
    scenarios: dict[str, CurveStyle] = {}
    elements: dict[str, Text] = {}
    """Names of subscript elements for readers."""
    units: dict[str, Text] = {}
    """Units of statistics and of the model, for readers."""
    groups: dict[str, Text] = {}
    """Names of the parts of the model file, for readers."""

    def labelled(self, label: str, lang: str) -> str:
        """Return what readers call the elements of a label: ``"东部"`` for ``"[East]"``."""
        names = label.strip("[]").split(", ")
        return ", ".join(
            self.elements[name].in_(lang) if name in self.elements else name for name in names
        )


@dataclass(frozen=True)
class Chart:
    """A specification and the file it is in."""

    name: str
    file: Path
    spec: ChartSpec


class _Kind(BaseModel):
    model_config = ConfigDict(extra="allow")

    kind: Annotated[str, Field(strict=True)]


def read_charts(folder: Path) -> list[Chart]:
    """Read every chart of a study's ``plots`` folder, in their order; it need not exist."""
    from nqpf.charts.kinds import KINDS

    charts = []
    for path in folder.glob("*.toml"):
        if path.name in (STYLE, summary.FILE):
            continue
        kind = load_toml(path, _Kind).kind
        if kind not in KINDS:
            known = ", ".join(f"'{each}'" for each in KINDS)
            hint = did_you_mean(kind, KINDS)
            raise InputError(f"{shown(path)}: kind = '{kind}': should be {known}.{hint}")
        charts.append(Chart(path.stem, path, load_toml(path, KINDS[kind].spec)))
    return sorted(charts, key=lambda chart: (chart.spec.order, chart.name))


def read_style(folder: Path) -> Style:
    """Read what the charts of a study share."""
    return load_toml(folder / STYLE, Style)
