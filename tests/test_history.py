"""History: fit statistics on numbers worked by hand, and the comparison of a run with data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import nqpf
from nqpf.errors import InputError
from nqpf.study.history import COLUMNS, goodness_of_fit, reproduce
from nqpf.study.statistics import Statistics, Value, read_statistics
from nqpf.study.targets import Target, read_targets

ROOT = Path(__file__).parents[1]


# --- Summary statistics ----------------------------------------------------------------------


def test_fit_of_numbers_worked_by_hand() -> None:
    # Errors 1, 0, 1; means 2 and 8/3; variances 2/3 and 8/9; covariance 2/3; MSE 2/3.
    fit = goodness_of_fit(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 4.0]))

    assert fit["MAE"] == pytest.approx(2 / 3)
    assert fit["MAPE"] == pytest.approx(100 * (1 + 1 / 3) / 3)
    assert fit["RMSE"] == pytest.approx(np.sqrt(2 / 3))
    assert fit["R2"] == pytest.approx(0.75)
    assert fit["UM"] == pytest.approx(2 / 3)
    assert fit["US"] == pytest.approx(1.5 * (np.sqrt(8 / 9) - np.sqrt(2 / 3)) ** 2)
    assert fit["UC"] == pytest.approx(3 * (np.sqrt(8 / 9 * 2 / 3) - 2 / 3))


OBSERVED = np.array([1.0, 3.0, 2.0, 6.0])


@pytest.mark.parametrize(
    ("simulated", "whole"),
    [
        (OBSERVED + 2, "UM"),  # same movement, another level
        (3 + 1.5 * (OBSERVED - 3), "US"),  # same mean, larger movement
        (OBSERVED[[1, 0, 3, 2]], "UC"),  # same mean and variance, another order
    ],
)
def test_each_share_of_the_error_alone(simulated: np.ndarray, whole: str) -> None:
    fit = goodness_of_fit(OBSERVED, simulated)

    shares = {name: fit[name] for name in ("UM", "US", "UC")}
    assert shares.pop(whole) == pytest.approx(1)
    assert list(shares.values()) == pytest.approx([0, 0], abs=1e-12)


finite = st.floats(-1e3, 1e3).map(lambda x: round(x, 3))


@given(st.lists(st.tuples(finite, finite), min_size=2, max_size=20))
def test_shares_of_the_error_sum_to_one(pairs: list[tuple[float, float]]) -> None:
    observed, simulated = np.array(pairs).T
    fit = goodness_of_fit(observed, simulated)

    if fit["RMSE"] > 1e-8 * np.max(np.abs(observed)):
        assert fit["UM"] + fit["US"] + fit["UC"] == pytest.approx(1, abs=1e-6)
        assert min(fit["UM"], fit["US"], fit["UC"]) > -1e-6


def test_what_is_not_defined_is_not_a_number() -> None:
    perfect = goodness_of_fit(OBSERVED, OBSERVED)
    assert perfect["RMSE"] == 0
    assert np.isnan([perfect["UM"], perfect["US"], perfect["UC"]]).all()
    rounded = goodness_of_fit(OBSERVED, OBSERVED * (1 + 1e-15))
    assert np.isnan([rounded["UM"], rounded["US"], rounded["UC"]]).all()
    single = goodness_of_fit(np.array([2.0]), np.array([3.0]))
    assert single["MAPE"] == pytest.approx(50)
    assert np.isnan([single["R2"], single["UM"], single["US"], single["UC"]]).all()
    assert np.isnan(goodness_of_fit(np.array([0.0, 1]), np.array([1.0, 1]))["MAPE"])


# --- Comparison of a run ---------------------------------------------------------------------


def statistics_of(**series: dict[int, float]) -> Statistics:
    """Make statistics in %; `name__East` gives the region East of the series `name`."""
    values = []
    for name, points in series.items():
        name, _, region = name.partition("__")
        values += [
            Value(name, region, year, number, "%", "Book", "p. 1", "2023", "seen", "")
            for year, number in points.items()
        ]
    return Statistics(tuple(values))


def run_of(years: list[float]) -> xr.Dataset:
    """Make a run: Rate = 0.10, 0.11, ... and Share[Region] constant."""
    time = np.array(years)
    rate = 0.10 + 0.01 * (time - 2000)
    share = np.tile([0.7, 0.3], (len(time), 1))
    return xr.Dataset(
        {
            "Rate": ("time", rate, {"units": "1"}),
            "Share": (("time", "Region"), share, {"units": "1"}),
        },
        coords={"time": time, "Region": ["East", "West"]},
    )


def target_of(**changes: Any) -> dict[str, Target]:
    keys: dict[str, Any] = {
        "title": {"en": "Rate", "zh": "比率"},
        "series": "rate",
        "variable": "Rate",
        "unit": "%",
        "model_unit": "1",
        "factor": 0.01,
        "window": [2000, 2002],
        "measure": "MAPE",
        "bar": 10.0,
        "reason": "Because.",
    }
    return {"t": Target.model_validate(keys | changes)}


RUN = run_of([2000.0, 2000.5, 2001.0, 2001.5, 2002.0])


def test_a_level_is_compared_in_the_unit_of_the_statistic() -> None:
    table = reproduce(RUN, statistics_of(rate={1999: 1, 2000: 10, 2002: 15}), target_of())

    assert tuple(table.columns) == COLUMNS
    row = table.iloc[0]
    assert (row["target"], row["title"], row["unit"], row["element"]) == ("t", "Rate", "%", "")
    assert (row["n"], row["window"], row["year"]) == (2, "2000-2002", 2002)
    assert row["observed"] == pytest.approx(15)
    assert row["simulated"] == pytest.approx(12)
    assert row["figure"] == pytest.approx(100 * (3 / 15) / 2)
    assert row["ok"]


def test_a_figure_above_its_bar_fails_and_none_is_only_reported() -> None:
    statistics = statistics_of(rate={2000: 10, 2002: 15})

    assert reproduce(RUN, statistics, target_of(bar=9.9)).iloc[0]["ok"] is False
    assert reproduce(RUN, statistics, target_of(bar=None)).iloc[0]["ok"] is None
    assert reproduce(RUN, statistics, target_of(), lang="zh").iloc[0]["title"] == "比率"


def test_the_value_of_one_year() -> None:
    statistics = statistics_of(rate={2000: 99, 2001: 10, 2002: 99})
    row = reproduce(RUN, statistics, target_of(measure="value:2001")).iloc[0]

    assert (row["n"], row["window"], row["year"]) == (1, "2001", 2001)
    assert row["figure"] == pytest.approx(10)  # 11 % against 10 %
    assert row["ok"]


def test_the_worst_window_counts_and_errors_within_one_cancel() -> None:
    # Errors +2, -2, -3: windows of two years from the first one, the last of one year.
    statistics = statistics_of(rate={2000: 8, 2001: 13, 2002: 15})

    def figure(years: int) -> float:
        return reproduce(RUN, statistics, target_of(measure=f"window:{years}")).iloc[0]["figure"]

    assert figure(2) == pytest.approx(3)
    assert figure(3) == pytest.approx(1)
    assert figure(1) == pytest.approx(3)


def test_growth_over_years_and_index() -> None:
    statistics = statistics_of(rate={1999: 8, 2000: 10, 2001: 10, 2002: 12.1})
    row = reproduce(RUN, statistics, target_of(transform="growth:2", measure="MAE")).iloc[0]
    assert (row["n"], row["unit"]) == (1, "% per year")  # the run begins in 2000
    assert row["observed"] == pytest.approx(10)
    assert row["simulated"] == pytest.approx(100 * (np.sqrt(1.2) - 1))

    row = reproduce(RUN, statistics, target_of(transform="index:2000")).iloc[0]
    assert (row["n"], row["unit"]) == (3, "index")
    assert row["observed"] == pytest.approx(121)
    assert row["simulated"] == pytest.approx(120)


def test_a_range_in_brackets_stands_for_each_element() -> None:
    statistics = statistics_of(share__East={2000: 60, 2001: 70}, share__West={2000: 40, 2001: 30})
    target = target_of(series="share", variable="Share[Region]", measure="MAE", bar=4.0)
    table = reproduce(RUN, statistics, target)

    assert list(table["element"]) == ["East", "West"]
    assert list(table["figure"]) == pytest.approx([5, 5])
    assert list(table["ok"]) == [False, False]

    one = reproduce(RUN, statistics, target_of(series="share", variable="Share[West]"))
    assert list(one["element"]) == ["West"]
    assert one.iloc[0]["simulated"] == pytest.approx(30)


def test_an_exclamation_mark_sums_over_the_range() -> None:
    target = target_of(variable="Share[Region!]", measure="MAE")
    row = reproduce(RUN, statistics_of(rate={2000: 90, 2001: 90}), target).iloc[0]

    assert row["element"] == ""
    assert row["simulated"] == pytest.approx(100)
    assert row["figure"] == pytest.approx(10)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"variable": "Rato"}, 'the model has no variable "Rato". Did you mean "Rate"?'),
        ({"series": "rat"}, 'no statistic is called "rat". Did you mean "rate"?'),
        ({"unit": "points"}, 'series "rate" is in "%", not "points"'),
        ({"model_unit": "%"}, '"Rate" is in "1", not "%"'),
        ({"window": [2003, 2010]}, "no year from 2003 to 2010"),
        ({"transform": "index:1990"}, "no value in 1990"),
        ({"variable": "Share"}, "needs a subscript: Region or one of East, West"),
        ({"variable": "Share[Easst]"}, 'Did you mean "East"?'),
        ({"variable": "Share[East]"}, 'series "rate" has no region "East"'),
        ({"variable": "Rate[East]"}, '"Rate" has no subscript'),
    ],
)
def test_a_wrong_target_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        reproduce(RUN, statistics_of(rate={2000: 10}), target_of(**changes))
    message = str(caught.value)
    assert message.startswith('target "t": ')
    assert said in message


# --- Target files ----------------------------------------------------------------------------

GOOD = """
[rate]
title = { en = "Rate", zh = "比率" }
series = "rate"
variable = "Rate"
unit = "%"
model_unit = "1"
factor = 0.01
window = [2000, 2022]
measure = "MAPE"
reason = "Because."
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("reason =", "reasons =", '"reason'),
        ('"MAPE"', '"RMSE"', "rate.measure"),
        ('"MAPE"', '"value:1990"', "value:1990 lies outside the window [2000, 2022]"),
        ("[2000, 2022]", "[2022, 2000]", "ends before it begins"),
        ("[2000, 2022]", "[2000]", "rate.window"),
        ("0.01", "0", "rate.factor"),
        ("0.01", "nan", "rate.factor"),
        ('"Rate"\nunit', '"Rate[East,L1]"\nunit', "one subscript at most"),
        ('"MAPE"', '"MAPE"\ntransform = "log"', "rate.transform"),
        ('"MAPE"', '"MAPE"\nbar = "5"', "rate.bar"),
        ("[rate]", "[rate", "not valid TOML"),
    ],
)
def test_a_faulty_target_file_is_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "targets.toml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(InputError) as caught:
        read_targets(file)
    message = str(caught.value)
    assert "targets.toml" in message
    assert said in message
    assert "\n" not in message


