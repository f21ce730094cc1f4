"""Results of many members as an xarray Dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nqpf.engine import ir
from nqpf.engine.parameters import Directory
from nqpf.engine.simulate import Simulation
from nqpf.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

GIB = 2**30


@dataclass
class Members:
    """Results being filled in. ``values``: members x times x cells; failures by member."""

    values: NDArray[np.float64]
    failed: NDArray[np.int8]
    variable: NDArray[np.object_]
    time: NDArray[np.float64]

    @staticmethod
    def empty(count: int, times: int, cells: int) -> Members:
        return Members(
            np.empty((count, times, cells)),
            np.zeros(count, dtype=np.int8),
            np.full(count, "", dtype=object),
            np.full(count, np.nan),
        )

    def fill(self, job: tuple[Simulation, NDArray[np.int64], NDArray[np.int64]]) -> None:
        """Run one block: (simulation, rows here, member numbers there)."""
        simulation, rows, numbers = job
        together = rows[-1] - rows[0] + 1 == len(rows)
        out = self.values[rows[0] : rows[-1] + 1] if together else None
        block = simulation.members(numbers, out)
        if not together:
            self.values[rows] = block.values
        for lane in np.flatnonzero(block.failed >= 0):
            variable, time = simulation.diagnose(int(numbers[lane]), int(block.failed[lane]))
            row = rows[lane]
            self.failed[row], self.variable[row], self.time[row] = 1, variable, time


def require_room(members: int, times: int, cells: int) -> None:
    """Refuse results that would not fit into the memory that is free."""
    import psutil

    needed = members * times * cells * 8
    free = psutil.virtual_memory().available
    if needed > 0.9 * free:
        raise InputError(
            f"{members:,} runs x {times:,} times x {cells:,} values need {needed / GIB:.1f} GiB, "
            f"{free / GIB:.1f} GiB are free: ask for fewer outputs, save less often, or take the "
            "results in parts with stream(...)"
        )


def dataset(
    directory: Directory,
    names: Sequence[tuple[str, ir.Variable, tuple[int, ...]]],
    members: Members,
    runs: pd.Index,
    times: NDArray[np.float64],
    time_unit: str,
    attrs: dict[str, str],
) -> xr.Dataset:
    """Return the results as variables over run x time (x subscripts), ``attrs`` on the whole."""
    import xarray as xr

    arrays: dict[str, Any] = {}
    coordinates: dict[str, Any] = {"run": runs, "time": times}
    column = 0
    for _, variable, places in names:
        block = members.values[:, :, column : column + len(places)]
        column += len(places)
        shaped = block.reshape(*block.shape[:2], *variable.shape)
        for dim, length in zip(variable.dims, variable.shape, strict=True):
            coordinates[dim] = list(directory.elements(dim, length))
        said = {"units": variable.unit, "long_name": variable.doc or variable.name}
        arrays[variable.name] = (("run", "time", *variable.dims), shaped, said)
    coordinates["failed"] = ("run", members.failed)
    coordinates["failed_variable"] = ("run", members.variable.astype(str))
    coordinates["failed_time"] = ("run", members.time)
    data = xr.Dataset(arrays, coordinates, attrs)
    data["time"].attrs["units"] = time_unit
    return data
