"""Functions that are macros in Vensim itself: a few equations with stocks of their own."""

from __future__ import annotations

from nqpf.engine import ir
from nqpf.engine.reader.macros import Macro

_ONE = ir.Number(1.0)


def _value(name: str) -> ir.Name:
    return ir.Name(name)


# What an amount grows to in one step.
_PERIOD = ir.Binary("+", _ONE, ir.Binary("*", _value("rate"), _value("TIME STEP")))


def _variable(name: str, body: ir.Expr) -> ir.Element:
    return ir.Element(name, name, "", "", (None, None), (ir.Definition((), (), body, name),))


def _present_value(name: str, first: ir.Expr) -> Macro:
    """Return NPV (``first`` 1) or NPVE, which discounts the first payment, too.

    Vensim manual, NPV: (accum + stream * TIME STEP * df) * factor, accum = INTEG(stream * df,
    initial), df = INTEG(-df * rate / (1 + rate * TIME STEP), 1).
    """
    discounted = ir.Binary("*", _value("stream"), _value("df"))
    falls = ir.Binary("/", ir.Binary("*", _value("df"), _value("rate")), _PERIOD)
    now = ir.Binary("*", discounted, _value("TIME STEP"))
    total = ir.Binary("*", ir.Binary("+", _value("accum"), now), _value("factor"))
    return Macro(
        name,
        ("stream", "rate", "initial", "factor"),
        (),
        total,
        (
            _variable("accum", ir.Integ(discounted, _value("initial"))),
            _variable("df", ir.Integ(ir.Negative(falls), first)),
        ),
    )


def _pipeline() -> Macro:
    """Return DELAYP, three stocks in a row and what they hold together (Vensim manual, DELAYP)."""

    def stage(number: int) -> str:
        return f"level {number}"

    def outflow(number: int) -> ir.Expr:
        return ir.Binary("/", _value(stage(number)), third)

    third = ir.Binary("/", _value("delay time"), ir.Number(3.0))
    full = ir.Binary("*", third, _value("input"))
    inflows = {1: _value("input"), 2: outflow(1), 3: outflow(2)}
    levels = tuple(
        _variable(stage(k), ir.Integ(ir.Binary("-", inflow, outflow(k)), full))
        for k, inflow in inflows.items()
    )
    held = ir.Binary("+", ir.Binary("+", _value(stage(1)), _value(stage(2))), _value(stage(3)))
    return Macro(
        "DELAYP",
        ("input", "delay time"),
        ("pipeline",),
        outflow(3),
        (*levels, _variable("pipeline", held)),
    )


# By canonical name, as ``macros.expand`` takes them; a model's own macro goes before them.
MACROS: dict[str, Macro] = {
    "delayp": _pipeline(),
    "npv": _present_value("NPV", _ONE),
    "npve": _present_value("NPVE", ir.Binary("/", _ONE, _PERIOD)),
}
