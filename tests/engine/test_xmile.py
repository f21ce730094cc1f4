"""XMILE files: what they say, and what is refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import nqpf

Build = Callable[..., nqpf.Model]

FILE = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs time_units="Year"><start>0</start><stop>2</stop><dt>0.5</dt></sim_specs>
{before}<model><variables>{variables}</variables></model></xmile>
"""


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Write variables into an XMILE file and load it."""

    def make(variables: str, before: str = "") -> nqpf.Model:
        path = tmp_path / "model.xmile"
        path.write_text(FILE.format(variables=variables, before=before), encoding="utf-8")
        return nqpf.load(path)

    return make


def aux(name: str, equation: str, dims: str = "") -> str:
    names = "".join(f'<dim name="{dim}"/>' for dim in dims.split())
    inside = f"<dimensions>{names}</dimensions>" if names else ""
    return f'<aux name="{name}">{inside}<eqn>{equation}</eqn></aux>'


N2 = '<dimensions><dim name="N" size="2"/></dimensions>'
PLACES = '<dimensions><dim name="Place"><elem name="a"/><elem name="b"/></dim></dimensions>'


def test_the_settings_become_control_variables(build):
    model = build("<aux name='x'><eqn>TIME STEP_ + 0</eqn></aux>".replace("TIME STEP_", "DT"))
    control = model.control
    assert (control.initial_time, control.final_time, control.time_step) == (0.0, 2.0, 0.5)
    assert (control.time_unit, control.method) == ("Year", "euler")
    assert model.run()["x"].tolist() == [0.5] * 5


def test_units_documentation_and_limits_are_kept(build):
    model = build(
        '<aux name="growth\\nrate"><eqn>1</eqn><units>1/Year</units><doc>why  so</doc>'
        '<range min="0" max="3"/></aux>'
    )
    rate = model.variables["growth rate"]
    assert (rate.unit, rate.doc, rate.limits) == ("1/Year", "why so", (0.0, 3.0))


def test_equations_listed_one_after_the_other(build):
    """Some programs write one <eqn> for each element, or all values into one."""
    model = build(
        '<aux name="x"><dimensions><dim name="N"/></dimensions><eqn>TIME</eqn><eqn>7</eqn></aux>'
        + aux("y", "3, 4", "N"),
        N2,
    )
    last = model.run().iloc[-1]
    assert last[["x[1]", "x[2]", "y[1]", "y[2]"]].tolist() == [2.0, 7.0, 3.0, 4.0]


def test_reductions_inside_one_another(build):
    """The inner sum runs over all elements for each of the outer: 1/3 + 2/3, then 1*3 + 2*3."""
    model = build(
        aux("a", "1, 2", "N")
        + aux("share", "SUM(a / SUM(a)) + TIME")
        + aux("crossed", "SUM(a * SUM(a)) + TIME")
        + aux("spread", "STDDEV(a) + TIME"),
        N2,
    )
    first = model.run().iloc[0]
    assert first[["share", "crossed", "spread"]].tolist() == pytest.approx([1.0, 9.0, 0.5])


def test_the_element_before(build):
    """A computed subscript that leaves the array gives 0; arrays may so depend on themselves."""
    model = build(
        aux("x", "x[N - 1] * 2 + TIME", "N"), '<dimensions><dim name="N" size="3"/></dimensions>'
    )
    last = model.run().iloc[-1]
    assert last[["x[1]", "x[2]", "x[3]"]].tolist() == [2.0, 6.0, 14.0]


def test_a_dimension_as_a_number_where_an_element_is_defined(build):
    model = build(
        '<aux name="x"><dimensions><dim name="Place"/></dimensions>'
        '<element subscript="b"><eqn>Place * 10 + TIME</eqn></element>'
        '<element subscript="a"><eqn>y</eqn></element></aux>' + aux("y", "Place + TIME", "Place"),
        PLACES,
    )
    last = model.run().iloc[-1]
    assert last[["x[a]", "x[b]"]].tolist() == [3.0, 22.0]


def test_an_outflow_takes_what_flows_in_too(build):
    """Stella help, Flow prioritization: MIN(stock/DT + inflow, outflow), first come first served.

    2 a year flow in, half of it each step: at first 1/0.5 + 2 = 4 a year can leave.
    """
    model = build(
        '<stock name="s"><eqn>1</eqn><inflow>i</inflow><outflow>o</outflow><outflow>rest</outflow>'
        '<non_negative/></stock><flow name="i"><eqn>2</eqn></flow>'
        '<flow name="o"><eqn>3</eqn></flow><flow name="rest"><eqn>5</eqn></flow>'
    )
    frame = model.run()
    assert frame["o"].tolist() == [3.0, 2.0, 2.0, 2.0, 2.0]
    assert frame["rest"].tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert frame["s"].tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_non_negative_stocks_that_feed_one_another(build):
    """Neither can wait for the other: one of them counts without its inflow, nothing is lost."""
    stocks = "".join(
        f'<stock name="{own}"><eqn>1</eqn><inflow>{other}_out</inflow><outflow>{own}_out</outflow>'
        f'<non_negative/></stock><flow name="{own}_out"><eqn>9</eqn></flow>'
        for own, other in (("p", "q"), ("q", "p"))
    )
    frame = build(stocks).run()
    assert (frame["p"] + frame["q"]).tolist() == pytest.approx([2.0] * 5)
    assert (frame[["p", "q"]] >= 0).all().all()


def test_a_variable_without_equation_may_stand_but_not_be_used(build):
    alone = '<aux name="idea"/><aux name="open"><eqn>{to be found}</eqn></aux>'
    assert build(alone + aux("x", "3")).run()["x"].iloc[0] == 3.0
    with pytest.raises(nqpf.InputError, match='"x" uses "idea", which has no equation'):
        build(alone + aux("x", "idea + 1"))


def test_modules_know_dimensions(build):
    model = build(
        '<module name="m"><connect to="given" from="source"/></module>'
        + aux("source", "N * 10", "N")
        + aux("seen", "SUM(m.out)")
        + '</variables></model><model name="m"><variables>'
        + '<aux name="given"><dimensions><dim name="N"/></dimensions></aux>'
        + aux("out", "given + N", "N"),
        N2,
    )
    assert model.run()["seen"].iloc[0] == 33.0


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (aux("x", "a + 1") + aux("a", "1, 2", "N"), '"x" uses the array "a" where one number is'),
        (aux("x", "a[3]") + aux("a", "1, 2", "M"), 'has the dimension "M", which is not defined'),
        (aux("x", "SUM(a[1:3])") + aux("a", "1, 2", "N"), 'a part of "a" that is not there'),
        (aux("x", "1 +"), '"x" (line 4) ends where a name, a number or a bracket was expected'),
        (aux("x", "FOO(1)"), '"x" uses FOO of 1 arguments'),
        (aux("x", "SELF + 1"), "simultaneous equations depend on one another: x <- x"),
        ("<aux><eqn>1</eqn></aux>", "a <aux> (line 4) has no name"),
        (
            '<stock name="s"><eqn>1</eqn><queue/></stock>',
            '"s" (line 4) is a stock of the kind queue, which is not supported',
        ),
        (
            '<stock name="s"><eqn>1</eqn><conveyor><len>2</len></conveyor></stock>',
            '"s" (line 4) is a conveyor with 0 outflows and a transit time <len>; expected one of',
        ),
        (
            '<stock name="s"><eqn>1</eqn><outflow>o</outflow><conveyor discrete="true"><len>2</len>'
            '<capacity>9</capacity></conveyor></stock><flow name="o"><leak/></flow>',
            '"s" (line 4) is a conveyor with capacity, discrete, a leakage flow, which is not supp',
        ),
        (
            '<aux name="g"><eqn>TIME</eqn><gf><ypts>1,2</ypts></gf></aux>',
            '"g" (line 4) has a graphical function without x',
        ),
        (
            '<aux name="g"><eqn>TIME</eqn><gf><xpts>1,2,3</xpts><ypts>1,2</ypts></gf></aux>',
            "has a graphical function of 3 x for 2 y",
        ),
        ('<module name="m"/>', 'module "m" uses model "m", which is not there'),
    ],
)
def test_what_is_wrong_is_said(build, variables, message):
    with pytest.raises(nqpf.InputError) as caught:
        build(variables, N2)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


BOMB = """<?xml version="1.0"?><!DOCTYPE xmile [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<xmile><model><variables><aux name="x"><eqn>&b;</eqn></aux></variables></model></xmile>"""
FOREIGN = (
    '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><xmile><model>&f;</model></xmile>'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "a document type or entity is declared"),
        (FOREIGN, "a document type or entity is declared"),
        ("<x>" * 200, "elements nested more than 100 deep"),
        (FILE.partition("<model>")[0], "no element found"),
        ("<xmile></model>", "mismatched tag"),
        ("<xmile/>", "there is no <sim_specs>"),
        ("<html><body>hello</body></html>", "there is no <sim_specs>"),
        (FILE.replace("<dt>0.5</dt>", "<dt>soon</dt>").format(variables="", before=""), "<dt> of"),
    ],
)
def test_what_is_no_model_is_refused_in_one_line(tmp_path: Path, text, message):
    path = tmp_path / "model.xmile"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(nqpf.InputError) as caught:
        nqpf.load(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_variable_that_is_never_closed_ends_where_the_next_begins(build):
    model = build('<aux name="x"><eqn>4</eqn><aux name="y"><eqn>x + 1</eqn></aux>')
    assert model.run()["y"].iloc[0] == 5.0
