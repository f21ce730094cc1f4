"""Functions over lanes against mpmath over their whole range, in units of the last place."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numba
import numpy as np
import pytest

from nqpf.engine import hyperbolic, special, trigonometry, vectormath
from nqpf.engine.functions import FLAT
from nqpf.engine.lanes import loader, storer

LANES = 16
N = 1504
BAR = 1.5  # ulp
RNG = np.random.default_rng(20240229)


class Over:
    """``function`` applied to arrays, as kernels do: in lanes, and one by one to the same bits."""

    def __init__(self, function: Any, count: int) -> None:
        self.lanes = self._loop(function, count, LANES)
        self.single = self._loop(function, count, 1)

    @staticmethod
    def _loop(function: Any, count: int, lanes: int) -> Any:
        load, store = loader(lanes), storer(lanes)

        def one(x, out):
            for i in range(x.size // lanes):
                store(out, i, function(load(x, i)))

        def two(x, y, out):
            for i in range(x.size // lanes):
                store(out, i, function(load(x, i), load(y, i)))

        def five(a, x, y, x2, y2, out):
            for i in range(x.size // lanes):
                parts = load(a, i), load(x, i), load(y, i), load(x2, i), load(y2, i)
                store(out, i, function(*parts))

        return numba.njit(error_model="numpy")({1: one, 2: two, 5: five}[count])

    def __call__(self, *arguments):
        count = len(arguments[0])
        spare = -count % LANES
        padded = [np.concatenate([a, np.full(spare, a[0])]) for a in arguments]
        single, lanes = np.empty((2, count + spare))
        self.single(*padded, single)
        self.lanes(*padded, lanes)
        np.testing.assert_array_equal(lanes.view(np.int64), single.view(np.int64))
        return lanes[:count]


EXP = Over(vectormath.exp, 1)
LOG = Over(vectormath.log, 1)
FLAT_POWER = Over(vectormath.power, 2)
STEEP_POWER = Over(vectormath.steep_power, 2)
TIMES_POWERS = Over(vectormath.times_powers, 5)
LOGARITHM = Over(vectormath.logarithm, 2)
TANH = Over(hyperbolic.tanh, 1)
SINH = Over(hyperbolic.sinh, 1)
COSH = Over(hyperbolic.cosh, 1)
SINE = Over(trigonometry.sine, 1)
COSINE = Over(trigonometry.cosine, 1)
TANGENT = Over(trigonometry.tangent, 1)
ARCTANGENT = Over(trigonometry.arctangent, 1)
ARCSINE = Over(trigonometry.arcsine, 1)
ARCCOSINE = Over(trigonometry.arccosine, 1)
GAMMA_LN = Over(special.gamma_ln, 1)


def POWER(x, y):
    """Powers, from both texts to the same bits."""
    flat, steep = FLAT_POWER(x, y), STEEP_POWER(x, y)
    np.testing.assert_array_equal(flat.view(np.int64), steep.view(np.int64))
    return flat


def ulps(got: float, exact) -> float:
    """Distance of ``got`` from the exact value in units of its last place."""
    rounded = float(exact)
    if got == rounded or (math.isnan(got) and math.isnan(rounded)):
        return 0.0
    if not (math.isfinite(got) and math.isfinite(rounded)):
        return math.inf
    return float(abs(mpmath.mpf(got) - exact) / math.ulp(rounded))


def worst(function, reference, *arguments) -> float:
    got = function(*arguments)
    with mpmath.workprec(260):
        return max(
            ulps(g, reference(*map(mpmath.mpf, values)))
            for g, *values in zip(got.tolist(), *(a.tolist() for a in arguments), strict=True)
        )


def both_signs(x):
    return np.concatenate([x, -x])


SPREAD = 10 ** RNG.uniform(-300, 2.5, N)
QUARTERS = both_signs(RNG.integers(1, 680_000_000, N) * (np.pi / 2))

CASES = {
    "exp, whole range": (EXP, mpmath.exp, RNG.uniform(-745, 709.7, N)),
    "exp near 0": (EXP, mpmath.exp, both_signs(10 ** RNG.uniform(-300, 0, N))),
    "exp, subnormal results": (EXP, mpmath.exp, RNG.uniform(-745.1, -708, N)),
    "log, whole range": (LOG, mpmath.log, np.exp(RNG.uniform(-708, 709, N))),
    "log near 1": (LOG, mpmath.log, 1 + both_signs(10 ** RNG.uniform(-15, -0.4, N))),
    "log, subnormal arguments": (LOG, mpmath.log, 10 ** RNG.uniform(-323, -308, N)),
    "tanh": (TANH, mpmath.tanh, both_signs(SPREAD)),
    "tanh around 1": (TANH, mpmath.tanh, RNG.uniform(0.01, 3, N)),
    "tanh where it is curved": (TANH, mpmath.tanh, RNG.uniform(0.1, 0.4, 5 * N)),
    "sinh": (SINH, mpmath.sinh, both_signs(SPREAD)),
    "sinh where it is curved": (SINH, mpmath.sinh, RNG.uniform(0.1, 1, 5 * N)),
    "sinh, large": (SINH, mpmath.sinh, RNG.uniform(1, 710.4, N)),
    "cosh": (COSH, mpmath.cosh, RNG.uniform(-710.4, 710.4, N)),
    "cosh, small": (COSH, mpmath.cosh, RNG.uniform(-3, 3, N)),
    "sine": (SINE, mpmath.sin, RNG.uniform(-10, 10, N)),
    "sine, all quick angles": (SINE, mpmath.sin, RNG.uniform(-1e9, 1e9, N)),
    "sine near its zeros": (SINE, mpmath.sin, QUARTERS),
    "sine near 0": (SINE, mpmath.sin, both_signs(10 ** RNG.uniform(-323, 0, N))),
    "sine, large angles": (SINE, mpmath.sin, 10 ** RNG.uniform(9, 308, N)),
    "cosine": (COSINE, mpmath.cos, RNG.uniform(-10, 10, N)),
    "cosine, all quick angles": (COSINE, mpmath.cos, RNG.uniform(-1e9, 1e9, N)),
    "cosine near its zeros": (COSINE, mpmath.cos, QUARTERS),
    "cosine, large angles": (COSINE, mpmath.cos, 10 ** RNG.uniform(9, 308, N)),
    "tangent": (TANGENT, mpmath.tan, RNG.uniform(-10, 10, N)),
    "tangent, all quick angles": (TANGENT, mpmath.tan, RNG.uniform(-1e9, 1e9, N)),
    "tangent near zeros and poles": (TANGENT, mpmath.tan, QUARTERS),
    "tangent near 0": (TANGENT, mpmath.tan, both_signs(10 ** RNG.uniform(-323, 0, N))),
    "tangent, large angles": (TANGENT, mpmath.tan, 10 ** RNG.uniform(9, 308, N)),
    "arctangent": (ARCTANGENT, mpmath.atan, both_signs(10 ** RNG.uniform(-323, 308, N))),
    "arctangent around 1": (ARCTANGENT, mpmath.atan, RNG.uniform(-3, 3, 5 * N)),
    "arcsine": (ARCSINE, mpmath.asin, RNG.uniform(-1, 1, N)),
    "arcsine near 0": (ARCSINE, mpmath.asin, both_signs(10 ** RNG.uniform(-323, 0, N))),
    "arcsine near 1": (ARCSINE, mpmath.asin, both_signs(1 - 10 ** RNG.uniform(-16, 0, N))),
    "arccosine": (ARCCOSINE, mpmath.acos, RNG.uniform(-1, 1, N)),
    "arccosine near 1": (ARCCOSINE, mpmath.acos, both_signs(1 - 10 ** RNG.uniform(-16, 0, N))),
    "gamma ln": (GAMMA_LN, mpmath.loggamma, 10 ** RNG.uniform(-323, 305, N)),
    "gamma ln, small": (GAMMA_LN, mpmath.loggamma, RNG.uniform(0, 12, N)),
    "gamma ln near 1": (GAMMA_LN, mpmath.loggamma, 1 + both_signs(10 ** RNG.uniform(-15, -0.5, N))),
    "gamma ln near 2": (GAMMA_LN, mpmath.loggamma, 2 + both_signs(10 ** RNG.uniform(-15, -0.5, N))),
}


@pytest.mark.parametrize("case", CASES)
def test_functions_of_one_argument(case):
    assert worst(*CASES[case]) < BAR


@pytest.mark.parametrize(
    "base",
    [
        np.exp(RNG.uniform(-5, 5, N)),
        np.exp(RNG.uniform(-700, 700, N)),
        RNG.uniform(0.5, 2, N),
        1 + RNG.uniform(-1e-4, 1e-4, N),
        10 ** RNG.uniform(-323, -308, N),
    ],
    ids=["usual", "whole range", "around 1", "very near 1", "subnormal"],
)
def test_power_where_the_result_is_finite(base):
    exponent = RNG.uniform(-740, 700, N) / np.log(base)
    assert worst(POWER, mpmath.power, base, exponent) < BAR


@pytest.mark.parametrize(
    "base",
    [
        np.exp(RNG.uniform(-5, 5, N)),
        np.exp(RNG.uniform(-560, 560, N)),
        RNG.uniform(0.5, 2, N),
        1 + RNG.uniform(-1e-4, 1e-4, N),
        RNG.uniform(1.35, 1.4142, N) * 2.0 ** RNG.integers(-9, 10, N),
    ],
    ids=["usual", "whole range", "around 1", "very near 1", "the polynomial's end"],
)
def test_power_with_a_small_exponent(base):
    steepest = FLAT * both_signs(RNG.uniform(0.8, 1, N // 2))
    assert worst(POWER, mpmath.power, base, steepest) < BAR
    assert worst(POWER, mpmath.power, base, steepest * RNG.uniform(0, 1, N)) < BAR


def test_power_where_its_steep_text_is_worst():
    """Far from 0 in the exponent of e, and a base far from a power of 2: the polynomial's end."""
    base = RNG.uniform(1.35, 1.4142, N) * 2.0 ** RNG.integers(-3, 4, N)
    exponent = RNG.uniform(8, 16, N) * RNG.choice([-1, 1], N) / np.log(base)
    assert worst(POWER, mpmath.power, base, exponent) < BAR


