"""What the sweeps say, in words: sentences with the numbers of their analyses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from nqpf.charts.making.sweeps import FactorsSpec, ParetoSpec, SweepSpec, SynergySpec, unbeaten
from nqpf.charts.making.words import SweepWords
from nqpf.charts.material import Results
from nqpf.errors import InputError
from nqpf.report.words import rows_of, signed, spaced
from nqpf.study.results import RECORD, read_record
from nqpf.study.toml import LANGUAGES, Text, load_toml, shown

if TYPE_CHECKING:
    import pandas as pd

    from nqpf.charts.material import Material as Charted
    from nqpf.report.material import Material

_FACTORS = 3  # named of each outcome
_BOXES = 3
_FEW = 30  # policies that can be spoken of one by one
_MOST = 0.8  # of the highest gain: what is had more cheaply


@dataclass(frozen=True)
class Chapter:
    """One sweep of the study.

    ``how``: its size and when it was run, None if it has not been; ``stale``: by another version
    of the model; ``commands``: those that make what is missing.
    """

    name: str
    title: Text
    how: Text | None
    stale: bool
    points: list[Text]
    commands: list[str]


def chapters(material: Material) -> list[Chapter]:
    """Return what there is to say of each sweep, in the order of its charts.

    Raises
    ------
    InputError
        A table or a record of a sweep is broken.
    """
    charts: dict[str, list[SweepSpec]] = {}
    for chart in material.gallery.charts:
        if isinstance(chart.spec, SweepSpec):
            charts.setdefault(chart.spec.sweep, []).append(chart.spec)
    folder = material.study.folder / "scenarios" / "sweeps"
    files = {path.stem: path for path in folder.glob("*.toml")}
    names = dict.fromkeys([*(name for name in charts if name in files), *sorted(files)])
    results = Results(folder=material.folder)
    return [
        _chapter(
            *(material, results, name, load_toml(files[name], _Titled).title),
            charts.get(name, []),
        )
        for name in names
    ]


class _Titled(BaseModel):
    """The title of a sweep; what else its file says is for `nqpf.sweep`."""

    model_config = ConfigDict(extra="allow")

    title: Text


def _chapter(
    material: Material, results: Results, name: str, title: Text, charts: list[SweepSpec]
) -> Chapter:
    store = material.folder / "sweeps" / name
    wanted = list(dict.fromkeys(each.analysis for each in charts))
    if not (store / RECORD).exists():
        commands = [
            f"nqpf sweep {name}",
            *(_analyse(each, f"results/sweeps/{name}") for each in wanted),
        ]
        return Chapter(name, title, None, False, [], commands)
    identity = read_record(store / RECORD).get("identity")
    found = identity if isinstance(identity, dict) else {}
    points = [_Words(material, results, name, charts, lang).points() for lang in LANGUAGES]
    lacking = dict.fromkeys(
        each.analysis for each in charts if results.analysis(name, each.table) is None
    )
    return Chapter(
        name=name,
        title=title,
        how=_how(found, store),
        stale=found.get("model", {}).get("hash") != material.model.hash,
        points=[Text(en=en, zh=zh) for en, zh in zip(*points, strict=True)],
        commands=[_analyse(each, shown(store)) for each in lacking],
    )


def _analyse(analysis: str, store: str) -> str:
    return f"nqpf analyse {analysis} {store}"


def _how(identity: dict[str, Any], store: Any) -> Text:
    layout = identity.get("layout", {})
    try:
        samples, policies, runs = (layout[key] for key in ("samples", "policies", "runs"))
        if policies == 1:
            return Text(en=f"{runs:,} samples, a run each.", zh=f"样本 {runs:,} 个，各运行一次。")
        return Text(
            en=f"{samples:,} samples, each run under {policies:,} policies: {runs:,} runs.",
            zh=f"样本 {samples:,} 个，每个在 {policies:,} 项政策下运行，共 {runs:,} 次。",
        )
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f'{shown(store)}: {RECORD} is not that of "nqpf sweep". Make the results again with it.'
        ) from None


class _Words:
    """Sentences of one sweep in one language; the same number of them in each."""

    def __init__(
        self, material: Material, results: Results, name: str, charts: list[SweepSpec], lang: str
    ) -> None:
        self.name, self.charts, self.lang, self.texts = name, charts, lang, _TEXTS[lang]
        self.store = material.folder / "sweeps" / name
        self.results = results
        self.charted: Charted | None = material.gallery.material(results, lang)

    def points(self) -> list[str]:
        """Return every sentence, analysis by analysis."""
        if self.charted is None:
            return []
        self.words = SweepWords(self.name, self.charted)
        makers: list[tuple[str, Callable[[pd.DataFrame], Iterable[str]]]] = [
            ("sobol.csv", self._sobol),
            ("tornado.csv", self._tornado),
            ("ranks.csv", self._ranks),
            ("main_effects.csv", self._effects),
            ("synergies.csv", self._synergies),
            ("package.csv", self._package),
            ("pareto.csv", self._pareto),
            ("boxes_quality.csv", self._boxes),
        ]
        said: list[str] = []
        for table, make in makers:
            found = self.results.analysis(self.name, table)
            if found is None:
                continue
            try:
                said += make(found)
            except (KeyError, ValueError, IndexError, TypeError):
                path = shown(self.store / "analysis" / table)
                raise InputError(
                    f'{path}: is broken or not of "nqpf analyse". Make it again with it.'
                ) from None
        return [spaced(each) for each in said] if self.lang == "zh" else said

    def say(self, key: str, **figures: object) -> str:
        return self.texts[key].format(**figures)

    def listed(self, parts: Sequence[str]) -> str:
        return self.texts["list"].join(parts)

    def amount(self, outcome: str, value: float, *, sign: bool = False) -> str:
        """Return a value as the outcome is written, without its unit."""
        digits = self.words.digits(outcome)
        return signed(value, digits) if sign else f"{value:,.{digits}f}".replace("-", "−")

    def of(self, outcome: str) -> dict[str, str]:
        """Return what an outcome is called, and its unit as it may stand in brackets."""
        unit = self.words.unit(outcome).replace("（", "，").removesuffix("）")
        return {"outcome": self.words.title(outcome), "unit": unit}

    def chance(self, share: float) -> str:
        """Return a share of the samples in %; nothing that was drawn is certain."""
        if share > 0.99:
            return self.texts["nearly all"]
        return self.texts["hardly any"] if share < 0.01 else f"{_percent(share)} %"

    def outcomes(self, table: pd.DataFrame) -> list[str]:
        """Return the outcomes of a table in the order of the sweep's specification."""
        there = set(map(str, table["outcome"]))
        return [name for name in self.words.outcomes if name in there]

    def drawn(self, table: pd.DataFrame, kind: str) -> list[str]:
        """Return the outcomes that charts of a kind show; all where none does."""
        shown = [
            each.name
            for spec in self.charts
            if isinstance(spec, FactorsSpec) and spec.kind == kind
            for each in spec.outcome
        ]
        return [name for name in self.outcomes(table) if name in shown or not shown]

    def main(self, table: pd.DataFrame) -> list[str]:
        """Return those that the study shows synergies of; all where it shows none."""
        drawn = [each.outcome.name for each in self.charts if isinstance(each, SynergySpec)]
        return [name for name in self.outcomes(table) if name in drawn or not drawn]

    # --- what drives the outcomes ---------------------------------------------------------------

    def _sobol(self, table: pd.DataFrame) -> Iterable[str]:
        whole = table.loc[table["time"].isna()]
        for outcome in self.outcomes(whole):
            rows = rows_of(whole.loc[whole["outcome"] == outcome].nlargest(_FACTORS, "ST"))
            first, *others = (
                self.say(
                    "share" if place else "first share",
                    factor=self.words.factor(str(row["factor"])),
                    alone=_percent(row["S1"]),
                    total=_percent(row["ST"]),
                )
                for place, row in enumerate(rows)
            )
            yield self.say("sobol", first=first, others="".join(others), **self.of(outcome))

    def _tornado(self, table: pd.DataFrame) -> Iterable[str]:
        table = table.assign(span=(table["at_high"] - table["at_low"]).abs())
        for outcome in self.drawn(table, "tornado"):
            row = rows_of(table.loc[table["outcome"] == outcome].nlargest(1, "span"))[0]
            yield self.say(
                "tornado",
                factor=self.words.factor(str(row["factor"])),
                low=self.amount(outcome, row["at_low"]),
                high=self.amount(outcome, row["at_high"]),
                **self.of(outcome),
            )

    # --- policies and measures ------------------------------------------------------------------

    def _ranks(self, table: pd.DataFrame) -> Iterable[str]:
        titles = self.words.policies()
        if len(set(table["policy"].tolist())) > _FEW:
            return
        for outcome in self.outcomes(table):
            rows = rows_of(table.loc[table["outcome"] == outcome])
            best, *others = sorted(rows, key=lambda row: (row["rank"], -row["first"]))
            last = max(others, key=lambda row: row["rank"])

            def named(row: dict[Any, Any]) -> str:
                return titles.get(row["policy"], str(row["label"]))

            yield self.say(
                "ranks",
                best=named(best),
                chance=self.chance(best["first"]),
                median=self.amount(outcome, best["median"]),
                low=self.amount(outcome, best["low"]),
                high=self.amount(outcome, best["high"]),
                second=named(others[0]),
                second_median=self.amount(outcome, others[0]["median"]),
                last=named(last),
                last_median=self.amount(outcome, last["median"]),
                **self.of(outcome),
            )

    def _effects(self, table: pd.DataFrame) -> Iterable[str]:
        for outcome in self.main(table):
            rows = table.loc[table["outcome"] == outcome]
            order = rows["effect"].abs().nlargest(_FACTORS).index
            parts = [
                self.say(
                    "effect",
                    factor=self.words.factor(str(row["lever"])),
                    effect=self.amount(outcome, row["effect"], sign=True),
                    low=self.amount(outcome, row["effect_low"], sign=True),
                    high=self.amount(outcome, row["effect_high"], sign=True),
                )
                for row in rows_of(rows.loc[order])
            ]
            yield self.say("effects", effects=self.listed(parts), **self.of(outcome))

    def _synergies(self, table: pd.DataFrame) -> Iterable[str]:
        for outcome in self.main(table):
            rows = table.loc[table["outcome"] == outcome]
            more = rows.loc[rows["synergy_low"] > 0]
            less = rows.loc[rows["synergy_high"] < 0]
            ends = [
                self.say(
                    key,
                    one=self.words.factor(str(row["lever"])),
                    other=self.words.factor(str(row["other"])),
                    synergy=signed(row["synergy"], self.words.digits(outcome) + 1),
                )
                for key, few, ascending in (("helps", more, False), ("hinders", less, True))
                for row in rows_of(few.sort_values("synergy", ascending=ascending).head(1))
            ]
            counts = {"pairs": len(rows), "more": len(more), "less": len(less)}
            yield self.say("synergies", ends="".join(ends), **counts, **self.of(outcome))

    def _package(self, table: pd.DataFrame) -> Iterable[str]:
        for outcome in self.main(table):
            rows = table.loc[(table["outcome"] == outcome) & (table["scale"] == "level")]
            for row in rows_of(rows):
                figures = {
                    name: self.amount(outcome, row[name], sign=True)
                    for name in ("package", "package_low", "package_high", "sum", "difference")
                }
                yield self.say(
                    "package", more=self.chance(row["more"]), **figures, **self.of(outcome)
                )

    def _pareto(self, table: pd.DataFrame) -> Iterable[str]:
        for spec in (each for each in self.charts if isinstance(each, ParetoSpec)):
            x, y = spec.x.name, spec.y.name
            directions = [self.words.direction(each) for each in (x, y)]
            if directions != [-1.0, 1.0]:
                continue  # only of costs and gains is there something to say
            values = table[[x, y]].to_numpy(float)
            front = table.loc[unbeaten(values * directions)].sort_values(x)
            best = front.loc[front[y].idxmax()]
            cheap = front.loc[front[y] >= _MOST * best[y]].iloc[0]
            codes = [each for each in table if self.charted and each in self.charted.study.levers]
            full = [self.words.factor(each) for each in codes if cheap[each] >= 0.9]
            yield self.say(
                "pareto",
                best=self.amount(y, best[y]),
                best_cost=self.amount(x, best[x]),
                share=_percent(cheap[y] / best[y]),
                cheap=self.amount(y, cheap[y]),
                cheap_cost=self.amount(x, cheap[x]),
                full=self.listed(full) or self.texts["none"],
                cost=self.words.title(x),
                cost_unit=self.words.unit(x),
                **self.of(y),
            )

    # --- when a policy fails --------------------------------------------------------------------

    def _boxes(self, table: pd.DataFrame) -> Iterable[str]:
        asked = read_record(self.store / "analysis" / "discover.json")
        limits = self.results.analysis(self.name, "boxes.csv")
        if limits is None:
            raise KeyError("boxes.csv")
        policies = self.results.analysis(self.name, "policies.csv")
        outcome, label = str(asked["outcome"]), asked["policy"]
        titles = self.words.policies()
        if policies is not None:
            number = {str(row["label"]): row["policy"] for row in rows_of(policies)}.get(str(label))
            label = titles.get(number, label)
        side = "below" if asked["above"] is None else "above"
        yield self.say(
            "failure",
            policy=label,
            bound=self.say(side, bound=self.amount(outcome, float(asked[side]))),
            share=_percent(asked["failures"] / asked["samples"]),
            **self.of(outcome),
        )
        for row in rows_of(table.nlargest(_BOXES, "coverage")):
            conditions = [
                self._condition(each) for each in rows_of(limits.loc[limits["box"] == row["box"]])
            ]
            yield self.say(
                "box",
                conditions=self.texts["and"].join(conditions),
                **{name: _percent(row[name]) for name in ("density", "coverage", "mass")},
            )

    def _condition(self, row: dict[Any, Any]) -> str:
        factor = self.words.factor(str(row["factor"]))
        low, high = (f"{row[each]:.2g}".replace("-", "−") for each in ("low", "high"))
        if row["low"] > row["whole_low"] and row["high"] < row["whole_high"]:
            return self.say("factor between", factor=factor, low=low, high=high)
        if row["low"] > row["whole_low"]:
            return self.say("factor above", factor=factor, low=low)
        return self.say("factor below", factor=factor, high=high)


