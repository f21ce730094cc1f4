"""The on-disk cache of kernels and read models.

Entries are named by the hash of everything they depend on, written to a temporary file first
and renamed, and checked when read: a damaged or half-written entry is made again, and two
processes may share the folder.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import tempfile
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def folder() -> Path:
    """Return the cache folder: ``$NQPF_CACHE_DIR``, else the user's cache folder."""
    given = os.environ.get("NQPF_CACHE_DIR")
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_cache_dir("nqpf", appauthor=False))


@cache
def engine_fingerprint() -> str:
    """Return a hash of the engine's own sources and of the versions that shape its output."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for source in sorted(root.rglob("*.py")):
        digest.update(source.relative_to(root).as_posix().encode())
        digest.update(source.read_bytes())
    for package in ("numba", "llvmlite", "numpy"):
        try:
            digest.update(f"{package} {version(package)}".encode())
        except PackageNotFoundError:
            digest.update(f"{package} none".encode())
    digest.update(f"{platform.python_version()} {platform.machine()}".encode())
    return digest.hexdigest()


def digest(*parts: str | bytes) -> str:
    """Return a hash of ``parts`` together with the engine's fingerprint."""
    total = hashlib.sha256(engine_fingerprint().encode())
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "little"))
        total.update(data)
    return total.hexdigest()[:32]


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` so that a reader sees the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_object(key: str) -> object | None:
    """Return the object stored under ``key``, or None if there is none or it is damaged."""
    path = folder() / "models" / f"{key}.bin"
    try:
        data = path.read_bytes()
    except OSError:
        return None
    check, payload = data[:32], data[32:]
    if hashlib.sha256(payload).digest() != check:
        return None
    return pickle.loads(payload)


def store_object(key: str, value: object) -> None:
    """Store ``value`` under ``key``; a folder that cannot be written is not an error."""
    payload = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    try:
        write_atomically(
            folder() / "models" / f"{key}.bin", hashlib.sha256(payload).digest() + payload
        )
    except OSError:
        return
