"""Which policy is best, how surely, and what a wrong choice costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from nqpf.errors import InputError
from nqpf.study.toml import shown
from nqpf.sweep.analysis.tables import Findings, Values, band
from nqpf.sweep.results import Sweep

SHOWN = 30
"""Policies in tables by pair or by rank: the best ones by median."""
LARGE = 0.95


def rank(sweep: Sweep, outcomes: Sequence[str] = ()) -> Findings:
    """Rank the policies of a sweep in every sample; see ``docs/sweeps.md`` for the tables.

    Samples in which some policy fails are left out, so that all are judged by the same.

    Raises
    ------
    InputError
        There is one policy only, or every sample fails.
    """
    if sweep.policy_count < 2:
        raise InputError(
            f"{shown(sweep.folder)}: has one policy; give scenarios = [...] or levers with values."
        )
    policies = sweep.policies
    labels = policies["label"].to_numpy()
    ranks, shares, reversals = [], [], []
    left_out: dict[str, int] = {}
    chosen = sweep.choose(tuple(outcomes))
    for name, whole in sweep.figures(chosen).items():
        values = whole[np.isfinite(whole).all(axis=1)]
        left_out[name] = len(whole) - len(values)
        if not len(values):
            raise InputError(f"{shown(sweep.folder)}: {name}: some policy fails in every sample.")
        good = -values if chosen[name].less_is_better else values
        places = rankdata(-good, axis=1, method="min")
        order = np.argsort(-np.median(good, axis=0), kind="stable")[:SHOWN]
        ranks.append(_ranks(name, labels, values, good, places, sweep.reference))
        shares.append(_shares(name, labels, places, order, values.shape[1] > SHOWN))
        reversals.append(_reversals(name, labels, good, order))
    tables = {
        "policies": policies.reset_index(),
        "ranks": pd.concat(ranks, ignore_index=True),
        "rank_shares": pd.concat(shares, ignore_index=True),
        "reversals": pd.concat(reversals, ignore_index=True),
    }
    said = {"reference": str(labels[sweep.reference]), "samples left out": left_out}
    return Findings("ranks", tables, said)


def _ranks(
    name: str, labels: Values, values: Values, good: Values, places: Values, reference: int
) -> pd.DataFrame:
    count = values.shape[1]
    gain = values - values[:, [reference]]
    regret = good.max(axis=1, keepdims=True) - good
    low, high = band(values)
    gain_low, gain_high = band(gain)
    rank_low, rank_high = band(places)
    return pd.DataFrame(
        {
            "outcome": name,
            "policy": np.arange(count),
            "label": labels,
            "median": np.median(values, axis=0),
            "low": low,
            "high": high,
            "gain": np.median(gain, axis=0),
            "gain_low": gain_low,
            "gain_high": gain_high,
            "rank": np.median(places, axis=0),
            "rank_low": rank_low,
            "rank_high": rank_high,
            "first": (places == 1).mean(axis=0),
            "last": (good == good.min(axis=1, keepdims=True)).mean(axis=0),
            "regret": regret.mean(axis=0),
            "regret_high": np.quantile(regret, LARGE, axis=0),
            "regret_max": regret.max(axis=0),
            "n": len(values),
        }
    )


def _shares(name: str, labels: Values, places: Values, order: Any, many: bool) -> pd.DataFrame:
    """Return the share of samples in which a policy has a rank; of many policies ranks 1 to 30."""
    numbers = np.arange(1, (SHOWN if many else places.shape[1]) + 1)
    parts = [
        pd.DataFrame(
            {
                "outcome": name,
                "policy": policy,
                "label": labels[policy],
                "rank": numbers,
                "share": (places[:, [policy]] == numbers).mean(axis=0),
            }
        )
        for policy in order
    ]
    return pd.concat(parts, ignore_index=True)


def _reversals(name: str, labels: Values, good: Values, order: Any) -> pd.DataFrame:
    rows = []
    for place, policy in enumerate(order):
        for after, other in enumerate(order):
            if policy == other:
                continue
            better = float((good[:, policy] > good[:, other]).mean())
            worse = float((good[:, policy] < good[:, other]).mean())
            rows.append(
                {
                    "outcome": name,
                    "policy": policy,
                    "label": labels[policy],
                    "other": other,
                    "other_label": labels[other],
                    "better": better,
                    "reversals": worse if place < after else better,
                }
            )
    return pd.DataFrame(rows)
