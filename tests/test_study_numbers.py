"""A study on another study's model file, with numbers of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nqpf
from nqpf.compare.versions import compare
from nqpf.engine.variant import Said
from nqpf.errors import InputError
from nqpf.study.folder import Study, open_study
from nqpf.study.model import load_model
from nqpf.study.project import project
from nqpf.study.record import record_of
from small_study import CATALOGUE, MODEL, write_study

TABLE = "Rain(\n (2020, 1), (2030, 2)) ~ mm ~ A table.|\nWet = Rain(Time) ~ mm ~ Rain now.|\n"

NUMBER = """
[numbers."{name}"]
{value}
unit = "{unit}"
year = "2020"
status = "assumed"
"""


def number(name: str, value: str, unit: str = "1/Year") -> str:
    source = "" if "series" in value else '\nsource = "A test"'
    return NUMBER.format(name=name, value=value + source, unit=unit)


@pytest.fixture
def write(tmp_path: Path):
    """Return a function that writes a study beside another whose model it names."""
    flagship = write_study(tmp_path / "flagship")
    text = MODEL.replace("FINAL TIME", TABLE + "FINAL TIME")
    (flagship / "model" / "two.mdl").write_text(text, encoding="utf-8")
    member = tmp_path / "member"
    for name, text in {
        "scenarios/baseline.toml": 'title = "Base"\n',
        "calibration/statistics/series.toml": CATALOGUE,
        "calibration/statistics/national.csv": (
            flagship / "calibration" / "statistics" / "national.csv"
        ).read_text(encoding="utf-8"),
    }.items():
        (member / name).parent.mkdir(parents=True, exist_ok=True)
        (member / name).write_text(text, encoding="utf-8")

    def with_numbers(*numbers: str, model: str = "../flagship/model/two.mdl") -> Study:
        text = f'model = "{model}"\n' + "".join(numbers)
        (member / "study.toml").write_text(text, encoding="utf-8")
        return open_study(member)

    return with_numbers


def test_its_numbers_stand_in_place_of_the_file_s(write):
    study = write(
        number("Base growth", "value = [0.08, 0.04]"),
        number("effort[South]", "value = 0.5", "Dmnl"),
        number("Effect", 'series = "output"\nat = 2020\nfactor = 0.0002'),
        number("INITIAL TIME", "value = 2010.0", "Year"),
        number("Rain", "points = [[2010, 5], [2020, 7]]", "mm"),
    )
    model = load_model(study)
    assert model.constants["Base growth"].tolist() == [0.08, 0.04]
    assert model.constants["Effort"].tolist() == [0, 0.5]
    assert model.constants["Effect"] == pytest.approx(200 * 0.0002)
    assert model.find("Base growth").doc == "[A test; 2020; assumed]"
    assert model.find("Effect").doc == "[series output of the study; 2020; assumed]"
    data = project(model, study.choose([])).sel(scenario="baseline")
    assert data["time"].to_numpy().tolist() == list(range(2010, 2031))
    assert data["Wet"].sel(time=[2010, 2015, 2030]).to_numpy().tolist() == [5, 6, 7]
    # Euler in half-years; the measure, at half strength in the South, from 2024 on.
    assert float(data["Output"].sel(Region="South", time=2030)) == pytest.approx(
        100 * 1.02**28 * 1.03**12
    )


def test_a_variant_runs_as_the_model_with_parameters_does(write):
    own = load_model(write(number("Base growth", "value = 0.07")))
    plain = nqpf.load(own_file := open_study(write().folder).model_file)
    given = plain.run(params={"Base growth": np.array([0.07, 0.07])})
    pd.testing.assert_frame_equal(own.run(), given)
    assert own.hash != plain.hash
    assert nqpf.load(own_file).constants["Base growth"].tolist() == [0.05, 0.03]


def test_the_hash_goes_by_every_number_and_what_is_said_of_it(write):
    plain = nqpf.load(write().model_file)
    hashes = {
        plain.with_numbers({"Effect": 0.02}).hash,
        plain.with_numbers({"Effect": 0.03}).hash,
        plain.with_numbers({"Effect": 0.03}, {"Effect": Said("Why.")}).hash,
        plain.with_numbers({"Rain": pd.Series([1.0], index=[0.0])}).hash,
    }
    assert len(hashes | {plain.hash}) == 5
    assert plain.with_numbers({"Effect": 0.02}).hash in hashes


def test_a_range_of_its_own_replaces_the_file_s(write):
    with pytest.raises(InputError, match=r'"Base growth" = \[0.3, 0.3\] is outside \[0.0, 0.2\]'):
        load_model(write(number("Base growth", "value = 0.3")))
    study = write(number("Base growth", "value = 0.3\nrange = [0.1, 0.4]"))
    assert load_model(study).find("Base growth").limits == (0.1, 0.4)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            number("Base grwth", "value = 0.1"),
            '"Base grwth" is not a .* Did you mean "Base growth"',
        ),
        (number("Effect", "value = 0.1", "Dmnl"), 'is in "Dmnl", the model file has "1/Year"'),
        (number("Growth", "value = 0.1"), '"Growth" is computed: a number cannot take its place'),
        (number("Output", "value = 0.1", "bn CNY/Year"), '"Output" is a stock; give what its'),
        (number("Effect", "points = [[1, 2]]"), '"Effect" is a constant: a table cannot take its'),
        (number("Rain", "value = 1.0", "mm"), '"Rain" is a table of points'),
        (number("Base growth", "value = [1.0, 2.0, 3.0]"), "an array of shape"),
        (number("Effect", 'series = "outptu"\nat = 2020'), 'no series "outptu"|"outptu"'),
        (number("Effect", 'series = "output"\nat = 1999'), "has no value of 1999"),
        (number("Rain", "points = [[2, 1], [1, 1]]", "mm"), "must increase"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(write, said: str, message: str):
    study = write(said)
    with pytest.raises(InputError, match=message) as caught:
        load_model(study)
    assert "study.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (number("Effect", "value = 0.1\npoints = [[1, 2]]"), "one of value, points or series"),
        (NUMBER.format(name="Effect", value="value = 1.0", unit="1/Year"), "source is missing"),
        (number("Effect", "value = 0.1\nat = 2020"), "at goes with a series"),
        (number("Effect", "value = nan"), "finite"),
        (number("Effect", "value = 0.1").replace("assumed", "guessed"), "status"),
        (number("Effect", "valeu = 0.1"), 'unknown key "valeu"'),
    ],
)
def test_a_study_file_that_says_nonsense_is_refused(write, said: str, message: str):
    with pytest.raises(InputError, match=message):
        write(said)


def test_a_model_that_is_not_there(write):
    with pytest.raises(InputError, match=r'study.toml: model = "../none.mdl": no model file'):
        write(model="../none.mdl")


def test_a_model_name_that_no_file_can_have(write):
    with pytest.raises(InputError, match="no model file"):
        write(model="9" * 400 + ".mdl")


def test_a_study_without_any_model(write):
    folder = write().folder
    (folder / "study.toml").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="names no model file, and there is no folder model/"):
        open_study(folder)


def test_the_record_holds_them_and_compare_tells_them(write, tmp_path: Path):
    study = write(number("Base growth", "value = 0.07"))
    record = record_of(load_model(study), "two.mdl", study.choose([]), ["nqpf"], study.numbers)
    assert "value = 0.07" in record["numbers of the study"]["Base growth"]
    other = tmp_path / "other"
    study.folder.rename(other)
    (tmp_path / "member").mkdir()
    (tmp_path / "member" / "scenarios").mkdir()
    (tmp_path / "member" / "scenarios" / "baseline.toml").write_text('title = "Base"\n')
    again = write(number("Base growth", "value = 0.08"))
    found = compare(other, again.folder, 1e-9)
    (change,) = found.changes
    assert (change.kind, change.variable) == ("number", "Base growth")
    assert "0.07" in change.old
    assert "0.08" in change.new
    assert "Total output" in {each.output for each in found.outputs.movements}
