"""Dimensional consistency: the unit of every sub-expression, and where two of them disagree."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from nqpf.checks.units import DIMENSIONLESS, Unit
from nqpf.checks.wording import both, same
from nqpf.engine import ir
from nqpf.engine.passes.constants import fold
from nqpf.engine.show import show
from nqpf.study.toml import Text


@dataclass(frozen=True)
class Mismatch:
    """One disagreement: the equation's variable, and a text with the sub-expression and sides."""

    variable: str
    text: Text


_NET_FLOW = both("net flow", "净流量")
_EQUATION = both("equation", "方程")
_INITIAL = both("initial value", "初始值")

# A number as written takes whatever unit is needed, as in Vensim; None is a unit not known.
Known = Unit | Literal["number"] | None

_SAME = ("abs", "min", "max", "truncate", "floor", "modulo", "floor modulo", "quantum")
_PLAIN = ("exp", "ln", "log", "log10", "sin", "cos", "tan", "arcsin", "arccos", "arctan")
_PLAIN += ("sinh", "cosh", "tanh", "gamma ln")
_DRAWN = ("normal", "weibull", "triangular", "beta", "gamma", "poisson", "binomial")
_DRAWN += ("negative binomial",)


def mismatches(
    model: ir.IndexedModel, units: Mapping[str, Unit], time: Unit
) -> tuple[Mismatch, ...]:
    """Return what disagrees in the equations of ``model``.

    ``model`` holds delays and smooths as written. ``units``: variable -> unit; a variable without
    one takes whatever unit is needed. ``time``: the unit of time.
    """
    checker = _Checker(units, time)
    for equation in model.equations:
        checker.equation(equation, model.variables[equation.variable].kind)
    return tuple(dict.fromkeys(checker.found))


