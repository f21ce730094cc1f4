"""Fixed delays, samples and pulses go by whole steps under every integration method."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

METHODS = pytest.mark.parametrize("method", ["euler", "rk2", "rk4", "rk45"])


@METHODS
def test_fixed_delay(build, method):
    model = build("x = DELAY FIXED(Time ^ 2, lag, -3) ~~|\nlag = 2 ~~|", final=5, step=0.5)
    result = model.run(method=method)
    time = result.index.to_numpy()
    np.testing.assert_array_equal(result["x"], np.where(time < 2, -3, (time - 2) ** 2))


@METHODS
def test_what_a_fixed_delay_feeds_is_conserved(build, method):
    """A material pipeline: what has gone in is in transit or has come out."""
    model = build(
        "in = 1 + Time ~~|\nout = DELAY FIXED(in, 1.5, 0) ~~|\n"
        "transit = INTEG(in - out, 0) ~~|\ndone = INTEG(out, 0) ~~|\nall = INTEG(in, 0) ~~|"
    )
    result = model.run(method=method)
    np.testing.assert_allclose(result["transit"] + result["done"], result["all"], rtol=1e-13)


def test_every_member_has_its_own_delay(build):
    model = build("x = DELAY FIXED(Time, lag, -1) ~~|\nlag = 1 ~~|", final=20, step=0.25)
    lags = np.random.default_rng(8).uniform(0, 25, 37)
    result = model.ensemble(pd.DataFrame({"lag": lags}), ["x"])["x"]
    steps = np.maximum(1, np.floor(lags / 0.25 + 0.5 + 1e-6))
    time = result["time"].to_numpy()
    expected = np.where(
        time[np.newaxis] < steps[:, np.newaxis] * 0.25, -1, time - steps[:, np.newaxis] * 0.25
    )
    np.testing.assert_array_equal(result, expected)
    alone = [model.run({"lag": lag}, ["x"])["x"] for lag in lags[:5]]
    np.testing.assert_array_equal(result[:5], alone)


def test_only_the_first_delay_time_counts(build):
    """Vensim reference manual, DELAY FIXED: a later change of the delay time has no effect."""
    result = build("x = DELAY FIXED(Time, 1 + Time, 0) ~~|", final=5, step=1).run()
    np.testing.assert_array_equal(result["x"], [0, 0, 1, 2, 3, 4])


def test_a_delay_time_that_is_no_number_harms_only_its_member(build):
    model = build("x = DELAY FIXED(Time, 1 / a, 0) ~~|\na = 1 ~~|", final=5, step=1)
    result = model.ensemble(pd.DataFrame({"a": [1.0, 0.0, 0.5]}), ["x"])["x"]
    np.testing.assert_array_equal(result[0], [0, 0, 1, 2, 3, 4])
    np.testing.assert_array_equal(result[2], [0, 0, 0, 1, 2, 3])


@METHODS
def test_delays_of_arrays_and_in_expressions(build, method):
    model = build(
        "r: p, q ~~|\nlag[p] = 1 ~~|\nlag[q] = 2 ~~|\n"
        "x[r] = 1 + DELAY FIXED(10 * DELAY FIXED(Time, lag[r], 0), 1, -1) ~~|",
        final=5,
        step=1,
    )
    result = model.run(method=method)
    np.testing.assert_array_equal(result["x[p]"], [0, 1, 1, 11, 21, 31])
    np.testing.assert_array_equal(result["x[q]"], [0, 1, 1, 1, 11, 21])


@METHODS
def test_sample_if_true(build, method):
    model = build(
        "x = SAMPLE IF TRUE(MODULO(Time, 2) = 0, y, -5) ~~|\ny = INTEG(1, 0) ~~|\n"
        "z = SAMPLE IF TRUE(Time > 2.9, Time, 7) ~~|",
        final=5,
        step=1,
    )
    result = model.run(method=method)
    np.testing.assert_allclose(result["x"], [0, 0, 2, 2, 4, 4], rtol=1e-14)
    np.testing.assert_allclose(result["z"], [7, 7, 7, 3, 4, 5], rtol=1e-14)


@METHODS
def test_a_sample_stays_within_a_step(build, method):
    """Fed into a stock, a sample counts with its value at the beginning of each step."""
    model = build(
        "x = SAMPLE IF TRUE(Time >= 0, Time, 0) ~~|\ns = INTEG(x, 0) ~~|", final=4, step=1
    )
    np.testing.assert_allclose(model.run(method=method)["s"], [0, 0, 1, 3, 6], rtol=1e-14)


@METHODS
@pytest.mark.parametrize(
    ("signal", "area"),
    [
        ("PULSE(2, 3)", 3),
        ("STEP(2, 4)", 12),
        ("PULSE TRAIN(1, 0.5, 2, 9)", 2.5),
        ("PULSE(2, 0) / TIME STEP", 1),
    ],
)
def test_what_a_pulse_brings_does_not_depend_on_the_method(build, method, signal, area):
    model = build(f"s = INTEG({signal}, 0) ~~|")
    assert model.run(method=method)["s"].iloc[-1] == pytest.approx(area, rel=1e-12)
