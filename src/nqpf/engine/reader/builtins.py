"""What the functions of Vensim and of XMILE mean: name -> how many arguments, and what they build.

Names are in small letters, with spaces. Builders take and return expressions as written. What
needs more than expressions (tables, texts, subscript ranges) is in ``translate``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nqpf.engine import ir
from nqpf.engine.functions import FUNCTIONS
from nqpf.engine.passes import whole_arrays
from nqpf.engine.reader import randoms, vectors
from nqpf.engine.reader.conveyors import OUTFLOW

_ONE, _ZERO = ir.Number(1.0), ir.Number(0.0)
_TIME, _STEP_TIME, _TIME_STEP = ir.Time(), ir.StepTime(), ir.Name("TIME STEP")
_NEVER = ir.Number(float("inf"))


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function with ``least`` to ``most`` arguments.

    ``build`` gives None where an argument is not what the function takes.
    """

    least: int
    most: int
    build: Callable[..., ir.Expr | None]

    @property
    def takes(self) -> str:
        if self.least == self.most:
            return str(self.least)
        return f"{self.least} to {self.most}"


def _same(name: str) -> Builtin:
    """A function that the engine has under this name."""
    arity = FUNCTIONS[name].arity
    return Builtin(arity, arity, lambda *arguments: ir.Call(name, arguments))


def _reduce(op: ir.ReduceOp) -> Builtin:
    return Builtin(1, 1, lambda body: ir.Reduce(op, body))


def _delay(kind: ir.DelayKind, order: int) -> Builtin:
    """A delay or smooth of known order: input, time, initial value or else the input."""
    number = ir.Number(float(order))
    return Builtin(
        2, 3, lambda x, time, initial=None: ir.Delay(kind, x, time, initial or x, number)
    )


def _steps(time: ir.Expr) -> ir.Expr:
    """Return the number of whole steps nearest to a time, halves up, at least one."""
    exact = ir.Binary("+", ir.Binary("/", time, _TIME_STEP), ir.Number(0.5 + 1e-6))
    return ir.Call("max", (_ONE, ir.Call("floor", (exact,))))


def _fixed_delay(x: ir.Expr, time: ir.Expr, initial: ir.Expr | None = None) -> ir.Expr:
    return ir.FixedDelay(x, _steps(time), initial or x)


def _material(x: ir.Expr, time: ir.Expr, initial: ir.Expr, missing: ir.Expr) -> ir.Expr:
    return ir.Arrivals("material", (x, _steps(time), initial, missing))


def _information(x: ir.Expr, time: ir.Expr, initial: ir.Expr) -> ir.Expr:
    return ir.Arrivals("information", (x, _steps(time), initial))


def _batch(
    x: ir.Expr, size: ir.Expr, time: ir.Expr, first: ir.Expr, ready: ir.Expr, stored: ir.Expr
) -> ir.Expr:
    """DELAY BATCH; ``ready`` is the time at which the batch ``first`` comes out."""
    wait = ir.Binary("/", ir.Binary("-", ready, ir.Name("INITIAL TIME")), _TIME_STEP)
    wait = ir.Call("floor", (ir.Binary("+", wait, ir.Number(0.5 + 1e-6)),))
    return ir.Arrivals("batch", (x, size, _steps(time), first, wait, stored))


def _conveyor(
    x: ir.Expr, time: ir.Expr, leak: ir.Expr, profile: ir.Expr, total: ir.Expr, first: ir.Expr
) -> ir.Expr | None:
    """DELAY CONVEYOR; a time shorter than a step is one step, and needs not be whole steps."""
    if not isinstance(profile, ir.Name):
        return None

    def steps(time: ir.Expr) -> ir.Expr:
        return ir.Call("max", (_ONE, ir.Binary("/", time, _TIME_STEP)))

    share = ir.Lookup(profile, _ZERO, "share")
    return ir.Arrivals("conveyor", (x, steps(time), leak, share, total, steps(first)))


def _history(x: ir.Expr, time: ir.Expr) -> ir.Expr:
    ago = ir.Binary("/", ir.Binary("-", _STEP_TIME, time), _TIME_STEP)
    return ir.Arrivals("history", (x, _rounded(ago)))


def _off_conveyor(x: ir.Expr, time: ir.Expr, total: ir.Expr) -> ir.Expr:
    """What comes off a conveyor of XMILE, on which ``total`` lies evenly at the start."""
    steps = _steps(time)
    evenly = ir.Binary("/", total, ir.Binary("*", steps, _TIME_STEP))
    return ir.Arrivals("material", (x, steps, evenly, _ZERO))


def _fixed(builtin: Builtin, count: int) -> Builtin:
    return Builtin(count, count, builtin.build)