def test_a_good_target_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "targets.toml"
    file.write_text(GOOD, encoding="utf-8")

    assert read_targets(file)["rate"].years == (2000, 2022)


# --- The flagship ------------------------------------------------------------------------------


def test_flagship_targets_meet_series_of_their_unit() -> None:
    statistics = read_statistics(ROOT / "calibration" / "statistics")

    for name, target in read_targets(ROOT / "calibration" / "targets.toml").items():
        regions = statistics.regions(target.series)
        subscript = target.subscript if target.subscript != "Region!" else None
        assert bool(regions) == bool(subscript), name
        assert subscript in {None, "Region", *regions}, name
        observed = statistics.series(target.series, regions[0] if regions else None)
        assert observed.attrs["unit"] == target.unit, name
        first, last = target.years
        assert 2000 <= first <= last <= 2022, name


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    targets = read_targets(ROOT / "calibration" / "targets.toml")
    model = nqpf.load(ROOT / "model" / "nqpf.mdl")
    outputs = sorted({target.name for target in targets.values()})
    baseline = model.ensemble(pd.DataFrame(index=[0]), outputs=outputs).isel(run=0)
    return reproduce(baseline, read_statistics(ROOT / "calibration" / "statistics"), targets)


SHOWN = ("target", "element", "figure", "bar", "ok")


