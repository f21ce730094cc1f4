"""Parsed equations -> our expressions: functions get their meaning, tables and texts their place.

What the engine does not know is collected, not raised, so that a modeller sees all of it at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nqpf.engine import ir
from nqpf.engine.limits import require_small
from nqpf.engine.names import canonical
from nqpf.engine.passes import whole_arrays
from nqpf.engine.passes.constants import fold, number
from nqpf.engine.reader import data, syntax
from nqpf.engine.reader.builtins import VENSIM, XMILE, Builtin, safe_division
from nqpf.engine.reader.lexer import Dialect
from nqpf.engine.reader.macros import CALL as MACRO_CALL
from nqpf.engine.reader.parser import spelled
from nqpf.engine.reader.times import Calendar, time_value
from nqpf.errors import did_you_mean

_NOTHING = ir.Number(float("nan"))
_COMPARED: dict[str, ir.CompareOp] = {op: op for op in ("=", "<>", "<", "<=", ">", ">=")}  # type: ignore[misc]


@dataclass(frozen=True)
class Known:
    """What equations may use that another file defines.

    ``tables``: canonical names of its lookup variables; ``count``: how many elements it has.
    """

    tables: frozenset[str] = frozenset()
    count: int = 0


@dataclass
class Translator:
    """Translates the equations of one model file.

    ``tables``: canonical names of lookup variables, which are called like functions. ``sizes``:
    canonical name of a subscript range -> its number of elements. ``macros``: canonical names.
    ``parameters``: canonical names of a macro's own, while it is translated, ``names`` those of
    all variables around. ``variable``: whose equation it is. ``inline_tables``: tables that stand
    inside equations, under names of their own; ``graphs``: canonical name of a variable of XMILE
    -> the table that it is looked up in. ``calendar``: of Time. ``unsupported``: (variable, what)
    of all that could not be translated.
    """

    dialect: Dialect
    known: Known
    sizes: Mapping[str, int]
    macros: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    variable: str = ""
    unsupported: list[tuple[str, str]] = field(default_factory=list)
    inline_tables: dict[str, ir.Element] = field(default_factory=dict)
    graphs: dict[str, str] = field(default_factory=dict)
    calendar: Calendar | None = None

    @property
    def functions(self) -> Mapping[str, Builtin]:
        return VENSIM if self.dialect == "vensim" else XMILE

    def body(self, node: syntax.Node) -> ir.Expr:
        """Translate a whole right-hand side; InputError if it comes out too large."""
        expr = self.expression(node)
        require_small(self.variable, expr)
        return expr

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
            case syntax.Transposed(operand):
                return ir.Call(whole_arrays.TURNED, (self.expression(operand),))
            case syntax.Span() | syntax.Stock():
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
        if self.dialect == "xmile":
            return self._xmile_name(key, node)
        return ir.Name(node.name, tuple(each for each in node.subscripts if isinstance(each, str)))

    def _xmile_name(self, key: str, node: syntax.Name) -> ir.Expr:
        builtin = XMILE.get(key)
        if builtin is not None and builtin.most == 0 and key not in self.names | self.parameters:
            return builtin.build() or _NOTHING
        if key == "self":
            return ir.Name(self.variable)
        plain = tuple(each for each in node.subscripts if isinstance(each, str) and each != "*")
        if len(plain) == len(node.subscripts):
            return ir.Name(node.name, plain)
        subscripts = (self._subscript(each) for each in node.subscripts)
        return ir.Call(whole_arrays.ELEMENT, (ir.Name(node.name), *subscripts))

    def _subscript(self, subscript: str | syntax.Node) -> ir.Expr:
        match subscript:
            case "*":
                return ir.Call(whole_arrays.ALL, ())
            case str():
                return ir.Name(subscript)
            case syntax.Span(first, last):
                ends = (self.expression(first), self.expression(last))
                return ir.Call(whole_arrays.SPAN, ends)
            case syntax.Call(syntax.Name("@"), (place,)):
                return ir.Call(whole_arrays.PLACE, (self.expression(place),))
            case _:
                return self.expression(subscript)

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
        if canonical(name) in self.tables | self.parameters or canonical(name) in self.graphs:
            return self._lookup(node.function, node.arguments)
        if canonical(name) in self.macros:
            given = (*node.arguments, *node.outputs)
            return ir.Call(MACRO_CALL + canonical(name), tuple(map(self.expression, given)))
        function = spelled(name)
        match function:
            case "with lookup":
                return self._with_lookup(node)
            case "lookup" if self.dialect == "xmile" and node.arguments:
                return self._lookup(node.arguments[0], node.arguments[1:])
            case "elmcount" | "size" if self._is_range(node):
                return self._element_count(node)
        if function == "get time value" and len(node.arguments) == 3 and self.dialect == "vensim":
            relative, offset, measure = map(self.expression, node.arguments)
            return time_value(relative, offset, measure, self.calendar) or self._unknown(
                "GET TIME VALUE of the computer's clock, or of a calendar that the file does not "
                "give to Time"
            )
        if data.FUNCTIONS.get(function) == len(node.arguments):
            return ir.Call(function, tuple(map(self.expression, node.arguments)))
        known = self.functions.get(function)
        if known is None:
            names = (n.upper() for n in self.functions if not n.startswith(ir.HIDDEN))
            hint = did_you_mean(function.upper(), names)
            return self._unknown(f"{function.upper()} of {len(node.arguments)} arguments.{hint}")
        count = len(node.arguments)
        if not known.least <= count <= known.most or node.function.subscripts or node.outputs:
            return self._unknown(
                f"{function.upper()} of {count} arguments (it takes {known.takes})"
            )
        built = known.build(*map(self.expression, node.arguments))
        if built is None:
            return self._unknown(f"{function.upper()} of arguments it does not take")
        return built

    def _lookup(self, function: syntax.Node, arguments: tuple[syntax.Node, ...]) -> ir.Expr:
        table = self._name(function) if isinstance(function, syntax.Name) else None
        if len(arguments) != 1 or not isinstance(table, ir.Name):
            shown = function.name if isinstance(function, syntax.Name) else "?"
            return self._unknown(f'table "{shown}" of {len(arguments)} arguments')
        graph = self.graphs.get(canonical(table.name))
        if graph is not None:
            table = ir.Name(graph, table.subscripts)
        return ir.Lookup(table, self.expression(arguments[0]))

    def _with_lookup(self, node: syntax.Call) -> ir.Expr:
        match node.arguments:
            case (argument, syntax.Points() as points):
                return ir.Lookup(self.inline(points), self.expression(argument))
            case _:
                return self._unknown("WITH LOOKUP without a table")

    def inline(self, points: syntax.Points) -> ir.Name:
        """Give a table written inside an equation a name of its own."""
        definition = ir.Definition((), (), table(points))
        return ir.Name(self._hidden_table((definition,), ()))

    def graph(self, equations: Sequence[syntax.Equation]) -> str | None:
        """Return the table in which a variable of XMILE is looked up, None if there is none."""
        definitions = tuple(
            ir.Definition(each.subscripts, (), table(each.graph))
            for each in equations
            if each.graph is not None
        )
        if not definitions:
            return None
        return self._hidden_table(definitions, equations[0].dims)

    def _hidden_table(self, definitions: tuple[ir.Definition, ...], dims: tuple[str, ...]) -> str:
        number = self.known.count + len(self.inline_tables) + 1
        name = f"{ir.HIDDEN}table {number} of {self.variable}"
        element = ir.Element(name, name, "", "", (None, None), definitions, dims)
        self.inline_tables[name] = element
        return name

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
