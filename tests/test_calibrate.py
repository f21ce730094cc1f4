"""Calibration: known parameters are found again, resumed runs agree, wrong files are one line."""

from __future__ import annotations

from pathlib import Path

import emcee
import numpy as np
import pandas as pd
import pytest
from emcee.state import State
from scipy.optimize import minimize_scalar

import nqpf
from nqpf.calibrate.fit import best_fit, jacobian
from nqpf.calibrate.goodness import rivals, window_table
from nqpf.calibrate.posterior import Posterior, Values, difference
from nqpf.calibrate.profiles import intervals, profiles
from nqpf.calibrate.sample import one_anew, sample
from nqpf.calibrate.tables import parameter_table, words
from nqpf.calibrate.texts import said
from nqpf.errors import InputError
from nqpf.study.observations import Observation
from nqpf.study.parameters import (
    Constraint,
    from_scores,
    read_parameters,
    to_scores,
)
from nqpf.study.targets import Target

# A stock that is filled at a rate and drains: filling and drain are told apart by its course.
MODEL = """
level = INTEG(inflow - level/drain, 10) ~ m ~|
inflow = 4 ~ m/Year [0, 20] ~|
drain = 5 ~ Year [1, 20] ~|
idle = 0.5 ~ Dmnl [0, 1] ~|
wide = 3 ~~|
twice[r] = level * factor[r] ~ m ~|
factor[r] = 1, 2 ~ Dmnl [0, 9] ~|
r: p, q ~~|
"""
FILE = """
[parameters.inflow]
kind = "calibrated"
unit = "m/Year"
source = "test"
[parameters.drain]
kind = "tight"
prior = { distribution = "norm", loc = 6.0, scale = 2.0 }
unit = "Year"
source = "test"
[parameters.idle]
kind = "assumed"
unit = "Dmnl"
source = "test"
"""


