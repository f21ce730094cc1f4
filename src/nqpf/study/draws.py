"""Projections with what the statistics leave open: every scenario under every draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nqpf.errors import InputError
from nqpf.study.project import changed
from nqpf.study.scenarios import Scenario

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from nqpf.engine import Model

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Ends of the 90 % and the 50 % band, and the median between them."""


def project_draws(
    model: Model,
    scenarios: Sequence[Scenario],
    fitted: pd.DataFrame,
    outputs: Sequence[str],
    count: int,
    tell: Callable[[Scenario], None] | None = None,
) -> xr.Dataset:
    """Run each scenario with the same ``count`` draws, so that differences are of the scenarios.

    Parameters
    ----------
    fitted
        Draws, as `read_fitted` gives them. What a scenario sets it sets for every draw.
    outputs
        Names of variables to keep.

    Returns
    -------
    Dataset with dims ``draw``, ``scenario``, ``time`` and the model's subscripts, in single
    precision. Draws with which a scenario fails are left out of all; ``attrs["failed"]`` counts
    them.

    Raises
    ------
    InputError
        Every draw fails.
    """
    import xarray as xr

    rows = np.unique(np.linspace(0, len(fitted) - 1, min(count, len(fitted))).round().astype(int))
    draws = fitted.iloc[rows].reset_index(drop=True)
    sound = np.ones(len(draws), dtype=bool)
    parts: list[xr.Dataset] = []
    for each in scenarios:
        if tell is not None:
            tell(each)
        runs = model.ensemble(draws.assign(**changed(model, each)), list(outputs))
        sound &= runs["failed"].to_numpy() == 0
        bare = runs.drop_vars(["run", "failed", "failed_variable", "failed_time"])
        with np.errstate(over="ignore"):  # of draws that have failed
            parts.append(bare.rename_dims(run="draw").astype(np.float32))
    if not sound.any():
        raise InputError(
            "Every draw of the fitted ensemble fails in some scenario: the ensemble is of another "
            'model. Make it anew with "nqpf calibrate", or take no bands with --draws 0.'
        )
    names = [each.name for each in scenarios]
    whole = xr.concat(parts, xr.Variable("scenario", names), combine_attrs="override")
    found = whole.transpose("draw", "scenario", "time", ...).isel(draw=np.flatnonzero(sound))
    return found.assign_coords(draw=np.flatnonzero(sound)).assign_attrs(
        failed=int((~sound).sum()), data_to=int(fitted.attrs["data_to"])
    )
