"""DELAY MATERIAL, INFORMATION, BATCH and CONVEYOR: what enters at a step arrives at a later one.

All go by whole steps: what arrives at a step is known before it begins, so it is the same in all
stages of a Runge-Kutta method. Vensim reference manual, the functions' pages.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nqpf.engine import ir
from nqpf.engine.passes.hidden import along

if TYPE_CHECKING:
    from nqpf.engine.passes.stateful import Expander

_NONE, _ZERO, _ONE = ir.Number(-1.0), ir.Number(0.0), ir.Number(1.0)
_AT_START = ir.Compare(">", _ONE, ir.StepNumber())
_NEARLY = ir.Number(1.0 - 1e-9)  # a batch may miss its size by what adding up loses

Loops = tuple[ir.Loop, ...]


def arriving(expander: Expander, delay: ir.Arrivals, owner: ir.Equation, loops: Loops) -> ir.Expr:
    """Return what stands for a delay of one of these kinds; its records join ``expander``."""
    places = _Places(expander, owner, loops)
    match delay.kind:
        case "material":
            return _material(places, *delay.arguments)
        case "information":
            return _information(places, *delay.arguments)
        case "batch":
            return _batch(places, *delay.arguments)
        case "conveyor":
            return _conveyor(places, *delay.arguments)
        case "history":
            return _history(places, *delay.arguments)


def _material(
    places: _Places, source: ir.Expr, steps: ir.Expr, initial: ir.Expr, missing: ir.Expr
) -> ir.Expr:
    """What arrives at one step adds up; where nothing does, the value is ``missing``."""
    first = ir.Compare(">", places.held(steps), ir.StepNumber())
    amount = places.arrivals(source, steps, adds=True)
    number = places.arrivals(_ONE, steps, adds=True)
    later = ir.If(ir.Compare("=", number, _ZERO), missing, amount)
    return ir.If(first, ir.Binary("+", places.held(initial), amount), later)


def _information(places: _Places, source: ir.Expr, steps: ir.Expr, initial: ir.Expr) -> ir.Expr:
    """The value that was sent last of all that have arrived; older ones are thrown away."""
    sent = ir.Binary("+", ir.StepNumber(), _ONE)
    value = places.arrivals(source, steps, adds=False)
    number = places.arrivals(sent, steps, adds=False)
    latest = places.before("sent", _ZERO)
    newer = ir.Compare(">", number, latest)
    held = places.before("value", places.held(initial))
    now = places.set("sent", ir.If(newer, number, latest))
    places.keep("sent", now)
    result = places.set("value", ir.If(newer, value, held))
    places.keep("value", result)
    return result


def _batch(
    places: _Places,
    source: ir.Expr,
    size: ir.Expr,
    steps: ir.Expr,
    first: ir.Expr,
    wait: ir.Expr,
    stored: ir.Expr,
) -> ir.Expr:
    """Material is stored until it makes a batch and none is under way; batches are pulses."""
    step = ir.Ref(places.expander.control("TIME STEP"))
    waiting = ir.If(ir.Compare("=", first, _ZERO), _NONE, ir.Call("max", (_ZERO, wait)))
    backlog = places.set("backlog", places.before("backlog", places.held(stored)))
    batch = places.set("batch", places.before("batch", places.held(first)))
    ready = places.set("ready", places.before("ready", places.held(waiting)))
    busy = ir.Compare(">=", ready, _ZERO)
    done = ir.Logic("and", busy, ir.Compare("<=", ready, ir.StepNumber()))
    free = ir.Logic("or", ir.Not(busy), done)
    enough = ir.Compare(">=", backlog, ir.Binary("*", size, _NEARLY))
    starts = ir.Logic("and", free, enough)
    taken = ir.If(starts, size, _ZERO)
    entered = ir.Binary("*", source, step)
    places.keep("backlog", ir.Binary("+", ir.Binary("-", backlog, taken), entered))
    places.keep("batch", ir.If(starts, size, batch))
    end = ir.Binary("+", ir.StepNumber(), steps)
    places.keep("ready", ir.If(starts, end, ir.If(done, _NONE, ready)))
    return ir.If(done, ir.Binary("/", batch, step), _ZERO)


def _conveyor(
    places: _Places,
    source: ir.Expr,
    steps: ir.Expr,
    leak: ir.Expr,
    profile: ir.Expr,
    total: ir.Expr,
    first: ir.Expr,
) -> ir.Expr:
    """A belt that all on it moves along with, by its length in ``steps`` steps.

    Vensim manual, DELAY CONVEYOR: material is conserved when the speed changes, leakage takes the
    same share of all that is on the belt, what entered in the same step included. The output is a
    level, so it goes by the speed of the step before. What the belt holds at the start comes off
    with the ``profile`` stretched over ``first`` steps.
    """
    assert isinstance(profile, ir.Lookup)
    step = ir.Ref(places.expander.control("TIME STEP"))
    speed = places.set("speed", ir.Binary("/", _ONE, steps))
    place = places.set("place", places.before("place", _ZERO))
    after = places.set("after", ir.Binary("+", place, places.before("speed", speed)))
    places.keep("speed", speed)
    places.keep("place", after)
    kept = ir.Binary("-", _ONE, ir.Binary("*", leak, step))
    kept = places.set("kept", ir.Call("max", (_ZERO, kept)))
    entered = ir.Binary("*", source, step)
    beyond = ir.Binary("+", after, speed)
    came = places.belt((entered, place, after, beyond, kept))
    # The belt's length in the time that the first material takes to come off.
    stretch = places.held(ir.Binary("/", steps, first))

    def gone(until: ir.Expr) -> ir.Expr:
        return replace(profile, argument=ir.Binary("*", until, stretch))

    left = places.set("left", places.before("left", _ONE))
    places.keep("left", ir.Binary("*", left, kept))
    old = ir.Binary("*", places.held(total), ir.Binary("-", gone(after), gone(place)))
    return ir.Binary("/", ir.Binary("+", ir.Binary("*", old, left), came), step)


def _history(places: _Places, source: ir.Expr, steps: ir.Expr) -> ir.Expr:
    """HISTORY of Stella: the value at another time, 0 before the start and for times to come."""
    past = places.recorded(source, steps)
    known = ir.Logic("and", ir.Compare(">", steps, _ZERO), ir.Compare("<=", steps, ir.StepNumber()))
    return ir.If(ir.Compare("=", steps, _ZERO), source, ir.If(known, past, _ZERO))


class _Places:
    """What one call keeps from step to step."""

    def __init__(self, expander: Expander, owner: ir.Equation, loops: Loops) -> None:
        self.expander = expander
        self.owner = owner
        self.loops = loops
        self._records: dict[str, str] = {}

    def held(self, expr: ir.Expr) -> ir.Ref:
        return self.expander.held(expr, self.owner, self.loops)

    def set(self, what: str, value: ir.Expr) -> ir.Ref:
        return self.expander.auxiliary(what, self.owner, self.loops, value)

    def before(self, what: str, initial: ir.Expr) -> ir.Expr:
        """Return what was kept under this name in the step before."""
        name = self.expander.hidden("record", self.owner, self.loops, "record")
        self.expander.records[name] = ""
        self._records[what] = name
        return ir.If(_AT_START, initial, ir.Past(ir.Ref(name, along(self.loops)), _ONE))

    def keep(self, what: str, value: ir.Expr) -> None:
        self.expander.define(self._records[what], self.owner, self.loops, value)

    def recorded(self, value: ir.Expr, steps: ir.Expr) -> ir.Expr:
        """Return what ``value`` was so many steps ago."""
        name = self.expander.hidden("record", self.owner, self.loops, "record")
        self.expander.records[name] = ir.WHOLE_RUN
        return ir.Past(self.expander.define(name, self.owner, self.loops, value), steps)

    def arrivals(self, value: ir.Expr, steps: ir.Expr, *, adds: bool) -> ir.Expr:
        """Return what arrives at the present step of ``value``, sent on for ``steps`` steps."""
        kind = "add" if adds else "replace"
        return self._deposited(ir.Deposit(kind, (value, steps)), ir.WHOLE_RUN)

    def belt(self, values: tuple[ir.Expr, ...]) -> ir.Expr:
        """Return what comes off a belt in the present step."""
        return self._deposited(ir.Deposit("convey", values), ir.BELT)

    def _deposited(self, body: ir.Deposit, room: str) -> ir.Expr:
        name = self.expander.hidden("arrivals", self.owner, self.loops, "record")
        self.expander.records[name] = room
        return ir.Past(self.expander.define(name, self.owner, self.loops, body), _ZERO)
