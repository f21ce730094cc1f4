"""What a check found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from nqpf.checks.titles import title
from nqpf.checks.wording import both, same
from nqpf.study.toml import Text

Verdict = Literal["holds", "fails", "note", "finding"]


@dataclass(frozen=True)
class Finding:
    """One place to look at: a variable, by its name in the model file, and what is wrong there."""

    variable: str
    text: Text


@dataclass(frozen=True)
class Check:
    """One check of a model.

    ``verdict``: "note" is for what a modeller should look at and may have meant; "finding" for
    what the model contradicts, as its study says. ``figure``: the result in a few words.
    ``findings``: where to look, worst first. ``title``, ``reason`` and ``comment``: the study's own
    words; why it is expected, and what it says where the model does otherwise.
    """

    name: str
    verdict: Verdict
    figure: Text
    findings: tuple[Finding, ...] = ()
    title: Text | None = None
    reason: Text | None = None
    comment: Text | None = None

    def named(self, lang: str) -> str:
        """Return what it is called."""
        return title(self.name, lang) if self.title is None else self.title.in_(lang)


@dataclass(frozen=True)
class Checked:
    """What the checks of a model found, and the hash of that model, as in the results of a run."""

    model_hash: str
    checks: tuple[Check, ...]


_CHECKED = TypeAdapter(Checked)


def plain(found: Checked) -> dict[str, Any]:
    """As dictionaries and lists, for JSON."""
    return _CHECKED.dump_python(found, mode="json")


def from_plain(content: object) -> Checked:
    """Return what `plain` was made of.

    Raises
    ------
    ValueError
        It was made of something else.
    """
    return _CHECKED.validate_python(content)


def counted(
    name: str,
    findings: Sequence[Finding],
    said: tuple[str, str],
    otherwise: Verdict = "fails",
    **values: object,
) -> Check:
    """Return the check that holds if nothing was found.

    ``said``: its figure in both languages, with the places ``count`` and those of ``values``.
    """
    verdict: Verdict = otherwise if findings else "holds"
    count = same(f"{len(findings)}") if findings else _NONE
    return Check(name, verdict, both(*said, count=count, **values), tuple(findings))


_NONE = Text(en="none", zh="0")
