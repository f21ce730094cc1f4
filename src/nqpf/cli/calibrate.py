"""``nqpf calibrate``: fit a study's parameters to its statistics, and say what they cannot tell."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nqpf.calibrate.texts import said
from nqpf.cli.console import progress, say, show
from nqpf.cli.options import options

if TYPE_CHECKING:
    import pandas as pd

_SEED = 20221231  # any number; it is recorded

_TITLES = {
    "en": {
        "parameters": "Parameters: before and after",
        "fit": "Fit of the best run, and share of data within the bands",
        "holdout": "Hold-out: fitted to {year}, judged after it",
        "speed": "{runs:,} runs of the model in {seconds:.0f} s: {rate:,.0f} a second.",
        "out": "Draws, tables and ArviZ data: {out}",
        "unsettled": "The chains do not agree yet (R-hat {r_hat:.3f}, effective draws {ess:.0f}); "
        "run the same command again to go on.",
    },
    "zh": {
        "parameters": "参数：标定前后",
        "fit": "最优拟合及区间覆盖率",
        "holdout": "样本外检验：用{year}年及以前数据拟合，用其后数据评判",
        "speed": "模型运行 {runs:,} 次，{seconds:.0f} 秒，每秒 {rate:,.0f} 次。",
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
            "Data say",
        ),
        "fit": ("Series", "Years", "n", "MAPE", "UM", "in 50 %", "in 90 %"),
        "holdout": ("Series", "Years", "n", "MAPE", "Last value", "Trend", "in 50 %", "in 90 %"),
    },
    "zh": {
        "parameters": ("参数", "文件值", "最优", "中位", "5 %", "95 %", "标准差比", "数据信息"),
        "fit": ("序列", "年份", "n", "MAPE", "UM", "50 % 内", "90 % 内"),
        "holdout": ("序列", "年份", "n", "MAPE", "末值", "趋势", "50 % 内", "90 % 内"),
    },
}


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
@click.option("--most", type=int, default=None, help="Draws of each chain after which to stop.")
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

    Best fit, draws from the posterior, what the data say of each parameter, fit and, if asked
    for, a hold-out. A run that was stopped goes on where it was.
    """
    begun = time.monotonic()
    with progress(said("study", lang), quiet=quiet) as show_progress:

        def tell(key: str, /, **figures: object) -> None:
            show_progress(said(key, lang, **figures))

        import pandas as pd

        from nqpf.calibrate import sample
        from nqpf.calibrate.whole import calibrate as run
        from nqpf.calibrate.whole import describe, inference_data, open_posterior
        from nqpf.study.fitted import FILE as FITTED
        from nqpf.study.fitted import write_fitted
        from nqpf.study.folder import open_study
        from nqpf.study.model import load_model
        from nqpf.study.record import provenance
        from nqpf.study.results import RECORD, ResultFolder, write_record

        opened = open_study(study)
        model = load_model(opened, lambda stage: tell(f"loading: {stage}"))
        posterior = open_posterior(opened, model)
        if best:
            from nqpf.calibrate.fit import best_fit

            found = best_fit(posterior, seed, tell)
            values = dict(zip(posterior.names, found.x.tolist(), strict=True))
            with ResultFolder(out) as results:
                text = json.dumps({"cost": found.cost, "best": values, "seed": seed}, indent=1)
                results.draft("best.json").write_text(text + "\n", "utf-8")
                results.publish()
            say(text)
            return
        out.mkdir(parents=True, exist_ok=True)
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
            write_record(made, results.draft(RECORD))
            inference_data(done, seed).to_netcdf(str(results.draft("calibration.nc")))
            done.parameters.to_csv(results.draft("parameters.csv"), index=False)
            done.fit.to_csv(results.draft("fit.csv"), index=False)
            if done.holdout is not None:
                done.holdout.to_csv(results.draft("holdout.csv"), index=False)
            results.publish()
        if keep:
            with ResultFolder(opened.calibration) as kept:
                write_fitted(fitted, made, kept.draft(FITTED))
                kept.publish()
    if quiet:
        return
    titles, heads = _TITLES[lang], _HEADS[lang]
    show(titles["parameters"], heads["parameters"], _parameters(done.parameters), (0, 7))
    for key, figures in done.words:
        say(said(key, lang, **figures))
    show(titles["fit"], heads["fit"], _fit(done.fit, ("MAPE", "UM")))
    if done.holdout is not None:
        columns = ("MAPE", "random walk", "trend")
        show(titles["holdout"].format(year=holdout), heads["holdout"], _fit(done.holdout, columns))
    seconds = time.monotonic() - begun
    runs = posterior.evaluations
    say(titles["speed"].format(runs=runs, seconds=seconds, rate=runs / seconds))
    if not done.chains.settled:
        ess = min(done.chains.ess_bulk.min(), done.chains.ess_tail.min())
        say(titles["unsettled"].format(r_hat=done.chains.r_hat.max(), ess=ess))
    say(titles["out"].format(out=out))


def _parameters(table: pd.DataFrame) -> list[list[str]]:
    numbers = ("file", "best", "median", "5%", "95%")
    return [
        [
            f"{row['parameter']}, {row['unit']}",
            *(f"{row[name]:.4g}" for name in numbers),
            f"{row['ratio']:.2f}",
            row["data"],
        ]
        for row in table.to_dict(orient="records")
    ]


def _fit(table: pd.DataFrame, columns: tuple[str, ...]) -> list[list[str]]:
    return [
        [
            row["target"] + (f" [{row['element']}]" if row["element"] else ""),
            row["years"],
            f"{row['n']}",
            *("" if row[name] != row[name] else f"{row[name]:.3g}" for name in columns),
            f"{row['within 50%']:.0%}",
            f"{row['within 90%']:.0%}",
        ]
        for row in table.to_dict(orient="records")
    ]
