"""Equations that a caller adds to a model, or puts in place of the file's."""

from __future__ import annotations

from dataclasses import replace

from nqpf.engine import ir
from nqpf.engine.names import NOISE_SEED, canonical
from nqpf.engine.reader import syntax, vensim
from nqpf.engine.reader.assemble import Said, assemble
from nqpf.engine.reader.runs import Runs
from nqpf.engine.reader.sheets import Files
from nqpf.engine.reader.translate import Known
from nqpf.errors import InputError

ORIGINAL = "as in the file"  # behind a name: the variable as the file defines it


def amend(source: ir.SourceModel, text: str, files: Files) -> ir.SourceModel:
    """Return ``source`` with the equations in ``text``, which are written as in a ``.mdl`` file.

    What the file defines, too, is replaced; ``name as in the file`` is then what it was.

    Raises
    ------
    InputError
        ``text`` cannot be read, or uses what is not supported.
    """
    problems: list[str] = []
    main, *macros = vensim.sections(text, problems)
    if macros:
        raise InputError("changes: a macro cannot be defined here; write out what it does")
    tables = {e.name for e in source.elements if any(d.is_table for d in e.definitions)}
    known = Known(frozenset(map(canonical, tables)), len(source.elements))
    own = {canonical(each.name) for each in main.ranges}
    main.ranges[:0] = [
        syntax.Range(name, elements)
        for name, elements in source.ranges.items()
        if canonical(name) not in own
    ]
    try:
        more = assemble(
            syntax.Source(main), "vensim", Said("euler", None, problems), files, Runs(()), known
        )
    except InputError as error:
        raise InputError(f"changes: {error}") from None
    return replace(
        source,
        elements=_merged(source.elements, more.elements),
        ranges=source.ranges | more.ranges,
        files=source.files | files.digests,
    )


def _merged(file: tuple[ir.Element, ...], given: tuple[ir.Element, ...]) -> tuple[ir.Element, ...]:
    new = {canonical(each.name): each for each in given}
    read = {
        canonical(node.name)
        for each in given
        for definition in each.definitions
        if isinstance(definition.body, ir.Expr)
        for node in ir.walk(definition.body)
        if isinstance(node, ir.Name)
    }
    kept: list[ir.Element] = []
    for each in file:
        change = new.get(canonical(each.name))
        original = f"{each.name} {ORIGINAL}"
        if change is None:
            kept.append(each)
        elif canonical(each.name) == canonical(NOISE_SEED):
            kept.append(new.pop(canonical(NOISE_SEED)))
        elif canonical(original) in read:
            kept.append(replace(each, name=original, py_name=f"{each.py_name}_as_in_the_file"))
    return (*kept, *(_described(each, file) for each in new.values()))


def _described(new: ir.Element, file: tuple[ir.Element, ...]) -> ir.Element:
    """Return ``new`` with what it leaves open taken from the variable that it replaces."""
    for old in file:
        if canonical(old.name) == canonical(new.name):
            return replace(
                new,
                name=old.name,
                py_name=old.py_name,
                unit=new.unit or old.unit,
                doc=new.doc or old.doc,
                limits=old.limits if new.limits == (None, None) else new.limits,
                dims=old.dims,
            )
    return new
