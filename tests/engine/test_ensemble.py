"""Ensembles: the same bits whatever stands around a member; failures stay with their member."""

from __future__ import annotations

import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nqpf
from nqpf.engine import simulate
from nqpf.engine.ensemble import _fill
from nqpf.engine.parameters import Directory, parse_frame

# Powers, exponentials, lookups on states, sums, conditions, what remembers past steps and random
# numbers: everything that could differ between lanes, blocks and threads.
EQUATIONS = """
r: one, two, three ~~|
rate[r] = 0.1, 0.2, 0.3 ~ 1/Year [0, 1] ~|
drag = 0.3 ~~|
shape( (0,0),(0.5,0.8),(1,1),(4,1.5),(9,2) ) ~~|
x[r] = INTEG(rate[r] * x[r] ^ 0.7 * EXP(-drag * x[r]) - 0.02 * shape(x[r]), 0.5 + rate[r]) ~~|
share[r] = x[r] / SUM(x[r!]) ~~|
y = INTEG(IF THEN ELSE(x[one] > y, LN(1 + y), -SIN(y) * drag), 1) ~~|
made[r] = y * x[r] ^ 0.4 * share[r] ^ (1 - drag) ~~|
late = SMOOTH3(y, 3) ~~|
seen = shape(y) + MAX(share[one], share[two]) ~~|
kept = DELAY FIXED(y, 0.5 + drag, 0) + SAMPLE IF TRUE(y > 1, x[two], 0) ~~|
noise = INTEG(RANDOM NORMAL(-1, 1, 0, drag, 3) + RANDOM UNIFORM(0, 1, 0), 0) ~~|
"""
OUTPUTS = ["x", "y", "made", "late", "seen", "kept", "noise"]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> nqpf.Model:
    path = tmp_path_factory.mktemp("ensemble") / "model.mdl"
    control = "FINAL TIME=20~~|\nINITIAL TIME=0~~|\nTIME STEP=0.125~~|\nSAVEPER=1~~|\n"
    path.write_text("{UTF-8}\n" + EQUATIONS + control, encoding="utf-8")
    return nqpf.load(path)


@pytest.fixture(scope="module")
def samples() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    n = 1000
    return pd.DataFrame(
        {"rate[one]": rng.uniform(0, 1, n), "rate[three]": rng.uniform(0, 1, n)}
        | {"drag": rng.uniform(0, 2, n)}
    )


@pytest.fixture(scope="module")
def reference(model, samples):
    return model.ensemble(samples, OUTPUTS, threads=1)


def bits(data, rows: Any = slice(None)) -> bytes:
    return b"".join(data[name].values[rows].tobytes() for name in OUTPUTS)


@pytest.mark.parametrize("count", [1, 7, 16, 17, 333])
def test_the_same_bits_in_a_batch_of_any_size(model, samples, reference, count):
    part = model.ensemble(samples.iloc[:count], OUTPUTS)
    assert bits(part) == bits(reference, slice(0, count))


def test_the_same_bits_in_any_place(model, samples, reference):
    order = np.random.default_rng(8).permutation(len(samples))
    shuffled = model.ensemble(samples.iloc[order], OUTPUTS)
    assert bits(shuffled, np.argsort(order)) == bits(reference)


def test_the_same_bits_with_any_number_of_threads(model, samples, reference):
    assert bits(model.ensemble(samples, OUTPUTS, threads=2)) == bits(reference)


def test_one_run_has_the_bits_of_the_member(model, samples, reference):
    for run in (0, 15, 16, 999):
        frame = model.run(samples.iloc[run].to_dict(), return_columns=OUTPUTS)
        member = np.hstack([reference[n].values[run].reshape(21, -1) for n in OUTPUTS])
        assert frame.to_numpy().tobytes() == member.tobytes()


def test_a_stream_has_the_bits_of_the_whole(model, samples, reference):
    parts = list(model.stream(samples, OUTPUTS, size=300))
    assert [part.sizes["run"] for part in parts] == [300, 300, 300, 100]
    for name in OUTPUTS:
        whole = np.concatenate([part[name].values for part in parts])
        assert whole.tobytes() == reference[name].values.tobytes()
    assert np.concatenate([part["run"].values for part in parts]).tolist() == list(range(1000))


