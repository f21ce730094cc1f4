"""What the engine's unit checker and pysimlin's say of each equation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import nqpf
from nqpf.checks.static import units
from nqpf.engine.names import canonical


@dataclass(frozen=True)
class UnitVerdict:
    """``ours`` and ``theirs``: what each holds against the equation of ``variable``; "" nothing."""

    variable: str
    ours: str
    theirs: str

    @property
    def agreed(self) -> bool:
        return bool(self.ours) == bool(self.theirs)


def unit_verdicts(path: Path, model: nqpf.Model) -> tuple[UnitVerdict, ...]:
    """Return a verdict for each variable that both tools know, in the file's order.

    pysimlin has two kinds of warning: of one equation, and of several whose units cannot all be
    right. One of the second kind is a verdict on those of them that the engine objects to, or,
    where it objects to none, on the first.
    """
    ours: dict[str, str] = {}
    for finding in units(model).findings:
        ours.setdefault(canonical(finding.variable), finding.text.en)
    known, theirs, together = _warnings(path)
    for names, text in together:
        shared = [name for name in names if name in ours] or names[:1]
        for name in shared:
            theirs.setdefault(name, text)
    names = [canonical(name) for name in model.variables]
    return tuple(
        UnitVerdict(name, ours.get(name, ""), theirs.get(name, ""))
        for name in names
        if name in known
    )


def _warnings(path: Path) -> tuple[set[str], dict[str, str], list[tuple[list[str], str]]]:
    """Return pysimlin's names, its warnings by variable, and those of several variables."""
    import simlin
    from simlin.errors import ErrorCode, ErrorKind

    model = simlin.load(path)
    known = {canonical(name) for name in model.get_var_names()}
    single: dict[str, str] = {}
    several: list[tuple[list[str], str]] = []
    assert model.project is not None
    for error in model.project.get_errors():
        if error.kind != ErrorKind.UNITS and error.code != ErrorCode.UNIT_MISMATCH:
            continue
        text = error.details or error.message
        if error.variable_name is not None:
            single.setdefault(canonical(error.variable_name), text)
        else:
            quoted = re.findall(r"'([^']+)'", text)
            several.append(([canonical(q.partition("[")[0]) for q in quoted], text))
    # A warning of several that names one which has its own adds nothing.
    return known, single, [(n, t) for n, t in several if not set(n) & set(single)]
