"""Random numbers: the generator's published vectors, its statistics, and its promise."""

from __future__ import annotations

import numba
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nqpf.engine.chance import threefry


@numba.njit
def _word(a, b, k0, k1):
    return threefry(a, b, k0, k1)


@pytest.mark.parametrize(
    ("counter", "key", "word"),
    [  # Random123 1.14, tests/kat_vectors, threefry2x64 with 20 rounds
        ((0, 0), (0, 0), 0xC2B6E3A8C2C69865),
        ((2**64 - 1, 2**64 - 1), (2**64 - 1, 2**64 - 1), 0xE02CB7C4D95D277A),
        (
            (0x243F6A8885A308D3, 0x13198A2E03707344),
            (0xA4093822299F31D0, 0x082EFA98EC4E6C89),
            0x263C7D30BB0F0AF1,
        ),
    ],
)
def test_published_vectors(counter, key, word):
    signed = np.array([*counter, *key], dtype=np.uint64).astype(np.int64)
    assert int(_word(*signed)) % 2**64 == word


TWO = "r: r1*40 ~~|\n".replace("r1*40", ", ".join(f"e{k}" for k in range(40)))


def test_uniform_numbers_are_uniform_and_independent(build):
    model = build(TWO + "x[r] = RANDOM UNIFORM(0, 1, 0) ~~|\ny = RANDOM 0 1() ~~|", final=200)
    result = model.run()
    x = result.filter(like="x[").to_numpy()
    assert x.shape == (401, 40)
    assert stats.kstest(x.ravel(), "uniform").pvalue > 1e-3
    across = np.corrcoef(x[:, 0], x[:, 1])[0, 1]
    along = np.corrcoef(x[1:, 0], x[:-1, 0])[0, 1]
    other = np.corrcoef(x[:, 0], result["y"])[0, 1]
    assert max(map(abs, (across, along, other))) < 4 / np.sqrt(401)


def test_a_member_has_the_same_numbers_wherever_it_stands(build):
    model = build("x = INTEG(RANDOM UNIFORM(-1, 1, 0), 0) ~~|\ny = RANDOM UNIFORM(0, 5, 7) ~~|")
    seeds = np.arange(40.0)
    together = model.ensemble(pd.DataFrame({"NOISE SEED": seeds}), ["x", "y"], threads=2)
    order = np.random.default_rng(3).permutation(40)
    shuffled = model.ensemble(pd.DataFrame({"NOISE SEED": seeds[order]}), ["x", "y"], threads=1)
    for name in ("x", "y"):
        np.testing.assert_array_equal(shuffled[name], together[name][order])
        assert len(np.unique(together[name][:, -1])) == 40
    alone = model.run({"NOISE SEED": 7}, ["x", "y"])
    np.testing.assert_array_equal(alone["x"], together["x"][7])


def test_equal_streams_see_equal_numbers(build):
    model = build(
        "a = RANDOM UNIFORM(0, 1, 5) ~~|\nb = RANDOM UNIFORM(0, 1, 5) ~~|\n"
        "c = RANDOM UNIFORM(0, 1, 6) ~~|\nd = RANDOM UNIFORM(0, 1, 0) ~~|\n"
        "e = RANDOM UNIFORM(0, 1, 0) ~~|"
    )
    result = model.run()
    np.testing.assert_array_equal(result["a"], result["b"])
    for left, right in ("ac", "ad", "de"):
        assert (result[left] != result[right]).all()


def test_numbers_hold_for_a_step_under_every_method(build):
    text = "x = INTEG(RANDOM UNIFORM(0, 1, 0), 0) ~~|\ny = RANDOM UNIFORM(0, 1, 0) ~~|"
    euler = build(text).run(method="euler")
    for method in ("rk2", "rk4"):
        result = build(text).run(method=method)
        np.testing.assert_array_equal(result["y"], euler["y"])
        np.testing.assert_allclose(result["x"], euler["x"], rtol=1e-14)
