"""``nqpf compare``: what it makes of files and folders, and what it prints."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner, Result

import nqpf
from nqpf.cli import cli
from nqpf.compare.versions import compare, sort_of
from nqpf.errors import InputError
from nqpf.study.folder import open_study
from nqpf.study.project import project
from nqpf.study.record import record_of
from nqpf.study.results import DATA, RECORD, ResultFolder, write_all
from small_study import MODEL, write_study


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["compare", *map(str, arguments)], catch_exceptions=False)


def edited(path: Path, *edits: tuple[str, str]) -> Path:
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.mdl"
    path.write_text(MODEL, encoding="utf-8")
    return path


@pytest.fixture
def new(old: Path) -> Path:
    return Path(shutil.copy(old, old.with_name("new.mdl")))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the small study, with their record."""
    study = open_study(write_study(tmp_path_factory.mktemp("study")))
    model = nqpf.load(study.model_file)
    scenarios = study.choose([])
    with ResultFolder(study.folder / "results") as results:
        record = record_of(model, "two.mdl", scenarios, ["nqpf", "run"])
        write_all(project(model, scenarios), record, results)
        results.publish()
    return study.folder / "results"


# --- models -------------------------------------------------------------------------------------


def test_a_file_and_its_copy_are_equal(old: Path, new: Path):
    result = run(old, new)
    assert result.exit_code == 0
    assert "Nothing differs: 10 outputs at 11 times" in result.output


def test_a_changed_constant_moves_what_depends_on_it(old: Path, new: Path):
    edited(new, ("Base growth[Region] = 0.05, 0.03", "Base growth[Region] = 0.05, 0.04"))
    found = compare(old, new, 1e-9)
    assert [(each.kind, each.variable) for each in found.changes] == [("constant", "Base growth")]
    moved = {each.output: each for each in found.outputs.movements}
    assert set(moved) == {"Growth[South]", "Own part[South]", "Output[South]", "Total output",
                          "North share"}  # fmt: skip
    output = moved["Output[South]"]
    # By hand: Euler in half-years over ten years; the first year saved after the start differs.
    assert output.old == pytest.approx(100 * 1.015**20)
    assert output.new == pytest.approx(100 * 1.02**20)
    assert output.first == 2021
    assert output.relative == pytest.approx(1 - (1.015 / 1.02) ** 20)
    assert moved["Growth[South]"].first == 2020


def test_the_tables_in_both_languages(old: Path, new: Path):
    edited(new, ("Effect = 0.02", "Effect = 0.03"), ("North share", "Share of the North"),
           ("FINAL TIME = 2030", "FINAL TIME = 2040"), ("~ Output.|", "~ What is made.|"),
           ("Own part[Region] = Base", "Own part[Region] = 2*Base"))  # fmt: skip
    result = run(old, new, "--limit", 3)
    assert result.exit_code == 1
    for line in (
        "Saved times differ: 11 from 2020 to 2030 against 21 from 2020 to 2040. Compared where both"
        " have a value.",
        "  renamed  Share of the North\n    - North share\n    + Share of the North\n",
        "  equation  Own part\n    - Own part[Region] = Base growth[Region]\n"
        "    + Own part[Region] = 2 * Base growth[Region]\n",
        "... and 2 more; --limit 5 shows all, --json everything.",
        "8 of 10 outputs moved (tolerance 1e-09, 11 times from 2020 to 2030)",
    ):
        assert line in result.output
    chinese = run(old, new, "--lang", "zh").output
    assert "改名  Share of the North" in chinese
    assert "10 个输出中有 8 个变动" in chinese
    assert "Share of the North（原名 North share）" in chinese


def test_json_holds_everything_and_nothing_else(old: Path, new: Path):
    edited(new, ("Output[Region]*Growth[Region], 100)", "Output[Region]*Growth[Region], 101)"))
    result = run(old, new, "--json", "--limit", 1)
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (found["equal"], found["sort"], found["tolerance"]) == (False, "model", 1e-9)
    assert found["changes"][0]["kind"] == "equation"
    outputs = {each["output"] for each in found["outputs"]["movements"]}
    assert outputs == {"Output[North]", "Output[South]", "Total output"}


def test_a_version_that_breaks_down_is_compared_all_the_same(old: Path, new: Path):
    edited(new, ("Own part[Region] = Base growth[Region]",
                 "Own part[Region] = Base growth[Region]/MAX(0, 2025 - Time)"))  # fmt: skip
    found = compare(old, new, 1e-9)
    worst = found.outputs.movements[0]
    assert (worst.relative, worst.first) == (float("inf"), 2020)
    assert json.loads(json.dumps(found.plain()))["outputs"]["movements"][0]["relative"] is None


def test_a_larger_tolerance_leaves_the_changed_text(old: Path, new: Path):
    edited(new, ("Effect = 0.02", "Effect = 0.03"))
    result = run(old, new, "--tolerance", 0.01)
    assert result.exit_code == 1  # no output depends on it: the measure is off
    assert "No output moved" in result.output


def test_data_variables_of_both_take_their_values_from_one_file(old: Path, new: Path):
    for path, formula in ((old, "Rain"), (new, "2*Rain")):
        edited(path, ("FINAL TIME", f"Rain ~ mm ~ Data.|\nWet = {formula} ~ mm ~~|\nFINAL TIME"))
    values = old.with_name("rain.csv")
    values.write_text("time,Rain\n2020,3\n2030,3\n")
    (moved,) = compare(old, new, 1e-9, data=[values]).outputs.movements
    assert (moved.output, moved.old, moved.new) == ("Wet", 3, 6)
    assert run(old, new, "--data", values).exit_code == 1
    assert run(old, old, "--data", values).exit_code == 0


