"""The model's own structure: its file -> stock-flow diagrams, a page a sector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import count, pairwise

from nqpf.charts.drawing import Diagram, Link, LoopMark, Node
from nqpf.charts.material import Material
from nqpf.charts.spec import Chart, ChartSpec
from nqpf.checks.static import terms
from nqpf.engine import Model, ir
from nqpf.engine.causality import Links, Loop, Polarity, links, loop_through
from nqpf.engine.names import canonical
from nqpf.errors import InputError, did_you_mean
from nqpf.explain import NamedLoop
from nqpf.study.toml import Line, Table, Text, shown

_TEXTS = {
    "en": {
        "legend": (
            "stock",
            "flow",
            "auxiliary",
            "from another page",
            "causes more (+) or less (−)",
            "feedback loop: R reinforces, B balances",
        ),
        "footer": "Drawn from {file}. Constants and tables are left out; a link without sign works "
        "both ways or depends on the circumstances.",
        "rest": "Other variables",
        "whole": "The model",
        "arrow": " → ",
        "colon": ": ",
    },
    "zh": {
        "legend": (
            "存量",
            "流量",
            "辅助变量",
            "见其他页",
            "使之增加（+）或减少（−）",
            "反馈回路：R 为增强，B 为平衡",
        ),
        "footer": "由 {file} 绘制。常数与表函数从略；未标符号的联系方向不定，视情形而异。",
        "rest": "其他变量",
        "whole": "模型结构",
        "arrow": " → ",
        "colon": "：",
    },
}


class LoopSpec(Table):
    """A feedback loop that has a name."""

    name: Line
    """Such as R1 or B2."""
    title: Text
    through: list[Line]
    """Variables that it passes, in this order; between them it takes the shortest way."""


class StructureSpec(ChartSpec):
    """Kind "structure": the stock-flow diagram, a page for each part of the model file."""

    groups: list[Line] | None = None
    """Parts of the model file that get a page; left out: all that have variables."""
    loop: list[LoopSpec] = []
    """Loops that are marked; left out: the shortest through each stock."""


def prepare(chart: Chart, material: Material) -> dict[str, Diagram]:
    """Return a diagram for each part of the model file; see `courses.prepare`."""
    assert isinstance(chart.spec, StructureSpec)
    return _Structure(chart, chart.spec, material).pages()


def named_loops(charts: Iterable[Chart], model: Model) -> list[NamedLoop]:
    """Return the loops that the charts of this kind name.

    Raises
    ------
    InputError
        The model has no such loop.
    """
    graph = links(model.written)
    graph = {name: graph[name] for name in _moving(model, graph)}
    return [
        NamedLoop(each.name, each.title.model_dump(), _given(each, graph, shown(chart.file)))
        for chart in charts
        if isinstance(chart.spec, StructureSpec)
        for each in chart.spec.loop
    ]


class _Structure:
    """A model's variables, pipes and links, to be divided into pages."""

    def __init__(self, chart: Chart, spec: StructureSpec, material: Material) -> None:
        self.spec, self.where, self.material = spec, shown(chart.file), material
        self.model: Model = material.model
        self.written = self.model.written
        self.links: Links = links(self.written)
        self.texts = _TEXTS[material.lang]
        self.moving = _moving(self.model, self.links)
        self.groups = self._groups()

    def pages(self) -> dict[str, Diagram]:
        loops = self._loops()
        return {
            f"{number:02d}": self._page(group, members, loops)
            for number, (group, members) in enumerate(self.groups.items(), 1)
        }

    # --- what is on which page --------------------------------------------------------------

    def _groups(self) -> dict[str, list[str]]:
        """Return the variables of each page by its group."""
        groups: dict[str, list[str]] = {}
        for name in self.moving:
            groups.setdefault(self.written.variables[name].group, []).append(name)
        if self.spec.groups is None:
            return groups if len(groups) < 2 or "" not in groups else self._with_rest(groups)
        for name in self.spec.groups:
            if name not in groups:
                hint = did_you_mean(name, groups)
                raise InputError(f'{self.where}: groups: no part "{name}" of the model.{hint}')
        return {name: groups[name] for name in self.spec.groups}

    @staticmethod
    def _with_rest(groups: dict[str, list[str]]) -> dict[str, list[str]]:
        rest = groups.pop("")
        return groups | {"": rest}

    # --- a page -----------------------------------------------------------------------------

    def _page(self, group: str, members: list[str], loops: list[_Named]) -> Diagram:
        own = set(members)
        pipes, flows, unnamed = self._pipes(members)
        arrows = [
            Link(cause, effect, "link", polarity)
            for cause, effects in self.links.items()
            for effect, polarity in effects.items()
            if effect in own
            and cause in self.movable
            and cause != effect
            and effect not in self.stocks
        ]
        arrows += [
            Link(cause, key, "link", polarity)
            for key, causes in unnamed.items()
            for cause, polarity in causes.items()
        ]
        # As in Vensim, a variable of another page is repeated wherever it is read: no long arrows.
        shadows = [each for each in arrows if each.start not in own | flows]
        arrows = [
            replace(each, start=f"{each.start}#{each.end}") if each in shadows else each
            for each in arrows
        ]
        nodes = [
            Node(name, self.material.variable(name), self._kind(name, flows))
            for name in self.moving
            if name in own | flows
        ]
        nodes += [Node(key, "", "flow") for key in unnamed]
        nodes += [
            Node(f"{each.start}#{each.end}", self.material.variable(each.start), "shadow")
            for each in shadows
        ]
        ends = {end for link in pipes for end in (link.start, link.end)}
        nodes += [Node(key, "", "cloud") for key in sorted(ends) if key.startswith(_CLOUD)]
        named = self.material.style.groups.get(group)
        title = self.material.say(named) if named else group or self.texts["rest"]
        whole = self.material.say(self.spec.title)
        return Diagram(
            kind=self.spec.kind,
            title=f"{whole}{self.texts['colon']}{title}" if len(self.groups) > 1 else whole,
            subtitle=self.material.say(self.spec.subtitle),
            footer=self.texts["footer"].format(file=self.material.study.model_file.name),
            nodes=tuple(nodes),
            links=(*pipes, *arrows),
            loops=tuple(self._marks(loops, own)),
            legend=self.texts["legend"],
        )

    @cached_property
    def movable(self) -> frozenset[str]:
        return frozenset(self.moving)

    @cached_property
    def stocks(self) -> frozenset[str]:
        return frozenset(n for n in self.moving if self.written.variables[n].kind == "stock")

    def _kind(self, name: str, flows: set[str]) -> str:
        if name in flows:
            return "flow"
        return "stock" if name in self.stocks else "auxiliary"

    def _pipes(self, members: list[str]) -> tuple[list[Link], set[str], dict[str, Causes]]:
        """Return the pipes of a page's stocks, its named flows, and what unnamed flows read."""
        filled: dict[str, list[str]] = {}
        drained: dict[str, list[str]] = {}
        unnamed: dict[str, Causes] = {}
        for equation in self.written.equations:
            stock = equation.variable
            if stock not in members or stock not in self.stocks:
                continue
            for number, (factor, term) in enumerate(terms(equation.body)):
                drains = factor is not None and factor < 0
                flow = self._flow(term)
                if flow is None:
                    flow = f"{_UNNAMED}{stock} {number}"
                    refs = {n.variable for n in ir.walk(term) if isinstance(n, ir.Ref)}
                    unnamed[flow] = {
                        name: self.links[name].get(stock, 0) * (-1 if drains else 1)
                        for name in self.moving
                        if name in refs
                    }
                ends = drained if drains else filled
                if stock not in ends.setdefault(flow, []):
                    ends[flow].append(stock)
        pipes: list[Link] = []
        for flow in dict.fromkeys([*filled, *drained]):
            sources, sinks = drained.get(flow, []), filled.get(flow, [])
            for stock in sources or [f"{_CLOUD}in {flow}"]:
                pipes.append(Link(stock, flow, "pipe"))
            for stock in sinks or [f"{_CLOUD}out {flow}"]:
                pipes.append(Link(flow, stock, "pipe"))
        flows = {flow for flow in (*filled, *drained) if flow not in unnamed}
        return pipes, flows, unnamed

    def _flow(self, term: ir.Expr) -> str | None:
        """Return the variable that a term of a net flow is, or sums up; None: an expression."""
        if isinstance(term, ir.Reduce) and term.op == "sum":
            term = term.body
        if isinstance(term, ir.Ref) and term.variable in self.movable - self.stocks:
            return term.variable
        return None

    # --- loops ------------------------------------------------------------------------------

    def _loops(self) -> list[_Named]:
        if self.spec.loop:
            graph = self._moving_links()
            return [
                (each.name, self.material.say(each.title), _given(each, graph, self.where))
                for each in self.spec.loop
            ]
        moving = {name: self._inner(effects) for name, effects in self._moving_links().items()}
        found: dict[frozenset[str], Loop] = {}
        for stock in self.moving:
            loop = loop_through(moving, [stock]) if stock in self.stocks else None
            if loop is not None:
                found.setdefault(frozenset(loop.variables), loop)
        numbers = {1: count(1), -1: count(1), 0: count(1)}
        letters = {1: "R", -1: "B", 0: "L"}
        return [
            (f"{letters[loop.polarity]}{next(numbers[loop.polarity])}", "", loop)
            for loop in found.values()
        ]

    def _moving_links(self) -> Links:
        return {name: self.links[name] for name in self.moving}

    def _inner(self, effects: Mapping[str, Polarity]) -> dict[str, Polarity]:
        return {name: each for name, each in effects.items() if name in self.movable}

    def _marks(self, loops: Iterable[_Named], own: set[str]) -> list[LoopMark]:
        """Return the loops of which a page shows at least one link."""
        found: list[LoopMark] = []
        for name, title, loop in loops:
            ring = [*loop.variables, loop.variables[0]]
            if not any(a in own and b in own for a, b in pairwise(ring)):
                continue
            path = self.texts["arrow"].join(map(self.material.variable, ring))
            head = f"{name} {title}".strip()
            keys = tuple(each for each in loop.variables if each in own)
            found.append(LoopMark(name, f"{head}{self.texts['colon']}{path}", loop.polarity, keys))
        return found


