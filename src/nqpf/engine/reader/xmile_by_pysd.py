"""Reads an XMILE file with PySD's translator into a ``SourceModel``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nqpf.engine import ir
from nqpf.engine.names import NOISE_SEED, canonical
from nqpf.engine.reader import settings, xmile_parts
from nqpf.engine.reader.data import DataTables, equation
from nqpf.engine.reader.macros import Macro, expand
from nqpf.engine.reader.modules import Part, flatten
from nqpf.engine.reader.outside import Outside, range_elements
from nqpf.engine.reader.points import mode_named
from nqpf.engine.reader.runs import Run, Runs
from nqpf.engine.reader.sheets import Files
from nqpf.engine.show import show
from nqpf.errors import InputError

if TYPE_CHECKING:
    from nqpf.engine.reader.convert import Converter


def read_xmile(path: Path, text: str, runs: tuple[Run, ...]) -> ir.SourceModel:
    """Read an XMILE file."""
    method, saveper = settings.xmile_settings(text, path)
    return _convert(_translate(path), method, saveper, path, runs)


def _translate(path: Path) -> list[xmile_parts.XmilePart]:
    """Return the file's models and macros, the outermost model first."""
    # The translators take seconds to import and are not needed when a model is cached.
    from parsimonious.exceptions import ParseError, VisitationError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pysd.translators.xmile.xmile_file import XmileFile

            found = xmile_parts.parts(XmileFile(path))
            if not found or found[0].macro:
                raise InputError(f"{path}: not a model that can be read (it has no <model>)")
            return found
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
    parts: list[xmile_parts.XmilePart],
    method: str,
    saveper: float | None,
    path: Path,
    runs: tuple[Run, ...],
) -> ir.SourceModel:
    from pysd.builders.python.namespace import NamespaceManager

    from nqpf.engine.reader.convert import Converter

    main, *others = parts
    files = Files(path.parent)
    ranges, mappings = _ranges(main.section, path, files)
    tables = DataTables()
    outside = Outside(files, Runs(runs), tables, ranges)
    sizes = {canonical(name): len(elements) for name, elements in ranges.items()}
    names = [canonical(part.name) for part in others if part.macro]
    converter = Converter("xmile", frozenset(), sizes, {name: name for name in names})
    whole = Part(
        tuple(_elements(main.section, converter, NamespaceManager(), outside)), main.modules
    )
    macros: dict[str, Macro] = {}
    models: dict[str, Part] = {}
    for part in others:
        converter.parameters = frozenset(map(canonical, part.parameters))
        own = _elements(part.section, converter, NamespaceManager(), outside)
        if part.macro:
            macros[canonical(part.name)] = _macro(part, own)
        else:
            models[part.name] = Part(tuple(own), part.modules)
    if outside.problems:
        raise InputError(f"{path}: {'; '.join(dict.fromkeys(outside.problems))}")
    if converter.unsupported:
        listed = "; ".join(
            f'"{name}" uses {what}' for name, what in dict.fromkeys(converter.unsupported)
        )
        raise InputError(f"{path}: not supported: {listed}")
    try:
        expanded = tables.resolved(expand(flatten(whole, models), macros, ranges, {}))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    inline = tuple(
        ir.Element(name, name, "", "", (None, None), (ir.Definition((), (), points),))
        for name, points in converter.inline_tables.items()
    )
    elements = (*_with_noise_seed(expanded), *inline)
    return ir.SourceModel(elements, ranges, mappings, method, saveper, files.digests)


def _macro(part: xmile_parts.XmilePart, elements: list[ir.Element]) -> Macro:
    """Return a macro: its result and defaults stand among its equations."""
    defaults = []
    for k in range(part.defaults):
        (own,) = (e for e in elements if e.name == f"{xmile_parts.DEFAULT} {k}")
        elements.remove(own)
        body = own.definitions[0].body
        assert not isinstance(body, tuple | ir.Table)
        defaults.append(body)
    result = ir.Name(xmile_parts.RESULT)
    return Macro(part.name, part.parameters, (), result, tuple(elements), tuple(defaults))


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
