"""Functions of arrays and tables of Vensim as expressions: (name, arguments) -> builder.

A builder returns None where an argument is not what it takes.
"""

from __future__ import annotations

from collections.abc import Callable

from nqpf.engine import ir
from nqpf.engine.passes.constants import fold, number

Builder = Callable[..., ir.Expr | None]

_ONE = ir.Number(1.0)


# --- functions of whole arrays ----------------------------------------------------------------


def _vector(function: ir.VectorFunction, arrays: int = 1) -> Builder:
    """A function of ``arrays`` arrays, then numbers."""
    return lambda *given: ir.Vector(function, given[:arrays], given[arrays:])


def _select(
    selection: ir.Expr, expr: ir.Expr, missing: ir.Expr, action: ir.Expr, _error: ir.Expr
) -> ir.Expr:
    """VECTOR SELECT; what its last argument would stop a run for gives a value all the same."""
    return ir.Vector("select", (selection, expr), (missing, action))


def _element_at(vector: ir.Expr, offset: ir.Expr) -> ir.Expr | None:
    return ir.ElementAt(vector, offset) if isinstance(vector, ir.Name) else None


def _lookup(
    vector: ir.Expr, x: ir.Expr, least: ir.Expr, most: ir.Expr, mode: ir.Expr
) -> ir.Expr | None:
    """VECTOR LOOKUP."""
    if not isinstance(vector, ir.Name) or not vector.subscripts:
        return None
    return ir.Vector("lookup", (vector,), (x, least, most, mode))


def _inverse(matrix: ir.Expr, _size: ir.Expr) -> ir.Expr:
    return ir.Vector("inverse", (matrix,))


def _by_priority(
    request: ir.Expr, priority: ir.Expr, _size: ir.Expr, width: ir.Expr, supply: ir.Expr
) -> ir.Expr:
    """ALLOCATE BY PRIORITY: ALLOCATE AVAILABLE with rectangles of one width."""
    return ir.Vector("allocate", (request, _ONE, priority, width), (supply,))


# --- tables -----------------------------------------------------------------------------------


def _reading(name: str) -> Builder:
    def build(table: ir.Expr, x: ir.Expr) -> ir.Expr | None:
        return ir.Lookup(table, x, name) if isinstance(table, ir.Name) else None

    return build


def _area(table: ir.Expr, start: ir.Expr, end: ir.Expr) -> ir.Expr | None:
    if not isinstance(table, ir.Name):
        return None
    return ir.Binary("-", ir.Lookup(table, end, "area"), ir.Lookup(table, start, "area"))


def _slope(table: ir.Expr, x: ir.Expr, mode: ir.Expr) -> ir.Expr | None:
    asked = number(fold(mode))
    name = {0.0: "slope", 1.0: "slope straight", -1.0: "slope inside"}.get(asked or 0.0)
    if not isinstance(table, ir.Name) or asked is None or name is None:
        return None
    return ir.Lookup(table, x, name)


VENSIM: dict[tuple[str, int], Builder] = {
    ("vector_select", 5): _select,
    ("vector_lookup", 5): _lookup,
    ("vector_elm_map", 2): _element_at,
    ("vector_sort_order", 2): _vector("sort order"),
    ("vector_rank", 2): _vector("rank"),
    ("vector_reorder", 2): _vector("reorder"),
    ("invert_matrix", 2): _inverse,
    ("allocate_by_priority", 5): _by_priority,
    ("allocate_available", 3): _vector("allocate available", 2),
    ("lookup_forward", 2): _reading("forward"),
    ("lookup_backward", 2): _reading("backward"),
    ("lookup_extrapolate", 2): _reading("extrapolate"),
    ("lookup_invert", 2): _reading("invert"),
    ("lookup_area", 3): _area,
    ("lookup_slope", 3): _slope,
    ("reinitial", 1): ir.Initial,
}
