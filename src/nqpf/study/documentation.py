"""What a study says of its variables in other languages than the model file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nqpf.engine.names import canonical
from nqpf.errors import InputError, did_you_mean
from nqpf.study.toml import Line, Table, load_toml, shown

FILE = "documentation.toml"


class Translated(Table):
    """The documentation of a model in another language.

    Attributes
    ----------
    variables
        What is said of a variable, without its source, by its name in the file.
    sources
        Words for a source, by those of the file; citations are the same in every language.
    """

    variables: dict[str, Line] = {}
    sources: dict[str, Line] = {}


class _File(Table):
    zh: Translated


def read_documentation(path: Path, known: Iterable[str]) -> Translated:
    """Return what a file says, by the variables' canonical names; nothing without the file.

    Raises
    ------
    InputError
        It speaks of a variable that is not ``known``.
    """
    if not path.exists():
        return Translated()
    zh = load_toml(path, _File).zh
    names = {canonical(name): name for name in known}
    for name in zh.variables:
        if canonical(name) not in names:
            hint = did_you_mean(name, names.values())
            raise InputError(f'{shown(path)}: the model has no variable "{name}".{hint}')
    said = {canonical(name): text for name, text in zh.variables.items()}
    return Translated(variables=said, sources=zh.sources)
