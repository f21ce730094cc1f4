"""The adaptive method: its tolerance, its grid, the same bits, and members that cannot keep it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import nqpf

OSCILLATOR = "x = INTEG(v, 1) ~~|\nv = INTEG(-x, 0) ~~|"  # x = cos t
LOGISTIC = "x = INTEG(x * (1 - x), 0.1) ~~|"  # x = 1 / (1 + 9 exp(-t))
# x = cos t too, but any departure from it dies out a hundred times a year.
STIFF = "x = INTEG(-100 * (x - COS(Time)) - SIN(Time), 1) ~~|"


@pytest.mark.parametrize(
    ("equations", "solution"),
    [
        (OSCILLATOR, np.cos),
        (LOGISTIC, lambda t: 1 / (1 + 9 * np.exp(-t))),
        (STIFF, np.cos),
    ],
    ids=["harmonic oscillator", "logistic growth", "stiff"],
)
def test_the_error_follows_the_tolerance(build, equations, solution):
    """Over a step the error is at most the tolerance; over ten years a few of them add up."""
    model = build(equations, final=10, step=2)
    tolerances = 10.0 ** -np.arange(3, 12)
    errors = []
    for tolerance in tolerances:
        frame = model.run(method="rk45", rtol=tolerance, atol=tolerance)
        errors.append(np.abs(frame["x"].to_numpy() - solution(frame.index.to_numpy())).max())
    assert (errors < 20 * tolerances).all()
    # And it is no tighter than was asked for: tolerance is what costs time.
    assert errors[0] > 1e-5
    assert errors[0] / errors[-1] > 1e6


def test_each_stock_keeps_its_own_tolerance(build):
    """A large stock must not hide a small one: the norm is the maximum, relative to each."""
    model = build("large = INTEG(0, 1e9) ~~|\nx = INTEG(-x, 1e-3) ~~|", final=10, step=5)
    frame = model.run(method="rk45", rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(frame["x"], 1e-3 * np.exp(-frame.index.to_numpy()), rtol=2e-5)


def test_auxiliaries_are_those_of_the_saved_time(build):
    model = build(f"{OSCILLATOR}\ny = 2 * x + Time ~~|\nz = y * v ~~|", final=5, step=1)
    frame = model.run(method="rk45")
    np.testing.assert_array_equal(frame["y"], 2 * frame["x"] + frame.index)
    np.testing.assert_array_equal(frame["z"], frame["y"] * frame["v"])


def test_what_is_discrete_changes_on_the_grid(build):
    """A step of width 1 adds exactly 1, whatever the steps in between."""
    model = build(
        "x = INTEG(DELAY FIXED(y, 2, 0), 0) ~~|\ny = INTEG(IF THEN ELSE(Time < 1, 1, 0), 0) ~~|"
        f"{OSCILLATOR.replace('x', 'w')}",
        final=6,
        step=1,
    )
    frame = model.run(method="rk45", rtol=1e-9)
    assert frame["y"].tolist() == pytest.approx([0, 1, 1, 1, 1, 1, 1], abs=1e-8)
    assert frame["x"].tolist() == pytest.approx([0, 0, 0, 0, 1, 2, 3], abs=1e-6)


def test_the_outflow_of_a_non_negative_stock_is_limited(tmp_path):
    """At most level / DT flows out: 2 a year down to a level of 2, from there on e^-t."""
    path = tmp_path / "tank.xmile"
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">'
        '<header><name>tank</name></header><sim_specs method="RK45"><start>0</start>'
        "<stop>5</stop><dt>1</dt></sim_specs><model><variables>"
        '<stock name="level"><eqn>3</eqn><outflow>drain</outflow><non_negative/></stock>'
        '<flow name="drain"><eqn>2</eqn></flow>'
        '<aux name="height"><eqn>SQRT(level)</eqn></aux></variables></model></xmile>'
    )
    model = nqpf.load(path)
    assert model.control.method == "rk45"
    frame = model.run()
    expected = [3, *2 * np.exp(0.5 - np.arange(1, 6))]
    assert frame["level"].tolist() == pytest.approx(expected, rel=1e-5)
    assert np.isfinite(frame["height"].to_numpy()).all()


# --- the same bits ------------------------------------------------------------------------------

VARIED = """
rate = 1 ~~|
x = INTEG(rate * x ^ 0.5 * (1 - x) + SIN(3 * Time) * x, 0.1) ~~|
y = INTEG(-50 * rate * (y - EXP(-x)), 1) ~~|
late = SMOOTH3(y, rate) ~~|
"""


def test_the_same_bits_in_any_batch_place_and_number_of_threads(build):
    model = build(VARIED, final=10, step=0.5)
    rng = np.random.default_rng(11)
    samples = pd.DataFrame({"rate": rng.uniform(0.2, 3, 100)})
    whole = model.ensemble(samples, ["x", "y", "late"], method="rk45", threads=1)
    assert int(whole["failed"].sum()) == 0
    order = rng.permutation(100)
    shuffled = model.ensemble(samples.iloc[order], ["x", "y", "late"], method="rk45", threads=2)
    for name in ("x", "y", "late"):
        assert shuffled[name].values.tobytes() == whole[name].values[order].tobytes()
    for run in (0, 99):
        alone = model.run(samples.iloc[run].to_dict(), ["x", "y", "late"], method="rk45")
        np.testing.assert_array_equal(alone["y"], whole["y"].values[run])


def test_saving_more_seldom_or_stopping_early_changes_nothing(build):
    model = build(VARIED, final=10, step=0.5)
    whole = model.run(method="rk45")
    pd.testing.assert_frame_equal(
        model.run(method="rk45", saveper=2)[["x"]], whole.loc[::4, ["x"]], check_exact=True
    )
    np.testing.assert_array_equal(
        model.run(method="rk45", final_time=4)["y"], whole.loc[:4, "y"].to_numpy()
    )


# --- tolerances and methods by name -------------------------------------------------------------

TOLERANCES = "RELATIVE TOLERANCE = 0.01 ~~|\nABSOLUTE TOLERANCE = 0.01 ~~|\n"


def test_the_file_may_ask_for_it_and_for_its_tolerance(write):
    """Vensim's RK4 Auto (code 1) reads its tolerances from these names (manual, Special)."""
    usual = nqpf.load(write(OSCILLATOR, step=2, code=1))
    loose = nqpf.load(write(TOLERANCES + OSCILLATOR, step=2, code=1, name="loose.mdl"))
    assert usual.control.method == "rk45"
    assert abs(usual.run()["x"].iloc[-1] - np.cos(10)) < 1e-5
    assert 1e-4 < abs(loose.run()["x"].iloc[-1] - np.cos(10)) < 0.1
    np.testing.assert_array_equal(loose.run(rtol=1e-6, atol=1e-9)["x"], usual.run()["x"])
    samples = pd.DataFrame({"ABSOLUTE TOLERANCE": [0.01, 1e-9], "RELATIVE TOLERANCE": [0.01, 1e-6]})
    both = loose.ensemble(samples, ["x"])
    np.testing.assert_array_equal(both["x"].values, [loose.run()["x"], usual.run()["x"]])


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"method": "rk54"}, 'method "rk54" is not known; expected one of euler, rk2, rk4, rk45.'),
        ({"method": "rk45", "rtol": 0.0}, "rtol: 0 is not a relative tolerance; expected 1e-14"),
        ({"method": "rk45", "rtol": float("nan")}, "rtol: nan is not a finite number"),
        ({"method": "rk45", "atol": -1.0}, "atol: -1 is not an absolute tolerance; expected a"),
        ({"method": "rk45", "atol": "fine"}, "atol: 'fine' is not a finite number"),
        ({"method": "rk4", "rtol": 1e-6}, 'rtol and atol are for method="rk45", which chooses'),
        ({"atol": 1e-6}, 'which chooses its steps; this is "euler"'),
    ],
)
def test_bad_requests_are_refused_in_one_line(build, keywords, message):
    model = build(LOGISTIC)
    with pytest.raises(nqpf.InputError) as caught:
        model.run(**keywords)
    assert message in str(caught.value)
    with pytest.raises(nqpf.InputError) as caught:
        model.ensemble(pd.DataFrame(index=[0]), **keywords)
    assert message in str(caught.value)


