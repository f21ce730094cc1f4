"""What analyses of sweeps found: specification and their tables -> drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from nqpf.charts.drawing import Bar, BarPanel, Bars, Matrix, Pareto, Series
from nqpf.charts.making.words import SweepWords
from nqpf.charts.material import Material, Results
from nqpf.charts.spec import Chart, ChartSpec
from nqpf.errors import InputError, did_you_mean
from nqpf.study.toml import Line, Table, Text, shown

if TYPE_CHECKING:
    import pandas as pd

_DARK, _LIGHT, _OTHER = "#0072B2", "#9ecae1", "#E69F00"

_TEXTS = {
    "en": {
        "sobol": ("alone (first order)", "with all interactions (total)"),
        "sobol method": "{n} base samples of the sweep; bars: share of the variance of the "
        "outcome, with 95 % intervals.",
        "tornado": ("factor in its lowest tenth", "factor in its highest tenth"),
        "tornado method": "{n} samples of the sweep; bars run from the mean of all samples to the "
        "mean where the factor lies in its lowest or highest tenth; its mean there is written "
        "beside; thin lines: 95 % intervals.",
        "ranks method": "{n} samples; in each cell the rank, in brackets where it lies in 90 % of "
        "them; 1 is best.",
        "ranks": ("best", "worst"),
        "rank": "Rank",
        "synergy method": "{n} samples; cells: what two measures bring beyond the sum of each, "
        "over all settings of the others; in brackets where the 90 % interval holds 0; on the "
        "diagonal the measure's own mean effect.",
        "synergy": ("hinder each other", "reinforce each other"),
        "pareto": (
            "no other is better in one and as good in the other",
            "beaten in these two",
            "Strength of each measure along the front",
            "from A to Z",
        ),
        "pareto method": "Each point is a setting of the measures, over the samples of the sweep; "
        "thin lines: 90 % of them.",
    },
    "zh": {
        "sobol": ("单独作用（一阶）", "含全部交互作用（总效应）"),
        "sobol method": "扫描的基础样本 {n} 个；柱为各因素占结果方差的比例，附 95% 区间。",
        "tornado": ("因素处于最低十分位", "因素处于最高十分位"),
        "tornado method": "扫描样本 {n} 个；柱由全部样本均值伸至因素处于最低或最高十分位时的均值，"
        "旁注为因素在该处的均值；细线为 95% 区间。",
        "ranks method": "样本 {n} 个；格内为名次，括号内为 90% 区间；第 1 名最优。",
        "ranks": ("最优", "最差"),
        "rank": "名次",
        "synergy method": "样本 {n} 个；格内为两项措施合力超出各自之和的部分，对其他措施的各种组合"
        "取平均；90% 区间含 0 者加括号；对角线为该措施自身的平均效果。",
        "synergy": ("相互抵消", "相互增强"),
        "pareto": (
            "没有其他组合在一项上更优而另一项不差",
            "在这两项上被超越",
            "前沿上各项措施的力度",
            "由 A 到 Z",
        ),
        "pareto method": "每个点为各项措施的一种力度组合，在扫描样本上计算；细线为 90% 区间。",
    },
}


# The analysis that each kind shows, and its table.
_FOUND_BY = {
    "sobol": ("sobol", "sobol.csv"),
    "tornado": ("tornado", "tornado.csv"),
    "ranks": ("ranks", "ranks.csv"),
    "synergy": ("synergy", "synergies.csv"),
    "pareto": ("robust", "pareto.csv"),
}


class OutcomeSpec(Table):
    """An outcome (or objective) of the sweep; its words are those of the sweep's specification."""

    name: Line
    title: Text | None = None
    unit: Text | None = None
    scale: float = 1.0
    """Factor on the sweep's unit, where another unit is given here."""
    digits: Annotated[int, Field(ge=0, le=6)] | None = None


class SweepSpec(ChartSpec):
    """A chart of what an analysis of a sweep found."""

    sweep: Line
    """Name of the sweep, whose store lies in sweeps/ of the results folder or is that folder."""

    @property
    def analysis(self) -> str:
        """Analysis that finds what the chart shows."""
        return _FOUND_BY[self.kind][0]

    @property
    def table(self) -> str:
        """Its table with that."""
        return _FOUND_BY[self.kind][1]

    def lacks(self, results: Results) -> str | None:
        """Say which table is missing; None if it is there."""
        if results.analysis(self.sweep, self.table) is not None:
            return None
        return (
            f"no sweeps/{self.sweep}/analysis/{self.table} here. Make it with "
            f'"nqpf sweep {self.sweep}" and "nqpf analyse {self.analysis}".'
        )