_COMMON: dict[str, Builtin] = {
    name: _same(name)
    for name in (
        *("abs", "exp", "ln", "sqrt", "min", "max"),
        *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
    )
}

VENSIM: dict[str, Builtin] = (
    _COMMON
    | {
        "log": _same("log"),
        "power": _same("power"),
        "integer": _same("truncate"),
        "int": _same("truncate"),
        "modulo": _same("modulo"),
        "quantum": _same("quantum"),
        "gamma ln": _same("gamma_ln"),
        "zidz": _same("zidz"),
        "xidz": _same("xidz"),
        "if then else": Builtin(3, 3, ir.If),
        "integ": Builtin(2, 2, ir.Integ),
        "active initial": Builtin(2, 2, ir.ActiveInitial),
        "initial": Builtin(1, 1, ir.Initial),
        "game": Builtin(1, 1, lambda x: x),
        "sum": _reduce("sum"),
        "prod": _reduce("prod"),
        "vmin": _reduce("vmin"),
        "vmax": _reduce("vmax"),
        "delay1": _fixed(_delay("delay", 1), 2),
        "delay1i": _fixed(_delay("delay", 1), 3),
        "delay3": _fixed(_delay("delay", 3), 2),
        "delay3i": _fixed(_delay("delay", 3), 3),
        "delay n": Builtin(4, 4, lambda x, t, i, n: ir.Delay("delay n", x, t, i, n)),
        "smooth": _fixed(_delay("smooth", 1), 2),
        "smoothi": _fixed(_delay("smooth", 1), 3),
        "smooth3": _fixed(_delay("smooth", 3), 2),
        "smooth3i": _fixed(_delay("smooth", 3), 3),
        "smooth n": Builtin(4, 4, lambda x, t, i, n: ir.Delay("smooth n", x, t, i, n)),
        "trend": Builtin(3, 3, lambda x, t, i: ir.Delay("trend", x, t, i, _ONE)),
        "forecast": Builtin(3, 3, lambda x, t, h: ir.Delay("forecast", x, t, _ZERO, _ONE, h)),
        "depreciate straightline": Builtin(
            4,
            4,
            lambda stream, life, period, initial: ir.Delay(
                "depreciation", stream, life, initial, ir.Binary("/", life, period)
            ),
        ),
        "time base": Builtin(
            2, 2, lambda start, slope: ir.Binary("+", start, ir.Binary("*", _TIME, slope))
        ),
        "delay fixed": Builtin(3, 3, _fixed_delay),
        "delay material": Builtin(4, 4, _material),
        "delay information": Builtin(3, 3, _information),
        "delay batch": Builtin(6, 6, _batch),
        "delay conveyor": Builtin(6, 6, _conveyor),
        "sample if true": Builtin(3, 3, ir.Sample),
        "step": Builtin(2, 2, lambda h, s: ir.Call("step", (_STEP_TIME, h, s, _TIME_STEP))),
        "ramp": Builtin(3, 3, lambda m, s, f: ir.Call("ramp", (_STEP_TIME, m, s, f))),
        "pulse": Builtin(2, 2, lambda s, w: ir.Call("pulse", (_STEP_TIME, s, w, _TIME_STEP))),
        "pulse train": Builtin(
            4, 4, lambda s, w, i, e: ir.Call("pulse train", (_STEP_TIME, s, i, w, e, _TIME_STEP))
        ),
    }
    | {
        name.replace("_", " "): Builtin(count, count, build)
        for (name, count), build in (randoms.VENSIM | vectors.VENSIM).items()
    }
)


def _several(name: str, op: ir.ReduceOp) -> Builtin:
    """MIN or MAX: of the elements of one array, or of several values."""

    def build(*arguments: ir.Expr) -> ir.Expr:
        if len(arguments) == 1:
            return ir.Reduce(op, arguments[0])
        result = arguments[0]
        for each in arguments[1:]:
            result = ir.Call(name, (result, each))
        return result

    return Builtin(1, 99, build)


def _lognormal(mean: ir.Expr, deviation: ir.Expr, stream: ir.Expr = _ZERO) -> ir.Expr:
    """LOGNORMAL with this mean and deviation: e to a normal number with what follows for it."""
    ratio = ir.Binary("/", deviation, mean)
    spread = ir.Call("ln", (ir.Binary("+", _ONE, ir.Binary("*", ratio, ratio)),))
    middle = ir.Binary("-", ir.Call("ln", (mean,)), ir.Binary("/", spread, ir.Number(2.0)))
    return ir.Call("exp", (randoms.unbounded_normal(middle, ir.Call("sqrt", (spread,)), stream),))


