"""Whether runs show what a statement expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nqpf.checks.statements import Expectation
from nqpf.checks.wording import both
from nqpf.study.names import NO_NAMES, called
from nqpf.study.toml import Text

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


def judge(expected: Expectation, seen: Seen, names: Mapping[str, Text] = NO_NAMES) -> Text | None:
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
        return both(
            "no time is saved between {first:g} and {last:g}",
            "{first:g} 至 {last:g} 之间没有保存的时点",
            first=first,
            last=last,
        )
    own, times = own[:, chosen], seen.times[chosen]
    name = expected.variable.partition("[")[0].strip()
    elements = [called(names, name + label) for label in labels]
    what = _What(called(names, name), elements, times, expected.measure)
    if not np.isfinite(own).all():
        return what.at(~np.isfinite(own), own, both("a number", "有限数值"))
    for text, good in _comparisons(expected, seen, own, chosen, names):
        if not (good.any() if expected.anywhere else good.all()):
            return what.at(~good, own, text)
    if expected.trend is not None:
        return _trend(expected, own, what)
    if expected.peaks is not None:
        return _peak(expected.peaks, own, what)
    if expected.returns is not None:
        share = np.abs(own[:, -1]) / np.maximum(np.abs(own).max(axis=1), 1e-300)
        if not (share <= expected.returns).all():
            return both(
                "{name}: {share:.3g} of the largest difference is left at {time:g}; "
                "expected at most {most:g}",
                "“{name}”到时点 {time:g} 仍剩最大差异的 {share:.3g}；预期至多 {most:g}",
                name=what.names[int(share.max(axis=0).argmax())],
                share=share.max(),
                time=times[-1],
                most=expected.returns,
            )
    return None


@dataclass(frozen=True)
class _What:
    """What a message speaks of."""

    whole: Text
    names: list[Text]
    times: Values
    measure: str

    def at(self, wrong: Truth, own: Values, expected: Text) -> Text:
        """Return the message for the first wrong time."""
        time = int(wrong.any(axis=(0, 2)).argmax())
        run, element = np.argwhere(wrong[:, time])[0]
        en, zh = _OF[self.measure]
        if len(own) > 1:
            en, zh = en + " at {time:g} in run {run}", zh + "（第 {run} 次运行）"
        else:
            en += " at {time:g}"
        return both(
            en + "; expected {expected}",
            zh + "；预期{expected}",
            name=self.names[element],
            value=own[run, time, element],
            time=self.times[time],
            run=run + 1,
            expected=expected,
        )


# What is said of a value, and of one against that of the reference run.
_OF = {
    "value": ("{name} is {value:.6g}", "“{name}”在时点 {time:g} 为 {value:.6g}"),
    "ratio": (
        "{name} is {value:.6g} against the reference",
        "“{name}”在时点 {time:g} 与参照之比为 {value:.6g}",
    ),
    "difference": (
        "{name} is {value:.6g} less the reference",
        "“{name}”在时点 {time:g} 与参照之差为 {value:.6g}",
    ),
}
_LARGEST = {
    "value": ("{name} is largest", "“{name}”"),
    "ratio": ("{name} against the reference is largest", "“{name}”与参照之比"),
    "difference": ("{name} less the reference is largest", "“{name}”与参照之差"),
}
_TRENDS = {"rises": both("rises", "上升"), "falls": both("falls", "下降")}


def _comparisons(
    expected: Expectation, seen: Seen, own: Values, chosen: Truth, names: Mapping[str, Text]
):
    """Yield (what was expected, where it is so)."""
    for word, zh, given in (
        ("above", "高于", expected.above),
        ("below", "低于", expected.below),
        ("equal to", "等于", expected.equals),
    ):
        if given is None:
            continue
        other = seen.of(given)[0][:, chosen] if isinstance(given, str) else given
        size = np.maximum(np.maximum(np.abs(own), np.abs(other)), 1.0)
        slack = expected.tolerance * size
        if isinstance(given, str):
            shown = both(
                "{word} {name}", "{zh}“{name}”", word=word, zh=zh, name=called(names, given)
            )
        else:
            shown = both("{word} {given:g}", "{zh} {given:g}", word=word, zh=zh, given=given)
        if word == "above":
            good = own >= other - slack if expected.tolerance else own > other
        elif word == "below":
            good = own <= other + slack if expected.tolerance else own < other
        else:
            good = np.abs(own - other) <= slack
        yield shown, good


def _trend(expected: Expectation, own: Values, what: _What) -> Text | None:
    across = len(own) > 1
    axis = 0 if across else 1
    slack = expected.tolerance * np.maximum(np.abs(own).max(axis=axis), 1.0)
    if expected.trend == "constant":
        first = own[:1] if across else own[:, :1]
        wrong = np.abs(own - first) > np.expand_dims(slack, axis)
        return what.at(wrong, own, both("constant", "不变")) if wrong.any() else None
    assert expected.trend is not None
    trend = _TRENDS[expected.trend]
    sign = 1.0 if expected.trend == "rises" else -1.0
    steps = sign * np.diff(own, axis=axis)
    wrong = steps < -np.expand_dims(slack, axis)
    if wrong.any():
        whole = np.zeros(own.shape, dtype=bool)
        (whole[1:] if across else whole[:, 1:])[wrong] = True
        by = both("from run to run", "逐次运行") if across else both("in time", "随时间")
        return what.at(whole, own, both("it {trend} {by}", "{by}{trend}", trend=trend, by=by))
    total = steps.sum(axis=axis)
    if not (total > slack).any():
        return both(
            "{name} stays where it is; expected that it {trend}",
            "“{name}”没有变化；预期{trend}",
            name=what.whole,
            trend=trend,
        )
    return None


def _peak(span: list[float], own: Values, what: _What) -> Text | None:
    when = what.times[np.abs(own).argmax(axis=1)]
    wrong = (when < span[0]) | (when > span[1])
    if not wrong.any():
        return None
    run, element = np.argwhere(wrong)[0]
    en, zh = _LARGEST[what.measure]
    return both(
        en + " at {time:g}; expected between {first:g} and {last:g}",
        zh + "在时点 {time:g} 最大；预期在 {first:g} 至 {last:g} 之间",
        name=what.names[element],
        time=when[run, element],
        first=span[0],
        last=span[1],
    )
