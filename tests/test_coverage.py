"""Coverage: every element of the source paper is carried by the model, or said to lie outside."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nqpf

ROOT = Path(__file__).parents[1]
COLUMNS = [
    "id",
    "section",
    "element_zh",
    "element_en",
    "figure",
    "unit",
    "year",
    "variables",
    "levers",
    "boundary",
    "note",
]

# Every statistic that the paper quotes, by the element that holds it.
QUOTED = {
    20: ["10"],  # growth before 2012
    30: ["120"],  # GDP 2022
    35: ["13", "41", "207", "666", "500", "40"],  # completeness of industry
    39: ["2.54", "0.11", "13", "2.2", "2.7"],  # R&D intensity
    40: ["6.57"],  # basic research
    41: ["93.43"],  # applied research and development
    42: ["12.87"],  # West
    43: ["65.74"],  # East
    47: ["13"],  # strategic emerging industries
    65: ["4", "34"],  # education spending
    67: ["59.6"],  # tertiary enrolment
    68: ["5.7", "14.1"],  # talent inflow of East
    69: ["4.6", "7.9", "2.2", "3.9"],  # the two deltas
}

# The twelve measures and their parts, section 5 of the paper.
MEASURES = range(73, 111)


def split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


@pytest.fixture(scope="module")
def rows() -> dict[int, dict[str, str]]:
    with (ROOT / "model" / "coverage.csv").open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        assert reader.fieldnames == COLUMNS
        listed = list(reader)
    assert [row["id"] for row in listed] == [str(number) for number in range(1, len(listed) + 1)]
    return {int(row["id"]): row for row in listed}


@pytest.fixture(scope="module")
def model() -> nqpf.Model:
    return nqpf.load(ROOT / "model" / "nqpf.mdl")


def test_every_element_is_there(rows: dict[int, dict[str, str]]) -> None:
    assert len(rows) >= 116
    for number, row in rows.items():
        for column in ("section", "element_zh", "element_en"):
            assert row[column], (number, column)
        assert None not in row, f"element {number} has too many cells"


def test_every_element_has_variables_or_lies_outside(rows: dict[int, dict[str, str]]) -> None:
    for number, row in rows.items():
        assert bool(split(row["variables"])) != bool(row["boundary"]), number


def test_every_named_variable_is_in_the_model(
    rows: dict[int, dict[str, str]], model: nqpf.Model
) -> None:
    unknown = {
        (number, name)
        for number, row in rows.items()
        for name in split(row["variables"])
        if name not in model.variables
    }
    assert not unknown


def test_every_measure_of_the_paper_has_a_lever_and_every_lever_a_measure(
    rows: dict[int, dict[str, str]], model: nqpf.Model
) -> None:
    twelve = {f"{element[:2]}.{element[2:]}" for element in model.subscripts["Measure"]}
    assert len(twelve) == 12

    for number in MEASURES:
        assert split(rows[number]["levers"]), number
        section = re.fullmatch(r"五（([一二三四])）([1-4])", rows[number]["section"])
        assert section, number
        own = f"L{'一二三四'.index(section[1]) + 1}.{section[2]}"
        assert own in split(rows[number]["levers"]), number
    named = {lever for row in rows.values() for lever in split(row["levers"])}
    assert named == twelve


def test_every_measure_names_a_variable_that_its_lever_moves(
    rows: dict[int, dict[str, str]], model: nqpf.Model
) -> None:
    levers = {f"{e[:2]}.{e[2:]}": f"Lever[{e}]" for e in model.subscripts["Measure"]}
    baseline_and_each_alone = np.vstack([np.zeros(12), np.eye(12)])
    runs = pd.DataFrame(baseline_and_each_alone, columns=list(levers.values()))
    named = {name for number in MEASURES for name in split(rows[number]["variables"])}
    computed = [name for name in named if model.variables[name].kind != "constant"]
    data = model.ensemble(runs, outputs=computed)

    def moves(name: str, lever: str) -> bool:
        run = 1 + list(levers).index(lever)
        values = data[name].to_numpy()
        return bool(np.max(np.abs(values[run] - values[0])) > 1e-3 * np.max(np.abs(values[0])))

    for number in MEASURES:
        for lever in split(rows[number]["levers"]):
            computed = [name for name in split(rows[number]["variables"]) if name in data]
            assert any(moves(name, lever) for name in computed), (number, lever, computed)


def test_every_statistic_quoted_in_the_paper_is_there(rows: dict[int, dict[str, str]]) -> None:
    found = {number: split(row["figure"]) for number, row in rows.items() if row["figure"]}

    assert found == QUOTED
    for number in found:
        assert rows[number]["unit"], number
        assert rows[number]["year"], number
        assert len(split(rows[number]["unit"])) in (1, len(found[number])), number


def test_the_misprint_is_called_one(rows: dict[int, dict[str, str]]) -> None:
    assert "misprint" in rows[65]["note"]
