"""Bad input, said in one line: what, where, what was expected, what to try."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """What the user gave cannot be used.

    The command line prints the message, one line, and exits with code 2.
    """


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return ``' Did you mean "X"?'`` for the nearest candidate, or ``''``.

    Case, spaces and underscores do not count, as in the model files.
    """
    spelled = {_plain(candidate): candidate for candidate in candidates}
    near = get_close_matches(_plain(name), spelled, n=1, cutoff=0.6)
    return f' Did you mean "{spelled[near[0]]}"?' if near else ""


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())
