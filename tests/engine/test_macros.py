"""Macros of Vensim: expanded per use. Expected values by hand.

Reference: Vensim manual, Macros, Defining Macros and Using Macros (documentation/22145, 22150).
"""

from __future__ import annotations

import pytest

import nqpf
from nqpf.engine import ir
from nqpf.engine.reader.macros import CALL, Macro, expand

HALVE = """
:MACRO: HALVE(input)
HALVE = input / 2 ~ input ~ half of it |
:END OF MACRO:
"""
ADD3 = """
:MACRO: add3(val1, val2, val3 : minval, maxval)
add3 = val1 + val2 + val3 ~ val1 ~|
minval = MIN(val1, MIN(val2, val3)) ~ val1 ~ the least |
maxval = MAX(val1, MAX(val2, val3)) ~ cubic metre ~|
:END OF MACRO:
"""
FILL = """
:MACRO: FILL(input, start)
FILL = INTEG(rate, start) ~~|
rate = input * 2 ~~|
:END OF MACRO:
"""


def test_a_macro_is_used_inside_an_expression_and_inside_itself(build):
    model = build(HALVE + "x = 1 + halve(Time) * HALVE(HALVE(8)) ~~|")
    assert model.run()["x"].iloc[-1] == 1 + 5 * 2


def test_every_use_has_its_own_stocks(build):
    """Two uses of a macro with a stock do not share it (XMILE 1.0, section 4.8.2)."""
    model = build(FILL + "a = FILL(1, 10) ~~|\nb = FILL(3, 0) - FILL(1, 10) ~~|")
    last = model.run().iloc[-1]
    assert last["a"] == 10 + 2 * 10
    assert last["b"] == 6 * 10 - 30


def test_further_outputs_define_variables_of_the_model(build):
    model = build(
        ADD3 + "a = 5 ~ km3 ~|\nTotal = add3(a, Time, 3 : Min Reserve, max reserve) ~~|\n"
        "low = IF THEN ELSE(min reserve < 1 :AND: Max Reserve > 4, 1, 0) ~~|"
    )
    frame = model.run()
    assert frame.loc[0.0, ["Total", "Min Reserve", "max reserve", "low"]].tolist() == [8, 0, 5, 1]
    assert frame.loc[10.0, ["Total", "Min Reserve", "max reserve", "low"]].tolist() == [
        18,
        3,
        10,
        0,
    ]
    # The name of an input stands for its unit.
    assert model.variables["Min Reserve"].unit == "km3"
    assert model.variables["Min Reserve"].doc == "the least"
    assert model.variables["max reserve"].unit == "cubic metre"


def test_outputs_may_be_left_unused(build):
    assert build(ADD3 + "x = add3(1, 2, Time) ~~|").run()["x"].iloc[0] == 3


def test_names_inside_a_macro_are_local_and_a_dollar_sign_leads_out(build):
    model = build(
        ":MACRO: RISE(input)\nRISE = input * rate + population$ + Time$ / TIME STEP$ ~~|\n"
        "rate = 2 ~~|\n:END OF MACRO:\n"
        "rate = 100 ~~|\npopulation = 1000 ~~|\nx = RISE(3) ~~|"
    )
    frame = model.run()
    assert frame["x"].iloc[-1] == 6 + 1000 + 10 / 0.5
    assert frame["rate"].iloc[-1] == 100


def test_a_macro_takes_the_subscripts_of_the_left_side(build):
    model = build(
        FILL + "r: p, q, s ~~|\nw[r] = 1, 2, 3 ~~|\nx[r] = FILL(w[r], 5) ~~|\n"
        "y[p] = FILL(w[q], 0) ~~|\ny[q] = FILL(w[s], 1) ~~|\ny[s] = 0 ~~|\n"
        "z[r] :EXCEPT: [p] = FILL(w[r], 0) ~~|\nz[p] = -1 ~~|"
    )
    last = model.run().iloc[-1]
    assert last[["x[p]", "x[q]", "x[s]"]].tolist() == [25, 45, 65]
    assert last[["y[p]", "y[q]", "y[s]"]].tolist() == [40, 61, 0]
    assert last[["z[p]", "z[q]", "z[s]"]].tolist() == [-1, 40, 60]


def test_a_macro_inside_a_sum(build):
    model = build(
        FILL + "r: p, q ~~|\nc: u, v ~~|\nw[r, c] = 1, 2; 3, 4; ~~|\n"
        "x[c] = SUM(FILL(w[r!, c], 1)) ~~|"
    )
    last = model.run().iloc[-1]
    assert last[["x[u]", "x[v]"]].tolist() == [2 + 20 * 4, 2 + 20 * 6]


def test_a_lookup_inside_a_macro_and_one_given_to_it(build):
    model = build(
        ":MACRO: READ(curve, x)\nREAD = curve(x) + own(x) + WITH LOOKUP(x, ((0,0),(10,100))) ~~|\n"
        "own((0,1),(10,2)) ~~|\n:END OF MACRO:\n"
        "steep((0,0),(10,1000)) ~~|\nr: p, q ~~|\na = READ(steep, Time) ~~|\n"
        "b[r] = READ(steep, 5) ~~|"
    )
    last = model.run().iloc[-1]
    assert last[["a", "b[p]", "b[q]"]].tolist() == [1000 + 2 + 100, 551.5, 551.5]


