"""What tables are read at, as variables that can be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nqpf.engine import ir
from nqpf.engine.model import Model
from nqpf.engine.passes.elements import at, flat, passes_of


@dataclass(frozen=True)
class Argument:
    """The added variable ``name``, at which ``reader`` reads ``table`` from ``low`` to ``high``.

    ``low`` and ``high``: first and last point of the table by element of the argument.
    """

    name: str
    reader: str
    table: str
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def with_arguments(model: Model) -> tuple[Model, list[Argument]]:
    """Return the model with one more variable for each reading of a table, tables over time apart.

    Tables that continue their end segments on purpose are left out, too.
    """
    written = model.written
    variables = dict(written.variables)
    equations = list(written.equations)
    found: list[Argument] = []
    for equation in written.equations:
        for loops, lookup in _lookups(equation.body, equation.loops):
            table = lookup.table
            assert isinstance(table, ir.Ref)
            if _given(lookup.argument, written) or lookup.reading != "value":
                continue
            points = written.tables.get(table.variable)
            if points is None or any(each.extrapolate for each in points):
                continue
            name = f"argument {len(found) + 1} of tables"
            shape = tuple(loop.size for loop in loops)
            variables[name] = ir.Variable(
                name, name, "", "", tuple(loop.name for loop in loops), shape, "auxiliary"
            )
            along = tuple(ir.Along(loop, tuple(range(loop.size))) for loop in loops)
            equations.append(ir.Equation(name, along, loops, lookup.argument))
            low, high = _ends(written.variables[table.variable].shape, table, points, loops)
            found.append(Argument(name, equation.variable, table.variable, low, high))
    if not found:
        return model, []
    more = replace(written, variables=variables, equations=tuple(equations))
    return model.amended(more, "arguments of tables"), found


def _lookups(
    expr: ir.Expr, loops: tuple[ir.Loop, ...]
) -> Iterator[tuple[tuple[ir.Loop, ...], ir.Lookup]]:
    if isinstance(expr, ir.Lookup):
        yield loops, expr
    inner = (*loops, *expr.loops) if isinstance(expr, ir.Reduce | ir.Vector) else loops
    for part in ir.children(expr):
        yield from _lookups(part, inner)


def _given(expr: ir.Expr, written: ir.IndexedModel) -> bool:
    """Whether an argument is the time or constant: chosen by the modeller, not by the run."""
    nodes = list(ir.walk(expr))
    return any(isinstance(node, ir.Time) for node in nodes) or all(
        node.variable in written.constants for node in nodes if isinstance(node, ir.Ref)
    )


def _ends(
    shape: tuple[int, ...],
    table: ir.Ref,
    points: tuple[ir.Table, ...],
    loops: tuple[ir.Loop, ...],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    read = [
        points[flat([at(each, passes) for each in table.indices], shape)].x
        for passes in passes_of(loops)
    ]
    return np.array([each[0] for each in read]), np.array([each[-1] for each in read])
