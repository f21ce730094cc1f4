"""Prepares the text of a ``.mdl`` file for the translator, where its grammar falls short.

The grammar knows no macro call with several outputs, takes a macro that is named like a built-in
function for the function, loses a macro that follows the main part, and refuses a data variable
that has no keyword. What comes out is the same model in words that it understands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nqpf.engine.names import canonical

_QUOTED = r'"(?:\\"|[^"])*"'
# equation ~ units ~ comment |: quotes hide the marks, as in the translator's grammar.
_FIELD = rf"(?:{_QUOTED}|[^~|])*+"
_ENTRY = re.compile(rf"({_FIELD})((?:~{_FIELD})++\|)")
_MACRO = re.compile(
    r":MACRO:\s*(?P<name>[^(:]+?)\s*\(.*?:END\s+OF\s+MACRO:", re.IGNORECASE | re.DOTALL
)
_LEAD = re.compile(r"\s*(?:\{[^}]*\}|:END\s+OF\s+MACRO:)?\s*", re.IGNORECASE)
_BARE_NAME = re.compile(rf"(?:[^\W\d][\w'$ ]*|{_QUOTED})\s*(?:\[[^\]]*\])?\s*")
_SKIPPED = re.compile(rf"{_QUOTED}|'[^']*'|:\s*[A-Za-z][A-Za-z ]*:")
_LONGER_NAME = re.compile(r"[\w'$\"]$|:MACRO:$", re.IGNORECASE)


@dataclass(frozen=True)
class MdlText:
    """Equations ready for the translator.

    ``macros``: the word that stands for a macro in its calls -> the macro's name, both canonical.
    ``spelled``: canonical name -> as the file writes it, for macros and for the variables that
    only a macro's call defines.
    """

    text: str
    macros: dict[str, str] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)


def prepare(text: str) -> MdlText:
    """Return ``text`` (equations without sketch, white space collapsed) made ready."""
    names = list(dict.fromkeys(found["name"] for found in _MACRO.finditer(text)))
    calls = _Calls(_unused_word(text), names)
    text = _ENTRY.sub(
        lambda entry: calls.marked(_with_keyword(entry)) + entry[2], _macros_first(text)
    )
    return MdlText(
        text,
        {canonical(mark): canonical(name) for mark, name in calls.marks.items()},
        {canonical(name): name for name in (*names, *calls.outputs)},
    )


def _unused_word(text: str) -> str:
    word = "macro"
    while re.search(rf"{word}[\s_]*\d", text, re.IGNORECASE):
        word += "x"
    return word


def _macros_first(text: str) -> str:
    """Move macros before everything else: Vensim wants them there, but files differ."""
    blocks = [found[0] for found in _MACRO.finditer(text)]
    if not blocks:
        return text
    encoding = re.match(r"\s*(?:\{[^}]*\})?", text)
    start = encoding.end() if encoding else 0
    return " ".join([text[:start], *blocks, _MACRO.sub(" ", text[start:])])


def _with_keyword(entry: re.Match[str]) -> str:
    """Give a data variable without equation the keyword of Vensim's default, interpolation.

    Vensim manual, Data Equations: a name alone is a data variable that is read from outside.
    """
    equation, rest = entry[1], entry[2]
    lead = _LEAD.match(equation)
    bare = _BARE_NAME.fullmatch(equation, lead.end() if lead else 0)
    return f"{equation} :INTERPOLATE: " if bare and rest.count("~") >= 2 else equation


class _Calls:
    """Marks the calls of macros and turns the colon before their outputs into a comma."""

    def __init__(self, word: str, names: list[str]) -> None:
        self.marks = {f"{word} {i}": name for i, name in enumerate(names)}
        self.outputs: list[str] = []
        self._mark_of = {canonical(name): mark for mark, name in self.marks.items()}
        # The longest name first: one macro's name may start another's.
        written = sorted((_spaced(name) for name in names), key=len, reverse=True)
        self._token = re.compile(
            rf"{_QUOTED}|'[^']*'|(?P<call>{'|'.join(written)})(?=\s*\()", re.IGNORECASE
        )

    def marked(self, equation: str) -> str:
        place = 0
        while self.marks and (found := self._token.search(equation, place)):
            place = found.end()
            if found["call"] and not _LONGER_NAME.search(equation[: found.start()].rstrip()):
                mark = self._mark_of[canonical(found["call"])]
                rest = self._without_colon(equation[place:])
                equation = equation[: found.start()] + mark + rest
                place = found.start() + len(mark)
        return equation

    def _without_colon(self, rest: str) -> str:
        """Replace the colon among the arguments that ``rest`` starts with."""
        depth = place = 0
        colon = None
        while place < len(rest):
            skipped = _SKIPPED.match(rest, place)
            if skipped:
                place = skipped.end()
                continue
            depth += {"(": 1, ")": -1, "[": 1, "]": -1}.get(rest[place], 0)
            if depth == 0 and rest[place] == ")":
                break
            if depth == 1 and rest[place] == ":":
                colon = place
            place += 1
        if colon is None:
            return rest
        written = re.sub(r"\[[^\]]*\]", "", rest[colon + 1 : place])
        self.outputs.extend(name.strip() for name in written.split(","))
        return f"{rest[:colon]},{rest[colon + 1 :]}"


def _spaced(name: str) -> str:
    """Return a pattern for a name however it is spaced."""
    return r"[\s_]+".join(map(re.escape, re.split(r"[\s_]+", name)))
