"""Printed source -> compiled functions, kept on disk under the source's hash."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nqpf.engine import cache
from nqpf.engine.codegen import Source


@dataclass(frozen=True)
class Kernel:
    """The compiled functions of a model; ``codegen`` prints them and says what they take.

    ``links``: addresses of the model's functions, which ``run`` takes first.
    """

    member: Callable[..., None]
    start: Callable[..., None]
    run: Callable[..., None]
    links: tuple[int, ...]
    modules: tuple[Any, ...]  # what owns the code at these addresses


_loaded: dict[str, Any] = {}


def compile_kernel(source: Source, progress: Callable[[str], None] | None = None) -> Kernel:
    """Return the kernel of ``source``, compiled, or read from the cache."""
    from nqpf.engine.links import SIGNATURE, address

    signatures = _signatures()
    names = [name for name in source.links if name]
    own = {name: signatures[name] for name in ("member", "start")} | dict.fromkeys(names, SIGNATURE)
    run = signatures["adaptive run" if source.adaptive else "run"]
    driver = _compile(source.driver, {"run": run}, None)
    model = _compile(source.text, own, progress)
    links = tuple(address(getattr(model, name)) if name else 0 for name in source.links)
    return Kernel(model.member, model.start, driver.run, links, (model, driver))


def _compile(text: str, signatures: dict[str, Any], progress: Callable[[str], None] | None) -> Any:
    """Return the module of ``text`` with its functions compiled.

    numba keeps machine code beside the file it was compiled from, so the source is written to
    a file named by a hash that covers the engine, its helpers and the compiler's version.
    """
    key = cache.digest("kernel", text)
    if key in _loaded:
        return _loaded[key]
    path = cache.folder() / "kernels" / f"k{key}.py"
    try:
        if not path.exists() or path.read_text("utf-8") != text:
            cache.write_atomically(path, text.encode())
    except OSError:
        # No cache to write to: compile for this process alone.
        path = Path(tempfile.mkdtemp(prefix="nqpf-")) / f"k{key}.py"
        path.write_text(text, "utf-8")
    _remove_damaged(path)
    if progress is not None and not any(path.parent.glob(f"__pycache__/{path.stem}.start-*.nbi")):
        progress("compiling")
    module = _import(path)
    for name, signature in signatures.items():
        function = getattr(module, name)
        try:
            function.compile(signature)
        except OSError:
            if not function.signatures:
                raise
            # It is compiled, and could not be kept: the disk is full.
    _seal(path)
    _loaded[key] = module
    return module


# --- what numba keeps -------------------------------------------------------------------------


def _sums(path: Path) -> str:
    """Return name and hash of every file of machine code that is kept for a source."""
    kept = sorted(path.parent.glob(f"__pycache__/{path.stem}.*"))
    return "".join(
        f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n"
        for file in kept
        if file.suffix in (".nbi", ".nbc", ".pyc")
    )


def _seal(path: Path) -> None:
    """Note how the files are now; where that cannot be written they are made again next time."""
    with suppress(OSError):
        now = _sums(path)
        if now != _sealed(path):
            cache.write_atomically(path.with_suffix(".sums"), now.encode())


def _sealed(path: Path) -> str:
    try:
        return path.with_suffix(".sums").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _remove_damaged(path: Path) -> None:
    """Remove files that are not as they were sealed: numba would run whatever they hold."""
    with suppress(OSError):
        if _sums(path) != _sealed(path):
            for file in path.parent.glob(f"__pycache__/{path.stem}.*"):
                file.unlink(missing_ok=True)


def _signatures() -> dict[str, tuple[Any, ...]]:
    """The arguments of the functions that Python calls, as ``codegen`` prints them."""
    from numba import float64, int64, types, uint8

    vector, whole = float64[::1], int64[::1]
    common = (vector, vector, vector, int64[:, ::1])  # M, X, Y, B
    kept = (vector, int64[:, ::1])  # H, R
    model = (types.UniTuple(int64, 5), int64, int64)  # links, first, states
    grid = (float64, float64, int64, int64)  # start, dt, begin, steps
    rule = (float64[:, ::1], vector, vector)  # a, b, c
    saved = (whole, whole, uint8[::1], vector, vector, vector, float64[:, :, ::1])
    control = (vector, float64, float64, int64, vector)  # e, rtol, atol, tries, stuck
    return {
        "member": common,
        "start": (*common, *kept, float64, uint8[::1]),
        "run": (*model, *common, *kept, *grid, *rule, *saved),
        "adaptive run": (
            *(*model, *common, *kept, *grid, *rule, *saved),
            *control,
        ),
    }


def _import(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"nqpf_kernels.{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
