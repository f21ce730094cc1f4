"""Courses over time: specification and projections -> drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from nqpf.charts.drawing import Band, Courses, Curve, Inequality, Note, Panel, Words
from nqpf.charts.material import Material
from nqpf.charts.spec import Chart, ChartSpec, Colour
from nqpf.engine.names import canonical
from nqpf.errors import InputError, did_you_mean
from nqpf.study.columns import find, select
from nqpf.study.draws import QUANTILES
from nqpf.study.toml import Line, Pair, Table, Text, shown

if TYPE_CHECKING:
    import xarray as xr

_INK = "#1a1a1a"
_NO_BREAK = "\N{NO-BREAK SPACE}"
_RANGE = {"en": " ({low}{blank}to{blank}{high})", "zh": "（{low}～{high}）"}
_METHOD = {
    "en": {
        "one": "One run per scenario, no bands.",
        "draws": "{runs} runs per scenario, with draws of the parameters fitted to data up to "
        "{last}; {line}.",
        "median": "lines are medians; shaded: 90 % and 50 % of the runs",
        "valued": "lines are medians; in brackets and shaded: 90 % (and 50 %) of the runs",
        "mean": "layers and line are means",
    },
    "zh": {
        "one": "每个情景运行一次，无区间。",
        "draws": "每个情景运行 {runs} 次，参数抽自用 {last} 年及以前数据标定的后验分布；{line}。",
        "median": "曲线为中位数；阴影为 90% 与 50% 区间",
        "valued": "曲线为中位数；括号与阴影为 90%（及 50%）区间",
        "mean": "各层与曲线为均值",
    },
}
# Patterns of layers, so that neighbours can be told apart without colour.
_HATCHES = ("", "////", "....", "\\\\\\\\", "xxx", "---", "||||", "++")

_LORENZ_DASHES = ((), (5.0, 1.5), (1.5, 1.5), (5.0, 1.5, 1.5, 1.5))
_NAMED = ("lines", "projection", "inequality")  # kinds that name curves at their ends

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
    years: Pair | None = None
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


class CoursesSpec(ChartSpec):
    """Kinds "lines" (one or two panels), "panels" (many) and "projection" (with the values of the
    bands): scenarios over time.
    """

    scenarios: Annotated[list[Line], Field(min_length=1)]
    panel: Annotated[list[PanelSpec], Field(min_length=1)]

    @property
    def columns(self) -> list[str]:
        return [each.variable for each in self.panel]


class OnePanelSpec(CoursesSpec):
    """A kind that takes one panel."""

    @model_validator(mode="after")
    def _one_panel(self) -> Self:
        if len(self.panel) > 1:
            raise ValueError(f'kind "{self.kind}" takes one [[panel]]')
        return self


class RegionsSpec(OnePanelSpec):
    """Kind "regions": a panel for each element of a subscript."""

    subscript: Line


class PartSpec(Table):
    """One layer of a stack."""

    variable: Line
    title: Text
    colour: Colour


class ContributionsSpec(OnePanelSpec):
    """Kind "contributions": layers that sum to the variable of the panel."""

    part: Annotated[list[PartSpec], Field(min_length=1)]

    @property
    def columns(self) -> list[str]:
        return [*super().columns, *(each.variable for each in self.part)]


class LorenzCurve(Table):
    """A scenario in a year."""

    scenario: Line
    year: float


class LorenzSpec(Table):
    """Lorenz curves over the elements of a subscript.

    ``variable`` is distributed among elements of the sizes ``weight``.
    """

    variable: Line
    weight: Line
    subscript: Line
    title: Text
    x: Text
    y: Text
    equality: Text
    curve: Annotated[list[LorenzCurve], Field(min_length=1)]


class InequalitySpec(OnePanelSpec):
    """Kind "inequality": a measure over time, and Lorenz curves."""

    lorenz: LorenzSpec

    @property
    def columns(self) -> list[str]:
        # Not the weight: where it is no outcome it need not be kept draw by draw.
        return [*super().columns, self.lorenz.variable]


def prepare(chart: Chart, material: Material) -> dict[str, Courses]:
    """Return the drawing of a chart of kind "lines", "panels" or "projection".

    As every ``prepare`` of this package: drawings by what is added to the chart's name, "" for
    the only one; none where the results do not have what the chart shows.

    Raises
    ------
    InputError
        The specification names what neither study nor results have.
    """
    assert isinstance(chart.spec, CoursesSpec)
    making = _Making(chart, chart.spec, material)
    return making.drawing(
        [making.panel(each, each.variable, material.say(each.title)) for each in chart.spec.panel]
        if making.scenarios
        else []
    )


def prepare_regions(chart: Chart, material: Material) -> dict[str, Courses]:
    """Return the drawing of a chart of kind "regions"; see `prepare`."""
    assert isinstance(chart.spec, RegionsSpec)
    making = _Making(chart, chart.spec, material)
    (spec,), subscript = chart.spec.panel, chart.spec.subscript
    panels = [
        making.panel(spec, f"{spec.variable}[{element}]", material.element(element), element)
        for element in (making.elements(subscript) if making.scenarios else ())
    ]
    return making.drawing(panels)


def prepare_contributions(chart: Chart, material: Material) -> dict[str, Courses]:
    """Return the drawing of a chart of kind "contributions"; see `prepare`."""
    assert isinstance(chart.spec, ContributionsSpec)
    making = _Making(chart, chart.spec, material)
    (spec,), parts = chart.spec.panel, chart.spec.part
    return making.drawing([making.stack(spec, parts, name) for name in making.scenarios])


def prepare_inequality(chart: Chart, material: Material) -> dict[str, Courses]:
    """Return the drawing of a chart of kind "inequality"; see `prepare`."""
    assert isinstance(chart.spec, InequalitySpec)
    making = _Making(chart, chart.spec, material)
    if not making.scenarios:
        return {}
    (panel,), spec = chart.spec.panel, chart.spec.lorenz
    course = making.drawing([making.panel(panel, panel.variable, material.say(panel.title))])[""]
    material.require_scenarios([each.scenario for each in spec.curve], making.where)
    curves, places = making.lorenz(spec)
    return {
        "": Inequality(
            **{name: getattr(course, name) for name in course.__dataclass_fields__},
            lorenz=curves,
            lorenz_title=material.say(spec.title),
            lorenz_axes=(material.say(spec.x), material.say(spec.y)),
            equality=material.say(spec.equality),
            places=places,
        )
    }


class _Making:
    """The making of one drawing."""

    def __init__(self, chart: Chart, spec: CoursesSpec, material: Material) -> None:
        self.spec, self.where, self.material = spec, shown(chart.file), material
        self.data, self.draws = material.results.projections, material.results.draws
        self.say = material.say
        material.require_scenarios(spec.scenarios, self.where)
        present = set(map(str, self.data["scenario"].to_numpy()))
        self.scenarios = [name for name in spec.scenarios if name in present]

    def drawing(self, panels: list[Panel]) -> dict[str, Courses]:
        """Return the drawing of some panels; nothing of none."""
        if not panels:
            return {}
        words = self.material.style.words
        drawing = Courses(
            **self.material.head(
                self.spec,
                self._method(),
                observed=any(panel.dots is not None for panel in panels),
            ),
            panels=tuple(panels),
            first_projected=self.material.style.first_projected_year,
            words=Words(
                self.say(words.observed), self.say(words.projection), self.say(words.bands)
            ),
        )
        return {"": drawing}

    def panel(self, spec: PanelSpec, column: str, title: str, element: str | None = None) -> Panel:
        """Return the panel of a column: its scenarios and, if asked for, what was observed."""
        curves = tuple(self._curve(spec, column, name) for name in self.scenarios)
        notes = _notes(spec, curves) if self.spec.kind == "projection" else ()
        return Panel(
            title=title,
            unit=self.say(spec.unit),
            years=self._years(spec),
            curves=curves,
            dots=None if spec.observed is None else self._dots(spec, spec.observed, element),
            zero=spec.zero,
            notes=notes,
        )

    def elements(self, subscript: str) -> list[str]:
        """Return the elements of a subscript of the results."""
        if subscript not in self.data.dims:
            hint = did_you_mean(subscript, map(str, self.data.dims))
            raise InputError(f'{self.where}: the results have no subscript "{subscript}".{hint}')
        return list(map(str, self.data[subscript].to_numpy()))

    def stack(self, spec: PanelSpec, parts: list[PartSpec], scenario: str) -> Panel:
        """Return a panel of layers that sum to the panel's variable."""

        def mean(column: str) -> tuple[np.ndarray, np.ndarray]:
            # Medians of parts do not add up to the median of their sum.
            x, values = self._values(spec, column, scenario)
            return x, values.mean(axis=0)

        total = Curve(self.say(spec.title), *mean(spec.variable), _INK, width=2.0)
        layers = tuple(
            Curve(
                *(self.say(part.title), *mean(part.variable), part.colour),
                hatch=_HATCHES[index % len(_HATCHES)],
            )
            for index, part in enumerate(parts)
        )
        title = self.say(self.material.titles[scenario])
        return Panel(title, self.say(spec.unit), self._years(spec), (total,), layers, zero=True)

    def lorenz(self, spec: LorenzSpec) -> tuple[tuple[Curve, ...], tuple[str, ...]]:
        """Return the Lorenz curves, and the places in the order of the first."""
        elements = self.elements(spec.subscript)
        curves: list[Curve] = []
        places: tuple[str, ...] = ()
        for index, each in enumerate(spec.curve):
            if each.scenario not in self.data["scenario"]:
                continue
            sizes, amounts = (
                np.array([self._at(f"{name}[{e}]", each.scenario, each.year) for e in elements])
                for name in (spec.weight, spec.variable)
            )
            order = np.argsort(amounts / sizes, kind="stable")
            x, y = (
                np.concatenate([[0.0], np.cumsum(part[order])]) / part.sum() * 100
                for part in (sizes, amounts)
            )
            style = self.material.style_of(each.scenario)
            dash = _LORENZ_DASHES[index % len(_LORENZ_DASHES)]
            name = f"{self.material.scenario(each.scenario)} {each.year:g}"
            curves.append(Curve(name, x, y, style.colour, dash, style.width))
            places = places or tuple(self.material.element(elements[k]) for k in order)
        return tuple(curves), places

    def _at(self, column: str, scenario: str, year: float) -> float:
        variable = select(self._source(column), column, self.where)
        if year not in variable["time"]:
            raise InputError(f'{self.where}: "{column}" has no value in {year:g}.')
        return float(np.median(variable.sel(scenario=scenario, time=year)))

    def _curve(self, spec: PanelSpec, column: str, scenario: str) -> Curve:
        style = self.material.style_of(scenario)
        x, values = self._values(spec, column, scenario)
        name = self.material.scenario(scenario)
        itself = spec.transform == "ratio" and scenario == self.material.style.baseline
        if spec.digits is not None and self.spec.kind in _NAMED and not itself:
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
        if len(values) == 1 or self.spec.kind == "projection":  # there the bands' ends say it
            return middle.replace("-", "−")
        low, high = (f"{each:{form}}" for each in np.quantile(values, QUANTILES)[[0, -1]])
        span = _RANGE[self.material.lang].format(low=low, high=high, blank=_NO_BREAK)
        return f"{middle}{span}".replace("-", "−")

    def _is_shaded(self, spec: PanelSpec, scenario: str) -> bool:
        if spec.bands is not None:
            return scenario in spec.bands
        return len(self.scenarios) <= 2 or scenario == self.material.style.baseline

    def _method(self) -> str:
        """Return the sentence on how many runs a line stands for, and what its band is."""
        draws = self.draws
        texts = _METHOD[self.material.lang]
        if draws is None:
            return texts["one"]
        valued = any(spec.digits is not None for spec in self.spec.panel)
        match self.spec.kind:
            case "contributions":
                line = texts["mean"]
            case "lines" | "inequality" if valued:
                line = texts["valued"]
            case _:
                line = texts["median"]
        runs = f"{draws.sizes['draw']:,}"
        return texts["draws"].format(runs=runs, line=line, last=draws.attrs["data_to"])

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
        draws = self.draws
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


def _notes(spec: PanelSpec, curves: tuple[Curve, ...]) -> tuple[Note, ...]:
    """Return the values at the end of the only band, each with its quantile."""
    shaded = [curve for curve in curves if curve.bands]
    if len(shaded) != 1:
        return ()
    wide, narrow = shaded[0].bands
    ends = (wide.low, narrow.low, narrow.high, wide.high)
    shares = [share for share in QUANTILES if share != 0.5]
    form = f",.{spec.digits if spec.digits is not None else 1}f"
    return tuple(
        Note(f"{share:.0%}:{_NO_BREAK}{end[-1]:{form}}".replace("-", "−"), float(end[-1]))
        for share, end in zip(shares, ends, strict=True)
    )


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
