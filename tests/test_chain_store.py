"""Draws on disk: each block written once, a damaged one drawn again, a foreign one refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nqpf.calibrate.store import Block, Store
from nqpf.calibrate.texts import silent
from nqpf.errors import InputError


def block(seed: int) -> Block:
    random = np.random.RandomState(seed)
    random.standard_normal(3)  # an odd number: half of a pair is kept in the state
    draws = random.random_sample((2, 5, 3))
    return Block(np.zeros(3), np.eye(3), draws, draws.sum(axis=2), 0.5, random.get_state())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "chains", "key")
    for number in range(3):
        store.append(block(number), number)
    return store


def test_blocks_come_back_as_they_were(store: Store) -> None:
    found = store.read(9, silent)
    assert len(found) == 3
    for number, each in enumerate(found):
        np.testing.assert_array_equal(each.draws, block(number).draws)
        again, once = np.random.RandomState(), np.random.RandomState()
        again.set_state(each.random)
        once.set_state(block(number).random)
        np.testing.assert_array_equal(again.standard_normal(5), once.standard_normal(5))
    assert len(store.read(2, silent)) == 2


def test_a_block_more_leaves_the_others_alone(store: Store) -> None:
    before = {path: path.stat().st_mtime_ns for path in store.folder.iterdir()}
    store.append(block(3), 3)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(list(store.folder.iterdir())) == 4


@pytest.mark.parametrize("damage", ["cut", "empty", "other bytes", "no archive"])
def test_a_damaged_block_ends_what_is_kept_and_is_named(store: Store, damage: str) -> None:
    path = store.folder / "0001.npz"
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut": whole[: len(whole) // 2],
            "empty": b"",
            "other bytes": whole.replace(block(1).draws.tobytes()[:64], bytes(64)),
            "no archive": b"nothing",
        }[damage]
    )
    told: list[tuple[str, object]] = []
    found = store.read(9, lambda key, /, **figures: told.append((key, figures["file"])))
    assert len(found) == 1
    assert told == [("damaged", str(path))]


def test_blocks_of_another_key_are_refused(store: Store) -> None:
    with pytest.raises(InputError, match="holds draws of another model") as caught:
        Store(store.folder, "another").read(9, silent)
    assert "\n" not in str(caught.value)
