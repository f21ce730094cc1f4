"""The same equations with other numbers in them, as if those stood in the file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nqpf.engine import ir
from nqpf.engine.parameters import Directory, parse
from nqpf.errors import InputError


@dataclass(frozen=True)
class Said:
    """What is said of a number that takes the place of the file's.

    ``limits``: its own range; None where that of the file holds.
    """

    doc: str
    limits: tuple[float, float] | None = None


def with_numbers(
    written: ir.IndexedModel, numbers: Mapping[str, Any], said: Mapping[str, Said]
) -> tuple[ir.IndexedModel, str]:
    """Return ``written`` with ``numbers`` in place of the file's, and a hash of them.

    Parameters
    ----------
    numbers
        Constant -> number or array, lookup -> pandas Series (index x, values y); ``"Name[East]"``
        for one element.
    said
        Name without subscripts -> what is said of it.

    Raises
    ------
    InputError
        No such constant or lookup, or a number that cannot stand for it.
    """
    directory = Directory(written)
    given = parse(directory, numbers)
    for name, _ in (*given.numbers, *given.tables):
        kind = written.variables[name].kind
        wanted = "constant" if (name, _) in given.numbers else "lookup"
        if kind != wanted:
            what = "a number" if wanted == "constant" else "a table"
            raise InputError(f'"{name}" is {_A[kind]}: {what} cannot take its place')
    constants = {name: list(values) for name, values in written.constants.items()}
    tables = {name: list(each) for name, each in written.tables.items()}
    for (name, place), number in given.numbers.items():
        constants[name][place] = float(number[0])
    for (name, place), table in given.tables.items():
        tables[name][place] = replace(table, extrapolate=tables[name][place].extrapolate)
    variables = dict(written.variables)
    for name, each in said.items():
        variable = directory.find(name)[0]
        limits = variable.limits if each.limits is None else each.limits
        variables[variable.name] = replace(variable, doc=each.doc, limits=limits)
    changed = replace(
        written,
        variables=variables,
        constants={name: tuple(values) for name, values in constants.items()},
        tables={name: tuple(each) for name, each in tables.items()},
    )
    parts = (sorted(given.numbers.items()), sorted(given.tables.items()), sorted(said.items()))
    return changed, hashlib.sha256(repr(parts).encode()).hexdigest()


_A: dict[ir.Kind, str] = {
    "constant": "a constant",
    "lookup": "a table",
    "data": "data from outside",
    "stock": "a stock; give what its initial value is computed from",
    "auxiliary": "computed",
    "initial": "computed",
    "record": "hidden",
    "draw": "hidden",
}
