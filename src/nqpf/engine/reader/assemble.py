"""Parsed definitions -> the model as written: definitions of a variable gathered under its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nqpf.engine import ir
from nqpf.engine.names import NOISE_SEED, canonical
from nqpf.engine.reader import ranges as subscript_ranges
from nqpf.engine.reader import syntax
from nqpf.engine.reader.data import DataTables
from nqpf.engine.reader.data import equation as in_mode
from nqpf.engine.reader.lexer import Dialect
from nqpf.engine.reader.macros import Macro, Spelling, expand
from nqpf.engine.reader.outside import GETTERS, Outside
from nqpf.engine.reader.parser import spelled
from nqpf.engine.reader.points import mode_named
from nqpf.engine.reader.runs import Runs
from nqpf.engine.reader.sheets import Files
from nqpf.engine.reader.standard import MACROS
from nqpf.engine.reader.translate import Translator, table
from nqpf.engine.show import show
from nqpf.errors import InputError


@dataclass(frozen=True)
class Said:
    """What a file says beside its equations. ``problems``: what in it could not be read."""

    method: str
    saveper: float | None
    problems: list[str]


def assemble(
    sections: Sequence[syntax.Section], dialect: Dialect, said: Said, files: Files, runs: Runs
) -> ir.SourceModel:
    """Return the model of the first section; the others are its macros.

    Parameters
    ----------
    files, runs
        Where the numbers are from that the model does not hold.

    Raises
    ------
    InputError
        Something could not be read or is not supported; all of it is listed.
    """
    from pysd.builders.python.namespace import NamespaceManager

    main, *others = sections
    problems = list(said.problems)
    ranges, mappings = subscript_ranges.resolve(main.ranges, files, problems)
    sizes = {canonical(name): len(elements) for name, elements in ranges.items()}
    names = frozenset(canonical(section.name) for section in others)
    standard = MACROS if dialect == "vensim" else {}
    tables = DataTables()
    outside = Outside(files, runs, tables, ranges)
    translator = Translator(dialect, frozenset(), sizes, names | frozenset(standard))
    namespace = NamespaceManager()
    elements = _elements(main, translator, outside, namespace)
    macros = {
        canonical(section.name): Macro(
            section.name,
            section.parameters,
            section.outputs,
            ir.Name(section.name),
            tuple(_elements(section, translator, outside, NamespaceManager())),
        )
        for section in others
    }
    problems.extend(outside.problems)
    if problems:
        raise InputError("; ".join(dict.fromkeys(problems)))
    if translator.unsupported:
        listed = "; ".join(
            f'"{name}" uses {what}' for name, what in dict.fromkeys(translator.unsupported)
        )
        raise InputError(f"not supported: {listed}")
    expanded = expand(elements, standard | macros, ranges, _outputs(sections, namespace))
    inline = tuple(
        ir.Element(name, name, "", "", (None, None), (ir.Definition((), (), points),))
        for name, points in translator.inline_tables.items()
    )
    whole = (*_with_noise_seed(tables.resolved(expanded)), *inline)
    return ir.SourceModel(whole, ranges, mappings, said.method, said.saveper, files.digests)


def _outputs(sections: Iterable[syntax.Section], namespace: Any) -> dict[str, Spelling]:
    """Return how the variables are spelled that only calls of macros define."""
    written = (
        output.name
        for section in sections
        for equation in section.equations
        if equation.body is not None
        for node in syntax.walk(equation.body)
        if isinstance(node, syntax.Call)
        for output in node.outputs
        if isinstance(output, syntax.Name)
    )
    return {
        canonical(name): Spelling(name, namespace.make_python_identifier(name))
        for name in dict.fromkeys(written)
    }


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


def _elements(
    section: syntax.Section, translator: Translator, outside: Outside, namespace: Any
) -> list[ir.Element]:
    """Translate the equations of one section, a variable's definitions under its name."""
    translator.parameters = frozenset(map(canonical, section.parameters))
    translator.tables = frozenset(
        canonical(equation.name) for equation in section.equations if _is_table(equation)
    )
    gathered: dict[str, list[syntax.Equation]] = {}
    for equation in section.equations:
        gathered.setdefault(canonical(equation.name), []).append(equation)
    elements: list[ir.Element] = []
    for found in gathered.values():
        namespace.add_to_namespace(found[0].name)
        elements.append(_element(found, namespace.namespace[found[0].name], translator, outside))
    return elements


def _is_table(equation: syntax.Equation) -> bool:
    return isinstance(equation.body, syntax.Points) or _getter(equation).endswith("lookups")


def _getter(equation: syntax.Equation) -> str:
    """Return the GET function that an equation is, "" if it is none."""
    body = equation.body
    function = spelled(body.function.name) if isinstance(body, syntax.Call) else ""
    return function if function in GETTERS else ""


def _element(
    equations: list[syntax.Equation], py_name: str, translator: Translator, outside: Outside
) -> ir.Element:
    name = equations[0].name
    translator.variable = name
    return ir.Element(
        name=name,
        py_name=py_name,
        unit=next((each.unit for each in equations if each.unit), ""),
        doc=next((each.doc for each in equations if each.doc), ""),
        limits=next((e.limits for e in equations if e.limits != (None, None)), (None, None)),
        definitions=tuple(
            definition
            for equation in equations
            for definition in _definitions(equation, translator, outside)
        ),
    )


def _definitions(
    equation: syntax.Equation, translator: Translator, outside: Outside
) -> list[ir.Definition]:
    name, subscripts, excepted = equation.name, equation.subscripts, equation.excepted
    mode = mode_named(equation.mode)
    match equation.body:
        case None:
            return outside.run_data(name, subscripts, excepted, mode)
        case syntax.Call() as call if getter := _getter(equation):
            given = subscript_ranges.texts(call)
            return outside.read(name, subscripts, excepted, getter, given, mode)
        case syntax.Points():
            body = table(equation.body)
            text = f"{name} = table of {len(body.x)} points"
        case syntax.Array():
            body = translator.array(equation.body)
            text = f"{name} = {len(body)} numbers"
        case _:
            body = translator.expression(equation.body)
            text = f"{name} = {show(body)}"
            if equation.kind == "data":
                body = in_mode(body, mode)
    return [ir.Definition(subscripts, excepted, body, text)]
