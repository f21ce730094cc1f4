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
    if column in data.data_vars:
        return data[column]
    if given not in data.data_vars and (whole := _find(data, column)) is not None:
        return data[whole]  # a quoted name may end in brackets
    name = _find(data, given)
    if name is None:
        hint = did_you_mean(given, map(str, data.data_vars))
        raise InputError(f'{where}: the results have no variable "{given}".{hint}')
    variable = data[name]
    dims = [dim for dim in variable.dims if dim not in ("scenario", "run", "time")]
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


def _find(data: xr.Dataset, name: str) -> str | None:
    if name in data.data_vars:
        return name
    return next(
        (str(each) for each in data.data_vars if canonical(str(each)) == canonical(name)), None
    )
