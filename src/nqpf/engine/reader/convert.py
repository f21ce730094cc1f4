"""PySD's syntax trees -> our expressions.

Constructs that the engine does not know are collected, not raised, so that a modeller sees all
of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from pysd.translators.structures import abstract_expressions as ae

from nqpf.engine import ir
from nqpf.engine.functions import FUNCTIONS
from nqpf.engine.names import canonical
from nqpf.engine.reader import data, macros, randoms, vectors

_TIME_STEP = ir.Name("TIME STEP")
_REDUCTIONS: dict[str, ir.ReduceOp] = {"sum": "sum", "prod": "prod", "vmin": "vmin", "vmax": "vmax"}


@dataclass
class Converter:
    """Converts the trees of one model file.

    ``dialect``: whether INT and MOD floor (XMILE) or truncate (Vensim). ``tables``: canonical
    names of lookup variables, which the file calls like functions. ``macros``: what calls a macro
    -> the macro, canonical. ``parameters``: canonical names of the macro's own, while it is read.
    """

    dialect: str
    tables: frozenset[str]
    sizes: dict[str, int]
    macros: dict[str, str] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()
    variable: str = ""
    unsupported: list[tuple[str, str]] = field(default_factory=list)
    inline_tables: dict[str, ir.Table] = field(default_factory=dict)

    def expression(self, node: object) -> ir.Expr:
        """Convert one node; an unknown one is noted and stands as NaN."""
        match node:
            case bool() | int() | float() | np.integer() | np.floating():
                return ir.Number(float(node))
            case ae.ReferenceStructure():
                return self._reference(node)
            case ae.ArithmeticStructure():
                return self._arithmetic(list(node.operators), list(node.arguments))
            case ae.LogicStructure():
                return self._logic(list(node.operators), list(node.arguments))
            case ae.CallStructure():
                return self._call(node)
            case ae.InlineLookupsStructure():
                name = f"{ir.HIDDEN}table {len(self.inline_tables) + 1} of {self.variable}"
                self.inline_tables[name] = table(node.lookups)
                return ir.Lookup(ir.Name(name), self.expression(node.argument))
            case ae.IntegStructure():
                return ir.Integ(
                    self.expression(node.flow),
                    self.expression(node.initial),
                    bool(node.non_negative),
                )
            case ae.DelayStructure():
                return self._delay("delay", node, node.delay_time, node.order)
            case ae.DelayNStructure():
                return self._delay("delay n", node, node.delay_time, node.order)
            case ae.SmoothNStructure():
                return self._delay("smooth n", node, node.smooth_time, node.order)
            case ae.SmoothStructure():
                return self._delay("smooth", node, node.smooth_time, node.order)
            case ae.TrendStructure():
                return ir.Delay(
                    "trend",
                    self.expression(node.input),
                    self.expression(node.average_time),
                    self.expression(node.initial_trend),
                    ir.Number(1.0),
                )
            case ae.ForecastStructure():
                return ir.Delay(
                    "forecast",
                    self.expression(node.input),
                    self.expression(node.average_time),
                    self.expression(node.initial_trend),
                    ir.Number(1.0),
                    self.expression(node.horizon),
                )
            case ae.DelayFixedStructure():
                return ir.FixedDelay(
                    self.expression(node.input),
                    _steps(self.expression(node.delay_time)),
                    self.expression(node.initial),
                )
            case ae.SampleIfTrueStructure():
                return ir.Sample(
                    self.expression(node.condition),
                    self.expression(node.input),
                    self.expression(node.initial),
                )
            case ae.AllocateAvailableStructure():
                given = (node.request, node.pp, node.avail)
                return self._vector("allocate_available", tuple(map(self.expression, given)))
            case ae.AllocateByPriorityStructure():
                given = (node.request, node.priority, node.size, node.width, node.supply)
                return self._vector("allocate_by_priority", tuple(map(self.expression, given)))
            case ae.InitialStructure():
                return ir.Initial(self.expression(node.initial))
            case ae.GameStructure():
                return self.expression(node.expression)
            case np.ndarray():
                return self._unknown("an array of numbers inside an expression")
            case str():
                return self._unknown("a text argument")
            case _:
                return self._unknown(_describe(node))

    def _delay(self, kind, node, time: object, order: object) -> ir.Expr:
        return ir.Delay(
            kind,
            self.expression(node.input),
            self.expression(time),
            self.expression(node.initial),
            self.expression(order),
        )

    def _reference(self, node: ae.ReferenceStructure) -> ir.Expr:
        if canonical(node.reference) == "time" and "time" not in self.parameters:
            return ir.Time()
        subscripts = node.subscripts.subscripts if node.subscripts else ()
        return ir.Name(node.reference, tuple(subscripts))

    def _arithmetic(self, operators: list[str], arguments: list[object]) -> ir.Expr:
        if operators == ["negative"]:
            return ir.Negative(self.expression(arguments[0]))
        parts = [self.expression(argument) for argument in arguments]
        if operators[0] == "^":
            # Powers bind to the right: 2^3^2 is 2^9 (PySD, XMILE 1.0 section 3.3.1).
            result = parts.pop()
            while parts:
                result = ir.Binary("^", parts.pop(), result)
            return result
        result = parts[0]
        for operator, part in zip(operators, parts[1:], strict=True):
            assert operator in ("+", "-", "*", "/")
            result = ir.Binary(operator, result, part)
        return result

    def _logic(self, operators: list[str], arguments: list[object]) -> ir.Expr:
        operators = [operator.strip(":").lower() for operator in operators]
        parts = [self.expression(argument) for argument in arguments]
        if operators == ["not"]:
            return ir.Not(parts[0])
        if operators[0] in ("and", "or"):
            # AND binds tighter than OR, whatever their order in the text.
            groups = [[parts[0]]]
            for operator, part in zip(operators, parts[1:], strict=True):
                if operator == "and":
                    groups[-1].append(part)
                else:
                    groups.append([part])
            joined = [_fold("and", group) for group in groups]
            return _fold("or", joined)
        operator = operators[0]
        assert operator in ("=", "<>", "<", "<=", ">", ">=")
        return ir.Compare(operator, parts[0], parts[1])

    def _call(self, node: ae.CallStructure) -> ir.Expr:
        function = node.function
        if not isinstance(function, ae.ReferenceStructure):
            return self._unknown("a call of something that is not a name")
        name = canonical(function.reference)
        if name in self.tables:
            subscripts = function.subscripts.subscripts if function.subscripts else ()
            return ir.Lookup(
                ir.Name(function.reference, tuple(subscripts)), self.expression(node.arguments[0])
            )
        if name in self.macros:
            given = tuple(self.expression(argument) for argument in node.arguments)
            return ir.Call(macros.CALL + self.macros[name], given)
        plain = name.replace("_", " ")
        if data.FUNCTIONS.get(plain) == len(node.arguments):
            return ir.Call(plain, tuple(self.expression(argument) for argument in node.arguments))
        if name == "elmcount":
            return self._element_count(node.arguments)
        arguments = tuple(self.expression(argument) for argument in node.arguments)
        if name in _REDUCTIONS and len(arguments) == 1:
            return ir.Reduce(_REDUCTIONS[name], arguments[0])
        random = randoms.VENSIM.get((name, len(arguments)))
        if random is not None:
            return random(*arguments)
        if (name, len(arguments)) in vectors.VENSIM:
            return self._vector(name, arguments)
        special = _SPECIAL.get((name, len(arguments)))
        if special is not None:
            return special(self.dialect, *arguments)
        known = FUNCTIONS.get(name)
        if known is None or known.arity != len(arguments):
            return self._unknown(f"{name.upper().replace('_', ' ')} of {len(arguments)} arguments")
        return ir.Call(name, arguments)

    def _vector(self, name: str, arguments: tuple[ir.Expr, ...]) -> ir.Expr:
        """Build a function of arrays or tables."""
        built = vectors.VENSIM[name, len(arguments)](*arguments)
        shown = name.upper().replace("_", " ")
        return self._unknown(f"{shown} of arguments it does not take") if built is None else built

    def _element_count(self, arguments: Iterable[object]) -> ir.Expr:
        (argument,) = arguments
        name = canonical(argument.reference) if isinstance(argument, ae.ReferenceStructure) else ""
        if name not in self.sizes:
            return self._unknown("ELMCOUNT of something that is not a subscript range")
        return ir.Number(float(self.sizes[name]))

    def _unknown(self, what: str) -> ir.Expr:
        self.unsupported.append((self.variable, what))
        return ir.Number(float("nan"))


def _steps(time: ir.Expr) -> ir.Expr:
    """The number of whole time steps nearest to ``time``, at least one; halves count up."""
    exact = ir.Binary("+", ir.Binary("/", time, _TIME_STEP), ir.Number(0.5 + 1e-6))
    return ir.Call("max", (ir.Number(1.0), ir.Call("floor", (exact,))))


def table(node: ae.LookupsStructure) -> ir.Table:
    """Convert a table of points."""
    return ir.Table(
        tuple(float(x) for x in node.x),
        tuple(float(y) for y in node.y),
        node.type == "extrapolate",
    )


def _fold(op, parts: list[ir.Expr]) -> ir.Expr:
    result = parts[0]
    for part in parts[1:]:
        result = ir.Logic(op, result, part)
    return result


def _describe(node: object) -> str:
    """Return a construct's name for a message: ``DelayFixedStructure`` -> ``DELAY FIXED``."""
    name = type(node).__name__.removesuffix("Structure")
    return "".join(f" {c}" if c.isupper() else c for c in name).strip().upper()


