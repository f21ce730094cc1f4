"""What the course of a variable must not do."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nqpf.checks.members import filled
from nqpf.checks.static import causes
from nqpf.checks.verdict import Check, Finding, counted
from nqpf.checks.wording import AS_IN_FILE, both, same
from nqpf.engine import ir
from nqpf.engine.model import Model
from nqpf.engine.reader.changes import ORIGINAL

# Half the step halves the moves of what is continuous and leaves a jump as large as it is.
JUMP_RATIO = 0.75
JUMP_SHARE = 0.02  # of the range that a variable covers: what a chart shows
_ON_PURPOSE = ("step", "pulse", "pulse train", "truncate", "floor", "modulo", "floor modulo")
_ON_PURPOSE += ("quantum",)


def jumps(model: Model, plain: Model) -> Check:
    """Nothing jumps but what follows from a STEP, a PULSE, a sample, a fixed delay or chance.

    ``plain``: the model of the file, where ``model`` has more variables, with the same courses.
    """
    names = _smooth(plain)
    if not names:
        return Check("jumps", "holds", both("no auxiliaries", "没有辅助变量"))
    step = model.control.time_step
    full, half = (
        model.run(return_columns=names, time_step=each, saveper=each) for each in (step, step / 2)
    )
    found: list[Finding] = []
    for name in full.columns:
        coarse = np.abs(np.diff(full[name].to_numpy()))
        fine = np.abs(np.diff(half[name].to_numpy()))
        span = float(np.ptp(full[name].to_numpy()))
        if not span > 0 or not fine.max() > max(JUMP_SHARE * span, JUMP_RATIO * coarse.max()):
            continue
        when = float(half.index[int(fine.argmax()) + 1])
        text = both(
            "jumps by {share:.0%} of its range at {when:g}",
            "在时点 {when:g} 跳变，幅度为其变动范围的 {share:.0%}",
            share=fine.max() / span,
            when=when,
        )
        found.append(Finding(str(name), text))
    said = "{count} of {all} courses jump", "{all} 条走势中 {count} 条有跳变"
    return counted("jumps", found, said, "note", all=len(full.columns))


def within(model: Model, scenarios: Mapping[str, Mapping[str, float]]) -> Check:
    """What the file states a range for stays in it, in its own run and in all scenarios."""
    stated = [
        each
        for each in model.variables.values()
        if each.kind in ("stock", "auxiliary")
        and each.limits != (None, None)
        and not each.name.endswith(ORIGINAL)
    ]
    if not stated:
        return Check("bounds", "holds", both("no result has a range", "结果变量均未给出范围"))
    runs = model.ensemble(filled(model, [{}, *scenarios.values()]), [e.name for e in stated])
    who = [AS_IN_FILE, *map(same, scenarios)]
    found: list[Finding] = []
    for each in stated:
        values = runs[each.name].to_numpy().reshape(len(who), runs.sizes["time"], -1)
        low = -np.inf if each.limits[0] is None else each.limits[0]
        high = np.inf if each.limits[1] is None else each.limits[1]
        slack = 1e-9 * np.nanmax(np.abs(values))
        wrong = ~((values >= low - slack) & (values <= high + slack))
        if wrong.any():
            run, time, element = np.argwhere(wrong)[0]
            text = both(
                "is {value:.4g} at {time:g} ({who}), outside of [{low:g}, {high:g}]",
                "在时点 {time:g} 为 {value:.4g}（{who}），超出 [{low:g}, {high:g}]",
                value=values[run, time, element],
                time=float(runs["time"][time]),
                who=who[run],
                low=low,
                high=high,
            )
            found.append(Finding(each.name + model.labels(each)[element], text))
    said = (
        "{count} of {all} results leave their range in {runs} runs",
        "{runs} 次运行，{all} 个结果变量中 {count} 个超出范围",
    )
    return counted("bounds", found, said, all=len(stated), runs=len(who))


def _smooth(model: Model) -> list[str]:
    """Return the auxiliaries that follow from nothing that jumps on purpose."""
    jumping = {
        equation.variable
        for equation in model.written.equations
        if any(_jumps(node) for node in ir.walk(equation.body))
    }
    reached = causes(model)
    return [
        each.name
        for each in model.variables.values()
        if each.kind == "auxiliary"
        and each.name not in jumping
        and not jumping & reached.get(each.name, set())
    ]


def _jumps(node: ir.Expr) -> bool:
    if isinstance(node, ir.Call):
        return node.function in _ON_PURPOSE
    return isinstance(node, ir.Sample | ir.FixedDelay | ir.Draw)
