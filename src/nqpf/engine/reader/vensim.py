"""A ``.mdl`` file -> its sections: the model and its macros."""

from __future__ import annotations

import re

from nqpf.engine.ir import RealityCheck
from nqpf.engine.limits import MAX_RANGE
from nqpf.engine.names import canonical
from nqpf.engine.reader import syntax
from nqpf.engine.reader.entries import Entry, MacroEnd, MacroStart, entries
from nqpf.engine.reader.lexer import Malformed
from nqpf.engine.reader.parser import Parser
from nqpf.engine.reader.text import finite

_MODES = {
    "interpolate": "INTERPOLATE",
    "raw": "RAW",
    "hold backward": "HOLD BACKWARD",
    "look forward": "LOOK FORWARD",
}
_CHECKS = ("test input", "the condition")
_GROUP = re.compile(r"\*{3}|\.[^=]*$")
_GROUP_NAME = re.compile(r"^\s*\.(.*\S)", re.MULTILINE)


def sections(text: str, problems: list[str]) -> list[syntax.Section]:
    """Read a file; the first section is the model, macros follow.

    What cannot be read is noted in ``problems``, one line each, and left out.
    """
    main = syntax.Section()
    found = [main]
    current = main
    group = ""
    for entry in entries(text):
        try:
            match entry:
                case MacroStart(header):
                    current = _macro(header)
                    found.append(current)
                case MacroEnd():
                    current = main
                case Entry(fields):
                    if not _GROUP.match(fields[0]):
                        _entry(entry, current, group)
                    elif named := _GROUP_NAME.search(fields[0]):
                        group = named[1]
        except Malformed as error:
            problems.append(f"{_shown(entry)} {error}")
    return found


def _shown(entry: Entry | MacroStart | MacroEnd) -> str:
    """Return where a problem is: the name on the left side, and the line."""
    text = (
        ""
        if isinstance(entry, MacroEnd)
        else entry.text
        if isinstance(entry, MacroStart)
        else entry.fields[0]
    )
    name = " ".join(re.split(r"[=:(~|<\[]", text, maxsplit=1)[0].replace('"', "").split())
    named = f'"{name[:60]}" ' if name else "an equation "
    return f"{named}(line {entry.line})"


def _macro(header: str) -> syntax.Section:
    parser = Parser(header, "vensim")
    name = parser.element()
    inputs: list[str] = []
    outputs: list[str] = []
    parser.expect("(", "behind the name of a macro")
    filled = inputs
    while not parser.accept(")"):
        filled.append(parser.element())
        if parser.accept(":"):
            filled = outputs
        elif not parser.at(")"):
            parser.expect(",", "between the parameters of a macro")
    return syntax.Section(name, tuple(inputs), tuple(outputs))


def _entry(entry: Entry, section: syntax.Section, group: str) -> None:
    text = entry.fields[0]
    unit, limits = _unit(entry.fields[1] if len(entry.fields) > 1 else "")
    doc = " ".join(entry.fields[2].replace("\\\n", " ").split()) if len(entry.fields) > 2 else ""
    parser = Parser(text, "vensim")
    if parser.next.kind == "end" and len(entry.fields) == 1:
        return
    name = parser.element()
    if parser.at(":", "<->"):
        section.ranges.append(_range(parser, name))
        return
    subscripts = parser.plain_subscripts() if parser.at("[") else ()
    if parser.at_keyword(*_CHECKS):
        sign = parser.take()
        kind = "test input" if sign.text == "test input" else "constraint"
        body = " ".join(text[sign.end :].replace("\\\n", " ").split())
        section.checks.append(RealityCheck(name, subscripts, kind, body))
        return
    excepted = _excepted(parser)
    mode = _MODES[parser.take().text] if parser.at_keyword(*_MODES) else ""
    kind, body = _right_side(parser)
    equation = syntax.Equation(
        *(name, subscripts, excepted, kind, body, mode, unit, doc, limits, entry.line), group=group
    )
    section.equations.append(equation)


