"""DELAY N, SMOOTH N, DEPRECIATE STRAIGHTLINE: orders by element and by member, known at the start.

Reference: Vensim manual, under these names. Values by hand; more of them stand in
``tests/language``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import nqpf

ORDERS = "r: p, q ~~|\nn[r] = 1, 3 ~~|\nlate[r] = DELAY N(10, 6, 0, n[r]) ~~|\n"
THIRD = [0, 0, 0, 1.25, 3.125]  # three stages of 2: 10, 15, 17.5 / 5, 10 / 2.5, 6.25
FIRST = [0, 10 / 6, 10 / 6 + 50 / 36]


def test_every_element_has_its_order(build):
    frame = build(ORDERS, final=4, step=1).run()
    assert frame["late[p]"].iloc[:3].tolist() == pytest.approx(FIRST, rel=1e-12)
    assert frame["late[q]"].tolist() == THIRD


def test_every_member_has_its_order(build):
    """A member may ask for fewer stages than the file, but not for more: it has no value then."""
    model = build(
        "n = 3 ~~|\nlate = DELAY N(10, 6, 0, n) ~~|\nfaint = SMOOTH N(10, 6, 0, n) ~~|",
        final=4,
        step=1,
    )
    many = model.ensemble(pd.DataFrame({"n": [3.0, 1.0, 4.0]}), outputs=["late", "faint"])
    late = many["late"].to_numpy()
    assert late[0].tolist() == THIRD
    assert late[1, :3].tolist() == pytest.approx(FIRST, rel=1e-12)
    np.testing.assert_allclose(many["faint"].to_numpy()[:2], late[:2], rtol=1e-12)
    assert many["failed"].to_numpy().tolist() == [0, 0, 2]
    assert float(many["failed_time"][2]) == 0


def test_the_order_is_lowered_by_member(build):
    """TIME STEP 1 leaves room for two stages of a delay of 2."""
    model = build("t = 6 ~~|\nlate = DELAY N(10, t, 0, 3) ~~|", final=4, step=1)
    late = model.ensemble(pd.DataFrame({"t": [6.0, 2.0]}), outputs=["late"])["late"].to_numpy()
    assert late.tolist() == [THIRD, [0, 0, 10, 10, 10]]


def test_the_order_may_be_an_expression(build):
    model = build(
        "r: p, q ~~|\na[r] = 1, 2 ~~|\n"
        "n[r] = IF THEN ELSE(a[r] > 1, a[r] + STEP(5, 2) + 1, 1) ~~|\n"
        "late[r] = DELAY N(10, 6, 0, n[r]) ~~|",
        final=4,
        step=1,
    )
    frame = model.run()
    assert frame["late[q]"].tolist() == THIRD
    assert frame["late[p]"].iloc[:3].tolist() == pytest.approx(FIRST, rel=1e-12)


def test_what_flows_in_flows_out_when_the_delay_time_changes(build):
    """The last stage is emptied by the delay time of the step before, in every method."""
    model = build(
        "t = 4 + 2 * SIN(Time) ~~|\nlate = DELAY N(PULSE(2, 3), t, 5, 4) ~~|\n"
        "out = INTEG(late, 0) ~~|\ntwin = INTEG(late - late / t, 1) ~~|",
        final=100,
        step=0.25,
    )
    for method in ("euler", "rk2", "rk4"):
        frame = model.run(method=method)
        # Initial value times delay time at the start is on its way, and 3 flow in.
        assert frame["out"].iloc[-1] == pytest.approx(5 * 4 + 3, rel=1e-9)
    assert model.run()["late"].iloc[0] == 5


def test_a_delay_inside_a_loop_of_feedback(build):
    """The output goes by levels alone, so that the input may depend on it."""
    model = build("x = DELAY N(x + 1, 1, 0, 1) ~~|", final=4, step=1)
    assert model.run()["x"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("order", ["0", "n", "1001", "w"])
def test_an_order_that_cannot_be(write, order):
    path = write(
        f"n = -2 ~~|\nw = RANDOM UNIFORM(1, 3, 4) ~~|\nx = DELAY N(Time, 3, 0, {order}) ~~|"
    )
    with pytest.raises(nqpf.InputError, match="the order of a delay must be a whole number from"):
        nqpf.load(path)


def test_every_element_has_its_lifetime(build):
    """100 at 0.5, a fiscal year of two steps: written off at 100 / lifetime a year, year 0 on."""
    model = build(
        "r: p, q, s ~~|\nlife[r] = 1, 2, 4 ~~|\n"
        "off[r] = DEPRECIATE STRAIGHTLINE(PULSE(0.5, 0.5) * 200, life[r], 1, 0) ~~|\n"
        "total[r] = INTEG(off[r], 0) ~~|"
    )
    frame = model.run()
    assert frame.loc[0.5, ["off[p]", "off[q]", "off[s]"]].tolist() == [200, 100, 50]
    assert frame.loc[1.0, ["off[p]", "off[q]", "off[s]"]].tolist() == [0, 50, 25]
    assert frame.loc[3.5, ["off[p]", "off[q]", "off[s]"]].tolist() == [0, 0, 25]
    assert frame.loc[10.0, ["total[p]", "total[q]", "total[s]"]].tolist() == [100, 100, 100]


def test_a_shorter_lifetime_by_member(build):
    model = build("life = 4 ~~|\noff = DEPRECIATE STRAIGHTLINE(10, life, 1, 10) ~~|")
    many = model.ensemble(pd.DataFrame({"life": [4.0, 2.0, 5.0]}), outputs=["off"])
    assert (many["off"].to_numpy()[:2] == 10).all()
    assert many["failed"].to_numpy().tolist() == [0, 0, 2]


def test_a_run_cannot_go_on_from_past_steps(build):
    model = build("slow = DELAY N(Time, 2, 0, 2) ~~|\nlate = DELAY FIXED(Time, 2, 0) ~~|", final=2)
    model.run()
    with pytest.raises(nqpf.InputError, match=r'"slow", "late" remember.*DELAY N, SMOOTH N'):
        model.run(initial_condition="current")


def test_what_delays_remember_must_fit(build):
    model = build("late = DELAY MATERIAL(Time, 2, 0, 0) ~~|")
    with pytest.raises(nqpf.InputError, match=r"40,000,000 time steps need \d+\.\d GiB"):
        model.run(final_time=20_000_000, saveper=1_000_000)
