"""Specification and results -> drawing: numbers in the chart's units, words in one language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from nqpf.charts.drawing import Curve, Drawing, Panel, Words
from nqpf.charts.spec import Chart, CurveStyle, Observed, PanelSpec, Style, Transform
from nqpf.errors import InputError, did_you_mean
from nqpf.study.columns import select
from nqpf.study.statistics import Statistics
from nqpf.study.toml import Text, shown

if TYPE_CHECKING:
    import xarray as xr

# For scenarios that the study's style does not name: Tol's muted scheme, safe for colour-blind
# readers, each with a dash of its own so that it also survives black and white.
_SPARE = [
    CurveStyle(colour=colour, dash=dash)
    for dash in ([5.0, 1.5], [1.5, 1.5], [5.0, 1.5, 1.5, 1.5])
    for colour in ("#332288", "#117733", "#882255", "#999933", "#AA4499", "#44AA99")
]


class Preparer:
    """Makes drawings from the results of one study in one language."""

    def __init__(
        self,
        data: xr.Dataset,
        titles: Mapping[str, Text],
        style: Style,
        statistics: Statistics | None,
        lang: str,
    ) -> None:
        """Take results (dims scenario, time, subscripts) and the title of each scenario."""
        self.data, self.style, self.statistics, self.lang = data, style, statistics, lang
        self.titles = titles
        spare = iter(_SPARE * (1 + len(titles) // len(_SPARE)))
        self._styles = {name: style.scenarios.get(name) or next(spare) for name in titles}

    def __call__(self, chart: Chart) -> Drawing | None:
        """Return the drawing; None where the results have none of the chart's scenarios."""
        spec, where = chart.spec, shown(chart.file)
        for name in spec.scenarios:
            if name not in self.titles:
                raise InputError(
                    f'{where}: unknown scenario "{name}".{did_you_mean(name, self.titles)}'
                )
        present = [name for name in spec.scenarios if name in self.data["scenario"]]
        if not present:
            return None
        match spec.kind:
            case "contributions":
                panels = [self._contributions(chart, name, where) for name in present]
            case "regions":
                panels = self._regions(chart, present, where)
            case _:
                panels = [self._panel(chart, each, present, where) for each in spec.panel]
        return Drawing(
            kind=spec.kind,
            title=self._say(spec.title),
            subtitle=self._say(spec.subtitle),
            footer=self._say(self.style.footer),
            panels=tuple(panels),
            first_projected=self.style.first_projected_year,
            words=Words(
                observed=self._say(self.style.words.observed),
                projection=self._say(self.style.words.projection),
            ),
        )

    def _panel(self, chart: Chart, spec: PanelSpec, names: list[str], where: str) -> Panel:
        curves = [self._curve(chart, spec, spec.variable, name, where) for name in names]
        return self._filled(chart, spec, curves, self._say(spec.title), spec.observed)

    def _regions(self, chart: Chart, names: list[str], where: str) -> list[Panel]:
        (spec,), subscript = chart.spec.panel, str(chart.spec.subscript)
        if subscript not in self.data.dims:
            raise InputError(
                f'{where}: the results have no subscript "{subscript}".'
                f"{did_you_mean(subscript, map(str, self.data.dims))}"
            )
        panels = []
        for element in map(str, self.data[subscript].to_numpy()):
            column = f"{spec.variable}[{element}]"
            curves = [self._curve(chart, spec, column, name, where) for name in names]
            observed = spec.observed and spec.observed.model_copy(update={"region": element})
            title = self.style.elements.get(element)
            panels.append(
                self._filled(chart, spec, curves, self._say(title) if title else element, observed)
            )
        return panels

    def _contributions(self, chart: Chart, name: str, where: str) -> Panel:
        (spec,) = chart.spec.panel
        total = self._curve(chart, spec, spec.variable, name, where)
        layers = []
        for part in chart.spec.part:
            x, y = self._values(chart, spec, part.variable, name, where)
            layers.append(Curve(self._say(part.title), x, y, part.colour))
        named = Curve(self._say(spec.title), total.x, total.y, "#1a1a1a", width=2.0)
        return Panel(
            title=self._say(self.titles[name]),
            unit=self._say(spec.unit),
            curves=(named,),
            layers=tuple(layers),
            zero=True,
        )

    def _curve(self, chart: Chart, spec: PanelSpec, column: str, name: str, where: str) -> Curve:
        style = self._styles[name]
        x, y = self._values(chart, spec, column, name, where)
        label = self._say(style.name or self.titles[name])
        if spec.digits is not None:
            label += f" {y[-1]:.{spec.digits}f}".replace("-", "−")
        return Curve(label, x, y, style.colour, tuple(style.dash), style.width)

    def _values(
        self, chart: Chart, spec: PanelSpec, column: str, name: str, where: str
    ) -> tuple[np.ndarray, np.ndarray]:
        variable = select(self.data, column, where)
        if variable.ndim != 2:
            raise InputError(
                f'{where}: "{column}" has subscripts; name the elements, "{column}[...]".'
            )
        time = self.data["time"].to_numpy()
        values = variable.sel(scenario=name).to_numpy()
        reference = None
        if spec.transform == "ratio":
            reference = self._baseline(variable, where)
        x, y = transformed(time, values, spec.transform, spec.scale, spec.base, reference)
        keep = np.isfinite(y)
        if chart.spec.years is not None:
            first, last = chart.spec.years
            keep &= (x >= first) & (x <= last)
        if not keep.any():
            raise InputError(f'{where}: "{column}" has no value in the years of the chart.')
        return x[keep], y[keep]

    def _baseline(self, variable: xr.DataArray, where: str) -> np.ndarray:
        baseline = self.style.baseline
        if baseline not in self.data["scenario"]:
            raise InputError(
                f'{where}: the results lack the baseline "{baseline}" to compare with. Run it too.'
            )
        return variable.sel(scenario=baseline).to_numpy()

    def _filled(
        self,
        chart: Chart,
        spec: PanelSpec,
        curves: list[Curve],
        title: str,
        observed: Observed | None,
    ) -> Panel:
        return Panel(
            title=title,
            unit=self._say(spec.unit),
            curves=tuple(curves),
            dots=self._dots(chart, observed) if observed else None,
            zero=spec.zero,
        )

    def _dots(self, chart: Chart, observed: Observed) -> tuple[np.ndarray, np.ndarray]:
        if self.statistics is None:
            raise InputError(f"{shown(chart.file)}: the study has no statistics to show.")
        series = self.statistics.series(observed.series, observed.region)
        years = series.index.to_numpy(dtype=float)
        values = series.to_numpy(dtype=float) * observed.scale
        first, last = chart.spec.years or (self.data["time"].min(), self.data["time"].max())
        keep = (years >= float(first)) & (years <= float(last))
        return years[keep], values[keep]

    def _say(self, text: Text) -> str:
        return text.in_(self.lang)


def transformed(
    time: np.ndarray,
    values: np.ndarray,
    transform: Transform,
    scale: float = 1.0,
    base: float | None = None,
    reference: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return years and values as a chart shows them; both inputs have shape (time,).

    ``level``: times ``scale``. ``percent``: times 100. ``growth``: % a year since the saved time
    before. ``index``: year ``base`` is 100. ``ratio``: % above ``reference``.
    """
    match transform:
        case "level":
            return time, values * scale
        case "percent":
            return time, values * 100
        case "growth":
            growth = (values[1:] / values[:-1]) ** (1 / np.diff(time)) - 1
            return time[1:], growth * 100
        case "index":
            return time, values / np.interp(float(base or 0), time, values) * 100
        case "ratio":
            assert reference is not None
            return time, (values / reference - 1) * 100
