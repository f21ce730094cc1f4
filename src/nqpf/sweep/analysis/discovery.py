"""Scenario discovery: the conditions under which a policy fails, as boxes (CART).

Sources: Breiman and others 1984 for the tree; Bryant and Lempert 2010
(doi:10.1016/j.techfore.2009.08.002) for coverage and density, and for boxes as what a reader of
futures can use. The tree is scikit-learn's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from nqpf.errors import InputError
from nqpf.study.toml import shown
from nqpf.sweep.analysis.tables import Findings, Values, find_policy
from nqpf.sweep.analysis.tornado import varying
from nqpf.sweep.results import Sweep

FOLDS = 5
SIZES = (2, 3, 4, 6, 8)
"""Leaves of the trees that are compared: beyond, nobody reads the boxes."""
SMALLEST = 0.01
"""Share of the samples that a leaf holds at least."""
LEAST = 50


@dataclass
class _Box:
    """Limits by factor, and the samples within."""

    limits: dict[int, tuple[float, float]] = field(default_factory=dict)
    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def cut(self, factor: int, low: float, high: float) -> dict[int, tuple[float, float]]:
        old = self.limits.get(factor, (-np.inf, np.inf))
        return self.limits | {factor: (max(low, old[0]), min(high, old[1]))}


def discover(
    sweep: Sweep,
    outcome: str,
    below: float | None = None,
    above: float | None = None,
    policy: str | None = None,
) -> Findings:
    """Return boxes of conditions in which a policy's outcome lies below or above a bound.

    Parameters
    ----------
    below, above
        What counts as a failure; one of them.
    policy
        Label of the policy; the reference policy if None. A run that failed counts as neither.

    Raises
    ------
    InputError
        Nothing fails, everything does, or there are too few samples.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier

    bound, sign = (below, 1.0) if above is None else (above, -1.0)
    if bound is None or None not in (below, above):
        raise InputError("discover: give one bound, below or above.")
    factors = varying(sweep)
    number = find_policy(sweep, policy)
    values = sweep.figures(sweep.choose((outcome,)))[outcome][:, number]
    sound = np.isfinite(values)
    x, y = factors.to_numpy(dtype=np.float64)[sound], values[sound]
    fails = sign * y < sign * bound
    _require_both(sweep, outcome, fails)

    def tree(leaves: int) -> DecisionTreeClassifier:
        return DecisionTreeClassifier(
            max_leaf_nodes=leaves,
            min_samples_leaf=max(5, int(SMALLEST * len(y))),
            random_state=sweep.spec.seed % 2**31,
        )

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=sweep.spec.seed % 2**31)
    scores = np.array(
        [cross_val_score(tree(leaves), x, fails, cv=folds, scoring="roc_auc") for leaves in SIZES]
    )
    # The smallest tree within one standard error of the best (Breiman and others 1984).
    best = scores.mean(axis=1).argmax()
    close = scores[best].mean() - scores[best].std(ddof=1) / np.sqrt(FOLDS)
    leaves = SIZES[int(np.flatnonzero(scores.mean(axis=1) >= close)[0])]
    fitted = tree(leaves).fit(x, fails)
    boxes = [each for each in _boxes(fitted.tree_, x) if fails[each.rows].mean() > fails.mean()]
    boxes.sort(key=lambda each: -fails[each.rows].mean())
    tables = {
        "boxes": _limits(boxes, factors.columns.tolist(), x),
        "boxes_quality": pd.DataFrame(
            [_quality(place, each, fails) for place, each in enumerate(boxes, 1)]
        ),
        "importance": pd.DataFrame(
            {"factor": factors.columns, "importance": fitted.feature_importances_}
        ).sort_values("importance", ascending=False),
    }
    said = {
        "outcome": outcome,
        "below": below,
        "above": above,
        "policy": sweep.policies["label"].iloc[number],
        "samples": len(y),
        "failures": int(fails.sum()),
        "leaves": leaves,
        "area under the curve, cross-validated": float(scores.mean(axis=1)[SIZES.index(leaves)]),
        "samples left out": int((~sound).sum()),
        "seed": sweep.spec.seed,
    }
    return Findings("discover", tables, said)


def _require_both(sweep: Sweep, outcome: str, fails: NDArray[np.bool_]) -> None:
    where = shown(sweep.folder)
    if len(fails) < LEAST:
        raise InputError(f"{where}: {len(fails)} samples; at least {LEAST} are needed.")
    few = min(int(fails.sum()), int((~fails).sum()))
    if few < FOLDS:
        raise InputError(
            f"{where}: {outcome}: {fails.sum():,} of {len(fails):,} samples fail; a bound that "
            "some meet and some miss is needed."
        )


def _boxes(tree, x: Values) -> list[_Box]:
    """Return the leaves of a tree as boxes."""
    found: list[_Box] = []
    stack = [(0, _Box(rows=np.arange(len(x))))]
    while stack:
        node, box = stack.pop()
        factor, cut = int(tree.feature[node]), float(tree.threshold[node])
        if tree.children_left[node] < 0:
            found.append(box)
            continue
        left = x[box.rows, factor] <= cut
        low, high = box.cut(factor, -np.inf, cut), box.cut(factor, cut, np.inf)
        stack.append((int(tree.children_left[node]), _Box(low, box.rows[left])))
        stack.append((int(tree.children_right[node]), _Box(high, box.rows[~left])))
    return found


def _limits(boxes: list[_Box], names: list[str], x: Values) -> pd.DataFrame:
    rows = []
    for place, box in enumerate(boxes, 1):
        for factor, (low, high) in box.limits.items():
            least, most = float(x[:, factor].min()), float(x[:, factor].max())
            rows.append(
                {
                    "box": place,
                    "factor": names[factor],
                    "low": max(low, least),
                    "high": min(high, most),
                    "whole_low": least,
                    "whole_high": most,
                }
            )
    columns = ["box", "factor", "low", "high", "whole_low", "whole_high"]
    return pd.DataFrame(rows, columns=columns)


def _quality(place: int, box: _Box, fails: NDArray[np.bool_]) -> dict[str, float]:
    inside = fails[box.rows]
    interval = binomtest(int(inside.sum()), len(inside)).proportion_ci(0.95, method="wilson")
    return {
        "box": place,
        "samples": len(inside),
        "failures": int(inside.sum()),
        "mass": len(inside) / len(fails),
        "density": float(inside.mean()),
        "density_low": float(interval.low),
        "density_high": float(interval.high),
        "coverage": float(inside.sum() / fails.sum()),
    }
