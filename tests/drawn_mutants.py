"""Faults drawn at random: one operator of one equation of a .mdl file becomes its opposite.

Nobody chose them, so that they also hold checks to account that were written with the chosen ones
in mind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from tests.mutants import Mutant

SEED = 20221231
_EQUATION = re.compile(r"^(?P<name>[A-Z][^=\t\n]*?) *= *(?P<formula>[^\n]*[A-Za-z][^\n]*)$", re.M)
_OPPOSITE = {"+": "-", "-": "+", "*": "/", "/": "*", "MAX": "MIN", "MIN": "MAX"}
# An operator between two sides, which no sign of a number or exponent is, or a bound.
_OPERATOR = re.compile(r"(?<=[\w)\]]) ?([+*/]|(?<!\de)-) ?(?=[\w(])|\b(MAX|MIN)(?=\()")


def drawn(text: str, number: int, seed: int = SEED) -> dict[str, Mutant]:
    """Return ``number`` faults in the equations of ``text``, at most one an equation."""
    equations = [
        match
        for match in _EQUATION.finditer(text)
        if text.count(match[0]) == 1 and list(_operators(match["formula"]))
    ]
    random = np.random.default_rng(seed)
    found: dict[str, Mutant] = {}
    for k in sorted(random.choice(len(equations), number, replace=False).tolist()):
        old, formula = equations[k][0], equations[k]["formula"]
        operators = list(_operators(formula))
        start, end = operators[int(random.integers(len(operators)))]
        was = formula[start:end]
        behind = len(old) - len(formula) + start
        new = old[:behind] + _OPPOSITE[was] + old[behind + len(was) :]
        kind = f"{_OPPOSITE[was]} for {was}"
        found[f"{equations[k]['name']} ({start})"] = Mutant(kind, old, new)
    return found


def _operators(formula: str) -> Iterator[tuple[int, int]]:
    """Yield where an operator stands; none in subscripts, which hold no formulas here."""
    for match in _OPERATOR.finditer(formula):
        group = 1 if match[1] else 2
        yield match.span(group)
