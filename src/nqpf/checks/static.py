"""Checks that read a model's equations and run nothing."""

from __future__ import annotations

import re

from nqpf.checks.dimensions import mismatches
from nqpf.checks.units import DIMENSIONLESS, Units, declared
from nqpf.checks.verdict import Check, Finding, counted
from nqpf.engine import ir
from nqpf.engine.model import Model
from nqpf.engine.passes.symbols import CONTROL

# "[who; when; measured]" or "Source: ..." at the end of a constant's documentation.
_SOURCE = re.compile(r"\[[^\]]*;[^\]]*\]|source\s*:|来源|https?://", re.IGNORECASE)


def static_checks(model: Model) -> list[Check]:
    """Return all checks that need no run, in the order of a table."""
    return [
        units(model),
        described(model),
        sourced(model),
        bounded(model),
        used(model),
        distinct(model),
    ]


def _visible(model: Model) -> dict[str, ir.Variable]:
    """Everything a modeller wrote, control variables apart."""
    control = {model.find(name).name for name in CONTROL}
    return {name: each for name, each in model.variables.items() if name not in control}


def units(model: Model) -> Check:
    """Every equation's sides, and what is added or compared in it, have the same unit."""
    reader = Units()
    texts = {name: each.unit for name, each in model.variables.items()}
    known, wrong = declared(reader, texts)
    time = known.get(model.find("TIME STEP").name, DIMENSIONLESS)
    found = [Finding(name, text) for name, text in wrong.items()]
    if time == DIMENSIONLESS:
        # Without a unit of time every stock would disagree with its flows.
        return Check("units", "note", "the time step has no unit: not checked", tuple(found))
    found += [Finding(each.variable, each.text) for each in mismatches(model.written, known, time)]
    return counted("units", found, len(model.written.equations), "equations")


def described(model: Model) -> Check:
    """Everything has a unit and a documentation."""
    variables = _visible(model)
    found: list[Finding] = []
    for name, each in variables.items():
        lacks = [what for what, text in (("unit", each.unit), ("text", each.doc)) if not text]
        if lacks:
            found.append(Finding(name, f"no {' and no '.join(lacks)}"))
    return counted("described", found, len(variables), "variables", "note")


def sourced(model: Model) -> Check:
    """Every constant and table says where its numbers come from."""
    numbers = [
        each for each in _visible(model).values() if each.kind in ("constant", "lookup", "data")
    ]
    found = [Finding(e.name, "names no source") for e in numbers if not _SOURCE.search(e.doc)]
    return counted("sources", found, len(numbers), "constants and tables", "note")


def bounded(model: Model) -> Check:
    """Every constant has a range, and lies within it."""
    constants = [each for each in _visible(model).values() if each.kind == "constant"]
    outside: list[Finding] = []
    without: list[Finding] = []
    for each in constants:
        low, high = each.limits
        if low is None and high is None:
            without.append(Finding(each.name, "has no range"))
        values = model.constants[each.name]
        below = low is not None and (values < low).any()
        above = high is not None and (values > high).any()
        if below or above:
            outside.append(Finding(each.name, f"{values.tolist()} is outside [{low}, {high}]"))
    if outside:
        return counted("ranges", [*outside, *without], len(constants), "constants")
    return counted("ranges", without, len(constants), "constants", "note")


def used(model: Model) -> Check:
    """Every constant and table is read by some equation; results may stand at the end."""
    read = {
        node.variable
        for equation in model.written.equations
        for body in (equation.body, equation.initial)
        if body is not None
        for node in ir.walk(body)
        if isinstance(node, ir.Ref)
    }
    inputs = [
        each for each in _visible(model).values() if each.kind in ("constant", "lookup", "data")
    ]
    found = [Finding(e.name, "is read by no equation") for e in inputs if e.name not in read]
    return counted("unused", found, len(inputs), "constants and tables", "note")


def distinct(model: Model) -> Check:
    """No two names differ only in case, blanks or punctuation."""
    seen: dict[str, str] = {}
    found: list[Finding] = []
    for name in model.variables:
        bare = re.sub(r"[\W_]+", "", name).casefold()
        if bare in seen:
            found.append(Finding(name, f'is easily taken for "{seen[bare]}"'))
        seen.setdefault(bare, name)
    return counted("names", found, len(model.variables), "names", "note")
