"""Parsed equations -> our expressions: functions get their meaning, tables and texts their place.

What the engine does not know is collected, not raised, so that a modeller sees all of it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.passes.constants import fold, number
from nqpf.engine.reader import data, syntax
from nqpf.engine.reader.builtins import VENSIM, XMILE, Builtin, safe_division
from nqpf.engine.reader.lexer import Dialect
from nqpf.engine.reader.macros import CALL as MACRO_CALL
from nqpf.engine.reader.parser import spelled
from nqpf.errors import did_you_mean

_NOTHING = ir.Number(float("nan"))
_COMPARED: dict[str, ir.CompareOp] = {op: op for op in ("=", "<>", "<", "<=", ">", ">=")}  # type: ignore[misc]


@dataclass
class Translator:
    """Translates the equations of one model file.

    ``tables``: canonical names of lookup variables, which are called like functions. ``sizes``:
    canonical name of a subscript range -> its number of elements. ``macros``: canonical names.
    ``parameters``: canonical names of a macro's own, while it is translated. ``variable``: whose
    equation it is. ``unsupported``: (variable, what) of all that could not be translated.
    """

    dialect: Dialect
    tables: frozenset[str]
    sizes: Mapping[str, int]
    macros: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    variable: str = ""
    unsupported: list[tuple[str, str]] = field(default_factory=list)
    inline_tables: dict[str, ir.Table] = field(default_factory=dict)

    @property
    def functions(self) -> Mapping[str, Builtin]:
        return VENSIM if self.dialect == "vensim" else XMILE

    def expression(self, node: syntax.Node) -> ir.Expr:
        """Translate one node; an unknown one is noted and stands as NaN."""
        match node:
            case syntax.Number(value):
                return ir.Number(value)
            case syntax.Missing():
                return _NOTHING
            case syntax.Name():
                return self._name(node)
            case syntax.Negative(operand):
                return ir.Negative(self.expression(operand))
            case syntax.Not(operand):
                return ir.Not(self.expression(operand))
            case syntax.Binary(op, left, right):
                return self._binary(op, left, right)
            case syntax.Conditional(condition, then, otherwise):
                return ir.If(*map(self.expression, (condition, then, otherwise)))
            case syntax.Call():
                return self._call(node)
            case syntax.Array():
                return self._unknown("an array inside an expression")
            case syntax.Text(value):
                return self._unknown(f"a text ('{value}') where a number is expected")
            case syntax.Points():
                return self._unknown("the points of a table inside an expression")
            case syntax.Span() | syntax.Transposed():
                return self._unknown("a part of an array where a number is expected")

    def array(self, node: syntax.Array) -> tuple[float, ...]:
        """Translate an array written out."""
        values: list[float] = []
        for each in node.values:
            value = number(fold(self.expression(each)))
            if value is None:
                self._unknown("an array with an element that is not a number")
                value = float("nan")
            values.append(value)
        return tuple(values)

    def _name(self, node: syntax.Name) -> ir.Expr:
        key = canonical(node.name)
        if key == "time" and key not in self.parameters:
            return ir.Time()
        subscripts = tuple(each for each in node.subscripts if isinstance(each, str))
        if len(subscripts) < len(node.subscripts):
            return self._unknown("a subscript that is computed")
        return ir.Name(node.name, subscripts)

    def _binary(self, op: syntax.BinaryOp, left: syntax.Node, right: syntax.Node) -> ir.Expr:
        if isinstance(left, syntax.Missing) and op in ("=", "<>"):
            left, right = right, left
        if isinstance(right, syntax.Missing) and op in ("=", "<>"):
            # :NA: is kept as NaN, and NaN is all that is not equal to itself.
            value = self.expression(left)
            return ir.Compare("<>" if op == "=" else "=", value, value)
        a, b = self.expression(left), self.expression(right)
        match op:
            case "and" | "or":
                return ir.Logic(op, a, b)
            case "mod":
                return ir.Call("floor modulo", (a, b))
            case "//":
                return safe_division(a, b)
            case "+" | "-" | "*" | "/" | "^":
                return ir.Binary(op, a, b)
            case _:
                return ir.Compare(_COMPARED[op], a, b)

    # --- calls --------------------------------------------------------------------------------

    def _call(self, node: syntax.Call) -> ir.Expr:
        name = node.function.name
        if canonical(name) in self.tables | self.parameters:
            return self._lookup(node)
        if canonical(name) in self.macros:
            given = (*node.arguments, *node.outputs)
            return ir.Call(MACRO_CALL + canonical(name), tuple(map(self.expression, given)))
        function = spelled(name)
        match function:
            case "with lookup":
                return self._with_lookup(node)
            case "elmcount" | "size" if self._is_range(node):
                return self._element_count(node)
        if data.FUNCTIONS.get(function) == len(node.arguments):
            return ir.Call(function, tuple(map(self.expression, node.arguments)))
        known = self.functions.get(function)
        if known is None:
            hint = did_you_mean(function, self.functions)
            return self._unknown(
                f"{function.upper()} of {len(node.arguments)} arguments{hint.upper()}"
            )
        count = len(node.arguments)
        if not known.least <= count <= known.most or node.function.subscripts or node.outputs:
            return self._unknown(
                f"{function.upper()} of {count} arguments (it takes {known.takes})"
            )
        built = known.build(*map(self.expression, node.arguments))
        if built is None:
            return self._unknown(f"{function.upper()} of arguments it does not take")
        return built

    def _lookup(self, node: syntax.Call) -> ir.Expr:
        table = self._name(node.function)
        if len(node.arguments) != 1 or not isinstance(table, ir.Name):
            return self._unknown(f'table "{node.function.name}" of {len(node.arguments)} arguments')
        return ir.Lookup(table, self.expression(node.arguments[0]))

    def _with_lookup(self, node: syntax.Call) -> ir.Expr:
        match node.arguments:
            case (argument, syntax.Points() as points):
                return ir.Lookup(self.inline(points), self.expression(argument))
            case _:
                return self._unknown("WITH LOOKUP without a table")

    def inline(self, points: syntax.Points) -> ir.Name:
        """Give a table written inside an equation a name of its own."""
        name = f"{ir.HIDDEN}table {len(self.inline_tables) + 1} of {self.variable}"
        self.inline_tables[name] = table(points)
        return ir.Name(name)

    def _is_range(self, node: syntax.Call) -> bool:
        first = node.arguments[0] if len(node.arguments) == 1 else None
        return isinstance(first, syntax.Name) and canonical(first.name) in self.sizes

    def _element_count(self, node: syntax.Call) -> ir.Expr:
        (argument,) = node.arguments
        assert isinstance(argument, syntax.Name)
        return ir.Number(float(self.sizes[canonical(argument.name)]))

    def _unknown(self, what: str) -> ir.Expr:
        self.unsupported.append((self.variable, what))
        return _NOTHING


def table(points: syntax.Points) -> ir.Table:
    """Translate the points of a table.

    Points may stand in any order of x (suite case ``subscripted_lookups``). A discrete table of
    XMILE is one with vertical steps.
    """
    pairs = list(zip(points.x, points.y, strict=True))
    if pairs[0][0] > pairs[-1][0]:
        pairs.reverse()  # before sorting: points of a vertical step keep their order
    xs, ys = zip(*sorted(pairs, key=lambda pair: pair[0]), strict=True)
    if points.kind == "discrete":
        pairs = zip(xs[1:], ys, ys[1:], strict=False)
        steps = [(x, y) for x, before, after in pairs for y in (before, after)]
        xs, ys = zip(*((xs[0], ys[0]), *steps), strict=True)
    return ir.Table(tuple(xs), tuple(ys), points.kind == "extrapolate")
