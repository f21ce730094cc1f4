"""Where inputs are read: a folder with a study, put back after each of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.fuzz.formats import FORMATS, Format, Input, prepare
from tests.fuzz.guard import Fault, judge


class Ground:
    """A folder in which inputs of one format are tried, one after another."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.format: Format = FORMATS[name]
        prepare(folder)
        for sound in self.format.sound():
            self._put(sound)
            self.format.read(folder, sound)  # libraries are imported, the study is compiled
            self._take_back(sound)

    def attempt(self, given: Input) -> tuple[str, Fault | None]:
        """Return ("read" or "refused", what was wrong about it)."""
        self._put(given)
        try:
            return judge(lambda: self.format.read(self.folder, given), self.folder)
        finally:
            self._take_back(given)

    def _put(self, given: Input) -> None:
        path = self.folder / given.name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._before = path.read_bytes() if path.exists() else None
        path.write_bytes(given.data)

    def _take_back(self, given: Input) -> None:
        path = self.folder / given.name
        if self._before is None:
            path.unlink()
        else:
            path.write_bytes(self._before)


@contextmanager
def ground(name: str) -> Iterator[Ground]:
    """Give a ground for a format; models that are read there are not kept in the cache."""
    before = os.environ.get("NQPF_CACHE_DIR")
    with TemporaryDirectory(prefix="fuzz-") as folder:
        blocked = Path(folder) / "no cache"
        blocked.touch()
        os.environ["NQPF_CACHE_DIR"] = str(blocked)
        try:
            yield Ground(Path(folder), name)
        finally:
            if before is None:
                del os.environ["NQPF_CACHE_DIR"]
            else:
                os.environ["NQPF_CACHE_DIR"] = before


def numbered(name: str, seed: int, number: int) -> Input:
    """Return the input of a format with that number; always the same."""
    return FORMATS[name].make(Random(f"{seed} {name} {number}"))