def _percent(share: float) -> str:
    return f"{max(0.0, float(np.round(100 * share))):.0f}"


_TEXTS = {
    "en": {
        "list": "; ",
        "and": ", ",
        "none": "none",
        "nearly all": "more than 99 %",
        "hardly any": "less than 1 %",
        "sobol": "{outcome}: {first}{others}.",
        "first share": "{alone} % of the variance is due to {factor} alone, {total} % with all its "
        "interactions",
        "share": "; {factor} {alone} and {total} %",
        "tornado": "{outcome} is moved most by {factor}: {low} on average where it is in its "
        "lowest tenth, {high} where it is in its highest ({unit}).",
        "ranks": "{outcome}: “{best}” comes first in {chance} of the samples (median {median}, "
        "90 % {low} to {high}, {unit}); next is “{second}” ({second_median}), last “{last}” "
        "({last_median}).",
        "effects": "{outcome}: the largest mean effects, over every setting of the other measures, "
        "are those of {effects}; {unit}.",
        "effect": "{factor} {effect} (90 % {low} to {high})",
        "synergies": "{outcome}: of {pairs} pairs of measures {more} reinforce and {less} hinder "
        "each other with 90 % intervals on one side of zero.{ends}",
        "helps": " Most help each other: “{one}” and “{other}” ({synergy}).",
        "hinders": " Most hinder each other: “{one}” and “{other}” ({synergy}).",
        "package": "{outcome}: all measures together bring {package} (90 % {package_low} to "
        "{package_high}, {unit}), the sum of each alone {sum}; the difference is {difference}, and "
        "the package exceeds the sum in {more} of the samples.",
        "pareto": "{outcome} is at most {best} {unit}, for {best_cost} {cost_unit} ({cost}). "
        "{share} % of it ({cheap}) is to be had for {cheap_cost}, with these measures in full: "
        "{full}.",
        "failure": "“{policy}” fails ({outcome}: {bound} {unit}) in {share} % of the samples.",
        "below": "below {bound}",
        "above": "above {bound}",
        "box": "Where {conditions}: it fails in {density} % of the samples there, which are {mass} "
        "% of all samples and hold {coverage} % of all failures.",
        "factor between": "{factor} is between {low} and {high}",
        "factor above": "{factor} is above {low}",
        "factor below": "{factor} is below {high}",
    },
    "zh": {
        "list": "；",
        "and": "、",
        "none": "无",
        "nearly all": "99% 以上",
        "hardly any": "不足 1%",
        "sobol": "{outcome}：{first}{others}。",
        "first share": "“{factor}”单独解释方差的 {alone}%，含全部交互作用为 {total}%",
        "share": "；“{factor}”分别为 {alone}% 和 {total}%",
        "tornado": "对{outcome}影响最大的因素是{factor}：处于最低十分位时平均为 {low}，处于最高"
        "十分位时平均为 {high}（{unit}）。",
        "ranks": "{outcome}：“{best}”在 {chance}的样本中居首（中位数 {median}，90% 区间 "
        "{low}～{high}，{unit}）；其次为“{second}”（{second_median}），末位为“{last}”"
        "（{last_median}）。",
        "effects": "{outcome}：对其他措施的各种组合取平均，作用最大的措施依次为{effects}。单位："
        "{unit}。",
        "effect": "“{factor}”{effect}（90% 区间 {low}～{high}）",
        "synergies": "{outcome}：{pairs} 对措施中，{more} 对相互增强、{less} 对相互抵消"
        "（90% 区间不含零）。{ends}",
        "helps": "增强最明显的是“{one}”与“{other}”（{synergy}）。",
        "hinders": "抵消最明显的是“{one}”与“{other}”（{synergy}）。",
        "package": "{outcome}：全部措施合计带来 {package}（90% 区间 {package_low}～{package_high}，"
        "{unit}），各自单独作用之和为 {sum}，两者相差 {difference}；合力大于各自之和的样本占 "
        "{more}。",
        "pareto": "{outcome}最高为 {best}{unit}，对应的{cost}为 {best_cost}（{cost_unit}）；"
        "只需 {cheap_cost} 即可得到其中的 {share}%（{cheap}），此时全力实施的措施为：{full}。",
        "failure": "“{policy}”失败（{outcome}{bound}{unit}）的样本占 {share}%。",
        "below": "低于 {bound}",
        "above": "高于 {bound}",
        "box": "在{conditions}的条件下，失败的样本占 {density}%；符合这些条件的样本占全部样本的 "
        "{mass}%，占全部失败样本的 {coverage}%。",
        "factor between": "{factor}介于 {low} 与 {high} 之间",
        "factor above": "{factor}高于 {low}",
        "factor below": "{factor}低于 {high}",
    },
}
