"""Reads a ``.mdl``, ``.xmile`` or ``.stmx`` file with PySD's translators into a ``SourceModel``."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.reader import settings
from nqpf.engine.show import show
from nqpf.errors import InputError

VENSIM = (".mdl",)
XMILE = (".xmile", ".xml", ".stmx")


def read(path: Path) -> ir.SourceModel:
    """Read a model file.

    Raises
    ------
    InputError
        The file is missing, is not a model, or uses constructs that the engine does not know
        (all of them are listed, with their variables).
    """
    suffix = path.suffix.lower()
    if suffix not in VENSIM + XMILE:
        raise InputError(
            f'{path}: a model file ends in {", ".join(VENSIM + XMILE)}, not "{path.suffix}"'
        )
    try:
        text = path.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    section = _translate(path, suffix)
    if suffix in VENSIM:
        dialect, method, saveper = "vensim", settings.vensim_method(text), None
    else:
        dialect = "xmile"
        method, saveper = settings.xmile_settings(text, path)
    return _convert(section, dialect, method, saveper, path)


def _translate(path: Path, suffix: str):
    # The translators take seconds to import and are not needed when a model is cached.
    from parsimonious.exceptions import ParseError, VisitationError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if suffix in VENSIM:
                from pysd.translators.vensim.vensim_file import VensimFile as TranslatedFile
            else:
                from pysd.translators.xmile.xmile_file import XmileFile as TranslatedFile
            translated = TranslatedFile(path)
            translated.parse()
            model = translated.get_abstract_model()
    except (ParseError, VisitationError) as error:
        reason = str(error).split("\n")[0][:200]
        raise InputError(f"{path}: not a model that can be read ({reason})") from None
    except (
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
        RecursionError,
        NotImplementedError,
        SyntaxError,
    ) as error:
        # The translators meet a damaged file with whatever their code trips over first.
        reason = str(error).split("\n")[0][:200] or type(error).__name__
        raise InputError(f"{path}: not a model that can be read ({reason})") from None
    main, *others = model.sections
    if others:
        names = ", ".join(f'"{section.name}"' for section in others)
        raise InputError(f"{path}: macros and modules are not supported yet: {names}")
    return main


def _convert(section, dialect: str, method: str, saveper, path: Path) -> ir.SourceModel:
    from pysd.builders.python.namespace import NamespaceManager
    from pysd.translators.structures import abstract_expressions as ae
    from pysd.translators.structures import abstract_model as am

    from nqpf.engine.reader.convert import Converter, table

    ranges, mappings = _ranges(section, path)
    tables = frozenset(
        canonical(element.name)
        for element in section.elements
        if any(isinstance(part, am.AbstractLookup) for part in element.components)
    )
    sizes = {canonical(name): len(elements) for name, elements in ranges.items()}
    converter = Converter(dialect, tables, sizes)
    namespace = NamespaceManager()
    elements: list[ir.Element] = []
    for element in section.elements:
        namespace.add_to_namespace(element.name)
        converter.variable = element.name
        definitions = []
        for component in element.components:
            node = component.ast
            if isinstance(component, am.AbstractData):
                converter.unsupported.append((element.name, "external or empty data"))
                continue
            if isinstance(node, ae.LookupsStructure):
                body = table(node)
                text = f"{element.name} = table of {len(body.x)} points"
            elif isinstance(node, np.ndarray):
                body = tuple(float(value) for value in node.ravel())
                text = f"{element.name} = {len(body)} numbers"
            else:
                body = converter.expression(node)
                text = f"{element.name} = {show(body)}"
            subscripts, excepted = component.subscripts
            definitions.append(
                ir.Definition(tuple(subscripts), tuple(map(tuple, excepted)), body, text)
            )
        elements.append(
            ir.Element(
                name=element.name,
                py_name=namespace.namespace[element.name],
                unit=(element.units or "").strip(),
                doc=" ".join((element.documentation or "").split()),
                limits=_limits(element.limits),
                definitions=tuple(definitions),
            )
        )
    if converter.unsupported:
        listed = "; ".join(
            f'"{name}" uses {what}' for name, what in dict.fromkeys(converter.unsupported)
        )
        raise InputError(f"{path}: not supported: {listed}")
    for name, points in converter.inline_tables.items():
        definition = ir.Definition((), (), points)
        elements.append(ir.Element(name, name, "", "", (None, None), (definition,)))
    return ir.SourceModel(tuple(elements), ranges, mappings, method, saveper)


def _limits(limits: tuple) -> tuple[float | None, float | None]:
    # Vensim may give a third number, the slider's step.
    low, high = (None if value is None else float(value) for value in limits[:2])
    return (
        None if low is None or not np.isfinite(low) else low,
        None if high is None or not np.isfinite(high) else high,
    )


def _ranges(section, path: Path):
    """Return (range -> elements, mappings), copies and nested ranges resolved to elements."""
    written = {subscript.name: subscript for subscript in section.subscripts}
    spelled = {canonical(name): name for name in written}

    def elements(name: str, seen: tuple[str, ...]) -> tuple[str, ...]:
        if name in seen:
            raise InputError(f"{path}: subscript range {' -> '.join((*seen, name))} is circular")
        content = written[name].subscripts
        if isinstance(content, dict):
            raise InputError(f'{path}: not supported: subscript range "{name}" from a file')
        parts = [content] if isinstance(content, str) else list(content)
        listed: list[str] = []
        for part in parts:
            inner = spelled.get(canonical(part))
            if inner is not None and inner != name:
                listed.extend(elements(inner, (*seen, name)))
            else:
                listed.append(part)
        return tuple(dict.fromkeys(listed))

    ranges = {name: elements(name, ()) for name in written}
    mappings: dict[tuple[str, str], tuple[str, ...]] = {}
    for subscript in section.subscripts:
        for target in subscript.mapping:
            target = spelled.get(canonical(target), target)
            if target in ranges and len(ranges[target]) == len(ranges[subscript.name]):
                mappings[subscript.name, target] = ranges[target]
                mappings[target, subscript.name] = ranges[subscript.name]
    return ranges, mappings
