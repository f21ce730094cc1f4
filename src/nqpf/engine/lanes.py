"""Members side by side as one value: SIMD vectors as types of numba.

``lanes(16, float)`` is LLVM's ``<16 x double>``: printed code and the functions it calls compute
with such values as with numbers, and every operation is one instruction over registers, whatever
LLVM's loop vectoriser would make of a loop. Lanes never mix: an operation gives every lane the
bits that it gives a single float. Numbers and lanes may meet; a number then stands in every lane.

Functions here take floats too, so that one text of a function serves a single value and lanes.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from typing import Any, Literal

import numba
from llvmlite import ir as llvm
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import models, register_model

_typed: Any = infer_global


def intrinsic(define: Callable[..., Any]) -> Any:
    """Return a function for compiled code, as ``numba.extending.intrinsic`` does.

    ``define(typing context, *types)`` returns its signature and what emits its code, or None.
    numba's own goes through all its registries again at every call that it types, and binds the
    call's arguments to parameters: a tenth of the compilation.
    """

    def function(*_arguments: Any) -> Any:
        raise TypeError(f"{define.__name__} is for compiled code")

    known: dict[tuple[Any, ...], Any] = {}

    class _Typed(AbstractTemplate):
        key = function

        def generic(self, args: tuple[Any, ...], kws: Any) -> Any:
            assert not kws
            if args not in known:
                found = define(self.context, *args)
                if found is None:
                    return None
                known[args], code = found
                lower_builtin(function, *known[args].args)(code)
            return known[args]

    _typed(function, types.Function(_Typed))
    function.__doc__ = define.__doc__
    return function


Kind = Literal["float", "int", "bool"]
_LLVM = {"float": llvm.DoubleType(), "int": llvm.IntType(64), "bool": llvm.IntType(1)}


class Lanes(types.Type):
    """``count`` values of one kind."""

    def __init__(self, count: int, kind: Kind) -> None:
        self.count = count
        self.kind: Kind = kind
        super().__init__(f"lanes({count}, {kind})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, lanes: Lanes) -> None:
        super().__init__(manager, lanes, llvm.VectorType(_LLVM[lanes.kind], lanes.count))


def _kind(given: Any) -> Kind | None:
    match given:
        case Lanes():
            return given.kind
        case types.Float():
            return "float"
        case types.Boolean():
            return "bool"
        case types.Integer():
            return "int"
        case _:
            return None


def _scalar(kind: Kind) -> Any:
    return {"float": types.float64, "int": types.int64, "bool": types.boolean}[kind]


def _joined(args: tuple[Any, ...], kind: Kind) -> Any:
    """Return the type of a result of ``kind``: lanes if any argument is."""
    counts = {each.count for each in args if isinstance(each, Lanes)}
    return Lanes(counts.pop(), kind) if counts else _scalar(kind)


def _spread(context: Any, builder: Any, value: Any, given: Any, like: Any) -> Any:
    """Return ``value`` in every lane of ``like``, converted to its kind."""
    if not isinstance(like, Lanes):
        return context.cast(builder, value, given, like)
    if isinstance(given, Lanes):
        return value
    one = context.cast(builder, value, given, _scalar(like.kind))
    if like.kind == "bool" and one.type != _LLVM["bool"]:
        one = builder.trunc(one, _LLVM["bool"])
    vector = llvm.VectorType(one.type, like.count)
    place = llvm.Constant(llvm.IntType(32), 0)
    first = builder.insert_element(llvm.Constant(vector, llvm.Undefined), one, place)
    zeros = llvm.Constant(llvm.VectorType(llvm.IntType(32), like.count), [0] * like.count)
    return builder.shuffle_vector(first, llvm.Constant(vector, llvm.Undefined), zeros)


# --- operators --------------------------------------------------------------------------------

_ARITHMETIC = {
    operator.add: ("fadd", "add"),
    operator.sub: ("fsub", "sub"),
    operator.mul: ("fmul", "mul"),
    operator.truediv: ("fdiv", None),
    operator.lshift: (None, "shl"),
    operator.rshift: (None, "ashr"),
}
_LOGIC = {operator.and_: "and_", operator.or_: "or_"}
_COMPARE = {
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.eq: "==",
    operator.ne: "!=",
}


def _operands(args: tuple[Any, ...]) -> tuple[Kind, Any] | None:
    """Return (kind, common type) of an operation with lanes in it, or None."""
    if not any(isinstance(each, Lanes) for each in args):
        return None
    kinds = {_kind(each) for each in args}
    if None in kinds:
        return None
    kind: Kind = "float" if "float" in kinds else "int" if "int" in kinds else "bool"
    return kind, _joined(args, kind)


def _operator(symbol: Any, result: Callable[[Kind, Any], Any], emit: Callable[..., Any]) -> None:
    """Teach numba one operator over lanes; ``emit(builder, kind, *values)`` prints it."""

    @_typed(symbol)
    class _Typed(AbstractTemplate):
        # The most specific target is asked first: numba has a dozen rules for an operator, and
        # trying them all took a sixth of the compilation.
        metadata = {"target": "cpu"}

        def generic(self, args: tuple[Any, ...], kws: Any) -> Any:  # noqa: ARG002
            found = _operands(args)
            return None if found is None else signature(result(*found), *args)

    def lower(context: Any, builder: Any, sig: Any, args: tuple[Any, ...]) -> Any:
        found = _operands(sig.args)
        assert found is not None
        kind, common = found
        values = [
            _spread(context, builder, value, given, common)
            for value, given in zip(args, sig.args, strict=True)
        ]
        return emit(builder, kind, *values)

    if symbol in (operator.neg, operator.invert):
        lower_builtin(symbol, Lanes)(lower)
        return
    for number in (types.Float, types.Integer, types.Boolean):
        lower_builtin(symbol, Lanes, number)(lower)
        lower_builtin(symbol, number, Lanes)(lower)
    lower_builtin(symbol, Lanes, Lanes)(lower)


def _teach_operators() -> None:
    def same(_kind: Kind, common: Any) -> Any:
        return common

    def truth(_kind: Kind, common: Any) -> Any:
        return Lanes(common.count, "bool")

    for symbol, (of_floats, of_ints) in _ARITHMETIC.items():

        def arithmetic(
            builder: Any, kind: Kind, a: Any, b: Any, names: Any = (of_floats, of_ints)
        ) -> Any:
            return getattr(builder, names[0] if kind == "float" else names[1])(a, b)

        _operator(symbol, same, arithmetic)
    for symbol, name in _LOGIC.items():
        _operator(symbol, same, lambda b, _k, x, y, name=name: getattr(b, name)(x, y))
    for symbol, sign in _COMPARE.items():

        def compare(builder: Any, kind: Kind, a: Any, b: Any, sign: str = sign) -> Any:
            if kind != "float":
                return builder.icmp_signed(sign, a, b)
            return (builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered)(sign, a, b)

        _operator(symbol, truth, compare)
    _operator(operator.neg, same, lambda b, k, x: b.fneg(x) if k == "float" else b.neg(x))


_teach_operators()


# --- functions --------------------------------------------------------------------------------


def _elementwise(kinds: tuple[Kind, ...], result: Kind, emit: Callable[..., Any], doc: str) -> Any:
    """Return a function of floats or lanes. ``emit(builder, type, *values)`` prints it."""

    def typed(_typing: Any, *args: Any) -> Any:
        if any(_kind(each) is None for each in args):
            return None
        into = [_joined(args, kind) for kind in kinds]
        back = _joined(args, result)

        def code(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            ready = [
                _spread(context, builder, value, given, like)
                for value, given, like in zip(values, sig.args, into, strict=True)
            ]
            return emit(builder, context.get_value_type(back), *ready)

        return signature(back, *args), code

    function = _with_arity(typed, len(kinds))
    function.__doc__ = doc
    return intrinsic(function)


def _with_arity(typed: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Give ``typed`` a signature of so many arguments, from which numba reads their number."""

    def function(typing: Any, *args: Any) -> Any:
        return typed(typing, *args)

    names = ["typing", *(f"x{k}" for k in range(count))]
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names]
    function.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]
    return function


