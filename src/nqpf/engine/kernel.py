"""Printed source -> compiled functions, kept on disk under the source's hash."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nqpf.engine import cache


@dataclass(frozen=True)
class Kernel:
    """The compiled functions of a model; ``codegen`` prints them and says what they take."""

    member: Callable[..., None]
    start: Callable[..., None]
    run: Callable[..., None]


_loaded: dict[str, Kernel] = {}


def compile_kernel(source: str, progress: Callable[[str], None] | None = None) -> Kernel:
    """Return the kernel of ``source``, compiled, or read from the cache.

    numba keeps machine code beside the file it was compiled from, so the source is written to
    a file named by a hash that covers the engine, its helpers and the compiler's version.
    """
    key = cache.digest("kernel", source)
    if key in _loaded:
        return _loaded[key]
    path = cache.folder() / "kernels" / f"k{key}.py"
    try:
        if not path.exists() or path.read_text("utf-8") != source:
            cache.write_atomically(path, source.encode())
    except OSError:
        # No cache to write to: compile for this process alone.
        path = Path(tempfile.mkdtemp(prefix="nqpf-")) / f"k{key}.py"
        path.write_text(source, "utf-8")
    if progress is not None and not any(path.parent.glob(f"__pycache__/{path.stem}.run-*.nbi")):
        progress("compiling")
    module = _import(path)
    for name, signature in _signatures().items():
        getattr(module, name).compile(signature)
    _loaded[key] = Kernel(module.member, module.start, module.run)
    return _loaded[key]


def _signatures() -> dict[str, tuple[Any, ...]]:
    """The arguments of a kernel's functions, as ``codegen`` prints them."""
    from numba import float64, int64, uint8

    vector, whole = float64[::1], int64[::1]
    common = (vector, vector, vector, int64[:, ::1])  # M, X, Y, B
    kept = (vector, int64[:, ::1])  # H, R
    rule = (float64[:, ::1], vector, vector)  # a, b, c
    saved = (whole, whole, uint8[::1], vector, vector, vector, float64[:, :, ::1])
    return {
        "member": common,
        "start": (*common, *kept, float64, uint8[::1]),
        "run": (*common, *kept, float64, float64, int64, *rule, *saved),
    }


def _import(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"nqpf_kernels.{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