# --- failures -----------------------------------------------------------------------------------

FAILING = """
a = 1 ~~|
calm = INTEG(-calm, 1) ~~|
x = INTEG(IF THEN ELSE(a > 0, a * x * x, 1e9 * a * x), 1) ~~|
shown = LN(limit - calm) ~~|
limit = 2 ~~|
"""


def test_a_member_that_cannot_keep_the_tolerance_is_named_and_harms_nobody(build):
    """x' = x^2 from 1 is infinite at time 1; x' = -1e9 x is too stiff for an explicit method."""
    model = build(FAILING, final=2, step=0.4)
    frame = pd.DataFrame({"a": [0.1, 1.0, -1.0, 0.2, 0.1], "limit": [2.0, 2.0, 2.0, 2.0, 0.5]})
    data = model.ensemble(frame, ["x", "shown"], method="rk45")
    alone = model.ensemble(frame.iloc[[0, 3]], ["x", "shown"], method="rk45")
    assert data["failed"].values.tolist() == [0, 3, 3, 0, 2]
    assert data["failed_variable"].values.tolist() == ["", "x", "x", "", "shown"]
    assert data["failed_time"].values[1] == pytest.approx(1.0)
    assert 0 < data["failed_time"].values[2] < 0.4
    assert data["failed_time"].values[4] == 0.0
    x = data["x"].values
    np.testing.assert_allclose(x[1, :3], 1 / (1 - np.array([0, 0.4, 0.8])), rtol=1e-4)
    assert np.isnan(x[1, 3:]).all()
    assert x[[0, 3]].tobytes() == alone["x"].values.tobytes()


def test_a_single_run_says_where_it_stopped(build):
    model = build(FAILING, final=2, step=0.4)
    with pytest.warns(RuntimeWarning, match='"x" cannot keep the tolerance past time 1: the rest'):
        frame = model.run(method="rk45")
    assert frame["x"].isna().to_list() == [False] * 3 + [True] * 3
