"""Parsed definitions -> the model as written: definitions of a variable gathered under its name."""

from __future__ import annotations

from dataclasses import dataclass

from nqpf.engine import ir
from nqpf.engine.limits import require_elements, require_small
from nqpf.engine.names import NOISE_SEED, canonical
from nqpf.engine.reader import ranges as subscript_ranges
from nqpf.engine.reader import syntax
from nqpf.engine.reader.data import DataTables
from nqpf.engine.reader.data import equation as in_mode
from nqpf.engine.reader.identifiers import Identifiers
from nqpf.engine.reader.lexer import Dialect
from nqpf.engine.reader.macros import Macro, Spelling, expand
from nqpf.engine.reader.modules import Part, flatten
from nqpf.engine.reader.outside import GETTERS, Outside
from nqpf.engine.reader.parser import spelled
from nqpf.engine.reader.points import mode_named
from nqpf.engine.reader.runs import Runs
from nqpf.engine.reader.sheets import Files
from nqpf.engine.reader.standard import MACROS
from nqpf.engine.reader.times import Calendar
from nqpf.engine.reader.translate import Known, Translator, table
from nqpf.engine.show import show
from nqpf.errors import InputError, listed


@dataclass(frozen=True)
class Said:
    """What a file says beside its equations. ``problems``: what in it could not be read."""

    method: str
    saveper: float | None
    problems: list[str]
    units: tuple[ir.UnitNames, ...] = ()
    calendar: Calendar | None = None


def assemble(
    source: syntax.Source,
    dialect: Dialect,
    said: Said,
    files: Files,
    runs: Runs,
    known: Known | None = None,
) -> ir.SourceModel:
    """Return the model that a file defines.

    Parameters
    ----------
    files, runs
        Where the numbers are from that the model does not hold.
    known
        What is defined elsewhere, if the equations belong to another file's.

    Raises
    ------
    InputError
        Something could not be read or is not supported; all of it is listed.
    """
    problems = list(said.problems)
    ranges, mappings = subscript_ranges.resolve(source.main.ranges, files, problems)
    sizes = {canonical(name): len(elements) for name, elements in ranges.items()}
    standard = MACROS if dialect == "vensim" else {}
    names = {canonical(section.name) for section in source.macros}
    tables = DataTables()
    outside = Outside(files, runs, tables, ranges)
    macro_names = frozenset(names | set(standard))
    translator = Translator(dialect, known or Known(), sizes, macro_names, calendar=said.calendar)

    def elements(section: syntax.Section, namespace: Identifiers) -> tuple[ir.Element, ...]:
        return tuple(_elements(section, translator, outside, namespace))

    namespace = Identifiers()
    main = Part(elements(source.main, namespace), tuple(source.main.modules))
    models = {
        section.name: Part(elements(section, Identifiers()), tuple(section.modules))
        for section in source.models
    }
    macros = {
        canonical(section.name): _macro(section, elements(section, Identifiers()), translator)
        for section in source.macros
    }
    problems.extend(outside.problems)
    if problems:
        raise InputError(listed(problems))
    if translator.unsupported:
        uses = (f'"{name}" uses {what}' for name, what in translator.unsupported)
        raise InputError(f"not supported: {listed(uses)}")
    shared = (*ranges, *(element for own in ranges.values() for element in own))
    whole = flatten(main, models, shared)
    whole = expand(whole, standard | macros, ranges, _outputs(source, namespace))
    for element in whole:
        for definition in element.definitions:
            if isinstance(definition.body, ir.Expr):
                require_small(element.name, definition.body)
    whole = (*_with_noise_seed(tables.resolved(whole)), *translator.inline_tables.values())
    return ir.SourceModel(
        whole,
        ranges | tables.ranges(),
        mappings,
        said.method,
        said.saveper,
        files.digests,
        whole_arrays=dialect == "xmile",
        checks=tuple(source.main.checks),
        units=said.units,
    )


def _macro(
    section: syntax.Section, elements: tuple[ir.Element, ...], translator: Translator
) -> Macro:
    translator.parameters = frozenset(map(canonical, section.parameters))
    result: ir.Expr = ir.Name(section.name)
    if section.result is not None:
        result = translator.body(section.result)
    return Macro(
        section.name,
        section.parameters,
        section.outputs,
        result,
        elements,
        tuple(map(translator.body, section.defaults)),
    )


def _outputs(source: syntax.Source, namespace: Identifiers) -> dict[str, Spelling]:
    """Return how the variables are spelled that only calls of macros define."""
    written = (
        output.name
        for section in (source.main, *source.macros)
        for equation in section.equations
        if equation.body is not None
        for node in syntax.walk(equation.body)
        if isinstance(node, syntax.Call)
        for output in node.outputs
        if isinstance(output, syntax.Name)
    )
    return {canonical(name): Spelling(name, namespace.new(name)) for name in dict.fromkeys(written)}


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
    section: syntax.Section, translator: Translator, outside: Outside, namespace: Identifiers
) -> list[ir.Element]:
    """Translate the equations of one section, a variable's definitions under its name."""
    translator.parameters = frozenset(map(canonical, section.parameters))
    translator.tables = translator.known.tables | {
        canonical(equation.name) for equation in section.equations if _is_table(equation)
    }
    gathered: dict[str, list[syntax.Equation]] = {}
    for equation in section.equations:
        gathered.setdefault(canonical(equation.name), []).append(equation)
    translator.names = frozenset(gathered)
    translator.graphs = {}
    for key, found in gathered.items():
        translator.variable = found[0].name
        graph = translator.graph(found)
        if graph is not None:
            translator.graphs[key] = graph
    elements: list[ir.Element] = []
    for found in gathered.values():
        elements.append(_element(found, namespace.new(found[0].name), translator, outside))
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
        dims=equations[0].dims,
        group=equations[0].group,
    )


def _definitions(
    equation: syntax.Equation, translator: Translator, outside: Outside
) -> list[ir.Definition]:
    name, subscripts, excepted = equation.name, equation.subscripts, equation.excepted
    require_elements(name, (translator.sizes.get(canonical(each), 1) for each in subscripts))
    mode = mode_named(equation.mode)
    match equation.body:
        case None if equation.kind == "missing":
            return []
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
        case syntax.Stock(flow, initial, limited):
            body = ir.Integ(translator.body(flow), translator.body(initial), limited)
            text = f"{name} = {show(body)}"
        case _:
            body = _value(equation, translator.body(equation.body), translator)
            text = f"{name} = {show(body)}"
            if equation.kind == "data":
                body = in_mode(body, mode)
    return [ir.Definition(subscripts, excepted, body, text)]


def _value(equation: syntax.Equation, body: ir.Expr, translator: Translator) -> ir.Expr:
    """Return what a variable of XMILE makes of its equation: looked up, limited, at the start."""
    if equation.graph is not None:
        table_name = translator.graphs[canonical(equation.name)]
        body = ir.Lookup(ir.Name(table_name, equation.subscripts), body)
    if equation.most is not None:
        body = ir.Call("min", (body, translator.body(equation.most)))
    if equation.non_negative:
        body = ir.Call("max", (body, ir.Number(0.0)))
    if equation.at_start is not None:
        body = ir.ActiveInitial(body, translator.body(equation.at_start))
    return body
