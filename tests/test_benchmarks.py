"""The peers that the engine is measured against compute the same; what differs is noticed."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

import nqpf
from benchmarks import as_c, c_library, synthetic
from benchmarks.__main__ import QUICK
from benchmarks.bars import AGAINST_C, MILLION
from benchmarks.compare import compare
from benchmarks.contestants import Absent, contestants, difference, values
from benchmarks.report import show
from benchmarks.timing import Samples, in_turn
from benchmarks.workload import make_workload
from nqpf.engine.functions import FUNCTIONS

ROOT = Path(__file__).parents[1]
PLAIN, FAST = c_library.FLAGS.values()

# Every construct that the C printer knows. Nothing is undefined or chaotic over ten years.
RICH = """
r: East, Central, West ~~|
near: East, Central ~~|
rate[r] = 0.1, 0.2, 0.3 ~~|
a = 0.3 ~~|
b = 2.5 ~~|
x[r] = INTEG(rate[r] * x[r] * (1 - ZIDZ(x[r], limit)) - loss[r], rate[r] * 10) ~~|
limit = 50 + SUM(x[r!]) ~~|
loss[near] = 0.01 * x[near] ~~|
loss[West] = MIN(0.2, x[West] ^ 0.5) ~~|
top = VMAX(x[near!]) + VMIN(x[r!]) + PROD(rate[near!]) ~~|
effect( (0,0),(1,2),(5,3) ) ~~|
effects[r]( (0,0),(1,2),(5,3) ) ~~|
curve = effect(top / 2) + effects[West](Time) + WITH LOOKUP(Time, ((0,1),(4,5),(8,2))) ~~|
chosen = IF THEN ELSE(Time > 3 :AND: :NOT: top < 10 :OR: a = 1, LN(top), -SQRT(top)) ~~|
late = DELAY3(curve, 4) + SMOOTH(curve, 3) + INITIAL(top) ~~|
pushed = STEP(a, 4) + RAMP(0.5, 2, 6) + PULSE(3, 2) + PULSE TRAIN(1, 1, 3, 8) ~~|
ends = PULSE TRAIN(0, 1, b, 1e300) ~~|
odd = MODULO(Time * 7, 3) + INTEGER(Time * 1.7 + a) + QUANTUM(Time, 0.7) + XIDZ(1, Time, 9) ~~|
waves = SIN(Time) + COS(a) + TAN(a) + ARCSIN(a) + ARCCOS(a) + ARCTAN(Time) ~~|
curves = EXP(-Time) + SINH(a) + COSH(a) + TANH(Time) + LOG(b, 10) + ABS(waves) + GAMMA LN(b) ~~|
kept = DELAY FIXED(top, 2.5, 3) + DELAY FIXED(Time, a, 1) ~~|
held = SAMPLE IF TRUE(SIN(Time) > a, top, b) ~~|
back[r] = DELAY FIXED(x[r], b + rate[r], 1) ~~|
at[r] = VECTOR ELM MAP(x[East], 3 - r) * r ~~|
far = LOOKUP EXTRAPOLATE(effect, 9 + a) ~~|
chance = RANDOM UNIFORM(0, 1, 0) + RANDOM UNIFORM(a, b, 7) ~~|
noise[r] = RANDOM UNIFORM(0, rate[r], 0) ~~|
powers = top ^ 2 + top ^ -1 + top ^ 1 + top ^ a + 2 ^ a + (a > 0.2) + MAX(a, Time) ~~|
"""
XMILE = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><name>tank</name></header>
<sim_specs method="Euler"><start>0</start><stop>9</stop><dt>0.5</dt></sim_specs>
<model><variables>
<stock name="level"><eqn>3</eqn><inflow>rain</inflow><outflow>drain</outflow><non_negative/></stock>
<flow name="rain"><eqn>PULSE(size, 4, 3) + ((-size) mod 3) + INT(-1.5)</eqn></flow>
<aux name="size"><eqn>5</eqn></aux>
<flow name="drain"><eqn>2</eqn></flow>
</variables></model></xmile>"""


def apart(path: Path, flags: tuple[str, ...], folder: Path, members: int = 40) -> float:
    """Return the largest difference between the C program and the engine."""
    work = make_workload(path, members)
    work.outputs[:] = [v.name for v in work.model.variables.values() if v.kind != "lookup"]
    ours = values(work.model.ensemble(work.params, work.outputs, threads=1), work.outputs)
    library = c_library.CLibrary(work, flags, folder)
    assert np.isfinite(ours).all()
    return difference(ours, library.ensemble(members))


@pytest.mark.parametrize("flags", [PLAIN, FAST])
@pytest.mark.parametrize("code", [0, 4, 5], ids=["euler", "rk2", "rk4"])
def test_c_gives_the_engines_numbers(write, tmp_path, code, flags):
    path = write(RICH, code=code, step=0.25, saveper="1")
    assert apart(path, flags, tmp_path) < 1e-12


def test_c_gives_the_engines_numbers_of_xmile(tmp_path):
    path = tmp_path / "tank.xmile"
    path.write_text(XMILE, encoding="utf-8")
    assert apart(path, PLAIN, tmp_path) == 0.0


def test_every_function_of_the_engine_is_printed_or_refused():
    """A new one is refused until it is printed; what is printed exists."""
    assert set(as_c.FUNCTIONS) <= set(FUNCTIONS)


