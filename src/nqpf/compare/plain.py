"""A model as written, in the form in which two versions compare: no spelling, no order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nqpf.engine import ir
from nqpf.engine.names import canonical

Body = ir.Expr | ir.Table | tuple[float, ...] | tuple[ir.Table, ...]
Place = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]  # subscripts, what is excepted
Plain = Mapping[Place, Body]
"""The definitions of a variable by the elements that they are for, all names canonical."""


Ranges = Mapping[str, str]
"""Old name -> new name, canonical, of subscript ranges that were renamed."""


def plain(element: ir.Element, ranges: Ranges) -> Plain:
    """Return the definitions of ``element`` without spelling and order, ranges renamed."""
    return {
        place(each, ranges): _canonical(each.body, ranges)
        if isinstance(each.body, ir.Expr)
        else each.body
        for each in element.definitions
    }


def place(definition: ir.Definition, ranges: Ranges) -> Place:
    """Return what a definition is for."""
    return (
        _subscripts(definition.subscripts, ranges),
        tuple(_subscripts(group, ranges) for group in definition.excepted),
    )


def names(definitions: Plain) -> Iterator[str]:
    """Yield every variable that the definitions read, once a reference."""
    for body in definitions.values():
        if isinstance(body, ir.Expr):
            for node in ir.walk(body):
                if isinstance(node, ir.Name):
                    yield node.name


def _canonical(expr: ir.Expr, ranges: Ranges) -> ir.Expr:
    if isinstance(expr, ir.Name):
        # The name of a range or an element may stand for its number, too.
        name = canonical(expr.name)
        return ir.Name(ranges.get(name, name), _subscripts(expr.subscripts, ranges))
    parts = ir.children(expr)
    return ir.rebuild(expr, tuple(_canonical(part, ranges) for part in parts)) if parts else expr


def _subscripts(written: tuple[str, ...], ranges: Ranges) -> tuple[str, ...]:
    found: list[str] = []
    for each in written:
        name = canonical(each.removesuffix("!"))
        found.append(ranges.get(name, name) + each[len(each.removesuffix("!")) :])
    return tuple(found)
