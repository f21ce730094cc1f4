"""Cells of workbooks (``.xlsx``, ``.xlsm``, ``.xls``) and of text files, as a model names them.

Cells are counted from zero inside and shown as ``B3``. Nothing in a file is computed: of a
formula, the value that was stored with it is read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nqpf.errors import InputError, did_you_mean

Value = float | str
Cell = tuple[int, int]  # row, column
Area = tuple[int, int, int, int]  # first and last row, first and last column

_WORKBOOKS = (".xlsx", ".xlsm")
_OLD_WORKBOOKS = (".xls",)
WORKBOOKS = (*_WORKBOOKS, *_OLD_WORKBOOKS)
_OTHER_WORKBOOKS = (".xlsb", ".ods", ".odf", ".numbers", ".wks", ".wk1", ".wk3", ".123")
_MOST_ROWS, _MOST_COLUMNS, _LAST_CELL = 1 << 20, 1 << 14, "XFD1048576"  # of Excel
_MOST_UNPACKED = 1 << 30  # bytes: a workbook that unpacks to more is a trap, not data
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_CELL = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")
_AREA = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d+)(?::\$?([A-Za-z]{1,3})\$?(\d+))?")
# What people and programs write where a number is missing.
_MISSING = frozenset({"", "-", ".", "na", "n/a", "nan", "null", "none", "#n/a", ":na:"})


@dataclass(frozen=True)
class Sheet:
    """The filled cells of one sheet; ``where`` names file and sheet for a message."""

    where: str
    cells: dict[Cell, Value]
    names: dict[str, Area] = field(default_factory=dict)

    def number(self, cell: Cell) -> float | None:
        """Return the number in ``cell``, None where one is missing.

        Raises
        ------
        InputError
            There is a text in the cell.
        """
        value = self.cells.get(cell)
        if isinstance(value, str):
            if value.casefold() in _MISSING:
                return None
            text = " ".join(value.split())[:40]
            raise InputError(f'{self.where}, cell {shown(cell)}: "{text}" is not a number')
        return value

    def last_row(self) -> int:
        return max((row for row, _ in self.cells), default=-1)

    def last_column(self) -> int:
        return max((column for _, column in self.cells), default=-1)

    def area(self, name: str) -> Area:
        """Return the cells that the workbook calls ``name``."""
        found = self.names.get(name.casefold())
        if found is None:
            raise InputError(
                f'{self.where}: "{name}" is neither a cell nor a name of cells there.'
                f"{did_you_mean(name, self.names)}"
            )
        return found


class Files:
    """Opens the files that a model names, each once.

    ``digests``: every file opened, as the model names it -> hash of its content.
    """

    def __init__(self, root: Path) -> None:
        """``root``: the model's folder."""
        self.root = root
        self.digests: dict[str, str] = {}
        self._books: dict[str, Any] = {}
        self._sheets: dict[tuple[str, str], Sheet] = {}

    def sheet(self, file: str, tab: str) -> Sheet:
        """Return a sheet of a workbook, or a text file whose cells ``tab`` separates."""
        if (file, tab) not in self._sheets:
            suffix = Path(file).suffix.lower()
            if suffix in _OTHER_WORKBOOKS:
                known = ", ".join(WORKBOOKS)
                raise InputError(f"{file}: {suffix} is not read; save it as one of {known}")
            if suffix in WORKBOOKS:
                made = self._workbook_sheet(file, tab, suffix)
            else:
                made = text_sheet(self._content(file), separator(suffix, tab), file)
            self._sheets[file, tab] = made
        return self._sheets[file, tab]

    def _workbook_sheet(self, file: str, tab: str, suffix: str) -> Sheet:
        with _damage_told(file):
            if file not in self._books:
                self._books[file] = _workbook(self._content(file), file, suffix)
            return self._books[file].sheet(tab)

    def _content(self, file: str) -> bytes:
        path = located(self.root, file)
        try:
            if not path.is_file():
                raise FileNotFoundError(2, "no such file")
            content = path.read_bytes()
        except OSError as error:
            raise InputError(
                f"{file}: cannot be read ({(error.strerror or '').lower()}); data files are looked "
                f"for from the model's folder.{_similar(path)}"
            ) from None
        self.digests[file] = hashlib.sha256(content).hexdigest()
        return content


def located(root: Path, file: str) -> Path:
    """Return where a file that a model names lies; Vensim writes paths of Windows, too."""
    if file.startswith("?"):
        raise InputError(
            f'"{file}" names a file through the settings of Vensim, which a .mdl file does not '
            "hold; write the file's name"
        )
    return root / file.replace("\\", "/")


def digest(root: Path, file: str) -> str:
    """Return the hash of what is now in a file that a model names, "" if it cannot be read."""
    path = located(root, file)
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    except OSError:
        return ""


def _similar(path: Path) -> str:
    try:
        beside = [other.name for other in path.parent.iterdir()]
    except OSError:
        return ""
    near = get_close_matches(path.name.lower(), {n.lower(): n for n in beside}, n=1, cutoff=0.6)
    spelled = {name.lower(): name for name in beside}
    return f' Did you mean "{spelled[near[0]]}"?' if near else ""


# --- names of cells ---------------------------------------------------------------------------


def cell_named(text: str) -> Cell | None:
    """Return the cell that ``B3`` names, None if ``text`` is no such name."""
    found = _CELL.fullmatch(text.strip())
    return (int(found[2]) - 1, column_named(found[1])) if found else None


