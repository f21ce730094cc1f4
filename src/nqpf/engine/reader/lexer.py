"""Splits equations into tokens, in Vensim's spelling or in XMILE's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Dialect = Literal["vensim", "xmile"]
TokenKind = Literal["number", "name", "text", "keyword", "sign", "end"]


class Malformed(Exception):
    """An equation cannot be read; ``place`` is where, counted in characters."""

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` is what the parser compares: keywords and XMILE's word operators in small letters.

    ``quoted``: a name in double quotes, which is never a word operator.
    """

    kind: TokenKind
    text: str
    start: int
    end: int
    quoted: bool = False


_NUMBER = r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_QUOTED = r'(?P<quoted>"(?:\\.|[^"\\])*")'

_VENSIM = re.compile(
    rf"""
      (?P<gap>(?:\s|\\(?=\s)|\{{[^}}]*\}})+)
    | {_NUMBER}
    | {_QUOTED}
    | (?P<text>'[^']*')
    | (?P<keyword>:\s*[A-Za-z][A-Za-z\s_]*:)
    # A name may hold white space, and go on in the next line behind a backslash.
    | (?P<name>[^\W\d](?:[\w$'&%]|(?:\s|\\(?=\s))+(?=[\w$'&%]))*)
    | (?P<sign><->|->|:=|==|<=|>=|<>|[-+*/^=<>()\[\],;:!])
    """,
    re.VERBOSE,
)

_XMILE = re.compile(
    rf"""
      (?P<gap>(?:\s|\{{[^}}]*\}})+)
    | {_NUMBER}
    | {_QUOTED}
    # A period stands between a module and its variable.
    | (?P<name>[^\W\d][\w$]*(?:\.(?:[^\W\d][\w$]*|"(?:\\.|[^"\\])*"|\*))*)
    | (?P<sign><=|>=|<>|!=|==|&&|\|\||//|[-+*/^=<>()\[\],;:'!@])
    """,
    re.VERBOSE,
)
_WORDS = frozenset({"and", "or", "not", "mod", "if", "then", "else"})
_SAME = {"!=": "<>", "==": "=", "&&": "and", "||": "or"}
_BACKSLASH = re.compile(r"\\\s")


def tokens(text: str, dialect: Dialect) -> list[Token]:
    """Split ``text``; the last token is of kind ``end``.

    Raises
    ------
    Malformed
        A character belongs to no token.
    """
    pattern = _VENSIM if dialect == "vensim" else _XMILE
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = pattern.match(text, place)
        if match is None:
            raise Malformed(_unknown(text, place), place)
        place = match.end()
        token = _token(match, dialect)
        if token is not None:
            found.append(token)
    found.append(Token("end", "", len(text), len(text)))
    return found


def _token(match: re.Match[str], dialect: Dialect) -> Token | None:
    start, end, text = match.start(), match.end(), match[0]
    match match.lastgroup:
        case "gap":
            return None
        case "quoted":
            return Token("name", text, start, end, quoted=True)
        case "text":
            return Token("text", text[1:-1], start, end)
        case "keyword":
            return Token("keyword", " ".join(text.strip(":").split()).lower(), start, end)
        case "name" if dialect == "vensim":
            return Token("name", " ".join(text.replace("\\", " ").split()), start, end)
        case "name":
            if text.lower() in _WORDS:
                return Token("sign", text.lower(), start, end)
            return Token("name", text, start, end)
        case "sign" if dialect == "xmile":
            return Token("sign", _SAME.get(text, text), start, end)
        case "number":
            return Token("number", text, start, end)
        case _:
            return Token("sign", text, start, end)


def _unknown(text: str, place: int) -> str:
    character = text[place]
    if character == '"':
        return "a double quote is never closed"
    if character == "'":
        return "a single quote is never closed"
    if character == "{":
        return "a comment is never closed"
    shown = character if character.isprintable() else f"character {ord(character):#x}"
    return f'"{shown}" is not part of an equation'
