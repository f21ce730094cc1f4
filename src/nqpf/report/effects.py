"""What each path adds, and how sure that is: the answer that stands first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nqpf.report.figures import numbers
from nqpf.report.words import chance, count, likelihood, signed, spaced, unsigned
from nqpf.study.draws import QUANTILES
from nqpf.study.toml import LANGUAGES, Text

if TYPE_CHECKING:
    from nqpf.charts.spec import CurveStyle
    from nqpf.report.material import Material
    from nqpf.study.summary import Effect


@dataclass(frozen=True)
class Row:
    """Effect of a scenario in a year, as text in each language where it differs.

    ``median``, ``low``, ``high`` in %; ``better`` and ``first`` shares of the draws, "" where not
    asked for.
    """

    scenario: str
    year: str
    median: str
    low: str
    high: str
    better: str
    first: str
    figures: dict[str, float]


def rows(material: Material) -> list[Row]:
    """Return the effects in the order of the study, a row a scenario and year."""
    if material.effects is None:
        return []
    spec = _spec(material)
    return [
        Row(
            scenario=each["scenario"],
            year=f"{each['year']:g}",
            median=signed(each["median"], spec.digits),
            low=signed(each["low"], spec.digits),
            high=signed(each["high"], spec.digits),
            better=chance(each["better"]),
            first="" if each["first"] != each["first"] else chance(each["first"]),
            figures={key: float(each[key]) for key in ("median", "low", "high", "better", "first")},
        )
        for each in material.effects.to_dict(orient="records")
    ]


def ranked(material: Material) -> list[str]:
    """Return the paths that are ranked, as far as they were run."""
    summary = material.summary
    if summary is None or summary.effect is None:
        return []
    return [name for name in summary.effect.paths or [] if name in material.scenarios]


def together(material: Material) -> str | None:
    """Return the scenario that changes what all ranked paths change, and nothing else."""
    paths = ranked(material)
    if len(paths) < 2:
        return None
    known = material.study.scenarios
    union: dict[str, float] = {}
    for name in paths:
        union |= known[name].parameters
    alike = (name for name in material.scenarios if dict(known[name].parameters) == union)
    return next(alike, None)


def sentences(material: Material) -> dict[str, Text]:
    """Return the findings in words, one for each scenario: paths, all together, the others.

    Words of likelihood follow Mastrandrea et al. 2010, Guidance Note for Lead Authors of the IPCC
    Fifth Assessment Report on Consistent Treatment of Uncertainties.
    """
    every, paths = rows(material), ranked(material)
    first = [*paths, *filter(None, [together(material)])] if every else []
    return {
        name: Text(
            **{
                lang: _sentence([row for row in every if row.scenario == name], material, lang)
                for lang in LANGUAGES
            }
        )
        for name in dict.fromkeys([*first, *(row.scenario for row in every)])
    }


def _sentence(own: list[Row], material: Material, lang: str) -> str:
    spec, texts, last = _spec(material), _TEXTS[lang], own[-1]
    effects = texts["and"].join(
        texts["effect"].format(
            year=row.year,
            does=_does(row.figures["median"], lang, spec),
            low=row.low,
            high=row.high,
        )
        for row in own
    )
    said = texts["sentence"].format(
        title=material.study.scenarios[last.scenario].title.in_(lang),
        variable=_variable(spec, lang),
        effects=effects,
    )
    said += texts["better"].format(
        year=last.year, likely=likelihood(last.figures["better"], lang), chance=last.better
    )
    if last.first:
        said += texts["first"].format(
            likely=likelihood(last.figures["first"], lang),
            chance=last.first,
            count=count(len(ranked(material)), lang),
        )
    said += texts["stop"]
    return spaced(said) if lang == "zh" else said


def headline(material: Material) -> Text | None:
    """Return the answer in one sentence: the first year, the best path, all of them."""
    every, paths = rows(material), ranked(material)
    if not every or len(paths) < 2:
        return None
    spec = _spec(material)
    year = every[0].year
    sign = -1 if spec.less_is_better else 1
    own = sorted(
        (row for row in every if row.year == year and row.scenario in paths),
        key=lambda row: -sign * row.figures["median"],
    )
    said = {}
    for lang in LANGUAGES:
        texts = _TEXTS[lang]

        def named(name: str, lang: str = lang) -> str:
            return material.study.scenarios[name].title.in_(lang)

        best, *rest = own
        others = texts["list"].join(
            texts["other"].format(title=named(row.scenario), median=row.median) for row in rest
        )
        sentence = texts["headline"].format(
            year=year,
            title=named(best.scenario),
            variable=_variable(spec, lang),
            does=_does(best.figures["median"], lang, spec),
            low=best.low,
            high=best.high,
            likely=likelihood(best.figures["first"], lang),
            count=count(len(paths), lang),
            chance=best.first,
            others=others,
        )
        said[lang] = spaced(sentence) if lang == "zh" else sentence
    return Text(**said)


def figure(material: Material) -> dict[str, Any] | None:
    """Return medians and ranges for the chart beside the table."""
    every = rows(material)
    if not every:
        return None
    first = {*ranked(material), together(material)}
    names = list(dict.fromkeys(row.scenario for row in every))
    return {
        "years": list(dict.fromkeys(row.year for row in every)),
        "rows": [
            {
                "key": name,
                "first": name in first,
                "effects": {
                    row.year: [row.figures[key] for key in ("low", "median", "high")]
                    for row in every
                    if row.scenario == name
                },
            }
            for name in names
        ],
    }


def look(material: Material, scenario: str) -> CurveStyle | None:
    """Return how a scenario looks on every chart; None where the study has no style."""
    from nqpf.charts.material import Material as Charted
    from nqpf.charts.material import Results

    style = material.gallery.style
    if style is None:
        return None
    return Charted(material.study, Results(), style, {}, None).style_of(scenario)


def courses(material: Material) -> dict[str, Any]:
    """Return how far each scenario is from the baseline over the years, with its bands, in %."""
    summary, baseline = material.summary, material.baseline
    if summary is None or summary.effect is None or baseline is None:
        return {}
    from nqpf.study.columns import select

    data = material.runs if material.draws is None else material.draws
    variable = select(data, summary.effect.variable, "plots/summary.toml").astype(float)
    if "draw" not in variable.dims:
        variable = variable.expand_dims("draw")
    relative = 100 * (variable / variable.sel(scenario=baseline) - 1)
    edges = relative.transpose("draw", "scenario", "time").to_numpy()
    quantiles = np.quantile(edges, QUANTILES, axis=0)
    keep = data["time"].to_numpy() >= _first_projected(material) - 3
    return {
        "name": {lang: _variable(summary.effect, lang) for lang in LANGUAGES},
        "x": numbers(data["time"].to_numpy()[keep]),
        "bands": material.draws is not None,
        "scenarios": {
            name: [numbers(values) for values in quantiles[:, place, keep]]
            for place, name in enumerate(map(str, data["scenario"].to_numpy()))
            if name != baseline
        },
    }


def _first_projected(material: Material) -> float:
    style = material.gallery.style
    return float(material.runs["time"][0]) if style is None else style.first_projected_year


def _spec(material: Material) -> Effect:
    assert material.summary is not None
    assert material.summary.effect is not None
    return material.summary.effect


def _variable(spec: Effect, lang: str) -> str:
    return spec.variable if spec.name is None else spec.name.in_(lang)


def _does(median: float, lang: str, spec: Effect) -> str:
    texts = _TEXTS[lang]
    key = "same" if unsigned(median, spec.digits).strip("0.") == "" else None
    key = key or ("raises" if median > 0 else "lowers")
    return texts[key].format(size=unsigned(median, spec.digits))


_TEXTS = {
    "en": {
        "raises": "{size} % higher",
        "lowers": "{size} % lower",
        "same": "practically the same",
        "effect": "{does} in {year} (90 % range {low} to {high} %)",
        "and": " and ",
        "sentence": "{title}: compared with the baseline, {variable} is {effects}.",
        "better": " That it is better than the baseline in {year} is {likely} ({chance} of the "
        "draws)",
        "first": "; that it is the strongest of the {count} paths is {likely} ({chance})",
        "stop": ".",
        "list": ", ",
        "other": "{title} {median} %",
        "headline": "By {year} the strongest path is “{title}”: compared with the baseline, "
        "{variable} is {does} (90 % range {low} to {high} %), and that it is the strongest of the "
        "{count} is {likely} ({chance} of the draws). The others: {others}.",
    },
    "zh": {
        "raises": "高{size}%",
        "lowers": "低{size}%",
        "same": "基本持平",
        "effect": "{year}年{does}（90% 区间 {low}%～{high}%）",
        "and": "，",
        "sentence": "{title}：与基准情景相比，{variable}在{effects}。",
        "better": "到{year}年优于基准情景的可能性：{likely}（占抽样的{chance}）",
        "first": "；在{count}条路径中居首的可能性：{likely}（{chance}）",
        "stop": "。",
        "list": "、",
        "other": "{title}{median}%",
        "headline": "到{year}年作用最大的是“{title}”：{variable}比基准情景{does}"
        "（90% 区间 {low}%～{high}%），在{count}条路径中居首的可能性：{likely}"
        "（占抽样的{chance}）。其余：{others}。",
    },
}
