"""The ways in which the engine's functions are compiled.

All in strict IEEE arithmetic (``error_model``: a division by zero gives what IEEE 754 says).
``no_rewrites`` and the missing wrappers leave out what such code has no use for: they halve what
numba does beside LLVM. Printed functions count no references to arrays (``_nrt``): threads share
these, and would wait for one another's counting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

_Function = Callable[..., Any]


def _jit(function: _Function, **options: bool) -> Any:
    njit: Any = numba.njit
    common = {"error_model": "numpy", "no_cfunc_wrapper": True, "no_rewrites": True}
    return njit(**common, **options)(function)


def inlined(function: _Function) -> Any:
    """Compile ``function`` so that LLVM always copies it into its callers."""
    return _jit(function, forceinline=True, no_cpython_wrapper=True)


def called(function: _Function) -> Any:
    """Compile ``function`` as one that is called: for what is long, or seldom needed."""
    return _jit(function, no_cpython_wrapper=True)


def allocating(function: _Function) -> Any:
    """As ``called``, for what needs arrays of its own, whoever calls it."""
    return _jit(function, no_cpython_wrapper=True, _nrt=True)


def linked(function: _Function) -> Any:
    """Compile a printed function that compiled code calls by its address; keep it on disk."""
    return _jit(function, no_cpython_wrapper=True, cache=True, _nrt=False)


def entry(function: _Function) -> Any:
    """Compile a printed function that Python calls, without Python's lock; keep it on disk."""
    return _jit(function, nogil=True, cache=True, _nrt=False)
