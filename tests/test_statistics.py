"""Statistics: the reader refuses every kind of faulty row; the flagship's values are sound."""

from __future__ import annotations

import csv
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from nqpf.errors import InputError
from nqpf.study.statistics import COLUMNS, read_statistics

ROOT = Path(__file__).parents[1]
FLAGSHIP = ROOT / "calibration" / "statistics"

CATALOGUE = """
[output]
file = "values"
unit = "bn yuan"
annual = true
definition = "Output."
choice = "The only one."

[share]
file = "values"
unit = "%"
annual = false
definition = "Share of each region."
choice = "The only one."
"""

GOOD = """
output,,2000,1.5,bn yuan,Yearbook,table 1,2001,seen,
output,,2001,2.5,bn yuan,Yearbook,table 1,2002,derived,1.5 + 1
output,,2002,9,bn yuan,Yearbook,table 1,2002,projected,
share,East,2000,60,%,Yearbook,table 2,2001,seen,
share,East,2005,55,%,Yearbook,table 2,2001,seen,
share,West,2000,40,%,Yearbook,table 2,2001,seen,
"""


def write_study(folder: Path, rows: str = GOOD, catalogue: str = CATALOGUE) -> Path:
    (folder / "series.toml").write_text(catalogue, encoding="utf-8")
    text = ",".join(COLUMNS) + "\n" + rows.strip() + "\n"
    (folder / "values.csv").write_text(text, encoding="utf-8")
    return folder


def test_series_hold_values_units_and_sources(tmp_path: Path) -> None:
    statistics = read_statistics(write_study(tmp_path))

    assert statistics.names == ("output", "share")
    assert statistics.regions("share") == ("East", "West")
    output = statistics.series("output")
    assert output.to_dict() == {2000: 1.5, 2001: 2.5}
    assert output.attrs["unit"] == "bn yuan"
    assert output.attrs["sources"] == ("Yearbook",)
    assert output.attrs["statuses"] == {2000: "seen", 2001: "derived"}
    assert statistics.series("share", "East").to_dict() == {2000: 60, 2005: 55}


def test_projected_values_come_only_when_asked_for(tmp_path: Path) -> None:
    statistics = read_statistics(write_study(tmp_path))

    assert 2002 not in statistics.series("output").index
    assert statistics.series("output", status="projected").to_dict() == {2002: 9}
    with pytest.raises(InputError, match="no projected value"):
        statistics.series("share", "East", status="projected")


@pytest.mark.parametrize(
    ("name", "region", "said"),
    [
        ("outptu", None, 'no statistic is called "outptu". Did you mean "output"?'),
        ("share", None, 'series "share" is regional: name one of East, West.'),
        ("share", "Esat", 'series "share" has no region "Esat": its regions are East, West.'),
        ("output", "East", 'series "output" has no region "East": it is national.'),
    ],
)
def test_an_unknown_series_or_region_is_named(
    tmp_path: Path, name: str, region: str | None, said: str
) -> None:
    statistics = read_statistics(write_study(tmp_path))

    with pytest.raises(InputError) as caught:
        statistics.series(name, region)
    assert said in str(caught.value)