# Calls whose arguments are completed (time, time step) or that depend on the dialect.
_SPECIAL: dict[tuple[str, int], Callable[..., ir.Expr]] = {
    ("if_then_else", 3): lambda _, c, a, b: ir.If(c, a, b),
    ("depreciate_straightline", 4): lambda _, stream, life, period, initial: ir.Delay(
        "depreciation", stream, life, initial, ir.Binary("/", life, period)
    ),
    ("active_initial", 2): lambda _, a, i: ir.ActiveInitial(a, i),
    ("pi", 0): lambda _: ir.Number(float(np.pi)),
    ("integer", 1): lambda d, x: ir.Call("truncate" if d == "vensim" else "floor", (x,)),
    ("modulo", 2): lambda d, x, y: ir.Call("modulo" if d == "vensim" else "floor modulo", (x, y)),
    ("step", 2): lambda _, h, s: ir.Call("step", (ir.StepTime(), h, s, _TIME_STEP)),
    ("ramp", 3): lambda _, m, s, f: ir.Call("ramp", (ir.StepTime(), m, s, f)),
    ("xramp", 2): lambda _, m, s: ir.Call("ramp", (ir.Time(), m, s, ir.Number(float("inf")))),
    ("pulse", 2): lambda _, s, w: ir.Call("pulse", (ir.StepTime(), s, w, _TIME_STEP)),
    ("pulse_train", 4): lambda _, s, i, w, e: ir.Call(
        "pulse train", (ir.StepTime(), s, i, w, e, _TIME_STEP)
    ),
    ("xpulse", 2): lambda _, s, m: ir.Call(
        "xmile pulse", (ir.StepTime(), s, m, ir.Number(0.0), _TIME_STEP)
    ),
    ("xpulse_train", 3): lambda _, s, i, m: ir.Call(
        "xmile pulse", (ir.StepTime(), s, m, i, _TIME_STEP)
    ),
    ("vmax_xmile", 1): lambda _, x: ir.Reduce("vmax", x),
    ("vmin_xmile", 1): lambda _, x: ir.Reduce("vmin", x),
}
