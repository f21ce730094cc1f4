"""Designs: the points they hold, whole or in parts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from nqpf.errors import InputError
from nqpf.sweep.designs import Unit, combinations


@pytest.mark.parametrize("kind", ["lhs", "sobol", "saltelli", "morris"])
def test_any_part_of_a_design_is_that_of_the_whole(kind: str) -> None:
    unit = Unit(kind, 16, 3, seed=7)
    whole = unit.points(0, unit.count)
    parts = [unit.points(first, min(first + 5, unit.count)) for first in range(0, unit.count, 5)]
    np.testing.assert_array_equal(np.vstack(parts), whole)
    np.testing.assert_array_equal(Unit(kind, 16, 3, seed=7).points(9, 14), whole[9:14])
    assert not np.array_equal(Unit(kind, 16, 3, seed=8).points(0, unit.count), whole)
    assert ((whole > 0) & (whole < 1)).all()


def test_counts() -> None:
    assert Unit("saltelli", 8, 3, 1).count == 8 * 5
    assert Unit("saltelli", 8, 3, 1, second_order=True).count == 8 * 8
    assert Unit("morris", 8, 3, 1).count == 8 * 4
    for kind in ("saltelli", "morris"):
        unit = Unit(kind, 8, 3, 1)
        assert len(unit.points(0, 10**6)) == unit.count


def test_a_latin_hypercube_has_one_point_in_every_row() -> None:
    points = Unit("lhs", 50, 4, seed=1).points(0, 50)
    rows = np.sort((points * 50).astype(int), axis=0)
    np.testing.assert_array_equal(rows, np.tile(np.arange(50)[:, None], 4))


def test_a_sobol_sequence_is_more_even_than_chance() -> None:
    points = Unit("sobol", 256, 5, seed=1).points(0, 256)
    chance = np.random.default_rng(1).uniform(size=(256, 5))
    assert qmc.discrepancy(points) < 0.2 * qmc.discrepancy(chance)


def test_combinations_are_each_there_once() -> None:
    found = combinations([2, 3, 2], np.arange(12))
    assert len(np.unique(found, axis=0)) == 12
    np.testing.assert_array_equal(found[:3], [[0, 0, 0], [0, 0, 1], [0, 1, 0]])
    assert combinations([], np.arange(2)).shape == (2, 0)


def test_a_design_that_is_only_known_whole_must_fit_into_memory() -> None:
    with pytest.raises(InputError, match=r'takes? .*7 GiB.*or design "sobol"'):
        Unit("lhs", 10**8, 10, 1).points(0, 5)
    assert Unit("sobol", 10**9, 10, 1).points(0, 5).shape == (5, 10)
