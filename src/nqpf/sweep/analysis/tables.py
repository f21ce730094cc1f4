"""Tables that an analysis finds, and how they are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqpf.errors import InputError, did_you_mean
from nqpf.study.draws import QUANTILES
from nqpf.study.record import provenance
from nqpf.study.results import ResultFolder
from nqpf.study.toml import shown
from nqpf.sweep.results import Sweep
from nqpf.sweep.store import ANALYSIS

Values = NDArray[np.float64]

BAND = (QUANTILES[0], QUANTILES[-1])
"""Ends of the 90 % intervals over samples, as those of the bands of projections."""


@dataclass(frozen=True)
class Findings:
    """What an analysis found.

    Attributes
    ----------
    name
        Of the analysis.
    tables
        File name without suffix -> table; the columns stand in ``docs/sweeps.md``.
    said
        What a record needs beside them: options, seed, samples left out.
    """

    name: str
    tables: Mapping[str, pd.DataFrame]
    said: Mapping[str, Any] = field(default_factory=dict)


def write_findings(sweep: Sweep, found: Findings, command: Sequence[str]) -> list[str]:
    """Write tables and their record into the store's ``analysis``; return the paths."""
    with ResultFolder(sweep.folder / ANALYSIS) as results:
        for name, table in found.tables.items():
            table.to_csv(results.draft(f"{name}.csv"), index=False, float_format="%.7g")
        record = {
            **provenance(command),
            "analysis": found.name,
            **found.said,
            "sweep": {
                "command": sweep.record.get("command"),
                "time": sweep.record.get("time"),
                "model": sweep.record["identity"]["model"],
                "layout": sweep.record["identity"]["layout"],
            },
        }
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        results.draft(f"{found.name}.json").write_text(text, "utf-8")
        return [shown(path) for path in results.publish()]


def band(values: Values, axis: int = 0) -> tuple[Any, Any]:
    """Return the ends of the 90 % interval along an axis."""
    low, high = np.quantile(values, BAND, axis=axis)
    return low, high


def find_policy(sweep: Sweep, label: str | None) -> int:
    """Return the number of a policy by its label; of the reference policy without one."""
    if label is None:
        return sweep.reference
    labels = sweep.policies["label"].tolist()
    if label not in labels:
        few = f" Known: {', '.join(labels[:20])}{', ...' if len(labels) > 20 else ''}."
        raise InputError(
            f'{shown(sweep.folder)}: no policy "{label}".{did_you_mean(label, labels) or few}'
        )
    return labels.index(label)


def require_design(sweep: Sweep, wanted: str, analysis: str) -> None:
    """Refuse a sweep whose samples are not those that an analysis needs."""
    if sweep.spec.design != wanted:
        raise InputError(
            f'{shown(sweep.folder)}: {analysis} needs design = "{wanted}", this sweep has '
            f'"{sweep.spec.design}".'
        )


def scalar_variables(sweep: Sweep) -> list[str]:
    """Return the variables kept that have no subscripts."""
    return [str(name) for name, each in sweep.data.data_vars.items() if each.ndim == 2]
