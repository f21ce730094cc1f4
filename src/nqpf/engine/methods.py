"""Explicit Runge-Kutta methods as Butcher tableaus (Hairer, Norsett, Wanner 1993, II.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nqpf.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Tableau:
    """Stage s stands at time ``c[s]`` and uses slopes ``a[s, :s]``; ``b`` weighs the result."""

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    c: NDArray[np.float64]
    order: int


def _tableau(a: list[list[float]], b: list[float], c: list[float], order: int) -> Tableau:
    return Tableau(np.array(a), np.array(b), np.array(c), order)


METHODS = {
    "euler": _tableau([[0.0]], [1.0], [0.0], 1),
    # The improved Euler method (Heun), which Vensim and Stella call RK2.
    "rk2": _tableau([[0.0, 0.0], [1.0, 0.0]], [1 / 2, 1 / 2], [0.0, 1.0], 2),
    # The classical method of Kutta 1901.
    "rk4": _tableau(
        [
            [0.0, 0.0, 0.0, 0.0],
            [1 / 2, 0.0, 0.0, 0.0],
            [0.0, 1 / 2, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ],
        [1 / 6, 1 / 3, 1 / 3, 1 / 6],
        [0.0, 1 / 2, 1 / 2, 1.0],
        4,
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
