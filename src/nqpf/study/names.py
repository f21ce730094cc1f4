"""What readers call the variables of a study's model in languages other than the file's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from nqpf.engine.names import canonical
from nqpf.study.folder import Study
from nqpf.study.toml import Line, Table, Text, load_toml

FILE = "names.toml"
NO_NAMES: Mapping[str, Text] = MappingProxyType({})


class _Names(Table):
    """Names by the variable's name in the model file, a table a language."""

    zh: dict[str, Line]


def read_names(path: Path) -> dict[str, Text]:
    """Return the names in a file, by the variables' canonical names; none without the file.

    A variable that it leaves out is called as in the model file.
    """
    if not path.exists():
        return {}
    zh = load_toml(path, _Names).zh
    return {canonical(name): Text(en=name, zh=said) for name, said in zh.items()}


def names_of(study: Study) -> Mapping[str, Text]:
    """Return the names of a study, before those that stand beside the model file it shares."""
    return read_names(study.model_file.parent / FILE) | read_names(study.folder / "model" / FILE)


def called(names: Mapping[str, Text], name: str) -> Text:
    """Return what readers call a variable, or an element of one such as "GDP[East]"."""
    stem, bracket, elements = name.partition("[")
    known = names.get(canonical(stem))
    return Text(en=name, zh=name if known is None else known.zh + bracket + elements)
