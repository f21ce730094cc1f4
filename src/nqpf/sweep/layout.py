"""The arrays of a store, as Zarr sees them, and the files of one chunk of them.

A chunk of a sweep is one chunk of every array along ``run``. Its bytes are made in memory, and the
store puts them on disk: the same bytes come out wherever a chunk is made.
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
COMPRESSOR, LEVEL = "lz4", 5


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

    @property
    def missing(self) -> float:
        """Value of what is not there yet."""
        return np.nan if self.dtype.startswith("float") else MISSING


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
    """Turns the values of a chunk into the files that Zarr would write for it.

    Zarr's own way to the same bytes, which the tests compare, costs three times as much.
    """

    def __init__(self, arrays: list[Array], chunk: int) -> None:
        import numcodecs.blosc
        from numcodecs import Blosc

        numcodecs.blosc.use_threads = False  # the processors are busy with runs
        self._arrays = [each for each in arrays if each.labels is None]
        self._chunk = chunk
        self._blosc = Blosc(COMPRESSOR, LEVEL, Blosc.SHUFFLE)

    def files(self, number: int, values: Mapping[str, NDArray]) -> dict[str, bytes]:
        """Return the files of chunk ``number``: path within the group -> bytes."""
        import google_crc32c

        found: dict[str, bytes] = {}
        paths = chunk_paths(self._arrays, number)
        for array, path in zip(self._arrays, paths, strict=True):
            data = np.ascontiguousarray(values[array.name], dtype=np.dtype(array.dtype))
            if len(data) < self._chunk:  # the last chunk is as long as all others
                whole = np.full((self._chunk, *data.shape[1:]), array.missing, data.dtype)
                whole[: len(data)] = data
                data = whole
            content = bytes(self._blosc.encode(data))
            found[path] = content + google_crc32c.value(content).to_bytes(4, "little")
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


def _create(store: Any, arrays: list[Array], chunk: int, attrs: Mapping[str, Any]) -> None:
    """Create group and arrays, and fill the coordinates."""
    import zarr

    group = zarr.create_group(store, attributes=dict(attrs))
    for each in arrays:
        if each.labels is None:
            _by_run(group, each, chunk)
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


def _by_run(group: Any, array: Array, chunk: int) -> None:
    from zarr.codecs import BloscCodec, Crc32cCodec

    # Fixed in every detail: the bytes of a store are the same wherever they are made.
    size = np.dtype(array.dtype).itemsize
    blosc = BloscCodec(
        cname=COMPRESSOR, clevel=LEVEL, shuffle="shuffle", typesize=size, blocksize=0
    )
    group.create_array(
        array.name,
        shape=array.shape,
        chunks=(chunk, *array.shape[1:]),
        dtype=array.dtype,
        compressors=[blosc, Crc32cCodec()],
        fill_value=array.missing,
        dimension_names=array.dims,
        attributes=dict(array.attrs),
        # A chunk of nothing but zeros is one, too: its file says that it was run.
        config={"write_empty_chunks": True},
    )
