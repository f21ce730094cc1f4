"""Main effects and synergies of levers, where every combination of them was run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from nqpf.errors import InputError
from nqpf.study.toml import shown
from nqpf.sweep.analysis.tables import Findings, Values, band
from nqpf.sweep.results import Sweep

ROUNDING = 1e-12
"""Of the largest value: what is left of a difference that is none."""


def synergy(sweep: Sweep, outcomes: Sequence[str] = (), scenario: str | None = None) -> Findings:
    """Return what levers do alone, together and beyond the sum; see ``docs/sweeps.md``.

    Parameters
    ----------
    scenario
        Policy whose runs are taken, of several that the settings were crossed with; the reference.

    Raises
    ------
    InputError
        Not every lever has two settings, or there are no two levers.
    """
    levers = {name: each.values for name, each in sweep.spec.levers.items() if each.values}
    levers = {name: values for name, values in levers.items() if len(values) > 1}
    if len(levers) < 2 or any(len(values) != 2 for values in levers.values()):
        raise InputError(
            f"{shown(sweep.folder)}: synergies need two levers or more with two settings each, "
            'such as "L1.1" = [0, 1].'
        )
    names = list(levers)
    shape = tuple(2 for _ in names)
    first = _first(sweep, scenario, 2 ** len(names))
    tables: dict[str, list[pd.DataFrame]] = {}
    left_out: dict[str, int] = {}
    for outcome, whole in sweep.figures(sweep.choose(tuple(outcomes))).items():
        mine = whole[:, first : first + 2 ** len(names)]
        values = mine[np.isfinite(mine).all(axis=1)]
        left_out[outcome] = len(mine) - len(values)
        if not len(values):
            raise InputError(f"{shown(sweep.folder)}: {outcome}: every sample has a failed run.")
        cube = values.reshape(len(values), *shape)
        for name, table in figures_of(names, cube).items():
            table.insert(0, "outcome", outcome)
            tables.setdefault(name, []).append(table)
    said = {"levers": levers, "samples left out": left_out}
    return Findings(
        "synergy",
        {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()},
        said,
    )


def figures_of(names: list[str], cube: Values) -> dict[str, pd.DataFrame]:
    """Return the tables of one outcome.

    Parameters
    ----------
    names
        Of the levers.
    cube
        Samples x 2 x 2 x ...: an axis a lever, off and on.
    """
    return {
        "main_effects": _main(names, cube),
        "synergies": _pairs(names, cube),
        "orders": _orders(cube),
        "package": pd.concat(_package(cube), ignore_index=True),
    }


def _first(sweep: Sweep, scenario: str | None, settings: int) -> int:
    names = [each["name"] for each in sweep.record["policies"]]
    if scenario is None:
        return sweep.reference
    if scenario not in names:
        raise InputError(
            f'{shown(sweep.folder)}: no scenario "{scenario}". Known: {", ".join(names)}.'
        )
    return names.index(scenario) * settings


def _main(names: list[str], cube: Values) -> pd.DataFrame:
    rows = []
    flat = cube.reshape(len(cube), -1)
    for place, name in enumerate(names):
        off, on = (np.take(cube, side, axis=place + 1).reshape(len(cube), -1) for side in (0, 1))
        effect = (on - off).mean(axis=1)
        alone = _at(cube, {place: 1}, 0) - flat[:, 0]
        last = flat[:, -1] - _at(cube, {place: 0}, 1)
        rows.append(
            {
                "lever": name,
                **_figures("effect", effect),
                **_figures("alone", alone),
                **_figures("last", last),
                "n": len(cube),
            }
        )
    return pd.DataFrame(rows)


def _pairs(names: list[str], cube: Values) -> pd.DataFrame:
    rows = []
    for first, second in combinations(range(len(names)), 2):
        # Every setting of the others at once: a mean over all axes but these two.
        others = tuple(axis + 1 for axis in range(len(names)) if axis not in (first, second))
        face = cube.mean(axis=others) if others else cube
        beyond = face[:, 1, 1] - face[:, 1, 0] - face[:, 0, 1] + face[:, 0, 0]
        beyond[np.abs(beyond) < ROUNDING * np.abs(face).max()] = 0.0
        rows.append(
            {
                "lever": names[first],
                "other": names[second],
                **_figures("synergy", beyond),
                "n": len(cube),
            }
        )
    return pd.DataFrame(rows)


def _orders(cube: Values) -> pd.DataFrame:
    """Return the share of the variance over settings by how many levers act together.

    The coefficients of a full two-level factorial are its Walsh-Hadamard transform (Yates 1937).
    """
    count = cube.ndim - 1
    coefficients = cube
    for axis in range(1, count + 1):
        off, on = (np.take(coefficients, side, axis=axis) for side in (0, 1))
        coefficients = np.stack([off + on, on - off], axis=axis)
    squares = (coefficients / 2**count).reshape(len(cube), -1) ** 2
    order = np.array([bin(number).count("1") for number in range(2**count)])
    total = squares[:, order > 0].sum(axis=1)
    rows = []
    for number in range(1, count + 1):
        with np.errstate(invalid="ignore", divide="ignore"):
            share = squares[:, order == number].sum(axis=1) / total
        rows.append({"order": number, **_figures("share", np.nan_to_num(share))})
    return pd.DataFrame(rows)


def _package(cube: Values) -> Iterator[pd.DataFrame]:
    """Yield all levers against the sum of each alone, in levels and, if positive, in logs."""
    scales = [("level", cube)]
    if (cube > 0).all():
        scales.append(("log", 100 * np.log(cube)))
    for scale, values in scales:
        flat = values.reshape(len(values), -1)
        alone = [_at(values, {place: 1}, 0) - flat[:, 0] for place in range(values.ndim - 1)]
        package, parts = flat[:, -1] - flat[:, 0], np.sum(alone, axis=0)
        row = {
            "scale": scale,
            **_figures("package", package),
            **_figures("sum", parts),
            **_figures("difference", package - parts),
            "more": float((package > parts).mean()),
            "n": len(values),
        }
        yield pd.DataFrame([row])


def _at(cube: Values, settings: dict[int, int], rest: int) -> Values:
    """Return the samples' values where some levers are set so and all others are ``rest``."""
    place = tuple(settings.get(axis, rest) for axis in range(cube.ndim - 1))
    return cube[(slice(None), *place)]


def _figures(name: str, values: Values) -> dict[str, float]:
    low, high = band(values)
    return {name: float(np.median(values)), f"{name}_low": low, f"{name}_high": high}
