"""Splits a ``.mdl`` file into its entries: ``equation ~ unit ~ comment ~ flags |``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SKETCH = re.compile(r"(?<!\\)\\+---///")  # what follows draws the model

# What matters in an equation: the marks between fields, and what may hide them.
_MARK = re.compile(r'["{~|]')
_QUOTED = re.compile(r'"(?:\\.|[^"\\\n])*"', re.DOTALL)  # ends in its line, or goes on behind a \
_UNCLOSED = re.compile(r'"(?:\\.|[^"\\\n])*', re.DOTALL)
_REST = re.compile(r"[^~|]*")
_SPACE = re.compile(r"\s*")
_MACRO = re.compile(r":MACRO:\s*", re.IGNORECASE)
_END_OF_MACRO = re.compile(r":END\s+OF\s+MACRO:\s*", re.IGNORECASE)
_COMMENT = re.compile(r"\{[^}]*\}\s*")


@dataclass(frozen=True, slots=True)
class Entry:
    """``fields``: the equation, then what stands behind each tilde. ``line``: counted from 1."""

    fields: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class MacroStart:
    """``text`` is ``name(inputs : outputs)``."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class MacroEnd:
    line: int


def entries(text: str) -> Iterator[Entry | MacroStart | MacroEnd]:
    """Yield what stands before the sketch."""
    text = SKETCH.split(text, maxsplit=1)[0]
    last_brace = text.rfind("}")
    place = line = 0
    counted = 0
    while True:
        place = _skip(text, place)
        if place >= len(text):
            return
        line += text.count("\n", counted, place)
        counted = place
        if found := _MACRO.match(text, place):
            end = text.find(")", found.end())
            end = len(text) if end < 0 else end + 1
            yield MacroStart(text[found.end() : end], line + 1)
            place = end
        elif found := _END_OF_MACRO.match(text, place):
            yield MacroEnd(line + 1)
            place = found.end()
        else:
            fields, place = _entry(text, place, last_brace)
            yield Entry(fields, line + 1)


def _skip(text: str, place: int) -> int:
    """Skip white space and comments between entries."""
    while True:
        found = _COMMENT.match(text, _end(_SPACE, text, place))
        if found is None:
            return _end(_SPACE, text, place)
        place = found.end()


def _entry(text: str, place: int, last_brace: int) -> tuple[tuple[str, ...], int]:
    """Return (fields, where the next entry starts)."""
    end = _equation_end(text, place, last_brace)
    found = [text[place:end]]
    while end < len(text) and text[end] == "~":
        start = end + 1
        end = _end(_REST, text, start)
        found.append(text[start:end])
    return tuple(found), end + 1


def _equation_end(text: str, place: int, last_brace: int) -> int:
    unquoted = 0  # no quote closes before: looked for once, however many are opened
    while found := _MARK.search(text, place):
        place = found.start()
        mark = text[place]
        if mark in "~|":
            return place
        hidden = None
        if mark == "{" and place < last_brace:
            hidden = _COMMENT.match(text, place)
        elif mark == '"' and place >= unquoted:
            hidden = _QUOTED.match(text, place)
            unquoted = place if hidden else _end(_UNCLOSED, text, place)
        place = hidden.end() if hidden else place + 1
    return len(text)


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    assert found is not None  # every pattern here matches the empty text
    return found.end()
