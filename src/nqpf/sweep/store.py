"""A sweep on disk: chunks that are whole or not there, samples beside them, and the record.

::

    OUT/record.json          what made it, and what makes it this sweep's and no other's
    OUT/runs.zarr/           outcomes and failures by run
    OUT/samples/*.parquet    what was run, a file a chunk
    OUT/analysis/            what was found in it

A chunk is written file by file, each under another name first and then renamed, the samples last.
It is done where all its files are there and their checksums are right. Nothing else is
remembered, so there is nothing that could be wrong after a crash.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from nqpf.errors import InputError
from nqpf.study.results import unwritable
from nqpf.study.toml import shown
from nqpf.sweep.layout import Array, chunk_paths, create_group

RECORD, DATA, SAMPLES, ANALYSIS = "record.json", "runs.zarr", "samples", "analysis"
KIND = "nqpf sweep"
_LOCK = ".lock"
_DRAFT = ".writing-"
_SAID = ("title", "note", "reference", "outcomes", "objectives", "variables")
"""Keys of a specification that change no data; which variables are kept stands in the layout."""


class Store:
    """The folder of one sweep."""

    def __init__(self, folder: Path, arrays: list[Array], chunks: int, chunk: int) -> None:
        self.folder, self.arrays, self.chunks, self.chunk = folder, arrays, chunks, chunk

    # --- begin, or go on ----------------------------------------------------------------------

    def open(self, record: Mapping[str, Any], *, overwrite: bool = False) -> bool:
        """Make the store, or find it; return whether it was there.

        Raises
        ------
        InputError
            There is a store of another model, specification or version, or something else; or
            nothing can be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            remove_drafts(self.folder)
            if overwrite:
                self._remove()
            elif (self.folder / RECORD).exists():
                there, wanted = read_record(self.folder)["identity"], record["identity"]
                require_same(there, wanted, self.folder)
                if there != json.loads(json.dumps(wanted)):  # other words, or other figures of it
                    self.write_record(record)
                return True
            elif not any((self.folder / SAMPLES).glob("*.parquet")):
                # Begun, and killed before its record was there.
                shutil.rmtree(self.folder / DATA, ignore_errors=True)
                shutil.rmtree(self.folder / SAMPLES, ignore_errors=True)
            self._require_empty()
            (self.folder / SAMPLES).mkdir(exist_ok=True)
            create_group(self.folder / DATA, self.arrays, self.chunk, {"kind": KIND})
            self.write_record(record)
        except OSError as error:
            raise unwritable(self.folder, error) from None
        return False

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Write how the store is made, in one go."""
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        write(self.folder / RECORD, text.encode())

    def _require_empty(self) -> None:
        others = sorted(path.name for path in self.folder.iterdir() if path.name != _LOCK)
        if others:
            raise InputError(
                f"{shown(self.folder)}: holds {others[0]}, and is no sweep's folder. "
                "Choose another with --out."
            )

    def _remove(self) -> None:
        """Remove a sweep that is there, and nothing else."""
        if not (self.folder / RECORD).exists() and not (self.folder / DATA).exists():
            return
        if (self.folder / RECORD).exists():
            read_record(self.folder)
            (self.folder / RECORD).unlink()
        for name in (DATA, SAMPLES, ANALYSIS):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    # --- chunks -------------------------------------------------------------------------------

    def missing(self, tell: Callable[[int, str], None] | None = None) -> list[int]:
        """Return the chunks that are still to be made.

        One that is damaged is among them; ``tell`` is told its number and the file that is broken.
        """
        found: list[int] = []
        for number in range(self.chunks):
            broken = self._broken(number)
            if broken is None:
                continue
            found.append(number)
            if broken and tell is not None:
                tell(number, broken)
        return found

    def _broken(self, number: int) -> str | None:
        """Return None where a chunk is whole, "" where it is not there, else its broken file."""
        last = self.folder / SAMPLES / sample_file(number)
        if not last.exists():
            return ""
        for name in chunk_paths(self.arrays, number):
            if not _sound(self.folder / DATA / name):
                return f"{DATA}/{name}"
        return None if _sound_samples(last) else f"{SAMPLES}/{last.name}"

    def commit(self, number: int, files: Mapping[str, bytes], samples: bytes) -> None:
        """Write a chunk; it counts once the samples, which come last, are there."""
        for name, content in files.items():
            write(self.folder / DATA / name, content)
        write(self.folder / SAMPLES / sample_file(number), samples)


def write(path: Path, content: bytes) -> None:
    """Write a file so that it is there as a whole or not at all, readable to whom others are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{_DRAFT}{secrets.token_hex(8)}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def sample_file(number: int) -> str:
    """Return the name of the file with the samples of a chunk."""
    return f"{number:08d}.parquet"


