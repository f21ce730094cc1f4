"""Tokens -> trees: one expression parser for Vensim and XMILE.

What binds how, from loose to tight (XMILE 1.0, section 3.3.1; Vensim manual, Operators):

    or    and    (Vensim's not)    = <>    < <= > >=    + -    * / mod    unary + - not    ^

A power binds tighter than the minus before its base: -2^2 is -4, in Vensim as in Stella (suite
case ``exponentiation``), and to the right. Vensim's :NOT: takes the whole comparison behind it
(suite case ``subscripted_logicals``).
"""

from __future__ import annotations

import math

from nqpf.engine.limits import MAX_CHAIN, MAX_EQUATION, MAX_NESTED, size
from nqpf.engine.reader import syntax
from nqpf.engine.reader.lexer import Dialect, Malformed, Token, tokens

_BINDING: dict[str, int] = {
    **dict.fromkeys(("or",), 1),
    **dict.fromkeys(("and",), 2),
    **dict.fromkeys(("=", "<>"), 4),
    **dict.fromkeys(("<", "<=", ">", ">="), 5),
    **dict.fromkeys(("+", "-"), 6),
    **dict.fromkeys(("*", "/", "//", "mod"), 7),
    "^": 9,
}
_AFTER_VALUE = frozenset({"then", "else", "and", "or", ")", ","})
_LOOSE_NOT, _UNARY = 3, 8
_WORD_SIGNS = {"and": "and", "or": "or", "not": "not"}  # keywords of Vensim that are operators


