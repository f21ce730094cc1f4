"""Settings by name -> a frame of parameters, and the constants that checks may draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nqpf.engine.model import Model
from nqpf.engine.passes.symbols import CONTROL


def filled(model: Model, rows: Sequence[Mapping[str, float]]) -> pd.DataFrame:
    """Return one row a member; what a row does not change keeps the file's value.

    A row has "Name" (all elements), "Name[East]" or "Name[Range]" -> value; later ones win.
    """
    columns: dict[str, np.ndarray] = {}
    for member, row in enumerate(rows):
        for name, value in row.items():
            variable, places = model.places(name)
            labels = model.labels(variable)
            own = model.constants[variable.name].ravel()
            for place in places:
                column = columns.setdefault(
                    variable.name + labels[place], np.full(len(rows), own[place])
                )
                column[member] = value
    return pd.DataFrame(columns, index=range(len(rows)))


def ranges(model: Model) -> dict[str, tuple[float, float]]:
    """Return the constants with both ends of a range, control variables apart."""
    control = {model.find(name).name for name in CONTROL}
    found: dict[str, tuple[float, float]] = {}
    for name in model.constants:
        low, high = model.variables[name].limits
        if name not in control and low is not None and high is not None and low < high:
            found[name] = (low, high)
    return found
