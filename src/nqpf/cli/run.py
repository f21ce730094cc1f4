"""``nqpf run``: scenarios -> projections with bands, tables, charts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nqpf.cli.console import Progress, progress, say, show
from nqpf.cli.options import data_option, formats_option, options

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from nqpf.charts.gallery import Gallery
    from nqpf.study.folder import Study
    from nqpf.study.scenarios import Scenario
    from nqpf.study.summary import Summary

_DRAWS = 500  # enough for a 5 % quantile that no longer moves by more than a tenth of the band

_TEXTS = {
    "en": {
        "draws": "Medians of {draws} draws of the ensemble fitted to data up to {last}.",
        "failed": "{failed} more draws failed in some scenario and were left out.",
        "stale": "The fitted ensemble was made with another version of the model; make it anew "
        'with "nqpf calibrate --keep".',
        "one": "One run per scenario: no fitted ensemble in {folder}, so no bands.",
        "effect": ("Scenario", "median", "90 %", "better", "first"),
        "range": "{low} to {high}",
        "charts": "{count} charts: {folder}",
        "data": "Data: {tables}. How they were made: {record}.",
        "comma": ", ",
    },
    "zh": {
        "draws": "以上为 {draws} 次抽样的中位数，抽自用 {last} 年及以前数据标定的后验分布。",
        "failed": "另有 {failed} 次抽样在某一情景中运行失败，已剔除。",
        "stale": "后验样本由模型的另一版本得出；请用“nqpf calibrate --keep”重新标定。",
        "one": "每个情景运行一次：{folder} 中没有后验样本，故无区间。",
        "effect": ("情景", "中位", "90% 区间", "优于基准", "居首"),
        "range": "{low}～{high}",
        "charts": "图表 {count} 幅：{folder}",
        "data": "数据：{tables}。生成方式：{record}。",
        "comma": "、",
    },
}


@dataclass(frozen=True)
class _Projection:
    """What was run: one run a scenario, and under draws where there is a fitted ensemble."""

    runs: xr.Dataset
    draws: xr.Dataset | None
    record: dict[str, Any]
    stale: bool = False

    @property
    def best_known(self) -> xr.Dataset:
        return self.runs if self.draws is None else self.draws


@click.command()
@click.argument("scenario", nargs=-1)
@options
@formats_option
@data_option
@click.option(
    "--draws",
    "count",
    type=click.IntRange(min=0),
    default=_DRAWS,
    show_default=True,
    help="Draws of the fitted ensemble for the bands; 0: none.",
)
def run(
    scenario: tuple[str, ...],
    study: Path | None,
    out: Path,
    lang: str,
    quiet: bool,
    forms: tuple[str, ...],
    data: tuple[Path, ...],
    count: int,
) -> None:
    """Run scenarios, print the table of headline figures and draw the charts.

    Without SCENARIO every scenario of the study is run. The baseline is always among them, because
    the others are compared with it. Where the study has a fitted ensemble
    (calibration/fitted.parquet), every projection has its bands.
    """
    with progress("Reading the study", quiet=quiet) as tell:
        from nqpf.charts.gallery import Gallery
        from nqpf.charts.material import Results
        from nqpf.charts.studio import Studio
        from nqpf.study.folder import open_study
        from nqpf.study.results import BANDS, DRAWS, EFFECTS, ResultFolder, write_all, write_draws
        from nqpf.study.summary import FILE, effects, read_summary

        opened = open_study(study)
        gallery = Gallery(opened)
        reference = [gallery.baseline] if scenario and gallery.baseline else []
        chosen = opened.choose([*scenario, *reference])
        summary = read_summary(opened.plots / FILE)
        with ResultFolder(out) as results, Studio(len(gallery.charts)) as studio:
            found = _project(opened, chosen, data, count, gallery, summary, tell)
            tell("Drawing the charts")
            shown = gallery.of("projections")
            drawings = gallery.drawn(shown, Results(found.runs, found.draws), lang, forms)
            studio.start({results.draft(name): each for name, each in drawings.items()})
            # The rest is done while other processes draw.
            write_all(found.runs, found.record, results)
            effect = None
            if found.draws is not None:
                if summary is not None and summary.effect is not None:
                    file = opened.plots / FILE
                    effect = effects(found.draws, summary.effect, gallery.baseline, file)
                write_draws(found.draws, effect, results)
            table = _table(summary, found, gallery.baseline, opened, lang) if summary else None
            for done, path in enumerate(studio.finished(), 1):
                tell(f"Drawing the charts: {done} of {len(drawings)} ({path.stem})")
            results.publish(outdated=[*gallery.every_file, DRAWS, BANDS, EFFECTS])
    if quiet:
        return
    if summary is not None and table is not None:
        show(*table)
        if summary.note is not None:
            say(summary.note.in_(lang))
        _say_draws(found, opened, lang)
        if effect is not None:
            _show_effects(effect, summary, opened, lang)
    _say_where(out, len(drawings), found.draws is not None, lang)


def _project(
    study: Study,
    chosen: Sequence[Scenario],
    data: Sequence[Path],
    count: int,
    gallery: Gallery,
    summary: Summary | None,
    tell: Progress,
) -> _Projection:
    """Return the projections and the record of how they were made."""
    tell("Loading the model")
    from nqpf.study.draws import project_draws
    from nqpf.study.fitted import read_fitted
    from nqpf.study.model import load_model
    from nqpf.study.project import project
    from nqpf.study.record import record_of

    model = load_model(study, lambda stage: tell(f"Loading the model: {stage}"), data or None)
    fitted = read_fitted(study, model) if count else None
    tell(f"Running {len(chosen)} scenarios")
    runs = project(model, chosen)
    draws, made = None, None
    if fitted is not None:
        from nqpf.study.columns import find

        made = fitted.attrs
        shown = [*gallery.columns, *(summary.columns if summary else [])]
        names = [name for name in dict.fromkeys(find(runs, each) for each in shown) if name]
        if names:
            draws = project_draws(
                model, chosen, fitted, names, count, lambda each: tell(f"Bands: {each.name}")
            )
    command = ["nqpf", *sys.argv[1:]]
    record = record_of(model, study.model_file.name, chosen, command, study.numbers, draws, made)
    stale = made is not None and made.get("model_hash") != model.hash
    return _Projection(runs, draws, record, stale)


def _table(
    summary: Summary, found: _Projection, baseline: str | None, study: Study, lang: str
) -> tuple[str, list[str], list[list[str]]]:
    """Return title, heads and rows of the table of headline figures."""
    from nqpf.study.summary import FILE, summarise, written

    figures = summarise(found.best_known, summary, baseline, study.plots / FILE)
    heads = [f"{each.title.in_(lang)}\n{each.unit.in_(lang)}" for each in summary.column]
    names = [study.scenarios[str(name)].title.in_(lang) for name in figures.index]
    cells = written(figures, summary.column)
    rows = [[name, *row] for name, row in zip(names, cells, strict=True)]
    return summary.title.in_(lang), [summary.rows.in_(lang), *heads], rows


def _say_draws(found: _Projection, study: Study, lang: str) -> None:
    """Say what the figures of the table are of."""
    texts = _TEXTS[lang]
    if found.draws is None:
        say(texts["one"].format(folder=study.calibration))
        return
    draws, attrs = found.draws.sizes["draw"], found.draws.attrs
    say(texts["draws"].format(draws=draws, last=attrs["data_to"]))
    if attrs["failed"]:
        say(texts["failed"].format(failed=attrs["failed"]))
    if found.stale:
        say(texts["stale"])


def _show_effects(effect: pd.DataFrame, summary: Summary, study: Study, lang: str) -> None:
    """Print how much each scenario changes, and how sure that is; a table a year."""
    assert summary.effect is not None
    texts, spec = _TEXTS[lang], summary.effect

    def written(value: float) -> str:
        return f"{value:+,.{spec.digits}f}".replace("-", "−")

    for year, part in effect.groupby("year"):
        rows = [
            [
                study.scenarios[row["scenario"]].title.in_(lang),
                written(row["median"]),
                texts["range"].format(low=written(row["low"]), high=written(row["high"])),
                f"{row['better']:.0%}",
                "" if row["first"] != row["first"] else f"{row['first']:.0%}",
            ]
            for row in part.to_dict(orient="records")
        ]
        show(spec.title.in_(lang).format(year=f"{year:g}"), texts["effect"], rows)


def _say_where(out: Path, charts: int, bands: bool, lang: str) -> None:
    from nqpf.study.results import BANDS, CHARTS, DATA, RECORD, TABLE

    texts = _TEXTS[lang]
    if charts:
        say(texts["charts"].format(count=charts, folder=out / CHARTS))
    tables = [out / DATA, out / TABLE, *([out / BANDS] if bands else [])]
    listed = texts["comma"].join(map(str, tables))
    say(texts["data"].format(tables=listed, record=out / RECORD))
