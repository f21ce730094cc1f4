"""Functions over lanes against mpmath over their whole range, in units of the last place."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numba
import numpy as np
import pytest

from nqpf.engine import vectormath
from nqpf.engine.lanes import loader, storer

LANES = 16
N = 1504
BAR = 2.0  # ulp
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

        return numba.njit(error_model="numpy")(one if count == 1 else two)

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
POWER = Over(vectormath.power, 2)
TANH = Over(vectormath.tanh, 1)
SINH = Over(vectormath.sinh, 1)
COSH = Over(vectormath.cosh, 1)


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

CASES = {
    "exp, whole range": (EXP, mpmath.exp, RNG.uniform(-745, 709.7, N)),
    "exp near 0": (EXP, mpmath.exp, both_signs(10 ** RNG.uniform(-300, 0, N))),
    "exp, subnormal results": (EXP, mpmath.exp, RNG.uniform(-745.1, -708, N)),
    "log, whole range": (LOG, mpmath.log, np.exp(RNG.uniform(-708, 709, N))),
    "log near 1": (LOG, mpmath.log, 1 + both_signs(10 ** RNG.uniform(-15, -0.4, N))),
    "log, subnormal arguments": (LOG, mpmath.log, 10 ** RNG.uniform(-323, -308, N)),
    "tanh": (TANH, mpmath.tanh, both_signs(SPREAD)),
    "tanh around 1": (TANH, mpmath.tanh, RNG.uniform(0.01, 3, N)),
    "sinh": (SINH, mpmath.sinh, both_signs(SPREAD)),
    "sinh, large": (SINH, mpmath.sinh, RNG.uniform(1, 710.4, N)),
    "cosh": (COSH, mpmath.cosh, RNG.uniform(-710.4, 710.4, N)),
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
    [(EXP, np.exp), (LOG, np.log), (TANH, np.tanh), (SINH, np.sinh), (COSH, np.cosh)],
)
def test_special_values(function, reference):
    got, expected = function(SPECIAL), reference(SPECIAL)
    np.testing.assert_allclose(got, expected, rtol=1e-15)
    if reference is not np.cosh and reference is not np.exp:
        np.testing.assert_array_equal(np.signbit(got[:2]), np.signbit(expected[:2]))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_power_of_special_values():
    x, y = (grid.ravel() for grid in np.meshgrid(SPECIAL, SPECIAL))
    got, expected = POWER(x, y), x**y
    np.testing.assert_allclose(got, expected, rtol=1e-15)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(got[known]), np.signbit(expected[known]))


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
    for function in (EXP, LOG, TANH):
        np.testing.assert_array_equal(function(mixed)[same], function(usual)[same])
    exponent = RNG.uniform(-3, 3, N)
    np.testing.assert_array_equal(POWER(mixed, exponent)[same], POWER(usual, exponent)[same])


def test_lanes_are_registers():
    """The point of the module; on x86 the code must use packed arithmetic."""
    for function in (EXP, LOG, POWER, TANH):
        (code,) = function.lanes.inspect_asm().values()
        if "xmm" not in code:
            pytest.skip("not an x86 processor")
        assert "mulpd" in code
