"""Non-negative stocks of XMILE limit what flows out of them.

Stella help, Flow prioritization: an outflow is at most what the stock holds for one DT plus what
flows in; the first outflow listed takes first, the next one what is left. An outflow that others
depend on goes before them. A stock that is only cut off at zero would hand on what it never held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nqpf.engine.names import canonical, split_subscripts
from nqpf.engine.reader import syntax

Flows = tuple[list[str], list[str]]  # names of inflows, of outflows, in their order

_ZERO = syntax.Number(0.0)


def limit_outflows(
    equations: Sequence[syntax.Equation],
    stocks: Mapping[str, Flows],
    drained: Mapping[str, int],
) -> list[syntax.Equation]:
    """Return ``equations`` with limits on the outflows of ``stocks``.

    Parameters
    ----------
    stocks
        Canonical name of a non-negative stock -> its flows.
    drained
        Canonical name of a flow -> how many stocks it drains. What drains several is left alone:
        no one of them can say what it is.
    """
    uses = _Uses(equations)
    limits: dict[str, syntax.Node] = {}
    for stock, (inflows, outflows) in stocks.items():
        before: list[str] = []
        for flow in uses.ordered([each for each in outflows if drained.get(_key(each)) == 1]):
            others = [each for each in inflows if uses.may_read(_key(flow), _key(each))]
            earlier = [each for each in before if uses.may_read(_key(flow), _key(each))]
            limits[_key(flow)] = _available(stock, others, earlier)
            before.append(flow)
    return [
        replace(each, most=limits[key]) if (key := canonical(each.name)) in limits else each
        for each in equations
    ]


def _key(flow: str) -> str:
    return canonical(split_subscripts(flow)[0])


def _available(stock: str, inflows: Iterable[str], earlier: Iterable[str]) -> syntax.Node:
    """Return the most that may flow out: never less than nothing."""
    left: syntax.Node = syntax.Binary("/", syntax.Name(stock), syntax.Name("DT"))
    for flow in inflows:
        left = syntax.Binary("+", left, syntax.Name(*split_subscripts(flow)))
    for flow in earlier:
        left = syntax.Binary("-", left, syntax.Name(*split_subscripts(flow)))
    return syntax.Call(syntax.Name("MAX"), (left, _ZERO))


class _Uses:
    """Which variables read which, directly or not, without a stock between."""

    def __init__(self, equations: Iterable[syntax.Equation]) -> None:
        self._direct: dict[str, set[str]] = {}
        for equation in equations:
            body = equation.body
            if body is None or isinstance(body, syntax.Stock):
                continue
            names = {canonical(n.name) for n in syntax.walk(body) if isinstance(n, syntax.Name)}
            self._direct.setdefault(canonical(equation.name), set()).update(names)

    def reads(self, name: str, other: str) -> bool:
        seen: set[str] = set()
        stack = [name]
        while stack:
            each = stack.pop()
            if each == other:
                return True
            if each not in seen:
                seen.add(each)
                stack.extend(self._direct.get(each, ()))
        return False

    def may_read(self, name: str, other: str) -> bool:
        """Note that ``name`` reads ``other``, unless that would close a circle."""
        if self.reads(other, name):
            return False
        self._direct.setdefault(name, set()).add(other)
        return True

    def ordered(self, flows: list[str]) -> list[str]:
        """Return ``flows`` in their order, but each behind those that it reads."""
        waiting, found = list(flows), list[str]()
        while waiting:
            free = next(
                (
                    each
                    for each in waiting
                    if not any(
                        other is not each and self.reads(_key(each), _key(other))
                        for other in waiting
                    )
                ),
                waiting[0],
            )
            waiting.remove(free)
            found.append(free)
        return found