@pytest.mark.parametrize("most", [0.6, FLAT], ids=["usual", "steepest"])
@pytest.mark.parametrize("spread", [0.7, 5.0, 150.0])
def test_a_product_of_two_powers_is_more_exact_than_two_powers_multiplied(spread, most):
    x, x2 = np.exp(RNG.uniform(-spread, spread, (2, 2 * N)))
    y, y2 = most * RNG.uniform(-1, 1, (2, 2 * N))

    def exact(x, y, x2, y2):
        return x**y * x2**y2

    def multiplied(x, y, x2, y2):
        return POWER(x, y) * POWER(x2, y2)

    def together(x, y, x2, y2):
        return TIMES_POWERS(np.ones_like(x), x, y, x2, y2)

    error = worst(together, exact, x, y, x2, y2)
    assert error < 2.6
    assert error < worst(multiplied, exact, x, y, x2, y2)


@pytest.mark.parametrize("base", [10.0, 2.0, 0.3, 1.0001, 1e300, 1e-310])
@pytest.mark.parametrize(
    "x",
    [
        np.exp(RNG.uniform(-708, 709, N)),
        1 + both_signs(10 ** RNG.uniform(-15, -0.5, N)),
        10 ** RNG.uniform(-323, -308, N),
    ],
    ids=["whole range", "near 1", "subnormal"],
)
def test_logarithm_to_a_base(base, x):
    def exact(x, base):
        return mpmath.log(x) / mpmath.log(base)

    assert worst(LOGARITHM, exact, x, np.full_like(x, base)) < BAR


