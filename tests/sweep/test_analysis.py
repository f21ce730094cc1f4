"""Analyses: against analytic answers, and against figures reckoned by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nqpf
from nqpf.errors import InputError
from nqpf.study.folder import Study
from nqpf.sweep import Sweep
from nqpf.sweep.analysis import (
    Findings,
    discover,
    morris,
    rank,
    robust,
    sobol,
    synergy,
    tornado,
    write_findings,
)
from nqpf.sweep.analysis.synergy import figures_of
from small_sweeps import analytic, ishigami_spec, outcome

# --- indices ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saltelli(ishigami: Study, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    spec = ishigami_spec("saltelli", 4096, second_order=True)
    return sobol(ishigami.sweep(spec, tmp_path_factory.mktemp("saltelli") / "store"), resamples=50)


def test_indices_of_ishigamis_function_are_its_analytic_ones(saltelli: Findings) -> None:
    table: Any = saltelli.tables["sobol"]
    found: Any = table[table["outcome"] == "y"].set_index("factor")
    for index, expected in analytic().items():
        for factor, value in expected.items():
            assert found.loc[factor, index] == pytest.approx(value, abs=0.02), (index, factor)
            assert found.loc[factor, f"{index}_low"] <= value + 0.01
            assert found.loc[factor, f"{index}_high"] >= value - 0.01
    pairs: Any = saltelli.tables["sobol_pairs"].set_index(["outcome", "factor", "other"])["S2"]
    both = analytic()["ST"]["x1"] - analytic()["S1"]["x1"]
    assert pairs["y", "x1", "x3"] == pytest.approx(both, abs=0.02)
    assert pairs["y", "x1", "x2"] == pytest.approx(0, abs=0.02)


def test_indices_converge(saltelli: Findings) -> None:
    table: Any = saltelli.tables["sobol_convergence"]
    expected = pd.DataFrame(analytic())
    errors, widths = [], []
    for _, part in table.groupby("n"):
        mine: Any = part.set_index("factor")
        errors.append(float((mine[["S1", "ST"]] - expected).abs().to_numpy().max()))
        widths.append(float((mine["ST_high"] - mine["ST_low"]).mean()))
    assert table["n"].unique().tolist() == [256, 512, 1024, 2048, 4096]
    assert errors[-1] < 0.2 * errors[0]
    # Four times the samples, half the interval.
    assert widths[-1] / widths[0] == pytest.approx(0.25, rel=0.3)


def test_a_course_is_analysed_year_by_year(saltelli: Findings) -> None:
    table: Any = saltelli.tables["sobol"]
    course: Any = table[table["outcome"] == "Ishigami"]
    assert course["time"].unique().tolist() == [1.0]
    alone = table[table["outcome"] == "y"]
    np.testing.assert_allclose(course["ST"], alone["ST"], atol=1e-6)


def test_elementary_effects_of_ishigamis_function(ishigami: Study, tmp_path: Path) -> None:
    found = morris(ishigami.sweep(ishigami_spec("morris", 200), tmp_path / "store"), resamples=20)
    table: Any = found.tables["morris"].query("outcome == 'y'").set_index("factor")
    # x2 on four levels: 7 sin^2 at -pi, -pi/3, pi/3, pi moves by 21/4 over 2/3 of its range.
    assert table.loc["x2", "mu_star"] == pytest.approx(7 * 0.75 * 1.5, rel=1e-9)
    assert abs(table.loc["x2", "mu"]) < 1.5
    assert table.loc["x3", "sigma"] > table.loc["x3", "mu_star"]  # acts with x1 alone
    assert (table["mu_star_low"] <= table["mu_star"]).all()
    assert set(table["n"]) == {200}


# --- policies -----------------------------------------------------------------------------------


class Made(Sweep):
    """A sweep with figures of the test's own."""

    def __init__(self, sweep: Sweep, figures: dict[str, Any]) -> None:
        super().__init__(sweep.folder, sweep.record, sweep.data)
        object.__setattr__(
            self, "_made", {k: np.asarray(v, dtype=float) for k, v in figures.items()}
        )

    def figures(self, outcomes: Any) -> dict[str, Any]:
        return {name: self._made[name] for name in outcomes}  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def grid(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """Three policies, four samples."""
    spec = {
        "title": "T",
        "scenarios": ["baseline", "effort", "north"],
        "uncertainties": {"Base growth[South]": [0.01, 0.02, 0.03, 0.04]},
        "outcomes": {
            "output": outcome("Total output"),
            "share": outcome("North share", less_is_better=True),
            "gain": {**outcome("Total output"), "statistic": "ratio"},
        },
    }
    return study.sweep(spec, tmp_path_factory.mktemp("grid") / "store")


def test_ranks_by_hand(grid: Sweep) -> None:
    output = [[1, 2, 3], [2, 1, 3], [1, 2, 4], [5, 2, 3]]
    found = rank(Made(grid, {"output": output}), ["output"])
    table: Any = found.tables["ranks"].set_index("label")
    assert table["rank"].tolist() == [2.5, 2.5, 1]
    assert table["first"].tolist() == [0.25, 0, 0.75]
    assert table["last"].tolist() == [0.5, 0.5, 0]
    assert table["regret"].tolist() == [1.5, 2, 0.5]
    assert table["regret_max"].tolist() == [3, 3, 2]
    assert table.loc["north", "gain"] == 1.5
    pairs = found.tables["reversals"].set_index(["label", "other_label"])
    assert pairs.loc[("baseline", "effort"), "better"] == 0.5
    assert pairs.loc[("north", "baseline"), "better"] == 0.75
    assert pairs.loc[("north", "baseline"), "reversals"] == 0.25
    assert pairs.loc[("baseline", "north"), "reversals"] == 0.25
    shares = found.tables["rank_shares"].pivot(index="label", columns="rank", values="share")
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert shares.loc["north", 1] == 0.75


def test_less_may_be_better_and_failures_are_left_out(grid: Sweep) -> None:
    share = [[1, 2, 3], [np.nan, 1, 3], [1, 2, 4], [5, 2, 3]]
    found = rank(Made(grid, {"share": share}), ["share"])
    table: Any = found.tables["ranks"].set_index("label")
    assert table["n"].tolist() == [3, 3, 3]
    assert table.loc["north", "last"] == pytest.approx(2 / 3)
    assert found.said["samples left out"] == {"share": 1}


def test_figures_are_those_of_the_runs(grid: Sweep) -> None:
    figures = grid.figures(grid.outcomes)
    last = grid.data["Total output"].sel(time=2030).to_numpy().reshape(4, 3)
    np.testing.assert_allclose(figures["output"], last)
    np.testing.assert_allclose(figures["gain"], 100 * (last / last[:, :1] - 1), rtol=1e-6)


def test_one_policy_has_no_rank(study: Study, tmp_path: Path) -> None:
    spec = {"title": "T", "uncertainties": {"Effect": [0.01, 0.02]}, "variables": ["Total output"]}
    with pytest.raises(InputError, match="has one policy"):
        rank(study.sweep(spec, tmp_path / "store"))


# --- synergies ----------------------------------------------------------------------------------


def test_synergies_by_hand() -> None:
    # Levers a, b, c: 3 a + 2 b + c + 4 a b, in two samples of which the second is twice the first.
    a, b, c = np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij")
    one = 10 + 3 * a + 2 * b + c + 4 * a * b
    found = figures_of(["a", "b", "c"], np.stack([one, 2 * one]).astype(float))
    main = found["main_effects"].set_index("lever")
    # Medians of two samples are their means: 1.5 times the first.
    assert main["effect"].tolist() == pytest.approx([1.5 * 5, 1.5 * 4, 1.5])
    assert main["alone"].tolist() == pytest.approx([4.5, 3, 1.5])
    assert main["last"].tolist() == pytest.approx([1.5 * 7, 1.5 * 6, 1.5])
    pairs = found["synergies"].set_index(["lever", "other"])["synergy"]
    assert pairs.to_dict() == pytest.approx({("a", "b"): 6, ("a", "c"): 0, ("b", "c"): 0})
    whole = found["package"].set_index("scale")
    assert whole.loc["level", "package"] == pytest.approx(15)
    assert whole.loc["level", "sum"] == pytest.approx(9)
    assert whole.loc["level", "difference"] == pytest.approx(6)
    assert whole.loc["level", "more"] == 1
    orders = found["orders"].set_index("order")["share"]
    squares = np.array([(5 / 2) ** 2 + (4 / 2) ** 2 + 0.5**2, (4 / 4) ** 2, 0])
    assert orders.tolist() == pytest.approx((squares / squares.sum()).tolist())


def test_what_multiplies_is_no_synergy_in_logs() -> None:
    a, b = np.meshgrid([1, 2], [1, 3], indexing="ij")
    found = figures_of(["a", "b"], (a * b)[None].astype(float))["package"].set_index("scale")
    assert found.loc["log", "difference"] == pytest.approx(0, abs=1e-12)
    assert found.loc["level", "difference"] == pytest.approx(6 - 1 - (1 + 2))


def test_synergies_need_levers_that_were_combined(grid: Sweep) -> None:
    with pytest.raises(InputError, match="two levers or more with two settings each"):
        synergy(grid)


# --- conditions ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wide(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    spec = {
        "title": "T",
        "design": "sobol",
        "n": 1024,
        "uncertainties": {
            "Effect": {"low": 0, "high": 0.04},
            "Base growth[South]": {"low": 0, "high": 0.06},
            "Effort start": "range",
        },
        "scenarios": ["effort"],
        "outcomes": {"output": outcome("Total output"), "growth": outcome("Growth[South]")},
    }
    return study.sweep(spec, tmp_path_factory.mktemp("wide") / "store")