def test_nothing_failed_here(reference):
    assert int(reference["failed"].sum()) == 0


@pytest.mark.parametrize("size", [None, 777])
def test_a_stream_holds_two_parts_at_most(model, size):
    """The part being computed, and the one that the caller looks at until the next is there."""
    members, room = 20_000, 21 * 11 * 8  # bytes of one member's results
    frame = pd.DataFrame({"drag": np.linspace(0, 1, members)})
    parts = model.stream(frame, OUTPUTS, size=size)
    tracemalloc.start()
    counts = [part.sizes["run"] for part in parts]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(counts) == members
    assert max(counts) == size or (size is None and max(counts) == 8192)
    labels = 200 * max(counts)  # run numbers, failures and the blocks to do
    assert room * max(counts) < peak < 2 * room * max(counts) + labels + 2**20


def test_a_stream_checks_its_request_when_it_is_made(model):
    with pytest.raises(nqpf.InputError, match='"drga" is not a variable'):
        model.stream(pd.DataFrame({"drga": [1.0]}))


def test_what_varies_in_numbers_alone_runs_side_by_side(model):
    """Equal series are one series, whatever object holds them; numbers are no reason to part."""
    rising = [pd.Series([0.0, 1.0], index=[0, 20]) for _ in range(3)]
    frame = pd.DataFrame({"drag": [0.1, 0.2, *rising, 0.3], "rate[one]": np.linspace(0, 1, 6)})
    groups = parse_frame(Directory(model.blueprint.model), frame)
    assert [rows.tolist() for rows, _ in groups] == [[0, 1, 5], [2, 3, 4]]
    data = model.ensemble(frame, OUTPUTS)
    for run in range(len(frame)):
        alone = model.run(frame.iloc[run].to_dict(), return_columns=["y", "noise"])
        np.testing.assert_array_equal(data["y"].values[run], alone["y"])
        np.testing.assert_array_equal(data["noise"].values[run], alone["noise"])


def test_runs_may_be_labelled_in_levels(model):
    levels = pd.MultiIndex.from_product([["slow", "quick"], [0, 1]], names=["pace", "draw"])
    data = model.ensemble(pd.DataFrame({"drag": [0.1, 0.2, 0.3, 0.4]}, index=levels), ["y"])
    alone = model.run({"drag": 0.4}, return_columns=["y"])["y"]
    np.testing.assert_array_equal(data["y"].sel(pace="quick", draw=1), alone)


def test_series_and_lookups_may_differ_between_members(model):
    rising = pd.Series([0.0, 1.0], index=[0, 20])
    flat = pd.Series([1.0, 1.0], index=[0, 1])
    frame = pd.DataFrame({"drag": [0.1, rising, 0.1, rising], "rate": [0.2, 0.2, 0.4, 0.4]})
    data = model.ensemble(frame, OUTPUTS)
    for run in range(4):
        alone = model.run(frame.iloc[run].to_dict(), return_columns=OUTPUTS)
        np.testing.assert_array_equal(data["y"].values[run], alone["y"])
    shapes = pd.DataFrame({"shape": pd.Series([flat, flat, flat], dtype=object), "drag": [0.1] * 3})
    assert (model.ensemble(shapes, ["seen"])["seen"].values[:, 0] > 1).all()


def test_initial_values_may_differ_between_members(model):
    params = pd.DataFrame({"drag": [0.1, 0.1, 0.2]})
    starts = pd.DataFrame({"y": [0.5, 2.0, 2.0], "x[two]": [1.0, 1.0, 3.0]})
    data = model.ensemble(params, [*OUTPUTS, "share"], initial=starts)
    assert data["y"].values[:, 0].tolist() == [0.5, 2.0, 2.0]
    assert data["late"].values[:, 0].tolist() == [0.5, 2.0, 2.0]  # a smooth of y starts from it
    assert data["x"].sel(r="two").values[:, 0].tolist() == [1.0, 1.0, 3.0]


# --- failures -----------------------------------------------------------------------------------

