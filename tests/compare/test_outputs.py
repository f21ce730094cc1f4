"""Two sets of runs: what moved, by how much, when first."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from nqpf.compare.outputs import compare_runs
from nqpf.errors import InputError

TIMES = np.arange(2000.0, 2006.0)


def runs(
    scenarios: tuple[str, ...] = ("base",), times: np.ndarray = TIMES, **values: object
) -> xr.Dataset:
    """Return outputs over scenario and time; one row of values serves for every scenario."""
    shape = len(scenarios), len(times)
    return xr.Dataset(
        {
            name.replace("_", " "): (
                ("scenario", "time"),
                np.broadcast_to(np.array(value, dtype=float), shape).copy(),
                {"units": "CNY"},
            )
            for name, value in values.items()
        },
        coords={"scenario": list(scenarios), "time": times},
    )


def test_a_movement_says_how_much_where_and_since_when():
    old = runs(GDP=[10, 20, 30, 40, 50, 40])
    new = runs(GDP=[10, 20, 30, 40.5, 45, 42])
    (each,) = compare_runs(old, new, 1e-9).movements
    assert (each.scenario, each.output, each.unit) == ("base", "GDP", "CNY")
    assert (each.largest, each.largest_at) == (-5, 2004)
    assert each.relative == pytest.approx(5 / 50)
    assert (each.old, each.new, each.at_end) == (40, 42, 2)
    assert each.first == 2003


def test_the_tolerance_goes_by_the_greatest_value_of_the_course():
    old = runs(GDP=[0, 1, 2, 3, 4, 100])
    new = runs(GDP=[0.05, 1, 2, 3, 4, 100])
    assert compare_runs(old, new, 1e-3).movements == ()
    assert len(compare_runs(old, new, 1e-4).movements) == 1
    assert compare_runs(old, old, 0).movements == ()


def test_the_largest_relative_difference_comes_first():
    old = runs(small=[1, 1, 1, 1, 1, 1], large=[1e6] * 6, still=[3] * 6)
    new = runs(small=[1, 1, 1, 1, 1, 1.5], large=[1e6] * 5 + [1e6 + 100], still=[3] * 6)
    found = compare_runs(old, new, 1e-9)
    assert [each.output for each in found.movements] == ["small", "large"]
    assert found.coverage.outputs == 3


def test_what_is_no_number_on_one_side_differs_without_bound():
    nan = float("nan")
    old = runs(a=[1, 2, nan, nan, nan, nan], b=[1, 1, 1, 1, 1, float("inf")])
    new = runs(a=[1, 2, nan, 4, nan, nan], b=[1, 1, 1, 1, 1, float("inf")])
    (each,) = compare_runs(old, new, 1e-9).movements
    assert (each.output, each.first, each.relative) == ("a", 2003, float("inf"))


def test_only_common_times_scenarios_and_outputs_are_compared():
    old = runs(("base", "gone"), GDP=[1, 2, 3, 4, 5, 6], lost=[1] * 6)
    new = runs(("fresh", "base"), np.arange(2002.0, 2009.0, 0.5), GDP=[9] * 14, found=[1] * 14)
    outcome = compare_runs(old, new, 1e-9)
    coverage = outcome.coverage
    assert coverage.times == (2002, 2005, 4)
    assert coverage.old_times == (2000, 2005, 6)
    assert coverage.new_times == (2002, 2008.5, 14)
    assert (coverage.only_old, coverage.only_new) == (("lost",), ("found",))
    assert coverage.scenarios == ("base",)
    assert (coverage.scenarios_only_old, coverage.scenarios_only_new) == (("gone",), ("fresh",))
    (each,) = outcome.movements
    assert (each.old, each.new, each.first) == (6, 9, 2002)


def test_scenarios_are_matched_by_name_and_told_apart():
    old = runs(("a", "b"), GDP=[[1] * 6, [2] * 6])
    new = runs(("b", "a"), GDP=[[2] * 6, [1] * 5 + [3]])
    (each,) = compare_runs(old, new, 1e-9).movements
    assert (each.scenario, each.old, each.new) == ("a", 1, 3)


def test_elements_of_arrays_are_outputs_of_their_own():
    def regions(north: float) -> xr.Dataset:
        values = np.ones((1, 6, 2))
        values[:, -1, 0] = north
        return xr.Dataset(
            {"GDP": (("scenario", "time", "Region"), values)},
            coords={"scenario": ["base"], "time": TIMES, "Region": ["North", "South"]},
        )

    (each,) = compare_runs(regions(1), regions(2), 1e-9).movements
    assert each.output == "GDP[North]"


def test_renamed_outputs_are_one_output():
    old, new = runs(Income=[1, 1, 1, 1, 1, 2]), runs(GDP=[1, 1, 1, 1, 1, 3])
    (each,) = compare_runs(old, new, 1e-9, {"Income": "GDP"}).movements
    assert (each.output, each.formerly) == ("GDP", "Income")
    same = compare_runs(runs(gdp=[1] * 6), runs(GDP=[1] * 6), 1e-9)
    assert same.movements == ()
    assert same.coverage.only_old == ()


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (runs(other=[1] * 6), "no variable in common"),
        (runs(("else",), GDP=[1] * 6), "no scenario is in both: base on one side, else on the"),
        (runs(times=TIMES + 0.5, GDP=[1] * 6), "no saved time is in both: 6 times from 2000 to"),
    ],
)
def test_nothing_in_common_is_refused(new: xr.Dataset, said: str):
    with pytest.raises(InputError, match=said):
        compare_runs(runs(GDP=[1] * 6), new, 1e-9)