class Parser:
    """Reads one text from left to right. Callers go on where an expression ends."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        if len(text) > MAX_EQUATION:
            raise Malformed(f"has {len(text):,} characters; at most {MAX_EQUATION:,} are read", 0)
        self.text = text
        self.dialect: Dialect = dialect
        self.tokens = tokens(text, dialect)
        self.place = 0
        self._depth = 0

    # --- tokens -------------------------------------------------------------------------------

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.next
        if token.kind != "end":
            self.place += 1
        return token

    def at(self, *signs: str) -> bool:
        return self.next.kind == "sign" and self.next.text in signs

    def at_keyword(self, *keywords: str) -> bool:
        return self.next.kind == "keyword" and self.next.text in keywords

    def accept(self, sign: str) -> bool:
        if self.at(sign):
            self.place += 1
            return True
        return False

    def expect(self, sign: str, where: str) -> None:
        if not self.accept(sign):
            raise self.wrong(f'"{sign}" {where}')

    def finish(self) -> None:
        """Raise unless everything is read."""
        if self.next.kind != "end":
            raise self.wrong("an operator or the end")

    def wrong(self, expected: str) -> Malformed:
        """Return the error: ``expected`` at the present place."""
        token = self.next
        if token.kind == "end":
            return Malformed(f"ends where {expected} was expected", token.start)
        shown = self.text[token.start : token.end]
        before = self.text[max(0, token.start - 30) : token.start]
        behind = f' behind "{" ".join(before.split())}"' if before.strip() else ""
        return Malformed(f'has "{shown}"{behind} where {expected} was expected', token.start)

    # --- expressions --------------------------------------------------------------------------

    def expression(self, outer: int = 0) -> syntax.Node:
        """Read an expression up to an operator that binds no tighter than ``outer``."""
        start = self.next.start
        self._depth += 1
        if self._depth > MAX_NESTED:
            raise Malformed(f"is nested more than {MAX_NESTED} deep", start)
        node = self._operand()
        while (op := self._operator()) is not None and _BINDING[op] > outer:
            self.take()
            if op == "^":
                node = syntax.Binary("^", node, self.expression(_BINDING["^"] - 1))
            else:
                node = syntax.Binary(op, node, self.expression(_BINDING[op]))
        self._depth -= 1
        if self._depth == 0 and size(node, syntax.parts)[0] > MAX_CHAIN:
            raise Malformed(
                f"has over {MAX_CHAIN} operators in a row: take it apart",
                start,
            )
        return node

    def _operator(self) -> syntax.BinaryOp | None:
        token = self.next
        known = token.kind == "sign" or (token.kind == "keyword" and token.text in _WORD_SIGNS)
        return token.text if known and token.text in _BINDING else None  # type: ignore[return-value]

    def _operand(self) -> syntax.Node:
        token = self.next
        if self.at("-"):
            self.take()
            return syntax.Negative(self.expression(_UNARY))
        if self.at("+"):
            self.take()
            return self.expression(_UNARY)
        if self.at_keyword("not"):
            self.take()
            return syntax.Not(self.expression(_LOOSE_NOT))
        if self.at("not", "!"):
            self.take()
            return syntax.Not(self.expression(_UNARY))
        if self.at("if"):
            return self._postfix(self._conditional())
        if self.at_keyword("na"):
            self.take()
            return syntax.Missing()
        if self.at("("):
            self.take()
            node = self.expression()
            self.expect(")", 'for the "(" before')
            return self._postfix(node)
        match token.kind:
            case "number":
                return syntax.Number(self._number())
            case "text":
                self.take()
                return syntax.Text(token.text)
            case "name":
                return self._postfix(self._name_or_call())
            case _:
                raise self.wrong("a name, a number or a bracket")

    def _conditional(self) -> syntax.Node:
        self.take()
        condition = self.expression()
        self.expect("then", 'for the "IF" before')
        then = self.expression()
        self.expect("else", 'for the "IF" before')
        return syntax.Conditional(condition, then, self.expression())

    def _postfix(self, node: syntax.Node) -> syntax.Node:
        while self.dialect == "xmile" and self.accept("'"):
            node = syntax.Transposed(node)
        behind = self.tokens[self.place + 1] if self.at("not") else None
        if behind is not None and (behind.kind == "end" or behind.text in _AFTER_VALUE):
            # Vensim's converter to XMILE writes :NOT: behind its operand.
            self.take()
            return syntax.Not(node)
        return node

    def _name_or_call(self) -> syntax.Node:
        name = self.name()
        if self.at("("):
            return self._call(name)
        return name

    def name(self) -> syntax.Name:
        """Read a name with its subscripts."""
        if self.next.kind != "name":
            raise self.wrong("a name")
        token = self.take()
        return syntax.Name(plain(token), self.subscripts() if self.at("[") else ())

    def _call(self, name: syntax.Name) -> syntax.Node:
        self.take()
        function = spelled(name.name)
        if self.dialect == "vensim" and function == "tabbed array":
            return self._tabbed_array()
        arguments: list[syntax.Node] = []
        outputs: list[syntax.Node] = []
        while not self.at(")", ":"):
            if self.dialect == "vensim" and function == "with lookup" and arguments:
                arguments.append(self._bracketed_points())
            else:
                arguments.append(self.expression())
            if not self.accept(","):
                break
        if self.accept(":"):
            outputs.append(self.expression())
            while self.accept(","):
                outputs.append(self.expression())
        self.expect(")", f'behind the arguments of "{name.name}"')
        return syntax.Call(name, tuple(arguments), tuple(outputs))

    # --- subscripts ---------------------------------------------------------------------------

    def subscripts(self) -> tuple[str | syntax.Node, ...]:
        """Read ``[a, b!]``."""
        self.expect("[", "before subscripts")
        found = [self._subscript()]
        while self.accept(","):
            found.append(self._subscript())
        self.expect("]", "behind subscripts")
        return tuple(found)

    def plain_subscripts(self) -> tuple[str, ...]:
        """Read ``[a, b]`` where only names may stand."""
        start = self.next.start
        found = self.subscripts()
        for each in found:
            if not isinstance(each, str):
                raise Malformed("has a subscript on its left side that is not a name", start)
        return tuple(each for each in found if isinstance(each, str))

    def _subscript(self) -> str | syntax.Node:
        first = self.next
        if self.dialect == "vensim":
            return self.element() + ("!" if self.accept("!") else "")
        if self.at("*"):
            self.take()
            return "*"
        if self.accept("@"):
            return syntax.Call(syntax.Name("@"), (syntax.Number(self.signed_number()),))
        if first.kind == "name" and self.tokens[self.place + 1].text in (",", "]"):
            return plain(self.take())
        node = self.expression()
        return syntax.Span(node, self.expression()) if self.accept(":") else node

    def element(self) -> str:
        """Read the name of a subscript range or element; it may start with a digit."""
        first = self.next
        if first.kind == "name":
            return plain(self.take())
        if first.kind != "number":
            raise self.wrong("the name of a subscript")
        self.take()
        if self.next.kind == "name" and not self.next.quoted and self.next.start == first.end:
            return first.text + self.take().text
        return first.text

    # --- numbers in bulk ----------------------------------------------------------------------

    def array(self) -> syntax.Node:
        """Read an expression, or several apart by commas and semicolons: an array."""
        values = [self.expression()]
        while self.at(",", ";"):
            self.take()
            if self.next.kind == "end":
                break
            values.append(self.expression())
        self.finish()
        return values[0] if len(values) == 1 else syntax.Array(tuple(values))

    def _tabbed_array(self) -> syntax.Node:
        values: list[syntax.Node] = []
        while not self.at(")"):
            values.append(syntax.Number(self.signed_number()))
        self.take()
        return syntax.Array(tuple(values))

    def signed_number(self) -> float:
        sign = -1.0 if self.accept("-") else 1.0
        self.accept("+")
        if self.next.kind != "number":
            raise self.wrong("a number")
        return sign * self._number()

    def _number(self) -> float:
        token = self.take()
        value = float(token.text)
        if not math.isfinite(value):
            raise Malformed(f'has "{token.text[:20]}", beyond the largest number', token.start)
        return value

    def _bracketed_points(self) -> syntax.Points:
        self.expect("(", "before the points of a table")
        points = self.points()
        self.expect(")", "behind the points of a table")
        return points

    def points(self) -> syntax.Points:
        """Read ``[(0,0)-(10,10)], (x,y), ...``, or Vensim's old form: all x, then all y."""
        if self.at("["):
            while not self.accept("]"):
                if self.take().kind == "end":
                    raise self.wrong('"]" behind the range of a table')
            self.accept(",")
        if not self.at("("):
            return self._points_in_columns()
        xs: list[float] = []
        ys: list[float] = []
        while self.accept("("):
            xs.append(self.signed_number())
            self.expect(",", "between x and y of a point")
            ys.append(self.signed_number())
            self.expect(")", "behind a point")
            self.accept(",")
        return syntax.Points(tuple(xs), tuple(ys))

    def _points_in_columns(self) -> syntax.Points:
        start = self.next.start
        values = [self.signed_number()]
        while self.accept(","):
            values.append(self.signed_number())
        half, odd = divmod(len(values), 2)
        if odd:
            raise Malformed(f"has a table of {len(values)} numbers: x and y must be as many", start)
        return syntax.Points(tuple(values[:half]), tuple(values[half:]))


def plain(token: Token) -> str:
    """Return a name as the file writes it, on one line; quotes stay, as in PySD's columns."""
    return " ".join(token.text.replace("\\\n", " ").split())


def whole_expression(text: str) -> syntax.Node:
    """Read ``text`` as one expression of XMILE; Malformed if it is none."""
    parser = Parser(text, "xmile")
    node = parser.expression()
    parser.finish()
    return node


def spelled(name: str) -> str:
    """Return the name of a function as the tables of functions spell it."""
    return " ".join(name.replace("_", " ").split()).lower()