def _rounded(x: ir.Expr) -> ir.Expr:
    """ROUND of Stella: to the nearest whole number, halves up."""
    return ir.Call("floor", (ir.Binary("+", x, ir.Number(0.5)),))


def _counter(start: ir.Expr, end: ir.Expr) -> ir.Expr:
    """COUNTER of Stella: from start on with time, and again before it would reach end."""
    since = ir.Binary("-", _TIME, _START)
    return ir.Binary("+", start, ir.Call("floor modulo", (since, ir.Binary("-", end, start))))


def safe_division(n: ir.Expr, d: ir.Expr, otherwise: ir.Expr = _ZERO) -> ir.Expr:
    """SAFEDIV: only a denominator of zero itself counts (XMILE 1.0, section 3.5.5)."""
    return ir.If(ir.Compare("=", d, _ZERO), otherwise, ir.Binary("/", n, d))


def _of_array(name: str, count: int = 1) -> Builtin:
    """A function of a whole array, which ``passes.whole_arrays`` works out."""
    return Builtin(count, count, lambda *arguments: ir.Call(name, arguments))


_START, _STOP = ir.Name("INITIAL TIME"), ir.Name("FINAL TIME")

XMILE: dict[str, Builtin] = _COMMON | {
    **{name: Builtin(*given) for name, given in randoms.XMILE.items()},
    "min": _several("min", "vmin"),
    "max": _several("max", "vmax"),
    "int": _same("floor"),
    "log10": Builtin(1, 1, lambda x: ir.Call("log", (x, ir.Number(10.0)))),
    "pi": Builtin(0, 0, lambda: ir.Number(3.141592653589793)),
    "inf": Builtin(0, 0, lambda: _NEVER),
    "time": Builtin(0, 0, ir.Time),
    "dt": Builtin(0, 0, lambda: _TIME_STEP),
    "starttime": Builtin(0, 0, lambda: _START),
    "stoptime": Builtin(0, 0, lambda: _STOP),
    "safediv": Builtin(2, 3, safe_division),
    "init": Builtin(1, 1, ir.Initial),
    "sum": _reduce("sum"),
    "prod": _reduce("prod"),
    "mean": _of_array(whole_arrays.MEAN),
    "stddev": _of_array(whole_arrays.DEVIATION),
    "size": _of_array(whole_arrays.SIZE),
    "rank": _of_array(whole_arrays.RANK, 2),
    "round": Builtin(1, 1, _rounded),
    "previous": Builtin(2, 2, lambda x, i: ir.FixedDelay(x, _ONE, i)),
    "counter": Builtin(2, 2, _counter),
    "random": Builtin(2, 3, lambda low, high, s=_ZERO: randoms.uniform(low, high, s)),
    "uniform": Builtin(2, 3, lambda low, high, s=_ZERO: randoms.uniform(low, high, s)),
    "normal": Builtin(2, 3, lambda m, d, s=_ZERO: randoms.unbounded_normal(m, d, s)),
    "lognormal": Builtin(2, 3, _lognormal),
    "exprnd": Builtin(
        1, 2, lambda mean, s=_ZERO: randoms.exponential(_ZERO, _NEVER, _ZERO, mean, s)
    ),
    "poisson": Builtin(
        1, 2, lambda mean, s=_ZERO: randoms.shaped("poisson", _ZERO, _NEVER, mean, _ZERO, _ONE, s)
    ),
    "history": Builtin(2, 2, _history),
    OUTFLOW: Builtin(3, 3, _off_conveyor),
    "nan": Builtin(0, 0, lambda: ir.Number(float("nan"))),
    "delay": Builtin(2, 3, _fixed_delay),
    "delay1": _delay("delay", 1),
    "delay3": _delay("delay", 3),
    "delayn": Builtin(3, 4, lambda x, t, n, i=None: ir.Delay("delay", x, t, i or x, n)),
    "smth1": _delay("smooth", 1),
    "smth3": _delay("smooth", 3),
    "smthn": Builtin(3, 4, lambda x, t, n, i=None: ir.Delay("smooth", x, t, i or x, n)),
    "trend": Builtin(2, 3, lambda x, t, i=_ZERO: ir.Delay("trend", x, t, i, _ONE)),
    "forcst": Builtin(3, 4, lambda x, t, h, i=_ZERO: ir.Delay("forecast", x, t, i, _ONE, h)),
    "step": VENSIM["step"],
    "ramp": Builtin(1, 3, lambda m, s=_START, f=_NEVER: ir.Call("ramp", (_STEP_TIME, m, s, f))),
    "pulse": Builtin(
        2, 3, lambda m, s, i=_ZERO: ir.Call("xmile pulse", (_STEP_TIME, s, m, i, _TIME_STEP))
    ),
}