def _llvm_function(name: str) -> Callable[..., Any]:
    def emit(builder: Any, kind: Any, *values: Any) -> Any:
        suffix = f"v{kind.count}f64" if isinstance(kind, llvm.VectorType) else "f64"
        shape = llvm.FunctionType(kind, [kind] * len(values))
        function = cgutils.get_or_insert_function(builder.module, shape, f"llvm.{name}.{suffix}")
        return builder.call(function, values)

    return emit


fma = _elementwise(("float",) * 3, "float", _llvm_function("fma"), "a * b + c with one rounding.")
floor = _elementwise(("float",), "float", _llvm_function("floor"), "Largest whole double <= x.")
root = _elementwise(("float",), "float", _llvm_function("sqrt"), "Square root.")
size = _elementwise(("float",), "float", _llvm_function("fabs"), "Absolute value.")
bits_of = _elementwise(
    ("float",), "int", lambda b, t, x: b.bitcast(x, t), "The bit pattern of a double."
)
from_bits = _elementwise(
    ("int",), "float", lambda b, t, x: b.bitcast(x, t), "The double with a bit pattern."
)
choose = _elementwise(
    ("bool", "float", "float"),
    "float",
    lambda b, _t, c, x, y: b.select(c, x, y),
    "IF THEN ELSE with both sides known.",
)
choose_int = _elementwise(
    ("bool", "int", "int"), "int", lambda b, _t, c, x, y: b.select(c, x, y), "``choose`` of ints."
)
xor = _elementwise(("int", "int"), "int", lambda b, _t, x, y: b.xor(x, y), "Bits that differ.")
either = _elementwise(("int", "int"), "int", lambda b, _t, x, y: b.or_(x, y), "Bits of both.")
shifted_right = _elementwise(
    ("int", "int"), "int", lambda b, _t, x, y: b.lshr(x, y), "Shift that fills with zeros."
)
number = _elementwise(("bool",), "float", lambda b, t, c: b.uitofp(c, t), "1 where true, else 0.")
negated = _elementwise(("bool",), "bool", lambda b, _t, c: b.not_(c), "Where it is not true.")


