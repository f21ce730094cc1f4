"""What PySD's translators drop: the integration method and XMILE's save period."""

from __future__ import annotations

import re
from pathlib import Path

from nqpf.errors import InputError

# Fourth field of the line `15:` in the settings block of a .mdl. Vensim writes 0 Euler,
# 1 RK4 auto, 2 difference, 3 RK2 auto, 4 RK2 fixed, 5 RK4 fixed; "difference" is Euler's rule.
# "Auto" asks for a tolerance, not for an order: one adaptive method serves both.
_VENSIM_METHODS = {"0": "euler", "1": "rk45", "2": "euler", "3": "rk45", "4": "rk2", "5": "rk4"}

# XMILE 1.0, section 2.3: methods a file may name; the first one known to us is taken.
_XMILE_METHODS = {"euler": "euler", "rk4": "rk4", "rk2": "rk2", "rk45": "rk45"}


def vensim_method(text: str) -> str:
    """Return the integration method that a ``.mdl`` file asks for (Euler if it does not say)."""
    _, _, settings = text.rpartition("///---\\\\\\")
    found = re.search(r"^15:(?:[^,\n]*,){3}\s*(\d+)", settings, re.MULTILINE)
    return _VENSIM_METHODS.get(found[1], "euler") if found else "euler"


def xmile_settings(text: str, path: Path) -> tuple[str, float | None]:
    """Return (method, save period or None) of an XMILE file's first ``sim_specs``."""
    specs = re.search(r"<sim_specs\b([^>]*)>(.*?)</sim_specs>", text, re.DOTALL | re.IGNORECASE)
    if specs is None:
        return "euler", None
    named = re.search(r"(?<![\w:])method\s*=\s*[\"']([^\"']*)[\"']", specs[1], re.IGNORECASE)
    methods = [part.strip().lower() for part in named[1].split(",")] if named else ["euler"]
    known = [_XMILE_METHODS[method] for method in methods if method in _XMILE_METHODS]
    if not known:
        raise InputError(
            f'{path}: integration method "{named[1] if named else ""}" is not known; '
            f"expected one of {', '.join(sorted(_XMILE_METHODS))}"
        )
    saved = re.search(
        r"isee:save_interval\s*=\s*[\"']([^\"']+)[\"']|<save_step>([^<]+)<", specs[0], re.IGNORECASE
    )
    if saved is None:
        return known[0], None
    try:
        interval = float(saved[1] or saved[2])
    except ValueError:
        return known[0], None
    return known[0], interval if interval > 0 else None
