"""Why the engine and a peer disagree: one explanation after the other, and which are missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import Field

from benchmarks.peers.behaviour import Apart, Comparison
from benchmarks.peers.unit_verdicts import UnitVerdict
from benchmarks.peers.worker import Result
from nqpf.study.toml import Line, Table, load_toml

FILE = Path(__file__).with_name("explained.toml")


class Explanation(Table):
    """``models`` and ``variables``: patterns with ``*``; ``right``: whose result it should be."""

    models: list[Line]
    variables: list[Line]
    right: Literal["nqpf", "PySD", "pysimlin", "either"]
    reason: Line
    source: Line

    def covers(self, model: Path, variable: str) -> bool:
        # Brackets in a model's name are no sets of letters.
        named = any(fnmatchcase(model.as_posix(), f"*{pattern}") for pattern in self.models)
        return named and any(fnmatchcase(variable, pattern) for pattern in self.variables)


class Run(Explanation):
    peer: Literal["PySD", "pysimlin"]


class File(Table):
    runs: list[Run] = Field(default_factory=list)
    units: list[Explanation] = Field(default_factory=list)


@dataclass(frozen=True)
class Disagreement:
    """``apart``: of one model and peer, what one explanation covers; None: nothing does."""

    result: Result
    peer: str
    apart: tuple[Apart, ...]
    why: Run | None


@dataclass(frozen=True)
class UnitDisagreement:
    result: Result
    verdicts: tuple[UnitVerdict, ...]
    why: Explanation | None


def read_explanations() -> File:
    return load_toml(FILE, File)


def disagreements(results: Iterable[Result], known: Sequence[Run]) -> list[Disagreement]:
    """Return all disagreements, gathered by what explains them."""
    found: list[Disagreement] = []
    for result in results:
        for peer, outcome in result.outcomes.items():
            if not isinstance(outcome, Comparison):
                continue
            groups: dict[int | None, list[Apart]] = {}
            for apart in outcome.apart:
                fits = (
                    k
                    for k, why in enumerate(known)
                    if why.peer == peer and why.covers(result.path, apart.variable)
                )
                groups.setdefault(next(fits, None), []).append(apart)
            found += [
                Disagreement(result, peer, tuple(group), None if k is None else known[k])
                for k, group in groups.items()
            ]
    return found


def unit_disagreements(
    results: Iterable[Result], known: Sequence[Explanation]
) -> list[UnitDisagreement]:
    """Return all equations of which the two unit checkers think differently, gathered likewise."""
    found: list[UnitDisagreement] = []
    for result in results:
        groups: dict[int | None, list[UnitVerdict]] = {}
        for verdict in result.units if isinstance(result.units, tuple) else ():
            if verdict.agreed:
                continue
            fits = (k for k, why in enumerate(known) if why.covers(result.path, verdict.variable))
            groups.setdefault(next(fits, None), []).append(verdict)
        found += [
            UnitDisagreement(result, tuple(group), None if k is None else known[k])
            for k, group in groups.items()
        ]
    return found


def needless(
    results: Sequence[Result],
    known: Sequence[Explanation],
    found: Sequence[Disagreement] | Sequence[UnitDisagreement],
) -> list[Explanation]:
    """Return explanations of models that were run, of which none disagrees any more."""
    used = [each.why for each in found]
    paths = [result.path.as_posix() for result in results]
    return [
        why
        for why in known
        if not any(why is each for each in used)
        and any(fnmatchcase(path, f"*{pattern}") for path in paths for pattern in why.models)
    ]
