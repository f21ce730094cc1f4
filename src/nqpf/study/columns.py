"""Columns of a dataset by the names that files use: ``"GDP"`` or ``"GDP[East]"``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nqpf.engine.names import canonical, split_subscripts
from nqpf.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import xarray as xr


def select(data: xr.Dataset, column: str, where: str) -> xr.DataArray:
    """Return a variable of ``data``, at the elements that the column names.

    Parameters
    ----------
    column
        Name, or name with one element per subscript; case and underscores do not count.
    where
        What asks for it, for the message.

    Raises
    ------
    InputError
        No such variable or element.
    """
    given, elements = split_subscripts(column)
    name = find(data, column)
    if name is not None and canonical(name) == canonical(column):
        return data[name]  # a quoted name may end in brackets
    if name is None:
        hint = did_you_mean(given, map(str, data.data_vars))
        raise InputError(f'{where}: the results have no variable "{given}".{hint}')
    variable = data[name]
    dims = [dim for dim in variable.dims if dim not in ("draw", "scenario", "run", "time")]
    if len(elements) != len(dims):
        raise InputError(
            f'{where}: "{column}" has {len(elements)} subscripts, the results have {len(dims)} '
            f"({', '.join(map(str, dims)) or 'none'})."
        )
    for dim, element in zip(dims, elements, strict=True):
        known = {canonical(str(label)): str(label) for label in data[dim].to_numpy()}
        if canonical(element) not in known:
            hint = did_you_mean(element, known.values()) or f" Known: {', '.join(known.values())}."
            raise InputError(f'{where}: "{column}": {dim} has no "{element}".{hint}')
        variable = variable.sel({dim: known[canonical(element)]}, drop=True)
    return variable


def find(data: xr.Dataset, column: str) -> str | None:
    """Return the name in ``data`` of the variable that a column means; None if there is none."""
    spelled = {canonical(str(each)): str(each) for each in data.data_vars}
    for name in (column, split_subscripts(column)[0]):
        if name in data.data_vars:
            return name
        if canonical(name) in spelled:
            return spelled[canonical(name)]
    return None