ROW = "output,,2000,1.5,bn yuan,Yearbook,table 1,2001,seen,"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROW.replace("1.5", "much"), 'line 2: series "output", 2000: value "much", expected a fin'),
        (ROW.replace("1.5", "nan"), 'value "nan", expected a finite number (bn yuan)'),
        (ROW.replace("1.5", "inf"), 'value "inf", expected a finite number'),
        (ROW.replace("1.5", ""), 'value "", expected a finite number'),
        (ROW.replace("2000", "20O0"), 'year "20O0", expected four digits'),
        (ROW.replace("bn yuan", ""), 'line 2: series "output": unit is empty'),
        (ROW.replace("bn yuan", "bn USD"), 'unit "bn USD", expected "bn yuan"'),
        (ROW.replace("Yearbook", ""), "source is empty"),
        (ROW.replace("seen", "sen"), 'status "sen", expected one of seen, derived'),
        (ROW.replace("seen", "sen"), 'Did you mean "seen"?'),
        (ROW.replace("output", "ouput"), 'series "ouput" is not in the catalogue'),
        (ROW + ",,", "line 2: 12 cells, expected 10"),
        (f"{ROW}\n{ROW}", 'line 3: series "output" has 2000 twice (first in '),
        (f"{ROW}\n{ROW.replace('2000', '1999')}", "has 1999 after 2000: years must ascend"),
        (
            f"{ROW}\n{ROW.replace('2000', '2002')}",
            "is annual but has nothing between 2000 and 2002",
        ),
        (ROW, 'series "share" has no value in any CSV file'),
    ],
)
def test_each_faulty_row_is_one_clear_line(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_statistics(write_study(tmp_path, rows))

    message = str(caught.value)
    assert said in message
    assert "\n" not in message
    assert "values.csv" in message or "series.toml" in message


def test_regions_have_their_own_years(tmp_path: Path) -> None:
    rows = GOOD + "share,West,2000,41,%,Yearbook,table 2,2001,seen,\n"

    with pytest.raises(InputError, match=r'series "share" \[West\] has 2000 twice'):
        read_statistics(write_study(tmp_path, rows))


def test_a_series_in_the_wrong_file_is_refused(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace('file = "values"', 'file = "others"', 1)

    with pytest.raises(InputError, match=r"belongs in others\.csv"):
        read_statistics(write_study(tmp_path, catalogue=catalogue))


def test_wrong_columns_and_bytes_are_refused(tmp_path: Path) -> None:
    write_study(tmp_path)
    file = tmp_path / "values.csv"
    file.write_text("series,year,value\noutput,2000,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1: the columns must be series,region,year"):
        read_statistics(tmp_path)
    file.write_bytes("产出".encode("gb18030"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_statistics(tmp_path)
    file.unlink()
    with pytest.raises(InputError, match="no CSV file"):
        read_statistics(tmp_path)


# --- The flagship ------------------------------------------------------------------------------


def test_no_statistic_is_later_than_2022() -> None:
    for value in read_statistics(FLAGSHIP).values:
        assert 1995 <= value.year <= 2050
        assert (value.year > 2022) == (value.status == "projected"), value


def test_only_the_un_population_is_projected() -> None:
    projected = [v for v in read_statistics(FLAGSHIP).values if v.status == "projected"]

    assert projected
    assert all("UN World Population Prospects" in value.source for value in projected)
    assert all(value.notes for value in projected)


def test_nothing_rests_on_memory_and_everything_is_cited() -> None:
    for value in read_statistics(FLAGSHIP).values:
        assert value.status != "recalled"
        assert value.source_locator not in ("", "none"), value
        assert value.vintage != "unknown"
        assert value.status != "derived" or value.notes


def test_the_papers_figures_are_among_the_statistics() -> None:
    statistics = read_statistics(FLAGSHIP)

    def in_2022(name: str, region: str | None = None) -> float:
        return statistics.series(name, region).to_dict()[2022]

    assert in_2022("gerd_share_gdp_first_release") == pytest.approx(2.54)
    assert in_2022("basic_research_share") == pytest.approx(6.57, abs=0.005)
    assert in_2022("rd_share", "East") == pytest.approx(65.74, abs=0.005)
    assert in_2022("rd_share", "West") == pytest.approx(12.87, abs=0.005)
    assert in_2022("sei_share_gdp") == pytest.approx(13)
    assert in_2022("tertiary_gross_enrolment_moe") == pytest.approx(59.6)
    assert in_2022("gdp_nominal") > 1_200_000


@pytest.mark.parametrize(
    "name", ["gdp_share", "population_share", "rd_share", "rd_personnel_share"]
)
def test_regional_shares_sum_to_the_whole(name: str) -> None:
    statistics = read_statistics(FLAGSHIP)

    shares = [statistics.series(name, region).to_numpy() for region in statistics.regions(name)]
    assert len(shares) == 4
    np.testing.assert_allclose(np.sum(shares, axis=0), 100, atol=0.01)


def test_derived_national_series_follow_from_their_parts() -> None:
    statistics = read_statistics(FLAGSHIP)

    def values(name: str) -> np.ndarray:
        found = statistics.series(name)
        assert list(found.index) == list(range(1995, 2023))
        return found.to_numpy()

    gdp, ratio = values("gdp_real"), values("gerd_nominal") / values("gdp_nominal")
    assert gdp[5] == pytest.approx(values("gdp_nominal")[5] / 10, rel=1e-5)  # the year 2000
    moved = 100 * (gdp[1:] / gdp[:-1] - 1)
    np.testing.assert_allclose(moved, values("gdp_real_growth")[1:], atol=2e-3)
    np.testing.assert_allclose(values("gerd_share_gdp_rebased"), 100 * ratio, atol=1e-3)
    np.testing.assert_allclose(values("gerd_real"), ratio * gdp, rtol=1e-4)


# Input tables of the model: statistic, and how many of its units make one of the table's.
INPUTS = {
    "Cohort of 18 year olds table": ("cohort_age18", 100),
    "Working age population table": ("population_20_64", 100),
    "Population table": ("population_total", 100),
    "Enrolment table": ("tertiary_gross_enrolment_moe", 100),
    "Education spending table": ("fiscal_education_share_gdp", 100),
    "Basic research history": ("basic_research_share", 100),
}


@pytest.mark.parametrize("table", INPUTS)
def test_the_models_input_tables_are_the_statistics(table: str) -> None:
    text = (ROOT / "model" / "nqpf.mdl").read_text(encoding="utf-8")
    body = re.search(rf"^{table}\((.*?)\)\s*\n\s*~", text, re.DOTALL | re.MULTILINE)
    assert body, table
    points = re.findall(r"\(([\d.]+),\s*([\d.]+)\)", body[1])
    name, units = INPUTS[table]
    known = {
        value.year: value.value / units
        for value in read_statistics(FLAGSHIP).values
        if value.series == name
    }

    assert len(points) >= 10
    for year, number in points:
        digits = len(number.partition(".")[2])
        assert float(number) == pytest.approx(known[int(year)], abs=0.51 * 10**-digits), year


# --- The compilation -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compiler() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "compile_statistics", ROOT / "tools" / "compile_statistics.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_collection(folder: Path, *rows: tuple[str, ...]) -> None:
    columns = [column for column in COLUMNS if column not in ("region", "status")]
    columns.insert(-1, "confidence")
    for name, body in (("china_statistics.csv", rows), ("china_model_inputs.csv", ())):
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([columns, *body])


def write_catalogue(folder: Path, **changes: str) -> Path:
    keys = {"file": "national", "unit": "%", "definition": "X.", "choice": "Y."} | changes
    lines = [f"{key} = {value if value[0] == '[' else repr(value)}" for key, value in keys.items()]
    text = "[x]\nannual = false\n" + "\n".join(lines) + "\n"
    (folder / "series.toml").write_text(text, encoding="utf-8")
    return folder / "series.toml"


def figure(year: str, value: str, source: str = "A", confidence: str = "seen", notes: str = ""):
    return ("x", year, value, "%", source, "page 1", "2020", confidence, notes)


def test_compilation_takes_one_vintage_and_no_recalled_or_later_value(
    compiler: ModuleType, tmp_path: Path
) -> None:
    write_collection(
        tmp_path,
        figure("2010", "1.0", source="A, revised"),
        figure("2010", "1.1", source="B"),
        figure("2011", "2.0", source="B"),
        figure("2012", "3.0", confidence="recalled"),
        figure("2023", "4.0"),
        figure("1990", "0.5"),
    )
    catalogue = write_catalogue(tmp_path, prefer='["B", "A"]')

    rows = compiler.compile_statistics(tmp_path, catalogue)["national"]

    assert [(row["year"], row["value"]) for row in rows] == [("2010", "1.1"), ("2011", "2.0")]


def test_compilation_adds_what_was_seen_elsewhere_but_replaces_nothing(
    compiler: ModuleType, tmp_path: Path
) -> None:
    write_collection(tmp_path, figure("2010", "1.0"), figure("2011", "2", confidence="recalled"))
    added = '[{ year = 2011, value = "1.9", source = "D", locator = "page 2", vintage = "2012" }]'

    rows = compiler.compile_statistics(tmp_path, write_catalogue(tmp_path, added=added))["national"]

    assert [(row["year"], row["value"], row["source"]) for row in rows] == [
        ("2010", "1.0", "A"),
        ("2011", "1.9", "D"),
    ]
    for year in ("2010", "2023"):
        catalogue = write_catalogue(tmp_path, added=added.replace("2011", year))
        with pytest.raises(InputError, match=f"x: {year} is not to be added"):
            compiler.compile_statistics(tmp_path, catalogue)


def test_compilation_stops_at_two_vintages_or_another_unit(
    compiler: ModuleType, tmp_path: Path
) -> None:
    write_collection(tmp_path, figure("2010", "1.0"), figure("2010", "1.1", source="B"))
    with pytest.raises(InputError, match="x: 2010 is there twice; name a source to prefer"):
        compiler.compile_statistics(tmp_path, write_catalogue(tmp_path))
    with pytest.raises(InputError, match='x: unit "%"'):
        compiler.compile_statistics(tmp_path, write_catalogue(tmp_path, unit="bn"))


def test_compilation_keeps_a_derivation_but_no_other_remark(
    compiler: ModuleType, tmp_path: Path
) -> None:
    write_collection(
        tmp_path,
        figure("2010", "1.0", notes="derived: 3.5-2.5 (said in 2011)"),
        figure("2011", "2.0", notes="in 2023 it was 7"),
    )

    rows = compiler.compile_statistics(tmp_path, write_catalogue(tmp_path))["national"]

    assert [(row["status"], row["notes"]) for row in rows] == [
        ("derived", "derived: 3.5-2.5"),
        ("seen", ""),
    ]


def test_compiled_files_are_read_back_and_the_same_each_time(
    compiler: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_collection(tmp_path, figure("2010", "1.0"), figure("2011", "2.0"))
    write_catalogue(tmp_path)
    study = tmp_path / "study"
    study.mkdir()
    write_catalogue(study)
    monkeypatch.setattr(sys, "argv", ["compile", str(tmp_path), "--out", str(study)])

    assert compiler.main() == 0
    first = (study / "national.csv").read_bytes()
    assert compiler.main() == 0

    assert (study / "national.csv").read_bytes() == first
    assert read_statistics(study).series("x").to_dict() == {2010: 1.0, 2011: 2.0}