@intrinsic
def every(_typing: Any, condition: Any) -> Any:
    """Whether a condition holds in all lanes."""

    def code(_context: Any, builder: Any, sig: Any, args: Any) -> Any:
        holds = args[0]
        if isinstance(sig.args[0], Lanes):
            word = builder.bitcast(holds, llvm.IntType(sig.args[0].count))
            holds = builder.icmp_unsigned("==", word, llvm.Constant(word.type, -1))
        truth = llvm.IntType(1)
        if holds.type != truth:
            return holds
        # Without this LLVM keeps registers free in the usual case for a call made in the other.
        expect = cgutils.get_or_insert_function(
            builder.module, llvm.FunctionType(truth, [truth, truth]), "llvm.expect.i1"
        )
        return builder.call(expect, [holds, llvm.Constant(truth, 1)])

    return types.boolean(condition), code


@intrinsic
def first_lane(_typing: Any, x: Any) -> Any:
    """The float in the first lane."""

    def code(_context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if not isinstance(sig.args[0], Lanes):
            return args[0]
        return builder.extract_element(args[0], llvm.Constant(llvm.IntType(32), 0))

    return types.float64(x), code


@intrinsic
def whole(_typing: Any, x: Any) -> Any:
    """Floats, whole and below 2^31 in size, as integers."""

    def code(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.fptosi(args[0], context.get_value_type(back))

    back = _joined((x,), "int")
    return back(x), code


@intrinsic
def spread_like(_typing: Any, x: Any, like: Any) -> Any:
    """``x`` in as many lanes as ``like`` has."""
    back = like if isinstance(like, Lanes) else types.float64

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _spread(context, builder, args[0], sig.args[0], back)

    return back(x, like), code


def _data(context: Any, builder: Any, array: Any, value: Any) -> Any:
    """The address of an array's first element (``make_array`` takes a tenth of the compilation)."""
    return context.data_model_manager[array].get(builder, value, "data")


@intrinsic
def gather(_typing: Any, array: Any, places: Any) -> Any:
    """Elements of a one-dimensional contiguous array of floats at ``places``, which are valid."""
    back = _joined((places,), "float")

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = _data(context, builder, sig.args[0], args[0])
        if not isinstance(sig.args[1], Lanes):
            return builder.load(builder.gep(data, [args[1]]))
        result = llvm.Constant(context.get_value_type(back), llvm.Undefined)
        for lane in range(sig.args[1].count):
            place = llvm.Constant(llvm.IntType(32), lane)
            address = builder.gep(data, [builder.extract_element(args[1], place)])
            result = builder.insert_element(result, builder.load(address), place)
        return result

    return back(array, places), code


@intrinsic
def gather_rows(_typing: Any, memory: Any, rows: Any) -> Any:
    """From every lane's own row of a flat array of rows of lanes, that lane's value."""
    back = _joined((rows,), "float")
    count = rows.count if isinstance(rows, Lanes) else 1

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = _data(context, builder, sig.args[0], args[0])
        if count == 1:
            return builder.load(builder.gep(data, [args[1]]))
        result = llvm.Constant(context.get_value_type(back), llvm.Undefined)
        for lane in range(count):
            place = llvm.Constant(llvm.IntType(32), lane)
            row = builder.extract_element(args[1], place)
            whole_row = builder.mul(row, llvm.Constant(row.type, count))
            address = builder.gep(data, [builder.add(whole_row, llvm.Constant(row.type, lane))])
            result = builder.insert_element(result, builder.load(address), place)
        return result

    return back(memory, rows), code


def each_lane(function: Any, arity: int) -> Any:
    """Return ``function`` (jitted, floats to float) applied to every lane in turn."""

    def typed(typing: Any, *args: Any) -> Any:
        back = _joined(args, "float")
        one = typing.resolve_function_type(function, (types.float64,) * arity, {})

        def code(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            callee = context.get_function(numba.typeof(function), one)
            if not isinstance(back, Lanes):
                ready = [
                    _spread(context, builder, value, given, back)
                    for value, given in zip(values, sig.args, strict=True)
                ]
                return callee(builder, ready)
            ready = [
                _spread(context, builder, value, given, back)
                for value, given in zip(values, sig.args, strict=True)
            ]
            result = llvm.Constant(context.get_value_type(back), llvm.Undefined)
            for lane in range(back.count):
                place = llvm.Constant(llvm.IntType(32), lane)
                own = [builder.extract_element(value, place) for value in ready]
                result = builder.insert_element(result, callee(builder, own), place)
            return result

        return signature(back, *args), code

    return intrinsic(_with_arity(typed, arity))


def apart(function: Any) -> Any:
    """Return ``function`` (jitted, floats or lanes to the same) as a call never copied in.

    What is seldom needed and long would take registers from its surroundings, in the usual case,
    too, and be compiled at each of its calls.
    """
    arity = len(inspect.signature(function.py_func).parameters)

    def typed(typing: Any, *args: Any) -> Any:
        one = typing.resolve_function_type(function, args, {})

        def code(context: Any, builder: Any, _sig: Any, values: Any) -> Any:
            compiled = function.overloads[one.args]
            context.active_code_library.add_linking_library(compiled.library)
            callee = context.declare_function(builder.module, compiled.fndesc)
            # It raises nothing, so its status is not looked at.
            _, result = context.call_conv.call_function(
                builder, callee, one.return_type, one.args, values, attrs=("noinline",)
            )
            return result

        return signature(one.return_type, *args), code

    return intrinsic(_with_arity(typed, arity))


def spreader(count: int) -> Any:
    """Return ``spread(x)``: the number in ``count`` lanes, itself for one lane."""
    kind: Any = Lanes(count, "float") if count > 1 else types.float64

    @intrinsic
    def spread(_typing: Any, x: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return _spread(context, builder, args[0], sig.args[0], kind)

        return kind(x), code

    return spread


# --- memory -----------------------------------------------------------------------------------


def loader(count: int) -> Any:
    """Return ``load(M, k)``: the lanes of element ``k`` of a flat array, a float for one lane."""
    kind: Any = Lanes(count, "float") if count > 1 else types.float64

    @intrinsic
    def load(_typing: Any, memory: Any, element: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            address = _address(context, builder, sig, args, count)
            return builder.load(address, align=8)

        return kind(memory, element), code

    return load


def storer(count: int) -> Any:
    """Return ``store(M, k, value)``, which stores lanes into element ``k`` of a flat array."""
    kind: Any = Lanes(count, "float") if count > 1 else types.float64

    @intrinsic
    def store(_typing: Any, memory: Any, element: Any, value: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            address = _address(context, builder, sig, args, count)
            ready = _spread(context, builder, args[2], sig.args[2], kind)
            builder.store(ready, address, align=8)
            return context.get_dummy_value()

        return types.void(memory, element, value), code

    return store


def _address(context: Any, builder: Any, sig: Any, args: Any, count: int) -> Any:
    """The address of element ``args[1]`` of memory ``args[0]``."""
    data = _data(context, builder, sig.args[0], args[0])
    first = builder.mul(args[1], llvm.Constant(args[1].type, count))
    address = builder.gep(data, [first])
    if count == 1:
        return address
    vector = llvm.VectorType(_LLVM["float"], count)
    return builder.bitcast(address, vector.as_pointer())
