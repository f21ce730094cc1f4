"""The flagship model: hygiene of the file, accounting, first years, levers, scenarios."""

from __future__ import annotations

import re
import shutil
import tomllib
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import nqpf
from nqpf.study.folder import open_study
from nqpf.study.project import project

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "model" / "nqpf.mdl"

# "[source; year or years; status]" closes the documentation of every number.
MARK = re.compile(r"\[[^\[\]]+; \d{4}(-\d{4})?; (seen|derived|recalled|assumed)\]$")
CONTROL = ("INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER")

SIX_CONTRIBUTIONS = [
    "own RD contribution",
    "foreign diffusion contribution",
    "domestic diffusion contribution",
    "digital contribution",
    "upgrading contribution",
    "allocation contribution",
]

# Outputs that a policy reader looks at first; each lever alone must move one of them.
HEADLINES = [
    "National GDP",
    "National TFP index",
    "RD intensity",
    "Basic research share",
    "RD personnel",
    "Emerging share",
    "Digital share",
    "Self reliance",
    "Regional inequality",
    "Consumption per head",
]

# Levels between 0 and 1 by their definition.
SHARES = [
    "Market institutions",
    "IP protection",
    "Service quality",
    "Market barrier",
    "Steering",
    "Allocative efficiency",
    "RD intensity",
    "Basic research share",
    "Tertiary enrolment rate",
    "Talent ratio",
    "Research evaluation",
    "Relabelled share",
    "Industrialisation rate",
    "Self reliance",
    "Openness factor",
    "Infrastructure",
    "Emerging industry share",
    "Digital penetration",
    "Specialised firm density",
    "Investment rate",
    "Supply loss",
    "RD share",
    "GDP share",
]


@pytest.fixture(scope="module")
def model() -> nqpf.Model:
    return nqpf.load(MODEL)


@pytest.fixture(scope="module")
def steps(model: nqpf.Model) -> pd.DataFrame:
    """The baseline, saved at every time step."""
    return model.run(saveper=model.control.time_step)


@pytest.fixture(scope="module")
def scenarios(model: nqpf.Model) -> xr.Dataset:
    return project(model, list(open_study(ROOT).scenarios.values()))


def numbers(model: nqpf.Model) -> list[str]:
    return [
        name
        for name, variable in model.variables.items()
        if variable.kind in ("constant", "lookup") and name not in CONTROL
    ]


# --- the file -------------------------------------------------------------------------------------


def test_pysd_reads_the_file_without_warning(tmp_path: Path):
    pysd = pytest.importorskip("pysd")
    copy = shutil.copy(MODEL, tmp_path)  # PySD writes its translation beside the model
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pysd.read_vensim(str(copy), initialize=False)
    own = [str(each.message) for each in caught if issubclass(each.category, UserWarning)]
    assert own == []


def test_pysimlin_finds_no_issue_units_included():
    simlin = pytest.importorskip("simlin")
    assert not simlin.load(MODEL).check()


def test_pysimlin_notices_a_wrong_unit(tmp_path: Path):
    """The check above can fail: a flow that adds persons to money is reported."""
    simlin = pytest.importorskip("simlin")
    right = "National RD = SUM(RD expenditure[Region!])"
    text = MODEL.read_text(encoding="utf-8")
    assert text.count(right) == 1
    (tmp_path / "wrong.mdl").write_text(text.replace(right, f"{right} + Employment"), "utf-8")
    assert simlin.load(tmp_path / "wrong.mdl").check()


def test_every_equation_has_a_unit_and_a_line_of_documentation(model: nqpf.Model):
    for name, variable in model.variables.items():
        assert variable.unit.strip(), name
        assert len(variable.doc.split()) >= 3, name


def test_every_number_has_source_year_and_status(model: nqpf.Model):
    unmarked = [name for name in numbers(model) if not MARK.search(model.variables[name].doc)]
    assert unmarked == []


def test_every_constant_lies_inside_its_stated_range(model: nqpf.Model):
    for name, values in model.constants.items():
        if name in CONTROL:
            continue
        low, high = model.variables[name].limits
        assert low is not None, name
        assert high is not None, name
        assert ((low <= values) & (values <= high)).all(), name


