"""Samples from a file: a row a sample, a column a constant or a lever."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqpf.errors import InputError
from nqpf.study.folder import Study
from nqpf.study.project import spread
from nqpf.study.toml import shown
from nqpf.sweep.factors import Source

if TYPE_CHECKING:
    from nqpf.engine import Model

Values = NDArray[np.float64]


def read_table(
    path: Path,
    sources: list[Source],
    study: Study,
    model: Model,
    where: str,
) -> tuple[list[Source], Values]:
    """Return the columns of a table as factors, and its rows."""
    if sources:
        raise InputError(
            f'{where}: design "table" takes its samples from the file alone; "{sources[0].name}" '
            "varies, too."
        )
    said = shown(path)
    try:
        read = pd.read_parquet if path.suffix == ".parquet" else pd.read_csv
        table = read(path)
    except FileNotFoundError:
        raise InputError(f"{where}: table: {said}: no such file.") from None
    except Exception:
        # A broken file makes the libraries fail anywhere.
        raise InputError(f"{where}: table: {said} is no CSV or Parquet file.") from None
    try:
        numbers = table.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{where}: table: {said}: some cells are not numbers.") from None
    if not numbers.size or not np.isfinite(numbers).all():
        raise InputError(f"{where}: table: {said}: empty, or some cells are not finite numbers.")
    found: list[Source] = []
    for place, name in enumerate(map(str, table.columns)):
        lever = study.levers.get(name)
        column = numbers[:, place]
        given = name if lever is None else lever.parameter
        for value in (column.min(), column.max()):
            columns = tuple(spread(model, {given: float(value)}, f"{where}: table: {said}"))
        kind = "uncertainty" if lever is None else "lever"
        unit = model.find(given).unit
        bounds = float(column.min()), float(column.max())
        found.append(Source(name, kind, columns, *bounds, unit, tuple(np.unique(column).tolist())))
    return found, numbers