def test_a_macro_may_follow_its_use_and_bear_the_name_of_a_function(build):
    model = build(
        "x = SMOOTH(Time, 3) + total double(4) ~~|\ntotal double((0,0),(8,8)) ~~|\n"
        ":MACRO: SMOOTH(a, b)\nSMOOTH = a * b ~~|\n:END OF MACRO:\n"
        ":MACRO: DOUBLE(a)\nDOUBLE = SMOOTH(a, 2) ~~|\n:END OF MACRO:\ny = DOUBLE(Time) ~~|"
    )
    last = model.run().iloc[-1]
    assert last[["x", "y"]].tolist() == [34, 20]


def test_a_parameter_may_be_called_time(build):
    model = build(":MACRO: TWICE(time)\nTWICE = 2 * time ~~|\n:END OF MACRO:\nx = TWICE(7) ~~|")
    assert model.run()["x"].iloc[-1] == 14


def test_delays_and_pulses_inside_a_macro(build):
    """A step of 6 through a first-order smooth of time 2: 6 (1 - 0.75^n) after n steps of 0.5."""
    model = build(
        ":MACRO: LAG(x, t)\nLAG = SMOOTH(x, t) + PULSE(100, 1) ~~|\n:END OF MACRO:\n"
        "y = LAG(STEP(6, 0.5), 2) ~~|"
    )
    assert model.run()["y"].iloc[-1] == pytest.approx(6 * (1 - 0.75**19), rel=1e-12)


def test_what_a_macro_makes_stays_hidden(build):
    model = build(FILL + "a = FILL(Time, 10) ~~|")
    assert set(model.variables) == {"a", "FINAL TIME", "INITIAL TIME", "TIME STEP", "SAVEPER"}


@pytest.mark.parametrize(
    ("equations", "expected"),
    [
        (HALVE + "x = HALVE(1, 2) ~~|", '"x" calls macro "HALVE" with 2 arguments; it takes 1'),
        (ADD3 + "x = add3(1, 2) ~~|", "it takes 3 (val1, val2, val3) and 2 outputs (minval, max"),
        (ADD3 + "x = add3(1, 2, 3: y, 4) ~~|", 'an output of macro "add3" is a name, not "4"'),
        (
            ":MACRO: A(x)\nA = B(x) ~~|\n:END OF MACRO:\n:MACRO: B(x)\nB = A(x) ~~|\n"
            ":END OF MACRO:\ny = A(1) ~~|",
            "macro calls itself: A -> B -> A",
        ),
        (
            ":MACRO: A(x)\nA = x * rate ~~|\n:END OF MACRO:\nrate = 1 ~~|\ny = A(1) ~~|",
            'macro "A" uses "rate", which it does not define (a variable of the model is written '
            '"rate$" there)',
        ),
        (
            ":MACRO: A(x)\nA = x(2) ~~|\n:END OF MACRO:\ny = A(1) ~~|",
            'macro "A" uses its input "x" as a table; "y" gives "1"',
        ),
    ],
)
def test_wrong_calls_are_named(write, equations, expected):
    with pytest.raises(nqpf.InputError) as caught:
        nqpf.load(write(equations))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


# --- macros of XMILE: parameters with defaults, a result that is an expression ------------------


def element(name: str, body: ir.Expr, subscripts: tuple[str, ...] = ()) -> ir.Element:
    return ir.Element(name, name, "", "", (None, None), (ir.Definition(subscripts, (), body),))


def smooth1() -> Macro:
    """Return the example of XMILE 1.0, section 4.8.2, with twice its result."""
    gap = ir.Binary("-", ir.Name("input"), ir.Name("Smooth of Input"))
    stock = ir.Integ(ir.Binary("/", gap, ir.Name("averaging_time")), ir.Name("initial"))
    twice = ir.Binary("*", ir.Number(2.0), ir.Name("Smooth_of_Input"))
    parameters = ("input", "averaging_time", "initial")
    elements = (element("Smooth of Input", stock), element("input", ir.Number(0.0)))
    return Macro("SMOOTH1", parameters, (), twice, elements, (ir.Name("input"),))


def test_a_parameter_left_out_has_its_default():
    call = ir.Call(f"{CALL}smooth1", (ir.Name("a", ("r",)), ir.Number(5.0)))
    x, stock = expand([element("x", call, ("r",))], {"smooth1": smooth1()}, ["r"], {})
    hidden = ir.Name(stock.name, ("r",))
    a = ir.Name("a", ("r",))
    assert x.definitions[0].body == ir.Binary("*", ir.Number(2.0), hidden)
    (definition,) = stock.definitions
    gap = ir.Binary("-", a, hidden)
    assert definition.body == ir.Integ(ir.Binary("/", gap, ir.Number(5.0)), a)
    assert definition.subscripts == ("r",)
    assert stock.name.startswith(ir.HIDDEN)


def test_an_argument_that_is_an_expression_is_worked_out_once():
    doubled = ir.Binary("+", ir.Name("a"), ir.Name("a"))
    call = ir.Call(f"{CALL}smooth1", (doubled, ir.Number(5.0), ir.Number(1.0)))
    _, argument, stock = expand([element("x", call)], {"smooth1": smooth1()}, [], {})
    assert argument.definitions[0].body == doubled
    body = stock.definitions[0].body
    assert isinstance(body, ir.Integ)
    assert ir.Name(argument.name) in ir.walk(body.flow)


def test_too_few_arguments_are_named():
    call = ir.Call(f"{CALL}smooth1", (ir.Number(5.0),))
    with pytest.raises(nqpf.InputError, match=r"it takes 2 to 3 \(input, averaging_time, initial"):
        expand([element("x", call)], {"smooth1": smooth1()}, [], {})
