"""Each pass on models of a few lines."""

from __future__ import annotations

import numpy as np
import pytest

import nqpf
from nqpf.engine import ir
from nqpf.engine.passes.constants import fold
from nqpf.engine.passes.elements import targets
from nqpf.engine.passes.index import index
from nqpf.engine.passes.schedule import schedule
from nqpf.engine.passes.stateful import expand
from nqpf.engine.reader import read


def indexed(path) -> ir.IndexedModel:
    return expand(index(read(path)))


def names(equations) -> list[str]:
    return [equation.variable for equation in equations]


def test_arithmetic_between_literals_is_folded():
    eighth = ir.Binary("/", ir.Number(1.0), ir.Number(8.0))
    assert fold(ir.Negative(eighth)) == ir.Number(-0.125)
    by_zero = ir.Binary("/", ir.Number(1.0), ir.Number(0.0))
    assert fold(by_zero) == by_zero


def test_equations_are_split_by_how_often_they_run(write):
    model = indexed(
        write(
            "a = 2 ~~|\ntwice = 2 * a ~~|\nflow = twice * stock ~~|\n"
            "stock = INTEG(flow, twice) ~~|\nshown = stock / twice + Time ~~|"
        )
    )
    order = schedule(model)
    assert names(order.member) == ["twice", "SAVEPER"]
    assert names(order.start) == ["stock"]
    assert names(order.step) == ["flow"]
    assert names(order.flows) == ["stock"]
    assert names(order.report) == ["shown"]


def test_arrays_that_depend_on_one_another_are_ordered_by_element(build):
    """a[2] needs b[1], b[1] needs a[1]: no order of whole arrays works."""
    model = build(
        "r: one, two ~~|\na[one] = Time + 1 ~~|\na[two] = b[one] * 2 ~~|\n"
        "b[one] = a[one] + 10 ~~|\nb[two] = a[two] + 100 ~~|"
    )
    last = model.run().iloc[-1]
    assert last[["a[one]", "a[two]", "b[one]", "b[two]"]].tolist() == [11.0, 42.0, 21.0, 142.0]


def test_equal_loops_stand_side_by_side(write):
    model = indexed(
        write(
            "r: p, q ~~|\nx[r] = INTEG(c[r], 0) ~~|\na[r] = x[r] ~~|\ns = Time ~~|\n"
            "b[r] = a[r] + s ~~|\nc[r] = b[r] ~~|"
        )
    )
    assert names(schedule(model).step) == ["s", "a", "b", "c"]
    source = nqpf.load(write("r: p, q ~~|\na[r] = Time ~~|\nb[r] = a[r] ~~|")).source
    assert source.count(" in range(2):") == 1


def test_a_loop_is_not_shared_where_a_later_pass_is_read(build):
    """total of a pass needs all of a; printing both in one loop would read old values."""
    model = build(
        "r: p, q, s ~~|\na[r] = Time * w[r] ~~|\nw[r] = 1, 2, 3 ~~|\n"
        "share[r] = a[r] / SUM(a[r!]) ~~|\nback[r] = share[r] ~~|"
    )
    last = model.run().iloc[-1]
    assert last[["share[p]", "share[q]", "share[s]"]].tolist() == pytest.approx(
        [1 / 6, 1 / 3, 1 / 2]
    )


def test_except_subranges_and_mappings(build):
    model = build(
        "all: a1, a2, a3 ~~|\nsome: a2, a3 ~~|\nother: o1, o2 -> some ~~|\n"
        "x[all] :EXCEPT: [a1] = 5 + Time ~~|\nx[a1] = 1 + Time ~~|\n"
        "y[some] = x[some] * 2 ~~|\nz[other] = x[some] + 100 ~~|\nt = SUM(x[some!]) ~~|"
    )
    first = model.run().iloc[0]
    assert first[["x[a1]", "x[a2]", "x[a3]"]].tolist() == [1.0, 5.0, 5.0]
    assert first[["y[a2]", "y[a3]", "z[o1]", "z[o2]", "t"]].tolist() == [10, 10, 105, 105, 10]


