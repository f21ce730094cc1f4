"""The charts of a study: their specifications, their files, their drawings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nqpf.charts.drawing import Drawing
from nqpf.charts.spec import STYLE, Chart, read_charts, read_style
from nqpf.study import targets
from nqpf.study.folder import Study
from nqpf.study.results import CHARTS
from nqpf.study.statistics import read_statistics
from nqpf.study.toml import LANGUAGES, Text

if TYPE_CHECKING:
    import xarray as xr


class Gallery:
    """The charts that a study specifies."""

    def __init__(self, study: Study) -> None:
        """Read and check every specification, and the statistics that charts show."""
        folder = study.calibration
        numbers, aims = folder / "statistics", folder / targets.FILE
        self.charts = read_charts(study.plots)
        styled = self.charts or (study.plots / STYLE).exists()
        self.style = read_style(study.plots) if styled else None
        self._targets = targets.read_targets(aims) if aims.exists() else {}
        self._statistics = read_statistics(numbers) if numbers.is_dir() else None

    @property
    def baseline(self) -> str | None:
        """Scenario that the others are compared with."""
        return self.style.baseline if self.style else None

    @property
    def every_file(self) -> list[str]:
        """Names that the charts have in a results folder, in all languages."""
        return [_file(chart, lang) for chart in self.charts for lang in LANGUAGES]

    @property
    def columns(self) -> list[str]:
        """Columns of results that the charts show, as their specifications call them."""
        specs = [chart.spec for chart in self.charts]
        return [each.variable for spec in specs for each in (*spec.panel, *spec.part)]

    def drawings(
        self,
        data: xr.Dataset,
        titles: Mapping[str, Text],
        lang: str,
        draws: xr.Dataset | None = None,
    ) -> dict[str, Drawing]:
        """Return the drawings by file name; charts whose scenarios are not there are left out.

        Parameters
        ----------
        data
            Dims scenario, time, subscripts.
        titles
            Title of every scenario of the study.
        draws
            The same projections under every draw of the fitted ensemble, for bands.
        """
        from nqpf.charts.prepare import Material, prepare

        if self.style is None:
            return {}
        material = Material(
            data=data,
            titles=titles,
            style=self.style,
            targets=self._targets,
            statistics=self._statistics,
            lang=lang,
            draws=draws,
        )
        drawings = {_file(chart, lang): prepare(chart, material) for chart in self.charts}
        return {name: drawing for name, drawing in drawings.items() if drawing is not None}


def _file(chart: Chart, lang: str) -> str:
    return f"{CHARTS}/{chart.name}.{lang}.png"