def test_logarithms_of_whole_powers_are_whole():
    exponents = np.arange(-300.0, 300.0)
    tens = np.array([float(f"1e{exponent:.0f}") for exponent in exponents])
    np.testing.assert_array_equal(LOGARITHM(tens, np.full(600, 10.0)), exponents)
    np.testing.assert_array_equal(LOGARITHM(2.0**exponents, np.full(600, 2.0)), exponents)


SPECIAL = np.array(
    [  # ends, signs, the edges of the ranges
        *[
            0.0,
            -0.0,
            1.0,
            -1.0,
            2.0,
            -2.0,
            0.5,
            -0.5,
            3.0,
            -3.0,
            7.5,
            np.inf,
            -np.inf,
            np.nan,
            709.79,
        ],
        *[5e-324, -5e-324, 1e-310, 2.0**53 + 2, 1e300, -1e300, 1.7976931348623157e308, -746.0],
    ]
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("function", "reference"),
    [
        *[(EXP, np.exp), (LOG, np.log), (TANH, np.tanh), (SINH, np.sinh), (COSH, np.cosh)],
        *[(SINE, np.sin), (COSINE, np.cos), (TANGENT, np.tan)],
        *[(ARCTANGENT, np.arctan), (ARCSINE, np.arcsin), (ARCCOSINE, np.arccos)],
    ],
)
def test_special_values(function, reference):
    got, expected = function(SPECIAL), reference(SPECIAL)
    np.testing.assert_allclose(got, expected, rtol=1e-15)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(got[known]), np.signbit(expected[known]))