@pytest.fixture
def model(write):
    return nqpf.load(write(MODEL, final=20, step=0.25, saveper="1"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "parameters.toml"
    path.write_text(FILE, "utf-8")
    return path


def target(**error) -> Target:
    return Target.model_validate(
        {
            "title": "Level", "series": "level", "variable": "level", "unit": "m",
            "model_unit": "m", "factor": 1.0, "window": [0, 20], "measure": "MAPE",
            "reason": "test", "error": {"size": 0.05, "reason": "test"} | error,
        }
    )  # fmt: skip


def observed(model: nqpf.Model, truth: dict[str, float], seed: int, **error) -> Observation:
    own = target(**error)
    years = tuple(range(1, 21))
    simulated = model.run(truth, ["level"])["level"].loc[list(years)].to_numpy()
    noise = 0.05 * np.random.default_rng(seed).standard_normal(len(years))
    return Observation("level", own, "", years, simulated * np.exp(noise))


@pytest.fixture
def posterior(model, file) -> Posterior:
    parameters, _ = read_parameters(file, model)
    data = observed(model, {"inflow": 6.0, "drain": 4.0}, seed=1)
    return Posterior(model, parameters, [data])


def test_the_best_fit_is_a_maximum_near_the_truth(posterior):
    found = best_fit(posterior, seed=1, starts=32, finishes=3)
    assert found.x[:2] == pytest.approx([6.0, 4.0], rel=0.15)
    assert found.x[2] == 0.5  # assumed: as in the file
    assert max(found.costs) - min(found.costs) < 1e-3
    at_best = posterior.log_density(found.x)[0]
    for k in (0, 1):
        for step in (-0.02, 0.02):
            x = found.x.copy()
            x[k] *= 1 + step
            assert posterior.log_density(x)[0] < at_best


def test_residuals_and_density_are_one_thing(posterior):
    x = np.array([[5.0, 5.0, 0.3], [7.0, 3.0, 0.9]])
    cost = 0.5 * (posterior.residuals(x) ** 2).sum(axis=1)
    assert np.diff(posterior.log_density(x)) == pytest.approx(-np.diff(cost), rel=1e-9)
    outside = posterior.log_density(np.array([[25.0, 5.0, 0.3]]))
    assert outside[0] == -np.inf


def test_the_jacobian_is_the_slope(posterior):
    x = np.array([5.0, 5.0, 0.3])
    free = np.array([True, True, False])
    step = np.array([1e-4, 0.0, 0.0])
    central = (posterior.residuals(x + step) - posterior.residuals(x - step))[0] / 2e-4
    assert jacobian(posterior, x, free)[:, 0] == pytest.approx(central, rel=1e-3, abs=1e-6)


def test_correlated_errors_weigh_less(model, file):
    """Twenty values that share their error say little more than one."""
    parameters, _ = read_parameters(file, model)
    x = np.array([[6.0, 4.0, 0.5], [6.6, 4.0, 0.5]])
    gap = {}
    for rho in (0.0, 0.95):
        data = observed(model, {"inflow": 6.0, "drain": 4.0}, seed=1, correlation=rho)
        exact = model.run({"inflow": 6.0, "drain": 4.0})["level"].to_numpy()[1:]
        data = Observation(data.key, data.target, "", data.years, exact)
        gap[rho] = -np.diff(Posterior(model, parameters, [data]).log_density(x))[0]
    assert gap[0.0] > 3 * gap[0.95] > 0


def test_an_absolute_error_is_in_the_unit_of_the_data(model):
    data = observed(model, {}, seed=1, kind="absolute")
    assert difference(data, data.observed - 2.0) == pytest.approx(2.0)


def test_scores_are_the_prior(posterior):
    z = np.random.default_rng(1).standard_normal((4000, 3))
    x = from_scores(posterior.parameters, z)
    assert to_scores(posterior.parameters, x) == pytest.approx(z, abs=1e-6)
    assert x[:, 0].std() == pytest.approx(20 / np.sqrt(12), rel=0.03)
    assert 5.5 < np.median(x[:, 1]) < 6.5


def test_the_posterior_covers_the_truth_and_says_what_it_does_not_know(posterior, tmp_path):
    found = best_fit(posterior, seed=1, starts=32, finishes=2)
    chains = sample(posterior, found, seed=1, chains=24, most=500)
    table = parameter_table(posterior.parameters, found.x, chains).set_index("parameter")
    for name, truth in (("inflow", 6.0), ("drain", 4.0)):
        assert table.loc[name, "5%"] < truth < table.loc[name, "95%"]
        assert table.loc[name, "data"] == "much"
    assert table.loc["idle", "data"] == "nothing"
    assert table.loc["idle", "ratio"] == pytest.approx(1.0, abs=0.1)
    found_out = words(table.reset_index())
    lines = [said(key, "en", **figures) for key, figures in found_out]
    assert lines[0] == "The data say nothing about: idle."
    assert any("inflow and drain" in line or "drain and inflow" in line for line in lines)
    assert said(found_out[0][0], "zh", **found_out[0][1]) == "数据完全不能说明：idle。"
    # The same state again, from a stop in the middle, gives the same draws.
    store = tmp_path / "chains"
    sample(posterior, found, seed=1, store=store, chains=24, most=250)
    again = sample(posterior, found, seed=1, store=store, chains=24, most=500)
    np.testing.assert_array_equal(again.draws, chains.draws)
    with pytest.raises(InputError, match="another model, other data, priors or seed"):
        sample(posterior, found, seed=2, store=store, chains=24, most=250)


def test_a_constraint_weighs_what_lies_outside(posterior, model):
    bound = Constraint(variable="level", year=20, between=[0.0, 20.0], reason="test")
    own = Posterior(model, posterior.parameters, posterior.observations, {"bound": bound})
    for x in ([6.0, 3.0, 0.5], [6.0, 4.0, 0.5]):
        level = model.run({"inflow": x[0], "drain": x[1]})["level"].iloc[-1]
        excess = max(0.0, level - 20.0) / (0.05 * 20.0)
        lost = posterior.log_density(np.array(x)) - own.log_density(np.array(x))
        assert lost[0] == pytest.approx(0.5 * excess**2, rel=1e-6)
        more = (own.residuals(np.array(x)) ** 2).sum() - (
            posterior.residuals(np.array(x)) ** 2
        ).sum()
        assert more == pytest.approx(2 * lost[0], rel=1e-9)


def test_a_profile_is_the_best_of_all_others(posterior):
    """Each value against an optimiser of scipy that knows nothing of the many at once."""
    found = best_fit(posterior, seed=1, starts=32, finishes=2)
    table = profiles(posterior, found)
    assert set(table["parameter"]) == {"inflow", "drain"}  # an assumed one stays as it is
    for name, each in table.groupby("parameter"):
        assert (np.diff(each["value"].to_numpy()) > 0).all()
        assert max(each["log_posterior"].tolist()) == pytest.approx(0.0, abs=1e-3)
        held, other = (0, 1) if name == "inflow" else (1, 0)
        for value, lost in zip(each["value"][1:-1:3], each["log_posterior"][1:-1:3], strict=True):
            x = found.x.copy()
            x[held] = value

            def cost(y, x=x, other=other):
                x = x.copy()
                x[other] = y
                return 0.5 * (posterior.residuals(x) ** 2).sum()

            low, high = posterior.low[other], posterior.high[other]
            best = minimize_scalar(cost, bounds=(low, high), method="bounded").fun
            assert found.cost - best == pytest.approx(lost, abs=0.02 + 1e-3 * abs(lost))


def test_a_profile_is_without_the_parameters_own_prior(posterior):
    table = profiles(posterior, best_fit(posterior, seed=1, starts=32, finishes=2))
    # The prior of inflow is uniform, that of drain pulls it from its truth of 4 towards 6.
    inflow, drain = (each for _, each in table.groupby("parameter", sort=False))
    for parameter, each in zip(posterior.parameters, (inflow, drain), strict=False):
        own = (each["log_posterior"] - each["log_likelihood"]).to_numpy()
        density = parameter.log_density(each["value"].to_numpy())
        assert own - own[0] == pytest.approx(density - density[0], abs=1e-6)
    sides = intervals(table).set_index("parameter")
    assert sides.loc["inflow", "bounded"] == 2


def test_an_interval_ends_where_a_parabola_has_lost_its_share():
    x = np.array([-4.0, -2.0, -1.0, 0.0, 1.0, 1.5])
    table = pd.DataFrame({"parameter": "a", "value": x, "log_likelihood": -0.5 * x**2})
    found = intervals(table).iloc[0]
    assert found["low"] == pytest.approx(-1.96, abs=1e-3)  # a normal's, of standard deviation 1
    assert np.isnan(found["high"])  # 1.5 is the bound
    assert found["bounded"] == 1
    said_of = words(pd.DataFrame({"parameter": ["a"], "data": ["much"], "bounded": [1]}))
    assert said(said_of[0][0], "en", **said_of[0][1]).endswith("on one side only: a.")


def test_draws_from_the_prior_alone_leave_it_as_it_is():
    """The move that draws one score anew, where nothing is observed."""
    prior = emcee.EnsembleSampler(
        32, 3, lambda z: -0.5 * (z**2).sum(axis=1), moves=[(one_anew(), 1.0)], vectorize=True
    )
    far = 3.0 + 0.1 * np.random.default_rng(1).standard_normal((32, 3))
    prior.run_mcmc(State(far, random_state=np.random.RandomState(1).get_state()), 1000)
    z = np.asarray(prior.get_chain(discard=100, flat=True))
    assert prior.acceptance_fraction.min() == 1.0
    assert z.mean(axis=0) == pytest.approx(0.0, abs=0.05)
    assert z.std(axis=0) == pytest.approx(1.0, abs=0.05)


def test_windows_say_what_levels_hide():
    years = tuple(range(2000, 2011))
    observed: Values = 100 * np.power(1.05, np.arange(11.0))
    simulated: Values = observed * np.array([1.0] + [1.02] * 5 + [1.0] * 5)  # a jump, and back
    data = Observation("level", target(), "", years, observed)
    table = window_table([data], [simulated])
    assert table["first"].tolist() == [2000, 2005, 2010]
    assert table["n"].tolist() == [5, 5, 1]
    assert table["bias"].tolist() == pytest.approx([1.6, 0.4, 0.0])
    rate = 100 * np.log(1.02) / 5
    assert table["growth"].tolist()[:2] == pytest.approx([rate, -rate])
    assert np.isnan(table["growth"].tolist()[2])


def test_rivals_know_only_what_was_before():
    data = Observation("level", target(), "", (0, 1, 2, 3), np.array([1.0, 2.0, 3.0, 4.0]))
    assert rivals(data, 2) == {"random walk": 25.0, "trend": pytest.approx(0.0, abs=1e-9)}
    assert np.isnan(rivals(data, 5)["trend"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("parameters.inflow", "parameters.inflwo", 'Did you mean "inflow"'),
        ("parameters.inflow", "parameters.level", "is computed by the model"),
        ("parameters.inflow", "parameters.wide", 'is in "" in the model'),
        ("parameters.inflow", "parameters.factor", "has several values"),
        ('unit = "m/Year"', 'unit = "kg"', 'is in "m/Year" in the model, not in "kg"'),
        ('"norm"', '"nrom"', 'Did you mean "norm"'),
        ("loc = 6.0", "loc = 600.0", "of its weight within [1, 20]"),
        ("scale = 2.0", "width = 2.0", "prior norm"),
        ('kind = "tight"', 'kind = "tight"\nbounds = [9.0, 12.0]', "lies outside of [9, 12]"),
        ('kind = "tight"', 'kind = "tight"\nbounds = [9.0, 2.0]', "must rise"),
        ('kind = "tight"', 'kind = "loose"', "parameters.drain.kind"),
        ('source = "test"', 'sources = "test"', 'Did you mean "source"'),
    ],
)
def test_wrong_files_are_one_line(model, file, old, new, said):
    file.write_text(FILE.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as caught:
        read_parameters(file, model)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
