"""Whether runs show what a statement expects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nqpf.checks.statements import Expectation

Values = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Seen:
    """Runs of one statement.

    ``of``: name of a variable, or of elements of it -> (runs x times x elements, the reference
    run's times x elements, labels of the elements).
    """

    times: Values
    of: Callable[[str], tuple[Values, Values, list[str]]]


def judge(expected: Expectation, seen: Seen) -> str | None:
    """Return None if ``expected`` is seen, else one line: what, where, and what was expected."""
    own, reference, labels = seen.of(expected.variable)
    if expected.measure == "ratio":
        with np.errstate(divide="ignore", invalid="ignore"):
            own = own / reference
        own = own - 1.0 if expected.returns is not None else own
    elif expected.measure == "difference" or expected.returns is not None:
        own = own - reference
    first, last = expected.between or (seen.times[0], seen.times[-1])
    # A saved time is a sum of steps: it may miss a round number by a little.
    near = 1e-6 * max(1.0, abs(last))
    chosen = (seen.times >= first - near) & (seen.times <= last + near)
    if not chosen.any():
        return f"no time is saved between {first:g} and {last:g}"
    own, times = own[:, chosen], seen.times[chosen]
    name = expected.variable.partition("[")[0].strip()
    said = {"value": "", "ratio": " against the reference", "difference": " less the reference"}
    what = _What(name, labels, times, said[expected.measure])
    if not np.isfinite(own).all():
        return what.at(~np.isfinite(own), own, "a number")
    for text, good in _comparisons(expected, seen, own, chosen):
        if not (good.any() if expected.anywhere else good.all()):
            return what.at(~good, own, text)
    if expected.trend is not None:
        return _trend(expected, own, what)
    if expected.peaks is not None:
        return _peak(expected.peaks, own, what)
    if expected.returns is not None:
        share = np.abs(own[:, -1]) / np.maximum(np.abs(own).max(axis=1), 1e-300)
        if not (share <= expected.returns).all():
            return (
                f"{what.name}{what.labels[int(share.max(axis=0).argmax())]}: {share.max():.3g} of "
                f"the largest difference is left at {times[-1]:g}; expected at most "
                f"{expected.returns:g}"
            )
    return None


@dataclass(frozen=True)
class _What:
    """What a message speaks of."""

    name: str
    labels: list[str]
    times: Values
    said: str

    def at(self, wrong: Truth, own: Values, expected: str) -> str:
        """Return the message for the first wrong time."""
        time = int(wrong.any(axis=(0, 2)).argmax())
        run, element = np.argwhere(wrong[:, time])[0]
        which = f" in run {run + 1}" if len(own) > 1 else ""
        return (
            f"{self.name}{self.labels[element]} is {own[run, time, element]:.6g}{self.said} at "
            f"{self.times[time]:g}{which}; expected {expected}"
        )


def _comparisons(expected: Expectation, seen: Seen, own: Values, chosen: Truth):
    """Yield (what was expected, where it is so)."""
    for word, given in (
        ("above", expected.above),
        ("below", expected.below),
        ("equal to", expected.equals),
    ):
        if given is None:
            continue
        other = seen.of(given)[0][:, chosen] if isinstance(given, str) else given
        size = np.maximum(np.maximum(np.abs(own), np.abs(other)), 1.0)
        slack = expected.tolerance * size
        shown = given if isinstance(given, str) else f"{given:g}"
        if word == "above":
            good = own >= other - slack if expected.tolerance else own > other
        elif word == "below":
            good = own <= other + slack if expected.tolerance else own < other
        else:
            good = np.abs(own - other) <= slack
        yield f"{word} {shown}", good


def _trend(expected: Expectation, own: Values, what: _What) -> str | None:
    across = len(own) > 1
    axis = 0 if across else 1
    slack = expected.tolerance * np.maximum(np.abs(own).max(axis=axis), 1.0)
    if expected.trend == "constant":
        first = own[:1] if across else own[:, :1]
        wrong = np.abs(own - first) > np.expand_dims(slack, axis)
        return what.at(wrong, own, "constant") if wrong.any() else None
    sign = 1.0 if expected.trend == "rises" else -1.0
    steps = sign * np.diff(own, axis=axis)
    wrong = steps < -np.expand_dims(slack, axis)
    if wrong.any():
        whole = np.zeros(own.shape, dtype=bool)
        (whole[1:] if across else whole[:, 1:])[wrong] = True
        by = "from run to run" if across else "in time"
        return what.at(whole, own, f"it {expected.trend} {by}")
    total = steps.sum(axis=axis)
    if not (total > slack).any():
        return f"{what.name} stays where it is; expected that it {expected.trend}"
    return None


def _peak(span: list[float], own: Values, what: _What) -> str | None:
    when = what.times[np.abs(own).argmax(axis=1)]
    wrong = (when < span[0]) | (when > span[1])
    if not wrong.any():
        return None
    run, element = np.argwhere(wrong)[0]
    return (
        f"{what.name}{what.labels[element]}{what.said} is largest at {when[run, element]:g}; "
        f"expected between {span[0]:g} and {span[1]:g}"
    )
