"""A font that has every character of a chart."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from matplotlib import font_manager

from nqpf.errors import InputError

# A family without a bold face, as that of the extra "zh", is drawn in its own: no news.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

# Sans-serif faces in the order of preference; any other font that has the characters comes last.
_PREFERRED = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "DengXian",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Heiti SC",
    "Arial Unicode MS",
)

# Faces that have every character, as a box or as nothing: matplotlib ships the first.
_PLACEHOLDERS = ("Last Resort", "LastResort", "Adobe Blank", "AdobeBlank", "Adobe NotDef")

# What the extra "zh" installs: Noto Sans SC under the SIL Open Font License.
_PACKAGE = "pylopdf_fonts_zh_cn"

# The minus sign and figures stand on every axis, whatever the chart's own texts are.
_ALWAYS = "0123456789.−%"


def font_for(text: str) -> str:
    """Return the name of a font family that has every character of ``text``.

    Raises
    ------
    InputError
        No font on this system has them.
    """
    needed = {ord(character) for character in text + _ALWAYS if not character.isspace()}
    seen: set[str] = set()
    for entry in _regular_fonts():
        if entry.name in seen:
            continue
        seen.add(entry.name)
        if needed <= _characters(entry):
            return entry.name
    raise InputError(
        "No font on this system has the characters of the charts. Install one: "
        '"pip install \'nqpf[zh]\'", or "apt-get install fonts-noto-cjk" (Debian, Ubuntu), '
        '"dnf install google-noto-sans-cjk-fonts" (Fedora). '
        "Or draw them in English: --lang en."
    )


def _regular_fonts() -> Iterator[font_manager.FontEntry]:
    """Yield upright fonts of normal weight, preferred families first."""
    yield from _ranked(font_manager.fontManager.ttflist)
    if packaged := _packaged():
        yield from packaged
    # Matplotlib keeps its list of fonts on disk and does not see one installed since.
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known:
            try:
                font_manager.fontManager.addfont(path)
            except (RuntimeError, OSError):  # a font file that FreeType cannot read
                continue
    yield from _ranked(
        [entry for entry in font_manager.fontManager.ttflist if entry.fname not in known]
    )


def _packaged() -> list[font_manager.FontEntry]:
    """Return the fonts that the package's extra "zh" brought."""
    found = find_spec(_PACKAGE)
    folders = found.submodule_search_locations if found is not None else None
    known = font_manager.fontManager.ttflist
    files = {str(file) for folder in folders or () for file in Path(folder).glob("*Sans*.otf")}
    for file in files - {entry.fname for entry in known}:
        font_manager.fontManager.addfont(file)
    return _ranked([entry for entry in font_manager.fontManager.ttflist if entry.fname in files])


def _ranked(entries: list[font_manager.FontEntry]) -> list[font_manager.FontEntry]:
    rank = {name: place for place, name in enumerate(_PREFERRED)}
    upright = [
        each
        for each in entries
        if each.style == "normal"
        and str(each.weight) in ("400", "normal")
        and not each.name.startswith(_PLACEHOLDERS)
    ]
    return sorted(upright, key=lambda each: (rank.get(each.name, len(rank)), each.name))


def _characters(entry: font_manager.FontEntry) -> set[int]:
    try:
        return set(font_manager.get_font(entry.fname).get_charmap())
    except (RuntimeError, OSError):
        return set()
