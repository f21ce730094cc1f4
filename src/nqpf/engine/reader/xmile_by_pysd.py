"""Reads a ``.mdl``, ``.xmile`` or ``.stmx`` file with PySD's translators into a ``SourceModel``."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nqpf.engine import ir
from nqpf.engine.names import NOISE_SEED, canonical
from nqpf.engine.reader import settings
from nqpf.engine.reader.data import DataTables, equation
from nqpf.engine.reader.macros import Macro, Spelling, expand
from nqpf.engine.reader.outside import Outside, range_elements
from nqpf.engine.reader.points import mode_named
from nqpf.engine.reader.runs import Run, Runs
from nqpf.engine.reader.sheets import Files
from nqpf.engine.show import show
from nqpf.errors import InputError

if TYPE_CHECKING:
    from nqpf.engine.reader.convert import Converter


@dataclass(frozen=True)
class MdlText:
    text: str
    macros: dict = field(default_factory=dict)
    spelled: dict = field(default_factory=dict)


VENSIM = (".mdl",)
XMILE = (".xmile", ".xml", ".stmx")


def read_xmile(path: Path, text: str, runs: tuple[Run, ...]) -> ir.SourceModel:
    """Read an XMILE file."""
    method, saveper = settings.xmile_settings(text, path)
    sections, prepared = _translate(path, path.suffix.lower())
    return _convert(sections, prepared, "xmile", method, saveper, path, runs)


def _translate(path: Path, suffix: str):
    """Return the file's sections, the main one first, and what its macros are called."""
    # The translators take seconds to import and are not needed when a model is cached.
    from parsimonious.exceptions import ParseError, VisitationError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if suffix in VENSIM:
                raise NotImplementedError
            else:
                from pysd.translators.xmile.xmile_file import XmileFile

                translated = XmileFile(path)
                prepared = MdlText("")
            translated.parse()
            return translated.get_abstract_model().sections, prepared
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


def _convert(
    sections,
    prepared: MdlText,
    dialect: str,
    method: str,
    saveper: float | None,
    path: Path,
    runs: tuple[Run, ...],
) -> ir.SourceModel:
    from pysd.builders.python.namespace import NamespaceManager

    from nqpf.engine.reader.convert import Converter

    main, *others = sections
    files = Files(path.parent)
    ranges, mappings = _ranges(main, path, files)
    tables = DataTables()
    outside = Outside(files, Runs(runs), tables, ranges)
    sizes = {canonical(name): len(elements) for name, elements in ranges.items()}
    converter = Converter(dialect, frozenset(), sizes, prepared.macros)
    namespace = NamespaceManager()
    elements = _elements(main, converter, namespace, outside)
    spelled: dict[str, Spelling] = {}
    for key, name in prepared.spelled.items():
        spelled[key] = Spelling(name, namespace.make_python_identifier(name))
    macros: dict[str, Macro] = {}
    for section in others:
        converter.parameters = frozenset(map(canonical, section.params))
        key = canonical(section.name)
        macros[key] = Macro(
            prepared.spelled[key],
            tuple(section.params),
            tuple(section.returns),
            ir.Name(section.name),
            tuple(_elements(section, converter, NamespaceManager(), outside)),
        )
    if outside.problems:
        raise InputError(f"{path}: {'; '.join(dict.fromkeys(outside.problems))}")
    if converter.unsupported:
        listed = "; ".join(
            f'"{name}" uses {what}' for name, what in dict.fromkeys(converter.unsupported)
        )
        raise InputError(f"{path}: not supported: {listed}")
    try:
        expanded = tables.resolved(expand(elements, macros, ranges, spelled))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    inline = tuple(
        ir.Element(name, name, "", "", (None, None), (ir.Definition((), (), points),))
        for name, points in converter.inline_tables.items()
    )
    elements = (*_with_noise_seed(expanded), *inline)
    return ir.SourceModel(elements, ranges, mappings, method, saveper, files.digests)


def _with_noise_seed(elements: tuple[ir.Element, ...]) -> tuple[ir.Element, ...]:
    """Add the constant NOISE SEED, which all random functions read, if the file has none."""
    if any(canonical(element.name) == canonical(NOISE_SEED) for element in elements):
        return elements
    draws = (
        isinstance(node, ir.Draw)
        for element in elements
        for definition in element.definitions
        if isinstance(definition.body, ir.Expr)
        for node in ir.walk(definition.body)
    )
    if not any(draws):
        return elements
    doc = "Seed of all random functions; runs with equal seeds see equal numbers."
    zero = ir.Definition((), (), ir.Number(0.0), f"{NOISE_SEED} = 0")
    return (*elements, ir.Element(NOISE_SEED, "noise_seed", "", doc, (None, None), (zero,)))


def _elements(section, converter: Converter, namespace, outside: Outside) -> list[ir.Element]:
    """Convert the equations of one section: the model itself, or a macro."""
    from pysd.translators.structures import abstract_expressions as ae
    from pysd.translators.structures import abstract_model as am

    from nqpf.engine.reader.convert import table

    converter.tables = converter.parameters | frozenset(
        canonical(element.name)
        for element in section.elements
        if any(
            isinstance(part, am.AbstractLookup) or isinstance(part.ast, ae.GetLookupsStructure)
            for part in element.components
        )
    )
    elements: list[ir.Element] = []
    for element in section.elements:
        namespace.add_to_namespace(element.name)
        converter.variable = element.name
        definitions = []
        for component in element.components:
            node = component.ast
            subscripts, excepted = (
                tuple(component.subscripts[0]),
                tuple(map(tuple, component.subscripts[1])),
            )
            mode = mode_named(getattr(component, "keyword", None))
            getter = {
                ae.GetConstantsStructure: "get direct constants",
                ae.GetDataStructure: "get direct data",
                ae.GetLookupsStructure: "get direct lookups",
            }.get(type(node))
            if getter is not None:
                definitions.extend(
                    outside.read(
                        element.name, subscripts, excepted, getter, list(vars(node).values()), mode
                    )
                )
                continue
            if isinstance(node, ae.DataStructure):
                definitions.extend(outside.run_data(element.name, subscripts, excepted, mode))
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
                if isinstance(component, am.AbstractData):
                    body = equation(body, mode)
            definitions.append(ir.Definition(subscripts, excepted, body, text))
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
    return elements


def _limits(limits: tuple) -> tuple[float | None, float | None]:
    # Vensim may give a third number, the slider's step.
    low, high = (None if value is None else float(value) for value in limits[:2])
    return (
        None if low is None or not np.isfinite(low) else low,
        None if high is None or not np.isfinite(high) else high,
    )


def _ranges(section, path: Path, files: Files):
    """Return (range -> elements, mappings), copies and nested ranges resolved to elements."""
    written = {subscript.name: subscript for subscript in section.subscripts}
    spelled = {canonical(name): name for name in written}

    def elements(name: str, seen: tuple[str, ...]) -> tuple[str, ...]:
        if name in seen:
            raise InputError(f"{path}: subscript range {' -> '.join((*seen, name))} is circular")
        content = written[name].subscripts
        if isinstance(content, dict):
            try:
                return range_elements(files, "get direct subscript", list(content.values()))
            except InputError as error:
                raise InputError(f'{path}: "{name}" reads {error}') from None
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
