"""Reads a ``.mdl``, ``.xmile`` or ``.stmx`` file into a ``SourceModel``."""

from __future__ import annotations

from pathlib import Path

from nqpf.engine import ir
from nqpf.engine.reader import settings, vensim
from nqpf.engine.reader.assemble import Said, assemble
from nqpf.engine.reader.runs import Run, Runs
from nqpf.engine.reader.sheets import Files
from nqpf.engine.reader.text import read_text
from nqpf.errors import InputError

VENSIM = (".mdl",)
XMILE = (".xmile", ".xml", ".stmx")


def read(path: Path, runs: tuple[Run, ...] = ()) -> ir.SourceModel:
    """Read a model file and the data files that it names.

    Parameters
    ----------
    runs
        Where the values of data variables without equation are from.

    Raises
    ------
    InputError
        The file is missing, is not a model, or uses constructs that the engine does not know
        (all of them are listed, with their variables), or the data it names is not there.
    """
    suffix = path.suffix.lower()
    if suffix not in VENSIM + XMILE:
        raise InputError(
            f'{path}: a model file ends in {", ".join(VENSIM + XMILE)}, not "{path.suffix}"'
        )
    text = read_text(path)
    if suffix in XMILE:
        from nqpf.engine.reader.xmile_by_pysd import read_xmile

        return read_xmile(path, text, runs)
    problems: list[str] = []
    sections = vensim.sections(text, problems)
    said = Said(settings.vensim_method(text), None, problems)
    try:
        return assemble(sections, "vensim", said, Files(path.parent), Runs(runs))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