def test_two_dimensions_are_stored_row_major(build):
    model = build(
        "r: p, q ~~|\nc: u, v, w ~~|\nm[r, c] = 1, 2, 3; 4, 5, 6; ~~|\n"
        "turned[c, r] = m[r, c] * Time ~~|\nrow[r] = SUM(turned[c!, r]) ~~|\n"
        "all = SUM(m[r!, c!]) + Time ~~|\ntop = VMAX(m[r!, u]) + VMIN(m[p, c!]) + Time ~~|"
    )
    last = model.run().iloc[-1]
    assert last["turned[v,q]"] == 50.0
    assert last[["row[p]", "row[q]", "all", "top"]].tolist() == [60.0, 150.0, 31.0, 15.0]
    assert model.constants["m"].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_delays_conserve_material_and_smooths_approach_the_goal(build):
    model = build(
        "inflow = STEP(3, 1) ~~|\nout = DELAY3(inflow, 4) ~~|\n"
        "long = DELAY N(inflow, 4, 0, 7) ~~|\n"
        "held = INTEG(inflow - out, 0) ~~|\nsmooth = SMOOTH3I(inflow, 2, 6) ~~|",
        final=100,
        step=0.125,
    )
    last = model.run().iloc[-1]
    assert last[["out", "long", "smooth"]].tolist() == pytest.approx([3, 3, 3], rel=1e-9)
    # Little's law: what is on the way is flow times delay.
    assert last["held"] == pytest.approx(12.0, rel=1e-9)


def test_initial_is_held_and_active_initial_starts_the_loop(build):
    model = build(
        "x = INTEG(1, 4) ~~|\nfirst = INITIAL(x * 2) ~~|\n"
        "y = INTEG(z, z) ~~|\nz = ACTIVE INITIAL(y * 0.5, 3) ~~|"
    )
    frame = model.run()
    assert frame["first"].tolist() == [8.0] * 21
    assert frame["y"].iloc[0] == 3.0
    assert frame["z"].iloc[0] == 1.5


def test_a_number_of_an_undefined_element_is_nan(build):
    model = build("r: p, q ~~|\na[p] = Time ~~|\nb = a[p] ~~|")
    assert np.isnan(model.run()["a[q]"]).all()


def test_and_binds_tighter_than_or(build):
    """Vensim reference manual, operators; PySD joins them from the right instead."""
    model = build("a = IF THEN ELSE(0 > 1 :AND: 0 > 1 :OR: Time >= 0, 1, 2) ~~|")
    assert model.run()["a"].tolist() == [1.0] * 21


def test_a_sum_inside_a_sum(build):
    """Each runs over its own marks: (1 + 2) / (3 + 5), and shares that add up to one."""
    model = build(
        "r: p, q ~~|\nc: u, v ~~|\na[r] = 1, 2 ~~|\nb[c] = 3, 5 ~~|\n"
        "x = SUM(a[r!] / SUM(b[c!])) + Time ~~|\ny = SUM(a[r!] / SUM(a[r!])) + Time ~~|"
    )
    assert model.run().iloc[0][["x", "y"]].tolist() == [0.375, 1.0]


def test_an_exception_leaves_few_equations_with_loops(write):
    """One element of many left out: not one equation for each of the others."""
    names = ", ".join(f"a{k}" for k in range(30))
    model = index(
        read(
            write(
                f"r: {names} ~~|\ns: s1, s2, s3 ~~|\n"
                "x[r, s] :EXCEPT: [a3, s2], [a5, s2] = Time * r + s ~~|\n"
                "x[a3, s2] = 7 ~~|\nx[a5, s2] = 8 ~~|"
            )
        )
    )
    mine = [e for e in model.equations if e.variable == "x"]
    assert len(mine) == 4
    places = [place for e in mine for place in targets(e)]
    assert sorted(places) == [(k, j) for k in range(30) for j in range(3)]
    # 28 rows of all three columns, two rows of two.
    assert sorted(len(targets(e)) for e in mine) == [1, 1, 4, 84]
