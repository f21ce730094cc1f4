"""Names as Vensim and XMILE compare them: case, spaces, underscores and quotes do not count."""

from __future__ import annotations

import re
import unicodedata

_GAPS = re.compile(r"[\s_]+")

NOISE_SEED = "NOISE SEED"  # the constant of Vensim that all random functions read


def canonical(name: str) -> str:
    """Return the form under which two spellings of one name are equal.

    ``GDP per head``, ``gdp_per_head`` and ``"GDP per head"`` are one name.
    """
    text = name.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('\\"', '"')
    text = unicodedata.normalize("NFC", text).replace("\\n", " ")
    return _GAPS.sub("_", text).strip("_").lower()


def quoted(name: str) -> str:
    """Return ``name`` as an equation may hold it, whatever its characters."""
    return '"' + name.replace('"', '\\"') + '"'


def split_subscripts(name: str) -> tuple[str, tuple[str, ...]]:
    """Split ``Name[East, L11]`` into ``("Name", ("East", "L11"))``; no brackets: no subscripts."""
    text = name.rstrip()
    front, bracket, inside = text[:-1].rpartition("[")
    if not bracket or not text.endswith("]") or "]" in inside:
        return name, ()
    return front.rstrip(), tuple(part.strip() for part in inside.split(","))