def encode_samples(samples: pd.DataFrame) -> bytes:
    """Return samples as a Parquet file whose pages carry checksums."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    table = pa.Table.from_pandas(samples, preserve_index=False, nthreads=1)
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    return sink.getvalue().to_pybytes()


def _sound(path: Path) -> bool:
    """Whether a file of the group ends in the checksum of the rest, as Zarr's crc32c codec does."""
    import google_crc32c

    try:
        content = path.read_bytes()
    except OSError:
        return False
    if len(content) < 4:
        return False
    return google_crc32c.value(content[:-4]) == int.from_bytes(content[-4:], "little")


def _sound_samples(path: Path) -> bool:
    import pyarrow.parquet as pq

    try:
        pq.read_table(path, page_checksum_verification=True)
    except Exception:
        # A damaged file makes the library fail anywhere, with whatever its code trips over first.
        return False
    return True


def remove_drafts(folder: Path) -> None:
    """Remove what a killed process left half written; nobody else is writing here."""
    for path in folder.rglob(f"{_DRAFT}*"):
        path.unlink(missing_ok=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a store against a second process; a process that is killed lets go of it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise unwritable(folder, error) from None
    try:
        if not _lock(handle):
            raise InputError(f"{shown(folder)}: another sweep is writing here; wait for its end.")
        yield
    finally:
        os.close(handle)
        if not (folder / RECORD).exists():  # nothing came of it: leave nothing behind
            with suppress(OSError):
                (folder / _LOCK).unlink()
                folder.rmdir()


def _lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # a system without it
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


# --- the record ---------------------------------------------------------------------------------


def read_record(folder: Path) -> dict[str, Any]:
    """Return how a sweep was made; InputError if there is none, or it is broken."""
    path = folder / RECORD
    try:
        record = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f'{shown(folder)}: no sweep here. Make it with "nqpf sweep".') from None
    except (OSError, ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or record.get("kind") != KIND:
        raise InputError(f"{shown(path)}: is broken, or the record of something else than a sweep.")
    return record


def require_same(there: Any, wanted: Any, folder: Path) -> None:
    """Refuse to go on with a store that something else made; name the first differences."""
    wanted = json.loads(json.dumps(wanted))
    found = list(_differences(_data_of(there), _data_of(wanted), ""))
    if found:
        more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
        raise InputError(
            f"{shown(folder)}: holds another sweep: {'; '.join(found[:3])}{more}. Choose another "
            "folder with --out, or give --overwrite to replace it."
        )


def _data_of(identity: Any) -> Any:
    """Return what decides which data a store holds, without what is only said or made of them."""
    spec = {key: value for key, value in identity["spec"].items() if key not in _SAID}
    return {**identity, "spec": spec}


def _differences(there: Any, wanted: Any, at: str) -> Iterator[str]:
    if isinstance(there, dict) and isinstance(wanted, dict):
        for key in [*wanted, *(key for key in there if key not in wanted)]:
            inner = f"{at}.{key}" if at else str(key)
            yield from _differences(there.get(key), wanted.get(key), inner)
    elif there != wanted:
        yield f"{at} was {_short(there)}, is {_short(wanted)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def open_data(folder: Path) -> Any:
    """Return the runs of a sweep as a lazy xarray Dataset: ``run`` x ``time`` (x subscripts)."""
    import xarray as xr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return xr.open_zarr(folder / DATA, chunks=None)