class _OutcomesSpec(SweepSpec):
    outcome: Annotated[list[OutcomeSpec], Field(min_length=1)]


class FactorsSpec(_OutcomesSpec):
    """What factors do to outcomes.

    Kind "sobol": how much of an outcome's variance each explains. Kind "tornado": the outcome at
    both ends of each.
    """

    most: Annotated[int, Field(ge=1, le=30)] = 12
    """Factors to show, the strongest."""


class RanksSpec(_OutcomesSpec):
    """Kind "ranks": the rank of each policy by each outcome."""

    most: Annotated[int, Field(ge=2, le=40)] = 16
    """Policies to show, the best by mean rank."""


class SynergySpec(SweepSpec):
    """Kind "synergy": what pairs of measures bring together beyond the sum of each."""

    outcome: OutcomeSpec


class ParetoSpec(SweepSpec):
    """Kind "pareto": settings of the measures that no other beats in both objectives."""

    x: OutcomeSpec
    y: OutcomeSpec


def prepare_sobol(chart: Chart, material: Material) -> dict[str, Bars]:
    """Return the drawing of a chart of kind "sobol"; see `courses.prepare`."""
    assert isinstance(chart.spec, FactorsSpec)
    making = _Making(chart, chart.spec, material)
    table = making.read(
        "outcome", "time", "factor", "S1", "S1_low", "S1_high", "ST", "ST_low", "ST_high", "n"
    )
    table = table.loc[table["time"].isna()]
    panels = []
    for outcome in chart.spec.outcome:
        rows = making.of(table, outcome).sort_values("ST", ascending=False).head(chart.spec.most)
        bars = tuple(
            Bar(
                name=making.words.factor(str(row["factor"])),
                starts=(0.0, 0.0),
                ends=(row["S1"], row["ST"]),
                texts=(_index(row["S1"]), _index(row["ST"])),
                whiskers=((row["S1_low"], row["S1_high"]), (row["ST_low"], row["ST_high"])),
            )
            for row in rows.to_dict(orient="records")
        )
        unit = _SHARE[material.lang]
        panels.append(BarPanel(making.title(outcome), unit, bars, 0.0))
    alone, total = making.texts["sobol"]
    series = (Series(alone, _DARK), Series(total, _LIGHT, "////"))
    return making.bars(panels, series, "sobol method", table)


_SHARE = {"en": "share of the variance", "zh": "占方差的比例"}


def prepare_tornado(chart: Chart, material: Material) -> dict[str, Bars]:
    """Return the drawing of a chart of kind "tornado"; see `courses.prepare`."""
    assert isinstance(chart.spec, FactorsSpec)
    making = _Making(chart, chart.spec, material)
    ends = ("at_low", "at_low_low", "at_low_high", "at_high", "at_high_low", "at_high_high")
    table = making.read("outcome", "factor", "low_value", "high_value", *ends, "middle", "n")
    panels = []
    for outcome in chart.spec.outcome:
        rows = making.of(table, outcome)
        span = np.abs(rows["at_high"].to_numpy() - rows["at_low"].to_numpy())
        rows = rows.iloc[np.argsort(-span, kind="stable")[: chart.spec.most]]
        bars = []
        for row in rows.to_dict(orient="records"):
            middle = row["middle"] * outcome.scale
            low, l0, l1, high, h0, h1 = (row[each] * outcome.scale for each in ends)
            bars.append(
                Bar(
                    name=making.words.factor(str(row["factor"])),
                    starts=(middle, middle),
                    ends=(low, high),
                    texts=(_short(row["low_value"]), _short(row["high_value"])),
                    whiskers=((l0, l1), (h0, h1)),
                )
            )
        origin = float(rows["middle"].iloc[0]) * outcome.scale
        title, unit = making.title(outcome), making.unit(outcome)
        panels.append(BarPanel(title, unit, tuple(bars), origin))
    low, high = making.texts["tornado"]
    series = (Series(low, _OTHER, "////"), Series(high, _DARK))
    return making.bars(panels, series, "tornado method", table)