def column_named(letters: str) -> int:
    """Return the number of a column, ``A`` being 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def shown(cell: Cell) -> str:
    """Return the name of a cell."""
    row, column = cell
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


# --- workbooks --------------------------------------------------------------------------------


@contextmanager
def _damage_told(file: str) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InputError:
        raise
    except Exception as error:
        # The libraries meet a damaged file with whatever their code trips over first.
        reason = type(error).__name__
        raise InputError(f"{file}: not a workbook that can be read ({reason})") from None


def first_sheet(content: bytes, file: str) -> Sheet:
    """Return the first sheet of a workbook."""
    with _damage_told(file):
        book = _workbook(content, file, Path(file).suffix.lower())
        return book.sheet(book.titles[0])


def _workbook(content: bytes, file: str, suffix: str) -> _Workbook | _OldWorkbook:
    return (_OldWorkbook if suffix in _OLD_WORKBOOKS else _Workbook)(content, file)


class _Workbook:
    """A ``.xlsx`` file."""

    def __init__(self, content: bytes, file: str) -> None:
        import openpyxl

        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(each.file_size for each in packed.infolist())
        if size > _MOST_UNPACKED:
            raise InputError(
                f"{file}: unpacks to {size:,} bytes; at most {_MOST_UNPACKED:,} are read"
            )
        self.file = file
        self._book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        self.titles: list[str] = self._book.sheetnames

    def sheet(self, tab: str) -> Sheet:
        title = _title(self.titles, tab, self.file)
        sheet = self._book[title]
        sheet.reset_dimensions()  # what the file says of its size may be wrong
        cells = {
            (cell.row - 1, cell.column - 1): value
            # Rows that are left out are made up by the library, up to the number of the next one.
            for row in sheet.iter_rows(max_row=_MOST_ROWS)
            for cell in row
            if cell.value is not None and (value := _value(cell.value)) != ""
        }
        if any(row >= _MOST_ROWS or column >= _MOST_COLUMNS for row, column in cells):
            raise InputError(f"{_where(self.file, title)}: has a cell beyond {_LAST_CELL}")
        # A name of the sheet itself goes before one of the whole workbook.
        named = [*self._book.defined_names.items(), *sheet.defined_names.items()]
        names: dict[str, Area] = {}
        for name, defined in named:
            for owner, text in defined.destinations:
                found = _AREA.fullmatch(text)
                if owner.casefold() == title.casefold() and found:
                    names[name.casefold()] = _area(found)
        return Sheet(_where(self.file, title), cells, names)


class _OldWorkbook:
    """A ``.xls`` file."""

    def __init__(self, content: bytes, file: str) -> None:
        import xlrd

        self.file = file
        self._book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO())
        self.titles: list[str] = self._book.sheet_names()

    def sheet(self, tab: str) -> Sheet:
        import xlrd

        title = _title(self.titles, tab, self.file)
        sheet = self._book.sheet_by_name(title)
        cells: dict[Cell, Value] = {}
        for row in range(sheet.nrows):
            for column, cell in enumerate(sheet.row(row)):
                value = _value(cell.value)
                if cell.ctype == xlrd.XL_CELL_ERROR:
                    cells[row, column] = "#ERROR"
                elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                    cells[row, column] = str(bool(cell.value))
                elif value != "":
                    cells[row, column] = value
        names: dict[str, Area] = {}
        for name, defined in self._book.name_map.items():
            for each in defined:
                found: Any = each.result.value if each.result is not None else None
                place = getattr(found[0], "coords", None) if isinstance(found, list) else None
                if place is not None and place[0] == sheet.number:
                    names[name.casefold()] = (place[2], place[3] - 1, place[4], place[5] - 1)
        return Sheet(_where(self.file, title), cells, names)


def _title(titles: Iterable[str], tab: str, file: str) -> str:
    """Return a sheet's name as the workbook spells it; case does not count in Vensim."""
    spelled = {title.casefold(): title for title in titles}
    if tab in spelled.values():
        return tab
    if tab.casefold() not in spelled:
        raise InputError(
            f'{file}: has no sheet "{tab}"; it has {", ".join(spelled.values())}.'
            f"{did_you_mean(tab, spelled.values())}"
        )
    return spelled[tab.casefold()]


def _area(found: re.Match[str]) -> Area:
    row, column = int(found[2]) - 1, column_named(found[1])
    if found[3] is None:
        return row, row, column, column
    return row, int(found[4]) - 1, column, column_named(found[3])


def _where(file: str, title: str) -> str:
    return f'{file}, sheet "{title}"'


# --- text files -------------------------------------------------------------------------------


def separator(suffix: str, tab: str = "") -> str:
    """Return what separates cells: commas in ``.csv``, else tabs, unless ``tab`` says otherwise.

    Vensim manual, GET DIRECT DATA: the second argument may give another character.
    """
    if tab and not tab[0].isalnum():
        return "\t" if tab.startswith("\\t") else tab[0]
    return "," if suffix == ".csv" else "\t"


def text_sheet(content: bytes, mark: str, file: str) -> Sheet:
    """Return the cells of a text file.

    Vensim writes lines that end in a bare CR, and the code page of Windows.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    lines = re.split(r"\r\n|\r|\n", text)
    cells: dict[Cell, Value] = {}
    try:
        for row, line in enumerate(csv.reader(lines, delimiter=mark)):
            for column, written in enumerate(line):
                if (value := _value(written)) != "":
                    cells[row, column] = value
    except csv.Error as error:
        raise InputError(f"{file}: not a table that can be read ({error})") from None
    return Sheet(file, cells)


def _value(written: object) -> Value:
    """Return a cell's content as a number or a text without spaces around; a date is its number."""
    if isinstance(written, date | time):
        from openpyxl.utils.datetime import to_excel

        return float(to_excel(written))
    if isinstance(written, int | float) and not isinstance(written, bool):
        return float(written)
    text = str(written).strip()
    return float(text) if _NUMBER.fullmatch(text) else text
