"""``nqpf calibrate`` on a small study of its own: what it writes, resumes and refuses."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.sir import TRUTH, write_study
from nqpf.calibrate.sample import sample
from test_cli import Shell, files, refused

TABLES = [
    "correlations.csv", "densities.csv", "fit.csv", "holdout.csv", "holdout_series.csv",
    "parameters.csv", "profiles.csv", "series.csv", "windows.csv",
]  # fmt: skip


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.chdir(write_study(tmp_path))
    monkeypatch.setattr(sys, "argv", sys.argv)
    # Three parameters need no long warm-up.
    quick = partial(sample, chains=16, warm_up=((100, 0.25), (200, 0.5)))
    monkeypatch.setattr("nqpf.calibrate.whole.sample", quick)
    return Shell(tmp_path, capsys)


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "calibration" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.fixture
def calibrated(shell: Shell) -> str:
    result = shell("calibrate", "--most", "500", "--holdout", "2012", "--keep")
    assert result.code == 0, result.err
    return result.out + result.err


def test_a_study_of_its_own_is_calibrated(shell: Shell, calibrated: str) -> None:
    results = shell.folder / "results"
    own = [name for name in files(results) if "/" not in name]
    assert own == sorted([*TABLES, "calibration.json", "calibration.nc", "fitted.parquet"])
    rows = pd.read_csv(results / "parameters.csv").to_dict(orient="records")
    table = {row["parameter"]: row for row in rows}
    for name, truth in TRUTH.items():
        row = table[name]
        assert row["5%"] < truth < row["95%"]
        assert row["profile low"] < row["best"] < row["profile high"]
    assert table["Contact rate"]["data"] == "much"
    assert {table["Contact rate"][key] for key in ("with", "with 2")} < set(TRUTH)
    # What a chart of fit, of a profile, of before and after needs.
    series = pd.read_csv(results / "series.csv")
    assert series["year"].tolist() == list(range(2001, 2021))
    low, middle = series["model 5%"].to_numpy(), series["best"].to_numpy()
    assert (series["data 5%"].to_numpy() < low).all()
    assert (low < middle).mean() > 0.9
    densities = pd.read_csv(results / "densities.csv")
    for _, each in densities.groupby("parameter"):
        for column in ("prior", "posterior"):
            assert np.trapezoid(each[column], each["value"]) == pytest.approx(1.0, abs=0.02)
    windows = pd.read_csv(results / "windows.csv")
    assert windows["first"].tolist() == [2001, 2006, 2011, 2016]
    record = json.loads((results / "calibration.json").read_text("utf-8"))
    assert record["seed"] == 20221231
    # What is said: progress with the best fit so far, coverage, speed.
    assert "Best fit, finish 8 of 8: cost" in calibrated
    assert "lie within the 90 % band" in calibrated
    assert re.search(r"[\d,]+ likelihoods and got [\d,]+ a second", calibrated)
    # And from then on projections have bands.
    assert (shell.folder / "calibration" / "fitted.parquet").exists()


def test_the_same_command_goes_on_and_comes_to_the_same(shell: Shell, tmp_path: Path) -> None:
    def draws(out: str, *arguments: str) -> pd.DataFrame:
        assert shell("calibrate", "--out", out, "--quiet", *arguments).code == 0
        return pd.read_parquet(tmp_path / out / "fitted.parquet")

    whole = draws("whole", "--most", "1000")
    draws("parts", "--most", "500")
    done = {path: path.stat().st_mtime_ns for path in (tmp_path / "parts/chains").iterdir()}
    again = draws("parts", "--most", "1000")
    assert {path: path.stat().st_mtime_ns for path in done} == done  # not drawn a second time
    pd.testing.assert_frame_equal(again, whole)


def test_the_best_fit_alone_says_how_it_fits(shell: Shell) -> None:
    result = shell("calibrate", "--best", "--lang", "zh")
    assert result.code == 0
    assert files(shell.folder / "results") == ["best.json", "fit.csv"]
    best = json.loads((shell.folder / "results/best.json").read_text("utf-8"))["best"]
    assert best["Contact rate"] == pytest.approx(TRUTH["Contact rate"], rel=0.15)
    assert "最优拟合" in result.out
    assert "infected" in result.out


def gap(folder: Path) -> None:
    path = folder / "calibration/statistics/counts.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if ",2005," not in line) + "\n", "utf-8")


def twice(folder: Path) -> None:
    path = folder / "calibration/statistics/counts.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines[:3], lines[2], *lines[3:]]) + "\n", "utf-8")


def not_a_number(folder: Path) -> None:
    path = folder / "calibration/statistics/counts.csv"
    lines = path.read_text("utf-8").splitlines()
    cells = lines[3].split(",")
    cells[3] = "NaN"
    path.write_text("\n".join([*lines[:3], ",".join(cells), *lines[4:]]) + "\n", "utf-8")


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: change(folder, name, old, new)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(
            edit("targets.toml", 'series = "infected"', 'series = "infectde"'),
            ["infectde", 'Did you mean "infected"?'],
            id="a target without a series",
        ),
        pytest.param(
            edit("targets.toml", 'unit = "farms"', 'unit = "million farms"'),
            ['target "infected"', 'is in "farms", not "million farms"'],
            id="a unit of the statistic that does not convert",
        ),
        pytest.param(
            edit("targets.toml", 'model_unit = "farms"', 'model_unit = "persons"'),
            ['"Infected" is in "farms", not "persons"'],
            id="a unit of the model that does not convert",
        ),
        pytest.param(
            edit("parameters.toml", "loc = 1.2", "loc = 12.0"),
            ['"Contact rate"', "of its weight within [0.6, 2]"],
            id="a prior outside its bounds",
        ),
        pytest.param(gap, ["infected", "2004", "2006"], id="a gap"),
        pytest.param(not_a_number, ['value "NaN"', "expected a finite number"], id="not a number"),
        pytest.param(twice, ["has 2002 twice"], id="a year twice"),
        pytest.param(
            edit("parameters.toml", '"Contact rate"', '"Contract rate"'),
            ["Contract rate", 'Did you mean "Contact rate"?'],
            id="a parameter that does not exist",
        ),
        pytest.param(
            edit("parameters.toml", '"Time infected"', '"Price of milk"'),
            ['is in "yuan" in the model, not in "Year"'],
            id="a parameter in another unit",
        ),
        pytest.param(
            lambda folder: (
                change(folder, "parameters.toml", '"Time infected"', '"Price of milk"'),
                change(folder, "parameters.toml", 'unit = "Year"', 'unit = "yuan"'),
            ),
            ['"Price of milk" moves no target', "say kind ="],
            id="a parameter without effect",
        ),
        pytest.param(
            edit("targets.toml", "error = {", "errors = {"),
            ["errors", 'Did you mean "error"?'],
            id="a misspelt key",
        ),
    ],
)
def test_wrong_input_is_one_line(
    shell: Shell, spoil: Callable[[Path], object], said: list[str]
) -> None:
    spoil(shell.folder)
    result = shell("calibrate")
    refused(result, *said)
    assert not (shell.folder / "results").exists()


def test_a_hold_out_without_years_on_both_sides_is_one_line(shell: Shell) -> None:
    refused(shell("calibrate", "--holdout", "1990"), "hold-out 1990", "both up to it and after it")
    assert not (shell.folder / "results/fit.csv").exists()
