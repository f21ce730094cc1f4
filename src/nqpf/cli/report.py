"""``nqpf report``: one page that answers the study's question, from results on disk."""

from __future__ import annotations

from pathlib import Path

import click

from nqpf.cli.console import progress, say
from nqpf.cli.options import options

_TEXTS = {
    "en": {"done": "The report, {size:.1f} MB, for any browser, offline: {path}"},
    "zh": {"done": "报告（{size:.1f} MB，可用任何浏览器离线打开）：{path}"},
}


@click.command()
@options
def report(study: Path | None, out: Path, lang: str, quiet: bool) -> None:
    """Write the report of the results in --out: one HTML file, without running the model.

    It holds the findings, charts, scenarios, tests, parameters and equations, in both languages;
    --lang is the one that it shows first. What "nqpf check" and "nqpf calibrate" left in --out
    becomes part of it. For a PDF, print it from the browser.
    """
    with progress("Reading the study", quiet=quiet) as tell:
        from nqpf.report import REPORT, gather, render
        from nqpf.study.folder import open_study
        from nqpf.study.results import ResultFolder

        material = gather(open_study(study), out, tell)
        with ResultFolder(out) as results:
            tell("Writing the report")
            page = render(material, lang, tell)
            results.draft(REPORT).write_text(page, encoding="utf-8")
            results.publish()
    if not quiet:
        path = out / REPORT
        say(_TEXTS[lang]["done"].format(size=path.stat().st_size / 1e6, path=path))
