"""The arrays of a store, as Zarr sees them, and the files of one chunk of them.

A chunk of a sweep is one chunk of every array along ``run``. Zarr makes its bytes in memory; the
store puts them on disk. So the same bytes come out wherever a chunk is made.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nqpf.errors import InputError
from nqpf.sweep.plan import Plan

SAMPLE, POLICY = "sample", "policy"
FAILED, FAILED_VARIABLE, FAILED_TIME = "failed", "failed_variable", "failed_time"
SOUND = -1  # in FAILED_VARIABLE
MISSING = -1  # in FAILED, of runs that are still to come


@dataclass(frozen=True)
class Array:
    """One array: its axes, its type, and what it says of itself. The first axis is ``run``."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    attrs: Mapping[str, Any]
    labels: NDArray | None = None
    """Values of a coordinate that is whole from the start."""


def arrays_of(plan: Plan, variables: list[str]) -> list[Array]:
    """Return the arrays of a sweep: outcomes, failures and numbers of sample and policy by run.

    ``variables``: names of all variables of the model, in whose order failures name one.
    """
    runs, years = plan.runs, len(plan.years)
    found = [
        Array(
            each.name,
            ("run", "time", *each.dims),
            (runs, years, *each.shape),
            plan.spec.precision,
            {"units": each.unit, "long_name": each.meaning},
        )
        for each in plan.kept
    ]
    # As the CF conventions (section 3.5) describe flags.
    meaning = {
        "flag_values": [MISSING, 0, 1, 2, 3],
        "flag_meanings": "not_run sound infinite undefined stuck",
    }
    found += [
        Array(SAMPLE, ("run",), (runs,), "int64", {"long_name": "Number of the sample"}),
        Array(POLICY, ("run",), (runs,), "int32", {"long_name": "Number of the policy"}),
        Array(FAILED_VARIABLE, ("run",), (runs,), "int32", {"variables": variables}),
        Array(FAILED_TIME, ("run",), (runs,), "float64", {"units": plan.time_unit}),
        Array(FAILED, ("run",), (runs,), "int8", meaning),
    ]
    found.append(
        Array("time", ("time",), (years,), "float64", {"units": plan.time_unit}, plan.years)
    )
    labels = {
        dim: np.array(axis)
        for each in plan.kept
        for dim, axis in zip(each.dims, each.elements, strict=True)
    }
    found += [
        Array(dim, (dim,), axis.shape, str(axis.dtype), {}, axis) for dim, axis in labels.items()
    ]
    names = [each.name for each in found]
    twice = [name for name in names if names.count(name) > 1] + [n for n in names if n == "run"]
    if twice:
        raise InputError(
            f'results have a coordinate "{twice[0]}" of their own: leave the variable of that '
            "name out of the outcomes."
        )
    return found


class Encoder:
    """Turns the values of a chunk into the files that Zarr would write for it."""

    def __init__(self, arrays: list[Array], chunk: int) -> None:
        from zarr.storage import MemoryStore

        self._store = MemoryStore()
        self._chunk = chunk
        self._arrays = _create(self._store, arrays, chunk)

    def files(self, number: int, values: Mapping[str, NDArray]) -> dict[str, bytes]:
        """Return the files of chunk ``number``: path within the group -> bytes."""
        first = number * self._chunk
        found: dict[str, bytes] = {}
        for name, array in self._arrays.items():
            data = values[name]
            array[first : first + len(data)] = data
            key = f"{name}/{array.metadata.encode_chunk_key((number,) + (0,) * (data.ndim - 1))}"
            found[key] = self._store._store_dict.pop(key).to_bytes()
        return found


def chunk_paths(arrays: list[Array], number: int) -> Iterator[str]:
    """Yield the paths of a chunk's files; the last one that is written comes last."""
    for each in arrays:
        if each.labels is None:
            yield "/".join([each.name, "c", str(number), *["0"] * (len(each.shape) - 1)])


def create_group(folder: Path, arrays: list[Array], chunk: int, attrs: Mapping[str, Any]) -> None:
    """Write the group into a folder that does not exist: everything but the chunks."""
    import zarr
    from zarr.storage import LocalStore

    beside = " ".join(each.name for each in arrays if len(each.dims) == 1 and each.labels is None)
    store = LocalStore(folder)
    _create(store, arrays, chunk, {**attrs, "coordinates": beside})
    with warnings.catch_warnings():
        # Zarr 3 has no word yet on metadata in one place; xarray looks for it, and opens faster.
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(store)


def _create(
    store: Any, arrays: list[Array], chunk: int, attrs: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Create group and arrays; return those that are filled chunk by chunk."""
    import numcodecs.blosc
    import zarr

    # The processors are busy with runs.
    numcodecs.blosc.use_threads = False
    group = zarr.create_group(store, attributes=dict(attrs or {}))
    found: dict[str, Any] = {}
    for each in arrays:
        if each.labels is None:
            found[each.name] = _by_run(group, each, chunk)
            continue
        made = group.create_array(
            each.name,
            shape=each.shape,
            # Texts of any length, which every reader of Zarr 3 knows.
            dtype="string" if each.dtype.startswith("<") else each.dtype,
            dimension_names=each.dims,
            attributes=dict(each.attrs),
        )
        made[:] = each.labels
    return found


def _by_run(group: Any, array: Array, chunk: int) -> Any:
    from zarr.codecs import BloscCodec, Crc32cCodec

    # Fixed in every detail: the bytes of a store are the same wherever they are made.
    size = np.dtype(array.dtype).itemsize
    blosc = BloscCodec(cname="lz4", clevel=5, shuffle="shuffle", typesize=size, blocksize=0)
    return group.create_array(
        array.name,
        shape=array.shape,
        chunks=(chunk, *array.shape[1:]),
        dtype=array.dtype,
        compressors=[blosc, Crc32cCodec()],
        fill_value=np.nan if array.dtype.startswith("float") else MISSING,
        dimension_names=array.dims,
        attributes=dict(array.attrs),
        # A chunk of nothing but zeros is one, too: its file says that it was run.
        config={"write_empty_chunks": True},
    )
