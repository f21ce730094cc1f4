"""Reads a model file (Vensim, or XMILE as Stella and iThink write it) into a ``SourceModel``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.reader import settings, syntax, vensim, xmile, xml_tree
from nqpf.engine.reader.assemble import Said, assemble
from nqpf.engine.reader.changes import amend
from nqpf.engine.reader.runs import Run, Runs
from nqpf.engine.reader.sheets import Files
from nqpf.engine.reader.text import read_text
from nqpf.engine.reader.times import vensim_calendar
from nqpf.engine.suffixes import VENSIM, XMILE
from nqpf.errors import InputError


def read(path: Path, runs: tuple[Run, ...] = (), changes: str = "") -> ir.SourceModel:
    """Read a model file and the data files that it names.

    Parameters
    ----------
    runs
        Where the values of data variables without equation are from.
    changes
        Equations beside those of the file, or in their place.

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
    try:
        text = read_text(path)
        files = Files(path.parent)
        reader = _vensim if suffix in VENSIM else _xmile
        source = reader(text, files, Runs(runs))
        return amend(source, changes, files) if changes else source
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _vensim(text: str, files: Files, runs: Runs) -> ir.SourceModel:
    problems: list[str] = []
    main, *macros = vensim.sections(text, problems)
    said = Said(
        settings.vensim_method(text),
        None,
        problems,
        settings.vensim_units(text),
        vensim_calendar(text),
    )
    return assemble(syntax.Source(main, macros), "vensim", said, files, runs)


def _xmile(text: str, files: Files, runs: Runs) -> ir.SourceModel:
    root = xml_tree.parse(text)
    problems: list[str] = []
    source = xmile.read(root, problems)
    specs = settings.sim_specs(root)
    _set_control(source.main, specs.control)
    said = Said(specs.method, specs.saveper, problems, settings.xmile_units(root))
    return assemble(source, "xmile", said, files, runs)


def _set_control(section: syntax.Section, control: Sequence[syntax.Equation]) -> None:
    """Put the control variables of ``<sim_specs>`` before, or in place of, those of the model."""
    own = {canonical(equation.name): equation for equation in section.equations}
    made = [
        replace(each, unit=known.unit, doc=known.doc)
        if (known := own.get(canonical(each.name))) is not None and known.unit
        else each
        for each in control
    ]
    names = {canonical(each.name) for each in control}
    kept = [each for each in section.equations if canonical(each.name) not in names]
    section.equations[:] = [*kept, *made]