def test_a_box_is_found_where_it_was_put(wide: Sweep) -> None:
    samples = wide.samples()
    inside = (samples["Effect"] > 0.03) & (samples["Base growth[South]"] < 0.02)
    made = Made(wide, {"output": np.where(inside, -1.0, 1.0)[:, None]})
    found = discover(made, "output", below=0)
    boxes, quality = found.tables["boxes"], found.tables["boxes_quality"]
    first = boxes[boxes["box"] == 1].set_index("factor")
    assert set(first.index) == {"Effect", "Base growth[South]"}
    assert first.loc["Effect", "low"] == pytest.approx(0.03, abs=2e-4)
    assert first.loc["Effect", "high"] == first.loc["Effect", "whole_high"]
    assert first.loc["Base growth[South]", "high"] == pytest.approx(0.02, abs=2e-4)
    assert quality.loc[0, "density"] == 1
    assert quality.loc[0, "coverage"] == 1
    assert quality.loc[0, "samples"] == inside.sum()
    assert quality.loc[0, "density_low"] < 1
    assert found.tables["importance"].iloc[-1]["factor"] == "Effort start"
    above = discover(
        Made(wide, {"output": np.where(inside, 1.0, -1.0)[:, None]}), "output", above=0
    )
    pd.testing.assert_frame_equal(above.tables["boxes"], boxes)


