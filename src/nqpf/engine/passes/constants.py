"""Constant folding: ``1/8`` and ``-(3)`` are numbers."""

from __future__ import annotations

import math

from nqpf.engine import ir


def number(expr: object) -> float | None:
    """Return the value of a literal, else None."""
    return expr.value if isinstance(expr, ir.Number) else None


def fold(expr: ir.Expr) -> ir.Expr:
    """Evaluate arithmetic between literals; anything that could fail is left to the run."""
    expr = ir.rebuild(expr, tuple(map(fold, ir.children(expr))))
    match expr:
        case ir.Negative(ir.Number(value)):
            return ir.Number(-value)
        case ir.Binary(op, ir.Number(left), ir.Number(right)):
            value = _arithmetic(op, left, right)
            return expr if value is None else ir.Number(value)
        case _:
            return expr


def _arithmetic(op: ir.ArithmeticOp, left: float, right: float) -> float | None:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right if right != 0.0 else None
        case "^":
            try:
                return math.pow(left, right)
            except (ValueError, OverflowError):
                return None
