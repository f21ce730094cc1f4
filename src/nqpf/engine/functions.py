"""The functions the engine knows: one table, used to check models and to print code.

``template`` is a Python expression over the arguments ``{0}``, ``{1}`` ...; names in it are those
that a printed kernel imports. All are pure: time and time step are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass

FLAT = 1.25  # powers with exponents below it in size have a quicker text: `vectormath.power`


@dataclass(frozen=True, slots=True)
class Function:
    arity: int
    template: str


FUNCTIONS: dict[str, Function] = {
    "abs": Function(1, "size({0})"),
    "min": Function(2, "smaller({0}, {1})"),
    "max": Function(2, "larger({0}, {1})"),
    "exp": Function(1, "exp({0})"),
    "ln": Function(1, "log({0})"),
    "log": Function(2, "logarithm({0}, {1})"),
    "sqrt": Function(1, "root({0})"),
    "power": Function(2, "power({0}, {1})"),
    "sin": Function(1, "sine({0})"),
    "cos": Function(1, "cosine({0})"),
    "tan": Function(1, "tangent({0})"),
    "arcsin": Function(1, "arcsine({0})"),
    "arccos": Function(1, "arccosine({0})"),
    "arctan": Function(1, "arctangent({0})"),
    "sinh": Function(1, "sinh({0})"),
    "cosh": Function(1, "cosh({0})"),
    "tanh": Function(1, "tanh({0})"),
    "gamma_ln": Function(1, "gamma_ln({0})"),
    "truncate": Function(1, "truncate({0})"),
    "floor": Function(1, "floor({0})"),
    "modulo": Function(2, "({0} - {1} * truncate({0} / {1}))"),
    "floor modulo": Function(2, "({0} - {1} * floor({0} / {1}))"),
    "quantum": Function(2, "quantum({0}, {1})"),
    "zidz": Function(2, "divide_or({0}, {1}, 0.0)"),
    "xidz": Function(3, "divide_or({0}, {1}, {2})"),
    # days since 1 January of the year 0
    "year of": Function(1, "year_of({0})"),
    "month of": Function(1, "month_of({0})"),
    "day of": Function(1, "day_of({0})"),
    # Random numbers: a uniform number, the bounds, and what shapes them; see ``distributions``.
    "normal": Function(5, "normal({0}, {1}, {2}, {3}, {4})"),
    "weibull": Function(6, "weibull({0}, {1}, {2}, {3}, {4}, {5})"),
    "triangular": Function(6, "triangular({0}, {1}, {2}, {3}, {4}, {5})"),
    "beta": Function(7, "beta({0}, {1}, {2}, {3}, {4}, {5}, {6})"),
    "gamma": Function(6, "gamma({0}, {1}, {2}, {3}, {4}, {5})"),
    "poisson": Function(6, "poisson({0}, {1}, {2}, {3}, {4}, {5})"),
    "binomial": Function(7, "binomial({0}, {1}, {2}, {3}, {4}, {5}, {6})"),
    "negative binomial": Function(7, "negative_binomial({0}, {1}, {2}, {3}, {4}, {5}, {6})"),
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


# What can be asked of a table at a place -> the function of ``runtime`` or ``readings``.
READINGS: dict[str, str] = {
    "value": "interpolate_lanes",
    "extrapolate": "straight_on",
    "forward": "next_point",
    "backward": "last_point",
    "invert": "smallest_x",
    "area": "area_up_to",
    "share": "share_of_area",
    "slope": "slope_flat",
    "slope straight": "slope_straight",
    "slope inside": "slope_inside",
}

# Function of whole arrays -> the function of ``arrays``.
VECTOR_FUNCTIONS: dict[str, str] = {
    "sort order": "sort_order",
    "sort order ties": "sort_order_ties",
    "rank": "rank",
    "select": "select",
    "lookup": "read_vector",
    "inverse": "inverse",
    "allocate": "allocate",
}

# What a record gets for later -> the function of ``records``.
DEPOSITS: dict[str, str] = {"add": "add_later", "replace": "replace_later", "convey": "convey"}
