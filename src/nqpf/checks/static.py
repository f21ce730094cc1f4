"""Checks that read a model's equations and run nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from nqpf.checks.dimensions import mismatches
from nqpf.checks.units import DIMENSIONLESS, Units, declared
from nqpf.checks.verdict import Check, Finding, Verdict, counted
from nqpf.checks.wording import both
from nqpf.engine import ir
from nqpf.engine.model import Model
from nqpf.engine.passes.symbols import CONTROL
from nqpf.engine.show import show
from nqpf.study.names import NO_NAMES, called
from nqpf.study.toml import Text

# "[who; when; measured]" or "Source: ..." at the end of a constant's documentation.
_SOURCE = re.compile(r"\[[^\[\];]*;[^\[\]]*\]|source\s*:|来源|https?://", re.IGNORECASE)


def static_checks(
    model: Model, results: Iterable[str] = (), names: Mapping[str, Text] = NO_NAMES
) -> list[Check]:
    """Return all checks that need no run, in the order of a table.

    ``results``: what may be read by nothing; if none is named, everything. ``names``: what readers
    call the variables, see `nqpf.study.names`.
    """
    return [
        units(model),
        described(model),
        sourced(model),
        bounded(model),
        used(model),
        ending(model, results),
        cut(model),
        distinct(model),
        conserved(model, names),
        drained(model),
    ]


def _visible(model: Model) -> dict[str, ir.Variable]:
    """Everything a modeller wrote, control variables apart."""
    control = {model.find(name).name for name in CONTROL}
    return {name: each for name, each in model.variables.items() if name not in control}


def units(model: Model) -> Check:
    """Every equation's sides, and what is added or compared in it, have the same unit."""
    reader = Units.of(model.written.units)
    texts = {name: each.unit for name, each in model.variables.items()}
    known, wrong = declared(reader, texts)
    time = known.get(model.find("TIME STEP").name, DIMENSIONLESS)
    found = [Finding(name, text) for name, text in wrong.items()]
    if time == DIMENSIONLESS:
        # Without a unit of time every stock would disagree with its flows.
        figure = both("the time step has no unit: not checked", "步长没有单位，未检验")
        return Check("units", "note", figure, tuple(found))
    found += [Finding(each.variable, each.text) for each in mismatches(model.written, known, time)]
    said = "{count} of {all} equations", "{all} 个方程中 {count} 处单位不一致"
    return counted("units", found, said, all=len(model.written.equations))


def described(model: Model) -> Check:
    """Everything has a unit and a documentation."""
    variables = _visible(model)
    found: list[Finding] = []
    for name, each in variables.items():
        lacks = _LACKS[bool(each.unit), bool(each.doc)]
        if lacks is not None:
            found.append(Finding(name, lacks))
    said = "{count} of {all} variables", "{all} 个变量中 {count} 个缺单位或说明"
    return counted("described", found, said, "note", all=len(variables))


_LACKS = {
    (True, True): None,
    (False, True): both("no unit", "没有单位"),
    (True, False): both("no text", "没有说明"),
    (False, False): both("no unit and no text", "没有单位和说明"),
}


def sourced(model: Model) -> Check:
    """Every constant and table says where its numbers come from."""
    numbers = [
        each for each in _visible(model).values() if each.kind in ("constant", "lookup", "data")
    ]
    text = both("names no source", "未注明来源")
    found = [Finding(each.name, text) for each in numbers if not _SOURCE.search(each.doc)]
    said = "{count} of {all} constants and tables", "{all} 个常数与表函数中 {count} 个未注明来源"
    return counted("sources", found, said, "note", all=len(numbers))