# --- studies and results ------------------------------------------------------------------------


def test_two_studies(tmp_path: Path):
    folders = write_study(tmp_path / "old"), write_study(tmp_path / "new")
    edited(folders[1] / "scenarios" / "effort.toml", ("E = 0.5", "E = 0.6"))
    (folders[1] / "scenarios" / "late.toml").unlink()
    found = compare(*folders, tolerance=1e-9)
    assert [(each.kind, each.variable, each.new) for each in found.changes] == [
        ("scenario", "late", ""),
        ("setting", "effort: Effort[North]", "0.6"),
        ("setting", "effort: Effort[South]", "0.6"),
    ]
    assert {each.scenario for each in found.outputs.movements} == {"effort"}
    result = run(*folders)
    assert result.exit_code == 1
    assert "By scenario" in result.output
    assert "scenario  late\n    - Late effort\n" in result.output


def test_results_and_their_copy_are_equal(store: Path, tmp_path: Path):
    copy = shutil.copytree(store, tmp_path / "copy")
    assert run(store, copy).exit_code == 0
    assert run(store, copy / DATA).exit_code == 0


def test_changed_results(store: Path, tmp_path: Path):
    copy = shutil.copytree(store, tmp_path / "copy")
    data = xr.load_dataset(copy / DATA, engine="scipy")
    data["Total output"].loc[{"scenario": "late", "time": 2030.0}] *= 1.1
    data.to_netcdf(copy / DATA, engine="scipy", format="NETCDF3_64BIT")
    edited(copy / RECORD, ('"Effort start": 2028.0', '"Effort start": 2027.0'))
    found = compare(store, copy, 1e-9)
    (each,) = found.outputs.movements
    assert (each.output, each.scenario, each.first) == ("Total output", "late", 2030)
    assert each.relative == pytest.approx(0.1 / 1.1)
    assert [(change.variable, change.old, change.new) for change in found.changes] == [
        ("late: Effort start", "2028", "2027")
    ]


def test_results_of_a_shorter_run_are_not_equal(store: Path, tmp_path: Path):
    data = xr.load_dataset(store / DATA, engine="scipy").sel(time=slice(2020, 2025))
    data.to_netcdf(tmp_path / "short.nc", engine="scipy", format="NETCDF3_64BIT")
    result = run(store, tmp_path / "short.nc")
    assert result.exit_code == 1
    assert "Saved times differ: 11 from 2020 to 2030 against 6 from 2020 to 2025." in result.output
    assert "No output moved" in result.output


# --- bad input ----------------------------------------------------------------------------------


def test_what_cannot_be_compared_is_refused_in_one_line(store: Path, old: Path, tmp_path: Path):
    other = tmp_path / "other.mdl"
    control = MODEL[MODEL.index("FINAL TIME") :]
    other.write_text("{UTF-8}\nx = INTEG(1, 0) ~~|\n" + control, encoding="utf-8")
    text, empty = tmp_path / "notes.txt", tmp_path / "empty"
    text.write_text("words")
    empty.mkdir()
    broken = tmp_path / "broken.nc"
    broken.write_bytes(b"CDF\x02 and then nothing")
    strange = tmp_path / "strange.nc"
    xr.Dataset({"a": ("x", [1.0, 2.0])}).to_netcdf(strange, engine="scipy")
    for pair, said in {
        (old, store): "old.mdl is a model file, .*results a folder or file of results: give two",
        (old, tmp_path / "none.mdl"): "none.mdl: no such file or folder",
        (old, text): "notes.txt: expected a model file",
        (old, empty): "empty: neither a study",
        (old, other): "old.mdl and .*other.mdl: the two have no variable in common",
        (store, broken): "broken.nc is broken or not a file of",
        (store, strange): 'strange.nc: has no dimension "scenario"',
    }.items():
        with pytest.raises(InputError, match=said) as caught:
            compare(*pair, tolerance=1e-9)
        assert "\n" not in str(caught.value)


def test_damaged_results_are_refused_or_compared(store: Path, tmp_path: Path):
    whole = (store / DATA).read_bytes()
    random = np.random.default_rng(7)
    head = 4000  # names, dims and types stand first; behind them are numbers
    path = tmp_path / "damaged.nc"
    outcomes: set[str] = set()
    for _ in range(150):
        content = bytearray(whole)
        for place in random.integers(0, head, size=3):
            content[place] = random.integers(256)
        if random.random() < 0.2:
            del content[random.integers(len(content)) :]
        path.write_bytes(content)
        try:
            compare(store / DATA, path, 1e-9)
            outcomes.add("compared")
        except InputError as error:
            outcomes.add("refused" if "\n" not in str(error) else "said in two lines")
    assert outcomes == {"compared", "refused"}


def test_a_tolerance_is_a_part(old: Path):
    assert run(old, old, "--tolerance", -1).exit_code == 2


def test_what_a_path_holds(store: Path, old: Path):
    assert [sort_of(path) for path in (old, store, store / DATA, store.parent)] == [
        "model", "results", "results", "study",
    ]  # fmt: skip
