"""Control variables that change during a run; what they must give is in ``tests/language``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nqpf
from nqpf.engine import varying

EQUATIONS = """
rate = 1 ~~|
level = INTEG(rate, 0) ~~|
root = LN(3 - level) ~~|
INITIAL TIME = 0 ~ Year ~|
FINAL TIME = IF THEN ELSE(level >= 4, Time, 100) ~ Year ~|
TIME STEP = 1 ~ Year ~|
SAVEPER = TIME STEP ~ Year ~|
"""


@pytest.fixture(scope="module")
def ends(tmp_path_factory) -> nqpf.Model:
    """A model that ends when its level is 4."""
    path = tmp_path_factory.mktemp("ends") / "ends.mdl"
    path.write_text("{UTF-8}\n" + EQUATIONS, encoding="utf-8")
    return nqpf.load(path)


def test_control_variables_at_the_start(ends):
    assert (ends.control.initial_time, ends.control.final_time) == (0.0, 100.0)


def test_what_a_caller_gives_counts_instead(ends):
    assert ends.run(final_time=2, saveper=0.5, time_step=0.5).index[-1] == 2.0
    assert ends.run(saveper=2)["level"].tolist() == [0.0, 2.0, 4.0]
    assert ends.run(return_timestamps=[1, 3])["level"].tolist() == [1.0, 3.0]
    with pytest.raises(nqpf.InputError, match=r"1\.25 is not one of the times"):
        ends.run(return_timestamps=[1.25, 3])


def test_a_member_that_fails_is_flagged(ends):
    frame = pd.DataFrame({"rate": [1.0, 1.0], "level": [0.0, 0.0]}).drop(columns="level")
    runs = ends.ensemble(frame, ["root"])
    assert runs["failed"].to_numpy().tolist() == [1, 1]
    assert runs["failed_variable"].to_numpy().tolist() == ["root", "root"]
    assert runs["failed_time"].to_numpy().tolist() == [3.0, 3.0]


def test_members_must_end_at_the_same_time(ends):
    with pytest.raises(nqpf.InputError, match="must save at the same times"):
        ends.ensemble(pd.DataFrame({"rate": [1.0, 2.0]}), ["level"])


def test_members_may_differ_in_their_steps_between_saved_times(tmp_path: Path):
    path = tmp_path / "steps.mdl"
    text = EQUATIONS.replace("TIME STEP = 1", "TIME STEP = IF THEN ELSE(Time < 2, 1, fine)")
    text = text.replace("SAVEPER = TIME STEP", "SAVEPER = 2") + "fine = 1 ~~|\n"
    path.write_text("{UTF-8}\n" + text, encoding="utf-8")
    model = nqpf.load(path)
    frame = pd.DataFrame({"fine": [1.0, 0.5, 0.25, 1.0]})
    runs = model.ensemble(frame, ["level"])
    alone = [model.run({"fine": fine}, ["level"])["level"] for fine in frame["fine"]]
    np.testing.assert_array_equal(runs["level"].to_numpy(), np.array(alone))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("IF THEN ELSE(level >= 4, Time, 100)", "Time + 1", "has not ended after 50 time steps"),
        ("TIME STEP = 1 ", "TIME STEP = 3 - level ", r"TIME STEP is 0 at time 3; .* above"),
        ("SAVEPER = TIME STEP", "SAVEPER = LN(level)", "SAVEPER is -inf at time 0"),
        ("INITIAL TIME = 0", "INITIAL TIME = LN(Time - 1)", "INITIAL TIME is nan"),
        ("root = LN(3 - level)", "root = DELAY MATERIAL(level, 1, 0, 0)", "number of steps known"),
    ],
)
def test_control_variables_that_make_no_sense(tmp_path, monkeypatch, old, new, message):
    monkeypatch.setattr(varying, "MAX_STEPS", 50)
    path = tmp_path / "model.mdl"
    path.write_text("{UTF-8}\n" + EQUATIONS.replace(old, new), encoding="utf-8")
    with pytest.raises(nqpf.InputError, match=message):
        nqpf.load(path).run()
