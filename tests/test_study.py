"""Studies: what their files say, what is wrong with them, and what comes out on disk."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import nqpf
from nqpf.errors import InputError, did_you_mean
from nqpf.study.columns import select
from nqpf.study.folder import Study, open_study, shipped_study
from nqpf.study.project import changed, history, parameter_frame, project
from nqpf.study.record import record_of
from nqpf.study.results import ResultFolder, read_results, write_all
from nqpf.study.summary import read_summary, summarise, written
from small_study import write_study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return open_study(write_study(tmp_path / "two"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> nqpf.Model:
    return nqpf.load(write_study(tmp_path_factory.mktemp("model")) / "model" / "two.mdl")


@pytest.fixture
def data(study: Study, model: nqpf.Model) -> xr.Dataset:
    return project(model, study.choose([]))


def test_scenarios_come_in_their_order_with_their_titles(study: Study) -> None:
    assert list(study.scenarios) == ["baseline", "effort", "late", "north"]
    assert study.scenarios["late"].title.in_("zh") == "迟到的努力"
    assert study.scenarios["north"].title.in_("zh") == "North only"


def test_a_scenario_overrides_what_it_includes(study: Study) -> None:
    assert study.scenarios["baseline"].parameters == {}
    assert study.scenarios["effort"].parameters == {"Effort": 0.5}
    assert study.scenarios["late"].parameters == {"Effort": 1.0, "Effort start": 2028}


def test_a_later_include_wins(study: Study) -> None:
    path = study.folder / "scenarios" / "last.toml"
    path.write_text('title = "Last"\ninclude = ["late", "effort"]\n')
    again = open_study(study.folder)
    assert again.scenarios["last"].parameters == {"Effort": 0.5, "Effort start": 2028}


def test_chosen_scenarios_keep_the_order_of_the_study(study: Study) -> None:
    assert [each.name for each in study.choose(["late", "baseline"])] == ["baseline", "late"]
    with pytest.raises(InputError, match=r'"efort"\. Did you mean "effort"\?'):
        study.choose(["efort"])


def test_whole_arrays_are_spread_and_defaults_filled_in(study: Study, model: nqpf.Model) -> None:
    frame = parameter_frame(model, study.choose([]))
    expected = pd.DataFrame(
        {
            "Effort[North]": [0, 0.5, 1, 1],
            "Effort[South]": [0, 0.5, 1, 0],
            "Effort start": [2024, 2024, 2028, 2024],
            "Effect": [0.02, 0.02, 0.02, 0.03],
        },
        index=pd.Index(["baseline", "effort", "late", "north"], name="scenario"),
        dtype=float,
    )
    pd.testing.assert_frame_equal(frame, expected)
    assert changed(model, study.scenarios["north"]) == {"Effort[North]": 1, "Effect": 0.03}


def test_projection_has_scenarios_times_and_subscripts(data: xr.Dataset) -> None:
    assert data["Output"].dims == ("scenario", "time", "Region")
    assert data["Output"].attrs == {"units": "bn CNY/Year", "long_name": "Output."}
    assert "Effort" not in data
    # Euler with half-year steps: growth 5 % and, for the northern scenario from 2024, 8 % a year.
    north = data["Output"].sel(scenario="north", Region="North", time=2030)
    assert float(north) == pytest.approx(100 * 1.025**8 * 1.04**12)
    baseline = data["Output"].sel(scenario="baseline", Region="South", time=2030)
    assert float(baseline) == pytest.approx(100 * 1.015**20)


def test_only_the_baseline_can_be_run(study: Study, model: nqpf.Model) -> None:
    data = project(model, study.choose(["baseline"]))
    assert data.sizes["scenario"] == 1
    xr.testing.assert_allclose(data.isel(scenario=0, drop=True)["Output"], history(model)["Output"])


def test_a_run_that_leaves_the_numbers_is_named(tmp_path: Path) -> None:
    folder = write_study(tmp_path)
    mdl = folder / "model" / "two.mdl"
    equation = "Own part[Region] = Base growth[Region]"
    mdl.write_text(mdl.read_text().replace(equation, equation + "/(0.05 - Effect)"))
    (folder / "scenarios" / "bad.toml").write_text('title = "Bad"\n[parameters]\nEffect = 0.05\n')
    study = open_study(folder)
    with pytest.raises(InputError, match='Scenario "bad": "Own part" is not a finite number at'):
        project(nqpf.load(study.model_file), study.choose(["baseline", "bad"]))


BROKEN = {
    "unknown lever": ('[levers]\n"e1" = 1', 'unknown lever "e1". Did you mean "E"?'),
    "strength": ('[levers]\n"E" = 1.5', "levers.E.strength = 1.5: should be less than or equal"),
    "lever has no ramp": ("[levers]\nE = { strength = 1, ramp = 3 }", 'lever "E" has no ramp'),
    "unknown key": ("inclde = []", 'unknown key "inclde". Did you mean "include"?'),
    "unknown include": ('include = ["efort"]', 'no scenario "efort". Did you mean "effort"?'),
    "include of itself": ('include = ["new"]', "in a circle: new -> new."),
    "wrong type": ('order = "first"', "order = 'first': should be a valid number."),
    "not a number": ("[parameters]\nEffect = nan", "parameters.Effect = nan: should be a finite"),
    "not TOML": ("order = ", "not valid TOML:"),
    "unknown parameter": (
        "[parameters]\nEfect = 1",
        'no parameter "Efect". Did you mean "Effect"?',
    ),
    "computed": ("[parameters]\n'Total output' = 1", '"Total output" is computed by the model'),
    "out of range": ("[parameters]\n'Effort[North]' = 2", "is outside [0.0, 1.0]"),
    "no such element": ("[parameters]\n'Effort[Norht]' = 1", 'no "Norht". Did you mean "North"?'),
    "too many subscripts": ("[parameters]\n'Effect[North]' = 1", "has 1 subscripts"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_scenario_is_one_line(case: str, tmp_path: Path, model: nqpf.Model) -> None:
    text, said = BROKEN[case]
    folder = write_study(tmp_path)
    (folder / "scenarios" / "new.toml").write_text(f'title = "New"\n{text}\n')
    with pytest.raises(InputError) as caught:
        parameter_frame(model, open_study(folder).choose(["new"]))
    message = str(caught.value)
    assert said in message
    assert "scenarios/new.toml" in message.replace("\\", "/")
    assert "\n" not in message


def test_a_circle_of_includes_is_named_whole(tmp_path: Path) -> None:
    folder = write_study(tmp_path)
    (folder / "scenarios" / "baseline.toml").write_text('title = "B"\ninclude = ["late"]\n')
    (folder / "scenarios" / "effort.toml").write_text('title = "E"\ninclude = ["baseline"]\n')
    with pytest.raises(InputError, match="baseline -> late -> effort -> baseline"):
        open_study(folder)


def test_the_study_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_study(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    assert open_study().folder == shipped_study()
    monkeypatch.chdir(folder)
    assert open_study().folder == folder
    assert open_study(Path()).model_file.name == "two.mdl"


def test_a_missing_study_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        open_study(tmp_path / "nowhere")
    with pytest.raises(InputError, match="not a study"):
        open_study(tmp_path)
    folder = write_study(tmp_path / "two")
    (folder / "model" / "other.xmile").write_text("")
    with pytest.raises(InputError, match=r"one model file expected, found other\.xmile, two\.mdl"):
        open_study(folder)
    for path in (folder / "model").glob("*.*"):
        path.unlink()
    with pytest.raises(InputError, match="no model file"):
        open_study(folder)


def test_the_shipped_study_is_whole() -> None:
    study = open_study(shipped_study())
    assert len(study.levers) == 12
    assert len(study.scenarios) >= 15
    baseline, *others = study.scenarios.values()
    assert baseline.name == "baseline"
    assert not baseline.parameters
    for each in others:
        assert each.parameters, each.name
        assert each.note is not None, each.name
        assert each.paper, each.name
        assert re.search("[一-龥]", each.title.zh), each.name
    parameter_frame(nqpf.load(study.model_file), list(study.scenarios.values()))


def test_columns_are_found_by_any_spelling(data: xr.Dataset) -> None:
    assert select(data, "total_output", "x").name == "Total output"
    xr.testing.assert_equal(
        select(data, "output[ south ]", "x"), data["Output"].sel(Region="South", drop=True)
    )
    for column, said in {
        "Outptu": 'no variable "Outptu". Did you mean "Output"?',
        "Output[Noth]": 'Region has no "Noth". Did you mean "North"?',
        "Total output[North]": "has 1 subscripts, the results have 0 (none)",
    }.items():
        with pytest.raises(InputError, match=re.escape(said)):
            select(data, column, "plots/x.toml")


def test_the_summary_by_hand(study: Study, data: xr.Dataset) -> None:
    path = study.plots / "summary.toml"
    summary = read_summary(path)
    assert summary is not None
    table = summarise(data, summary, "baseline", path)
    north, south = (100 * (1 + rate / 2) ** 20 for rate in (0.05, 0.03))
    before = 100 * 1.025**6 + 100 * 1.015**6
    growth = 100 * (((north + south) / before) ** (1 / 7) - 1)
    assert table.loc["baseline"].tolist() == pytest.approx(
        [growth, 5.0, north / (north + south), 0]
    )
    # 2023 is still without the measure: seven of eight years with 8 %.
    assert table.loc["north", 1] == pytest.approx(5 + 3 * 7 / 8)
    assert written(table, summary.column)[0] == [f"{growth:.2f}", "5.00", "0.549", "+0.0"]
    without = summarise(data.sel(scenario=["effort"]), summary, "baseline", path)
    assert written(without, summary.column)[0][3] == "–"


def _summarised(path: Path, data: xr.Dataset) -> pd.DataFrame:
    summary = read_summary(path)
    assert summary is not None
    return summarise(data, summary, "baseline", path)


def test_a_broken_summary_is_one_line(study: Study, data: xr.Dataset) -> None:
    path = study.plots / "summary.toml"
    good = path.read_text()
    for old, new, said in (
        ("year = 2030", "year = 2099", '"North share" has no value in 2099'),
        ("year = 2030", "", 'column #3: statistic "value" takes one year'),
        ('"growth"', '"grwth"', "should be 'growth', 'mean', 'value' or 'ratio'"),
        ('"Growth[North]"', '"Growth"', "has subscripts"),
        ("[[column]]", "[[colum]]", 'unknown key "colum". Did you mean "column"?'),
    ):
        path.write_text(good.replace(old, new, 1))
        with pytest.raises(InputError, match=re.escape(said)) as caught:
            _summarised(path, data)
        assert "\n" not in str(caught.value)


def test_results_come_back_as_written(
    study: Study, model: nqpf.Model, data: xr.Dataset, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    record = record_of(model, "two.mdl", study.choose([]), ["nqpf", "run"])
    with ResultFolder(out) as results:
        write_all(data, record, results)
        assert not (out / "projections.nc").exists()
        results.publish()
    again, read = read_results(out)
    xr.testing.assert_identical(again[list(data.data_vars)], data.assign_coords(again.coords))
    assert read == json.loads(json.dumps(record))
    assert read["scenarios"]["late"]["changed"]["Effort start"] == 2028
    assert read["model"]["hash"] == model.hash
    assert sorted(path.name for path in out.iterdir()) == [
        "projections.csv",
        "projections.nc",
        "record.json",
        "variables.csv",
    ]
    table = pd.read_csv(out / "projections.csv").set_index(["scenario", "time"])
    north = data["Output"].sel(scenario="north", Region="North").to_numpy()
    np.testing.assert_allclose(table.loc["north", "Output[North]"], north, rtol=1e-9)
    assert np.isfinite(table.to_numpy()).all()
    rows = csv.DictReader((out / "variables.csv").open(encoding="utf-8"))
    units = {row["variable"]: row["unit"] for row in rows}
    assert units["Total output"] == "bn CNY/Year"


def _fail_halfway(out: Path) -> None:
    with ResultFolder(out) as results:
        results.draft("record.json").write_text("half")
        results.draft("charts/a.png").write_text("half")
        raise RuntimeError


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "new"
    with pytest.raises(RuntimeError):
        _fail_halfway(out)
    assert not out.exists()
    out.mkdir()
    (out / "record.json").write_text("old")
    with pytest.raises(RuntimeError):
        _fail_halfway(out)
    assert [path.name for path in out.iterdir()] == ["record.json"]
    assert (out / "record.json").read_text() == "old"


def test_outdated_files_go(tmp_path: Path) -> None:
    for name in ("charts/a.zh.png", "charts/b.en.png", "charts/mine.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("old")
    with ResultFolder(tmp_path) as results:
        results.draft("charts/b.en.png").write_text("new")
        results.publish(outdated=["charts/a.zh.png", "charts/b.en.png", "charts/c.en.png"])
    assert {path.name: path.read_text() for path in (tmp_path / "charts").iterdir()} == {
        "b.en.png": "new",
        "mine.png": "old",
    }


def test_broken_results_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'no projections.nc here. Make it with "nqpf run"'):
        read_results(tmp_path)
    (tmp_path / "projections.nc").write_text("not netcdf")
    (tmp_path / "record.json").write_text("{}")
    with pytest.raises(InputError, match="is broken") as caught:
        read_results(tmp_path)
    assert "\n" not in str(caught.value)


def test_did_you_mean() -> None:
    assert did_you_mean("gdp_growth", ["GDP growth", "TFP"]) == ' Did you mean "GDP growth"?'
    assert did_you_mean("zzz", ["GDP growth", "TFP"]) == ""


def test_the_scenario_of_the_readme_works(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    shipped = shipped_study()
    for name in ("model", "scenarios"):
        shutil.copytree(shipped / name, tmp_path / name)
    (tmp_path / "scenarios" / "mine.toml").write_text(example, encoding="utf-8")
    study = open_study(tmp_path)
    frame = parameter_frame(nqpf.load(study.model_file), study.choose(["mine"]))
    assert frame.loc["mine", "Lever[L11]"] == 0.5
    assert frame.loc["mine", "Lever start[L11]"] == 2030
