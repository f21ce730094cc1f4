"""Designs: points of the unit cube, the same whatever part of them is asked for.

Sources: `scipy.stats.qmc` (Latin hypercube; Sobol sequence with Owen's scrambling, Owen 1998),
SALib (Saltelli and others 2010, doi:10.1016/j.cpc.2009.09.018; Morris 1991,
doi:10.1080/00401706.1991.10484804).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nqpf.errors import InputError

Values = NDArray[np.float64]

ROOM = 2**30  # bytes of a design that is only known as a whole
EDGE = 2.0**-53  # no point lies at 0 or 1, where a distribution may have no number


@dataclass
class Unit:
    """Points of a design in the unit cube, sample by sample.

    ``kind``: lhs, sobol, saltelli or morris, with ``n`` as the specification has it.
    """

    kind: str
    n: int
    dimensions: int
    seed: int
    second_order: bool = False
    levels: int = 4
    _sequence: Any = field(default=None, repr=False, compare=False)

    @cached_property
    def count(self) -> int:
        """Number of samples."""
        match self.kind:
            case "saltelli":
                return self.n * (self.dimensions * (1 + self.second_order) + 2)
            case "morris":
                return self.n * (self.dimensions + 1)
        return self.n

    def points(self, first: int, last: int) -> Values:
        """Return samples ``first`` to ``last`` (not counted), shape (samples, dimensions)."""
        if self.kind == "sobol":
            return np.clip(self._sobol(first, last), EDGE, 1 - EDGE)
        self.require_room()
        whole = _whole(
            self.kind, self.n, self.dimensions, self.seed, self.second_order, self.levels
        )
        return np.clip(whole[first:last], EDGE, 1 - EDGE)

    def require_room(self) -> None:
        """Refuse what would have to be in memory as a whole, and does not fit there."""
        if self.kind != "sobol" and 8 * self.count * self.dimensions > ROOM:
            raise InputError(
                f'design "{self.kind}" with n = {self.n:,} has {self.count:,} samples of '
                f"{self.dimensions} numbers, which are only known together and take "
                f"{8 * self.count * self.dimensions / ROOM:.0f} GiB; take a smaller n"
                + (', or design "sobol"' if self.kind == "lhs" else "")
            )

    def _sobol(self, first: int, last: int) -> Values:
        # The sequence goes on from where the last part ended; any other part starts it anew.
        at, sequence = self._sequence or (-1, None)
        if at != first or sequence is None:
            from scipy.stats import qmc

            sequence = qmc.Sobol(self.dimensions, rng=np.random.default_rng(self.seed), bits=32)
            if first:
                sequence.fast_forward(first)
        with warnings.catch_warnings():
            # A part of the sequence need not be a power of two long.
            warnings.simplefilter("ignore", UserWarning)
            found = sequence.random(last - first)
        self._sequence = (last, sequence)
        return found

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_sequence": None}


@lru_cache(maxsize=2)
def _whole(
    kind: str, n: int, dimensions: int, seed: int, second_order: bool, levels: int
) -> Values:
    if kind == "lhs":
        from scipy.stats import qmc

        return qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(n)
    problem = problem_of([f"x{number}" for number in range(dimensions)])
    with warnings.catch_warnings():
        # SALib says that n should be a power of two, which our documentation says, too.
        warnings.simplefilter("ignore", UserWarning)
        if kind == "saltelli":
            from SALib.sample import sobol

            return sobol.sample(problem, n, calc_second_order=second_order, seed=seed)
        from SALib.sample import morris

        return morris.sample(problem, n, num_levels=levels, seed=seed)


def problem_of(names: list[str]) -> dict[str, Any]:
    """Return factors in the unit cube, as SALib wants them described."""
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def combinations(sizes: list[int], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which value of each list a combination has, the last list changing fastest.

    Parameters
    ----------
    sizes
        Lengths of the lists.
    numbers
        Combinations, counted from 0.

    Returns
    -------
    Places in the lists, shape (combinations, lists).
    """
    if not sizes:
        return np.zeros((len(numbers), 0), dtype=np.int64)
    return np.stack(np.unravel_index(numbers, sizes), axis=1)


def count_of(sizes: list[int]) -> int:
    """Return how many combinations there are of lists of these lengths."""
    return prod(sizes)
