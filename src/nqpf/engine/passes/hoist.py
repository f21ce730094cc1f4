"""Costly parts of equations that cannot change in a run are computed once a member.

``(1 - a) ^ b * stock`` with constants a and b becomes a hidden auxiliary times the stock.
"""

from __future__ import annotations

from dataclasses import replace

from nqpf.engine import ir
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
    return replace(
        model,
        variables=model.variables | hoister.variables,
        equations=(*equations, *hoister.equations),
    )


class _Hoister:
    def __init__(self, static: frozenset[str]) -> None:
        self.static = static
        self.variables: dict[str, ir.Variable] = {}
        self.equations: list[ir.Equation] = []
        self.known: dict[tuple[ir.Expr, tuple[ir.Loop, ...]], ir.Ref] = {}

    def expression(self, expr: ir.Expr, owner: ir.Equation) -> ir.Expr:
        if self._is_static(expr):
            return self._named(expr, owner) if _is_costly(expr) else expr
        if isinstance(expr, ir.Reduce):
            return expr  # its loops are not the owner's
        return ir.rebuild(expr, tuple(self.expression(part, owner) for part in ir.children(expr)))

    def _is_static(self, expr: ir.Expr) -> bool:
        return not ir.moves(expr) and all(
            not isinstance(node, ir.Ref) or node.variable in self.static for node in ir.walk(expr)
        )

    def _named(self, expr: ir.Expr, owner: ir.Equation) -> ir.Ref:
        used = {
            index.loop.name
            for node in ir.walk(expr)
            if isinstance(node, ir.Ref)
            for index in node.indices
            if isinstance(index, ir.Along)
        }
        loops = tuple(loop for loop in owner.loops if loop.name in used)
        known = self.known.get((expr, loops))
        if known is not None:
            return known
        here = tuple(ir.Along(loop, tuple(range(loop.size))) for loop in loops)
        name = f"{ir.HIDDEN}part {len(self.variables) + 1} of {owner.variable}"
        shape = tuple(loop.size for loop in loops)
        dims = tuple(loop.name for loop in loops)
        self.variables[name] = ir.Variable(name, name, "", "", dims, shape, "auxiliary")
        self.equations.append(ir.Equation(name, here, loops, expr, text=f"part of {owner.text}"))
        reference = ir.Ref(name, here)
        self.known[expr, loops] = reference
        return reference


def _is_costly(expr: ir.Expr) -> bool:
    return any(
        isinstance(node, ir.Lookup | ir.Reduce)
        or (isinstance(node, ir.Binary) and node.op in "/^")
        or (isinstance(node, ir.Call) and node.function not in _CHEAP)
        for node in ir.walk(expr)
    )
