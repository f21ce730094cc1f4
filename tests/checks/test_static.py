"""Checks that read equations: each finds its fault, and passes without it."""

from __future__ import annotations

import pytest

import nqpf
from nqpf.checks.static import ending, static_checks
from nqpf.errors import InputError
from told_in_chinese import in_chinese

SOUND = """
level = INTEG(inflow - outflow, start) ~ m3 ~ Water.~|
store = INTEG(outflow, start) ~ m3 ~ Below.~|
inflow = tap ~ m3/day ~ Inflow.~|
tap = 2 ~ m3/day [0, 4] ~ Tap. [who; 2000; assumed]~|
outflow = level/time to empty ~ m3/day ~ Drain.~|
time to empty = 4 ~ day [1, 9] ~ Time. [who; 2000; assumed]~|
start = 1 ~ m3 [0, 9] ~ Start. [who; 2000; assumed]~|
"""
CONTROL = "".join(
    f"{name} = {value} ~ day ~ Control.~|"
    for name, value in (
        ("INITIAL TIME", 0),
        ("FINAL TIME", 4),
        ("TIME STEP", 0.25),
        ("SAVEPER", 1),
    )
)


def verdicts(path) -> dict[str, str]:
    return {each.name: each.verdict for each in in_chinese(static_checks(nqpf.load(path)))}


@pytest.fixture
def check(tmp_path):
    def of(text: str) -> dict[str, str]:
        path = tmp_path / "model.mdl"
        path.write_text(text + CONTROL)
        return verdicts(path)

    return of


def test_a_sound_model_passes_everything(check):
    assert set(check(SOUND).values()) == {"holds"}


@pytest.mark.parametrize(
    ("old", "new", "name", "verdict"),
    [
        ("~ m3/day ~ Drain", "~ m3 ~ Drain", "units", "fails"),
        ("level/time to empty ~", "level*time to empty ~", "units", "fails"),
        ("~ m3 ~ Water.~", "~ m3 ~~", "described", "note"),
        ("~ m3 ~ Water.~", "~~ Water. ~", "described", "note"),
        ("Tap. [who; 2000; assumed]", "Tap.", "sources", "note"),
        ("day [1, 9]", "day", "ranges", "note"),
        ("day [1, 9]", "day [5, 9]", "ranges", "fails"),
        ("level/time to empty", "level/4", "unused", "note"),
        ("store =", '"le.vel" =', "names", "note"),
        ("INTEG(outflow,", "INTEG(0.9*outflow,", "flows", "fails"),
        ("INTEG(outflow,", "INTEG(outflow + inflow,", "flows", "note"),
        ("INTEG(inflow - outflow", "INTEG(inflow - outflow - inflow/2", "flows", "fails"),
        ("INTEG(inflow - outflow", "INTEG(outflow - inflow", "outflows", "note"),
        ("inflow = tap ~", "inflow = tap + 0*store/time to empty ~", "cuts", "note"),
        ("inflow = tap ~", "inflow = tap + 0/time to empty*store ~", "cuts", "note"),
        ("inflow = tap ~", "inflow = tap + 0 ~", "cuts", "holds"),
    ],
)
def test_each_check_finds_its_fault(check, old, new, name, verdict):
    assert SOUND.count(old) == 1
    assert check(SOUND.replace(old, new))[name] == verdict


def test_what_nothing_reads_is_a_result(tmp_path):
    path = tmp_path / "model.mdl"
    path.write_text(SOUND + CONTROL)
    model = nqpf.load(path)
    assert ending(model, []).verdict == "holds"
    assert ending(model, ["store"]).verdict == "holds"
    assert [each.variable for each in ending(model, ["level"]).findings] == ["store"]
    with pytest.raises(InputError, match='Did you mean "store"'):
        ending(model, ["stor"])
