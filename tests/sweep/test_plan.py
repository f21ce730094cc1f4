"""Specifications and plans: what is run, and what is wrong with a specification."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nqpf
from nqpf.errors import InputError
from nqpf.study.draws import project_draws
from nqpf.study.fitted import read_fitted
from nqpf.study.folder import Study
from nqpf.sweep import make_spec, open_sweep, plan_sweep, policies
from nqpf.sweep.plan import Plan
from small_sweeps import SPEC, outcome

BASE = {"title": "T", "variables": ["Total output"]}


def plan_of(study: Study, model: nqpf.Model, **more: Any) -> Plan:
    return plan_sweep(study, {**BASE, **more}, model)[0]


def rows(plan: Plan) -> Any:
    return plan.frame(0, plan.runs)[0]


def test_a_grid_combines_policies_and_values(study: Study, model: nqpf.Model) -> None:
    plan = plan_of(
        study,
        model,
        scenarios=["baseline", "north"],
        levers={"E": {"values": [0, 1], "start": 2022}},
        uncertainties={"Base growth[South]": [0.01, 0.02, 0.03]},
    )
    assert (plan.samples, plan.policies.count, plan.runs) == (3, 4, 12)
    assert plan.policies.labels() == ["baseline", "baseline+E", "north", "north+E"]
    frame = rows(plan)
    assert frame["Base growth[South]"].tolist() == [0.01] * 4 + [0.02] * 4 + [0.03] * 4
    assert frame["Effort[North]"].tolist() == [0, 1, 0, 1] * 3  # the lever over the scenario
    assert frame["Effect"].tolist() == [0.02, 0.02, 0.03, 0.03] * 3
    assert set(frame["Effort start"]) == {2022}


def test_samples_follow_their_distributions(study: Study, model: nqpf.Model) -> None:
    plan = plan_of(
        study,
        model,
        design="sobol",
        n=2048,
        uncertainties={
            "Effort start": "range",
            "Base growth[North]": {"low": 0.02, "high": 0.06},
            "Base growth[South]": {
                "prior": {"distribution": "norm", "loc": 0.1, "scale": 0.01},
            },
            "Effect": "fitted",
        },
        levers={"E": {"low": 0.2, "high": 0.4}},
    )
    frame = rows(plan)
    assert frame["Effort start"].between(2020, 2040).all()
    assert frame["Effort start"].mean() == pytest.approx(2030, abs=0.01)
    assert frame["Base growth[North]"].quantile(0.25) == pytest.approx(0.03, abs=1e-4)
    assert frame["Base growth[South]"].std() == pytest.approx(0.01, rel=0.01)
    assert frame["Effort[South]"].min() >= 0.2
    assert frame["Effort[South]"].equals(frame["Effort[North]"])
    fitted = read_fitted(study, model)
    assert fitted is not None
    assert set(frame["Effect"]) == set(fitted["Effect"])


def test_draws_keep_their_correlations_and_policies_win(study: Study, model: nqpf.Model) -> None:
    plan = plan_of(
        study,
        model,
        design="lhs",
        n=50,
        calibration="draws",
        scenarios=["baseline", "north"],
        uncertainties={"Effort start": [2024, 2026]},
    )
    frame, samples = plan.frame(0, plan.runs)
    fitted = read_fitted(study, model)
    assert fitted is not None
    drawn = samples["fitted draw"].astype(int)
    pairs = fitted.iloc[drawn]
    np.testing.assert_array_equal(samples[["Effect", "Base growth[North]"]], pairs)
    baseline = frame.iloc[::2]
    np.testing.assert_array_equal(baseline["Effect"], pairs["Effect"].iloc[::2])
    assert (frame["Effect"].iloc[1::2] == 0.03).all()  # what the scenario sets
    assert set(frame["Effort start"]) == {2024, 2026}


def test_a_posterior_sweep_is_the_projection_under_draws(
    study: Study, model: nqpf.Model, tmp_path: Path
) -> None:
    names = ["baseline", "effort"]
    found = study.sweep(
        {**BASE, "design": "posterior", "n": 20, "calibration": "draws", "scenarios": names},
        tmp_path / "out",
    )
    fitted = read_fitted(study, model)
    assert fitted is not None
    expected = project_draws(model, study.choose(names), fitted, ["Total output"], 20)
    data = found.data.load().set_index(run=["sample", "policy"]).unstack("run")
    mine = data["Total output"].transpose("sample", "policy", "time")
    np.testing.assert_array_equal(mine, expected["Total output"])


def test_a_table_is_run_row_by_row(study: Study, model: nqpf.Model, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("E,Effect\n0.5,0.01\n1,0.02\n")
    plan = plan_of(study, model, design="table", table=str(path))
    frame = rows(plan)
    assert frame["Effort[North]"].tolist() == [0.5, 1]
    assert frame["Effect"].tolist() == [0.01, 0.02]
    path.write_text("E,Effect\n0.5,x\n")
    with pytest.raises(InputError, match="some cells are not numbers"):
        plan_of(study, model, design="table", table=str(path))


def test_a_policy_of_the_sweeps_own(study: Study, model: nqpf.Model) -> None:
    own = {"title": "Mine", "include": ["north"], "levers": {"E": 0.5}, "parameters": {}}
    plan = plan_of(study, model, scenarios=["baseline"], policies={"mine": own})
    frame = rows(plan)
    assert frame["Effect"].tolist() == [0.02, 0.03]
    assert frame["Effort[South]"].tolist() == [0, 0.5]


def test_a_plan_says_the_same_of_any_part(study: Study, model: nqpf.Model) -> None:
    plan = plan_sweep(study, SPEC, model)[0]
    whole, beside = plan.frame(0, plan.runs)
    part, its = plan.frame(33, 77)
    pd.testing.assert_frame_equal(part, whole.iloc[33:77].reset_index(drop=True))
    pd.testing.assert_frame_equal(its, beside.iloc[33:77].reset_index(drop=True))


def test_a_specification_survives_its_record(finished: Path) -> None:
    found = open_sweep(finished)
    assert found.spec == make_spec(SPEC)
    prior = {"Effect": {"prior": {"distribution": "norm", "loc": 0.02, "scale": 0.01}}}
    spec = make_spec({**SPEC, "uncertainties": prior})
    assert make_spec(spec.model_dump(exclude_none=True)) == spec


SMALL = {"Effect": {"low": 0.0, "high": 0.1}}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "n of none": ({"design": "lhs", "n": 0}, "n = 0: should be at least 1"),
    "n of 10^12": ({"design": "lhs", "n": 10**12}, "at most 4,294,967,296"),
    "no n": ({"design": "lhs"}, 'design "lhs" needs n'),
    "n of a grid": ({"n": 5}, 'design "grid" takes no n'),
    "design": ({"design": "sobl", "n": 5}, "design = 'sobl': should be"),
    "lever": ({"levers": {"e1": [0, 1]}}, 'unknown lever "e1". Did you mean "E"?'),
    "strength": ({"levers": {"E": [0, 2]}}, "less than or equal to 1"),
    "lever's ramp": (
        {"levers": {"E": {"values": [1], "ramp": 3}}},
        'lever "E" has no ramp to set',
    ),
    "outcome": ({"variables": ["Totl output"]}, 'Did you mean "Total output"?'),
    "constant as outcome": ({"variables": ["Effect"]}, '"Effect" is a constant, not computed'),
    "element": (
        {"outcomes": {"x": outcome("Output[Noth]")}},
        'Did you mean "North"?',
    ),
    "no element": ({"outcomes": {"x": outcome("Output")}}, "has subscripts; name one"),
    "year of an outcome": (
        {"outcomes": {"x": outcome("Total output", 2031)}},
        'outcome "x" needs 2031',
    ),
    "years": ({"years": [2020.3]}, "the model saves nothing in 2020.3"),
    "constant": ({"constants": {"Efect": 1}}, 'no parameter "Efect". Did you mean "Effect"?'),
    "computed": ({"uncertainties": {"Growth": [1, 2]}}, '"Growth" is computed by the model'),
    "outside": (
        {"design": "lhs", "n": 5, "uncertainties": {"Effort start": {"low": 2000, "high": 2030}}},
        '"Effort start" = 2000 is outside [2020.0, 2040.0]',
    ),
    "no range": (
        {"design": "lhs", "n": 5, "uncertainties": {"Effect": "range"}},
        '"Effect" has no range in the model file; give low and high',
    ),
    "low above high": (
        {"design": "lhs", "n": 5, "uncertainties": {"Effect": {"low": 1, "high": 0}}},
        "low 1 must lie below high 0",
    ),
    "distribution": (
        {
            "design": "lhs",
            "n": 5,
            "uncertainties": {"Effect": {**SMALL["Effect"], "prior": {"distribution": "nrm"}}},
        },
        'scipy.stats has no distribution "nrm". Did you mean "norm"?',
    ),
    "its parameters": (
        {
            "design": "lhs",
            "n": 5,
            "uncertainties": {
                "Effect": {**SMALL["Effect"], "prior": {"distribution": "norm", "sigma": 1}}
            },
        },
        "prior norm: ",
    ),
    "its weight": (
        {
            "design": "lhs",
            "n": 5,
            "uncertainties": {
                "Effect": {**SMALL["Effect"], "prior": {"distribution": "norm", "loc": 9.0}}
            },
        },
        "of its weight within [0, 0.1]",
    ),
    "two ways": (
        {"uncertainties": {"Effect": {"values": [1], "low": 0}}},
        "give values = [...], or low and high",
    ),
    "range in a grid": ({"uncertainties": SMALL}, 'design "grid" combines listed values'),
    "nothing to sample": ({"design": "lhs", "n": 5}, "has nothing to sample"),
    "without prior": (
        {"design": "lhs", "n": 5, "uncertainties": {"Effect": "prior"}},
        "calibration/parameters.toml: no such file",
    ),
    "scenario": ({"scenarios": ["efort"]}, 'Unknown scenario "efort". Did you mean "effort"?'),
    "reference": (
        {"scenarios": ["effort"], "reference": "baseline"},
        'reference = "baseline" is none of the scenarios swept. Known: effort.',
    ),
    "twice": (
        {
            "design": "lhs",
            "n": 5,
            "uncertainties": {"Effort[North]": [0, 1]},
            "levers": {"E": {"low": 0}},
        },
        '"Effort[North]" and "E" both set "Effort[North]"',
    ),
    "no effect": (
        {"scenarios": ["late"], "uncertainties": {"Effort start": [2024, 2026]}},
        'every policy sets "Effort start", so that it would have no effect',
    ),
    "posterior of what": (
        {"design": "posterior", "n": 5},
        'design "posterior" is of draws: calibration = "draws"',
    ),
    "nothing kept": ({"variables": []}, "nothing would be kept"),
    "no table": ({"design": "table", "table": "gone.csv"}, "gone.csv: no such file"),
    "objective": (
        {"objectives": {"a": {"outcome": "x"}}},
        'objective "a": there is no outcome "x"',
    ),
    "key": ({"scenario": ["effort"]}, 'unknown key "scenario". Did you mean "scenarios"?'),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_specification_is_one_line(case: str, study: Study, model: nqpf.Model) -> None:
    more, said = WRONG[case]
    with pytest.raises(InputError) as caught:
        plan_of(study, model, **more)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_many_policies_are_one_line(
    study: Study, model: nqpf.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "MAX_POLICIES", 5)
    with pytest.raises(InputError, match="make 6 policies; at most 5 are run"):
        plan_of(study, model, levers={"E": [0, 0.2, 0.4, 0.6, 0.8, 1]})
