"""Simulation-based calibration: intervals hold known parameters as often as they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.sir import write_study
from nqpf.calibrate import recovery
from nqpf.calibrate.posterior import Posterior, simulated_with_error
from nqpf.calibrate.recovery import rank_counts, recover, summary
from nqpf.calibrate.whole import open_posterior
from nqpf.study.folder import open_study
from nqpf.study.model import load_model


@pytest.fixture(scope="module")
def posterior(tmp_path_factory: pytest.TempPathFactory) -> Posterior:
    study = open_study(write_study(Path(tmp_path_factory.mktemp("sir"))))
    return open_posterior(study, load_model(study))


def covered(table: pd.DataFrame) -> float:
    return float(table["truth"].between(table["5%"], table["95%"]).mean())


def test_known_parameters_are_found_again(posterior: Posterior) -> None:
    """Few repetitions: what ``python -m benchmarks.recovery`` does with two hundred."""
    table = recover(posterior, 8, seed=3)
    assert len(table) == 8 * 3
    assert covered(table) > 0.7
    assert table["rank"].between(0.0, 1.0).all()
    found = summary(table)
    assert (found["p"].to_numpy() > 1e-3).all()
    assert (found["r_hat"].to_numpy() < 1.1).all()


def test_intervals_that_are_too_narrow_are_seen(
    posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data with four times the error that the posterior believes in."""

    def worse(observation, simulated, rng):
        noise = simulated_with_error(observation, simulated, rng) / simulated
        return simulated * noise**4

    monkeypatch.setattr(recovery, "simulated_with_error", worse)
    assert covered(recover(posterior, 5, seed=3)) < 0.6


def test_ranks_are_judged() -> None:
    rng = np.random.default_rng(1)
    even, low = rng.random(200), rng.random(200) ** 2
    columns = {"truth": 0.0, "5%": -1.0, "25%": -1.0, "75%": 1.0, "95%": 1.0, "r_hat": 1.0}
    for ranks, uniform in ((even, True), (low, False)):
        table = pd.DataFrame({"parameter": "a", "rank": ranks, **columns})
        assert (summary(table)["p"].item() > 0.01) is uniform
        assert sum(rank_counts(table)["a"]) == 200
