"""The checks see the faults put into the flagship; all of them: ``python -m tests.mutants``."""

from __future__ import annotations

from collections import Counter

import pytest

import nqpf
from nqpf.checks.setting import Setting, read_setting
from nqpf.checks.statements import StatementFile
from nqpf.checks.whole import prepare
from nqpf.study.folder import Study, open_study, shipped_study
from tests.drawn_mutants import drawn
from tests.mutants import Bench, Said, catches, mutants, worse
from tests.one_kernel import one_kernel

# Fault -> the check that sees it without a run.
READ = {
    "frontier_growth_in_percent": "ranges",
    "reform_without_its_time": "units",
    "no_initial_allocation_gap": "unused",
    "ambition_without_ceiling": "unused",
    "no_source": "sources",
    "staff_never_leave": "ends",
    "capable_share_without_unit": "units",
    "retirement_of_the_first": "outflows",
    "no_science_industry_link": "unused",
    "dead_conversion_services": "cuts",
    "productivity_without_steering": "ends",
    "no_supply_loss": "ends",
    "roads_for_ever": "unused",
    "new_industries_in_yuan": "units",
    "almost_the_same_name": "names",
    "funds_without_text": "described",
    "return_of_a_flow": "units",
    "ageing_without_base": "ends",
    "national_sum_of_five": "ends",
}
# Fault -> a check of any model, statements apart, that sees it in a run.
RUN = {
    "cost_since_ever": "scenarios",
    "sum_of_rates": "bounds",
    "erosion_of_nothing": "extremes",
}


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(shipped_study())


def test_each_fault_can_be_put_into_the_model(study: Study) -> None:
    text = study.model_file.read_text("utf-8")
    changed = [each.put_into(text) for each in mutants().values()]
    assert len(set(changed) - {text}) == len(changed) >= 50


def test_faults_are_drawn_in_the_same_way_each_time(study: Study) -> None:
    text = study.model_file.read_text("utf-8")
    faults = drawn(text, 40)
    assert faults == drawn(text, 40) != drawn(text, 40, seed=1)
    assert len({each.put_into(text) for each in faults.values()} - {text}) == 40


def test_a_drawn_fault_is_one_operator_of_a_formula() -> None:
    text = """
\t~\tText - with / signs *
Rate[r] = MAX(1e-06, -Share/2) + One year*SUM(Stock[r!])
Number = 1e-06
Same = Rate * 2
Same = Rate * 2
"""
    found = {each.new for seed in range(99) for each in drawn(text, 1, seed).values()}
    assert found == {
        "Rate[r] = MIN(1e-06, -Share/2) + One year*SUM(Stock[r!])",
        "Rate[r] = MAX(1e-06, -Share*2) + One year*SUM(Stock[r!])",
        "Rate[r] = MAX(1e-06, -Share/2) - One year*SUM(Stock[r!])",
        "Rate[r] = MAX(1e-06, -Share/2) + One year/SUM(Stock[r!])",
    }


def test_a_fault_that_does_not_fit_is_refused() -> None:
    fault = next(iter(mutants().values()))
    for text in ("", fault.old * 2):
        with pytest.raises(ValueError, match="expected once"):
            fault.put_into(text)


def test_reading_finds_what_can_be_read(study: Study) -> None:
    at = sound(study, read_setting(study).stated.results)
    found = dict(catches({name: mutants()[name] for name in READ}, at, run=False))
    assert {name: check for name, check in READ.items() if check not in found[name]} == {}


def test_running_finds_what_cannot(study: Study) -> None:
    found = dict(catches({name: mutants()[name] for name in RUN}, sound(study)))
    assert {name: check for name, check in RUN.items() if check not in found[name]} == {}


def sound(study: Study, results: list[str] | None = None) -> Bench:
    """The study without its statements, of which nothing is said: the kernel is a small one."""
    stated = StatementFile(results=results or [])
    setting = Setting(stated, read_setting(study).scenarios, read_setting(study).targets)
    return Bench(study, setting, prepare(study.model_file, stated), {})


def test_a_verdict_counts_where_it_is_worse_or_of_another_variable() -> None:
    before = {
        "a": Said("holds"),
        "b": Said("note", frozenset({"x"})),
        "c": Said("finding"),
        "time step": Said("note", frozenset({"x"})),
    }
    for found, caught in (
        ({"a": Said("holds"), "b": Said("note", frozenset({"x"}))}, {}),
        ({"a": Said("note", frozenset({"x"}))}, {"a": "note"}),
        ({"b": Said("note", frozenset({"x", "y"}))}, {"b": "note"}),
        ({"b": Said("holds"), "c": Said("finding")}, {}),
        ({"c": Said("fails")}, {"c": "fails"}),
        ({"time step": Said("note", frozenset({"x", "y"}))}, {}),
        ({"new": Said("fails")}, {"new": "fails"}),
    ):
        assert worse(found, before) == caught


TANK = """
level[r] = INTEG(inflow[r] - outflow[r], start) ~~|
r: a, b ~~|
inflow[r] = size[r] ~~|
size[r] = 1, 2 ~~|
outflow[r] = level[r]/4 ~~|
start = 8 ~~|
total = SUM(level[r!]) ~~|
"""
VARIANTS = {
    "sign": ("inflow[r] - outflow[r]", "outflow[r] - inflow[r]"),
    "initial": ("outflow[r], start", "outflow[r], 2*start"),
    "constant": ("size[r] = 1, 2", "size[r] = 1, 5"),
    "circle": ("inflow[r] = size[r]", "inflow[r] = size[r] + 0.1*total"),
    "order": ("outflow[r] = level[r]/4", "outflow[r] = inflow[r]/4"),
    "reversed order": ("inflow[r] = size[r]", "inflow[r] = outflow[r]/3"),
    "sum": ("SUM(level[r!])", "VMAX(level[r!])/2"),
    "shape": ("inflow[r] = size[r]", "inflow[a] = 3 ~~|\ninflow[b] = size[b]"),
}


def test_variants_in_one_kernel_are_themselves(write) -> None:
    models = {"sound": nqpf.load(write(TANK, step=0.125, saveper="1", name="sound.mdl"))}
    for name, (old, new) in VARIANTS.items():
        assert TANK.count(old) == 1
        path = write(TANK.replace(old, new), step=0.125, saveper="1", name=f"{name}.mdl")
        models[name] = nqpf.load(path)
    joined = one_kernel(models["sound"], models.items())
    # The second order would need outflow before inflow and inflow before outflow.
    assert models.keys() - joined.numbers.keys() == {"reversed order", "shape"}
    ends = Counter()
    for name, own in models.items():
        columns = ["level", "inflow", "outflow", "total"]
        expected = own.run(return_columns=columns)
        assert joined.variant(name, own).run(return_columns=columns).equals(expected)
        ends[float(expected["total"].iloc[-1])] += 1
    assert len(ends) == len(models)
