"""The documentation of a variable, with what it says of its source taken apart.

Numbers of a study end with ``[source; year; status]`` (`nqpf.study.numbers.Number.said`); a source
may itself hold semicolons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args

from nqpf.study.numbers import Status

_SOURCE = re.compile(r"\s*\[([^\[\]]*;[^\[\]]*)\]\s*$")
_STATUS = re.compile("|".join(("measured", *get_args(Status))), re.IGNORECASE)


@dataclass(frozen=True)
class Documentation:
    """What a model file says of a variable; what it does not say is ""."""

    text: str
    source: str = ""
    year: str = ""
    status: str = ""


def documentation(text: str) -> Documentation:
    """Return a documentation with its source, year and status taken from its end."""
    text = " ".join(text.split())
    found = _SOURCE.search(text)
    if found is None:
        return Documentation(text)
    parts = [part.strip() for part in found[1].split(";")]
    status = parts.pop() if _STATUS.search(parts[-1]) else ""
    year = parts.pop() if len(parts) > 1 else ""
    return Documentation(text[: found.start()].rstrip(), "; ".join(parts), year, status)
