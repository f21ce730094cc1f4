"""Chart specifications: which variables, how they are transformed, in what words and colours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from nqpf.study import summary
from nqpf.study.toml import Line, Table, Text, load_toml

STYLE = "style.toml"

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Transform = Literal["level", "percent", "growth", "index", "ratio"]


class PanelSpec(Table):
    """One variable on one pair of axes."""

    variable: Line
    title: Text
    unit: Text
    transform: Transform = "level"
    scale: float = 1.0
    """Factor on the model's unit, for transform "level"."""
    base: float | None = None
    """Year that is 100, for transform "index"."""
    years: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    """Ends of the time axis, where not all that was projected is shown."""
    observed: Line | None = None
    """Target of the study's calibration whose statistic is shown as dots."""
    zero: bool = False
    digits: Annotated[int, Field(ge=0, le=6)] | None = None
    """Write the last value beside a curve's name, with so many decimals."""
    bands: list[Line] | None = None
    """Scenarios whose bands are shaded, where there are draws; left out: all, or the baseline's
    where more than two would lie on each other."""

    @model_validator(mode="after")
    def _index_has_a_base(self) -> Self:
        if (self.transform == "index") != (self.base is not None):
            raise ValueError('"base" (a year) goes with transform "index", and only with it')
        return self


class PartSpec(Table):
    """One layer of a stack."""

    variable: Line
    title: Text
    colour: Colour


class ChartSpec(Table):
    """One chart."""

    kind: Literal["lines", "panels", "regions", "contributions"]
    title: Text
    subtitle: Text
    scenarios: Annotated[list[Line], Field(min_length=1)]
    panel: Annotated[list[PanelSpec], Field(min_length=1)]
    part: list[PartSpec] = []
    """Layers of kind "contributions", which sum to the variable of its panel."""
    subscript: Line | None = None
    """Subscript whose elements are the panels of kind "regions"."""
    order: float = 1000

    @model_validator(mode="after")
    def _keys_of_the_kind(self) -> Self:
        if (self.kind == "contributions") != bool(self.part):
            raise ValueError('[[part]] goes with kind "contributions", and only with it')
        if (self.kind == "regions") != (self.subscript is not None):
            raise ValueError('"subscript" goes with kind "regions", and only with it')
        if self.kind in ("regions", "contributions") and len(self.panel) > 1:
            raise ValueError(f'kind "{self.kind}" takes one [[panel]]')
        return self


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
    words: WordsSpec
    scenarios: dict[str, CurveStyle] = {}
    elements: dict[str, Text] = {}
    """Names of subscript elements for readers."""


@dataclass(frozen=True)
class Chart:
    """A specification and the file it is in."""

    name: str
    file: Path
    spec: ChartSpec


def read_charts(folder: Path) -> list[Chart]:
    """Read every chart of a study's ``plots`` folder, in their order; it need not exist."""
    charts = [
        Chart(path.stem, path, load_toml(path, ChartSpec))
        for path in folder.glob("*.toml")
        if path.name not in (STYLE, summary.FILE)
    ]
    return sorted(charts, key=lambda chart: (chart.spec.order, chart.name))


def read_style(folder: Path) -> Style:
    """Read what the charts of a study share."""
    return load_toml(folder / STYLE, Style)
