"""Where a line of text may break, in English and Chinese."""

from __future__ import annotations

import unicodedata

_NO_LINE_START = "，。、；：！？）》」』”’›～%％,.;:!?)"
_NO_LINE_END = "（《「『“‘‹～("


def pieces(text: str) -> list[str]:
    """Split text where a line may break: after a blank, and around Chinese characters."""
    found: list[str] = []
    for character in text:
        joins = (
            found
            and not found[-1].endswith(" ")
            and (
                character in _NO_LINE_START
                or found[-1][-1] in _NO_LINE_END
                or not (is_wide(character) or is_wide(found[-1][-1]))
            )
        )
        if found and (joins or character == " "):
            found[-1] += character
        else:
            found.append(character)
    return found


def is_wide(character: str) -> bool:
    """Whether a character takes two cells of a terminal."""
    return unicodedata.east_asian_width(character) in "WF"


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    return sum(2 if is_wide(character) else 1 for character in text)


def wrapped(text: str, width: int) -> list[str]:
    """Break text into lines of at most ``width`` cells of a terminal."""
    lines = [""]
    for piece in pieces(text):
        if lines[-1] and cells(lines[-1]) + cells(piece.rstrip(" ")) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip(" ") for line in lines]