def test_no_table_is_read_outside_its_points(model: nqpf.Model):
    """Beyond its points a table is read differently by different tools."""
    text = MODEL.read_text(encoding="utf-8")
    tables = {
        name: [float(x) for x in re.findall(r"\(([-\d.]+),[-\d.]+\)", points)]
        for name, points in re.findall(r"^([A-Z][\w ]+)\(\n(.*?)\n\t~", text, re.M | re.S)
    }
    lookups = [name for name, variable in model.variables.items() if variable.kind == "lookup"]
    assert sorted(tables) == sorted(lookups)
    for name, times in tables.items():
        assert times == sorted(set(times)), name
        lags = [int(n or 1) for n in re.findall(rf"{name}\(Time - (?:(\d)\*)?One year\)", text)]
        assert times[0] <= 2000 - max(lags, default=0), name
        read_on = f"{name}(Time" in text
        assert times[-1] == (2050 if read_on else 2022), name


# --- accounting -----------------------------------------------------------------------------------


def test_contributions_sum_to_tfp_growth(steps: pd.DataFrame, model: nqpf.Model):
    national = sum(steps[f"National {name}"] for name in SIX_CONTRIBUTIONS)
    np.testing.assert_allclose(national, steps["National TFP growth"], rtol=1e-12)
    for region in model.subscripts["Region"]:
        regional = sum(steps[f"{n[0].upper()}{n[1:]}[{region}]"] for n in SIX_CONTRIBUTIONS)
        np.testing.assert_allclose(regional, steps[f"TFP growth[{region}]"], rtol=1e-12)


def test_contributions_explain_the_growth_of_the_tfp_level(steps: pd.DataFrame, model: nqpf.Model):
    """Euler grows technology and allocation by (1 + g dt) each step, and TFP is their product."""
    step = model.control.time_step
    for region in model.subscripts["Region"]:
        parts = steps[[f"Technology growth[{region}]", f"Allocation contribution[{region}]"]]
        expected = np.log1p(parts.iloc[:-1].to_numpy() * step).sum(axis=1)
        found = np.diff(np.log(steps[f"TFP[{region}]"]))
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-14)
    index = np.diff(np.log(steps["National TFP index"]))
    expected = np.log1p(steps["National TFP growth"].iloc[:-1] * step)
    np.testing.assert_allclose(index, expected, rtol=1e-9)


def test_money_and_people_are_conserved(scenarios: xr.Dataset):
    data = scenarios
    total = data["Basic research"] + data["Applied RD"].sum("Region")
    xr.testing.assert_allclose(total, data["National RD"], rtol=1e-12)
    used = (
        data["Consumption"]
        + data["Investment"].sum("Region")
        + data["National RD"]
        + data["Policy spending share"] * data["National GDP"]
    )
    xr.testing.assert_allclose(used, data["National GDP"], rtol=1e-12)
    for share in ("RD share", "GDP share", "Student share"):
        np.testing.assert_allclose(data[share].sum("Region"), 1, rtol=1e-12)
    np.testing.assert_allclose(
        data["Talent inmigration"].sum("Region"),
        data["Talent outmigration"].sum("Region"),
        rtol=1e-12,
    )


def test_talent_changes_only_by_graduates_retirement_and_settling(
    steps: pd.DataFrame, model: nqpf.Model
):
    """Migration and return only move people: between regions, and between home and abroad."""

    def total(name: str) -> pd.Series:
        return steps[[f"{name}[{region}]" for region in model.subscripts["Region"]]].sum(axis=1)

    people = total("Talent") + steps["Talent abroad"]
    settled = float(model.constants["Settling rate"]) * steps["Talent abroad"]
    graduates = steps["Labour entry share"] * total("Graduates")
    flow = graduates - total("Talent retirement") - settled
    expected = flow.iloc[:-1] * model.control.time_step
    np.testing.assert_allclose(np.diff(people), expected, rtol=1e-9, atol=1e-11)


