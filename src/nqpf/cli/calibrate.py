"""``nqpf calibrate``: fit a study's parameters to its statistics, and say what they cannot tell."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nqpf.calibrate.texts import said
from nqpf.cli.console import progress, say, show
from nqpf.cli.options import options

if TYPE_CHECKING:
    import pandas as pd

    from nqpf.calibrate.whole import Calibration, Met

_SEED = 20221231  # any number; it is recorded

_TITLES = {
    "en": {
        "parameters": "Parameters: before and after",
        "best": "Fit of the best run",
        "fit": "Fit of the best run, and share of data within the bands",
        "fit name": "Fit",
        "holdout": "Hold-out: fitted to {year}, judged after it",
        "holdout name": "Hold-out",
        "speed": "{runs:,} runs of the model in {seconds:.0f} s.",
        "rate": "The chains asked for {likelihoods:,} likelihoods and got {rate:,.0f} a second.",
        "out": "Draws, tables and ArviZ data: {out}",
        "unsettled": "The chains do not agree yet (R-hat {r_hat:.3f}, effective draws {ess:.0f}); "
        "run the same command again to go on.",
    },
    "zh": {
        "parameters": "参数：标定前后",
        "best": "最优拟合",
        "fit": "最优拟合及区间覆盖率",
        "fit name": "拟合",
        "holdout": "样本外检验：用{year}年及以前数据拟合，用其后数据评判",
        "holdout name": "样本外检验",
        "speed": "模型运行 {runs:,} 次，{seconds:.0f} 秒。",
        "rate": "各链计算似然 {likelihoods:,} 次，每秒 {rate:,.0f} 次。",
        "out": "抽样、表格与 ArviZ 数据：{out}",
        "unsettled": "各链尚未一致（R-hat {r_hat:.3f}，有效样本 {ess:.0f}）；"
        "再次运行同一命令可继续。",
    },
}
_HEADS = {
    "en": {
        "parameters": (
            "Parameter",
            "File",
            "Best",
            "Median",
            "5 %",
            "95 %",
            "sd ratio",
            "Profile 95 %",
            "Data say",
            "Most correlated with",
        ),
        "fit": ("Series", "Years", "n", "MAPE", "RMSE", "R2", "UM", "Year before", "Trend"),
        "bands": ("in 50 %", "in 90 %"),
        "bias": "Mean error by five years, %",
        "holdout": ("Series", "Years", "n", "MAPE", "Last value", "Trend"),
    },
    "zh": {
        "parameters": (
            "参数",
            "文件值",
            "最优",
            "中位",
            "5 %",
            "95 %",
            "标准差比",
            "剖面 95 %",
            "数据信息",
            "最相关参数",
        ),
        "fit": ("序列", "年份", "n", "MAPE", "RMSE", "R2", "UM", "上年值", "趋势"),
        "bands": ("50 % 内", "90 % 内"),
        "bias": "每五年平均误差（%）",
        "holdout": ("序列", "年份", "n", "MAPE", "末值", "趋势"),
    },
}
_FIT = ("MAPE", "RMSE", "R2", "UM", "random walk", "trend")
_HOLDOUT = ("MAPE", "random walk", "trend")
_BANDS = ("within 50%", "within 90%")


@click.command()
@options
@click.option("--seed", type=int, default=_SEED, show_default=True, help="Of all random numbers.")
@click.option("--best", is_flag=True, help="Only the best fit, no draws from the posterior.")
@click.option(
    "--holdout",
    type=int,
    metavar="YEAR",
    help="Also fit to the data up to YEAR and judge the years after it.",
)
@click.option(
    "--keep",
    is_flag=True,
    help="Put the draws into the study: from then on nqpf run takes its bands from them.",
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=None,
    help="Draws of each chain after which to stop.",
)
def calibrate(
    study: Path | None,
    out: Path,
    lang: str,
    quiet: bool,
    seed: int,
    best: bool,
    holdout: int | None,
    keep: bool,
    most: int | None,
) -> None:
    """Fit the parameters of calibration/parameters.toml to the study's statistics.

    Best fit, profiles, draws from the posterior, what the data say of each parameter, fit and, if
    asked for, a hold-out. A run that was stopped goes on where it was.
    """
    begun = time.monotonic()
    with progress(said("study", lang), quiet=quiet) as show_progress:

        def tell(key: str, /, **figures: object) -> None:
            show_progress(said(key, lang, **figures))

        import pandas as pd

        from nqpf.calibrate import sample
        from nqpf.calibrate.whole import best_table, describe, open_posterior, write_tables
        from nqpf.calibrate.whole import calibrate as run
        from nqpf.study.fitted import FILE as FITTED
        from nqpf.study.fitted import write_fitted
        from nqpf.study.folder import open_study
        from nqpf.study.model import load_model
        from nqpf.study.record import provenance
        from nqpf.study.results import CALIBRATION_RECORD, ResultFolder, write_record

        opened = open_study(study)
        model = load_model(opened, lambda stage: tell(f"loading: {stage}"))
        posterior = open_posterior(opened, model)
        if best:
            from nqpf.calibrate.fit import best_fit

            with ResultFolder(out) as results:
                found = best_fit(posterior, seed, tell)
                values = dict(zip(posterior.names, found.x.tolist(), strict=True))
                text = json.dumps({"cost": found.cost, "best": values, "seed": seed}, indent=1)
                results.draft("best.json").write_text(text + "\n", "utf-8")
                table = best_table(posterior, found.x)
                table.to_csv(results.draft("fit.csv"), index=False)
                results.publish()
            say(text)
            if not quiet:
                _show_fit(table, _TITLES[lang]["best"], lang)
            return
        with ResultFolder(out) as results:
            done = run(
                posterior,
                seed,
                tell,
                out / "chains",
                holdout,
                most=sample.MOST if most is None else most,
            )
            tell("writing")
            made = provenance(["nqpf", *sys.argv[1:]]) | describe(done, seed)
            fitted = pd.DataFrame(done.draws, columns=posterior.names)
            write_fitted(fitted, made, results.draft(FITTED))
            write_record(made, results.draft(CALIBRATION_RECORD))
            write_tables(done, seed, results.draft)
            results.publish()
        if keep:
            with ResultFolder(opened.calibration) as kept:
                write_fitted(fitted, made, kept.draft(FITTED))
                kept.publish()
    if quiet:
        return
    _report(done, lang, holdout)
    seconds, asked = time.monotonic() - begun, posterior.likelihoods
    say(_TITLES[lang]["speed"].format(runs=posterior.evaluations, seconds=seconds))
    if asked:
        say(_TITLES[lang]["rate"].format(likelihoods=asked, rate=asked / posterior.seconds))
    say(_TITLES[lang]["out"].format(out=out))


def _report(done: Calibration, lang: str, holdout: int | None) -> None:
    """Print what was found."""
    titles, heads = _TITLES[lang], _HEADS[lang]
    show(titles["parameters"], heads["parameters"], _parameters(done.parameters), (0, 8, 9))
    for each in done.posterior.constraints.values():
        low, high = each.between
        say(said("constraint", lang, variable=each.variable, year=each.year, low=low, high=high))
    for key, figures in done.words:
        say(said(key, lang, **figures))
    _show_fit(done.met.fit, titles["fit"], lang)
    _say_coverage(done.met, titles["fit name"], lang)
    if done.held is not None:
        title = titles["holdout"].format(year=holdout)
        columns = (*heads["holdout"], *heads["bands"])
        show(title, columns, _rows(done.held.fit, (*_HOLDOUT, *_BANDS)))
        _say_coverage(done.held, titles["holdout name"], lang)
        beaten = done.held.fit[["random walk", "trend"]].min(axis=1) < done.held.fit["MAPE"]
        if beaten.any():
            say(said("beaten", lang, names=[_name(row) for row in _records(done.held.fit[beaten])]))
    if not done.chains.settled:
        ess = min(done.chains.ess_bulk.min(), done.chains.ess_tail.min())
        say(titles["unsettled"].format(r_hat=done.chains.r_hat.max(), ess=ess))


def _say_coverage(met: Met, name: str, lang: str) -> None:
    from nqpf.calibrate.goodness import coverage

    points = sum(met.fit["n"].tolist())
    say(said("coverage", lang, name=name, n=points, inside=coverage(met.fit, 0.9)))


def _show_fit(table: pd.DataFrame, title: str, lang: str) -> None:
    heads = _HEADS[lang]
    bands = [name for name in _BANDS if name in table]
    columns = [*heads["fit"], *heads["bands"][: len(bands)], heads["bias"]]
    rows = [
        [*row, bias] for row, bias in zip(_rows(table, (*_FIT, *bands)), table["bias"], strict=True)
    ]
    show(title, columns, rows, (0, len(columns) - 1))


def _parameters(table: pd.DataFrame) -> list[list[str]]:
    numbers = ("file", "best", "median", "5%", "95%")
    return [
        [
            f"{row['parameter']}, {row['unit']}",
            *(f"{row[name]:.4g}" for name in numbers),
            f"{row['ratio']:.2f}",
            _interval(row["profile low"], row["profile high"]) if row["bounded"] >= 0 else "",
            row["data"],
            f"{row['with']} ({row['correlation']:+.2f})" if "with" in row else "",
        ]
        for row in _records(table)
    ]


def _interval(low: float, high: float) -> str:
    """Return an interval, an end that the data do not set left empty."""
    ends = ["" if end != end else f"{end:.4g}" for end in (low, high)]
    return f"{ends[0]} … {ends[1]}"


def _records(table: Any) -> list[dict[Any, Any]]:
    return table.to_dict(orient="records")


def _name(row: Mapping[Any, Any]) -> str:
    return f"{row['target']} [{row['element']}]" if row["element"] else str(row["target"])


def _rows(table: pd.DataFrame, columns: tuple[str, ...]) -> list[list[str]]:
    return [
        [
            _name(row),
            str(row["years"]),
            f"{row['n']}",
            *(_figure(name, row[name]) for name in columns),
        ]
        for row in _records(table)
    ]


def _figure(name: str, number: float) -> str:
    if number != number:
        return ""
    return f"{number:.0%}" if name in _BANDS else f"{number:.3g}"