def test_the_flagships_history_meets_every_bar(history: pd.DataFrame) -> None:
    failed = [row for row in zip(*(history[c] for c in SHOWN), strict=True) if row[-1] is False]
    assert not failed

    held = {
        target: bar
        for target, bar, ok in zip(history["target"], history["bar"], history["ok"], strict=True)
        if ok
    }
    assert held == {
        "gdp": 3,
        "gdp_growth_windows": 0.3,
        "employment": 0.2,
        "rd_intensity": 5,
        "rd_real": 8,
        "rd_personnel": 8,
        "rd_region": 1.5,
        "gdp_region": 1.5,
        "high_technology": 10,
        "paper_rd_intensity": 10,
        "paper_basic_share": 10,
        "paper_rd_east": 10,
        "paper_rd_west": 10,
        "paper_emerging": 10,
        "paper_enrolment": 10,
    }


def test_the_paper_is_compared_with_the_figures_it_quotes(history: pd.DataFrame) -> None:
    quoted = {
        "paper_rd_intensity": 2.54,
        "paper_basic_share": 6.57,
        "paper_rd_east": 65.74,
        "paper_rd_west": 12.87,
        "paper_emerging": 13,
        "paper_enrolment": 59.6,
    }
    observed = dict(zip(history["target"], history["observed"], strict=True))
    for name, figure in quoted.items():
        assert observed[name] == pytest.approx(figure, abs=0.005)
