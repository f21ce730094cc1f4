"""The language of the command line: which one, and how its texts are found in the catalogue."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache

from nqpf.cli.chinese import CHINESE

LANGUAGES = ("en", "zh")


def chosen(
    arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None
) -> str:
    """Return the language: what --lang says, before or behind the command, else the locale's.

    It is read off the arguments before click parses them, because help and messages about wrong
    arguments need it, too.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    environment = os.environ if environment is None else environment
    found = ""
    for place, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == "--lang":
            found = arguments[place + 1] if place + 1 < len(arguments) else ""
        elif argument.startswith("--lang="):
            found = argument.partition("=")[2]
    if found in LANGUAGES:
        return found
    locale = next(
        (environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)),
        "",
    )
    return "zh" if locale.lower().startswith("zh") else "en"


def translated(text: str, lang: str | None = None) -> str:
    """Return a text of the program in the language; as it is where the catalogue lacks it.

    Entries of the catalogue may hold places, ``{name}``, which stand for anything; at the start of
    an entry, for anything without a colon. What stands in the places of `_NESTED` is looked up in
    turn; an entry with ``{said}`` fits only if that is found.
    """
    if (lang or chosen()) != "zh" or not text:
        return text
    if text in CHINESE:
        return CHINESE[text]
    for pattern, form in _patterns():
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            parts |= {name: translated(parts[name].strip(), "zh") for name in _NESTED & set(parts)}
            if "said" in parts and parts["said"] == found["said"].strip():
                continue  # half a message in another language helps nobody
            if "list" in parts:
                parts["list"] = "；".join(translated(e, "zh") for e in parts["list"].split("; "))
            return form.format(**parts)
    if text.endswith("."):
        said = translated(text[:-1], "zh")
        return text if said == text[:-1] else said.removesuffix("。") + "。"
    return text


_NESTED = {"said", "hint", "what", "reason", "place"}


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return the entries with places, in the order of the catalogue."""
    found: list[tuple[re.Pattern[str], str]] = []
    for english, chinese in CHINESE.items():
        pieces = re.split(r"\{(\w+)\}", english)
        if len(pieces) > 1:
            for number in range(1, len(pieces), 2):
                name, before, behind = pieces[number], pieces[number - 1], pieces[number + 1]
                what = ".*?"
                if name == "hint":  # a sentence more
                    what = "(?: .*)?"
                elif before.endswith('"') and behind.startswith('"'):
                    what = '[^"]*'
                elif number == 1 and not before:
                    # A whole message, or a part of one without the places that stand before it.
                    what = ".*" if name == "said" else "(?:(?!: ).)*?"
                pieces[number] = f"(?P<{name}>{what})"
            pieces[::2] = map(re.escape, pieces[::2])
            found.append((re.compile("".join(pieces), re.DOTALL), chinese))
    return found