def prepare_ranks(chart: Chart, material: Material) -> dict[str, Matrix]:
    """Return the drawing of a chart of kind "ranks"; see `courses.prepare`."""
    assert isinstance(chart.spec, RanksSpec)
    making = _Making(chart, chart.spec, material)
    table = making.read("outcome", "policy", "label", "rank", "rank_low", "rank_high", "n")
    parts = [making.of(table, outcome).set_index("policy") for outcome in chart.spec.outcome]
    common = sorted(set.intersection(*(set(part.index) for part in parts)))
    ranks = np.array([[part.loc[policy, "rank"] for part in parts] for policy in common], float)
    order = np.argsort(ranks.mean(axis=1), kind="stable")[: chart.spec.most]
    policies = [common[place] for place in order]
    texts = tuple(
        tuple(
            _ranked(*part.loc[policy, ["rank", "rank_low", "rank_high"]].astype(float))
            for part in parts
        )
        for policy in policies
    )
    titles = making.words.policies()
    return making.matrix(
        rows=[titles.get(each, str(parts[0].loc[each, "label"])) for each in policies],
        columns=[making.title(outcome) for outcome in chart.spec.outcome],
        values=ranks[order],
        texts=texts,
        unit=making.texts["rank"],
        diverging=False,
        limits=(1.0, float(max(ranks[order].max(), 2.0))),
        ends=making.texts["ranks"],
        method=making.method("ranks method", table),
    )


def prepare_synergy(chart: Chart, material: Material) -> dict[str, Matrix]:
    """Return the drawing of a chart of kind "synergy"; see `courses.prepare`."""
    assert isinstance(chart.spec, SynergySpec)
    making = _Making(chart, chart.spec, material)
    outcome = chart.spec.outcome
    table = making.read("outcome", "lever", "other", "synergy", "synergy_low", "synergy_high", "n")
    pairs, digits = making.of(table, outcome), making.digits(outcome)
    levers = sorted({*map(str, pairs["lever"]), *map(str, pairs["other"])})
    place = {lever: number for number, lever in enumerate(levers)}
    values = np.full((len(levers), len(levers)), np.nan)
    texts = [["" for _ in levers] for _ in levers]
    for row in pairs.to_dict(orient="records"):
        one, other = sorted((place[str(row["lever"])], place[str(row["other"])]))
        values[other, one] = row["synergy"] * outcome.scale
        said = _signed(values[other, one], digits)
        unsure = row["synergy_low"] <= 0 <= row["synergy_high"]
        texts[other][one] = f"({said})" if unsure else said
    effects = material.results.analysis(chart.spec.sweep, "main_effects.csv")
    if effects is not None and {"outcome", "lever", "effect"} <= set(effects):
        for row in effects.loc[effects["outcome"] == outcome.name].to_dict(orient="records"):
            if str(row["lever"]) in place:
                own = place[str(row["lever"])]
                texts[own][own] = _signed(row["effect"] * outcome.scale, digits)
    most = float(np.nanmax(np.abs(values))) or 1.0
    return making.matrix(
        rows=[making.words.factor(lever, code=True) for lever in levers],
        columns=levers,
        values=values,
        texts=tuple(map(tuple, texts)),
        unit=making.axis(outcome),
        diverging=True,
        limits=(-most, most),
        ends=making.texts["synergy"],
        method=making.method("synergy method", pairs),
    )


def prepare_pareto(chart: Chart, material: Material) -> dict[str, Pareto]:
    """Return the drawing of a chart of kind "pareto"; see `courses.prepare`."""
    assert isinstance(chart.spec, ParetoSpec)
    making = _Making(chart, chart.spec, material)
    spec = chart.spec
    names = [each.name for each in (spec.x, spec.y)]
    table = making.read("point", "on_front", *names)
    levers = [name for name in table.columns if name in material.study.levers]
    scales = np.array([spec.x.scale, spec.y.scale])
    if not table["on_front"].to_numpy(bool).any():
        raise InputError(f"{making.where}: {spec.table} of the sweep has no setting on the front.")
    values = table[names].to_numpy(float) * scales
    # The analysis may have more objectives; of those beaten in these two another was better.
    on = unbeaten(values * [making.words.direction(each) for each in names])
    order = np.argsort(values[on, 0], kind="stable")
    front = values[on][order]

    def ends(suffix: str) -> np.ndarray:
        columns = [f"{name}{suffix}" for name in names]
        if not set(columns) <= set(table):
            return front
        return table.loc[on, columns].to_numpy(float)[order] * scales

    letters = _letters(len(front))
    first, last, title, _ = making.texts["pareto"]
    path = f"{letters[0][1]} → {letters[-1][1]}"
    drawing = Pareto(
        **material.head(spec, making.texts["pareto method"]),
        front=front,
        low=ends("_low"),
        high=ends("_high"),
        others=values[~on],
        axes=(making.axis(spec.x), making.axis(spec.y)),
        levers=tuple(making.words.factor(lever, code=True) for lever in levers),
        strengths=table.loc[on, levers].to_numpy(float)[order].T,
        names=letters,
        words=(first, last, title, path),
    )
    return {"": drawing}


