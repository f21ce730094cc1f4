"""Options that every command takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from nqpf.cli.language import LANGUAGES, chosen

lang_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=chosen,
    help="Language of help, messages, tables and charts. Default: that of the locale.",
)
quiet_option = click.option("--quiet", is_flag=True, help="No progress, no table: only errors.")
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    multiple=True,
    help="File with values over time of the model's data variables that have no equation: .csv, "
    ".tab, .xlsx, or the .nc of another run. May be given several times.",
)

study_option = click.option(
    "--study",
    type=click.Path(path_type=Path),
    help="Folder of the study. Default: this folder if it is one, else the shipped study.",
)

formats_option = click.option(
    "--format",
    "forms",
    type=click.Choice(["png", "svg", "pdf"]),
    multiple=True,
    default=("png",),
    show_default=True,
    help="Format of the charts. May be given several times.",
)
study_option = click.option(
    "--study",
    type=click.Path(path_type=Path),
    help="Folder of the study. Default: this folder if it is one, else the shipped study.",
)

_OPTIONS = (
    study_option,
    click.option(
        "--out",
        type=click.Path(path_type=Path),
        default=Path("results"),
        show_default=True,
        help="Folder of the results.",
    ),
    lang_option,
    quiet_option,
)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options --study, --out, --lang and --quiet."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
