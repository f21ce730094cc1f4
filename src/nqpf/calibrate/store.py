"""Draws on disk: a folder with one file a block, from which a run that was stopped goes on.

A block is written once and never again, whole or not at all; each holds the state of the random
numbers at its end, so that what follows is the same whenever it is drawn.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nqpf.calibrate.texts import Tell
from nqpf.errors import InputError
from nqpf.study.toml import shown

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """Draws of all chains that follow one another.

    Attributes
    ----------
    mean, covariance
        Of the posterior in scores, as the warm-up found them: the proposals are made by them.
    draws, log_density
        Scores (chains, steps, parameters) and (chains, steps).
    accepted
        Share of proposals taken.
    random
        State of ``numpy.random.RandomState`` after the last step.
    """

    mean: Values
    covariance: Values
    draws: Values
    log_density: Values
    accepted: float
    random: Any


class Store:
    """The folder of blocks of one posterior, seed and number of chains, told by ``key``."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder, self.key = folder, key

    def read(self, most: int, tell: Tell) -> list[Block]:
        """Return the blocks that are there, at most ``most``, up to the first that is damaged.

        Raises
        ------
        InputError
            They are of another model, other data, priors or seed.
        """
        found: list[Block] = []
        while len(found) < most and (path := self._path(len(found))).exists():
            block = self._read(path)
            if block is None:
                tell("damaged", file=shown(path))
                break
            found.append(block)
        return found

    def append(self, block: Block, number: int) -> None:
        """Write the block with this number, counted from 0."""
        from nqpf.engine.cache import write_atomically

        buffer = io.BytesIO()
        kind, keys, *rest = block.random
        np.savez(
            buffer,
            key=self.key,
            mean=block.mean,
            covariance=block.covariance,
            draws=block.draws,
            log_density=block.log_density,
            accepted=block.accepted,
            kind=kind,
            keys=keys,
            rest=rest,
        )
        write_atomically(self._path(number), buffer.getvalue())

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:04d}.npz"

    def _read(self, path: Path) -> Block | None:
        try:
            with np.load(path) as data:
                key = str(data["key"])
                position, has_gauss, cached = data["rest"].tolist()
                random = (str(data["kind"]), data["keys"], int(position), int(has_gauss), cached)
                block = Block(
                    data["mean"],
                    data["covariance"],
                    data["draws"],
                    data["log_density"],
                    float(data["accepted"]),
                    random,
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        if key != self.key:
            raise InputError(
                f"{shown(self.folder)} holds draws of another model, other data, priors or seed; "
                "remove it to start anew, or choose another folder with --out."
            )
        return block
