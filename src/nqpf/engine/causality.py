"""What causes what in a model: links with their polarity, and feedback loops.

The polarity of a link says how the effect moves when the cause alone rises (Sterman 2000, ch. 5).
It is read off the equation, with constants at the values of the file and other variables at the
sign that their stated range gives them; where both signs occur, or none can be told, it is open.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from nqpf.engine import ir

Polarity = Literal[-1, 0, 1]
"""Of a link: the effect moves against the cause, cannot be told, moves with it."""

Links = Mapping[str, Mapping[str, Polarity]]
"""Cause -> effect -> polarity."""

_RISING = frozenset(
    {"exp", "ln", "log", "sqrt", "min", "max", "integer", "tan", "tanh", "sinh", "arctan"}
)


def links(model: ir.IndexedModel) -> dict[str, dict[str, Polarity]]:
    """Return every link of a running model; what only sets initial values is none.

    Every variable that is not hidden is a key, in the order of the model.
    """
    signs = _Signs(model)
    found: dict[str, dict[str, Polarity]] = {
        name: {} for name in model.variables if not name.startswith(ir.HIDDEN)
    }
    for equation in model.equations:
        for cause, polarity in signs.effects(equation.body).items():
            effects = found.get(cause)
            if effects is not None and equation.variable in found:
                before = effects.get(equation.variable, polarity)
                effects[equation.variable] = polarity if before == polarity else 0
    return found


@dataclass(frozen=True)
class Loop:
    """A feedback loop: ``variables`` in the order of cause and effect, the last causes the first.

    ``polarity`` is 1 for one that reinforces, -1 for one that balances, 0 where it cannot be told.
    """

    variables: tuple[str, ...]
    polarity: Polarity


def loop_through(graph: Links, stations: Iterable[str]) -> Loop | None:
    """Return the shortest loop that passes ``stations`` in their order; None if there is none.

    A stretch between two stations touches neither the other stations nor what the loop has passed.
    """
    stops = list(stations)
    passed: list[str] = []
    for index, start in enumerate(stops):
        end = stops[(index + 1) % len(stops)]
        closed = {*passed, *stops} - {start, end}
        stretch = _path(graph, start, end, closed)
        if stretch is None:
            return None
        passed += stretch[:-1]
    return Loop(tuple(passed), loop_polarity(graph, passed))


def loop_polarity(graph: Links, variables: list[str]) -> Polarity:
    """Return the product of the polarities around a loop."""
    polarity: Polarity = 1
    for cause, effect in zip(variables, [*variables[1:], variables[0]], strict=True):
        match polarity * graph[cause][effect]:
            case 0:
                return 0
            case product:
                polarity = 1 if product > 0 else -1
    return polarity


def _path(graph: Links, start: str, end: str, closed: set[str]) -> list[str] | None:
    """Return the shortest path of at least one link."""
    before: dict[str, str] = {}
    queue = deque([start])
    while queue:
        name = queue.popleft()
        for effect in graph.get(name, ()):
            if effect == end:
                path = [end, name]
                while path[-1] != start:
                    path.append(before[path[-1]])
                return path[::-1]
            if effect not in before and effect not in closed and effect != start:
                before[effect] = name
                queue.append(effect)
    return None


class _Signs:
    """The signs of a model's expressions, and how they move with what they read."""

    def __init__(self, model: ir.IndexedModel) -> None:
        self.model = model
        self.differences = {
            each.variable
            for each in model.equations
            if isinstance(each.body, ir.Binary) and each.body.op == "-"
        }

    def effects(self, expr: ir.Expr) -> dict[str, Polarity]:
        """Return for each variable that ``expr`` reads how it moves with it."""
        found: dict[str, Polarity] = {}
        for name, polarity in self._moves(expr, 1):
            before = found.get(name, polarity)
            found[name] = polarity if before == polarity else 0
        return found

    def _moves(self, expr: ir.Expr, outer: Polarity) -> Iterator[tuple[str, Polarity]]:
        match expr:
            case ir.Ref(variable):
                yield variable, outer
            case ir.Negative(operand):
                yield from self._moves(operand, _times(outer, -1))
            case ir.Binary("+", left, right):
                yield from self._moves(left, outer)
                yield from self._moves(right, outer)
            case ir.Binary("-", left, right):
                yield from self._moves(left, outer)
                yield from self._moves(right, _times(outer, -1))
            case ir.Binary("*", left, right):
                yield from self._moves(left, _times(outer, self._sign(right)))
                yield from self._moves(right, _times(outer, self._sign(left)))
            case ir.Binary("/", left, ir.Binary("+", one, other)) if left in (one, other):
                # A share, of itself and the rest: it rises with itself and falls with the rest.
                yield from self._moves(left, outer)
                rest = other if left == one else one
                yield from self._moves(rest, _times(outer, _times(-1, self._sign(left))))
            case ir.Binary("/", left, right) | ir.Call("zidz", (left, right)):
                yield from self._moves(left, _times(outer, self._sign(right)))
                yield from self._moves(right, _times(outer, _times(-1, self._sign(left))))
            case ir.Binary("^", base, exponent):
                yield from self._moves(base, _times(outer, self._sign(exponent)))
                yield from self._moves(exponent, 0)
            case ir.Call(function, arguments) if function in _RISING:
                for argument in arguments:
                    yield from self._moves(argument, outer)
            case ir.If(condition, then, otherwise):
                yield from self._moves(condition, 0)
                yield from self._moves(then, outer)
                yield from self._moves(otherwise, outer)
            case ir.Reduce(_, body):
                yield from self._moves(body, outer)
            case ir.Lookup(table, argument):
                yield from self._moves(table, 0)
                yield from self._moves(argument, _times(outer, self._slope(table)))
            case ir.Integ(flow):
                yield from self._moves(flow, outer)
            case ir.Delay(_, source, time):
                yield from self._moves(source, outer)
                yield from self._moves(time, 0)
            case ir.ActiveInitial(active):
                yield from self._moves(active, outer)
            case ir.Initial():
                return
            case _:
                for part in ir.children(expr):
                    yield from self._moves(part, 0)

    def _sign(self, expr: ir.Expr) -> Polarity:
        match expr:
            case ir.Number(value):
                return 1 if value > 0 else -1 if value < 0 else 0
            case ir.Ref(variable):
                return self._sign_of(variable)
            case ir.Negative(operand):
                return _times(-1, self._sign(operand))
            case ir.Binary("+", left, right):
                return _either(left, right, self._sign(left), self._sign(right))
            case ir.Call("max", (left, right)):
                one, other = self._sign(left), self._sign(right)
                if 1 in (one, other) or ir.Number(0.0) in (left, right):
                    return 1
                return one if one == other else 0
            case ir.Call("min", (left, right)):
                return _either(left, right, self._sign(left), self._sign(right))
            case ir.Binary("*" | "/", left, right) | ir.Call("zidz", (left, right)):
                return _times(self._sign(left), self._sign(right))
            case ir.Binary("-", ir.Number(value), _):
                return 1 if value > 0 else 0  # what is left of a whole
            case ir.Binary("-"):
                return 0
            case ir.Binary("^") | ir.Call("exp" | "sqrt"):
                return 1
            case ir.Reduce(_, body):
                return self._sign(body)
            case ir.If(_, then, otherwise):
                return _either(then, otherwise, self._sign(then), self._sign(otherwise))
            case ir.Lookup(ir.Ref(table), _):
                heights = [y for each in self.model.tables.get(table, ()) for y in each.y]
                return _common(heights)
            case ir.Time():
                return 1
            case _:
                return 0

    def _sign_of(self, name: str) -> Polarity:
        own = _common(self.model.constants.get(name, ()))
        if own or any(self.model.constants.get(name, ())):
            return own
        low, high = self.model.variables[name].limits
        if low is not None and low >= 0:
            return 1
        if high is not None and high <= 0:
            return -1
        return 0 if low is not None or name in self.differences else 1

    def _slope(self, table: ir.Expr) -> Polarity:
        if not isinstance(table, ir.Ref):
            return 0
        steps = [
            after - before
            for each in self.model.tables.get(table.variable, ())
            for before, after in zip(each.y, each.y[1:], strict=False)
        ]
        return _common(steps)


def _either(left: ir.Expr, right: ir.Expr, one: Polarity, other: Polarity) -> Polarity:
    """Return the sign of what is one of two or their sum; zero goes with either sign."""
    if left == ir.Number(0.0):
        return other
    return one if one == other or right == ir.Number(0.0) else 0


def _times(one: Polarity, other: Polarity) -> Polarity:
    product = one * other
    return 1 if product > 0 else -1 if product < 0 else 0


def _common(values: Iterable[float]) -> Polarity:
    """Return the sign that all values have; zeros have none of their own."""
    signs = {value > 0 for value in values if value != 0}
    return 0 if len(signs) != 1 else 1 if signs.pop() else -1
