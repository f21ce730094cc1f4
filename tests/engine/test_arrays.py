"""Functions of whole arrays: every lane against numpy, and what their call may look like."""

from __future__ import annotations

import math
from functools import cache

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import nqpf
from nqpf.engine import arrays

Array = NDArray[np.float64]
RECTANGULAR, TRIANGULAR, NORMAL, EXPONENTIAL = 1.0, 2.0, 3.0, 4.0


@cache
def callable_from_python(function):
    """The engine's functions have no entry for Python, which their callers do not need."""

    @numba.njit
    def call(memory, lanes, target, count, places):
        function(memory, lanes, target, count, *places)

    return call


def applied(function, size: int, *given: Array) -> Array:
    """Call a function of arrays on lanes x elements; return its ``size`` results a lane."""
    rows = [np.full((size, len(given[0])), -7.0), *(each.T for each in given)]
    places = np.cumsum([0, *map(len, rows)])
    memory = np.concatenate(rows).ravel()
    lanes = len(given[0])
    call = callable_from_python(function)
    call(memory, lanes, 0, given[0].shape[1], tuple(map(int, places[1:-1])))
    return memory[: size * lanes].reshape(size, lanes).T


def column(*values: float) -> Array:
    return np.array([values]).T


VALUES = st.integers(1, 7).flatmap(
    lambda n: st.lists(
        st.lists(st.integers(-3, 3).map(float), min_size=n, max_size=n), min_size=2, max_size=2
    )
)


@given(VALUES)
@settings(max_examples=60, deadline=None)
def test_order_and_rank_are_those_of_a_stable_sort(values):
    values = np.array(values)
    direction = column(1.0, -1.0)
    order = np.stack([np.argsort(values[0], kind="stable"), np.argsort(-values[1], kind="stable")])
    size = values.shape[1]
    np.testing.assert_array_equal(applied(arrays.sort_order, size, values, direction), order)
    ranks = np.argsort(order, axis=1) + 1
    np.testing.assert_array_equal(applied(arrays.rank, size, values, direction), ranks)


def test_what_is_equal_goes_by_the_ties():
    values, ties = np.array([[5.0, 1.0, 5.0, 5.0]] * 2), np.array([[3.0, 9.0, 1.0, 3.0]] * 2)
    order = applied(arrays.sort_order_ties, 4, values, ties, column(1.0, -1.0))
    np.testing.assert_array_equal(order, [[1, 2, 0, 3], [0, 3, 2, 1]])


def test_what_is_not_a_number_has_no_rank():
    values = np.array([[2.0, math.nan, 1.0]])
    np.testing.assert_array_equal(applied(arrays.rank, 3, values, column(1.0)), [[2, math.nan, 1]])


@pytest.mark.parametrize("size", [2, 3, 9])
def test_inverse(size):
    matrices = np.random.default_rng(size).normal(size=(3, size, size))
    matrices[1, 0, 0] = 0.0  # the first pivot is not the first number
    inverses = applied(arrays.inverse, size * size, matrices.reshape(3, -1))
    np.testing.assert_allclose(
        inverses.reshape(3, size, size) @ matrices, [np.eye(size)] * 3, atol=1e-10
    )


def test_a_singular_matrix_has_no_inverse_and_harms_no_neighbour():
    matrices = np.array([[1.0, 2.0, 2.0, 4.0], [1.0, 2.0, 3.0, 4.0]])
    inverses = applied(arrays.inverse, 4, matrices)
    assert not np.isfinite(inverses[0]).all()
    np.testing.assert_allclose(inverses[1], [-2, 1, 1.5, -0.5])


def shares(request, kind, priority, width, supply) -> Array:
    given = [np.array([each], dtype=float) for each in (request, kind, priority, width)]
    return applied(arrays.allocate, len(request), *given, column(supply))[0]


REQUESTERS = st.lists(
    st.tuples(
        st.floats(0, 100),
        st.sampled_from([RECTANGULAR, TRIANGULAR, NORMAL, EXPONENTIAL, 0.0]),
        st.floats(0.5, 20),
        st.floats(0.1, 10),
    ),
    min_size=1,
    max_size=6,
)


@given(REQUESTERS, st.floats(0, 1.2))
@settings(max_examples=200, deadline=None)
def test_an_allocation_uses_up_the_supply_and_overfills_nobody(requesters, part):
    request, kind, priority, width = map(np.array, zip(*requesters, strict=True))
    supply = part * request.sum()
    got = shares(request, kind, priority, width, supply)
    assert got.sum() == pytest.approx(min(supply, request.sum()), rel=1e-9, abs=1e-9)
    assert (got >= 0).all()
    assert (got <= request * (1 + 1e-12)).all()
    more = shares(request, kind, priority, width, supply * 1.1)
    assert (more >= got - 1e-9 * (1 + supply)).all()


