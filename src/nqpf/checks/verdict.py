"""What a check found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from nqpf.checks.titles import title
from nqpf.study.toml import Text

Verdict = Literal["holds", "fails", "note", "finding"]


@dataclass(frozen=True)
class Finding:
    """One place to look at: a variable, and what is wrong there."""

    variable: str
    text: str


@dataclass(frozen=True)
class Check:
    """One check of a model.

    ``verdict``: "note" is for what a modeller should look at and may have meant; "finding" for
    what the model contradicts, as its study says. ``figure``: the result in a few words.
    ``findings``: where to look, worst first. ``title`` and ``comment``: the study's own words.
    """

    name: str
    verdict: Verdict
    figure: str
    findings: tuple[Finding, ...] = ()
    title: Text | None = None
    comment: Text | None = None

    def named(self, lang: str) -> str:
        """Return what it is called."""
        return title(self.name, lang) if self.title is None else self.title.in_(lang)

    def plain(self) -> dict[str, Any]:
        """As dictionaries and lists, for JSON."""
        texts = {"title": self.title, "comment": self.comment}
        return asdict(replace(self, title=None, comment=None)) | {
            key: None if text is None else text.model_dump() for key, text in texts.items()
        }


def from_plain(content: Mapping[str, Any]) -> Check:
    """Return a check from what `Check.plain` made of it.

    Raises
    ------
    KeyError, TypeError, ValueError
        It is none.
    """
    texts = {
        key: None if content[key] is None else Text.model_validate(content[key])
        for key in ("title", "comment")
    }
    findings = tuple(Finding(**each) for each in content["findings"])
    verdict, figure = content["verdict"], content["figure"]
    if verdict not in get_args(Verdict) or not isinstance(figure, str):
        raise ValueError(f"no verdict: {verdict}, {figure}")
    return Check(str(content["name"]), verdict, figure, findings, **texts)


def counted(
    name: str, findings: list[Finding], of: int, what: str, otherwise: Verdict = "fails"
) -> Check:
    """Return the check that holds if nothing was found among ``of`` things called ``what``."""
    verdict: Verdict = otherwise if findings else "holds"
    return Check(name, verdict, f"{len(findings) or 'none'} of {of} {what}", tuple(findings))