def test_policy_is_paid_for(model: nqpf.Model):
    """No free lunch: the same measure at a higher cost leaves less to consume and to invest."""
    cheap = model.run({"Lever[L11]": 1, "Lever cost[L11]": 0.0})
    dear = model.run({"Lever[L11]": 1, "Lever cost[L11]": 0.02})
    assert dear["Consumption"].iloc[-1] < cheap["Consumption"].iloc[-1]
    assert dear["Capital[East]"].iloc[-1] < cheap["Capital[East]"].iloc[-1]


# --- behaviour ------------------------------------------------------------------------------------


def test_stocks_start_on_their_growth_path(model: nqpf.Model):
    """No false transient: growth of the first year is not undone in the second or third.

    A stock off its path would jump and settle: its growth would change by several points a
    year or change sign. Policy-driven stocks that start from nothing have no path yet, nor
    have market institutions, whose reform begins on a date: accession to the WTO in 2001.
    """
    without = ("Specialised firms", "Commercialisation services", "Market institutions")
    start = model.run(final_time=2003)
    for name, variable in model.variables.items():
        if variable.kind != "stock" or name in without:
            continue
        columns = [c for c in start.columns if c == name or c.startswith(f"{name}[")]
        growth = np.diff(np.log(start[columns].to_numpy()), axis=0)
        assert np.abs(np.diff(growth, axis=0)).max() < 0.035, name
        assert np.abs(growth).max() < 0.22, name


def test_projection_takes_over_from_history_without_a_kink(model: nqpf.Model):
    """TFP growth, unlike GDP growth, is free of the epidemic: its path bends nowhere."""
    run = model.run(return_columns=["National TFP growth", "RD intensity", "Capital output ratio"])
    growth = run["National TFP growth"]
    assert np.abs(np.diff(growth.loc[2015:2030], n=2)).max() < 0.0012
    assert (np.diff(growth.loc[2005:]) < 0).all()  # catching up exhausts itself
    assert np.abs(np.diff(run["RD intensity"].loc[2015:2030], n=2)).max() < 0.0006
    assert run["Capital output ratio"].between(1.8, 4.5).all()


def test_graduates_fall_off_the_cliff_of_the_cohorts(model: nqpf.Model):
    run = model.run(return_columns=["Graduates"])
    graduates = run.sum(axis=1)
    assert 2034 <= graduates.index[graduates.argmax()] <= 2040
    assert graduates.loc[2047] < 0.65 * graduates.max()


def test_every_lever_alone_moves_a_headline_output(model: nqpf.Model):
    levers = tomllib.loads((ROOT / "model" / "levers.toml").read_text(encoding="utf-8"))
    assert len(levers) == len(model.subscripts["Measure"]) == 12
    rows = {"baseline": {}} | {k: {v["parameter"]: 1.0} for k, v in levers.items()}
    frame = pd.DataFrame.from_dict(rows, orient="index").reindex(rows).fillna(0.0)
    end = model.ensemble(frame, HEADLINES).sel(time=2050)
    change = np.abs(end / end.isel(run=0) - 1).to_array().max("variable")
    for name, largest in zip(rows, change.to_numpy(), strict=True):
        if name != "baseline":
            assert largest > 1e-4, name


def test_model_stays_sound_at_the_bounds_of_every_constant(model: nqpf.Model):
    """Everything finite, no stock negative, every share between 0 and 1."""
    rows = []
    for name, values in model.constants.items():
        low, high = model.variables[name].limits
        if name in CONTROL or low == high:
            continue
        elements = [name]
        if values.ndim:
            [dimension] = model.variables[name].dims
            elements = [f"{name}[{element}]" for element in model.subscripts[dimension]]
        rows += [dict.fromkeys(elements, bound) for bound in (low, high)]
    frame = pd.DataFrame(rows)
    for column in frame.columns:
        name, _, element = column.removesuffix("]").partition("[")
        default = model.constants[name]
        if element:
            [dimension] = model.variables[name].dims
            default = default[model.subscripts[dimension].index(element)]
        frame[column] = frame[column].fillna(float(default))
    stocks = [name for name, variable in model.variables.items() if variable.kind == "stock"]
    data = model.ensemble(frame, sorted({*stocks, *SHARES, *HEADLINES, "Consumption"}))
    for name, variable in data.data_vars.items():
        assert np.isfinite(variable).all(), name
        if name in stocks:
            assert variable.min() >= 0, name
        if name in SHARES:
            assert variable.min() >= 0, name
            assert variable.max() <= 1 + 1e-12, name


