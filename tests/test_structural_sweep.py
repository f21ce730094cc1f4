"""Several scenarios, each with its own levers, time series and tables, run as one ensemble."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nqpf
from nqpf.study.folder import open_study
from nqpf.study.project import parameter_frame, project

ROOT = Path(__file__).parents[1]
SCENARIOS = ["baseline", "package", "blockade"]
OUTPUTS = ["National GDP", "Frontier growth", "RD share"]
PATHS = {
    "package": pd.Series([0.008, 0.012, 0.004], index=[2022, 2035, 2050]),
    "blockade": pd.Series([0.008, 0.002], index=[2022, 2030]),
}


@pytest.fixture(scope="module")
def study():
    return open_study(ROOT)


@pytest.fixture(scope="module")
def model(study) -> nqpf.Model:
    return nqpf.load(study.model_file)


@pytest.fixture(scope="module")
def rows(study, model) -> pd.DataFrame:
    """A row a scenario and draw: levers of the scenario, its series and table, and the draw."""
    frame = parameter_frame(model, study.choose(SCENARIOS))
    growth = float(model.constants["Frontier growth after 2022"])
    frame["Frontier growth after 2022"] = [PATHS.get(name, growth) for name in frame.index]
    own = model.blueprint.model.tables["Investment rate table"][0]
    table = pd.Series(own.y, index=own.x)
    frame["Investment rate table"] = [
        table * (0.8 if name == "blockade" else 1.0) for name in frame.index
    ]
    elasticity = float(model.constants["Knowledge elasticity of TFP"])
    draws = pd.DataFrame({"Knowledge elasticity of TFP": elasticity * np.array([1.0, 0.8, 1.2])})
    draws.index.name = "draw"
    crossed = frame.reset_index().merge(draws.reset_index(), how="cross")
    return crossed.set_index(["scenario", "draw"])


@pytest.fixture(scope="module")
def data(model, rows):
    return model.ensemble(rows, OUTPUTS)


def test_every_member_is_what_it_is_alone(model, rows, data):
    for number, (label, row) in enumerate(rows.iterrows()):
        alone = model.run(row.to_dict(), return_columns=OUTPUTS)
        member = np.hstack([data[name].values[number].reshape(51, -1) for name in OUTPUTS])
        assert alone.to_numpy().tobytes() == member.tobytes(), label


def test_scenarios_follow_their_own_series_and_levers(study, model, data):
    growth = data["Frontier growth"].sel(draw=0, time=slice(2023, 2050))
    for name, path in PATHS.items():
        expected = np.interp(growth["time"], path.index, path)
        np.testing.assert_allclose(growth.sel(scenario=name), expected, rtol=1e-12)
    # Neither series nor table of its own, and a draw that is the file's: the plain scenario.
    plain = project(model, study.choose(["baseline"]), OUTPUTS)["National GDP"]
    np.testing.assert_array_equal(data["National GDP"].sel(scenario="baseline", draw=0), plain[0])
    gdp = data["National GDP"].sel(time=2050)
    assert (gdp.sel(scenario="package") > gdp.sel(scenario="baseline")).all()
    assert (gdp.sel(scenario="blockade") < gdp.sel(scenario="baseline")).all()


def test_streams_give_the_same(model, rows, data):
    parts = list(model.stream(rows, OUTPUTS, size=4, threads=1))
    whole = np.concatenate([part["National GDP"].values for part in parts])
    np.testing.assert_array_equal(whole, data["National GDP"])
