"""What is wrong in a request for runs is one line that says what, where, and what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import nqpf

EQUATIONS = """
r: one, two, three ~~|
rate[r] = 0.1, 0.2, 0.3 ~ 1/Year [0, 1] ~|
drag = 0.3 ~~|
shape( (0,0),(9,2) ) ~~|
x[r] = INTEG(rate[r] * x[r] - drag * shape(x[r]), 1) ~~|
y = INTEG(-drag, 1) ~~|
run = y ~~|
TIME STEP = 1 / steps a year ~~|
steps a year = 8 ~~|
"""
RISING = pd.Series([0.0, 1.0], index=[0, 20])


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> nqpf.Model:
    path = tmp_path_factory.mktemp("requests") / "model.mdl"
    control = "FINAL TIME=20~~|\nINITIAL TIME=0~~|\nSAVEPER=1~~|\n"
    path.write_text("{UTF-8}\n" + EQUATIONS + control, encoding="utf-8")
    return nqpf.load(path)


def refused(call, message: str) -> None:
    with pytest.raises(nqpf.InputError) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        # names
        ({"drga": [1.0]}, '"drga" is not a variable of the model. Did you mean "drag"?'),
        ({"rate[four]": [1.0]}, '"rate[four]": r has no element "four"'),
        ({"drag[one]": [1.0]}, '"drag[one]": drag has 0 subscripts'),
        ({0: [1.0]}, "a variable is named by a text, not by 0"),
        ({"drag": [1.0], "Drag": [2.0]}, '"Drag" stands twice among the parameters, also as'),
        # values
        ({"drag": [1.0, np.nan]}, '"drag": run 1 has nan, not a number'),
        ({"drag": [1.0, np.inf]}, '"drag": run 1 has inf, not a number'),
        (
            {"drag": [1.0, "fast"]},
            "\"drag\": run 1 has 'fast'; expected a number or a pandas Series",
        ),
        ({"drag": ["1", "2"]}, "\"drag\": run 0 has '1'; expected a number"),
        ({"drag": [1.0, None, RISING]}, '"drag": run 1 has None; expected a number'),
        ({"drag": [RISING, np.nan]}, '"drag": run 1 has nan, not a number'),
        ({"drag": [1j]}, '"drag": run 0 has 1j; expected a number'),
        ({"drag": pd.to_datetime(["2020-01-01"])}, '"drag": run 0 has Timestamp('),
        ({"rate": [np.ones(2)]}, "an array has a column an element"),
        ({"shape": [1.0]}, '"shape" is a table of points: give a pandas Series'),
        ({"drag": [RISING.iloc[:0]]}, '"drag": the series is empty'),
        ({"drag": [RISING.iloc[::-1]]}, '"drag": the index of the series must increase'),
        ({"drag": [RISING * np.nan]}, '"drag": the series has missing or infinite values'),
        ({"drag": [RISING.to_frame()]}, '"drag": a table of 1 columns; expected one Series'),
        ({"drag": []}, "an ensemble needs at least one row"),
        # time
        ({"steps a year": [8.0, np.inf]}, '"steps a year": run 1 has inf'),
        (
            {"steps a year": [8.0, -8.0]},
            "run 1: the time axis makes no sense: INITIAL TIME 0, FINAL",
        ),
        (
            {"steps a year": [8.0, 1e15]},
            "run 1: TIME STEP 1e-15 makes 20,000,000,000,000,000 steps",
        ),
        ({"TIME STEP": [0.0]}, "run 0: the time axis makes no sense"),
        ({"TIME STEP": [RISING]}, "TIME STEP is 0 at time 0; expected a number above"),
        ({"FINAL TIME": [20.0, 10.0]}, "must save at the same times"),
        ({"FINAL TIME": [-1.0]}, "FINAL TIME -1 comes before INITIAL TIME 0"),
        ({"SAVEPER": [1.0, 2.0]}, "SAVEPER is 1 to 2: the runs of an ensemble must save at the"),
    ],
)
def test_parameters(model, frame, message):
    refused(lambda: model.ensemble(pd.DataFrame(frame), ["y"], threads=1), message)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"params": {"drag": [1.0]}}, "params: expected a pandas DataFrame, a row a run and a col"),
        ({"outputs": ["z"]}, '"z" is not a variable of the model.'),
        ({"outputs": ["x[one]"]}, "an output is a whole variable"),
        ({"outputs": ["shape"]}, '"shape" is a table of points and has no course over time'),
        ({"outputs": 3}, "expected names of variables, not 3"),
        ({"outputs": ["run"]}, 'results have a coordinate "run" of their own'),
        ({"initial": pd.DataFrame({"drag": [1.0]})}, '"drag" is not a stock'),
        ({"initial": pd.DataFrame({"y": [1.0, 2]})}, "initial has 2 rows for 1"),
        ({"initial": pd.DataFrame({"y": [np.nan]})}, '"y": run 0 has nan, not a number'),
        ({"initial": pd.DataFrame({"y": [RISING]})}, 'initial: "y" is a Series; a stock starts'),
        ({"initial": {"y": 1.0}}, "initial: expected a pandas DataFrame"),
        ({"method": "rk5"}, 'integration method "rk5" is not known'),
        ({"method": 4}, 'integration method "4" is not known'),
        ({"threads": 0}, "threads: 0; expected a whole number of at least 1"),
        ({"threads": "2"}, "threads: '2'; expected a whole number of at least 1"),
    ],
)
def test_keywords_of_ensembles(model, keywords, message):
    keywords = {"params": pd.DataFrame({"drag": [1.0]}), "outputs": ["y"], **keywords}
    refused(lambda: model.ensemble(**keywords), message)


def test_the_size_of_a_part(model):
    refused(lambda: model.stream(pd.DataFrame({"drag": [1.0]}), size=0), "size: 0; expected a")


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        (
            {"params": {"rate": [0.1, 0.2]}},
            '"rate": an array of shape (2,) was given; expected (3,)',
        ),
        ({"params": {"drag": np.nan}}, '"drag": the value must be a finite number, not nan'),
        ({"params": [0.1]}, "params: expected {name: value}, not list"),
        ({"time_step": 0}, "the time axis makes no sense"),
        ({"time_step": 1e-9}, "makes 20,000,000,000 steps"),
        ({"time_step": 1e-6, "saveper": 1e-6}, "saves 20,000,000 times from 0 to 20; at most 10"),
        ({"final_time": "soon"}, "\"FINAL TIME\": 'soon' is not a number"),
        ({"final_time": -1}, "comes before INITIAL TIME 0"),
        ({"return_timestamps": ["a"]}, "return_timestamps: 'a' is not a finite number"),
        ({"return_timestamps": [0.05]}, "return_timestamps: 0.05 is not one of the times 0, 0.125"),
        ({"initial_condition": 3}, 'initial_condition is "original", "current" or (time, {stock:'),
        ({"initial_condition": ("now", {})}, "initial_condition: 'now' is not a finite number"),
        ({"initial_condition": (0, 3)}, "initial_condition: expected {name: value}, not int"),
        ({"initial_condition": (0, {"drag": 1})}, '"drag" is not a stock'),
    ],
)
def test_keywords_of_one_run(model, keywords, message):
    refused(lambda: model.run(**keywords), message)


def test_what_would_not_fit_into_memory_says_how_much_it_needs(model, monkeypatch):
    import psutil

    class Little:
        available = 2**26

    monkeypatch.setattr(psutil, "virtual_memory", Little)
    many = pd.DataFrame({"drag": np.ones(2_000_000)})
    needs = "2,000,000 runs x 21 times x 4 values need 1.3 GiB, 0.1 GiB are free: "
    refused(lambda: model.ensemble(many, ["x", "y"]), needs)
    refused(lambda: model.ensemble(many, ["x", "y"]), "take them in parts: stream(...)")
    refused(lambda: model.stream(many, ["x", "y"], size=10**6), "stream less than size=1,000,000")
    whole = {"time_step": 1e-5, "saveper": 1e-5}
    refused(lambda: model.run(**whole), "1 runs x 2,000,001 times x")
    next(model.stream(many, ["x", "y"]))  # the size that is taken by itself fits