def test_requesters_without_width_come_one_after_the_other_and_equals_share():
    rectangle = [RECTANGULAR] * 4
    got = shares([4, 6, 2, 5], rectangle, [3, 3, 9, 1], [0, 0, 0, 0], 7)
    np.testing.assert_allclose(got, [2, 3, 2, 0])


def test_fixed_quantities_come_first():
    got = shares([4, 6], [0, NORMAL], [1, 9], [1, 1], 5)
    np.testing.assert_allclose(got, [4, 1])
    np.testing.assert_allclose(shares([4, 6], [0, NORMAL], [1, 9], [1, 1], 3), [3, 0])


def test_a_curve_that_is_not_known_gives_nothing():
    assert np.isnan(shares([4, 6], [5, NORMAL], [1, 9], [1, 1], 5)).all()


# --- in a model ---------------------------------------------------------------------------------


def test_arrays_of_expressions_and_delays(build):
    """An argument may be any expression; each row is sorted by itself, at every moment."""
    model = build(
        "r: a, b ~~|\nc: p, q, s ~~|\nx[r, p] = 3 ~~|\nx[r, q] = 1 ~~|\nx[r, s] = 2 ~~|\n"
        "sign[r] = 1, -1 ~~|\n"
        "turn = 1 - 2 * STEP(1, 2) ~~|\n"
        "order[r, c] = VECTOR SORT ORDER(SMOOTH(x[r, c], 2) * sign[r] * turn, 1) ~~|"
    )
    frame = model.run().drop_duplicates()
    columns = [f"order[{r},{c}]" for r in "ab" for c in "pqs"]
    assert frame.loc[0, columns].tolist() == [1, 2, 0, 0, 2, 1]
    assert frame.iloc[-1][columns].tolist() == [0, 2, 1, 1, 2, 0]


def test_a_result_may_feed_back_through_a_stock(build):
    model = build(
        "d: a, b ~~|\nneed[d] = INTEG(-got[d], 10) ~~|\nprio[d] = 1, 5 ~~|\n"
        "got[d] = ALLOCATE BY PRIORITY(need[d], prio[d], ELMCOUNT(d), 1, 4) ~~|",
        step=1,
        final=5,
    )
    frame = model.run()
    assert frame["need[b]"].tolist() == pytest.approx([10, 6, 2, 0, 0, 0])
    assert frame["need[a]"].tolist() == pytest.approx([10, 10, 10, 8, 4, 0])


def test_an_array_that_needs_itself_is_a_loop(write):
    path = write("d: a, b ~~|\nx[d] = VECTOR RANK(y[d], 1) ~~|\ny[d] = x[d] + 1 ~~|")
    with pytest.raises(nqpf.InputError, match="simultaneous equations depend on one another"):
        nqpf.load(path)


@pytest.mark.parametrize(
    ("equations", "expected"),
    [
        ("x = VECTOR RANK(v[a], 1) ~~|", '"x": VECTOR RANK needs a range as its last subscript'),
        ("x[d] = VECTOR RANK(v[d], v[d]) ~~|", '"x": VECTOR RANK takes one number for all'),
        ("x[d] = INVERT MATRIX(v[d], 2) ~~|", '"x": INVERT MATRIX needs a square matrix'),
        ("x = VECTOR SELECT(v[a], v[a], 0, 0, 0) ~~|", 'SELECT needs a subscript marked with "!"'),
        ("x[d] = ALLOCATE AVAILABLE(v[d], v[d], 3) ~~|", "end in the first element of a profile"),
        ("x[d] = ALLOCATE AVAILABLE(v[d], v[a], 3) ~~|", "has type, priority and width; only 2"),
        ("x = VECTOR ELM MAP(3, 1) ~~|", "VECTOR ELM MAP of arguments it does not take"),
        ("x = VECTOR ELM MAP(w[a], 1) ~~|", '"w", which is not defined'),
        ("x = LOOKUP FORWARD(v[a], 1) ~~|", '"v", which is not a table'),
        ("x = LOOKUP AREA(2, 1, 3) ~~|", "LOOKUP AREA of arguments it does not take"),
        ("x = LOOKUP SLOPE(t, 1, Time) ~~|", "LOOKUP SLOPE of arguments it does not take"),
        ("x = dd + 1 ~~|", '"x" uses "dd", which is not defined'),
    ],
)
def test_wrong_calls_are_refused_in_one_line(write, equations, expected):
    path = write("d: a, b ~~|\nv[d] = 1, 2 ~~|\nt((0,0),(1,1)) ~~|\n" + equations)
    with pytest.raises(nqpf.InputError) as caught:
        nqpf.load(path)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
