"""Calls from one compiled source into another, by address.

The integrator is the same for all models, so it is compiled once; what a model brings are five
functions of one signature, which it calls by their addresses.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir as llvm
from numba.core import types

from nqpf.engine.lanes import intrinsic

_VECTOR, _WHOLES = types.float64[::1], types.int64[:, ::1]
# ``codegen.driver.ARGUMENTS`` names them.
SIGNATURE = (
    *(_VECTOR, _VECTOR, _VECTOR, _WHOLES, _VECTOR, _WHOLES),
    *(types.float64, types.float64, types.int64, types.boolean),
)


def address(dispatcher: Any) -> int:
    """Return the address of a function compiled with ``SIGNATURE``."""
    compiled = dispatcher.overloads[SIGNATURE]
    return compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)


def _call(
    _typing: Any,
    place: Any,
    M: Any,
    X: Any,
    Y: Any,
    B: Any,
    H: Any,
    R: Any,
    t: Any,
    t0: Any,
    i: Any,
    later: Any,
) -> Any:
    """Call the function at address ``place``; nothing if it is 0."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        ready = [
            context.cast(builder, value, given, wanted)
            for value, given, wanted in zip(args[1:], sig.args[1:], SIGNATURE, strict=True)
        ]
        convention = context.call_conv
        function = convention.get_function_type(types.none, SIGNATURE)
        with builder.if_then(builder.icmp_unsigned("!=", args[0], llvm.Constant(args[0].type, 0))):
            pointer = builder.inttoptr(args[0], function.as_pointer())
            # The functions raise nothing, so their status is not looked at.
            convention.call_function(builder, pointer, types.none, SIGNATURE, ready)
        return context.get_dummy_value()

    return types.void(place, M, X, Y, B, H, R, t, t0, i, later), code


call = intrinsic(_call)
