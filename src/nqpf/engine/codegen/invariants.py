"""What is the same in all passes of a loop and is computed once, before it.

LLVM would find it, but for the stores in the loop, of which it cannot prove that they are to other
places of memory.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from nqpf.engine import ir

_PLAIN = (ir.Number, ir.Time, ir.StepTime, ir.StepNumber, ir.Ref)
_COMPUTED = (ir.Binary, ir.Call, ir.If, ir.Compare, ir.Logic, ir.Not, ir.Lookup, ir.Negative)


def invariants(expr: ir.Expr, changed: Container[str]) -> Iterator[ir.Expr]:
    """Yield the largest parts of ``expr`` that take computing and are the same in all passes.

    ``changed``: names of the variables that the loop writes.
    """
    if _is_same(expr, changed):
        if isinstance(expr, _COMPUTED) and not isinstance(expr, ir.Negative):
            yield expr
        return
    # The loops of a reduction are its own, and what a record keeps goes by the pass.
    if not isinstance(expr, ir.Reduce | ir.Deposit | ir.Vector):
        for part in ir.children(expr):
            yield from invariants(part, changed)


def _is_same(expr: ir.Expr, changed: Container[str]) -> bool:
    return all(
        isinstance(node, (*_PLAIN, *_COMPUTED))
        and not (
            isinstance(node, ir.Ref)
            and (
                node.variable in changed
                or any(not isinstance(index, ir.Fixed) for index in node.indices)
            )
        )
        for node in ir.walk(expr)
    )
