"""The fitted ensemble: draws of a study's parameters that agree with its statistics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nqpf.errors import InputError
from nqpf.study.folder import Study
from nqpf.study.toml import shown

if TYPE_CHECKING:
    import pandas as pd

    from nqpf.engine import Model

FILE = "fitted.parquet"


def read_fitted(study: Study, model: Model) -> pd.DataFrame | None:
    """Return the draws that stand in the study's ``calibration`` folder; None if it has none.

    Returns
    -------
    A row a draw, a column a constant or an element of one, as the model spells it, in its unit; in
    ``attrs`` what `write_fitted` was told: command, seed, model_hash and others.

    Raises
    ------
    InputError
        The file is broken, holds no numbers, or names what the model does not have.
    """
    path = study.calibration / FILE
    if not path.exists():
        return None
    draws = _read(path)
    where = shown(path)
    numbers = draws.to_numpy(dtype=np.float64)
    if not len(draws) or not len(draws.columns) or not np.isfinite(numbers).all():
        raise InputError(f"{where}: holds no draws, or some are not numbers. {_ANEW}")
    spread = {}
    for name in draws.columns:
        try:
            variable, places = model.places(name)
        except InputError as error:
            raise InputError(f"{where}: {error} {_ANEW}") from None
        if variable.kind != "constant":
            raise InputError(f'{where}: "{name}" is computed by the model. {_ANEW}')
        labels = model.labels(variable)
        spread |= {variable.name + labels[place]: draws[name] for place in places}
    found = draws.__class__(spread)
    found.attrs.update(draws.attrs)
    return found


def write_fitted(draws: pd.DataFrame, made: Mapping[str, Any], path: Path) -> None:
    """Write draws, rounded to seven digits, which is far finer than they are known."""
    small = draws.astype(np.float32)
    small.attrs.update(made)
    small.to_parquet(path, index=False, compression="zstd")


_ANEW = 'Make it anew: "nqpf calibrate".'


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        found = pd.read_parquet(path)
        return found.rename(columns=str).astype(np.float64)
    except Exception:
        # A damaged file makes the library fail anywhere, with whatever its code trips over first.
        raise InputError(f"{shown(path)}: is broken or no Parquet file of draws. {_ANEW}") from None
