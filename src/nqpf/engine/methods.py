"""Explicit Runge-Kutta methods as Butcher tableaus (Hairer, Norsett, Wanner 1993, II.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nqpf.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Tableau:
    """Stage s stands at time ``c[s]`` and uses slopes ``a[s, :s]``; ``b`` weighs the result.

    ``error`` weighs the difference from the result of the next lower order, by which an adaptive
    method chooses its steps; None for a method of fixed steps.
    """

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    c: NDArray[np.float64]
    order: int
    error: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Tolerance:
    """The error of a step that an adaptive method allows a stock: the larger of the two.

    ``relative`` is in parts of the stock, ``absolute`` in its unit.
    """

    relative: float = 1e-6
    absolute: float = 1e-9

    def __post_init__(self) -> None:
        if not 1e-14 <= self.relative < 1:
            raise InputError(
                f"rtol: {self.relative:g} is not a relative tolerance; expected 1e-14 to 1"
            )
        if not 0 < self.absolute < np.inf:
            raise InputError(
                f"atol: {self.absolute:g} is not an absolute tolerance; expected a number above 0"
            )


def _tableau(
    a: list[list[float]],
    b: list[float],
    c: list[float],
    order: int,
    error: list[float] | None = None,
) -> Tableau:
    stages = np.zeros((len(b), len(b)))
    for row, slopes in zip(stages, a, strict=True):
        row[: len(slopes)] = slopes
    return Tableau(
        stages, np.array(b), np.array(c), order, None if error is None else np.array(error)
    )


_DORMAND_PRINCE = [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]


METHODS = {
    "euler": _tableau([[]], [1.0], [0.0], 1),
    # The improved Euler method (Heun), which Vensim and Stella call RK2.
    "rk2": _tableau([[], [1.0]], [1 / 2, 1 / 2], [0.0, 1.0], 2),
    # The classical method of Kutta 1901.
    "rk4": _tableau(
        [[], [1 / 2], [0.0, 1 / 2], [0.0, 0.0, 1.0]],
        [1 / 6, 1 / 3, 1 / 3, 1 / 6],
        [0.0, 1 / 2, 1 / 2, 1.0],
        4,
    ),
    # Dormand and Prince 1980, order 5 with an error of order 4 (Hairer, Norsett, Wanner, II.5).
    "rk45": _tableau(
        [
            [],
            [1 / 5],
            [3 / 40, 9 / 40],
            [44 / 45, -56 / 15, 32 / 9],
            [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
            [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
            _DORMAND_PRINCE,
        ],
        [*_DORMAND_PRINCE, 0.0],
        [0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0],
        5,
        [71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40],
    ),
}


def tableau(method: str) -> Tableau:
    """Return the tableau of a method by name; InputError if it is not known."""
    found = METHODS.get(str(method).strip().lower())
    if found is None:
        raise InputError(
            f'integration method "{method}" is not known; expected one of '
            f"{', '.join(METHODS)}.{did_you_mean(str(method), METHODS)}"
        )
    return found
