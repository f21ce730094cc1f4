"""Costly parts of equations that cannot change in a run are computed once a member.

``(1 - a) ^ b * stock`` with constants a and b becomes a hidden auxiliary times the stock.
"""

from __future__ import annotations

from dataclasses import replace

from nqpf.engine import ir
from nqpf.engine.passes.elements import loops_of
from nqpf.engine.passes.hidden import Hidden
from nqpf.engine.passes.stateful import static_variables

# Cheap enough to repeat: a hidden variable costs a load in every step.
_CHEAP = ("abs", "min", "max")


def hoist(model: ir.IndexedModel) -> ir.IndexedModel:
    """Return ``model`` with static, costly sub-expressions of changing equations named."""
    static = static_variables(model)
    hoister = _Hoister(static)
    equations: list[ir.Equation] = []
    for equation in model.equations:
        changing = equation.variable not in static or equation.initial is not None
        if changing and model.variables[equation.variable].kind != "initial":
            body = hoister.expression(equation.body, equation)
            equation = replace(equation, body=body)
        equations.append(equation)
    return hoister.added_to(replace(model, equations=tuple(equations)))


class _Hoister(Hidden):
    def __init__(self, static: frozenset[str]) -> None:
        super().__init__()
        self.static = static
        self.known: dict[tuple[ir.Expr, tuple[ir.Loop, ...]], ir.Ref] = {}

    def expression(self, expr: ir.Expr, owner: ir.Equation) -> ir.Expr:
        if self._is_static(expr):
            return self._named(expr, owner) if _is_costly(expr) else expr
        if isinstance(expr, ir.Reduce | ir.Vector):
            return expr  # its loops are not the owner's
        return ir.rebuild(expr, tuple(self.expression(part, owner) for part in ir.children(expr)))

    def _is_static(self, expr: ir.Expr) -> bool:
        return not ir.moves(expr) and all(
            not isinstance(node, ir.Ref) or node.variable in self.static for node in ir.walk(expr)
        )

    def _named(self, expr: ir.Expr, owner: ir.Equation) -> ir.Ref:
        used = loops_of(expr)
        loops = tuple(loop for loop in owner.loops if loop.name in used)
        known = self.known.get((expr, loops))
        if known is not None:
            return known
        reference = self.auxiliary("part", owner, loops, expr)
        self.known[expr, loops] = reference
        return reference


def _is_costly(expr: ir.Expr) -> bool:
    return any(
        isinstance(node, ir.Lookup | ir.Reduce)
        or (isinstance(node, ir.Binary) and node.op in "/^")
        or (isinstance(node, ir.Call) and node.function not in _CHEAP)
        for node in ir.walk(expr)
    )
