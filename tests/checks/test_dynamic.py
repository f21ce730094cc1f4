"""Checks that run a model: each finds its fault, and passes without it."""

from __future__ import annotations

import pytest

from nqpf.checks.whole import check_model
from nqpf.errors import InputError
from told_in_chinese import in_chinese

TANKS = """
tank: a, b ~~|
level[tank] = INTEG(inflow[tank] - level[tank]/drain time, 8) ~~|
inflow[tank] = tap(level[tank])*opening[tank] ~~|
tap((0,2),(10,1)) ~~|
opening[tank] = 1, 2 ~ [0, 4]~|
drain time = 4 ~ [2, 9]~|
"""


@pytest.fixture
def verdicts(write):
    def of(text: str, *symmetric: str, step: float = 0.0625) -> dict[str, str]:
        from nqpf.checks.statements import StatementFile

        path = write(text, final=4, step=step, saveper="1")
        stated = StatementFile(symmetric=list(symmetric))
        return {e.name: e.verdict for e in in_chinese(check_model(path, stated, draws=64).checks)}

    return of


DYNAMIC = ("time constants", "time step", "tables", "symmetry of tank", "extremes", "draws")


def test_a_sound_model_passes_everything(verdicts):
    found = verdicts(TANKS, "tank")
    assert {name: found[name] for name in DYNAMIC} == dict.fromkeys(DYNAMIC, "holds")


@pytest.mark.parametrize(
    ("old", "new", "step", "name", "verdict"),
    [
        ("drain time = 4", "drain time = 0.2", 0.0625, "time constants", "note"),
        ("drain time = 4", "drain time = 0.4", 0.5, "time constants", "fails"),
        ("drain time = 4", "drain time = 1", 0.25, "time step", "fails"),
        ("(10,1)", "(7,1)", 0.0625, "tables", "note"),
        ("[2, 9]", "[0, 9]", 0.0625, "extremes", "fails"),
        ("- level[tank]/drain time", "- 0.5*drain time", 0.0625, "draws", "fails"),
        ("level[tank]/drain time", "level[a]/drain time", 0.0625, "symmetry of tank", "holds"),
        (
            "inflow[tank] = tap(level[tank])",
            "inflow[a] = 1 + level[a] ~~| inflow[b] = tap(level[b])",
            0.0625,
            "symmetry of tank",
            "fails",
        ),
    ],
)
def test_each_check_finds_its_fault(verdicts, old, new, step, name, verdict):
    assert TANKS.count(old) == 1
    text = TANKS.replace(old, new).replace("level[a]*opening[tank]", "level[a]")
    text = text.replace("tap(level[b])*opening[tank]", "tap(level[b])")
    assert verdicts(text, "tank", step=step)[name] == verdict


def test_inputs_that_differ_by_element_are_made_alike(verdicts):
    """Element by element from outside: alike under the switch, so nothing differs."""
    text = TANKS.replace(
        "opening[tank] = 1, 2 ~ [0, 4]", "opening[a] = 1+Time ~~| opening[b] = 2 ~"
    )
    assert verdicts(text, "tank")["symmetry of tank"] == "holds"


def test_a_model_that_does_not_run_is_one_line(verdicts):
    with pytest.raises(InputError, match="as its file says"):
        verdicts(TANKS.replace("drain time = 4", "drain time = 0"))


def test_an_unknown_range_is_one_line(verdicts):
    with pytest.raises(InputError, match='Did you mean "tank"'):
        verdicts(TANKS, "tanks")
