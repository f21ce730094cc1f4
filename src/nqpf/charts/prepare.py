"""Specification and results -> drawing: numbers in the chart's units, words in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nqpf.charts.drawing import Band, Curve, Drawing, Panel, Words
from nqpf.charts.spec import Chart, CurveStyle, PanelSpec, Style, Transform
from nqpf.engine.names import canonical
from nqpf.errors import InputError, did_you_mean
from nqpf.study.columns import find, select
from nqpf.study.draws import QUANTILES
from nqpf.study.statistics import Statistics
from nqpf.study.targets import Target
from nqpf.study.toml import Text, shown

if TYPE_CHECKING:
    import xarray as xr

_INK = "#1a1a1a"
_NO_BREAK = "\N{NO-BREAK SPACE}"
_RANGE = {"en": "({low}{blank}to{blank}{high})", "zh": "（{low}～{high}）"}
_METHOD = {
    "en": {
        "one": "One run per scenario, no bands.",
        "draws": "{runs} runs per scenario, with draws of the parameters fitted to data up to "
        "{last}; {line}; in brackets and shaded: 90 % (and 50 %) of them.",
        "median": "lines are medians",
        "mean": "layers and line are means",
    },
    "zh": {
        "one": "每个情景运行一次，无区间。",
        "draws": "每个情景运行 {runs} 次，参数抽自用 {last} 年及以前数据标定的后验分布；{line}；"
        "括号与阴影为 90%（及 50%）区间。",
        "median": "曲线为中位数",
        "mean": "各层与曲线为均值",
    },
}

# For scenarios that the study's style does not name: Tol's muted scheme, safe for colour-blind
# readers, each with a dash of its own so that it also survives black and white.
_SPARE = tuple(
    CurveStyle(colour=colour, dash=dash)
    for dash in ([5.0, 1.5], [1.5, 1.5], [5.0, 1.5, 1.5, 1.5])
    for colour in ("#332288", "#117733", "#882255", "#999933", "#AA4499", "#44AA99")
)


@dataclass(frozen=True)
class Material:
    """What charts are made from: results of one study and what is known about them."""

    data: xr.Dataset
    """Dims scenario, time, subscripts."""
    titles: Mapping[str, Text]
    """Title of every scenario of the study, whether in the data or not."""
    style: Style
    targets: Mapping[str, Target]
    statistics: Statistics | None
    lang: str
    draws: xr.Dataset | None = None
    """The same with a dimension ``draw``, for some or all of the variables."""

    def style_of(self, scenario: str) -> CurveStyle:
        """Return how a scenario looks, the same on every chart."""
        if scenario in self.style.scenarios:
            return self.style.scenarios[scenario]
        unnamed = [name for name in self.titles if name not in self.style.scenarios]
        return _SPARE[unnamed.index(scenario) % len(_SPARE)]

    def say(self, text: Text) -> str:
        """Return a text in the language of the charts."""
        return text.in_(self.lang)


def prepare(chart: Chart, material: Material) -> Drawing | None:
    """Return the drawing of a chart; None where the results have none of its scenarios.

    Raises
    ------
    InputError
        The specification names what neither study nor results have.
    """
    return _Preparation(chart, material).drawing()


class _Preparation:
    """The making of one drawing."""

    def __init__(self, chart: Chart, material: Material) -> None:
        self.spec, self.where, self.material = chart.spec, shown(chart.file), material
        self.data, self.say = material.data, material.say
        known = material.titles
        for name in self.spec.scenarios:
            if name not in known:
                hint = did_you_mean(name, known)
                raise InputError(f'{self.where}: unknown scenario "{name}".{hint}')
        present = set(map(str, self.data["scenario"].to_numpy()))
        self.scenarios = [name for name in self.spec.scenarios if name in present]

    def drawing(self) -> Drawing | None:
        if not self.scenarios:
            return None
        match self.spec.kind:
            case "contributions":
                panels = [self._contributions(name) for name in self.scenarios]
            case "regions":
                panels = self._regions()
            case "lines" | "panels":
                panels = [
                    self._panel(each, each.variable, self.say(each.title))
                    for each in self.spec.panel
                ]
        words = self.material.style.words
        return Drawing(
            kind=self.spec.kind,
            title=self.say(self.spec.title),
            subtitle=self.say(self.spec.subtitle),
            footer=f"{self._method()} {self.say(self.material.style.footer)}",
            panels=tuple(panels),
            first_projected=self.material.style.first_projected_year,
            words=Words(
                self.say(words.observed), self.say(words.projection), self.say(words.bands)
            ),
        )

    def _panel(self, spec: PanelSpec, column: str, title: str, element: str | None = None) -> Panel:
        return Panel(
            title=title,
            unit=self.say(spec.unit),
            years=self._years(spec),
            curves=tuple(self._curve(spec, column, name) for name in self.scenarios),
            dots=None if spec.observed is None else self._dots(spec, spec.observed, element),
            zero=spec.zero,
        )

    def _regions(self) -> list[Panel]:
        (spec,), subscript = self.spec.panel, str(self.spec.subscript)
        if subscript not in self.data.dims:
            hint = did_you_mean(subscript, map(str, self.data.dims))
            raise InputError(f'{self.where}: the results have no subscript "{subscript}".{hint}')
        panels = []
        for element in map(str, self.data[subscript].to_numpy()):
            name = self.material.style.elements.get(element)
            title = self.say(name) if name else element
            panels.append(self._panel(spec, f"{spec.variable}[{element}]", title, element))
        return panels

    def _contributions(self, scenario: str) -> Panel:
        (spec,) = self.spec.panel

        def mean(column: str) -> tuple[np.ndarray, np.ndarray]:
            # Medians of parts do not add up to the median of their sum.
            x, values = self._values(spec, column, scenario)
            return x, values.mean(axis=0)

        total = Curve(self.say(spec.title), *mean(spec.variable), _INK, width=2.0)
        layers = tuple(
            Curve(self.say(part.title), *mean(part.variable), part.colour)
            for part in self.spec.part
        )
        title = self.say(self.material.titles[scenario])
        return Panel(title, self.say(spec.unit), self._years(spec), (total,), layers, zero=True)

    def _curve(self, spec: PanelSpec, column: str, scenario: str) -> Curve:
        style = self.material.style_of(scenario)
        x, values = self._values(spec, column, scenario)
        name = self.say(style.name or self.material.titles[scenario])
        itself = spec.transform == "ratio" and scenario == self.material.style.baseline
        if spec.digits is not None and self.spec.kind == "lines" and not itself:
            name += self._last(spec, values[:, -1])
        keep = x >= self.material.style.first_projected_year
        if self._shares_history(scenario) and keep.any():
            x, values = x[keep], values[:, keep]
        bands: tuple[Band, ...] = ()
        if len(values) > 1 and not itself and self._is_shaded(spec, scenario):
            low, lower, _, upper, high = np.quantile(values, QUANTILES, axis=0)
            bands = (Band(low, high), Band(lower, upper))
        y = np.median(values, axis=0)
        return Curve(name, x, y, style.colour, tuple(style.dash), style.width, bands)

    def _last(self, spec: PanelSpec, values: np.ndarray) -> str:
        """Return the last value, and the 90 % range of the draws."""
        form = f"{'+' if spec.transform == 'ratio' else ''},.{spec.digits}f"
        middle = f"{_NO_BREAK}{np.median(values):{form}}"
        if len(values) == 1:
            return middle.replace("-", "−")
        low, high = (f"{each:{form}}" for each in np.quantile(values, QUANTILES)[[0, -1]])
        span = _RANGE[self.material.lang].format(low=low, high=high, blank=_NO_BREAK)
        return f"{middle} {span}".replace("-", "−")

    def _is_shaded(self, spec: PanelSpec, scenario: str) -> bool:
        if spec.bands is not None:
            return scenario in spec.bands
        return len(self.scenarios) <= 2 or scenario == self.material.style.baseline

    def _method(self) -> str:
        """Return the sentence on how many runs a line stands for, and what its band is."""
        draws = self.material.draws
        texts = _METHOD[self.material.lang]
        if draws is None:
            return texts["one"]
        mean = texts["mean"] if self.spec.kind == "contributions" else texts["median"]
        runs = draws.sizes["draw"]
        return texts["draws"].format(runs=f"{runs:,}", line=mean, last=draws.attrs["data_to"])

    def _shares_history(self, scenario: str) -> bool:
        """Whether the baseline's line already shows the past of this scenario."""
        baseline = self.material.style.baseline
        return scenario != baseline and baseline in self.scenarios

    def _values(self, spec: PanelSpec, column: str, scenario: str) -> tuple[np.ndarray, np.ndarray]:
        """Return years (n,) and values (draws, n); one draw where the results hold no more."""
        data = self._source(column)
        variable = select(data, column, self.where)
        if set(variable.dims) - {"draw", "scenario", "time"}:
            raise InputError(
                f'{self.where}: "{column}" has subscripts; name the elements, "{column}[...]".'
            )

        def of(name: str) -> np.ndarray:
            return np.atleast_2d(variable.sel(scenario=name).to_numpy().astype(np.float64))

        reference = of(self._baseline()) if spec.transform == "ratio" else None
        time = data["time"].to_numpy()
        found = self._within(spec, *transformed(time, of(scenario), spec, reference))
        if not len(found[0]):
            raise InputError(f'{self.where}: "{column}" has no value in the years of the chart.')
        return found

    def _source(self, column: str) -> xr.Dataset:
        """Return the draws if they hold a column, else the results."""
        draws = self.material.draws
        if draws is not None and find(draws, column) is not None:
            return draws
        return self.data

    def _baseline(self) -> str:
        baseline = self.material.style.baseline
        if baseline not in self.data["scenario"]:
            raise InputError(
                f'{self.where}: the results lack the baseline "{baseline}" to compare with. '
                "Run it too."
            )
        return baseline

    def _dots(
        self, spec: PanelSpec, name: str, element: str | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the statistic that a target compares with the panel's variable, all its years."""
        targets, statistics = self.material.targets, self.material.statistics
        if name not in targets or statistics is None:
            hint = did_you_mean(name, targets) or " The study has no such statistics."
            raise InputError(f'{self.where}: observed names no target "{name}".{hint}')
        target = targets[name]
        if canonical(target.name) != canonical(spec.variable.partition("[")[0]):
            raise InputError(
                f'{self.where}: observed = "{name}" is a target of "{target.name}", '
                f'not of "{spec.variable}".'
            )
        series = statistics.series(target.series, element)
        years = series.index.to_numpy(dtype=float)
        values = series.to_numpy(dtype=float) * target.factor
        x, y = self._within(spec, *transformed(years, values[None], spec))
        return x, y[0]

    def _years(self, spec: PanelSpec) -> tuple[float, float]:
        if spec.years is not None:
            return spec.years[0], spec.years[1]
        time = self.data["time"]
        return float(time[0]), float(time[-1])

    def _within(
        self, spec: PanelSpec, x: np.ndarray, y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        first, last = self._years(spec)
        keep = np.isfinite(y).all(axis=0) & (x >= first) & (x <= last)
        return x[keep], y[:, keep]


def transformed(
    time: np.ndarray,
    values: np.ndarray,
    spec: PanelSpec,
    reference: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return years and values as a panel shows them; ``values`` have shape (draws, time).

    ``level``: times the panel's scale. ``percent``: times 100. ``growth``: % a year since the
    time before. ``index``: the panel's base year is 100. ``ratio``: % above ``reference``.
    """
    with np.errstate(all="ignore"):  # what is not finite afterwards is left out
        return _transformed(time, values, spec, reference)


def _transformed(
    time: np.ndarray, values: np.ndarray, spec: PanelSpec, reference: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    transform: Transform = spec.transform
    match transform:
        case "level":
            return time, values * spec.scale
        case "percent":
            return time, values * 100
        case "growth":
            growth = (values[:, 1:] / values[:, :-1]) ** (1 / np.diff(time)) - 1
            return time[1:], growth * 100
        case "index":
            base = [np.interp(spec.base or time[0], time, each) for each in values]
            return time, values / np.array(base)[:, None] * 100
        case "ratio":
            if reference is None:
                raise InputError('transform "ratio" compares scenarios; it has no observed values.')
            return time, (values / reference - 1) * 100