def test_nothing_fails_is_one_line(wide: Sweep) -> None:
    with pytest.raises(InputError, match="0 of 1,024 samples fail; a bound that some meet"):
        discover(wide, "output", below=-1)
    with pytest.raises(InputError, match="one bound"):
        discover(wide, "output")
    with pytest.raises(InputError, match=r'no outcome "outptu"\. Did you mean "output"\?'):
        discover(wide, "outptu", below=0)
    with pytest.raises(InputError, match=r'no policy "efort"\. Did you mean "effort"\?'):
        discover(wide, "output", below=0, policy="efort")


def test_a_tornado_shows_what_moves_the_outcome(wide: Sweep) -> None:
    table: Any = tornado(wide, ["growth"]).tables["tornado"].set_index("factor")
    south: Any = table.loc["Base growth[South]"]
    # Growth of the South in 2030: its own, and half of the effect, whose mean is 0.02.
    assert south["at_low"] == pytest.approx(0.003 + 0.01 * (2030 - 2020) / 20, abs=2e-3)
    assert south["at_high"] - south["at_low"] == pytest.approx(0.054, abs=1e-3)
    assert south["at_low_low"] < south["at_low"] < south["at_low_high"]
    assert south["spearman"] > table.loc["Effort start", "spearman"]
    assert set(table["n"]) == {1024}