def test_special_values_of_gamma_ln():
    x = np.array([0.0, 1.0, 2.0, 2.55e305, 2.57e305, np.inf, -1.0, -0.5, -np.inf, np.nan])
    expected = [np.inf, 0, 0, math.lgamma(2.55e305), np.inf, np.inf, *[np.nan] * 4]
    np.testing.assert_allclose(GAMMA_LN(x), expected, rtol=1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_logarithm_of_special_values():
    x, base = (grid.ravel() for grid in np.meshgrid(SPECIAL, SPECIAL))
    np.testing.assert_allclose(LOGARITHM(x, base), np.log(x) / np.log(base), rtol=1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_power_of_special_values():
    x, y = (grid.ravel() for grid in np.meshgrid(SPECIAL, SPECIAL))
    got, expected = POWER(x, y), x**y
    np.testing.assert_allclose(got, expected, rtol=1e-15)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(got[known]), np.signbit(expected[known]))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_product_of_powers_out_of_the_usual_is_multiplied_as_it_stands():
    first, x, y, x2, y2 = RNG.choice(SPECIAL, (5, 20 * N))
    got = TIMES_POWERS(first, x, y, x2, y2)
    apart = first * POWER(x, y) * POWER(x2, y2)
    # A subnormal product is rounded to its few bits once or twice.
    np.testing.assert_allclose(got, apart, rtol=1e-14, atol=1e-320)
    # The powers alone would be infinite.
    large = np.full(LANES, 1e200)
    got = TIMES_POWERS(np.full(LANES, 1e-300), large, np.ones(LANES), large, np.ones(LANES))
    np.testing.assert_allclose(got, 1e100)


@pytest.mark.parametrize(
    ("function", "reference"), [(vectormath.floor, np.floor), (vectormath.truncate, np.trunc)]
)
def test_rounding_beyond_integers(function, reference):
    x = np.array([0.5, -0.5, 1e300, -1e300, 2.0**63, -(2.0**52) - 0.5, 3.0, -3.0])
    np.testing.assert_array_equal(Over(function, 1)(x), reference(x))


def test_neighbours_do_not_change_a_lane():
    """The careful text, needed by one lane, must leave the others' bits alone."""
    usual = np.exp(RNG.uniform(-2, 2, N))
    mixed = np.where(np.arange(N) % 5 == 0, RNG.choice(SPECIAL, N), usual)
    same = mixed == usual
    for function in (EXP, LOG, TANH, SINE, COSINE, TANGENT, ARCSINE, GAMMA_LN):
        np.testing.assert_array_equal(function(mixed)[same], function(usual)[same])
    exponent = RNG.uniform(-3, 3, N) * RNG.uniform(0, 1, N)
    np.testing.assert_array_equal(POWER(mixed, exponent)[same], POWER(usual, exponent)[same])


def test_lanes_are_registers():
    """The point of the module; on x86 the code must use packed arithmetic."""
    for function in (EXP, LOG, FLAT_POWER, STEEP_POWER, TANH, SINE, TANGENT, ARCTANGENT, ARCCOSINE):
        given = function.lanes.py_func.__code__.co_argcount - 1
        function(*[np.full(LANES, 0.5)] * given)  # or it may not be compiled yet
        (code,) = function.lanes.inspect_asm().values()
        if "xmm" not in code:
            pytest.skip("not an x86 processor")
        assert "mulpd" in code
