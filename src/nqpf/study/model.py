"""The model of a study: the file that it names, with the study's own numbers in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nqpf.engine.names import split_subscripts
from nqpf.engine.variant import Said
from nqpf.errors import InputError
from nqpf.study.folder import Study
from nqpf.study.numbers import FILE, Number, values
from nqpf.study.statistics import read_statistics
from nqpf.study.toml import shown

if TYPE_CHECKING:
    from nqpf.engine import Model


def load_model(
    study: Study, progress: Callable[[str], None] | None = None, data: Any = None
) -> Model:
    """Load the model file of ``study`` and put the study's own numbers in it.

    Parameters
    ----------
    progress
        Called with a short text at the start of each slow stage.
    data
        Values of data variables, as ``nqpf.load`` takes them.

    Raises
    ------
    InputError
        The file cannot be read, or a number does not fit: no such constant or table, another
        unit, outside its range.
    """
    from nqpf.engine import load

    return own_numbers(study)(load(study.model_file, progress, data))


def own_numbers(study: Study) -> Callable[[Model], Model]:
    """Return what puts the study's numbers into its model, or into one that is made from it."""
    if not study.numbers:
        return lambda model: model
    where = shown(study.folder / FILE)
    folder = study.calibration / "statistics"
    statistics = read_statistics(folder) if folder.is_dir() else None
    given = values(study.numbers, statistics, where)
    return lambda model: _with_numbers(model, study.numbers, given, where)


def _with_numbers(
    model: Model, numbers: Mapping[str, Number], given: Mapping[str, Any], where: str
) -> Model:
    try:
        changed = model.with_numbers(given, _said(model, numbers, where))
    except InputError as error:
        text = str(error)
        raise InputError(text if text.startswith(where) else f"{where}: {text}.") from None
    for name in numbers:
        _require_range(changed, name, where)
    return changed


def _said(model: Model, numbers: Mapping[str, Number], where: str) -> dict[str, Said]:
    """Return what is said of each number, in place of what the file says of its own."""
    said: dict[str, Said] = {}
    for name, number in numbers.items():
        variable = model.find(name)
        if number.unit.split() != variable.unit.split():
            raise InputError(
                f'{where}: "{name}" is in "{number.unit}", the model file has "{variable.unit}".'
            )
        limits = None if number.range is None else (number.range[0], number.range[1])
        said[split_subscripts(name)[0]] = Said(number.said, limits)
    return said


def _require_range(model: Model, name: str, where: str) -> None:
    variable = model.find(name)
    if variable.kind != "constant":
        return
    low, high = variable.limits
    numbers = model.constants[variable.name]
    if np.any(numbers < (-np.inf if low is None else low)) or np.any(
        numbers > (np.inf if high is None else high)
    ):
        raise InputError(
            f'{where}: "{name}" = {numbers.ravel().tolist()} is outside [{low}, {high}], the range '
            "that the model file states; give range = [low, high] if another holds here."
        )
