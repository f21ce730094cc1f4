"""What readers call the variables of a study's model in languages other than the file's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nqpf.engine.names import canonical
from nqpf.study.toml import Line, Table, Text, load_toml

FILE = "names.toml"


class _Names(Table):
    """Names by the variable's name in the model file, a table a language."""

    zh: dict[str, Line]


def read_names(path: Path) -> Mapping[str, Text]:
    """Return the names in a file, by the variables' canonical names; none without the file.

    A variable that it leaves out is called as in the model file.
    """
    if not path.exists():
        return {}
    zh = load_toml(path, _Names).zh
    return {canonical(name): Text(en=name, zh=said) for name, said in zh.items()}
