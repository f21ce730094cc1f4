"""Random numbers: the generator's published vectors, its statistics, and its promise."""

from __future__ import annotations

import math

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


WIDE = "-1e9, 1e9"
DISTRIBUTIONS = {  # Vensim's call -> what scipy calls it
    f"RANDOM NORMAL({WIDE}, 3, 2, 0)": stats.norm(3, 2),
    "RANDOM NORMAL(0, 4, 3, 2, 0)": stats.truncnorm(-1.5, 0.5, 3, 2),
    "RANDOM NORMAL(20, 30, 0, 2, 0)": stats.truncnorm(10, 15, 0, 2),
    f"RANDOM EXPONENTIAL({WIDE}, 1, 2, 0)": stats.expon(1, 2),
    f"RANDOM WEIBULL({WIDE}, 1.5, 1, 2, 0)": stats.weibull_min(1.5, 1, 2 / math.gamma(1 + 1 / 1.5)),
    f"RANDOM TRIANGULAR({WIDE}, 1, 2, 5, 0)": stats.triang(0.25, 1, 4),
    f"RANDOM BETA({WIDE}, 2, 3, 1, 2, 0)": stats.beta(2, 3, 1, 2),
    f"RANDOM GAMMA({WIDE}, 2.5, 1, 2, 0)": stats.gamma(2.5, 1, 2),
    f"RANDOM GAMMA({WIDE}, 0.5, 0, 1, 0)": stats.gamma(0.5),
    f"RANDOM POISSON({WIDE}, 3.5, 0, 1, 0)": stats.poisson(3.5),
    f"RANDOM POISSON({WIDE}, 1200, 0, 1, 0)": stats.poisson(1200),
    f"RANDOM BINOMIAL({WIDE}, 0.3, 20, 0, 1, 0)": stats.binom(20, 0.3),
    f"RANDOM BINOMIAL({WIDE}, 0.9, 2000, 0, 1, 0)": stats.binom(2000, 0.9),
    f"RANDOM NEGATIVE BINOMIAL({WIDE}, 0.3, 4, 0, 1, 0)": stats.nbinom(4, 0.3, 4),
}


def test_distributions(build):
    model = build(
        TWO + "".join(f"x{k}[r] = {call} ~~|\n" for k, call in enumerate(DISTRIBUTIONS)),
        final=100,
    )
    result = model.run()
    for k, (call, expected) in enumerate(DISTRIBUTIONS.items()):
        values = result.filter(regex=rf"^x{k}\[").to_numpy().ravel()
        if isinstance(expected.dist, stats.rv_discrete):
            # Ties: compare the mean and the spread, and the shape at the quartiles.
            assert values.mean() == pytest.approx(
                expected.mean(), abs=4 * expected.std() / len(values) ** 0.5
            ), call
            for p in (0.25, 0.5, 0.75):
                at = expected.ppf(p)
                assert np.mean(values <= at) == pytest.approx(expected.cdf(at), abs=0.03), call
        else:
            assert stats.kstest(values, expected.cdf).pvalue > 1e-4, call


def test_truncation_keeps_the_bounds(build):
    model = build(TWO + "x[r] = RANDOM POISSON(2, 4, 3, 0, 1, 0) ~~|", final=50)
    assert set(np.unique(model.run().filter(like="x["))) == {2.0, 3.0, 4.0}


def test_pink_noise_has_its_deviation_and_memory(build):
    model = build(TWO + "x[r] = RANDOM PINK NOISE(5, 2, 4, 0) ~~|", final=800, step=0.5)
    x = model.run().filter(like="x[").to_numpy()[100:]
    assert x.mean() == pytest.approx(5, abs=0.1)
    assert x.std() == pytest.approx(2, rel=0.03)
    kept = [np.corrcoef(x[8:, k], x[:-8, k])[0, 1] for k in range(40)]
    assert np.mean(kept) == pytest.approx((1 - 0.5 / 4) ** 8, abs=0.05)
