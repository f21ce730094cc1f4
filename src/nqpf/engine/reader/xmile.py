"""A ``.xmile`` or ``.stmx`` file -> its sections: the model, its macros, the models of modules.

Section numbers are those of XMILE 1.0. Files of Stella 10.0, from before the standard, hold
variables in ``<model>`` itself.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nqpf.engine import ir
from nqpf.engine.limits import MAX_RANGE
from nqpf.engine.names import canonical, split_subscripts
from nqpf.engine.reader import syntax
from nqpf.engine.reader.conveyors import Conveyor, conveyor, put
from nqpf.engine.reader.graphs import graph
from nqpf.engine.reader.lexer import Malformed
from nqpf.engine.reader.modules import Module
from nqpf.engine.reader.non_negative import limit_outflows
from nqpf.engine.reader.parser import Parser, whole_expression
from nqpf.engine.reader.text import finite
from nqpf.engine.reader.xml_tree import Node

_VARIABLES = ("stock", "flow", "aux", "gf")
_KINDS_OF_STOCK = ("queue", "oven")
_UNKNOWN = frozenset("? \t\n")  # what Vensim's converter writes for what it cannot express


def read(root: Node, problems: list[str]) -> syntax.Source:
    """Read a file; what cannot be read is noted in ``problems`` and left out."""
    return _Reader(root, problems).source()


@dataclass(frozen=True)
class _Defaults:
    """Whether stocks and flows are non-negative unless they say otherwise (section 2.6)."""

    stock: bool = False
    flow: bool = False

    def changed(self, node: Node) -> _Defaults:
        behavior = node.first("behavior")
        if behavior is None:
            return self
        both = _non_negative(behavior, otherwise=False)
        stock, flow = behavior.first("stock"), behavior.first("flow")
        return _Defaults(
            self.stock or both or (stock is not None and _non_negative(stock, otherwise=False)),
            self.flow or both or (flow is not None and _non_negative(flow, otherwise=False)),
        )


def _non_negative(node: Node, *, otherwise: bool) -> bool:
    mark = node.first("non_negative")
    return otherwise if mark is None else mark.text.strip().lower() != "false"


class _Reader:
    def __init__(self, root: Node, problems: list[str]) -> None:
        self.root = root
        self.problems = problems
        self.ranges = {each.name: each for each in self._dimensions()}

    def source(self) -> syntax.Source:
        models = list(self.root.all("model"))
        named = [model for model in models if model.attributes.get("name")]
        main = next((model for model in models if not model.attributes.get("name")), None)
        if main is None and named:
            main = named.pop(0)
        if main is None:
            self.problems.append("there is no <model> in it")
            return syntax.Source(syntax.Section())
        found = syntax.Source(
            self._model(main),
            [self._macro(macro) for macro in self.root.all("macro")],
            [self._model(model) for model in named],
        )
        found.main.ranges.extend(self.ranges.values())
        return found

    def _problem(self, node: Node, text: str) -> None:
        name = node.attributes.get("name", "").replace("\\n", " ")
        shown = f'"{name}"' if name else f"a <{node.name}>"
        self.problems.append(f"{shown} (line {node.line}) {text}")

    # --- dimensions ---------------------------------------------------------------------------

    def _dimensions(self) -> Iterator[syntax.Range]:
        dimensions = self.root.first("dimensions")
        for dim in () if dimensions is None else dimensions.all("dim"):
            name = dim.attributes.get("name", "").strip()
            elements = tuple(e.attributes.get("name", "").strip() for e in dim.all("elem"))
            size = dim.attributes.get("size", "").strip()
            if not elements:
                elements = tuple(str(i + 1) for i in range(_size(size)))
            if name and elements and all(elements):
                yield syntax.Range(name, elements)
            else:
                self._problem(
                    dim,
                    f"is no dimension: it has neither elements nor a size of 1 to {MAX_RANGE:,} "
                    f'(it says "{size[:20]}")',
                )

    def _subscripts(self, dims: tuple[str, ...]) -> tuple[str, ...]:
        """Return subscripts that cover ``dims``; a second one over the same dimension is a copy."""
        seen: Counter[str] = Counter()
        found: list[str] = []
        for dim in dims:
            seen[dim] += 1
            if seen[dim] == 1:
                found.append(dim)
                continue
            copy = f"{ir.HIDDEN}{dim} {seen[dim]}"
            self.ranges[copy] = replace(self.ranges[dim], name=copy)
            found.append(copy)
        return tuple(found)

    def _dims(self, node: Node) -> tuple[str, ...]:
        dimensions = node.first("dimensions")
        if dimensions is None:
            return ()
        spelled = {canonical(name): name for name in self.ranges}
        found: list[str] = []
        for dim in dimensions.all("dim"):
            name = dim.attributes.get("name", "")
            own = spelled.get(canonical(name))
            if own is None:
                raise Malformed(f'has the dimension "{name}", which is not defined', 0)
            found.append(own)
        return tuple(found)

    # --- models -------------------------------------------------------------------------------

    def _model(self, model: Node) -> syntax.Section:
        section = syntax.Section(model.attributes.get("name", ""))
        if model.attributes.get("resource"):
            self._problem(model, "lies in another file, which is not supported")
        self._fill(section, model, _Defaults().changed(self.root).changed(model))
        return section

    def _fill(self, section: syntax.Section, node: Node, defaults: _Defaults) -> None:
        holder = node.first("variables") or node
        flows: dict[str, tuple[Node, list[str], list[str]]] = {}
        every_flow = {
            canonical(each.attributes.get("name", "")): each for each in holder.all("flow")
        }
        conveyors: list[Conveyor] = []
        for variable in holder.children:
            if variable.name == "module":
                section.modules.append(_module(variable))
            if variable.name not in _VARIABLES:
                continue
            try:
                section.equations.extend(self._variable(variable, defaults))
                belt = conveyor(variable, every_flow)
            except Malformed as error:
                self._problem(variable, str(error))
                continue
            if belt is not None:
                conveyors.append(belt)
            elif variable.name == "stock" and _non_negative(variable, otherwise=defaults.stock):
                name = variable.attributes.get("name", "")
                flows[canonical(name)] = variable, _flows(variable, "in"), _flows(variable, "out")
        limited = {key: (inflows, outflows) for key, (_, inflows, outflows) in flows.items()}
        outflows = [
            canonical(split_subscripts(name)[0])
            for stock in holder.all("stock")
            for name in _flows(stock, "out")
        ]
        section.equations[:] = put(section.equations, conveyors)
        section.equations[:] = limit_outflows(section.equations, limited, Counter(outflows))

    def _macro(self, macro: Node) -> syntax.Section:
        """Read a macro (sections 3.6.1, 4.8)."""
        parameters: list[str] = []
        defaults: list[syntax.Node] = []
        section = syntax.Section(macro.attributes.get("name", ""))
        try:
            for parameter in macro.all("parm"):
                parameters.append(parameter.text.strip())
                given = parameter.attributes.get("default")
                if given is not None:
                    defaults.append(whole_expression(given))
            section.result = _parsed(macro.said("eqn"))
        except Malformed as error:
            self._problem(macro, str(error))
        section.parameters, section.defaults = tuple(parameters), tuple(defaults)
        if macro.first("variables") is not None:
            self._fill(section, macro, _Defaults())
        return section

    # --- variables ----------------------------------------------------------------------------

    def _variable(self, node: Node, defaults: _Defaults) -> list[syntax.Equation]:
        name = " ".join(node.attributes.get("name", "").replace("\\n", " ").split())
        if not name:
            raise Malformed("has no name", 0)
        for kind in _KINDS_OF_STOCK:
            if node.first(kind) is not None:
                raise Malformed(f"is a stock of the kind {kind}, which is not supported", 0)
        dims = self._dims(node)
        whole = syntax.Equation(
            name=name,
            subscripts=self._subscripts(dims),
            excepted=(),
            kind="missing",
            body=None,
            unit=" ".join(node.said("units").split()),
            doc=" ".join(node.said("doc").replace("\\n", " ").split()),
            limits=_range(node.first("range")),
            line=node.line,
            dims=dims,
            non_negative=node.name == "flow" and _non_negative(node, otherwise=defaults.flow),
        )
        elements = list(node.all("element"))
        if not elements and len(list(node.all("eqn"))) > 1:
            elements = self._listed(node, dims)
        if not elements:
            return [self._filled(whole, node, node, defaults)]
        return [
            self._filled(self._part(whole, element), element, node, defaults)
            for element in elements
        ]

    def _listed(self, node: Node, dims: tuple[str, ...]) -> list[Node]:
        """Return the elements of a variable with one ``<eqn>`` for each, row-major."""
        places = list(itertools.product(*(self.ranges[dim].elements for dim in dims)))
        equations = list(node.all("eqn"))
        if len(equations) != len(places):
            raise Malformed(f"has {len(equations)} equations for {len(places)} elements", 0)
        return [
            Node("element", {"subscript": ",".join(place)}, equation.line, children=[equation])
            for place, equation in zip(places, equations, strict=True)
        ]

    def _part(self, whole: syntax.Equation, element: Node) -> syntax.Equation:
        written = element.attributes.get("subscript", "")
        subscripts = tuple(" ".join(part.split()) for part in written.split(","))
        if len(subscripts) != len(whole.dims):
            raise Malformed(
                f'has an element "{written}" of {len(subscripts)} subscripts for '
                f"{len(whole.dims)} dimensions",
                0,
            )
        return replace(whole, subscripts=subscripts)

    def _filled(
        self, equation: syntax.Equation, node: Node, variable: Node, defaults: _Defaults
    ) -> syntax.Equation:
        """Return an equation with its body; ``node`` is the variable or one element of it."""
        text = node.said("eqn") or variable.said("eqn")
        body = self._body(equation, text)
        if variable.name == "stock":
            if body is None:
                return equation
            limited = _non_negative(variable, otherwise=defaults.stock)
            return replace(
                equation, kind="equation", body=syntax.Stock(_net_flow(variable), body, limited)
            )
        curve = node if variable.name == "gf" else node.first("gf") or variable.first("gf")
        points = None if curve is None else graph(curve)
        if body is None:
            # A graphical function on its own is a table that others call.
            return equation if points is None else replace(equation, kind="lookup", body=points)
        begun = node.said("init_eqn") or variable.said("init_eqn")
        return replace(
            equation,
            kind="equation",
            body=body,
            graph=points,
            at_start=_parsed(begun),
        )

    def _body(self, equation: syntax.Equation, text: str) -> syntax.Node | None:
        body = _parsed(text)
        if isinstance(body, syntax.Array) and len(equation.dims) == 0:
            raise Malformed("has several values and no dimension", 0)
        return body


def _size(text: str) -> int:
    """Return how many elements a dimension has, 0 where that is no sound number."""
    size = int(text) if text.isdecimal() and len(text) < 10 else 0
    return size if size <= MAX_RANGE else 0


def _parsed(text: str) -> syntax.Node | None:
    """Read an equation, None if there is none: nothing, a comment, or question marks."""
    if _UNKNOWN.issuperset(text):
        return None
    parser = Parser(text, "xmile")
    return None if parser.next.kind == "end" else parser.array()


def _flows(stock: Node, direction: str) -> list[str]:
    return [each.text.strip() for each in stock.all(f"{direction}flow") if each.text.strip()]


def _net_flow(stock: Node) -> syntax.Node:
    total: syntax.Node | None = None
    for direction in ("in", "out"):
        for text in _flows(stock, direction):
            flow = syntax.Name(*split_subscripts(text))
            if total is None:
                total = flow if direction == "in" else syntax.Negative(flow)
            else:
                total = syntax.Binary("+" if direction == "in" else "-", total, flow)
    return syntax.Number(0.0) if total is None else total


def _module(node: Node) -> Module:
    connections = tuple(
        (each.attributes.get("to", ""), each.attributes.get("from", ""))
        for each in node.all("connect")
    )
    name = node.attributes.get("name", "").replace("\\n", " ")
    return Module(name, connections, node.attributes.get("model", ""))


def _range(node: Node | None) -> tuple[float | None, float | None]:
    if node is None:
        return None, None
    return finite(node.attributes.get("min", "")), finite(node.attributes.get("max", ""))
