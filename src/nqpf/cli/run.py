"""``nqpf run``: scenarios -> projections, table, charts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nqpf.cli.console import Progress, progress, say, show
from nqpf.cli.options import options

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from nqpf.charts.gallery import Gallery
    from nqpf.study.folder import Study
    from nqpf.study.results import ResultFolder
    from nqpf.study.scenarios import Scenario
    from nqpf.study.summary import Summary


@click.command()
@click.argument("scenario", nargs=-1)
@options
def run(scenario: tuple[str, ...], study: Path | None, out: Path, lang: str, quiet: bool) -> None:
    """Run scenarios, print the table of headline figures and draw the charts.

    Without SCENARIO every scenario of the study is run. The baseline is always among them, because
    the others are compared with it.
    """
    with progress("Reading the study", quiet=quiet) as tell:
        from nqpf.charts.gallery import Gallery
        from nqpf.study.folder import open_study
        from nqpf.study.results import ResultFolder
        from nqpf.study.summary import FILE, read_summary, summarise

        opened = open_study(study)
        gallery = Gallery(opened)
        reference = [gallery.baseline] if scenario and gallery.baseline else []
        chosen = opened.choose([*scenario, *reference])
        summary = read_summary(opened.plots / FILE)
        with ResultFolder(out) as results:
            charts, data = _compute(opened, chosen, gallery, results, lang, tell)
            figures = None
            if summary is not None:
                figures = summarise(data, summary, gallery.baseline, opened.plots / FILE)
            results.publish(outdated=gallery.every_file)
    if not quiet:
        if summary is not None and figures is not None:
            _show(summary, figures, chosen, lang)
        _say_where(out, charts)


def _compute(
    study: Study,
    chosen: Sequence[Scenario],
    gallery: Gallery,
    results: ResultFolder,
    lang: str,
    tell: Progress,
) -> tuple[int, xr.Dataset]:
    """Run, draw and write into ``results``; return the number of charts and the data."""
    from nqpf.charts.studio import Studio

    with Studio(len(gallery.charts)) as studio:
        tell("Loading the model")
        from nqpf.engine import load
        from nqpf.study.project import project
        from nqpf.study.record import record_of
        from nqpf.study.results import write_all

        model = load(study.model_file, lambda stage: tell(f"Loading the model: {stage}"))
        tell(f"Running {len(chosen)} scenarios")
        data = project(model, chosen)
        tell("Drawing the charts")
        titles = {each.name: each.title for each in study.scenarios.values()}
        drawings = gallery.drawings(data, titles, lang)
        for name, drawing in drawings.items():
            studio.start(drawing, results.draft(name))
        command = ["nqpf", *sys.argv[1:]]
        write_all(data, record_of(model, study.model_file.name, chosen, command), results)
        for done, path in enumerate(studio.finished(), 1):
            tell(f"Drawing the charts: {done} of {len(drawings)} ({path.stem})")
    return len(drawings), data


def _show(summary: Summary, figures: pd.DataFrame, chosen: Sequence[Scenario], lang: str) -> None:
    from nqpf.study.summary import written

    heads = [f"{each.title.in_(lang)}\n{each.unit.in_(lang)}" for each in summary.column]
    names = [each.title.in_(lang) for each in chosen]
    rows = [
        [name, *cells] for name, cells in zip(names, written(figures, summary.column), strict=True)
    ]
    show(summary.title.in_(lang), [summary.rows.in_(lang), *heads], rows)
    if summary.note is not None:
        say(summary.note.in_(lang))


def _say_where(out: Path, charts: int) -> None:
    from nqpf.study.results import CHARTS, DATA, RECORD, TABLE

    if charts:
        say(f"{charts} charts: {out / CHARTS}")
    say(f"Data: {out / DATA}, {out / TABLE}. How they were made: {out / RECORD}.")
