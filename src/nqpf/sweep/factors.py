"""Factors of a sweep: what varies from sample to sample, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nqpf.errors import InputError, did_you_mean
from nqpf.study.folder import Study
from nqpf.study.parameters import FILE as PARAMETERS
from nqpf.study.parameters import read_parameters
from nqpf.study.priors import ends, frozen, quantile
from nqpf.study.project import spread
from nqpf.study.scenarios import find_lever
from nqpf.study.toml import shown
from nqpf.sweep.spec import Factor, SweepSpec

if TYPE_CHECKING:
    import pandas as pd

    from nqpf.engine import Model

Values = NDArray[np.float64]

DRAW = "fitted draw"
"""Name of the factor that stands for all parameters of the fitted ensemble together."""


@dataclass(frozen=True)
class Source:
    """One factor.

    Attributes
    ----------
    name
        As the specification has it: a lever, a constant, or `DRAW`.
    kind
        ``lever``, ``uncertainty`` or ``draw``.
    columns
        Constants of the model that take its value.
    values
        What it is picked from, if listed; of a draw the numbers of the draws.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    low: float
    high: float
    unit: str
    values: tuple[float, ...] | None = None
    distribution: Any = None

    @cached_property
    def _ends(self) -> tuple[float, float]:
        return ends(self.distribution, self.low, self.high)

    def quantile(self, u: Values) -> Values:
        """Return its values at shares ``u`` in (0, 1) of its distribution."""
        if self.values is not None:
            listed = np.asarray(self.values)
            return listed[np.minimum((u * len(listed)).astype(np.int64), len(listed) - 1)]
        return quantile(self.distribution, u, self.low, self.high, self._ends)

    def said(self) -> dict[str, Any]:
        """Return what a record says of it."""
        found: dict[str, Any] = {"kind": self.kind, "unit": self.unit}
        if self.kind == "draw":
            return found | {"draws": len(self.values or ())}
        if self.values is not None:
            many = len(self.values) > 20
            return found | {"values": f"{len(self.values)} values" if many else list(self.values)}
        frozen_ = self.distribution
        given = dict(zip(("loc", "scale"), frozen_.args, strict=False)) | dict(frozen_.kwds)
        return found | {
            "low": self.low,
            "high": self.high,
            "distribution": frozen_.dist.name,
            "parameters": {key: float(value) for key, value in given.items()},
        }


def find_sources(
    spec: SweepSpec, study: Study, model: Model, fitted: pd.DataFrame | None, where: str
) -> list[Source]:
    """Return the factors of the samples: of the calibration, then uncertainties, then levers.

    Raises
    ------
    InputError
        A constant or a lever that does not exist, a range or distribution that makes no sense.
    """
    found: dict[str, Source] = {}
    if spec.calibration == "draws":
        draws = _need(fitted, study, where)
        numbers = tuple(float(number) for number in range(len(draws)))
        found[DRAW] = Source(DRAW, "draw", (), 0.0, float(len(draws) - 1), "", numbers)
    elif spec.calibration == "priors":
        for each in read_parameters(study.calibration / PARAMETERS, model)[0]:
            found[each.name] = _source(each.name, Factor(take="prior"), study, model, fitted, where)
    elif spec.calibration == "marginals":
        for name in _need(fitted, study, where).columns:
            found[str(name)] = _source(
                str(name), Factor(take="fitted"), study, model, fitted, where
            )
    for name, factor in spec.uncertainties.items():
        found.pop(name, None)
        found[name] = _source(name, factor, study, model, fitted, where)
    for name, factor in spec.levers.items():
        lever = find_lever(study.levers, name, where)
        if factor.values is None:
            given = Factor(low=factor.low or 0.0, high=_or(factor.high, 1.0), prior=factor.prior)
            source = _source(lever.parameter, given, study, model, fitted, where)
            found[name] = replace(source, name=name, kind="lever")
    _require_apart(found.values(), where)
    return list(found.values())


def _source(
    name: str,
    factor: Factor,
    study: Study,
    model: Model,
    fitted: pd.DataFrame | None,
    where: str,
) -> Source:
    at = f'{where}: "{name}"'
    if factor.take == "prior":
        return _prior(name, study, model, where)
    if factor.take == "fitted":
        draws = _need(fitted, study, where)
        if name not in draws.columns:
            hint = did_you_mean(name, map(str, draws.columns))
            raise InputError(f"{at} is not in the fitted ensemble.{hint}")
        values = tuple(np.sort(draws[name].to_numpy()).tolist())
        unit = model.find(name).unit
        return Source(name, "uncertainty", (name,), values[0], values[-1], unit, values)
    columns, low, high, unit = _range(name, factor, model, where)
    if factor.values is not None:
        return Source(name, "uncertainty", columns, low, high, unit, tuple(factor.values))
    if not low < high:
        raise InputError(f"{at}: low {low:g} must lie below high {high:g}.")
    distribution = frozen(factor.prior, low, high, at)
    return Source(name, "uncertainty", columns, low, high, unit, None, distribution)


def _prior(name: str, study: Study, model: Model, where: str) -> Source:
    path = study.calibration / PARAMETERS
    known = {each.name: each for each in read_parameters(path, model)[0]}
    if name not in known:
        hint = did_you_mean(name, known)
        raise InputError(f'{where}: "{name}" has no prior in {shown(path)}.{hint}')
    found = known[name]
    columns = tuple(spread(model, {name: found.value}, where))
    return Source(
        name,
        "uncertainty",
        columns,
        found.low,
        found.high,
        found.unit,
        None,
        found.distribution,
    )


def _range(
    name: str, factor: Factor, model: Model, where: str
) -> tuple[tuple[str, ...], float, float, str]:
    """Return columns, bounds and unit of a constant; the values given lie in its own range."""
    at = f'{where}: "{name}"'
    given = factor.values or [each for each in (factor.low, factor.high) if each is not None]
    columns: tuple[str, ...] = ()
    for value in given or [None]:
        columns = tuple(_columns(model, name, value, where))
    variable = model.find(name)
    low, high = variable.limits
    if factor.values is not None:
        low, high = min(factor.values), max(factor.values)
    low, high = _or(factor.low, low), _or(factor.high, high)
    if low is None or high is None:
        raise InputError(f"{at} has no range in the model file; give low and high.")
    return columns, float(low), float(high), variable.unit


def _columns(model: Model, name: str, value: float | None, where: str) -> Mapping[str, float]:
    """Return the columns of a constant, its value checked against the model file's range."""
    if value is not None:
        return spread(model, {name: value}, where)
    return spread(model, {name: _inside(model, name)}, where)


def _inside(model: Model, name: str) -> float:
    try:
        variable, places = model.places(name)
    except InputError:
        return 0.0  # whoever asks finds out, and says it better
    if variable.kind != "constant":
        return 0.0
    return float(model.constants[variable.name].ravel()[places[0]])


def _need(fitted: pd.DataFrame | None, study: Study, where: str) -> pd.DataFrame:
    if fitted is None:
        raise InputError(
            f"{where}: no fitted ensemble in {shown(study.calibration)}. "
            'Make it with "nqpf calibrate --keep".'
        )
    return fitted


def _require_apart(sources: Any, where: str) -> None:
    """Refuse two factors that set the same constant."""
    owners: dict[str, str] = {}
    for each in sources:
        for column in each.columns:
            other = owners.setdefault(column, each.name)
            if other != each.name:
                raise InputError(f'{where}: "{other}" and "{each.name}" both set "{column}".')


def _or(value: float | None, other: Any) -> Any:
    return other if value is None else value
