"""Vensim's reality checks, as equations: ``:THE CONDITION:`` ... ``:IMPLIES:``, ``:TEST INPUT:``.

Vensim manual, Reality Check: a constraint is run with its condition made true (an equality, or a
test input, takes the place of a variable's equation), and also looked at wherever its condition
happens to be true. The RC functions leave a variable as it is up to a start time, and then give it
a course of its own; the CHECK functions compare with such a course, ``grace`` after the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from nqpf.checks.members import filled
from nqpf.checks.verdict import Check, Finding
from nqpf.checks.wording import Refusal, both, said_by
from nqpf.engine import ir
from nqpf.engine.model import Model
from nqpf.engine.names import canonical, quoted
from nqpf.engine.reader.changes import ORIGINAL
from nqpf.engine.reader.lexer import Malformed, Token
from nqpf.engine.reader.parser import Parser
from nqpf.errors import InputError
from nqpf.study.toml import Text

_COMPARED = frozenset({"=", "<>", "<", "<=", ">", ">="})
START = "RC START TIME"
# RC function -> (arguments behind the basis, formula); {0} is what they follow from: the basis as
# it was just before the start, at which it may be forced already.
_COURSES = {
    "step": (1, "{0} * ({1})"),
    "ramp": (2, "{0} * (1 + (({1}) - 1) * MAX(0, MIN(1, (Time - {start}) / ({2}))))"),
    "decay": (1, "{0} * EXP(-MAX(0, Time - {start}) / ({1}))"),
    "grow": (1, "{0} * EXP(({1}) * MAX(0, Time - {start}))"),
}


@dataclass(frozen=True)
class Forced:
    """``variable[subscripts]`` is ``value`` while ``when`` holds; both are equations' texts."""

    variable: str
    subscripts: tuple[str, ...]
    when: str
    value: str


@dataclass
class Constraint:
    """A constraint as equations.

    ``switch`` is the constant that makes its condition true, ``condition`` and ``kept`` are
    variables that are 1 where condition and consequence hold. ``problem``: why it cannot be run.
    """

    name: str
    switch: str
    condition: str
    kept: str
    equations: list[str] = field(default_factory=list)
    forced: list[Forced] = field(default_factory=list)
    problem: Text | None = None


def constraints(model: Model) -> list[Constraint]:
    """Return the constraints of a model file."""
    inputs = {
        canonical(each.name): each for each in model.written.checks if each.kind == "test input"
    }
    return [
        _constraint(model, each, inputs)
        for each in model.written.checks
        if each.kind == "constraint"
    ]


def _constraint(
    model: Model, stated: ir.RealityCheck, inputs: dict[str, ir.RealityCheck]
) -> Constraint:
    own = Constraint(
        stated.name,
        f"{stated.name} is tested",
        f"{stated.name} condition",
        f"{stated.name} is kept",
    )
    place = f"[{','.join(stated.subscripts)}]" if stated.subscripts else ""
    try:
        condition, consequence = _split(stated.text, "implies")
        writer = _Writer(model, own, inputs)
        own.equations += [
            f"{quoted(own.switch)} = 0 ~~|",
            _flag(own.condition + place, [writer.condition(p) for p in _split(condition, "and")]),
            _flag(own.kept + place, [writer.consequence(p) for p in _split(consequence, "and")]),
            *writer.values,
        ]
    except (InputError, Malformed, ValueError) as error:
        own.problem = said_by(error)
    return own


def _flag(name: str, parts: Sequence[str]) -> str:
    stem, bracket, rest = name.partition("[")
    return f"{quoted(stem)}{bracket}{rest} = IF THEN ELSE({' :AND: '.join(parts)}, 1, 0) ~~|"