GROWING = """
a = 0.1 ~~|
flow = a * level * level ~~|
level = INTEG(flow, 1) ~~|
root = SQRT(2 - level) ~~|
shown = LN(limit - level) ~~|
limit = 1e300 ~~|
"""


def test_a_failing_member_is_named_and_harms_nobody(build):
    model = build(GROWING, final=12, step=0.5, saveper="1")
    frame = pd.DataFrame({"a": [0.01, 50.0, 0.02, 0.01], "limit": [1e300, 1e300, 1e300, 1.05]})
    data = model.ensemble(frame, ["level", "shown"])
    alone = model.ensemble(frame.iloc[[0, 2]], ["level", "shown"])
    assert data["failed"].values.tolist() == [0, 1, 0, 2]
    assert data["failed"].attrs["flag_meanings"].split() == ["sound", "infinite", "undefined"]
    assert data["failed_variable"].values.tolist()[1] in ("flow", "level")
    assert data["failed_variable"].values.tolist()[3] == "shown"
    assert np.isnan(data["failed_time"].values[[0, 2]]).all()
    # level = 1 + 0.005 a half-year, a little more each time: above 1.05 from time 5 on.
    assert data["failed_time"].values[3] == 5.0
    assert data["level"].values[[0, 2]].tobytes() == alone["level"].values.tobytes()


def test_what_is_neither_asked_for_nor_needed_cannot_fail(build):
    model = build(GROWING, final=5)
    frame = pd.DataFrame({"a": [0.4]})  # root is NaN from level = 2 on
    assert model.ensemble(frame, ["level"])["failed"].item() == 0
    assert model.ensemble(frame, ["root"])["failed"].item() == 2


@pytest.mark.parametrize("room", [simulate.ROOM, 100])
def test_what_is_named_is_what_the_member_failed_of(build, monkeypatch, room):
    """``root`` is undefined long before, but nobody needs it; found in pieces as in one."""
    monkeypatch.setattr(simulate, "ROOM", room)
    model = build(GROWING, final=40, step=0.5, saveper="40")
    frame = pd.DataFrame({"a": [0.4]})
    every = model.run(frame.iloc[0].to_dict(), ["flow", "level"], saveper=0.5)
    first = (~np.isfinite(every)).any(axis=1).idxmax()
    assert 0 < first < 40
    data = model.ensemble(frame, ["level"])
    assert data["failed"].item() == 1
    assert data["failed_variable"].item() == "flow"
    assert data["failed_time"].item() == first


def test_undefined_elements_are_not_failures(build):
    model = build("r: p, q ~~|\nx[p] = INTEG(1, 0) ~~|\ny[p] = x[p] ~~|")
    data = model.ensemble(pd.DataFrame(index=[0]), ["x", "y"])
    assert data["failed"].item() == 0
    assert np.isnan(data["x"].sel(r="q")).all()


def test_time_steps_may_differ_where_saved_times_do_not(model):
    data = model.ensemble(pd.DataFrame({"TIME STEP": [0.125, 0.5, 0.25]}), OUTPUTS)
    for run, step in enumerate([0.125, 0.5, 0.25]):
        alone = model.run(time_step=step, return_columns=["y"])
        np.testing.assert_array_equal(data["y"].values[run], alone["y"])


@pytest.mark.parametrize("method", ["euler", "rk2", "rk4"])
def test_every_method_runs_in_ensembles(model, method):
    frame = pd.DataFrame({"drag": [0.1, 0.2]})
    data = model.ensemble(frame, ["y"], method=method)
    for run in range(2):
        alone = model.run(frame.iloc[run].to_dict(), method=method, return_columns=["y"])
        np.testing.assert_array_equal(data["y"].values[run], alone["y"])


def test_an_error_in_one_thread_stops_all():
    done = []

    class Failing:
        def fill(self, number):
            if number == 3:
                raise MemoryError
            time.sleep(0.001)
            done.append(number)

    blocks: Any = [(number,) for number in range(1000)]
    with ThreadPoolExecutor(2) as pool, pytest.raises(MemoryError):
        _fill(Failing(), blocks, pool, 2)  # pyright: ignore[reportArgumentType]
    assert len(done) < 100
