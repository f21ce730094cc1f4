"""What is the same in all passes of a loop is computed before it, and only that."""

from __future__ import annotations

import pytest

REGIONS = "r: p, q ~~|\nz[r] = 1, 2 ~~|\nstock = INTEG(1, 1) ~~|\n"


def _in_loops(model) -> list[str]:
    """Return the printed lines that stand in a loop, comments left out."""
    lines = model.source.splitlines()
    return [line for line in lines if line.startswith("        ") and "#" not in line]


def test_what_no_pass_changes_is_computed_once(build):
    model = build(REGIONS + "y[r] = z[r] * (stock / 4) ^ 0.3 ~~|", final=2, step=1)
    assert "power(" in model.source
    assert not any("power(" in line for line in _in_loops(model))
    frame = model.run()
    assert frame["y[q]"].tolist() == pytest.approx([2 * (k / 4) ** 0.3 for k in (1, 2, 3)])


def test_what_a_pass_writes_is_read_behind_it(build):
    """y[p] is written in the first pass of the loop in which w reads it."""
    model = build(
        REGIONS + "y[r] = z[r] * stock ~~|\nw[r] = z[r] + (y[p] * 3 + stock) ~~|", final=2, step=1
    )
    assert sum("* 3.0" in line for line in _in_loops(model)) == 1
    frame = model.run()
    assert frame["w[p]"].tolist() == [1 + 4 * k for k in (1, 2, 3)]
    assert frame["w[q]"].tolist() == [2 + 4 * k for k in (1, 2, 3)]


def test_a_sum_over_the_loop_itself_stays_in_its_place(build):
    """Ten elements are summed in a loop of their own, once for each pass of the outer one."""
    model = build(
        "s: (a1-a10) ~~|\nv[s] = 1 ~~|\nr: p, q ~~|\nz[r] = 1, 2 ~~|\nstock = INTEG(1, 1) ~~|\n"
        "y[r] = z[r] * SUM(v[s!] * stock) ~~|",
        final=2,
        step=1,
    )
    assert model.run()["y[q]"].tolist() == [20, 40, 60]
