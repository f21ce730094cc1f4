"""What a check found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["holds", "fails", "note"]


@dataclass(frozen=True)
class Finding:
    """One place to look at: a variable, and what is wrong there."""

    variable: str
    text: str


@dataclass(frozen=True)
class Check:
    """One check of a model.

    ``verdict``: "note" is for what a modeller should look at and may have meant. ``figure``: the
    result in a few words. ``findings``: where to look, worst first.
    """

    name: str
    verdict: Verdict
    figure: str
    findings: tuple[Finding, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As dictionaries and lists, for JSON."""
        return asdict(self)


def counted(
    name: str, findings: list[Finding], of: int, what: str, otherwise: Verdict = "fails"
) -> Check:
    """Return the check that holds if nothing was found among ``of`` things called ``what``."""
    verdict: Verdict = otherwise if findings else "holds"
    return Check(name, verdict, f"{len(findings)} of {of} {what}", tuple(findings))