def test_an_analysis_says_which_design_it_needs(wide: Sweep) -> None:
    with pytest.raises(InputError, match='a Sobol analysis needs design = "saltelli"'):
        sobol(wide)
    with pytest.raises(InputError, match='a Morris analysis needs design = "morris"'):
        morris(wide)


# --- choice -------------------------------------------------------------------------------------


def test_a_robust_choice_finds_the_front(study: Study, model: nqpf.Model, tmp_path: Path) -> None:
    spec = {
        "title": "T",
        "design": "lhs",
        "n": 20,
        "uncertainties": {"Effect": {"low": 0.01, "high": 0.03}},
        "levers": {"E": [0, 1]},
        "outcomes": {
            "output": outcome("Total output"),
            "effort": outcome("Effort part[North]", less_is_better=True),
        },
        "objectives": {
            "output": {"outcome": "output"},
            "worst": {"outcome": "output", "aggregate": "worst decile"},
            "effort": {"outcome": "effort"},
        },
    }
    sweep = study.sweep(spec, tmp_path / "store")
    found = robust(sweep, study, model, population=8, generations=4, samples=8)
    table: Any = found.tables["pareto"]
    # More effort is more output and more effort: every setting is on the front.
    assert table["on_front"].all()
    assert table["E"].min() == 0
    assert table["E"].max() == 1
    ordered = table.sort_values("E")
    assert ordered["output"].is_monotonic_increasing
    assert (table["worst"] <= table["output"]).all()
    whole = model.ensemble(
        pd.DataFrame({"Effort": 1.0, "Effect": sweep.samples()["Effect"]}), ["Total output"]
    )
    last = whole["Total output"].sel(time=2030).to_numpy()
    assert table.loc[table["E"] == 1, "output"].item() == pytest.approx(np.median(last))
    assert table.loc[table["E"] == 1, "worst"].item() == pytest.approx(np.quantile(last, 0.1))
    again = robust(sweep, study, model, population=8, generations=4, samples=8)
    pd.testing.assert_frame_equal(again.tables["pareto"], table)


def test_a_choice_needs_aims(grid: Sweep, study: Study, model: nqpf.Model) -> None:
    with pytest.raises(InputError, match=r"needs two or more \[objectives\] and levers"):
        robust(grid, study, model)


# --- files --------------------------------------------------------------------------------------


def test_findings_are_written_with_their_record(grid: Sweep) -> None:
    files = write_findings(grid, rank(grid), ["nqpf", "analyse", "ranks"])
    assert [Path(file).name for file in files] == [
        "policies.csv",
        "rank_shares.csv",
        "ranks.csv",
        "ranks.json",
        "reversals.csv",
    ]
    folder = grid.folder / "analysis"
    table: Any = pd.read_csv(folder / "ranks.csv")
    assert table.columns[:4].tolist() == ["outcome", "policy", "label", "median"]
    record = json.loads((folder / "ranks.json").read_text("utf-8"))
    assert record["command"] == "nqpf analyse ranks"
    assert record["sweep"]["model"]["name"] == "two"


def test_columns_are_those_of_the_documentation(
    grid: Sweep, wide: Sweep, saltelli: Findings
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text("utf-8")
    tables = {**saltelli.tables, **rank(grid).tables, **tornado(wide).tables}
    middle = float(np.median(wide.figures(wide.outcomes)["output"]))
    tables |= discover(wide, "output", below=middle).tables
    cube = np.arange(1.0, 9.0).reshape(2, 2, 2)
    tables |= figures_of(["a", "b"], cube)
    for name, table in tables.items():
        (line,) = [each for each in text.splitlines() if each.startswith(f"| `{name}.csv`")]
        said = line.split("|")[2].partition("`")[2].partition("`")[0].split(", ")
        said = [each for each in said if each != "outcome" or "outcome" in table]
        own = table.columns.tolist()
        assert own[: len(said)] == said, name
