"""What does nothing, what acts too early, what jumps, what leaves its range: found, and no more."""

from __future__ import annotations

import pytest

import nqpf
from nqpf.checks.courses import jumps, within
from nqpf.checks.effects import acting, effective, results
from nqpf.errors import InputError
from told_in_chinese import in_chinese

MODEL = """
region: a, b ~~|
stock[region] = INTEG(inflow[region] - stock[region]/delay, 1) ~ [0, 30]~|
inflow[region] = size[region]*(1 + lever*gain*ramp) ~~|
ramp = MAX(0, MIN(1, Time - start)) ~ [0, 1]~|
size[region] = 1, 2 ~ [0, 4]~|
delay = 4 ~ [2, 9]~|
lever = 0 ~ [0, 1]~|
gain = 0.5 ~ [0.1, 1]~|
start = 4 ~ [4, 8]~|
"""


@pytest.fixture
def model(write):
    def of(old: str = "", new: str = "") -> nqpf.Model:
        assert old == "" or MODEL.count(old) == 1
        return nqpf.load(write(MODEL.replace(old, new) if old else MODEL, step=0.125, saveper="1"))

    return of


def without_effect(model: nqpf.Model) -> list[str]:
    return [each.variable for each in in_chinese([effective(model, results(model))])[0].findings]


def test_a_constant_behind_a_lever_that_is_off_has_an_effect(model):
    assert without_effect(model()) == []


@pytest.mark.parametrize(
    ("old", "new", "dead"),
    [
        ("lever*gain*ramp", "lever*gain^0*ramp", ["gain"]),
        ("lever*gain*ramp", "0*lever*gain*ramp", ["lever", "gain", "start"]),
        ("size[region]*(1", "size[a]*(1", ["size[b]"]),
        ("stock[region]/delay", "stock[region]/MAX(delay, 9)", ["delay"]),
        ("lever = 0 ~ [0, 1]~|", "lever = 0 ~~|", ["gain", "start"]),
    ],
)
def test_what_moves_nothing_is_found_element_by_element(model, old, new, dead):
    assert without_effect(model(old, new)) == dead


def test_a_model_without_ranges_says_so(build):
    model = build("level = INTEG(rate, 0) ~~|\nrate = 1 ~~|")
    assert effective(model, results(model)).figure.en == "no constant has a range"


def test_a_result_that_is_read_counts_if_it_is_stated(build):
    model = build("shown = scale*Time ~~|\nend = 0*shown ~~|\nscale = 2 ~ [1, 3]~|")
    assert [e.variable for e in effective(model, results(model)).findings] == ["scale"]
    assert effective(model, results(model, ["shown"])).verdict == "holds"


@pytest.mark.parametrize(
    ("settings", "observed", "said"),
    [
        ({"lever": 1.0}, 4.0, None),
        ({}, 4.0, None),
        ({"lever": 1.0}, 6.0, "moves a result in 5, which is history"),
        ({"lever": 1.0}, None, None),
        ({"gain": 1.0}, 4.0, "moves no result"),
        ({"size[b]": 3.0}, 0.0, None),
        ({"size[b]": 3.0}, 10.0, None),
        ({"size[b]": 3.0}, 2.0, "moves a result in 1, which is history"),
    ],
)
def test_scenarios_act_and_leave_history_alone(model, settings, observed, said):
    own = model()
    (check,) = in_chinese([acting(own, results(own), {"s": settings}, observed)])
    assert [each.text.en for each in check.findings] == ([] if said is None else [said])


COURSES = """
smooth = 10*EXP(-Time/4) + table(Time) ~~|
table((0,0),(5,3),(10,0)) ~~|
bent = MAX(0, Time - 5) ~~|
fast = EXP(-Time) ~~|
constant = 4 ~~|
follows = 2*late ~~|
late = STEP(1, 4) ~~|
stock = INTEG(late, 0) ~~|
"""


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", []),
        ("switched = IF THEN ELSE(Time >= 5, 2, 1) ~~|", [("switched", "5")]),
        ("turned = IF THEN ELSE(Time > 5, Time - 5, 0) ~~|", []),
        ("small = IF THEN ELSE(Time > 5, Time + 0.1, Time) ~~|", []),
        ("behind = MAX(0, level) ~~| level = IF THEN ELSE(Time > 7, -3, 3) ~~|",
         [("behind", "7.0625"), ("level", "7.0625")]),
        ("rounded = INTEGER(Time) ~~|", []),
        ("pulsed = PULSE(3, 1) + stock ~~|", []),
    ],
)  # fmt: skip
def test_jumps_that_nobody_wrote_are_found(build, more, found):
    model = build(COURSES + more, step=0.125, saveper="1")
    seen = [
        (each.variable, each.text.en.rpartition(" ")[2]) for each in jumps(model, model).findings
    ]
    assert seen == found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", []),
        ("~ [0, 30]", "~ [0, 6]", ["is 6.034 at 5 (as in the file), outside of [0, 6]"]),
        ("~ [0, 30]", "~ [1.5, 30]", ["is 1 at 0 (as in the file), outside of [1.5, 30]"]),
        ("MAX(0, MIN(1, Time - start))", "MIN(1, Time - start)",
         ["is -4 at 0 (as in the file), outside of [0, 1]"]),
    ],
)  # fmt: skip
def test_results_stay_in_the_ranges_that_the_file_states(model, old, new, said):
    (check,) = in_chinese([within(model(old, new), {"s": {"size": 2.0}})])
    assert [each.text.en for each in check.findings] == said


def test_results_that_do_not_exist_are_one_line(model):
    with pytest.raises(InputError, match='Did you mean "stock"'):
        results(model(), ["stok"])
