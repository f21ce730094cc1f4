"""DELAY N, SMOOTH N and DEPRECIATE STRAIGHTLINE: stages that change once a step.

A level of this step is what was kept for it in the step before, so it is the same in all stages of
a Runge-Kutta method, and nothing of the present step enters into it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nqpf.engine import ir
from nqpf.engine.passes.elements import pin_expr
from nqpf.engine.passes.hidden import STAGE

if TYPE_CHECKING:
    from nqpf.engine.passes.stateful import Expander

_ZERO, _ONE = ir.Number(0.0), ir.Number(1.0)
_AT_START = ir.Compare(">", _ONE, ir.StepNumber())
_SLACK = ir.Number(1e-6)  # a ratio that is whole but for rounding counts as whole

Loops = tuple[ir.Loop, ...]
Next = Callable[[ir.Expr, ir.Expr], ir.Expr]  # (level, the level before it) -> one step on


def staged(expander: Expander, delay: ir.Delay, owner: ir.Equation, loops: Loops) -> ir.Expr:
    """Return what stands for a delay of one of these kinds; its stages join ``expander``."""
    stages = _Stages(expander, delay, owner, loops)
    match delay.kind:
        case "delay n":
            return _delay_n(stages, delay)
        case "smooth n":
            return _smooth_n(stages, delay)
        case _:
            return _depreciation(stages, delay)


def _delay_n(stages: _Stages, delay: ir.Delay) -> ir.Expr:
    """A chain of stages whose last one is emptied by the delay time of the step before.

    Vensim manual, DELAY N: the output depends on earlier delay times only, and what flows in
    flows out. The other stages go by the present delay time (suite case ``delays``).
    """
    order = stages.lowered(delay)
    if stages.expander.is_static(delay.time):
        before = own = delay.time
    else:
        record = stages.expander.record(stages.owner, stages.loops, delay.time, None)
        early = stages.expander.held(delay.time, stages.owner, stages.loops)
        before = ir.If(_AT_START, early, ir.Past(record, _ONE))
        last = ir.Compare("=", stages.number, ir.Number(stages.count - 1.0))
        own = ir.If(last, before, delay.time)

    def rate(amount: ir.Expr, time: ir.Expr) -> ir.Expr:
        return ir.Binary("/", ir.Binary("*", amount, order), time)

    def following(level: ir.Expr, upstream: ir.Expr) -> ir.Expr:
        inflow = stages.fed(delay.input, rate(upstream, delay.time), order)
        net = ir.Binary("-", inflow, rate(level, own))
        return ir.Binary("+", level, ir.Binary("*", stages.step, net))

    initial = ir.Binary("/", ir.Binary("*", delay.initial, delay.time), order)
    levels = stages.levels("delay n", stages.held(initial), following)
    return rate(stages.last(levels), before)


def _smooth_n(stages: _Stages, smooth: ir.Delay) -> ir.Expr:
    order = stages.lowered(smooth)

    def following(level: ir.Expr, upstream: ir.Expr) -> ir.Expr:
        gap = ir.Binary("-", stages.fed(smooth.input, upstream, order), level)
        change = ir.Binary("/", ir.Binary("*", gap, order), smooth.time)
        return ir.Binary("+", level, ir.Binary("*", stages.step, change))

    levels = stages.levels("smooth n", stages.held(smooth.initial), following)
    return stages.last(levels)


def _depreciation(stages: _Stages, delay: ir.Delay) -> ir.Expr:
    """Straight-line depreciation: a level a fiscal period, the present one first.

    Vensim manual, DEPRECIATE STRAIGHTLINE: the payments of a fiscal period are lumped together and
    written off in equal parts over the lifetime, that period included, in which the present stream
    stands for what was paid; it starts as if the initial stream had always been. The order is the
    lifetime in fiscal periods, which are counted from INITIAL TIME.
    """
    order = stages.order(ir.Call("truncate", (ir.Binary("+", delay.order, ir.Number(0.5)),)))
    period = ir.Binary("/", delay.time, delay.order)
    began = ir.Ref(stages.expander.control("INITIAL TIME"))

    def periods(time: ir.Expr) -> ir.Expr:
        passed = ir.Binary("/", ir.Binary("-", time, began), period)
        return ir.Call("floor", (ir.Binary("+", passed, _SLACK),))

    over = ir.Compare(
        ">", periods(ir.Binary("+", ir.StepTime(), stages.step)), periods(ir.StepTime())
    )
    paid = ir.Binary("*", delay.input, stages.step)
    present = ir.Compare("=", stages.number, _ZERO)

    def following(level: ir.Expr, newer: ir.Expr) -> ir.Expr:
        # What is paid in this step belongs to the present period, the newest.
        newest = ir.If(ir.Compare("=", stages.number, _ONE), ir.Binary("+", newer, paid), newer)
        moved = ir.If(present, _ZERO, newest)
        return ir.If(over, moved, ir.If(present, ir.Binary("+", level, paid), level))

    start = stages.held(ir.Binary("*", delay.initial, period))
    levels = stages.levels("period", ir.If(present, _ZERO, start), following)
    old = ir.Logic("and", ir.Not(present), ir.Compare("<", stages.number, order))
    total = stages.sum(ir.If(old, levels, _ZERO))
    parts = ir.Binary("+", delay.input, ir.Binary("/", total, period))
    return ir.Binary("/", parts, order)


class _Stages:
    """As many levels as the file's constants ask for, numbered from 0.

    The order may differ from element to element and from member to member: a member uses fewer
    stages than there are, and one that asks for more has no value.
    """

    def __init__(
        self, expander: Expander, delay: ir.Delay, owner: ir.Equation, loops: Loops
    ) -> None:
        self.expander = expander
        self.owner = owner
        self.loops = loops
        self.count = expander.order(delay, owner, loops)
        self.step = ir.Ref(expander.control("TIME STEP"))
        self.loop = ir.Loop(STAGE, self.count)
        along = tuple(range(self.count))
        numbers = f"{ir.HIDDEN}numbers of {self.count} stages"
        expander.constants[numbers] = tuple(map(float, along))
        expander.variables[numbers] = ir.Variable(
            numbers, numbers, "", "", (STAGE,), (self.count,), "constant"
        )
        self.number = ir.Ref(numbers, (ir.Along(self.loop, along),))

    def held(self, expr: ir.Expr) -> ir.Ref:
        return self.expander.held(expr, self.owner, self.loops)

    def order(self, wanted: ir.Expr) -> ir.Ref:
        """Return the order at the start, undefined where it is above the number of stages."""
        too_high = ir.Compare(">", wanted, ir.Number(float(self.count)))
        return self.held(ir.If(too_high, ir.Number(float("nan")), ir.Call("max", (_ONE, wanted))))

    def lowered(self, delay: ir.Delay) -> ir.Ref:
        """Return the order, lowered until ``order * TIME STEP`` is not above the delay time."""
        wanted = self.order(ir.Call("truncate", (delay.order,)))
        room = ir.Binary("+", ir.Binary("/", delay.time, self.step), _SLACK)
        fitting = ir.Call("min", (wanted, ir.Call("floor", (room,))))
        return self.held(ir.Call("max", (_ONE, fitting)))

    def fed(self, source: ir.Expr, upstream: ir.Expr, order: ir.Expr) -> ir.Expr:
        """Return what enters a stage: ``source`` in the first of the last ``order`` ones."""
        first = ir.Binary("-", ir.Number(float(self.count)), order)
        return ir.If(ir.Compare("=", self.number, first), source, upstream)

    def levels(self, what: str, initial: ir.Expr, following: Next) -> ir.Ref:
        """Add a level a stage; returns it along the loop over stages."""
        expander, owner = self.expander, self.owner
        name = expander.hidden(what, owner, self.loops, "auxiliary", self.count)
        record = expander.hidden("record", owner, self.loops, "record", self.count)
        expander.records[record] = ""
        here = tuple(ir.Along(loop, tuple(range(loop.size))) for loop in self.loops)
        one = self.count == 1
        own = here if one else (*here, *self.number.indices)
        before = tuple(max(0, k - 1) for k in range(self.count))
        upstream = here if one else (*here, ir.Along(self.loop, before))
        value = ir.If(_AT_START, initial, ir.Past(ir.Ref(record, own), _ONE))
        after = following(ir.Ref(name, own), ir.Ref(name, upstream))
        loops = self.loops if one else (*self.loops, self.loop)
        for target, body in ((name, value), (record, after)):
            body = pin_expr(body, {STAGE: 0}) if one else body
            expander.equations.append(ir.Equation(target, own, loops, body, None, owner.text))
        return ir.Ref(name, own)

    def last(self, levels: ir.Ref) -> ir.Expr:
        return pin_expr(levels, {STAGE: self.count - 1})

    def sum(self, body: ir.Expr) -> ir.Expr:
        """Return the sum over all stages."""
        if self.count == 1:
            return pin_expr(body, {STAGE: 0})
        return ir.Reduce("sum", body, (self.loop,))
