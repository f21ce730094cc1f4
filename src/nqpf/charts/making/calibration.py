"""What a calibration found: specification and its draws or tables -> drawing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field

from nqpf.charts.drawing import (
    Band,
    Courses,
    Curve,
    Densities,
    Density,
    Fit,
    Fits,
    Panel,
    Profile,
    Profiles,
    Words,
)
from nqpf.charts.material import Material
from nqpf.charts.spec import Chart, ChartSpec
from nqpf.errors import InputError, did_you_mean
from nqpf.study.draws import QUANTILES
from nqpf.study.results import (
    HOLDOUT,
    HOLDOUT_SERIES,
    PARAMETERS,
    PROFILES,
    SERIES,
)
from nqpf.study.targets import Target
from nqpf.study.toml import Line, shown

if TYPE_CHECKING:
    import pandas as pd

_BINS = 24
_POINTS = 81  # of a profile's curve
_LOST = 50.0  # of log likelihood: beyond it a profile is nowhere shown
_LINE = "#0072B2"

_TEXTS = {
    "en": {
        "names": (
            "observed",
            "fitted model, median",
            "50 and 90 % of what could be observed",
            "residual",
        ),
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
        "bounded": ("bounded on no side", "bounded on one side", "bounded on both sides"),
        "profile": (
            "data set no bound",
            "data bound it on one side",
            "data bound it on both sides",
            "95 % threshold",
            "90 % of the prior",
            "best fit",
        ),
        "profiles": "Log likelihood lost where the parameter is held and all others are fitted "
        "again; its own prior is left out. Data up to {last}.",
        "holdout": "Parameters fitted to data up to {split} alone; line: median; shaded: 50 and "
        "90 % of what could be observed, error of measurement included. Population, investment "
        "and demand are those observed. Naive forecast: the better of the last value kept and a "
        "straight line.",
        "judged": "years that the fit did not see, from {year}",
        "bands": "50 and 90 % of what could be observed",
        "fitted": "model fitted to data up to {split}",
        "error of": "error {model} %",
        "held": "error {model} %, naive forecast {naive} %",
        "beaten": "error {model} %; naive forecast better, {naive} %",
    },
    "zh": {
        "names": ("观测值", "标定后的模型（中位数）", "可能观测值的 50% 与 90% 区间", "残差"),
        "error": "平均误差 {error:.3g}%",
        "fit": "运行 {runs} 次，参数用 {last} 年及以前数据标定；曲线为中位数；阴影为可能观测值的 "
        "50% 与 90% 区间，含测量误差；下方窄条为观测值减中位数。",
        "parts": ("标定前（先验）", "标定后（后验）", "模型文件中的取值"),
        "much": "标准差 × {ratio:.2f}，数据信息多",
        "little": "标准差 × {ratio:.2f}，数据信息少",
        "nothing": "标准差 × {ratio:.2f}，数据无信息",
        "posterior": "标定前 {runs} 次抽样，标定后 {draws} 次抽样，取自 {chains} 条链的 {of} 次"
        "抽样，用 {last} 年及以前数据标定；高度为抽样所占比例。标准差：标定后与标定前之比。",
        "growth": "%／年",
        "index": "指数",
        "bounded": ("无约束", "单侧约束", "双侧约束"),
        "profile": (
            "数据无约束",
            "数据单侧约束",
            "数据双侧约束",
            "95% 界限",
            "先验的 90% 区间",
            "最优拟合",
        ),
        "profiles": "纵轴为将该参数固定于某值、重新拟合其余参数后对数似然的损失，不计该参数自身的"
        "先验。数据截至 {last} 年。",
        "holdout": "参数仅用 {split} 年及以前数据标定；曲线为中位数；阴影为可能观测值的 50% 与 90% "
        "区间，含测量误差。人口、投资和需求取实际值。简单外推：沿用末值与直线外推中较准者。",
        "judged": "未参与标定的年份（{year} 年起）",
        "bands": "可能观测值的 50% 与 90% 区间",
        "fitted": "用 {split} 年及以前数据标定的模型",
        "error of": "误差 {model}%",
        "held": "误差 {model}%，简单外推 {naive}%",
        "beaten": "误差 {model}%，简单外推更准，为 {naive}%",
    },
}


class FitSpec(ChartSpec):
    """Of observed series.

    Kind "fit": what was observed and what the fitted model says, with residuals. Kind "holdout":
    what was observed after the years of the fit, and what the model says of those years.
    """

    targets: Annotated[list[Line], Field(min_length=1)]
    """Targets of the study, in the order of the panels."""


class ParametersSpec(ChartSpec):
    """Of parameters. Kind "posterior": before and after. Kind "profiles": profile likelihoods."""

    parameters: list[Line] | None = None
    """Which, in this order; left out: all, those first of which the data say most."""
    sort: Literal["calibrated", "tight", "assumed"] | None = None
    """Only parameters of this kind."""


def prepare_fit(chart: Chart, material: Material) -> dict[str, Fits]:
    """Return the drawing of a chart of kind "fit"; see `courses.prepare`."""
    assert isinstance(chart.spec, FitSpec)
    groups, texts = material.results.calibration, _TEXTS[material.lang]
    assert groups is not None
    observed, predicted = groups["observed_data"], groups["posterior_predictive"]
    fits: list[Fit] = []
    last = 0
    runs = predicted.sizes["draw"]
    for name, target in _targets(chart, material):
        for key in (each for each in map(str, observed.data_vars) if _base(each) == name):
            years = observed[f"year {key}"].to_numpy().astype(float)
            last = max(last, int(years[-1]))
            values = observed[key].to_numpy().astype(float)
            drawn = predicted[key].to_numpy().reshape(-1, len(years))
            low, lower, median, upper, high = np.quantile(drawn, QUANTILES, axis=0)
            error = float(np.mean(np.abs(median / values - 1)) * 100)
            fits.append(
                Fit(
                    title=_title(target, key.partition("[")[2].rstrip("]"), material),
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
    head = material.head(chart.spec, method, observed=True)
    return {"": Fits(**head, fits=tuple(fits), names=texts["names"])}


def prepare_holdout(chart: Chart, material: Material) -> dict[str, Courses]:
    """Return the drawing of a chart of kind "holdout"; see `courses.prepare`."""
    assert isinstance(chart.spec, FitSpec)
    texts = _TEXTS[material.lang]
    columns = ("target", "element", "year", "observed")
    bands = tuple(f"data {share:.0%}" for share in QUANTILES)
    late = _table(chart, material, HOLDOUT_SERIES, *columns, *bands)
    whole = _table(chart, material, SERIES, *columns)
    said = _table(chart, material, HOLDOUT, "target", "element", "MAPE", "random walk", "trend")
    first = int(late["year"].to_numpy(float).min())
    panels: list[Panel] = []
    for name, target in _targets(chart, material):
        for element, rows in late.loc[late["target"] == name].groupby("element", sort=False):
            seen = whole.loc[(whole["target"] == name) & (whole["element"] == element)]
            judged = said.loc[(said["target"] == name) & (said["element"] == element)]
            years = seen["year"].to_numpy(float)
            low, lower, median, upper, high = (rows[each].to_numpy(float) for each in bands)
            curve = Curve(
                texts["fitted"].format(split=first - 1),
                *(rows["year"].to_numpy(float), median, _LINE),
                width=2.0,
                bands=(Band(low, high), Band(lower, upper)),
            )
            unit = [_unit(target, material), *(_held(row, texts) for row in _rows(judged))]
            panels.append(
                Panel(
                    title=_title(target, str(element), material),
                    unit=" · ".join(unit),
                    years=(float(years.min()), float(years.max())),
                    curves=(curve,),
                    dots=(years, seen["observed"].to_numpy(float)),
                )
            )
    if not panels:
        return {}
    method = texts["holdout"].format(split=first - 1)
    words = material.say(material.style.words.observed), texts["judged"], texts["bands"]
    return {
        "": Courses(
            **material.head(chart.spec, method, observed=True),
            panels=tuple(panels),
            first_projected=first,
            words=Words(*words),
        )
    }


def _held(row: dict[Any, Any], texts: dict[str, Any]) -> str:
    """Return how large the errors are, and those of the better of two naive forecasts."""
    model, naive = row["MAPE"], min(row["random walk"], row["trend"])
    key = "error of" if np.isnan(naive) else "beaten" if naive < model else "held"
    return texts[key].format(model=f"{model:.2g}", naive=f"{naive:.2g}")


def _targets(chart: Chart, material: Material) -> Iterable[tuple[str, Target]]:
    """Yield the targets of a chart by name."""
    assert isinstance(chart.spec, FitSpec)
    for name in chart.spec.targets:
        if name not in material.targets:
            hint = did_you_mean(name, material.targets)
            raise InputError(
                f'{shown(chart.file)}: targets: the study has no target "{name}".{hint}'
            )
        yield name, material.targets[name]


def _base(key: str) -> str:
    return key.partition("[")[0]


def _title(target: Target, element: str, material: Material) -> str:
    title = material.say(target.title)
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
    groups, texts = material.results.calibration, _TEXTS[material.lang]
    assert groups is not None
    columns = ("parameter", "unit", "kind", "file", "ratio", "data")
    rows = _by_parameter(_table(chart, material, PARAMETERS, *columns))
    known = [name for name in rows if name in groups["posterior"]]
    kept = _chosen(chart, rows, sorted(known, key=lambda name: rows[name]["ratio"]))
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
                said=texts[str(row["data"])].format(ratio=float(row["ratio"])),
                edges=edges,
                prior=shares[0],
                posterior=shares[1],
                own=float(row["file"]),
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
    head = material.head(chart.spec, method)
    return {"": Densities(**head, densities=tuple(densities), names=texts["parts"])}


def prepare_profiles(chart: Chart, material: Material) -> dict[str, Profiles]:
    """Return the drawing of a chart of kind "profiles"; see `courses.prepare`."""
    from nqpf.calibrate.profiles import DROP

    groups, texts = material.results.calibration, _TEXTS[material.lang]
    assert groups is not None
    rows = _by_parameter(
        _table(chart, material, PARAMETERS, "parameter", "unit", "kind", "best", "bounded")
    )
    table = _table(chart, material, PROFILES, "parameter", "value", "log_likelihood")
    points = {str(name): each for name, each in table.groupby("parameter", sort=False)}
    known = [name for name in points if name in rows and name in groups["prior"]]
    kept = _chosen(chart, rows, sorted(known, key=lambda name: -rows[name]["bounded"]))
    if not kept:
        return {}
    profiles: list[Profile] = []
    for name in kept:
        row, bounded = rows[name], int(rows[name]["bounded"])
        value = points[name]["value"].to_numpy(float)
        root = _root(points[name]["log_likelihood"].to_numpy(float))
        x = np.unique(np.append(np.linspace(value[0], value[-1], _POINTS), value))
        best = float(row["best"])
        low, high = np.quantile(groups["prior"][name].to_numpy(), (QUANTILES[0], QUANTILES[-1]))
        profiles.append(
            Profile(
                title=material.variable(name),
                unit=material.unit(str(row["unit"])),
                said=texts["bounded"][bounded],
                x=x,
                y=-(np.interp(x, value, root) ** 2),
                best=(best, -float(np.interp(best, value, root) ** 2)),
                prior=(float(low), float(high)),
                bounded=bounded,
            )
        )
    head = material.head(chart.spec, texts["profiles"].format(last=_last_year(material)))
    return {"": Profiles(**head, profiles=tuple(profiles), drop=DROP, names=texts["profile"])}


def _root(likelihood: np.ndarray) -> np.ndarray:
    """Return the root of what is lost at each value.

    Of a parabola it is a straight line on each side, so that a curve can be drawn through few
    values; the ends of the interval are found the same way (`nqpf.calibrate.profiles`).
    """
    return np.sqrt(np.minimum(np.nan_to_num(-likelihood, nan=_LOST, posinf=_LOST), _LOST))


def _chosen(chart: Chart, rows: dict[str, dict[Any, Any]], known: Sequence[str]) -> list[str]:
    """Return the parameters that a chart shows, of those in the order ``known``."""
    assert isinstance(chart.spec, ParametersSpec)
    names = chart.spec.parameters or list(known)
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            where = shown(chart.file)
            raise InputError(f'{where}: the calibration has no parameter "{name}".{hint}')
    sort = chart.spec.sort
    return [name for name in names if sort is None or rows[name]["kind"] == sort]


def _by_parameter(table: pd.DataFrame) -> dict[str, dict[Any, Any]]:
    return {str(row["parameter"]): row for row in _rows(table)}


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.to_dict(orient="records")


def _table(chart: Chart, material: Material, name: str, *columns: str) -> pd.DataFrame:
    """Return a table of the results, which must have some columns; empty elements as ""."""
    table = material.results.table(name)
    if table is None:
        raise InputError(f'{shown(chart.file)}: no {name} here. Make it with "nqpf calibrate".')
    if not set(columns) <= set(table):
        path = shown((material.results.folder or Path()) / name)
        raise InputError(f'{path}: is broken or not of "nqpf calibrate". Make it again with it.')
    if "element" in table:
        table["element"] = ["" if each != each else str(each) for each in table["element"]]
    return table


def _last_year(material: Material) -> int:
    groups = material.results.calibration
    assert groups is not None
    observed = groups["observed_data"]
    return max(int(observed[str(dim)].max()) for dim in observed.dims)
