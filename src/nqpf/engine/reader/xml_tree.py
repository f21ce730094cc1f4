"""XML as a tree of plain nodes: names without namespaces, entities and document types refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from nqpf.errors import InputError

MAX_DEPTH = 100
_STELLA = "isee"


@dataclass(slots=True)
class Node:
    """An element: names in small letters, without their namespace's prefix.

    What Stella added to the standard stays ``isee:...``. ``text`` is what stands between its
    children, too.
    """

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, *names: str) -> Iterator[Node]:
        """Yield the children with one of these names, in order."""
        return (child for child in self.children if child.name in names)

    def first(self, *names: str) -> Node | None:
        return next(self.all(*names), None)

    def said(self, name: str, otherwise: str = "") -> str:
        """Return the text of the first child with this name."""
        found = self.first(name)
        return otherwise if found is None else found.text.strip()


def parse(text: str) -> Node:
    """Return the outermost element.

    Raises
    ------
    InputError
        The text is not well-formed XML, or declares what no model needs and what can be made to
        grow without end.
    """
    try:
        return _parsed(text)
    except expat.ExpatError as error:
        if (repaired := _closed(text)) is not None:
            return _parsed(repaired)
        place = f"line {error.lineno}, column {error.offset + 1}"
        reason = expat.ErrorString(error.code)
        raise InputError(f"not a model that can be read ({place}: {reason})") from None


def _parsed(text: str) -> Node:
    builder = _Builder()
    builder.parser.Parse(text, True)
    assert builder.root is not None  # expat refuses a document without element
    return builder.root


_VARIABLE = re.compile(r"<(?P<end>/)?(?P<name>stock|flow|aux)\b[^<>]*?(?P<empty>/)?>")


def _closed(text: str) -> str | None:
    """Return ``text`` with variables closed where the next one starts, None if that is no XML.

    A variable never holds another one, so where a closing tag is missing between them (suite case
    ``non_negative_flows``) there is no doubt what was meant.
    """
    pieces: list[str] = []
    place, open_name = 0, ""
    for found in _VARIABLE.finditer(text):
        if found["end"]:
            open_name = ""
            continue
        if open_name:
            pieces.extend((text[place : found.start()], f"</{open_name}>"))
            place = found.start()
        open_name = "" if found["empty"] else found["name"]
    if not pieces:
        return None
    repaired = "".join((*pieces, text[place:]))
    try:
        _parsed(repaired)
    except expat.ExpatError:
        return None
    return repaired


class _Builder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self.open: list[Node] = []
        self.texts: list[list[str]] = []  # of the open elements, in pieces
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        node = Node(_plain(name), {_plain(k): v for k, v in attributes.items()}, line)
        if self.root is None:
            self.root = node
        if self.open:
            self.open[-1].children.append(node)
        if len(self.open) >= MAX_DEPTH:
            raise InputError(
                f"not a model that can be read (line {line}: elements nested more than "
                f"{MAX_DEPTH} deep)"
            )
        self.open.append(node)
        self.texts.append([])

    def _end(self, _name: str) -> None:
        self.open.pop().text = "".join(self.texts.pop())

    def _characters(self, text: str) -> None:
        self.texts[-1].append(text)

    def _refuse(self, *_declared: object) -> None:
        line = self.parser.CurrentLineNumber
        raise InputError(
            f"not a model that can be read (line {line}: a document type or entity is declared; "
            "models need none, and entities can be made to grow without end)"
        )


def _plain(name: str) -> str:
    """Take a prefix off; Vensim's converter writes ``isee:`` without declaring it."""
    prefix, _, local = name.lower().rpartition(":")
    return f"{_STELLA}:{local}" if prefix == _STELLA else local
