"""The bytes of a model file -> text."""

from __future__ import annotations

import math
from pathlib import Path

from nqpf.engine.limits import MAX_FILE
from nqpf.errors import InputError

_MANY_BINARY = 0.02  # a text has hardly any control characters


def read_bytes(path: Path) -> bytes:
    """Return what is in a model file; OSError, or InputError if it is far too large for one."""
    size = path.stat().st_size
    if size > MAX_FILE:
        raise InputError(f"{size:,} bytes; a model file has at most {MAX_FILE:,}")
    return path.read_bytes()


def read_text(path: Path) -> str:
    """Return a file's text, every line ended by ``\\n``.

    Files are UTF-8; what is not is read in Windows' Western code page, as old files of Vensim are.

    Raises
    ------
    InputError
        The file cannot be read, is empty, or is not a text.
    """
    try:
        content = read_bytes(path)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    odd = sum(1 for c in text if ord(c) < 32 and c not in "\t\n\r\f\v\x1a\x7f")
    if odd > _MANY_BINARY * len(text) or "\0" in text:
        raise InputError(
            "not a model that can be read (it is not a text; save the model as .mdl, .xmile or "
            ".stmx)"
        )
    if not text.strip():
        raise InputError("not a model that can be read (the file is empty)")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def finite(text: str) -> float | None:
    """Return a number; None for what is none, or is not finite."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
