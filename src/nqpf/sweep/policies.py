"""Policies of a sweep: scenarios crossed with every setting of the levers that are listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nqpf.errors import InputError
from nqpf.study.folder import Study
from nqpf.study.project import changed, spread
from nqpf.study.scenarios import find_lever, own_parameters, timing
from nqpf.study.toml import Text
from nqpf.sweep.designs import combinations, count_of
from nqpf.sweep.spec import SweepSpec

if TYPE_CHECKING:
    from nqpf.engine import Model

MAX_POLICIES = 2**22
"""Twenty-two levers on and off."""

AS_IN_THE_FILE = "baseline"
_TITLE = Text(en="As in the model file", zh="按模型文件")


@dataclass(frozen=True)
class Policies:
    """Scenarios, and levers each with its settings; the last lever changes fastest.

    Attributes
    ----------
    names, titles, changes
        Of the scenarios; what each changes, by columns.
    levers, settings, columns
        Names of the levers, their strengths, the columns that each sets.
    timing
        Constants of the levers' starts and ramps.
    """

    names: tuple[str, ...]
    titles: tuple[Text, ...]
    changes: tuple[dict[str, float], ...]
    levers: tuple[str, ...]
    settings: tuple[tuple[float, ...], ...]
    columns: tuple[tuple[str, ...], ...]
    timing: dict[str, float]

    @cached_property
    def count(self) -> int:
        """How many policies there are."""
        return len(self.names) * count_of(self._sizes)

    @property
    def _sizes(self) -> list[int]:
        return [len(each) for each in self.settings]

    def parts(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return each policy's scenario (policies,) and its strengths (policies, levers)."""
        inner = count_of(self._sizes)
        places = combinations(self._sizes, numbers % inner)
        strengths = [np.asarray(s)[places[:, k]] for k, s in enumerate(self.settings)]
        table = np.stack(strengths, axis=1) if strengths else np.zeros((len(numbers), 0))
        return numbers // inner, table

    def labels(self, numbers: Sequence[int] | NDArray[np.int64] | None = None) -> list[str]:
        """Return names of policies: scenario, then the levers that are on, with their strength."""
        chosen = np.arange(self.count) if numbers is None else np.asarray(numbers, dtype=np.int64)
        scenarios, strengths = self.parts(chosen)
        found = []
        for scenario, row in zip(scenarios, strengths, strict=True):
            name = self.names[scenario]
            on = [
                lever if value == 1 else f"{lever}={value:g}"
                for lever, value in zip(self.levers, row, strict=True)
                if value
            ]
            found.append(f"{name}+{'+'.join(on)}" if on else name)
        return found

    def fill(self, numbers: NDArray[np.int64], columns: dict[str, int], out: NDArray) -> None:
        """Put what policies set into ``out`` (policies, columns); the rest is left alone."""
        for column, value in self.timing.items():
            out[:, columns[column]] = value
        scenarios, strengths = self.parts(numbers)
        for number, change in enumerate(self.changes):
            rows = np.flatnonzero(scenarios == number)
            for column, value in change.items():
                out[rows, columns[column]] = value
        for place, each in enumerate(self.columns):
            for column in each:
                out[:, columns[column]] = strengths[:, place]

    @property
    def every_column(self) -> list[str]:
        """Return every column that some policy sets."""
        found = dict.fromkeys(self.timing)
        for change in self.changes:
            found |= dict.fromkeys(change)
        for each in self.columns:
            found |= dict.fromkeys(each)
        return list(found)


def find_policies(spec: SweepSpec, study: Study, model: Model, where: str) -> Policies:
    """Return the policies of a sweep; InputError for what the study does not have."""
    names, titles, changes = _named(spec, study, model, where)
    levers, settings, columns = [], [], []
    when: dict[str, float] = {}
    for name, factor in spec.levers.items():
        lever = find_lever(study.levers, name, where)
        when |= spread(model, timing(lever, name, factor.start, factor.ramp, where), where)
        if factor.values is not None:
            levers.append(name)
            settings.append(tuple(factor.values))
            columns.append(tuple(spread(model, {lever.parameter: factor.values[0]}, where)))
    found = Policies(names, titles, changes, tuple(levers), tuple(settings), tuple(columns), when)
    if found.count > MAX_POLICIES:
        raise InputError(
            f"{where}: the settings of the levers make {found.count:,} policies; at most "
            f"{MAX_POLICIES:,} are run: give some levers a range (low, high) to be sampled."
        )
    return found


def _named(
    spec: SweepSpec, study: Study, model: Model, where: str
) -> tuple[tuple[str, ...], tuple[Text, ...], tuple[dict[str, float], ...]]:
    """Return scenarios of the study, then policies of the sweep itself: name, title, changes."""
    found: dict[str, tuple[Text, dict[str, float]]] = {}
    try:
        for each in study.choose(spec.scenarios) if spec.scenarios else []:
            found[each.name] = (each.title, changed(model, each))
        for name, policy in spec.policies.items():
            if name in found:
                raise InputError(f'"{name}" stands in scenarios and in [policies].')
            merged: dict[str, float] = {}
            for each in (study.choose([include])[0] for include in policy.include):
                merged |= changed(model, each)
            at = f"{where}: policies.{name}"
            merged |= spread(model, own_parameters(policy, study.levers, at), at)
            found[name] = (policy.title, merged)
    except InputError as error:
        said = str(error)
        raise InputError(said if said.startswith(where) else f"{where}: {said}") from None
    if not found:
        found[AS_IN_THE_FILE] = (_TITLE, {})
    titles, changes = zip(*found.values(), strict=True)
    return tuple(found), titles, changes