class _Writer:
    """Writes the parts of one constraint as logical expressions of a model's equations."""

    def __init__(self, model: Model, own: Constraint, inputs: dict[str, ir.RealityCheck]) -> None:
        self._model, self._own, self._inputs = model, own, inputs
        self.values: list[str] = []
        names = {canonical(name): name for name in model.variables}
        self._start = quoted(names[canonical(START)]) if canonical(START) in names else (
            "(INITIAL TIME + TIME STEP)"
        )  # fmt: skip

    def condition(self, part: str) -> str:
        """Write a part of the condition; an equality or a test input forces its variable."""
        tested = f"{quoted(self._own.switch)} > 0.5"
        parser = Parser(part, "vensim")
        if len(_compared(parser.tokens)) == 0:
            name = parser.name().name
            given = self._inputs.get(canonical(name))
            if given is None:
                raise _wrong(
                    'condition "{part}" is neither a comparison nor a test input',
                    "条件“{part}”既不是比较，也不是测试输入",
                    part=part,
                )
            return f"({tested} :AND: {self._force(given.text)})"
        left, sign, right = _comparison(part)
        if sign == "=" and self._is_variable(left):
            when = self._force(part)
            if _rc(right) is not None:
                return f"({tested} :AND: {when})"
        elif _rc(right) is not None:
            raise _wrong(
                'condition "{part}": an RC function stands behind "="',
                "条件“{part}”：RC 函数应写在等号之后",
                part=part,
            )
        return f"({part})"

    def consequence(self, part: str) -> str:
        """Write a part of the consequence; outside of a CHECK function's time it holds."""
        signs = _compared(Parser(part, "vensim").tokens)
        if len(signs) != 1:
            return f"({part})"
        left, sign, right = _comparison(part)
        course = _rc(right)
        if course is None:
            return f"({part})"
        kind, arguments = course
        if not kind.endswith(" check"):
            raise _wrong(
                'consequence "{part}": expected a CHECK function',
                "结论“{part}”：应为 CHECK 函数",
                part=part,
            )
        grace, *rest = arguments
        value, inside = self._course(kind.removesuffix(" check"), rest, grace)
        return f"(:NOT: ({inside}) :OR: {left} {sign} {value})"

    def _is_variable(self, text: str) -> bool:
        parser = Parser(text, "vensim")
        if parser.next.kind != "name":
            return False
        name = parser.name()
        if parser.next.kind != "end":
            return False
        return self._model.find(name.name).kind not in ("lookup", "data")

    def _force(self, text: str) -> str:
        """Note that ``variable = expression`` takes a variable's place; return when it does."""
        left, sign, right = _comparison(text)
        if sign != "=":
            raise _wrong(
                '"{part}": a test input is an equality', "“{part}”：测试输入应为等式", part=text
            )
        name = Parser(left, "vensim").name()
        variable = self._model.find(name.name)
        subscripts = tuple(each for each in name.subscripts if isinstance(each, str))
        if len(subscripts) != len(variable.dims):
            raise _wrong(
                '"{part}": "{name}" has {count} subscripts',
                "“{part}”：“{name}”有 {count} 个下标",
                part=left,
                name=variable.name,
                count=len(variable.dims),
            )
        right = _renamed(right, variable.name, f"{variable.name} {ORIGINAL}")
        course = _rc(right)
        if course is None:
            value, when = right, "Time >= INITIAL TIME"
        else:
            value, when = self._course(course[0], course[1], "0")
        free = [each for each in subscripts if each in self._model.subscripts]
        place = f"[{','.join(free)}]" if free else ""
        held = f"{self._own.name} value {len(self._own.forced) + 1}"
        self.values.append(f"{quoted(held)}{place} = {value} ~~|")
        tested = f"{quoted(self._own.switch)} > 0.5 :AND: {when}"
        self._own.forced.append(Forced(variable.name, subscripts, tested, held))
        return f"({when})"

    def _course(self, kind: str, arguments: Sequence[str], grace: str) -> tuple[str, str]:
        """Return (value, when it holds) of an RC function."""
        if kind not in _COURSES:
            raise _wrong(
                "RC {kind} needs another run; it cannot be run here",
                "RC {kind} 需要另一次运行，此处无法运行",
                kind=kind.upper(),
            )
        count, formula = _COURSES[kind]
        if not 1 + count <= len(arguments) <= 3 + count:
            raise _wrong(
                "RC {kind} of {count} arguments",
                "RC {kind} 有 {count} 个参数",
                kind=kind.upper(),
                count=len(arguments),
            )
        basis, *rest = arguments[: 1 + count]
        start, duration = [*arguments[1 + count :], None, None][:2]
        start = f"({start})" if start else self._start
        kept = f"SAMPLE IF TRUE(Time < {start}, {basis}, {basis})"
        until = f" :AND: Time < {start} + ({duration})" if duration else ""
        return formula.format(kept, *rest, start=start), f"Time >= {start} + ({grace}){until}"


