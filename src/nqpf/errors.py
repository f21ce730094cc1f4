"""Bad input, said in one line: what, where, what was expected, what to try."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# Characters of a message, beyond which nobody reads on; of a name that can be a misspelt one; and
# names that one is compared with: as many take a tenth of a second.
MAX_MESSAGE = 5000
MAX_NAME = 200
MAX_CANDIDATES = 5000


class InputError(ValueError):
    """What the user gave cannot be used.

    The command line prints the message, one line, and exits with code 2. What a file holds may be
    part of it: characters that would break the line or drive a terminal are shown as escapes.
    """

    def __init__(self, message: str) -> None:
        super().__init__(_one_line(message))


def _one_line(message: str) -> str:
    if len(message) > MAX_MESSAGE:
        half = (MAX_MESSAGE - 5) // 2
        message = f"{message[:half]} ... {message[-half:]}"
    if message.isprintable():
        return message
    return "".join(
        c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in message
    )


def listed(problems: Iterable[str]) -> str:
    """Return several problems as one text, each once; how many more, where they are too many."""
    own = list(dict.fromkeys(problems))
    length = 0
    for number, problem in enumerate(own):
        length += len(problem) + 2
        if length > MAX_MESSAGE - 500 and number:
            return f"{'; '.join(own[:number])}; and {len(own) - number:,} more"
    return "; ".join(own)


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return ``' Did you mean "X"?'`` for the nearest candidate, or ``''``.

    Case, spaces and underscores do not count, as in the model files.
    """
    spelled = {_plain(candidate): candidate for candidate in candidates}
    if len(name) > MAX_NAME or len(spelled) > MAX_CANDIDATES:
        return ""
    near = get_close_matches(_plain(name), spelled, n=1, cutoff=0.6)
    return f' Did you mean "{spelled[near[0]]}"?' if near else ""


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())