def bounded(model: Model) -> Check:
    """Every constant has a range, and lies within it."""
    constants = [each for each in _visible(model).values() if each.kind == "constant"]
    outside: list[Finding] = []
    without: list[Finding] = []
    for each in constants:
        low, high = each.limits
        if low is None and high is None:
            without.append(Finding(each.name, both("has no range", "未给出范围")))
        values = model.constants[each.name]
        below = low is not None and (values < low).any()
        above = high is not None and (values > high).any()
        if below or above:
            text = both(
                "{values} is outside [{low}, {high}]",
                "{values} 超出 [{low}, {high}]",
                values=values.tolist(),
                low=low,
                high=high,
            )
            outside.append(Finding(each.name, text))
    if outside:
        said = "{count} of {all} constants", "{all} 个常数中 {count} 个超出或未给出范围"
        return counted("ranges", [*outside, *without], said, all=len(constants))
    said = "{count} of {all} constants", "{all} 个常数中 {count} 个未给出范围"
    return counted("ranges", without, said, "note", all=len(constants))


def all_read(model: Model) -> set[str]:
    """Return the names of all variables that some equation reads."""
    return {
        node.variable
        for equation in model.written.equations
        for body in (equation.body, equation.initial)
        if body is not None
        for node in ir.walk(body)
        if isinstance(node, ir.Ref)
    }


def used(model: Model) -> Check:
    """Every constant and table is read by some equation."""
    read = all_read(model)
    inputs = [
        each for each in _visible(model).values() if each.kind in ("constant", "lookup", "data")
    ]
    text = both("is read by no equation", "没有方程引用它")
    found = [Finding(each.name, text) for each in inputs if each.name not in read]
    said = "{count} of {all} constants and tables", "{all} 个常数与表函数中 {count} 个未被引用"
    return counted("unused", found, said, "note", all=len(inputs))


def ending(model: Model, results: Iterable[str]) -> Check:
    """What no equation reads is one of the results."""
    read = all_read(model)
    ends = [
        each.name
        for each in _visible(model).values()
        if each.kind not in ("constant", "lookup", "data") and each.name not in read
    ]
    meant = {model.find(name).name for name in results}
    text = both(
        "is read by no equation and is none of the results", "没有方程引用它，也不是结果变量"
    )
    found = [Finding(name, text) for name in ends if meant and name not in meant]
    said = "{count} of {all} variables at the end", "{all} 个末端变量中 {count} 个不是结果变量"
    return counted("ends", found, said, "note", all=len(ends))


def cut(model: Model) -> Check:
    """No link is cut by a factor 0 that somebody forgot."""
    found = [
        Finding(equation.variable, both("{part} is always 0", "“{part}”恒为 0", part=show(node)))
        for equation in model.written.equations
        for body in (equation.body, equation.initial)
        if body is not None
        for node in ir.walk(body)
        if isinstance(node, ir.Binary) and _cuts(node)
    ]
    said = "{count} of {all} equations with a cut", "{all} 个方程中 {count} 处联系被切断"
    return counted("cuts", found, said, "note", all=len(model.written.equations))


def _cuts(node: ir.Binary) -> bool:
    """Whether a product has a written 0 on one side, and something read on the other."""
    zero = ir.Number(0.0)
    sides = {
        "*": ((node.left, node.right), (node.right, node.left)),
        "/": ((node.left, node.right),),
    }
    return any(
        one == zero and any(isinstance(each, ir.Ref) for each in ir.walk(other))
        for one, other in sides.get(node.op, ())
    )


def distinct(model: Model) -> Check:
    """No two names differ only in case, blanks or punctuation."""
    seen: dict[str, str] = {}
    found: list[Finding] = []
    for name in model.variables:
        bare = re.sub(r"[\W_]+", "", name).casefold()
        if bare in seen:
            text = both('is easily taken for "{other}"', "易与“{other}”混淆", other=seen[bare])
            found.append(Finding(name, text))
        seen.setdefault(bare, name)
    said = "{count} of {all} names", "{all} 个名称中 {count} 个易混淆"
    return counted("names", found, said, "note", all=len(model.variables))


