"""What a calibration found: specification and its draws -> drawing."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from nqpf.charts.drawing import Band, Densities, Density, Fit, Fits
from nqpf.charts.material import Material
from nqpf.charts.spec import Chart, ChartSpec
from nqpf.errors import InputError, did_you_mean
from nqpf.study.draws import QUANTILES
from nqpf.study.results import CALIBRATION, PARAMETERS
from nqpf.study.targets import Target
from nqpf.study.toml import Line, shown

_BINS = 24

_TEXTS = {
    "en": {
        "names": ("observed", "fitted model, median", "50 and 90 % of the draws", "residual"),
        "error": "mean error {error:.3g} %",
        "fit": "{runs} runs, parameters fitted to data up to {last}; line: median; shaded: 50 and "
        "90 % of what could be observed, error of measurement included; lower strips: observed "
        "minus median.",
        "parts": ("before (prior)", "after (posterior)", "value in the model file"),
        "much": "sd × {ratio:.2f} · data say much",
        "little": "sd × {ratio:.2f} · data say little",
        "nothing": "sd × {ratio:.2f} · data say nothing",
        "posterior": "{runs} draws before and {draws} after, from {of} of {chains} chains fitted "
        "to data up to {last}; height: share of the draws. sd: standard deviation after over "
        "before.",
        "growth": "% a year",
        "index": "index",
    },
    "zh": {
        "names": ("观测值", "标定后的模型（中位数）", "50% 与 90% 区间", "残差"),
        "error": "平均误差 {error:.3g}%",
        "fit": "运行 {runs} 次，参数用 {last} 年及以前数据标定；曲线为中位数；阴影为可能观测值的"
        "50% 与 90% 区间，含测量误差；下方窄条为观测值减中位数。",
        "parts": ("标定前（先验）", "标定后（后验）", "模型文件中的取值"),
        "much": "标准差 × {ratio:.2f}，数据信息多",
        "little": "标准差 × {ratio:.2f}，数据信息少",
        "nothing": "标准差 × {ratio:.2f}，数据无信息",
        "posterior": "标定前 {runs} 次抽样，标定后 {draws} 次抽样，取自 {chains} 条链的 {of} 次"
        "抽样，用 {last} 年及以前数据标定；高度为抽样所占比例。标准差：标定后与标定前之比。",
        "growth": "%／年",
        "index": "指数",
    },
}


class FitSpec(ChartSpec):
    """Kind "fit": what was observed and what the fitted model says, with residuals."""

    targets: Annotated[list[Line], Field(min_length=1)]
    """Targets of the study, in the order of the panels."""


class PosteriorSpec(ChartSpec):
    """Kind "posterior": parameters before and after."""

    parameters: list[Line] | None = None
    """Which, in this order; left out: all, those first of which the data say most."""
    sort: Literal["calibrated", "tight", "assumed"] | None = None
    """Only parameters of this kind."""


def prepare_fit(chart: Chart, material: Material) -> dict[str, Fits]:
    """Return the drawing of a chart of kind "fit"; see `courses.prepare`."""
    assert isinstance(chart.spec, FitSpec)
    groups, where, texts = material.results.calibration, shown(chart.file), _TEXTS[material.lang]
    assert groups is not None
    observed, predicted = groups["observed_data"], groups["posterior_predictive"]
    fits: list[Fit] = []
    last = 0
    runs = predicted.sizes["draw"]
    for name in chart.spec.targets:
        if name not in material.targets:
            hint = did_you_mean(name, material.targets)
            raise InputError(f'{where}: targets: the study has no target "{name}".{hint}')
        target = material.targets[name]
        for key in (each for each in map(str, observed.data_vars) if _base(each) == name):
            years = observed[f"year {key}"].to_numpy().astype(float)
            last = max(last, int(years[-1]))
            values = observed[key].to_numpy().astype(float)
            drawn = predicted[key].to_numpy().reshape(-1, len(years))
            low, lower, median, upper, high = np.quantile(drawn, QUANTILES, axis=0)
            error = float(np.mean(np.abs(median / values - 1)) * 100)
            fits.append(
                Fit(
                    title=_title(target, key, material),
                    unit=_unit(target, material),
                    years=years,
                    observed=values,
                    median=median,
                    bands=(Band(low, high), Band(lower, upper)),
                    error=texts["error"].format(error=error),
                )
            )
    if not fits:
        return {}
    method = texts["fit"].format(runs=f"{runs:,}", last=last)
    drawing = Fits(
        kind=chart.spec.kind,
        title=material.say(chart.spec.title),
        subtitle=material.say(chart.spec.subtitle),
        footer=f"{method} {material.say(material.style.footer)}",
        fits=tuple(fits),
        names=texts["names"],
    )
    return {"": drawing}


def _base(key: str) -> str:
    return key.partition("[")[0]


def _title(target: Target, key: str, material: Material) -> str:
    title, element = material.say(target.title), key.partition("[")[2].rstrip("]")
    if not element:
        return title
    return f"{title}{'：' if material.lang == 'zh' else ': '}{material.element(element)}"


def _unit(target: Target, material: Material) -> str:
    kind, _, year = target.transform.partition(":")
    match kind:
        case "growth":
            return _TEXTS[material.lang]["growth"]
        case "index":
            return f"{year} = 100"
        case _:
            return material.unit(target.unit)


def prepare_posterior(chart: Chart, material: Material) -> dict[str, Densities]:
    """Return the drawing of a chart of kind "posterior"; see `courses.prepare`."""
    assert isinstance(chart.spec, PosteriorSpec)
    groups, where, texts = material.results.calibration, shown(chart.file), _TEXTS[material.lang]
    assert groups is not None
    table = material.results.table(PARAMETERS)
    if table is None or not {"parameter", "unit", "kind", "file", "ratio", "data"} <= set(table):
        raise InputError(
            f'{where}: beside {CALIBRATION} there is no {PARAMETERS} of "nqpf calibrate". '
            "Make both again with it."
        )
    rows = {str(row["parameter"]): row for row in table.to_dict(orient="records")}
    names = chart.spec.parameters or sorted(rows, key=lambda name: rows[name]["ratio"])
    for name in names:
        if name not in rows or name not in groups["posterior"]:
            hint = did_you_mean(name, rows)
            raise InputError(f'{where}: the calibration has no parameter "{name}".{hint}')
    kept = [n for n in names if chart.spec.sort is None or rows[n]["kind"] == chart.spec.sort]
    if not kept:
        return {}
    densities: list[Density] = []
    for name in kept:
        after = groups["posterior"][name].to_numpy().ravel()
        before = groups["prior"][name].to_numpy().ravel()
        edges = np.linspace(min(before.min(), after.min()), max(before.max(), after.max()), _BINS)
        shares = [np.histogram(each, edges)[0] / len(each) * 100 for each in (before, after)]
        row = rows[name]
        densities.append(
            Density(
                title=material.variable(name),
                unit=material.unit(str(row["unit"])),
                edges=edges,
                prior=shares[0],
                posterior=shares[1],
                own=float(row["file"]),
                said=texts[str(row["data"])].format(ratio=float(row["ratio"])),
            )
        )
    posterior, prior = groups["posterior"], groups["prior"]
    method = texts["posterior"].format(
        runs=f"{prior.sizes['draw']:,}",
        draws=f"{posterior.sizes['draw'] * posterior.sizes['chain']:,}",
        of=f"{posterior.sizes['draw']:,}",
        chains=posterior.sizes["chain"],
        last=_last_year(material),
    )
    drawing = Densities(
        kind=chart.spec.kind,
        title=material.say(chart.spec.title),
        subtitle=material.say(chart.spec.subtitle),
        footer=f"{method} {material.say(material.style.footer)}",
        densities=tuple(densities),
        names=texts["parts"],
    )
    return {"": drawing}


def _last_year(material: Material) -> int:
    groups = material.results.calibration
    assert groups is not None
    observed = groups["observed_data"]
    return max(int(observed[str(dim)].max()) for dim in observed.dims)
