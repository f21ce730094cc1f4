"""What an expression is at the start of a run, with the constants of the file.

Only what decides the structure of a model is computed here: how many stages a delay has. The run
itself computes everything anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.passes.elements import at, flat, target, unroll

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "min": min,
    "max": max,
    "truncate": lambda value: float(math.trunc(value)),
    "floor": math.floor,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "ln": math.log,
    "step": lambda time, height, start, step: height if time + 0.5 * step > start else 0.0,
}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": math.pow,
}
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class _Unknown(Exception):
    """Something is not known before the run."""


class Beginning:
    """The values of one model's expressions at its INITIAL TIME."""

    def __init__(self, model: ir.IndexedModel) -> None:
        self.model = model
        self._equations: dict[tuple[str, tuple[int, ...]], ir.Equation] = {}
        self._known: set[str] = set()
        self._open: set[tuple[str, tuple[int, ...]]] = set()
        self._names = {canonical(name): name for name in model.variables}

    def value(self, expr: ir.Expr, passes: dict[str, int]) -> float | None:
        """Return the value of ``expr`` in one pass of its loops, None if it is not known."""
        try:
            return float(self._value(expr, passes))
        except (_Unknown, ArithmeticError, ValueError, RecursionError):
            return None

    def _value(self, expr: ir.Expr, passes: dict[str, int]) -> float:
        match expr:
            case ir.Number(value):
                return value
            case ir.Time() | ir.StepTime():
                return self._element(self._names.get("initial_time", ""), ())
            case ir.StepNumber():
                return 0.0
            case ir.Ref(variable, indices):
                return self._element(variable, tuple(at(index, passes) for index in indices))
            case ir.Negative(operand):
                return -self._value(operand, passes)
            case ir.Binary(op, left, right):
                return _ARITHMETIC[op](self._value(left, passes), self._value(right, passes))
            case ir.If(condition, then, otherwise):
                return self._value(then if self._truth(condition, passes) else otherwise, passes)
            case ir.Compare() | ir.Logic() | ir.Not():
                return float(self._truth(expr, passes))
            case ir.Initial(operand):
                return self._value(operand, passes)
            case ir.Call(function, arguments) if function in _FUNCTIONS:
                given = [self._value(argument, passes) for argument in arguments]
                return _FUNCTIONS[function](*given)
            case _:
                raise _Unknown

    def _truth(self, expr: ir.Expr, passes: dict[str, int]) -> bool:
        match expr:
            case ir.Compare(op, left, right):
                return _COMPARED[op](self._value(left, passes), self._value(right, passes))
            case ir.Logic(op, left, right):
                first = self._truth(left, passes)
                return (
                    (first and self._truth(right, passes))
                    if op == "and"
                    else (first or self._truth(right, passes))
                )
            case ir.Not(operand):
                return not self._truth(operand, passes)
            case _:
                return self._value(expr, passes) != 0.0

    def _element(self, variable: str, place: tuple[int, ...]) -> float:
        values = self.model.constants.get(variable)
        if values is not None:
            return values[flat(place, self.model.variables[variable].shape)]
        if variable not in self._known:
            self._known.add(variable)
            for equation in self.model.equations:
                if equation.variable == variable:
                    self._equations.update(((variable, target(e)), e) for e in unroll(equation))
        equation = self._equations.get((variable, place))
        if equation is None or (variable, place) in self._open:
            raise _Unknown
        self._open.add((variable, place))
        try:
            start = equation.body if equation.initial is None else equation.initial
            return self._value(start, {})
        finally:
            self._open.discard((variable, place))
