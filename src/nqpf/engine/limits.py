"""How large a model may be: beyond, it is refused at once, in one line.

Each bound is far above what public models have, and below what takes minutes or gigabytes before
a run has begun. Bounds of a run's length are in ``clock``, of a delay's order in
``passes.stateful``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from nqpf.engine import ir
from nqpf.errors import InputError

# Bytes of a model file: the largest public ones have a tenth of it, pictures included.
MAX_FILE = 100 << 20

# Characters of an equation, which all become tokens in memory: a table of 100,000 points fits.
MAX_EQUATION = 3_000_000

# Brackets, signs and functions inside one another: passes go down into an expression by recursion,
# and Python's stack has room for a thousand calls, those of the caller included.
MAX_NESTED = 150

# Operators in a row, ``a + b + c + ...``: each is one level of the tree, of fewer calls.
MAX_CHAIN = 250

# Parts of one equation, macros taken apart: a thousand times an ordinary one.
MAX_PARTS = 20_000

# Elements of a subscript range, written as ``(a1-a9)`` or as a size.
MAX_RANGE = 10_000

# Elements of all variables together: each takes 20 microseconds to order and 128 bytes a run.
MAX_ELEMENTS = 1_000_000

# What the elements read of one another, which is all looked at to find the order.
MAX_READS = 20_000_000

# Uses of macros and modules, each of which makes variables: 14 macros that call one another twice
# are 10,000 uses. And how many stand inside one another: each level is a dozen calls.
MAX_USES = 10_000
MAX_USES_NESTED = 30

Node = TypeVar("Node")


def require_elements(name: str, shape: Iterable[int]) -> None:
    """Raise if a variable over ``shape`` has too many elements."""
    count = math.prod(shape)
    if count > MAX_ELEMENTS:
        raise InputError(
            f'"{name}" has {count:,} elements; a model has at most {MAX_ELEMENTS:,} in all'
        )


def require_all_elements(shapes: Iterable[tuple[str, Sequence[int]]]) -> None:
    """Raise if variables of these names and shapes have too many elements together."""
    total, most, largest = 0, -1, ""
    for name, shape in shapes:
        count = math.prod(shape)
        total += count
        if count > most:
            most, largest = count, name
    if total > MAX_ELEMENTS:
        raise InputError(
            f'the variables have {total:,} elements, most of them "{largest}" ({most:,}); at most '
            f"{MAX_ELEMENTS:,} are read"
        )


def require_small(name: str, expr: ir.Expr) -> None:
    """Raise where the equation of a variable is a larger or deeper tree than passes go through.

    Functions that stand for expressions use an argument several times: nested, they double.
    """
    depth, parts = size(expr, ir.children)
    if depth > MAX_CHAIN or parts > MAX_PARTS:
        counted = f"{parts:,}" if parts < 10**12 else f"{parts:.0e}"
        raise InputError(
            f'"{name}" is an equation of {counted} parts, {depth} deep; at most {MAX_PARTS:,} '
            f"parts and {MAX_CHAIN} deep are read: take it apart into several variables"
        )


def size(node: Node, parts: Callable[[Node], Iterable[Node]]) -> tuple[int, int]:
    """Return how deep a tree is, and how many nodes it has, shared ones counted as often as used.

    Neither recursion nor time beyond the number of distinct nodes is spent on it.
    """
    known: dict[int, tuple[int, int]] = {}
    stack = [node]
    while stack:
        each = stack[-1]
        below = [part for part in parts(each) if id(part) not in known]
        if below:
            stack.extend(below)
            continue
        stack.pop()
        inner = [known[id(part)] for part in parts(each)]
        depth = max((one for one, _ in inner), default=0)
        known[id(each)] = depth + 1, 1 + sum(count for _, count in inner)
    return known[id(node)]