class _Checker:
    def __init__(self, units: Mapping[str, Unit], time: Unit) -> None:
        self.units = units
        self.time = time
        self.owner = ""
        self.found: list[Mismatch] = []

    def equation(self, equation: ir.Equation, kind: ir.Kind) -> None:
        self.owner = equation.variable
        own = self.units.get(equation.variable)
        body = self.unit(equation.body)
        if kind == "stock":
            wanted = None if own is None else own / self.time
            rate = both("{stock} per unit of time", "{stock}／单位时间", stock=self.owner)
            self._agree(_NET_FLOW, equation.body, body, rate, wanted)
        else:
            self._agree(_EQUATION, equation.body, body, same(self.owner), own)
        if equation.initial is not None and equation.initial is not equation.body:
            start = self.unit(equation.initial)
            self._agree(_INITIAL, equation.initial, start, same(self.owner), own)

    # --- reporting ----------------------------------------------------------------------------

    def _agree(self, where: Text, left: ir.Expr, a: Known, right: Text, b: Known) -> None:
        if isinstance(a, Unit) and isinstance(b, Unit) and a != b:
            self._differ(where, same(_short(left)), a, right, b)

    def _differ(self, where: Text, left: Text, a: Unit, right: Text, b: Unit) -> None:
        text = both(
            "{where}: '{left}' is {a}, '{right}' is {b}",
            "{where}：“{left}”的单位是 {a}，“{right}”的单位是 {b}",
            where=where,
            left=left,
            a=a,
            right=right,
            b=b,
        )
        self.found.append(Mismatch(self.owner, text))

    def _same(self, whole: ir.Expr, parts: tuple[ir.Expr, ...]) -> Known:
        """Units of parts that must agree; the first that is known is the whole's."""
        first: Unit | None = None
        shown: ir.Expr = whole
        free = True
        for part in parts:
            unit = self.unit(part)
            free = free and unit == "number"
            if not isinstance(unit, Unit):
                continue
            if first is None:
                first, shown = unit, part
            elif unit != first:
                self._differ(_quoted(whole), same(_short(shown)), first, same(_short(part)), unit)
        return "number" if free else first

    def _must(self, whole: ir.Expr, part: ir.Expr, wanted: Unit) -> None:
        unit = self.unit(part)
        if isinstance(unit, Unit) and unit != wanted:
            text = both(
                "{where}: '{part}' is {unit}, expected {wanted}",
                "{where}：“{part}”的单位是 {unit}，应为 {wanted}",
                where=_quoted(whole),
                part=_short(part),
                unit=unit,
                wanted=wanted,
            )
            self.found.append(Mismatch(self.owner, text))

    # --- expressions --------------------------------------------------------------------------

    def unit(self, expr: ir.Expr) -> Known:
        """Return the unit of ``expr``."""
        match expr:
            case ir.Number() | ir.Draw():
                return "number"
            case ir.Time() | ir.StepTime():
                return self.time
            case ir.Ref(variable, _):
                return self.units.get(variable)
            case ir.Negative(operand) | ir.Initial(operand):
                return self.unit(operand)
            case ir.Binary("^", base, exponent):
                return self._power(expr, base, exponent)
            case ir.Binary("+" | "-", left, right):
                return self._same(expr, (left, right))
            case ir.Binary(op, left, right):
                return _combine(op, self.unit(left), self.unit(right))
            case ir.Compare(_, left, right):
                self._same(expr, (left, right))
                return DIMENSIONLESS
            case ir.Logic() | ir.Not():
                for part in ir.children(expr):
                    self.unit(part)
                return DIMENSIONLESS
            case ir.If(condition, then, otherwise):
                self.unit(condition)
                return self._same(expr, (then, otherwise))
            case ir.Reduce(op, body, loops):
                return self._reduced(op, self.unit(body), loops)
            case ir.Lookup(table, argument):
                self.unit(argument)
                return self.unit(table)
            case ir.Call(function, arguments):
                return self._call(expr, function, arguments)
            case ir.Delay():
                return self._delay(expr)
            case ir.FixedDelay(source, _, initial):
                return self._same(expr, (source, initial))
            case ir.Sample(condition, source, initial):
                self.unit(condition)
                return self._same(expr, (source, initial))
            case ir.ActiveInitial(active, initial):
                return self._same(expr, (active, initial))
            case _:
                return None

    def _power(self, whole: ir.Expr, base: ir.Expr, exponent: ir.Expr) -> Known:
        unit = self.unit(base)
        power = fold(exponent)
        if isinstance(power, ir.Number) and math.isfinite(power.value):
            return _raised(unit, Fraction(power.value).limit_denominator(1000))
        self._must(whole, exponent, DIMENSIONLESS)
        self._must(whole, base, DIMENSIONLESS)
        return DIMENSIONLESS

    def _reduced(self, op: ir.ReduceOp, unit: Known, loops: tuple[ir.Loop, ...]) -> Known:
        if op == "prod":
            for loop in loops:
                unit = _raised(unit, Fraction(loop.size))
        return unit

    def _call(self, whole: ir.Expr, function: str, arguments: tuple[ir.Expr, ...]) -> Known:
        if function in _PLAIN:
            for argument in arguments:
                self._must(whole, argument, DIMENSIONLESS)
            return DIMENSIONLESS
        if function in _SAME:
            return self._same(whole, arguments)
        if function in _DRAWN:
            # The number drawn, bounds, and what shapes the value; the bounds have its unit.
            return self._same(whole, arguments[1:3])
        match function, arguments:
            case "sqrt", (argument,):
                return _raised(self.unit(argument), Fraction(1, 2))
            case "power", (base, exponent):
                return self._power(whole, base, exponent)
            case "zidz", (above, below):
                return _combine("/", self.unit(above), self.unit(below))
            case "xidz", (above, below, otherwise):
                ratio = _combine("/", self.unit(above), self.unit(below))
                if isinstance(ratio, Unit):
                    self._must(whole, otherwise, ratio)
                return ratio
            case "step", (_, height, start, _):
                self._must(whole, start, self.time)
                return self.unit(height)
            case "ramp", (_, slope, start, finish):
                for argument in (start, finish):
                    self._must(whole, argument, self.time)
                rise = self.unit(slope)
                return rise if rise == "number" else _combine("*", rise, self.time)
            case "pulse" | "pulse train", (_, *times):
                for argument in times:
                    self._must(whole, argument, self.time)
                return DIMENSIONLESS
            case _:
                for argument in arguments:
                    self.unit(argument)
                return None

    def _delay(self, delay: ir.Delay) -> Known:
        self._must(delay, delay.time, self.time)
        if delay.kind in ("trend", "forecast"):
            self._must(delay, delay.initial, DIMENSIONLESS / self.time)
            if delay.horizon is None:
                self.unit(delay.input)
                return DIMENSIONLESS / self.time
            self._must(delay, delay.horizon, self.time)
            return self.unit(delay.input)
        return self._same(delay, (delay.input, delay.initial))


def _combine(op: str, left: Known, right: Known) -> Known:
    """The unit of a product or ratio; a number as written changes nothing."""
    if left is None or right is None:
        return None
    if left == "number" and right == "number":
        return "number"
    a = DIMENSIONLESS if left == "number" else left
    b = DIMENSIONLESS if right == "number" else right
    return a * b if op == "*" else a / b


def _raised(unit: Known, exponent: Fraction) -> Known:
    return unit**exponent if isinstance(unit, Unit) else unit


def _quoted(expr: ir.Expr) -> Text:
    return both("'{expr}'", "“{expr}”", expr=_short(expr))


def _short(expr: ir.Expr) -> str:
    text = show(expr)
    return text if len(text) <= 80 else text[:77] + "..."
