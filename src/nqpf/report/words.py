"""Figures and likelihoods in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# Lower bounds of the scale of the IPCC (Mastrandrea et al. 2010), its words in both languages.
_SCALE = (
    (0.99, "virtually certain", "几乎确定"),
    (0.90, "very likely", "很可能"),
    (0.66, "likely", "可能"),
    (0.33, "about as likely as not", "可能与否各半"),
    (0.10, "unlikely", "不太可能"),
    (0.01, "very unlikely", "很不可能"),
    (0.00, "exceptionally unlikely", "几乎不可能"),
)


def likelihood(share: float, lang: str) -> str:
    """Return the word for a share of the draws."""
    for least, english, chinese in _SCALE:
        if share >= least:
            return chinese if lang == "zh" else english
    raise ValueError(f"{share} is no share")


_COUNTS = {
    "en": "zero one two three four five six seven eight nine ten",
    "zh": "零 一 两 三 四 五 六 七 八 九 十",
}


def count(number: int, lang: str) -> str:
    """Return a small number as a word."""
    words = _COUNTS[lang].split()
    return words[number] if number < len(words) else f"{number}"


def chance(share: float) -> str:
    """Return a share of the draws in %; nothing that was drawn is certain."""
    if share > 0.99:
        return ">99 %"
    if share < 0.01:
        return "<1 %"
    return f"{100 * share:.0f} %"


_TOUCHING = re.compile(r"(?<=[一-鿿])(?=[A-Za-z0-9+−>])|(?<=[A-Za-z0-9%])(?=[一-鿿])")


def spaced(text: str) -> str:
    """Return Chinese text with a space between its characters and Latin ones or figures."""
    return re.sub(" {2,}", " ", _TOUCHING.sub(" ", text)).replace(" %", "%")


def signed(value: float, digits: int) -> str:
    """Return a number with its sign, and a true minus."""
    text = f"{value:+,.{digits}f}"
    if not text.strip("+-0.,"):
        text = text.lstrip("+-")  # what rounds to zero has no sign
    return text.replace("-", "−")


def unsigned(value: float, digits: int) -> str:
    """Return the size of a number."""
    return f"{abs(value):,.{digits}f}"


def rows_of(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return a table row by row, each by the names of its columns."""
    return table.to_dict(orient="records")


def figure(value: float, unit: str = "") -> str:
    """Return a number as a table of very different ones shows it; years without a comma."""
    if value != value:
        return "–"
    if unit.lower().startswith("year"):
        return f"{value:g}"
    if abs(value) < 1e-9:  # what is left of rounding
        return "0"
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return text.replace("-", "−")
