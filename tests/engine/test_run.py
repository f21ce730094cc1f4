"""Running: PySD's meaning, parameters, saved times, methods."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import nqpf
from nqpf.engine import Control

# One model with most of the language: its stocks feed back, so a wrong step would grow. Initial
# values have a fraction, because PySD cuts the first step of a smooth whose initial is an integer.
RICH = """
r: East, Central, West ~~|
near: East, Central ~~|
rate[r] = 0.1, 0.2, 0.3 ~ 1/Year [0, 1] ~ doc |
capital[r] = INTEG(rate[r] * capital[r] * (1 - ZIDZ(capital[r], limit)) - loss[r], rate[r]*10)
    ~ CNY ~|
limit = 50 + SUM(capital[r!]) ~ CNY ~|
loss[near] = 0.01 * capital[near] ~~|
loss[West] = MIN(0.2, capital[West] ^ 0.5) ~~|
share[r] = capital[r] / SUM(capital[r!]) ~~|
top = VMAX(capital[near!]) + VMIN(share[r!]) + PROD(rate[near!]) ~~|
effect( [(0,0)-(10,10)], (0,0),(1,2),(5,3) ) ~~|
curve = effect(Time / 2) + WITH LOOKUP(Time, ([(0,0)-(9,9)],(0,1),(4,5),(8,2))) ~~|
chosen = IF THEN ELSE(Time > 3 :AND: top < 100, LN(top), -SQRT(top)) ~~|
late = DELAY3(curve, 4) + DELAY1I(curve, 2, 5.5) + SMOOTH(curve, 3) + SMOOTH3I(top, 2, 1.5) ~~|
pushed = STEP(1, 4) + RAMP(0.5, 2, 6) + PULSE(3, 2) + PULSE TRAIN(1, 1, 3, 8) ~~|
trend = TREND(top, 5, 0.02) + FORECAST(top, 5, 2) ~~|
odd = MODULO(Time * 7, 3) + INTEGER(Time * 1.7) + QUANTUM(Time, 0.7) + XIDZ(1, Time, 9) ~~|
waves = SIN(Time) + COS(Time) + ARCTAN(Time) + EXP(-Time) + ABS(SIN(Time)) ~~|
"one / odd: name" = limit * 2 ~~|
"""


@pytest.fixture(scope="module")
def rich(tmp_path_factory) -> tuple:
    """The model as (nqpf model, path)."""
    folder = tmp_path_factory.mktemp("rich")
    path = folder / "rich.mdl"
    control = "FINAL TIME=10~~|\nINITIAL TIME=0~~|\nTIME STEP=0.25~~|\nSAVEPER=TIME STEP~~|\n"
    path.write_text("{UTF-8}\n" + RICH + control, encoding="utf-8")
    return nqpf.load(path), path


@pytest.fixture(scope="module")
def peer(rich):
    import pysd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pysd.read_vensim(str(rich[1]))


def same(ours: pd.DataFrame, theirs: pd.DataFrame, rtol: float = 1e-12) -> None:
    """Equal columns, times and values; the order of a sum is all that may differ.

    PySD moves control variables and run-long constants about; we keep the order of the file.
    """
    assert sorted(ours.columns) == sorted(theirs.columns)
    ours = ours.reindex(columns=theirs.columns)
    np.testing.assert_array_equal(ours.index, theirs.index)
    np.testing.assert_allclose(ours.to_numpy(float), theirs.to_numpy(float), rtol=rtol, atol=1e-14)


def both(rich, peer, **keywords) -> tuple[pd.DataFrame, pd.DataFrame]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return rich[0].run(**keywords), peer.run(**keywords, reload=True)


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"params": {"rate": 0.4}},
        {"params": {"limit": 200}},
        {"params": {"curve": pd.Series([1.0, 4.0, 2.0], index=[0.0, 3.0, 7.0])}},
        {
            "params": {"Curve": 3, "one / odd: name": 4},
            "return_columns": ["late", "share", "limit"],
        },
        {"return_columns": ["capital[West]", "late"]},
        {"return_columns": "step"},
        {"return_timestamps": [0, 2.5, 10], "return_columns": ["capital"]},
        {"return_timestamps": 4, "return_columns": ["capital"]},
        {"saveper": 1},
        {"time_step": 0.5, "final_time": 6},
        {"initial_condition": (2, {"capital": 7}), "final_time": 5},
    ],
    ids=lambda keywords: ",".join(f"{k}={v!r}"[:40] for k, v in keywords.items()) or "plain",
)
def test_the_same_as_pysd(rich, peer, keywords):
    if "params" in keywords and "one / odd: name" in keywords["params"]:
        quoted = {"Curve": 3, '"one / odd: name"': 4}
        ours = rich[0].run(**keywords)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = peer.run(**{**keywords, "params": quoted}, reload=True)
        same(ours, theirs)
        return
    same(*both(rich, peer, **keywords))


def test_current_condition_goes_on_where_the_last_run_ended(rich):
    model = rich[0]
    whole = model.run(return_columns=["capital"])
    model.run(final_time=4)
    rest = model.run(initial_condition="current", return_columns=["capital"])
    np.testing.assert_array_equal(rest, whole.loc[4:])


def test_parameters_by_element_array_and_python_name(rich):
    model = rich[0]
    by_element = model.run({"rate[West]": 0.5, "rate[near]": 0.25})
    by_array = model.run({"Rate": np.array([0.25, 0.25, 0.5])})
    pd.testing.assert_frame_equal(by_element, by_array)
    assert by_array["rate[West]"].tolist() == [0.5] * 41


def test_a_constant_may_follow_a_series_in_one_element(rich):
    path = pd.Series([0.1, 0.3], index=[0, 10])
    frame = rich[0].run({"rate[Central]": path})
    np.testing.assert_allclose(frame["rate[Central]"], 0.1 + 0.02 * frame.index)
    assert (frame["rate[East]"] == 0.1).all()


def test_a_lookup_takes_new_points(rich):
    points = pd.Series([1.0, 1.0], index=[0, 1])
    frame = rich[0].run({"effect": points})
    assert frame["curve"].iloc[0] == 2.0


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"rat": 1}, '"rat" is not a variable of the model. Did you mean "rate"?'),
        ({"rate[North]": 1}, '"rate[North]": r has no element "North".'),
        ({"rate[East,West]": 1}, '"rate[East,West]": rate has 1 subscripts (r)'),
        ({"rate": float("nan")}, '"rate": the value must be a finite number, not nan'),
        ({"rate": [1, 2]}, '"rate": an array of shape (2,) was given; expected (3,) (r)'),
        ({"rate": "fast"}, "\"rate\": 'fast' is not a number, an array or a pandas Series"),
        ({"effect": 2}, '"effect" is a table of points: give a pandas Series (index x, values y)'),
        ({"top": pd.Series([1, 2], index=[3, 3])}, '"top": the index of the series must increase'),
        ({"top": pd.Series([], dtype=float)}, '"top": the series is empty'),
        ({"TIME STEP": 0}, "TIME STEP 0, SAVEPER 0; steps must be above zero"),
        ({"TIME STEP": 1e-12}, "at most 100,000,000 are run"),
        ({"SAVEPER": -1}, "SAVEPER -1; steps must be above zero"),
    ],
)
def test_bad_parameters_are_refused_in_one_line(rich, params, message):
    with pytest.raises(nqpf.InputError) as caught:
        rich[0].run(params)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"return_columns": ["captal"]}, 'Did you mean "capital"?'),
        ({"return_columns": ["effect"]}, '"effect" is a table of points'),
        ({"return_timestamps": [0.1]}, "return_timestamps: 0.1 is not one of the times 0, 0.25"),
        (
            {"method": "rk5"},
            'integration method "rk5" is not known; expected one of euler, rk2, rk4',
        ),
        ({"initial_condition": "middle"}, "initial_condition is"),
        ({"initial_condition": (0, {"top": 1})}, 'initial_condition: "top" is not a stock'),
    ],
)
def test_bad_requests_are_refused_in_one_line(rich, keywords, message):
    with pytest.raises(nqpf.InputError) as caught:
        rich[0].run(**keywords)
    assert message in str(caught.value)


def test_a_run_leaves_no_trace(rich):
    model = rich[0]
    before = model.run()
    model.run({"rate": 0.9, "top": 3}, initial_condition=(1, {"capital": 99}))
    pd.testing.assert_frame_equal(model.run(), before)


def test_saved_times_do_not_drift(build):
    model = build("x = INTEG(1, 0) ~~|", final=1000, step=0.1, saveper="0.3")
    times = model.run().index.to_numpy()
    np.testing.assert_allclose(times, 0.3 * np.arange(len(times)), rtol=1e-13)
    assert len(times) == 3334


def test_non_negative_stocks_stop_at_zero(tmp_path):
    path = tmp_path / "tank.xmile"
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">'
        '<header><name>tank</name></header><sim_specs method="Euler"><start>0</start>'
        "<stop>5</stop><dt>1</dt></sim_specs><model><variables>"
        '<stock name="level"><eqn>3</eqn><outflow>drain</outflow><non_negative/></stock>'
        '<flow name="drain"><eqn>2</eqn></flow></variables></model></xmile>'
    )
    assert nqpf.load(path).run()["level"].tolist() == [3, 1, 0, 0, 0, 0]


# --- methods: measured orders -------------------------------------------------------------------

OSCILLATOR = "x = INTEG(v, 1) ~~|\nv = INTEG(-x, 0) ~~|"  # x = cos t
LOGISTIC = "x = INTEG(x * (1 - x), 0.1) ~~|"  # x = 1 / (1 + 9 exp(-t))


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4)])
@pytest.mark.parametrize(
    ("equations", "solution"),
    [(OSCILLATOR, np.cos), (LOGISTIC, lambda t: 1 / (1 + 9 * np.exp(-t)))],
    ids=["harmonic oscillator", "logistic growth"],
)
def test_order_of_convergence(build, equations, solution, method, order):
    model = build(equations, final=4, step=0.5)
    steps = [1 / 16, 1 / 32, 1 / 64]
    errors = []
    for step in steps:
        frame = model.run(time_step=step, method=method, saveper=1)
        errors.append(np.abs(frame["x"].to_numpy() - solution(frame.index.to_numpy())).max())
    measured = -np.diff(np.log2(errors))
    assert measured[-1] == pytest.approx(order, abs=0.1)


def test_the_method_of_the_file_is_used(write):
    runge_kutta = nqpf.load(write(OSCILLATOR, code=5)).run()
    euler = nqpf.load(write(OSCILLATOR, code=5)).run(method="euler")
    assert abs(runge_kutta["x"].iloc[-1] - np.cos(10)) < 0.01
    assert abs(euler["x"].iloc[-1] - np.cos(10)) > 1


# --- ensembles ----------------------------------------------------------------------------------


def test_an_ensemble_is_its_runs(rich):
    model = rich[0]
    samples = pd.DataFrame({"rate[East]": [0.1, 0.4], "limit": [80.0, 90.0]}, index=["low", "high"])
    data = model.ensemble(samples, ["capital", "top"], threads=2)
    assert dict(data.sizes) == {"run": 2, "time": 41, "r": 3}
    for run in samples.index:
        alone = model.run(samples.loc[run].to_dict(), return_columns=["capital", "top"])
        np.testing.assert_array_equal(data["capital"].sel(run=run), alone.iloc[:, :3])
        np.testing.assert_array_equal(data["top"].sel(run=run), alone["top"])
    assert data["capital"].attrs["units"] == "CNY"
    assert data["r"].values.tolist() == ["East", "Central", "West"]


def test_what_a_model_says_of_itself(rich):
    model = rich[0]
    rate = model.variables["rate"]
    assert (rate.unit, rate.doc, rate.dims, rate.limits) == ("1/Year", "doc", ("r",), (0.0, 1.0))
    assert model.subscripts["near"] == ("East", "Central")
    assert model.control == Control(0, 10, 0.25, 0.25, "", "euler")
    assert not any(name.startswith("#") for name in model.variables)
