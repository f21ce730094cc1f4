"""``nqpf plot``: draw the charts again from results on disk."""

from __future__ import annotations

from pathlib import Path

import click

from nqpf.cli.console import progress, say
from nqpf.cli.options import options


@click.command()
@options
def plot(study: Path | None, out: Path, lang: str, quiet: bool) -> None:
    """Draw the charts again from the results in --out, without running the model."""
    with progress("Reading the results", quiet=quiet) as tell:
        from nqpf.charts.gallery import Gallery
        from nqpf.charts.studio import Studio
        from nqpf.study.folder import open_study
        from nqpf.study.results import CHARTS, ResultFolder, read_draws, read_results

        opened = open_study(study)
        gallery = Gallery(opened)
        data, _ = read_results(out)
        titles = {each.name: each.title for each in opened.scenarios.values()}
        with ResultFolder(out) as results, Studio(len(gallery.charts)) as studio:
            drawings = gallery.drawings(data, titles, lang, read_draws(out))
            studio.start({results.draft(name): each for name, each in drawings.items()})
            for done, path in enumerate(studio.finished(), 1):
                tell(f"Drawing the charts: {done} of {len(drawings)} ({path.stem})")
            results.publish()
    if not quiet:
        say(f"{len(drawings)} charts: {out / CHARTS}")