def check(model: Model, own: Sequence[Constraint]) -> list[Check]:
    """Run every constraint with its condition made true, and look at the model as it is."""
    sound = [each for each in own if not each.problem]
    found = [
        Check(each.name, "note", both("not run: {why}", "未运行：{why}", why=each.problem))
        for each in own
        if each.problem
    ]
    if not sound:
        return found
    rows = [{}, *({each.switch: 1.0} for each in sound)]
    named = {name: model.find(name).name for e in sound for name in (e.condition, e.kept)}
    runs = model.ensemble(filled(model, rows), list(named.values()))
    failed = runs["failed"].to_numpy()
    for number, each in enumerate(sound, 1):
        findings: list[Finding] = []
        for run, how in ((number, _FORCED), (0, _AS_IT_IS)):
            broken = (runs[named[each.condition]][run] > 0.5) & (runs[named[each.kept]][run] < 0.5)
            if failed[run]:
                when = runs["failed_time"].item(run)
                where = runs["failed_variable"].item(run)
                said = "is not finite at {time:g} {how}", "在时点 {time:g} 不是有限数值（{how}）"
                findings.append(Finding(where, both(*said, time=when, how=how)))
            elif broken.any():
                place = np.argwhere(broken.to_numpy())[0]
                labels = model.labels(model.find(each.kept))
                element = (
                    labels[int(np.ravel_multi_index(tuple(place[1:]), broken.shape[1:]))]
                    if (broken.ndim > 1)
                    else ""
                )
                time = float(runs["time"][place[0]])
                said = "is broken at {time:g} {how}", "在时点 {time:g} 不成立（{how}）"
                findings.append(Finding(each.name + element, both(*said, time=time, how=how)))
        figure = both("broken", "不成立") if findings else both("kept", "成立")
        found.append(Check(each.name, "fails" if findings else "holds", figure, tuple(findings)))
    return found


_FORCED = both("with its condition made true", "令其条件成立")
_AS_IT_IS = both("in the model as it is", "模型原样")


def forcing(
    forced: Iterable[Forced], model: Model, element: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """Yield (when, value) of what forces one element of a variable."""
    for each in forced:
        free: list[str] = []
        for wanted, own in zip(each.subscripts, element, strict=True):
            members = {canonical(m) for m in model.subscripts.get(wanted, (wanted,))}
            if canonical(own) not in members:
                break
            if wanted in model.subscripts:
                free.append(quoted(own))
        else:
            yield each.when, quoted(each.value) + (f"[{','.join(free)}]" if free else "")


# --- texts --------------------------------------------------------------------------------------


def _wrong(en: str, zh: str, **values: object) -> Refusal:
    return Refusal(both(en, zh, **values))


def _split(text: str, mark: str) -> list[str]:
    """Split at a keyword or a sign outside of brackets."""
    found: list[str] = []
    depth = start = 0
    for token in Parser(text, "vensim").tokens:
        if token.kind == "sign":
            depth += (token.text in "([") - (token.text in ")]")
        if depth == 0 and token.kind in ("keyword", "sign") and token.text == mark:
            found.append(text[start : token.start].strip())
            start = token.end
    return [*found, text[start:].strip()]


def _compared(tokens: Iterable[Token]) -> list[Token]:
    return [each for each in tokens if each.kind == "sign" and each.text in _COMPARED]


def _comparison(text: str) -> tuple[str, str, str]:
    signs = _compared(Parser(text, "vensim").tokens)
    if len(signs) != 1:
        raise _wrong('"{part}": expected one comparison', "“{part}”：应为一个比较", part=text)
    (sign,) = signs
    return text[: sign.start].strip(), sign.text, text[sign.end :].strip()


def _rc(text: str) -> tuple[str, list[str]] | None:
    """Return (kind, arguments) of an RC function, None if ``text`` is none."""
    tokens = Parser(text, "vensim").tokens
    words = canonical(tokens[0].text).split("_")
    if tokens[0].kind != "name" or words[0] != "rc" or tokens[1].text != "(":
        return None
    inner = text[tokens[1].end : text.rindex(")")]
    return " ".join(words[1:]), _split(inner, ",")


def _renamed(text: str, old: str, new: str) -> str:
    parts: list[str] = []
    place = 0
    for token in Parser(text, "vensim").tokens:
        if token.kind == "name" and canonical(token.text) == canonical(old):
            parts += [text[place : token.start], quoted(new)]
            place = token.end
    return "".join(parts) + text[place:]