def conserved(model: Model, names: Mapping[str, Text] = NO_NAMES) -> Check:
    """What flows in or out of a stock does so as a whole, and enters no two stocks."""
    stocks = 0
    entered: dict[str, str] = {}
    found: list[Finding] = []
    verdict: Verdict = "note"
    for equation in _stock_equations(model):
        stocks += 1
        for factor, term in terms(equation.body):
            name = _flow(model, term)
            if name is None:
                continue
            if factor is not None and abs(factor) != 1.0:
                verdict = "fails"
                text = both(
                    'takes {factor:g} times the flow "{flow}": where is the rest?',
                    "计入流量“{flow}”的 {factor:g} 倍：其余去了哪里？",
                    factor=factor,
                    flow=called(names, name),
                )
                found.append(Finding(equation.variable, text))
            elif factor == 1.0:
                other = entered.setdefault(name, equation.variable)
                if other != equation.variable:
                    text = both(
                        'is filled by "{flow}", which fills "{other}", too',
                        "流入它的“{flow}”也流入“{other}”",
                        flow=called(names, name),
                        other=called(names, other),
                    )
                    found.append(Finding(equation.variable, text))
    said = "{count} of {all} stocks", "{all} 个存量中 {count} 处漏损或重复"
    return counted("flows", found, said, verdict, all=stocks)


def drained(model: Model) -> Check:
    """What flows out of a stock follows from what is in it, so that it cannot fall below zero."""
    equations = list(_stock_equations(model))
    reached = causes(model)
    found: list[Finding] = []
    for equation in equations:
        if equation.variable in model.written.non_negative:
            continue
        for factor, term in terms(equation.body):
            if factor is not None and factor >= 0:
                continue
            refs = {n.variable for n in ir.walk(term) if isinstance(n, ir.Ref)}
            if equation.variable not in refs.union(*(reached.get(ref, ()) for ref in refs)):
                text = both(
                    "loses {term}, which does not follow from what is left",
                    "流出“{term}”，与所余存量无关",
                    term=show(term),
                )
                found.append(Finding(equation.variable, text))
    said = "{count} of {all} stocks", "{all} 个存量中 {count} 处流出与存量无关"
    return counted("outflows", found, said, "note", all=len(equations))


def terms(expr: ir.Expr, factor: float = 1.0) -> list[tuple[float | None, ir.Expr]]:
    """Split a net flow into (factor, term); the factor is None where it is no number."""
    match expr:
        case ir.Binary("+", left, right):
            return [*terms(left, factor), *terms(right, factor)]
        case ir.Binary("-", left, right):
            return [*terms(left, factor), *terms(right, -factor)]
        case ir.Negative(operand):
            return terms(operand, -factor)
        case ir.Binary("*", ir.Number(value), other) | ir.Binary("*", other, ir.Number(value)):
            return terms(other, factor * value)
        case ir.Binary("/", other, ir.Number(value)) if value:
            return terms(other, factor / value)
        case _:
            return [(factor, expr)]


def _flow(model: Model, term: ir.Expr) -> str | None:
    """Return the name of the variable that a term is, or sums up; None if it is another thing."""
    if isinstance(term, ir.Reduce) and term.op == "sum":
        term = term.body
    if not isinstance(term, ir.Ref):
        return None
    return term.variable if model.written.variables[term.variable].kind == "auxiliary" else None


def _stock_equations(model: Model) -> Iterator[ir.Equation]:
    for equation in model.written.equations:
        if model.written.variables[equation.variable].kind == "stock":
            yield equation


def causes(model: Model) -> dict[str, set[str]]:
    """Return for each auxiliary all that it follows from, up to stocks."""
    direct: dict[str, set[str]] = {}
    for equation in model.written.equations:
        if model.written.variables[equation.variable].kind != "stock":
            own = direct.setdefault(equation.variable, set())
            own |= {n.variable for n in ir.walk(equation.body) if isinstance(n, ir.Ref)}
    found: dict[str, set[str]] = {}
    for name in direct:
        seen: set[str] = set()
        stack = [name]
        while stack:
            for each in direct.get(stack.pop(), ()):
                if each not in seen:
                    seen.add(each)
                    stack.append(each)
        found[name] = seen
    return found
