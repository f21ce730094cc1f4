"""Tableaus against the conditions that every Runge-Kutta method of an order must meet."""

from __future__ import annotations

import numpy as np
import pytest

from nqpf.engine.methods import METHODS, Tableau


@pytest.mark.parametrize("rule", METHODS.values(), ids=METHODS)
def test_stages_and_weights_are_consistent(rule: Tableau):
    np.testing.assert_allclose(rule.a.sum(axis=1), rule.c, atol=1e-14)
    assert (np.triu(rule.a) == 0).all()
    for k in range(rule.order):  # exact for powers of time below the order
        assert rule.b @ rule.c**k == pytest.approx(1 / (k + 1), abs=1e-14)
    assert rule.b @ rule.c**rule.order != pytest.approx(1 / (rule.order + 1), abs=1e-4)


def test_the_error_of_the_adaptive_method_is_of_order_four():
    rule = METHODS["rk45"]
    assert rule.error is not None
    for k in range(4):
        assert rule.error @ rule.c**k == pytest.approx(0, abs=1e-15)
    assert abs(rule.error @ rule.c**4) > 1e-4
    # The last stage is the first of the next step.
    np.testing.assert_array_equal(rule.a[-1], rule.b)
