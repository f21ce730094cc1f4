"""What a study is about: its question, and what its model cannot say."""

from __future__ import annotations

from pathlib import Path

from nqpf.study.toml import Table, Text, load_toml

FILE = "about.toml"


class About(Table):
    """What ``model/about.toml`` says, for readers of a report.

    Attributes
    ----------
    title, question
        Of the study.
    paper
        The source whose claims the study tests.
    limits
        What its model cannot say, a sentence each.
    """

    title: Text
    question: Text
    paper: Text | None = None
    limits: list[Text] = []


def read_about(folder: Path) -> About | None:
    """Read what the ``model`` folder of a study says of it; a study need not say anything."""
    path = folder / FILE
    return load_toml(path, About) if path.exists() else None
