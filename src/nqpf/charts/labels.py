"""Labels side by side: as near as possible to where they belong, none on another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> np.ndarray:
    """Return centres for labels on a line: least squares distance to ``wanted``, no overlap.

    Parameters
    ----------
    wanted
        Where the centre of each label belongs.
    sizes
        Extent of each label along the line, same unit, gap included.
    low, high
        Ends of the line. Where the labels together are longer than it, they run over both ends
        equally.

    Notes
    -----
    With the order fixed and the space that stands below each label taken off, "no overlap" says
    that centres do not decrease: isotonic regression, solved exactly by pooling adjacent
    violators. Bounds then clip the solution (Barlow et al. 1972, ch. 2).
    """
    places, extents = np.asarray(wanted, float), np.asarray(sizes, float)
    order = np.argsort(places, kind="stable")
    below = np.cumsum(extents[order]) - extents[order] / 2
    pools: list[tuple[float, int]] = []  # (mean, number of labels) of touching labels
    for value in places[order] - below:
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        pools.append((mean, count))
    base = np.repeat([mean for mean, _ in pools], [count for _, count in pools])
    room = high - float(extents.sum())
    base = np.clip(base, low, room) if room >= low else np.full_like(base, (low + room) / 2)
    centres = np.empty_like(places)
    centres[order] = base + below
    return centres
