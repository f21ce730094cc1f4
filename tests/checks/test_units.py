"""Units as written, and what their algebra makes of equations."""

from __future__ import annotations

from pathlib import Path

import pytest

from nqpf.checks.dimensions import mismatches
from nqpf.checks.units import Units, declared
from nqpf.engine.passes.index import index
from nqpf.engine.reader import read
from nqpf.errors import InputError
from nqpf.study.folder import open_study

UNITS = Units()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CNY/Year", "CNY / yr"),
        ("CNY/Person/Year", "CNY/(People*Years)"),
        ("Dmnl", "1"),
        ("", "dimensionless"),
        ("1/Year", "Year^-1"),
        ("Year^0.5", "Year^(1/2)"),
        ("(a*b)^2/a", "a*b*b"),
        ("万元/人", "万元/人"),
        ("Person Hours", "person_hours"),
        ("$/Month", "Dollars/mo"),
        ("%", "%"),
    ],
)
def test_spellings_of_one_unit(one, other):
    assert UNITS.parse(one) == UNITS.parse(other)


@pytest.mark.parametrize(("one", "other"), [("CNY", "CNY/Year"), ("a*b", "a/b"), ("Year", "Month")])
def test_different_units(one, other):
    assert UNITS.parse(one) != UNITS.parse(other)


def test_a_unit_shows_as_it_was_first_written():
    units = Units()
    assert str(units.parse("yuan / (Person * years)")) == "yuan/Person/Year"
    assert str(units.parse("YUAN^(1/2)")) == "yuan^(1/2)"
    assert str(units.parse("1/Year")) == "1/Year"
    assert str(units.parse("Year/Year")) == "Dmnl"


def test_a_models_own_synonyms():
    units = Units([("CNY", "yuan", "RMB"), ("Years", "an", "Jahr")])
    assert units.parse("rmb") == units.parse("Yuan")
    assert units.parse("Jahr") == units.parse("yr")


def test_names_of_units_that_a_vensim_file_brings(write):
    path = write("x = INTEG(speed, 0) ~ metre ~|\nspeed = 2 ~ m/y ~|\ny = x ~ jump ~|")
    with path.open("a") as file:
        file.write("22:Year,y\n22:m, metre ,metres\n")
    model = index(read(path))
    units = Units.of(model.units)
    assert units.parse("m/y") == units.parse("Metres/Years")
    known, _ = declared(units, {n: v.unit for n, v in model.variables.items()})
    assert [e.variable for e in mismatches(model, known, units.parse("Year"))] == ["y"]


def test_names_of_units_that_an_xmile_file_brings(tmp_path: Path):
    path = tmp_path / "model.xmile"
    path.write_text(
        """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
        <sim_specs><start>0</start><stop>2</stop></sim_specs>
        <model_units>
        <unit name="People"><eqn/><alias>person</alias><alias>head</alias></unit>
        <unit name="joule"><eqn>newton*metre</eqn><alias>J</alias></unit>
        <unit name="odd"><eqn>)</eqn></unit>
        </model_units>
        <model><variables><aux name="a"><eqn>1</eqn></aux></variables></model></xmile>"""
    )
    units = Units.of(index(read(path)).units)
    assert units.parse("J/head") == units.parse("metre*newton/Persons")
    assert units.parse("odd") != units.parse("J")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("CNY/", "a unit is missing"),
        ("*CNY", "a unit is missing"),
        ("(CNY", "a bracket is not closed"),
        ("CNY)", r'"\)" was not expected'),
        ("CNY^x", '"x" is not an exponent'),
        ("CNY^(1/0)", "is not an exponent"),
        ("x" * 5000, "5000 characters"),
        ("(" * 900, "more than 50 brackets"),
    ],
)
def test_what_is_no_unit_is_said(text, reason):
    with pytest.raises(InputError, match=reason):
        UNITS.parse(text)


BASE = """
money = INTEG(income - spending, start) ~ CNY ~|
start = 100 ~ CNY ~|
income = 10 ~ CNY/Year ~|
spending = money / life ~ CNY/Year ~|
life = 5 ~ Years ~|
people = 3 ~ Person ~|
share = 0.5 ~ Dmnl ~|
"""