def unbeaten(values: np.ndarray) -> np.ndarray:
    """Return which rows no other exceeds in one column without falling behind in another."""
    beaten = [((values >= row).all(axis=1) & (values > row).any(axis=1)).any() for row in values]
    return ~np.array(beaten)


def _letters(count: int) -> tuple[tuple[int, str], ...]:
    """Return letters for some points of a front, evenly spread, the ends included."""
    places = np.unique(np.linspace(0, count - 1, min(count, 5)).round().astype(int))
    return tuple((int(place), chr(ord("A") + number)) for number, place in enumerate(places))


def _ranked(rank: float, low: float, high: float) -> str:
    """Return a rank, in brackets where it lies if not always there."""
    return f"{rank:,.0f}" if low == high else f"{rank:,.0f} ({low:,.0f}–{high:,.0f})"


def _index(value: float) -> str:
    return f"{round(value, 2) or 0.0:.2f}".replace("-", "−")


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _signed(value: float, digits: int) -> str:
    value = round(value, digits)
    if value == 0:
        return f"{0:.{digits}f}"
    return f"{value:+,.{digits}f}".replace("-", "−")


class _Making:
    """The making of one drawing."""

    def __init__(self, chart: Chart, spec: SweepSpec, material: Material) -> None:
        self.spec, self.where, self.material = spec, shown(chart.file), material
        self.texts = _TEXTS[material.lang]
        self.words = SweepWords(spec.sweep, material)

    def read(self, *columns: str) -> pd.DataFrame:
        """Return the table of the chart's analysis, which must have some columns."""
        table = self.material.results.analysis(self.spec.sweep, self.spec.table)
        assert table is not None
        missing = [name for name in columns if name not in table]
        if missing:
            hint = did_you_mean(missing[0], map(str, table.columns))
            raise InputError(
                f'{self.where}: {self.spec.table} of sweep "{self.spec.sweep}" has no column '
                f'"{missing[0]}".{hint}'
            )
        return table

    def of(self, table: pd.DataFrame, outcome: OutcomeSpec) -> pd.DataFrame:
        """Return the rows of an outcome."""
        rows = table.loc[table["outcome"] == outcome.name]
        if rows.empty:
            known = sorted(map(str, table["outcome"].unique()))
            hint = did_you_mean(outcome.name, known) or f" Known: {', '.join(known)}."
            raise InputError(
                f'{self.where}: sweep "{self.spec.sweep}" has no outcome "{outcome.name}".{hint}'
            )
        return rows

    def title(self, outcome: OutcomeSpec) -> str:
        """Return what a reader calls an outcome."""
        if outcome.title is not None:
            return self.material.say(outcome.title)
        return self.words.title(outcome.name)

    def unit(self, outcome: OutcomeSpec) -> str:
        """Return the unit of an outcome."""
        if outcome.unit is not None:
            return self.material.say(outcome.unit)
        return self.words.unit(outcome.name)

    def digits(self, outcome: OutcomeSpec) -> int:
        """Return with how many decimals an outcome is written."""
        return self.words.digits(outcome.name) if outcome.digits is None else outcome.digits

    def axis(self, outcome: OutcomeSpec) -> str:
        """Return an outcome with its unit."""
        comma = "，" if self.material.lang == "zh" else ", "
        return f"{self.title(outcome)}{comma}{self.unit(outcome)}"

    def method(self, key: str, table: pd.DataFrame) -> str:
        return self.texts[key].format(n=f"{table['n'].to_numpy().max():,.0f}")

    def bars(
        self, panels: list[BarPanel], series: tuple[Series, ...], key: str, table: pd.DataFrame
    ) -> dict[str, Bars]:
        head = self.material.head(self.spec, self.method(key, table))
        return {"": Bars(**head, panels=tuple(panels), series=series)}

    def matrix(
        self,
        *,
        rows: Sequence[str],
        columns: Sequence[str],
        values: np.ndarray,
        texts: tuple[tuple[str, ...], ...],
        unit: str,
        diverging: bool,
        limits: tuple[float, float],
        ends: tuple[str, str],
        method: str,
    ) -> dict[str, Matrix]:
        drawing = Matrix(
            **self.material.head(self.spec, method),
            rows=tuple(rows),
            columns=tuple(columns),
            values=values,
            texts=texts,
            unit=unit,
            diverging=diverging,
            limits=limits,
            ends=ends,
        )
        return {"": drawing}