# --- scenarios ------------------------------------------------------------------------------------


def by_scenario(values: xr.DataArray) -> dict[str, float]:
    return dict(zip(values["scenario"].to_numpy().tolist(), values.to_numpy(), strict=True))


@pytest.fixture(scope="module")
def gdp(scenarios: xr.Dataset) -> dict[str, float]:
    """GDP of 2050 relative to the baseline, by scenario."""
    end = scenarios["National GDP"].sel(time=2050)
    return by_scenario(end / end.sel(scenario="baseline"))


def test_baseline_changes_nothing(model: nqpf.Model, scenarios: xr.Dataset):
    alone = model.run(return_columns=["National GDP"])["National GDP"]
    np.testing.assert_array_equal(scenarios["National GDP"].sel(scenario="baseline"), alone)


def test_scenarios_share_one_past(scenarios: xr.Dataset):
    past = scenarios["National GDP"].sel(time=slice(2000, 2023))
    np.testing.assert_array_equal(past, past.sel(scenario=["baseline"] * past.sizes["scenario"]))


def test_blockade_costs_output_and_raises_effort(scenarios: xr.Dataset, gdp: dict[str, float]):
    assert gdp["blockade"] < 1
    effort = by_scenario(scenarios["Self reliance effort"].sel(time=2035))
    assert effort["blockade"] > effort["baseline"]
    reliance = by_scenario(scenarios["Self reliance"].sel(time=2050))
    assert reliance["blockade"] > reliance["baseline"]


def test_over_steering_raises_research_and_lowers_productivity(scenarios: xr.Dataset):
    end = scenarios[["RD intensity", "National TFP index"]].sel(time=2040)
    steered, base = end.sel(scenario="over_steering"), end.sel(scenario="baseline")
    assert steered["RD intensity"] > base["RD intensity"]
    assert steered["National TFP index"] < base["National TFP index"]


def test_stresses_cost_output_and_the_package_resists_them(gdp: dict[str, float]):
    for stress in ("blockade", "over_steering", "brain_drain", "weak_quality"):
        assert gdp[stress] < 1, stress
    assert gdp["package_under_blockade"] > gdp["blockade"]
    assert gdp["package_with_over_steering"] < gdp["package"]


def test_delay_of_institutions_costs_output(gdp: dict[str, float]):
    assert 1 < gdp["institutions_late"] < gdp["institutions"]


def test_brain_drain_hits_research_staff_and_the_balance_of_regions(scenarios: xr.Dataset):
    drained, base = scenarios.sel(scenario="brain_drain"), scenarios.sel(scenario="baseline")
    staff = (drained["RD personnel"] / base["RD personnel"]).sel(time=2040)
    output = (drained["National GDP"] / base["National GDP"]).sel(time=2040)
    assert staff < output < 1


def test_talent_lifts_the_ceiling_of_the_science_push(scenarios: xr.Dataset):
    pressure = by_scenario(scenarios["Talent pressure"].sel(Region="East", time=2035))
    assert pressure["science_without_talent"] > pressure["baseline"]
    assert pressure["science_with_talent"] < pressure["baseline"]


def test_basic_research_is_worse_before_better(scenarios: xr.Dataset):
    ratio = scenarios["National GDP"] / scenarios["National GDP"].sel(scenario="baseline")
    for name in ("basic_extra_money", "basic_fixed_budget"):
        path = ratio.sel(scenario=name)
        assert path.sel(time=2032) < 1 < path.sel(time=2050)
    money = by_scenario(scenarios["Basic research"].sel(time=2035))
    assert money["basic_fixed_budget"] == pytest.approx(money["basic_extra_money"], rel=0.01)
    total = by_scenario(scenarios["RD intensity"].sel(time=2035))
    assert total["basic_fixed_budget"] == pytest.approx(total["baseline"], rel=1e-3)
    assert total["basic_extra_money"] > 1.03 * total["baseline"]
