"""Whether what checks say in Chinese is Chinese: names of the model apart, no English prose."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nqpf.checks.verdict import Check

_PROSE = re.compile(r"[A-Za-z]{2,}[ ,;:]+[a-z]{2,}")
_NAMED = re.compile(r"“[^”]*”|\[[^\]]*\]|（[^）]*=[^）]*）")  # names, elements, settings


def in_chinese(checks: Iterable[Check]) -> list[Check]:
    """Return the checks, every text of which is in Chinese, too."""
    checks = list(checks)
    for check in checks:
        told = [check.figure, *(each.text for each in check.findings), check.comment]
        for text in filter(None, told):
            assert re.search("[一-鿿]", text.zh), text
            assert not _PROSE.search(_NAMED.sub("", text.zh)), text
            assert not re.search("[一-鿿]", _NAMED.sub("", text.en)), text
    return checks
