"""Statements: what each kind of expectation accepts and refuses, all of them in one ensemble."""

from __future__ import annotations

import pytest

from nqpf.checks.claims import claims
from nqpf.checks.instrument import equations
from nqpf.checks.statements import Statement, StatementFile, changed_variables
from nqpf.engine import load
from nqpf.errors import InputError
from told_in_chinese import in_chinese

MODEL = """
r: p, q ~~|
level[r] = INTEG(inflow[r] - outflow[r], start) ~~|
inflow[r] = tap[r] ~~|
tap[r] = 2, 4 ~~|
outflow[r] = level[r]/4 ~~|
start = 8 ~~|
total = SUM(level[r!]) ~~|
double = 2*total ~~|
"""

# (settings, expectation, whether it is so); level p: 8 at rest, level q: from 8 to 16
CASES = [
    ({}, {"variable": "level[p]", "equals": 8.0}, True),
    ({}, {"variable": "level", "equals": 8.0}, False),
    ({}, {"variable": "level", "equals": 8.0, "between": [0, 0]}, True),
    ({}, {"variable": "level[q]", "trend": "rises"}, True),
    ({}, {"variable": "level[q]", "trend": "falls"}, False),
    ({}, {"variable": "level", "trend": "constant"}, False),
    ({}, {"variable": "level[p]", "trend": "rises"}, False),
    ({}, {"variable": "level", "above": 7.9, "below": 16.0}, True),
    ({}, {"variable": "level", "above": 8.0}, False),
    ({}, {"variable": "level[q]", "above": 12.0, "anywhere": True}, True),
    ({}, {"variable": "double", "above": "total"}, True),
    ({}, {"variable": "half", "equals": "total", "tolerance": 1e-12}, True),
    ({}, {"variable": "half", "equals": "double"}, False),
    ({"set": {"start": 16.0}}, {"variable": "level[p]", "trend": "falls"}, True),
    ({"set": {"tap[q]": 2.0}}, {"variable": "level", "equals": 8.0}, True),
    ({"set": {"outflow": 0.0}},
     {"variable": "level[p]", "equals": 28.0, "between": [10, 10]}, True),
    ({"set": {"tap": 3.0}}, {"variable": "level[p]", "measure": "ratio", "above": 1.0,
                            "between": [1, 10]}, True),
    ({"set": {"tap": 3.0}}, {"variable": "level[q]", "measure": "difference", "below": 0.0,
                            "between": [1, 10]}, True),
    ({"change": [{"variable": "tap", "times": 2.0, "since": 2, "until": 3}]},
     {"variable": "level", "measure": "difference", "peaks": [2.5, 3.5]}, True),
    ({"change": [{"variable": "tap", "times": 2.0, "since": 2, "until": 3}]},
     {"variable": "level", "measure": "difference", "peaks": [5, 9]}, False),
    ({"change": [{"variable": "tap", "times": 2.0, "since": 2, "until": 3}]},
     {"variable": "level", "returns": 0.25}, True),
    ({"change": [{"variable": "tap", "times": 2.0, "since": 2, "until": 3}]},
     {"variable": "level", "returns": 0.1}, False),
    ({"change": [{"variable": "tap[p]", "plus": 1.0, "since": 2}]},
     {"variable": "level[q]", "measure": "ratio", "equals": 1.0}, True),
    ({"change": [{"variable": "outflow", "hold": True, "since": 0}]},
     {"variable": "level[q]", "equals": 28.0, "between": [10, 10], "tolerance": 1e-12}, True),
    ({"change": [{"variable": "tap", "to": 0.0, "since": 1}]},
     {"variable": "level", "trend": "falls", "between": [2, 10]}, True),
    ({"across": {"variable": "start", "values": [1, 2, 3]}},
     {"variable": "level", "trend": "rises"}, True),
    ({"across": {"variable": "start", "values": [1, 2, 2]}},
     {"variable": "level", "trend": "constant"}, False),
    ({"scenario": "more"}, {"variable": "level[p]", "above": 8.0, "between": [1, 10]}, True),
    ({"scenario": "more", "set": {"tap[p]": 2.0}, "without": {}},
     {"variable": "level[p]", "measure": "ratio", "equals": 1.0}, True),
]  # fmt: skip


def statement(settings: dict, expectation: dict, **more) -> Statement:
    return Statement.model_validate(
        {"kind": "behaviour", "title": "t", "reason": "r", "expect": [expectation]}
        | settings
        | more
    )


def check(path, statements: dict[str, Statement]):
    stated = StatementFile(quantities={"half": "double/2", "twice[r]": "2*level[r]"})
    plain = load(path)
    changed = changed_variables(statements) | {"outflow": True}
    text = equations(plain, changed, stated.quantities)
    return in_chinese(claims(load(path, changes=text), statements, {"more": {"tap": 5.0}}))


@pytest.fixture
def path(write):
    return write(MODEL, final=10, step=0.125, saveper="1")


def test_every_kind_of_expectation(path):
    named = {str(k): statement(*case[:2]) for k, case in enumerate(CASES)}
    found = [each.verdict == "holds" for each in check(path, named)]
    assert found == [case[2] for case in CASES]


def test_a_message_says_what_where_and_what_was_expected(path):
    case = statement({"set": {"tap": 3.0}}, {"variable": "level", "below": 10.0})
    (only,) = check(path, {"s": case})
    said = only.findings[0].text
    assert said.en == "level[p] is 10.133 at 3; expected below 10"
    assert said.zh == "“level[p]”在时点 3 为 10.133；预期低于 10"


def test_a_known_contradiction_is_a_finding_and_must_go_when_it_is_gone(path):
    said = {"finding": {"en": "It does not fall.", "zh": "不降。"}}
    wrong = statement({}, {"variable": "level[q]", "trend": "falls"}, **said)
    right = statement({}, {"variable": "level[q]", "trend": "rises"}, **said)
    assert [each.verdict for each in check(path, {"a": wrong, "b": right})] == ["finding", "fails"]


def test_a_run_that_fails_fails_the_statement(path):
    case = statement({"set": {"start": 1e308}}, {"variable": "double", "above": 0.0})
    (only,) = check(path, {"s": case})
    assert only.verdict == "fails"
    assert "not finite" in only.findings[0].text.en


@pytest.mark.parametrize(
    ("settings", "expectation", "said"),
    [
        ({}, {"variable": "levle", "above": 0.0}, 'Did you mean "level"'),
        ({"set": {"strat": 1.0}}, {"variable": "level", "above": 0.0}, 'Did you mean "start"'),
        ({"scenario": "less"}, {"variable": "level", "above": 0.0}, 'unknown scenario "less"'),
        (
            {"change": [{"variable": "level", "to": 1.0}]},
            {"variable": "level", "above": 0.0},
            "it is a stock",
        ),
    ],
)
def test_wrong_statements_are_one_line(path, settings, expectation, said):
    with pytest.raises(InputError) as caught:
        check(path, {"s": statement(settings, expectation)})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"change": [{"variable": "tap"}]},
        {"change": [{"variable": "tap", "to": 1.0, "times": 2.0}]},
        {"change": [{"variable": "tap", "hold": True}]},
        {"expect": []},
        {"expect": [{"variable": "level"}]},
        {"expect": [{"variable": "level", "above": 1.0, "between": [3, 2]}]},
    ],
)
def test_statements_that_say_nothing_are_refused(wrong):
    from pydantic import ValidationError

    with pytest.raises(ValidationError):
        statement({}, {"variable": "level", "above": 0.0}, **wrong)
