"""Projections with bands: the fitted ensemble, its runs, and what is said of scenarios' effects."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nqpf.errors import InputError
from nqpf.study.draws import project_draws
from nqpf.study.fitted import FILE, read_fitted, write_fitted
from nqpf.study.folder import Study, open_study, shipped_study
from nqpf.study.model import load_model
from nqpf.study.parameters import read_parameters
from nqpf.study.project import project
from nqpf.study.results import read_draws
from nqpf.study.summary import effects, read_summary
from small_study import write_study
from test_charts import drawings
from test_cli import Shell, files, refused, shell

__all__ = ["shell"]  # a fixture

EFFECT = """
[effect]
variable = "Total output"
years = [2030]
paths = ["late", "north"]
title = { en = "Output of {year}", zh = "{year} 年产出" }
"""
COUNT = 40


def draws_of(count: int = COUNT) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "effect": rng.normal(0.01, 0.01, count),
            "Base growth[North]": rng.uniform(0.03, 0.06, count),
        }
    )


def keep(draws: pd.DataFrame, folder: Path) -> None:
    write_fitted(draws, {"data_to": 2022, "seed": 1, "model_hash": ""}, folder / FILE)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    folder = write_study(tmp_path)
    summary = folder / "plots" / "summary.toml"
    summary.write_text(summary.read_text("utf-8") + EFFECT, "utf-8")
    keep(draws_of(), folder / "calibration")
    return open_study(folder)


def projected(study: Study, count: int = COUNT) -> xr.Dataset:
    model = load_model(study)
    fitted = read_fitted(study, model)
    assert fitted is not None
    scenarios = list(study.scenarios.values())
    return project_draws(model, scenarios, fitted, ["Total output", "Growth"], count)


# --- the file -----------------------------------------------------------------------------------


def test_draws_come_back_under_the_models_names(study: Study) -> None:
    found = read_fitted(study, load_model(study))
    assert found is not None
    assert list(found.columns) == ["Effect", "Base growth[North]"]
    np.testing.assert_allclose(found.to_numpy(), draws_of().to_numpy(), rtol=1e-6)
    assert found.attrs["data_to"] == 2022


def test_a_study_without_draws_has_none(study: Study) -> None:
    (study.calibration / FILE).unlink()
    assert read_fitted(study, load_model(study)) is None


@pytest.mark.parametrize(
    ("draws", "said"),
    [
        (pd.DataFrame({"Efect": [1.0]}), '"Efect" is not a variable'),
        (pd.DataFrame({"Growth": [1.0]}), '"Growth" is computed by the model'),
        (pd.DataFrame({"Effect": [np.nan]}), "are not numbers"),
        (pd.DataFrame({"Effect": []}), "holds no draws"),
        (None, "is broken"),
    ],
)
def test_wrong_draws_are_refused(study: Study, draws: pd.DataFrame | None, said: str) -> None:
    if draws is None:
        (study.calibration / FILE).write_bytes(b"PAR1 of sorts")
    else:
        keep(draws, study.calibration)
    with pytest.raises(InputError, match="calibrate") as error:
        read_fitted(study, load_model(study))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


# --- runs ---------------------------------------------------------------------------------------


def test_every_scenario_runs_with_the_same_draws(study: Study) -> None:
    found = projected(study)
    assert found["Total output"].dims == ("draw", "scenario", "time")
    assert found.sizes["draw"] == COUNT
    own = draws_of()
    growth = found["Growth"].sel(scenario="baseline", time=2030, Region="North")
    np.testing.assert_allclose(growth, own["Base growth[North]"], rtol=1e-6)
    # "effort" pulls the lever by half, so its growth differs by half the effect, draw by draw.
    more = found["Growth"].sel(scenario="effort", time=2030, Region="North") - growth
    np.testing.assert_allclose(more, own["effect"] / 2, atol=1e-8)


def test_what_a_scenario_sets_it_sets_for_every_draw(study: Study) -> None:
    found = projected(study)["Growth"].sel(time=2030, Region="North")
    more = found.sel(scenario="north") - found.sel(scenario="baseline")
    np.testing.assert_allclose(more, 0.03, atol=1e-7)


def test_fewer_draws_are_spread_over_the_ensemble(study: Study) -> None:
    assert projected(study, 3)["draw"].to_numpy().tolist() == [0, 1, 2]
    growth = projected(study, 3)["Growth"].sel(scenario="baseline", time=2030, Region="North")
    own = draws_of()["Base growth[North]"].to_numpy()
    np.testing.assert_allclose(growth, own[[0, 20, 39]], rtol=1e-6)


def test_draws_that_fail_are_left_out_of_every_scenario(study: Study) -> None:
    own = draws_of()
    own.loc[7, "Base growth[North]"] = 1e30
    keep(own, study.calibration)
    found = projected(study)
    assert found.attrs["failed"] == 1
    assert found["draw"].to_numpy().tolist() == [k for k in range(COUNT) if k != 7]
    assert np.isfinite(found["Total output"]).all()


def test_an_ensemble_of_which_nothing_runs_is_refused(study: Study) -> None:
    keep(draws_of().assign(**{"Base growth[North]": 1e30}), study.calibration)
    with pytest.raises(InputError, match="Every draw"):
        projected(study)


# --- effects ------------------------------------------------------------------------------------


def test_effects_by_hand(study: Study) -> None:
    summary = read_summary(study.plots / "summary.toml")
    assert summary is not None
    assert summary.effect is not None
    values = np.array([[100.0, 110, 105, 100], [100, 99, 120, 130], [200, 220, 230, 260]])
    draws = xr.Dataset(
        {"Total output": (("draw", "scenario", "time"), values[:, :, None])},
        {"scenario": ["baseline", "effort", "late", "north"], "time": [2030.0]},
    )
    found = effects(draws, summary.effect, "baseline", study.plots)
    assert found is not None
    table = found.set_index("scenario")
    assert table["median"].to_dict() == pytest.approx({"effort": 10, "late": 15, "north": 30})
    assert table["better"].to_dict() == pytest.approx({"effort": 2 / 3, "late": 1, "north": 2 / 3})
    assert table["first"].to_dict() == pytest.approx(
        {"effort": np.nan, "late": 1 / 3, "north": 2 / 3}, nan_ok=True
    )
    assert effects(draws, summary.effect, "nothing", study.plots) is None
    less = summary.effect.model_copy(update={"less_is_better": True})
    other = effects(draws, less, "baseline", study.plots)
    assert other is not None
    assert other.set_index("scenario")["better"].to_dict() == pytest.approx(
        {"effort": 1 / 3, "late": 0, "north": 0}
    )


# --- charts -------------------------------------------------------------------------------------


def test_charts_show_medians_and_bands(study: Study) -> None:
    model = load_model(study)
    runs = project(model, list(study.scenarios.values()))
    draws = projected(study)
    chart = drawings(study.folder, data=runs, draws=draws)["output"]
    ratio, level = chart.panels
    baseline, effort = level.curves[:2]
    values = draws["Total output"].sel(scenario="baseline")
    np.testing.assert_allclose(baseline.y, values.median("draw"), rtol=1e-6)
    (wide, narrow) = baseline.bands
    np.testing.assert_allclose(wide.low, values.quantile(0.05, "draw"), rtol=1e-6)
    np.testing.assert_allclose(narrow.high, values.quantile(0.75, "draw"), rtol=1e-6)
    assert not effort.bands  # three on each other would be mud
    assert " to" in ratio.curves[1].name.replace("\N{NO-BREAK SPACE}", " ")
    assert "40 runs per scenario" in chart.footer
    assert not drawings(study.folder, data=runs)["output"].panels[1].curves[0].bands


# --- the command --------------------------------------------------------------------------------


def test_run_and_plot(shell: Shell) -> None:
    summary = shell.folder / "plots" / "summary.toml"
    summary.write_text(summary.read_text("utf-8") + EFFECT, "utf-8")
    keep(draws_of(), shell.folder / "calibration")
    done = shell("run", "--draws", "20")
    assert done.code == 0, done.err
    assert "Medians of 20 draws" in done.out
    assert "Output of 2030" in done.out
    assert "made with another version" in done.out  # no model has the hash ""
    results = shell.folder / "results"
    assert {"draws.nc", "bands.csv", "effects.csv"} <= set(files(results))
    record = json.loads((results / "record.json").read_text("utf-8"))
    assert record["runs per scenario"] == 21
    assert record["fitted ensemble"]["seed"] == 1
    bands = pd.read_csv(results / "bands.csv")
    draws = read_draws(results)
    assert draws is not None
    edge = draws["Total output"].quantile(0.95, "draw").sel(scenario="late", time=2030)
    row = bands[(bands["scenario"] == "late") & (bands["time"] == 2030)]
    assert row["Total output 95%"].item() == pytest.approx(float(edge))
    assert shell("plot", "--lang", "en").code == 0
    assert shell("run", "--draws", "0").code == 0
    assert not {"draws.nc", "bands.csv", "effects.csv"} & set(files(results))


def test_broken_results_are_refused(shell: Shell) -> None:
    assert shell("run", "--quiet", "--draws", "0").code == 0
    (shell.folder / "results" / "draws.nc").write_bytes(b"CDF\x02")
    refused(shell("plot"), "draws.nc", "is broken")


# --- the study that ships -----------------------------------------------------------------------


def test_the_shipped_ensemble_is_of_the_shipped_model() -> None:
    study = open_study(shipped_study())
    model = load_model(study)
    found = read_fitted(study, model)
    assert found is not None
    parameters, _ = read_parameters(study.calibration / "parameters.toml", model)
    assert list(found.columns) == [each.name for each in parameters]
    assert len(found) == 2000
    assert found.attrs["model_hash"] == model.hash, 'run "nqpf calibrate --keep" again'
    assert found.attrs["data_to"] == 2022
    assert found.attrs["r_hat"] <= 1.01
    assert found.attrs["effective draws"] >= 400
    for each in parameters:  # rounded to seven digits
        slack = 1e-6 * (each.high - each.low)
        assert found[each.name].between(each.low - slack, each.high + slack).all()
