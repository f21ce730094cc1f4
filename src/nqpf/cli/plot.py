"""``nqpf plot``: draw the charts again from results on disk."""

from __future__ import annotations

from pathlib import Path

import click

from nqpf.cli.console import progress, say
from nqpf.cli.language import translated
from nqpf.cli.options import formats_option, options
from nqpf.errors import InputError

_TEXTS = {"en": "{count} charts: {folder}", "zh": "图表 {count} 幅：{folder}"}


@click.command()
@click.argument("chart", nargs=-1)
@options
@formats_option
def plot(
    chart: tuple[str, ...],
    study: Path | None,
    out: Path,
    lang: str,
    quiet: bool,
    forms: tuple[str, ...],
) -> None:
    """Draw the charts again from the results in --out, without running the model.

    CHART is the name of a file in plots/, without its suffix; left out, every chart is drawn that
    the folder has results for. Diagrams of the model need no results.
    """
    with progress("Reading the results", quiet=quiet) as tell:
        from nqpf.charts.gallery import Gallery
        from nqpf.charts.studio import Studio
        from nqpf.study.folder import open_study
        from nqpf.study.results import CHARTS, ResultFolder

        opened = open_study(study)
        gallery = Gallery(opened)
        wanted = gallery.choose(chart)
        found = gallery.results(wanted, out, named=bool(chart))
        with ResultFolder(out) as results, Studio(len(wanted)) as studio:
            stale = found.of_another_model(opened)
            try:
                drawings = gallery.drawn(wanted, found, lang, forms)
            except InputError as error:
                raise InputError(f"{error} {stale}" if stale else str(error)) from None
            studio.start({results.draft(name): each for name, each in drawings.items()})
            for done, path in enumerate(studio.finished(), 1):
                tell(f"Drawing the charts: {done} of {len(drawings)} ({path.stem})")
            results.publish()
    if not quiet:
        say(_TEXTS[lang].format(count=len(drawings), folder=out / CHARTS))
        if stale:
            say(translated(stale, lang))