def _excepted(parser: Parser) -> tuple[tuple[str, ...], ...]:
    found: list[tuple[str, ...]] = []
    if parser.at_keyword("except"):
        parser.take()
        found.append(parser.plain_subscripts())
        while parser.accept(","):
            found.append(parser.plain_subscripts())
    return tuple(found)


def _right_side(parser: Parser) -> tuple[syntax.Kind, syntax.Node | None]:
    if parser.next.kind == "end":
        return "data", None
    if parser.at("("):
        return "lookup", _lookup(parser)
    sign = parser.take()
    kinds: dict[str, syntax.Kind] = {"=": "equation", "==": "constant", ":=": "data"}
    if sign.kind != "sign" or sign.text not in kinds:
        parser.place -= 1
        raise parser.wrong('"=" or another sign of a definition')
    if parser.next.kind == "end":
        raise parser.wrong("a right side")
    return kinds[sign.text], parser.array()


def _lookup(parser: Parser) -> syntax.Node:
    """Read ``(points)`` or ``(GET ... LOOKUPS(...))`` behind the name of a lookup."""
    parser.expect("(", "before the points of a table")
    body = parser.expression() if parser.next.kind == "name" else parser.points()
    parser.expect(")", "behind the points of a table")
    parser.finish()
    return body


# --- subscript ranges -------------------------------------------------------------------------


def _range(parser: Parser, name: str) -> syntax.Range:
    if parser.accept("<->"):
        other = parser.element()
        parser.finish()
        return syntax.Range(name, (other,), (syntax.Mapping(other),), copy=True)
    parser.expect(":", "behind the name of a subscript range")
    source: syntax.Call | None = None
    elements: list[str] = []
    if parser.next.kind == "name" and parser.tokens[parser.place + 1].text == "(":
        call = parser.expression()
        assert isinstance(call, syntax.Call)
        source = call
    else:
        elements.extend(_elements(parser))
        while parser.accept(","):
            elements.extend(_elements(parser))
    mappings: list[syntax.Mapping] = []
    if parser.accept("->"):
        mappings.append(_mapping(parser))
        while parser.accept(","):
            mappings.append(_mapping(parser))
    parser.finish()
    return syntax.Range(name, tuple(elements), tuple(mappings), source)


def _elements(parser: Parser) -> list[str]:
    """Read one element, or ``(first-last)``: elements numbered in sequence."""
    if not parser.accept("("):
        return [parser.element()]
    start = parser.next.start
    first = parser.element()
    parser.expect("-", "between the first and the last element of a sequence")
    last = parser.element()
    parser.expect(")", "behind a sequence of elements")
    a, b = (re.fullmatch(r"(.*?)(\d{1,9})", end, re.DOTALL) for end in (first, last))
    count = int(b[2]) - int(a[2]) + 1 if a and b and canonical(a[1]) == canonical(b[1]) else 0
    if a is None or not 0 < count <= MAX_RANGE:
        raise Malformed(
            f'has the sequence "({first}-{last})"; expected one name with rising numbers behind, '
            f"as in (a1-a9), and at most {MAX_RANGE:,} elements",
            start,
        )
    digits = len(a[2]) if a[2].startswith("0") else 0
    return [f"{a[1]}{int(a[2]) + i:0{digits}}" for i in range(count)]


def _mapping(parser: Parser) -> syntax.Mapping:
    if not parser.accept("("):
        return syntax.Mapping(parser.element())
    target = parser.element()
    elements: list[str] = []
    if parser.accept(":"):
        elements.append(parser.element())
        while parser.accept(","):
            elements.append(parser.element())
    parser.expect(")", "behind the elements of a mapping")
    return syntax.Mapping(target, tuple(elements))


# --- units ------------------------------------------------------------------------------------


def _unit(text: str) -> tuple[str, tuple[float | None, float | None]]:
    """Split ``Month [0,?,1]`` into the unit and (lowest, highest); a slider's step is dropped."""
    text = " ".join(text.replace("\\\n", " ").split())
    start = text.find("[", text.rfind("]", 0, -1) + 1)
    if not text.endswith("]") or start < 0:
        return text, (None, None)
    ends = [finite(part) for part in text[start + 1 : -1].split(",")]
    return text[:start].strip(), (ends[0], ends[1] if len(ends) > 1 else None)
