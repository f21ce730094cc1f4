"""``nqpf run``: scenarios -> projections, table, charts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nqpf.cli.console import Progress, progress, say, show
from nqpf.cli.options import data_option, options

if TYPE_CHECKING:
    import xarray as xr

    from nqpf.study.folder import Study
    from nqpf.study.scenarios import Scenario
    from nqpf.study.summary import Summary


@click.command()
@click.argument("scenario", nargs=-1)
@options
@data_option
def run(
    scenario: tuple[str, ...],
    study: Path | None,
    out: Path,
    lang: str,
    quiet: bool,
    data: tuple[Path, ...],
) -> None:
    """Run scenarios, print the table of headline figures and draw the charts.

    Without SCENARIO every scenario of the study is run. The baseline is always among them, because
    the others are compared with it.
    """
    with progress("Reading the study", quiet=quiet) as tell:
        from nqpf.charts.gallery import Gallery
        from nqpf.charts.studio import Studio
        from nqpf.study.folder import open_study
        from nqpf.study.results import ResultFolder, write_all
        from nqpf.study.summary import FILE, read_summary

        opened = open_study(study)
        gallery = Gallery(opened)
        reference = [gallery.baseline] if scenario and gallery.baseline else []
        chosen = opened.choose([*scenario, *reference])
        summary = read_summary(opened.plots / FILE)
        with ResultFolder(out) as results, Studio(len(gallery.charts)) as studio:
            runs, record = _project(opened, chosen, data, tell)
            tell("Drawing the charts")
            titles = {each.name: each.title for each in opened.scenarios.values()}
            drawings = gallery.drawings(runs, titles, lang)
            studio.start({results.draft(name): each for name, each in drawings.items()})
            # The rest is done while other processes draw.
            write_all(runs, record, results)
            table = _table(summary, runs, gallery.baseline, opened, lang) if summary else None
            for done, path in enumerate(studio.finished(), 1):
                tell(f"Drawing the charts: {done} of {len(drawings)} ({path.stem})")
            results.publish(outdated=gallery.every_file)
    if quiet:
        return
    if summary is not None and table is not None:
        show(*table)
        if summary.note is not None:
            say(summary.note.in_(lang))
    _say_where(out, len(drawings))


def _project(
    study: Study, chosen: Sequence[Scenario], data: Sequence[Path], tell: Progress
) -> tuple[xr.Dataset, dict[str, Any]]:
    """Return the projections and the record of how they were made."""
    tell("Loading the model")
    from nqpf.study.model import load_model
    from nqpf.study.project import project
    from nqpf.study.record import record_of

    model = load_model(study, lambda stage: tell(f"Loading the model: {stage}"), data or None)
    tell(f"Running {len(chosen)} scenarios")
    runs = project(model, chosen)
    command = ["nqpf", *sys.argv[1:]]
    return runs, record_of(model, study.model_file.name, chosen, command, study.numbers)


def _table(
    summary: Summary, data: xr.Dataset, baseline: str | None, study: Study, lang: str
) -> tuple[str, list[str], list[list[str]]]:
    """Return title, heads and rows of the table of headline figures."""
    from nqpf.study.summary import FILE, summarise, written

    figures = summarise(data, summary, baseline, study.plots / FILE)
    heads = [f"{each.title.in_(lang)}\n{each.unit.in_(lang)}" for each in summary.column]
    names = [study.scenarios[str(name)].title.in_(lang) for name in figures.index]
    cells = written(figures, summary.column)
    rows = [[name, *row] for name, row in zip(names, cells, strict=True)]
    return summary.title.in_(lang), [summary.rows.in_(lang), *heads], rows


def _say_where(out: Path, charts: int) -> None:
    from nqpf.study.results import CHARTS, DATA, RECORD, TABLE

    if charts:
        say(f"{charts} charts: {out / CHARTS}")
    say(f"Data: {out / DATA}, {out / TABLE}. How they were made: {out / RECORD}.")
