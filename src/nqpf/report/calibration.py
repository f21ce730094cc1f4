"""What the calibration found, in words and as rows of tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nqpf.engine.names import canonical
from nqpf.report.words import rows_of, signed, spaced
from nqpf.study.toml import LANGUAGES, Text

if TYPE_CHECKING:
    import pandas as pd

    from nqpf.report.material import Material

_MINUS = re.compile(r"(?<!\w)-(?=\d)")
_PARAMETERS = {"names", "one", "other"}  # figures of a sentence that are parameters
_NAMES = {
    "fit": {"en": "Fit", "zh": "拟合"},
    "holdout": {"en": "Hold-out", "zh": "样本外检验"},
}
_WORST = {
    "en": "Growth of {series} over five years is missed by {worst} points a year at most "
    "({first}–{last}).",
    "zh": "{series}的五年增速误差最大为每年 {worst} 个百分点（{first}—{last} 年）。",
}


@dataclass(frozen=True)
class Window:
    """Five years of a series: mean error in %, and growth less that of the data, "" where none."""

    years: str
    bias: str
    growth: str


@dataclass(frozen=True)
class Said:
    """Sentences on how the series are met, on the later ones, and on the parameters."""

    fit: list[Text]
    holdout: list[Text]
    parameters: list[Text]
    windows: dict[tuple[str, str], list[Window]]
    """By target and element."""


def calibration(material: Material) -> Said:
    """Return what is said of the calibration, as far as its tables are there."""
    return Said(_fit(material), _holdout(material), _parameters(material), _windows(material))


def _fit(material: Material) -> list[Text]:
    found = [] if material.fit is None else _coverage(material.fit.content, "fit")
    windows = None if material.windows is None else material.windows.content
    if windows is None:
        return found
    growth = windows.loc[windows["growth"].notna() & (windows["n"] > 1)]
    for _, rows in list(growth.groupby(["target", "element"], sort=False))[:1]:
        row = rows.loc[rows["growth"].abs().idxmax()]
        figures = {
            "worst": signed(row["growth"], 2),
            "first": int(row["first"]),
            "last": int(row["last"]),
        }
        said = {
            lang: _WORST[lang].format(series=_series(row, material, lang), **figures)
            for lang in LANGUAGES
        }
        found.append(Text(en=said["en"], zh=spaced(said["zh"])))
    return found


def _holdout(material: Material) -> list[Text]:
    if material.holdout is None:
        return []
    table = material.holdout.content
    naive = table[["random walk", "trend"]].min(axis=1)
    beaten = table.loc[naive < table["MAPE"]]
    found = _coverage(table, "holdout")
    if len(beaten):
        names = {
            lang: {"names": [_series(row, material, lang) for row in rows_of(beaten)]}
            for lang in LANGUAGES
        }
        found.append(_both("beaten", names))
    return found


def _parameters(material: Material) -> list[Text]:
    if material.parameters is None:
        return []
    from nqpf.calibrate.tables import words

    return [
        _both(
            key,
            {
                lang: {
                    name: _named(value, material, lang) if name in _PARAMETERS else value
                    for name, value in figures.items()
                }
                for lang in LANGUAGES
            },
        )
        for key, figures in words(material.parameters.content)
    ]


def _windows(material: Material) -> dict[tuple[str, str], list[Window]]:
    found: dict[tuple[str, str], list[Window]] = {}
    if material.windows is None:
        return found
    for row in rows_of(material.windows.content):
        growth = row["growth"]
        window = Window(
            f"{row['first']:.0f}–{row['last']:.0f}",
            signed(row["bias"], 1),
            "" if growth != growth else signed(growth, 2),
        )
        found.setdefault((row["target"], row["element"]), []).append(window)
    return found


def _coverage(table: pd.DataFrame, name: str) -> list[Text]:
    from nqpf.calibrate.goodness import coverage

    inside = coverage(table, 0.9)
    if inside != inside:  # of the best fit alone there are no bands
        return []
    counts = {"n": int(table["n"].to_numpy(float).sum()), "inside": inside}
    return [_both("coverage", {lang: {"name": _NAMES[name][lang], **counts} for lang in LANGUAGES})]


def _both(key: str, figures: dict[str, dict[str, Any]]) -> Text:
    """Return a sentence of the calibration in both languages."""
    from nqpf.calibrate.texts import said

    en, zh = (said(key, lang, **figures[lang]) for lang in ("en", "zh"))
    # Its names are Chinese here, and its numbers those of a text.
    zh = spaced(re.sub(r"(?<=[一-鿿]) (?=[一-鿿])", "", zh))
    return Text(en=_MINUS.sub("−", en), zh=_MINUS.sub("−", zh))


def _named(value: Any, material: Material, lang: str) -> Any:
    """Return what readers call parameters: a name, or a list of them."""
    if isinstance(value, list):
        return [_named(each, material, lang) for each in value]
    known = material.names.get(canonical(str(value).partition("[")[0]))
    return str(value) if known is None else known.in_(lang)


def _series(row: Any, material: Material, lang: str) -> str:
    """Return what readers call a series."""
    target, element = material.targets.get(row["target"]), row["element"]
    title = row["target"] if target is None else target.title.in_(lang)
    return f"{title} · {material.labelled(element, lang)}" if element else title
