"""nqpf beside PySD and pysimlin: what agrees, what differs and why, who cannot read a model."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers import page
from benchmarks.peers.__main__ import complain
from benchmarks.peers.behaviour import Behaviour, compare, departures, label
from benchmarks.peers.explained import (
    File,
    Run,
    disagreements,
    needless,
    read_explanations,
    unit_disagreements,
)
from benchmarks.peers.unit_verdicts import UnitVerdict
from benchmarks.peers.worker import Refused, Result, examine

TIMES = np.array([0.0, 1.0, 2.0])

# A few of the suite, one for each thing that the page can say.
HANDFUL = (
    "tests/abs/test_abs.mdl",
    "tests/rounding/test_rounding.xmile",
    "tests/tabbed_arrays/tabbed_arrays.mdl",
    "tests/subscript_copy/test_subscript_copy.mdl",
    "tests/get_constants/test_get_constants.mdl",
)


def of(**values: list[float]) -> Behaviour:
    return Behaviour(TIMES, {name: np.array(each, float) for name, each in values.items()})


def test_names_are_compared_as_every_tool_may_write_them():
    assert label('"GDP  per head"[East, Layer 1]') == "gdp_per_head[east,layer_1]"
    assert label("tank.Level") == "tank.level"


def test_where_a_difference_begins_and_how_large_it_is():
    found = compare(of(a=[1, 2, 4], b=[0, 0, 0], only=[1, 1, 1]), of(a=[1, 2.5, 5], b=[0, 0, 0]))
    assert (found.common, found.only_ours, found.times) == (2, 1, 3)
    (apart,) = found.apart
    assert (apart.element, apart.time, apart.ours, apart.theirs) == ("a", 1.0, 4.0, 5.0)
    assert apart.relative == pytest.approx(0.2)


def test_rounding_is_no_difference_and_a_missing_number_is_one():
    nan = float("nan")
    close = compare(of(a=[1e6, 0, 1], b=[nan, 0, 0]), of(a=[1e6, 1e-4, 1], b=[nan, 1e-13, 0]))
    assert close.apart == ()
    found = compare(of(a=[nan, 1, 1]), of(a=[1, 1, 1]))
    assert found.apart[0].relative == float("inf")


def test_only_times_that_both_saved_are_compared():
    theirs = Behaviour(np.array([0.0, 2.0 + 1e-9, 7.0]), {"a": np.array([1.0, 3.0, 9.0])})
    found = compare(of(a=[1, 2, 3]), theirs)
    assert found.times == 2
    assert found.apart == ()


def test_a_stored_output_has_six_digits():
    stored = of(a=[1, 2, 3], b=[1, 1, 1])
    assert departures(stored, of(a=[1, 2.00001, 3], b=[1, 1, 1.1])) == 1


def why(**changes: object) -> Run:
    given = {
        "models": ["x.mdl"],
        "peer": "PySD",
        "variables": ["a"],
        "right": "nqpf",
        "reason": "so",
        "source": "there",
    }
    return Run.model_validate(given | changes)


def result(name: str = "x.mdl", **variables: float) -> Result:
    theirs = {n: np.full(3, v) for n, v in variables.items()}
    ours = Behaviour(TIMES, {n: np.ones(3) for n in variables})
    outcome = compare(ours, Behaviour(TIMES, theirs))
    units = (UnitVerdict("a", "wrong", ""), UnitVerdict("b", "", ""))
    refused = Refused("cannot | read")
    return Result(Path("/m") / name, 2, {"PySD": outcome, "pysimlin": refused}, {}, units)


def test_every_disagreement_needs_its_explanation_and_every_explanation_its_disagreement(capsys):
    results = [result(a=1.0, b=2.0), result("y.mdl", a=1.0)]
    known = [why(), why(variables=["b"]), why(models=["other.mdl"])]
    found = disagreements(results, known)
    assert [(e.why, e.apart[0].element) for e in found] == [(known[1], "b")]
    assert needless(results, known, found) == [known[0]]
    assert disagreements(results, [])[0].why is None
    units = unit_disagreements(results, [])
    assert [len(e.verdicts) for e in units] == [1, 1]
    root = Path("/m")
    assert complain(results, File(runs=known), found, units, root) == 1
    said = capsys.readouterr().err
    assert "not explained: x.mdl: units" in said
    assert "explains nothing: x.mdl: so" in said
    assert complain(results, File(runs=known[1:]), found, [], root) == 0


def test_the_page_and_the_lines_for_every_model(tmp_path):
    results = [result(a=2.0)]
    found = disagreements(results, [why()])
    text = page.text(results, found, unit_disagreements(results, []), Path("/m"))
    assert "| x.mdl | PySD | 1 | 0.5 in a from 0 on (1, 2) |  | nqpf | so | there |" in text
    assert "| nqpf objects | 0 | 1 |" in text
    page.write_csv(results, found, Path("/m"), tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        (row,) = list(csv.DictReader(file))
    assert row["PySD"].startswith("disagrees: 0.5 in a")
    assert row["pysimlin"] == "cannot: cannot | read"


def test_what_takes_too_long_is_cut_off(write):
    path = write("x = INTEG(-EXP(-x), 1) ~~|", final=100_000, step=0.01)
    found = examine(path, seconds=0.2)
    assert isinstance(found.ours, Refused)
    assert "not done after 0.2 s" in found.ours.reason


def test_a_handful_of_the_suite(request: pytest.FixtureRequest):
    folder = request.config.getoption("--test-models", skip=True)
    assert isinstance(folder, Path)
    known = read_explanations()
    results = [examine(folder / name, 120) for name in HANDFUL]
    assert [isinstance(r.ours, Refused) for r in results] == [False] * 4 + [True]
    found = disagreements(results, known.runs)
    units = unit_disagreements(results, known.units)
    assert {(Path(page.named(e.result, folder)).stem, e.peer) for e in found} == {
        ("test_rounding", "PySD"),
        ("tabbed_arrays", "pysimlin"),
    }
    assert {v.variable for e in units for v in e.verdicts} == {"level_1", "input_level_1"}
    assert complain(results, File(), found, units, folder) == 0
    assert results[0].departures == {"nqpf": 0, "PySD": 0, "pysimlin": 0}