def _moving(model: Model, graph: Links) -> list[str]:
    """Return the variables that can change during a run, in the order of the file."""
    reads: dict[str, set[str]] = {}
    found: set[str] = set()
    for each in model.written.equations:
        refs = {n.variable for n in ir.walk(each.body) if isinstance(n, ir.Ref)}
        reads.setdefault(each.variable, set()).update(refs)
        if ir.moves(each.body) or model.written.variables[each.variable].kind == "stock":
            found.add(each.variable)
    growing = True
    while growing:
        more = {name for name, refs in reads.items() if name not in found and refs & found}
        found |= more
        growing = bool(more)
    return [name for name in graph if name in found]


def _given(spec: LoopSpec, graph: Links, where: str) -> Loop:
    """Return the loop of ``graph``, what moves, that a specification names."""
    known = {canonical(name): name for name in graph}
    through: list[str] = []
    for name in spec.through:
        if canonical(name) not in known:
            hint = did_you_mean(name, known.values())
            raise InputError(
                f'{where}: loop "{spec.name}": "{name}" is no variable of the model that '
                f"changes.{hint}"
            )
        through.append(known[canonical(name)])
    loop = loop_through(graph, through) if through else None
    if loop is None:
        raise InputError(
            f'{where}: loop "{spec.name}": no way leads through these variables in this '
            "order and back."
        )
    named = {"R": 1, "B": -1}.get(spec.name[0], 0)
    if named * loop.polarity < 0:
        said = "reinforces" if loop.polarity > 0 else "balances"
        raise InputError(f'{where}: loop "{spec.name}" {said}: R reinforces, B balances.')
    # Where the equations alone do not tell, the name does.
    return replace(loop, polarity=named)


_CLOUD, _UNNAMED = "#cloud ", "#flow "
_Named = tuple[str, str, Loop]
Causes = dict[str, int]
