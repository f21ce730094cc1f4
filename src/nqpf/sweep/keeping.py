"""What a sweep keeps of a run: variables with their elements, and years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nqpf.engine.clock import make_clock
from nqpf.engine.names import split_subscripts
from nqpf.errors import InputError
from nqpf.sweep.spec import SweepSpec, Years

if TYPE_CHECKING:
    from nqpf.engine import Model

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Kept:
    """A variable that is kept: its subscripts with their elements, and what it is."""

    name: str
    dims: tuple[str, ...]
    elements: tuple[tuple[str, ...], ...]
    unit: str
    meaning: str

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(each) for each in self.elements)


def what_is_kept(spec: SweepSpec, model: Model, where: str) -> tuple[tuple[Kept, ...], Values]:
    """Return the variables and the times to keep; InputError for what the model does not have."""
    names = [*spec.variables, *(each.variable for each in spec.outcomes.values())]
    found: dict[str, Kept] = {}
    for name in names:
        try:
            variable, _ = model.places(name)
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        if variable.kind in ("constant", "lookup"):
            raise InputError(f'{where}: "{name}" is a {variable.kind}, not computed: no outcome.')
        if "/" in variable.name:
            raise InputError(f'{where}: "{variable.name}": a store has no place for a name with /.')
        axes = tuple(tuple(axis) for axis in model.axes(variable))
        meaning = variable.doc or variable.name
        found[variable.name] = Kept(
            variable.name, tuple(variable.dims), axes, variable.unit, meaning
        )
    for name, each in spec.outcomes.items():
        variable, places = model.places(each.variable)
        given = split_subscripts(each.variable)[1]
        if len(places) > 1 and given:
            raise InputError(f'{where}: outcome "{name}": name one element for each subscript.')
        if variable.dims and not given:
            raise InputError(
                f'{where}: outcome "{name}": "{variable.name}" has subscripts; name one.'
            )
    years = _years(spec, _saved(model), where)
    for name, each in spec.outcomes.items():
        for year in each.when:
            if year not in years:
                raise InputError(
                    f'{where}: outcome "{name}" needs {year:g}, which is not among the years kept.'
                )
    return tuple(found.values()), years


def _saved(model: Model) -> Values:
    control = model.control
    clock = make_clock(control.initial_time, control.final_time, control.time_step, control.saveper)
    return np.asarray(clock.times, dtype=np.float64)


def _years(spec: SweepSpec, saved: Values, where: str) -> Values:
    match spec.years:
        case None:
            return saved
        case Years(first=first, last=last, every=every):
            if last < first:
                raise InputError(f"{where}: years end in {last:g} before they begin in {first:g}.")
            if (last - first) / every > 1e6:
                raise InputError(f"{where}: years every {every:g} are too many.")
            wanted = np.arange(first, last + every * 1e-6, every)
        case listed:
            wanted = np.array(sorted(set(listed)))
    missing = [f"{year:g}" for year in wanted if year not in saved]
    if missing or not len(wanted):
        raise InputError(
            f"{where}: the model saves nothing in {', '.join(missing[:5]) or 'no years'}; it saves "
            f"from {saved[0]:g} to {saved[-1]:g}, every {saved[1] - saved[0]:g}."
        )
    return wanted
