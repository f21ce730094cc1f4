"""How far an outcome moves with each factor: means over its ends, and rank correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from nqpf.errors import InputError
from nqpf.study.toml import shown
from nqpf.sweep.analysis.tables import Findings, Values, find_policy
from nqpf.sweep.factors import DRAW
from nqpf.sweep.results import Sweep

END = 0.1
"""Share of the samples that an end is."""
LEAST = 20
WIDE = stats.norm.ppf(0.975)


def tornado(sweep: Sweep, outcomes: Sequence[str] = (), policy: str | None = None) -> Findings:
    """Return mean outcomes where each factor is low and high; see ``docs/sweeps.md``.

    Raises
    ------
    InputError
        Too few samples, or none of the factors varies.
    """
    samples = varying(sweep)
    number = find_policy(sweep, policy)
    rows: list[dict[str, object]] = []
    for name, values in sweep.figures(sweep.choose(tuple(outcomes))).items():
        sound = np.isfinite(values[:, number])
        y = values[sound, number]
        if len(y) < LEAST:
            raise InputError(
                f"{shown(sweep.folder)}: {name}: {len(y)} samples without a failed run; at least "
                f"{LEAST} are needed."
            )
        for factor in samples.columns:
            x = samples[factor].to_numpy(dtype=np.float64)[sound]
            row: dict[str, object] = {"outcome": name, "factor": factor}
            for end, chosen in zip(("low", "high"), _ends(x), strict=True):
                low, middle, high = _mean(y[chosen])
                row |= {f"{end}_value": x[chosen].mean(), f"at_{end}": middle}
                row |= {f"at_{end}_low": low, f"at_{end}_high": high}
            row["middle"] = y.mean()
            row["spearman"] = float(np.asarray(stats.spearmanr(x, y))[0])
            row["n"] = len(y)
            rows.append(row)
    columns = [
        *("outcome", "factor", "low_value", "high_value", "at_low", "at_low_low", "at_low_high"),
        *("at_high", "at_high_low", "at_high_high", "middle", "spearman", "n"),
    ]
    said = {"policy": sweep.policies["label"].iloc[number], "share of samples at an end": END}
    return Findings("tornado", {"tornado": pd.DataFrame(rows, columns=columns)}, said)


def varying(sweep: Sweep) -> pd.DataFrame:
    """Return the factors that vary, a row a sample; a draw as the parameters that it holds."""
    samples = sweep.samples()
    found = samples[[name for name in samples.columns if name != DRAW]]
    found = found.loc[:, found.nunique() > 1]
    if found.empty:
        raise InputError(f"{shown(sweep.folder)}: nothing varies from sample to sample.")
    return found


def _ends(x: Values) -> tuple[Any, Any]:
    """Return which samples lie at the low and at the high end."""
    low, high = np.quantile(x, [END, 1 - END])
    return x <= low, x >= high


def _mean(y: Values) -> tuple[float, float, float]:
    """Return a mean with the ends of its 95 % interval."""
    middle = float(y.mean())
    half = float(WIDE * y.std(ddof=1) / np.sqrt(len(y))) if len(y) > 1 else float("nan")
    return middle - half, middle, middle + half
