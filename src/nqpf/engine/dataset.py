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
SMALL = 2**26  # bytes that are not worth asking the system for
# As the CF conventions (section 3.5) describe flags.
FAILED = {"flag_values": [0, 1, 2], "flag_meanings": "sound infinite undefined"}

# A simulation, rows of a part of the results, and the numbers of the simulation's members in them.
Job = tuple[Simulation, NDArray[np.int64], NDArray[np.int64]]


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

    def fill(
        self, simulation: Simulation, rows: NDArray[np.int64], numbers: NDArray[np.int64]
    ) -> None:
        """Run a block of members."""
        together = rows[-1] - rows[0] + 1 == len(rows)
        out = self.values[rows[0] : rows[-1] + 1] if together else None
        block = simulation.members(numbers, out)
        if not together:
            self.values[rows] = block.values
        for lane in np.flatnonzero(block.failed >= 0):
            found = simulation.diagnose(int(numbers[lane]), int(block.failed[lane]))
            row = rows[lane]
            self.failed[row], self.variable[row], self.time[row] = found


def require_room(members: int, times: int, cells: int, way_out: str) -> None:
    """Refuse results that would not fit into the memory that is free; say the ``way_out``."""
    needed = members * times * cells * 8
    if needed < SMALL:
        return
    import psutil

    free = psutil.virtual_memory().available
    if needed > 0.9 * free:
        raise InputError(
            f"{members:,} runs x {times:,} times x {cells:,} values need {needed / GIB:.1f} GiB, "
            f"{free / GIB:.1f} GiB are free: ask for fewer outputs, save less often, or {way_out}"
        )


def dataset(
    directory: Directory,
    names: Sequence[tuple[str, ir.Variable, tuple[int, ...]]],
    time_unit: str,
    attrs: dict[str, str],
    members: Members,
    runs: pd.Index,
    times: NDArray[np.float64],
) -> xr.Dataset:
    """Return the results as variables over run x time (x subscripts), ``attrs`` on the whole."""
    import xarray as xr

    arrays: dict[str, Any] = {}
    coordinates: dict[str, Any] = {"time": times}
    column = 0
    for _, variable, places in names:
        block = members.values[:, :, column : column + len(places)]
        column += len(places)
        shaped = block.reshape(*block.shape[:2], *variable.shape)
        for dim, length in zip(variable.dims, variable.shape, strict=True):
            coordinates[dim] = list(directory.elements(dim, length))
        said = {"units": variable.unit, "long_name": variable.doc or variable.name}
        arrays[variable.name] = (("run", "time", *variable.dims), shaped, said)
    coordinates["failed"] = ("run", members.failed, FAILED)
    coordinates["failed_variable"] = ("run", members.variable.astype(str))
    coordinates["failed_time"] = ("run", members.time)
    taken = [name for name in ("run", *coordinates) if name in arrays]
    if taken:
        raise InputError(
            f'results have a coordinate "{taken[0]}" of their own: leave the variable of that name '
            "out of outputs"
        )
    data = xr.Dataset(arrays, _labelled(coordinates, runs, set(arrays)), attrs)
    data["time"].attrs["units"] = time_unit
    return data


def _labelled(coordinates: dict[str, Any], runs: pd.Index, taken: set[str]) -> Any:
    """Return ``coordinates`` and ``run``, with the levels of a labelled hierarchy."""
    import pandas as pd
    import xarray as xr

    if not isinstance(runs, pd.MultiIndex):
        return coordinates | {"run": runs.to_numpy()}
    for name in runs.names:
        if name in taken or name in coordinates or name == "run":
            raise InputError(f'a level of the runs\' index is called "{name}", as a coordinate is')
    return xr.Coordinates.from_pandas_multiindex(runs, "run").assign(coordinates)