SOUND = [
    "x = money + 5 ~ CNY ~|",
    "x = MAX(0, money / people) ~ CNY/Person ~|",
    "x = money ^ 2 ~ CNY*CNY ~|",
    "x = SQRT(money * people) ~ CNY^(1/2)*Person^(1/2) ~|",
    "x = EXP(share) * LN(2) ~ Dmnl ~|",
    "x = money / start ^ share ~ CNY ~|".replace("start ^ share", "(start / start) ^ share"),
    "x = IF THEN ELSE(Time > 2, money, 0) ~ CNY ~|",
    "x = IF THEN ELSE(money > 2 :AND: share > 0, 1, 0) ~ Dmnl ~|",
    "x = SMOOTH(money, life) ~ CNY ~|",
    "x = DELAY FIXED(income, 2, 0) ~ CNY/Year ~|",
    "x = SAMPLE IF TRUE(Time > 2, money, 0) ~ CNY ~|",
    "x = TREND(money, life, 0) ~ 1/Year ~|",
    "x = FORECAST(money, life, 2) ~ CNY ~|",
    "x = STEP(income, 3) + RAMP(income / life, 1, 4) ~ CNY/Year ~|",
    "x = 10 + RAMP(1, 2, 4) + STEP(share, 3) ~ Dmnl ~|",
    "x = PULSE(3, life) ~ Dmnl ~|",
    "x = ZIDZ(money, people) ~ CNY/Person ~|",
    "x = WITH LOOKUP(Time, ([(0,0)-(9,9)],(0,0),(9,9))) ~ CNY ~|",
    "t((0,0),(9,9)) ~ CNY ~|\nx = t(share) + money ~ CNY ~|",
    "r: p, q ~~|\na[r] = 2 ~ CNY ~|\nx = SUM(a[r!]) + money ~ CNY ~|",
    "r: p, q ~~|\na[r] = 2 ~ CNY ~|\nx = PROD(a[r!]) ~ CNY^2 ~|",
    "x = RANDOM NORMAL(0, start, start, 5, 0) ~ CNY ~|",
    "x = INITIAL(money) ~ CNY ~|",
    "unknown = 2 ~~|\nx = money * unknown ~ Person ~|",
]


def found_in(write, text: str) -> list[tuple[str, str]]:
    model = index(read(write(BASE + text)))
    units = Units()
    known, wrong = declared(units, {n: v.unit for n, v in model.variables.items()})
    assert not wrong
    return [(each.variable, each.text.en) for each in mismatches(model, known, units.parse("Year"))]


@pytest.mark.parametrize("text", SOUND)
def test_sound_equations(write, text):
    assert found_in(write, text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = money + income ~ CNY ~|", "'money + income': 'money' is CNY, 'income' is CNY/Year"),
        ("x = money ~ Person ~|", "equation: 'money' is CNY, 'x' is Person"),
        ("x = INTEG(money, 0) ~ CNY ~|", "net flow: 'money' is CNY, 'x per unit of time' is CNY/Y"),
        ("x = INTEG(income, people) ~ CNY ~|", "initial value: 'people' is Person, 'x' is CNY"),
        ("x = EXP(money) ~ Dmnl ~|", "'EXP(money)': 'money' is CNY, expected Dmnl"),
        ("x = 2 ^ money ~ Dmnl ~|", "'2 ^ money': 'money' is CNY, expected Dmnl"),
        ("x = money ^ share ~ Dmnl ~|", "'money ^ share': 'money' is CNY, expected Dmnl"),
        ("x = MAX(money, people) ~ CNY ~|", "'money' is CNY, 'people' is Person"),
        ("x = IF THEN ELSE(money > people, 1, 0) ~ Dmnl ~|", "'money > people': 'money' is CNY"),
        ("x = IF THEN ELSE(share > 0, money, people) ~ CNY ~|", "'people' is Person"),
        ("x = SMOOTH(money, people) ~ CNY ~|", "'people' is Person, expected Year"),
        ("x = TREND(money, life, share) ~ 1/Year ~|", "'share' is Dmnl, expected 1/Year"),
        ("x = STEP(income, money) ~ CNY/Year ~|", "'money' is CNY, expected Year"),
        ("x = XIDZ(money, people, share) ~ CNY/Person ~|", "'share' is Dmnl, expected CNY/Person"),
        ("t((0,0),(9,9)) ~ CNY ~|\nx = t(share) ~ Person ~|", "is CNY, 'x' is Person"),
        ("r: p, q ~~|\na[r] = 2 ~ CNY ~|\nx = PROD(a[r!]) ~ CNY ~|", "is CNY^2, 'x' is CNY"),
    ],
)
def test_unsound_equations(write, text, said):
    ((variable, message),) = found_in(write, text)
    assert variable == "x"
    assert said in message


def test_the_flagship_is_sound_and_a_wrong_unit_in_it_is_seen(tmp_path: Path):
    path = open_study(None).model_file
    text = path.read_text("utf-8")
    units = Units()

    def count(text: str) -> int:
        changed = tmp_path / "model.mdl"
        changed.write_text(text, "utf-8")
        model = index(read(changed))
        known, wrong = declared(units, {n: v.unit for n, v in model.variables.items()})
        return len(wrong) + len(mismatches(model, known, units.parse("Year")))

    assert count(text) == 0
    wrong = text.replace("National GDP = SUM(GDP[Region!])", "National GDP = SUM(GDP[Region!] ^ 2)")
    assert wrong != text
    assert count(wrong) > 0
