"""Variables that a pass adds to a model, under names that no file can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nqpf.engine import ir

STAGE = f"{ir.HIDDEN}stage"  # the loop over the stages of a delay: no file's range is called so


def along(loops: Sequence[ir.Loop]) -> tuple[ir.Index, ...]:
    """Return indices that follow ``loops``, one axis a loop."""
    return tuple(ir.Along(loop, tuple(range(loop.size))) for loop in loops)


class Hidden:
    """What a pass adds; ``owner`` is always the equation of the file that needs it."""

    def __init__(self) -> None:
        self.variables: dict[str, ir.Variable] = {}
        self.equations: list[ir.Equation] = []

    def added_to(self, model: ir.IndexedModel) -> ir.IndexedModel:
        return replace(
            model,
            variables=model.variables | self.variables,
            equations=(*model.equations, *self.equations),
        )

    def hidden(
        self,
        what: str,
        owner: ir.Equation,
        loops: Sequence[ir.Loop],
        kind: ir.Kind,
        stages: int = 1,
    ) -> str:
        """Add a variable over ``loops`` (times ``stages``); return its name."""
        name = f"{ir.HIDDEN}{what} {len(self.variables) + 1} of {owner.variable}"
        shape = tuple(loop.size for loop in loops)
        dims = tuple(loop.name for loop in loops)
        if stages > 1:
            shape, dims = (*shape, stages), (*dims, STAGE)
        self.variables[name] = ir.Variable(name, name, "", "", dims, shape, kind)
        return name

    def define(
        self,
        name: str,
        owner: ir.Equation,
        loops: Sequence[ir.Loop],
        body: ir.Expr,
        initial: ir.Expr | None = None,
    ) -> ir.Ref:
        """Define a variable over ``loops``; return the reference to it."""
        here = along(loops)
        self.equations.append(ir.Equation(name, here, tuple(loops), body, initial, owner.text))
        return ir.Ref(name, here)

    def auxiliary(
        self, what: str, owner: ir.Equation, loops: Sequence[ir.Loop], body: ir.Expr
    ) -> ir.Ref:
        return self.define(self.hidden(what, owner, loops, "auxiliary"), owner, loops, body)
