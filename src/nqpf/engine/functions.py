"""The functions the engine knows: one table, used to check models and to print code.

``template`` is a Python expression over the arguments ``{0}``, ``{1}`` ...; names in it are those
of ``math`` or of ``runtime``. All are pure: time and time step are passed as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """``simd``: whether it compiles to straight-line arithmetic, without calls or branches."""

    arity: int
    template: str
    simd: bool = True


FUNCTIONS: dict[str, Function] = {
    "abs": Function(1, "abs({0})"),
    "min": Function(2, "smaller({0}, {1})"),
    "max": Function(2, "larger({0}, {1})"),
    "exp": Function(1, "exp({0})"),
    "ln": Function(1, "log({0})"),
    "log": Function(2, "(log({0}) / log({1}))"),
    "sqrt": Function(1, "math.sqrt({0})"),
    "power": Function(2, "power({0}, {1})"),
    "sin": Function(1, "math.sin({0})", simd=False),
    "cos": Function(1, "math.cos({0})", simd=False),
    "tan": Function(1, "math.tan({0})", simd=False),
    "arcsin": Function(1, "arcsine({0})", simd=False),
    "arccos": Function(1, "arccosine({0})", simd=False),
    "arctan": Function(1, "math.atan({0})", simd=False),
    "sinh": Function(1, "sinh({0})"),
    "cosh": Function(1, "cosh({0})"),
    "tanh": Function(1, "tanh({0})"),
    "truncate": Function(1, "truncate({0})"),
    "floor": Function(1, "floor({0})"),
    "modulo": Function(2, "({0} - {1} * truncate({0} / {1}))"),
    "floor modulo": Function(2, "({0} - {1} * floor({0} / {1}))"),
    "quantum": Function(2, "quantum({0}, {1})"),
    "zidz": Function(2, "divide_or({0}, {1}, 0.0)"),
    "xidz": Function(3, "divide_or({0}, {1}, {2})"),
    # time, height, start, time step
    "step": Function(4, "step({0}, {1}, {2}, {3})"),
    # time, slope, start, finish
    "ramp": Function(4, "ramp({0}, {1}, {2}, {3})"),
    # time, start, width, time step
    "pulse": Function(4, "pulse({0}, {1}, {2}, {3})"),
    # time, start, interval, width, end, time step
    "pulse train": Function(6, "pulse_train({0}, {1}, {2}, {3}, {4}, {5})"),
    # time, start, magnitude, interval, time step
    "xmile pulse": Function(5, "xmile_pulse({0}, {1}, {2}, {3}, {4})"),
}