def test_a_wrong_c_program_is_noticed(write, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NQPF_CACHE_DIR", str(tmp_path))
    monkeypatch.setitem(as_c.FUNCTIONS, "exp", "(exp({0}) * (1 + 1e-7))")
    rows = list(compare(write("x = INTEG(-0.1 * EXP(-x), 1) ~~|"), False, QUICK, tmp_path))
    wrong = {row.what: row.wrong for row in rows if row.what in c_library.FLAGS}
    # The bound for fast-math is looser: it rearranges sums.
    assert list(wrong.values()) == [True, False]
    show(rows, "figures")
    assert capsys.readouterr().out.count("OTHER RESULTS") == 1


def test_what_has_no_c_is_refused_by_name(write, tmp_path, monkeypatch):
    monkeypatch.delitem(as_c.FUNCTIONS, "exp")
    monkeypatch.delitem(as_c.FUNCTIONS, "tanh")
    equations = """
    r: p, q ~~|
    x[r] = INTEG(-EXP(-x[r]) - TANH(x[r]), 1) ~~|
    t((0,0),(1,1)) ~~|
    y[r] = VECTOR SORT ORDER(x[r], 1) + LOOKUP AREA(t, 0, x[r]) ~~|
    """
    work = make_workload(write(equations), 3)
    with pytest.raises(as_c.CannotPrint, match=r"^EXP, LOOKUP AREA, SORT ORDER, TANH$"):
        c_library.CLibrary(work, PLAIN, tmp_path)


def test_a_peer_that_is_missing_is_a_line(write, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "simlin", None)
    monkeypatch.setitem(sys.modules, "pysd", None)
    work = make_workload(write("x = INTEG(-EXP(-x), 1) ~~|"), 3)
    with ExitStack() as stack:
        found = list(contestants(work, tmp_path, stack, longest=1.0))
    reasons = {e.name: e.reason for e in found if isinstance(e, Absent)}
    assert set(reasons) == {*c_library.FLAGS, "pysimlin", "PySD"}
    assert all("gcc is not installed" in reasons[name] for name in c_library.FLAGS)


def test_fast_math_stays_with_the_program_that_asked_for_it(write, tmp_path):
    work = make_workload(write("x = INTEG(-EXP(-x), 1) ~~|"), 3)
    c_library.CLibrary(work, FAST, tmp_path).ensemble(3)
    assert np.float64(5e-324) * np.float64(1.0) > 0.0  # subnormal numbers are not flushed


def test_differences_are_relative_to_an_outputs_size():
    ours = np.array([[1.0, 1e6], [0.0, 1e6]])
    assert difference(ours, ours) == 0.0
    assert difference(ours, ours + np.array([0.0, 1.0])) == pytest.approx(1e-6)
    assert difference(ours, ours[:1]) == np.inf
    assert difference(ours, np.full((2, 2), np.nan)) == np.inf


def test_timings_are_taken_in_turn_and_stop_at_their_budget():
    order: list[str] = []
    calls = {name: lambda name=name: order.append(name) for name in ("one", "two")}
    taken = in_turn(calls, rounds=4, budget=0.0, least=2)
    assert [len(taken[name].values) for name in calls] == [2, 2]
    assert Samples((2.0, 9.0, 4.0)).over(Samples((1.0, 3.0))) == 2.5


def test_a_bar_says_whether_it_is_met():
    assert AGAINST_C.said(3.5) == "3.5x, at least 3, aim 5: met"
    assert AGAINST_C.said(2.5).endswith("falls short")
    assert MILLION.said(200).endswith("falls short")


@pytest.mark.parametrize("kind", list(synthetic.KINDS))
def test_written_models_stay_within_bounds(tmp_path, kind):
    path = synthetic.write(kind, 3, tmp_path)
    assert synthetic.KINDS[kind](3) == path.read_text("utf-8")
    frame = nqpf.load(path).run()
    stocks = frame.filter(regex="^(level|capital|stock|pond)")
    assert stocks.columns.size >= 3
    assert ((stocks > 0) & (stocks < 1000)).all(axis=None)
    assert (stocks.nunique() > 100).all()


def test_a_quick_benchmark_runs_and_prints_one_table(write, tmp_path):
    """The whole of it, on a model of three lines: processes, compilers, peers, table, file."""
    model, record = write("x = INTEG(a * x, 1) ~~|\na = 0.1 ~~|"), tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--only", model, "--json", record],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(record.read_text("utf-8"))["rows"]
    names = [row["what"] for row in rows if row["section"] == "model.mdl"]
    assert set(names) >= {"nqpf run()", *c_library.FLAGS, "pysimlin", "PySD"}
    ours = next(row for row in rows if row["what"] == "nqpf ensemble, 1 thread")
    assert len(ours["time"]["values"]) == 3
    assert ours["cold"]["values"][0] > ours["warm"]["values"][0]
    assert ours["peak"]["values"][0] > 50
    assert done.stdout.count("us a run") == 1
    assert "at least 500,000" in done.stdout


def test_a_model_that_the_engine_refuses_is_a_line(write, tmp_path, monkeypatch):
    monkeypatch.setenv("NQPF_CACHE_DIR", str(tmp_path))
    bad = write("x = INTEG(1, 0 ~~|", name="bad.mdl")
    (row,) = compare(bad, False, QUICK, tmp_path)
    assert row.what == "nqpf"
    assert "bad.mdl" in row.note
    assert "Error" not in row.note


@pytest.mark.parametrize(
    ("name", "said"), [("none", "no such file or folder"), ("", "no model file")]
)
def test_a_wrong_path_is_refused_in_one_line(tmp_path, name, said):
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", tmp_path / name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
