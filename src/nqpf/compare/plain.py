"""A model as written, in the form in which two versions compare: no spelling, no order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nqpf.engine import ir
from nqpf.engine.names import canonical

Body = ir.Expr | ir.Table | tuple[float, ...] | tuple[ir.Table, ...]
Place = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]  # subscripts, what is excepted
Plain = Mapping[Place, Body]
"""The definitions of a variable by the elements that they are for, all names canonical."""


def plain(element: ir.Element) -> Plain:
    """Return the definitions of ``element`` without spelling and order."""
    return {place(each): _plain_body(each.body) for each in element.definitions}


def place(definition: ir.Definition) -> Place:
    """Return what a definition is for."""
    return (
        tuple(map(canonical, definition.subscripts)),
        tuple(tuple(map(canonical, group)) for group in definition.excepted),
    )


def names(definitions: Plain) -> Iterator[str]:
    """Yield every variable that the definitions read, once a reference."""
    for body in definitions.values():
        if isinstance(body, ir.Expr):
            for node in ir.walk(body):
                if isinstance(node, ir.Name):
                    yield node.name


def _plain_body(body: Body) -> Body:
    return _canonical(body) if isinstance(body, ir.Expr) else body


def _canonical(expr: ir.Expr) -> ir.Expr:
    if isinstance(expr, ir.Name):
        return ir.Name(canonical(expr.name), tuple(map(canonical, expr.subscripts)))
    parts = ir.children(expr)
    return ir.rebuild(expr, tuple(map(_canonical, parts))) if parts else expr
