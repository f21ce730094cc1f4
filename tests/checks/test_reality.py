"""Vensim's reality checks: which are kept, which are broken, and where."""

from __future__ import annotations

import pytest

from nqpf.checks.whole import check_model
from told_in_chinese import in_chinese

MODEL = """
site: a, b ~~|
output[site] = workers[site]*productivity[site] + extra ~~|
workers[site] = 4, 6 ~~|
productivity[site] = 0.5, 2 ~~|
extra = 0 ~~|
store = INTEG(SUM(output[site!]) - store/4, 56) ~~|
RC START TIME = 2 ~~|
"""


@pytest.fixture
def verdicts(write):
    def of(checks: str, model: str = MODEL):
        path = write(model + checks, final=8, step=0.5, saveper="0.5")
        found = in_chinese(check_model(path, draws=1).checks)
        return {each.name: each for each in found}

    return of


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (":THE CONDITION: workers[a] = 0 :IMPLIES: output[a] = 0", "holds"),
        (":THE CONDITION: workers[a] = 0 :IMPLIES: output[b] = 0", "fails"),
        (":THE CONDITION: idle[site] :IMPLIES: output[site] <= "
         "RC STEP CHECK(0.5, output[site], 0.0001)", "holds"),
        (":THE CONDITION: idle[site] :IMPLIES: output[site] <= "
         "RC STEP CHECK(0.5, output[site], -1)", "fails"),
        (":THE CONDITION: store > 55 :IMPLIES: workers[a] = 4 :AND: workers[b] = 6", "holds"),
        (":THE CONDITION: store > 55 :IMPLIES: workers[a] = 5", "fails"),
        (":THE CONDITION: store = 100 :IMPLIES: store > 99", "holds"),
        (":THE CONDITION: idle[site] :AND: extra = 0 :IMPLIES: store <= "
         "RC DECAY CHECK(0, store, 4.5)", "holds"),
        (":THE CONDITION: idle[site] :IMPLIES: store <= RC DECAY CHECK(0, store, 3)", "fails"),
        (":THE CONDITION: extra = RC RAMP(extra, 2, 4) :IMPLIES: store >= 55", "holds"),
        (":THE CONDITION: workers[a] = RC GROW(workers[a], 0.1, 3, 2) "
         ":IMPLIES: output[a] >= 2", "holds"),
        (":THE CONDITION: workers[a] = RC GROW(workers[a], 0.1, 3, 2) "
         ":IMPLIES: output[a] < 2.3", "fails"),
        (":THE CONDITION: workers[a] = RC COMPARE('base', workers[a], 2) "
         ":IMPLIES: output[a] > 0", "note"),
        (":THE CONDITION: nothing here :IMPLIES: output[a] > 0", "note"),
    ],
)  # fmt: skip
def test_reality_checks(verdicts, text, verdict):
    subscripts = "[site]" if "[site]" in text else ""
    idle = "idle[site] :TEST INPUT: productivity[site] = RC STEP(productivity[site], 0) ~~|\n"
    found = verdicts(f"{idle}it is so{subscripts}{text} ~~|\n")["it is so"]
    assert found.verdict == verdict, found


def test_what_is_broken_is_said(verdicts):
    found = verdicts("no work:THE CONDITION: workers[a] = 0 :IMPLIES: store < 1 ~~|")["no work"]
    assert found.findings[0].text.en == "is broken at 0 with its condition made true"
