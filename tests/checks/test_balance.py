"""Stocks change by their flows: seen where it is so, and where something else is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

import nqpf
from nqpf.checks.balance import balanced, with_flows
from nqpf.engine import ir

MODEL = """
tank: a, b ~~|
level[tank] = INTEG(inflow[tank] - level[tank]/4, 8) ~~|
inflow[tank] = size[tank] + PULSE(2, 1) ~~|
size[tank] = 1, 2 ~~|
smooth = SMOOTH3(level[a], 2) ~~|
"""


@pytest.mark.parametrize("code", [0, 1])
def test_stocks_change_by_their_flows_under_any_method(build, code):
    check = balanced(with_flows(build(MODEL, step=0.125, code=code)))
    assert (check.verdict, check.figure.en) == ("holds", "none of 1 stocks")


def test_what_a_stock_loses_otherwise_is_found(build):
    model = with_flows(build(MODEL, step=0.125))
    equations = tuple(
        replace(each, body=ir.Binary("-", each.body, ir.Number(0.5)))
        if each.variable == "level"
        else each
        for each in model.written.equations
    )
    leaking = model.amended(replace(model.written, equations=equations), "a leak")
    check = balanced(leaking)
    assert check.verdict == "fails"
    said = check.findings[0].text
    assert said.en == "changes by 0.0625 more or less than its flows at 0"
    assert said.zh == "在时点 0 的变化与流量相差 0.0625"


def test_a_model_without_stocks_has_nothing_to_balance(build):
    model = build("x = 3 ~~|")
    assert isinstance(with_flows(model), nqpf.Model)
    assert balanced(with_flows(model)).verdict == "holds"
