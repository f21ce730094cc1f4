"""Explains the variables of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nqpf.engine import ir
from nqpf.engine.causality import Loop, Polarity, links, loop_through
from nqpf.engine.names import canonical
from nqpf.explain.documentation import Documentation, documentation
from nqpf.explain.explanation import Cause, Effect, Explanation, NamedLoop, Value

if TYPE_CHECKING:
    import xarray as xr

    from nqpf.engine import Model
    from nqpf.study.documentation import Translated
    from nqpf.study.toml import Text


class Explainer:
    """What can be said of the variables of one model.

    Parameters
    ----------
    course
        A run, dims ``time`` and the model's subscripts; None: nothing is said of values.
    times
        Times at which values are shown; those that the run does not have are left out.
    names
        What readers call the variables, by their canonical names in the file: see
        `nqpf.study.names`. A variable is found by them, too.
    chinese
        What is said of them in Chinese.
    named
        Feedback loops that the study names.
    """

    def __init__(
        self,
        model: Model,
        course: xr.Dataset | None = None,
        times: Sequence[float] = (),
        names: Mapping[str, Text] | None = None,
        chinese: Translated | None = None,
        named: Sequence[NamedLoop] = (),
    ) -> None:
        self.model = model
        self._names = names or {}
        self._chinese = chinese
        self.named = tuple(named)
        self._spelled = {
            said: key for key, text in self._names.items() for said in (text.en, text.zh)
        }
        self._course = course
        known = () if course is None else set(course["time"].to_numpy().tolist())
        self.times = tuple(time for time in times if time in known)
        self._links = links(model.written)
        self._equations: dict[str, list[ir.Equation]] = {name: [] for name in model.variables}
        self._causes: dict[str, list[Cause]] = {name: [] for name in model.variables}
        self._effects: dict[str, list[Effect]] = {name: [] for name in model.variables}
        for equation in model.written.equations:
            self._equations.get(equation.variable, []).append(equation)
        for name in model.variables:
            for cause, polarity, initial in self._read(name):
                self._causes[name].append(Cause(cause, polarity, initial))
                self._effects[cause].append(Effect(name, polarity, initial))

    def of(self, name: str) -> Explanation:
        """Explain a variable, by any spelling of its name.

        Raises
        ------
        InputError
            The model has no such variable.
        """
        variable = self.model.find(self._spelled.get(name.strip(), name))
        values = tuple(self._values(variable))
        said = documentation(variable.doc)
        return Explanation(
            name=variable.name,
            kind=variable.kind,
            unit=variable.unit,
            group=variable.group,
            documentation=said,
            chinese=self._translated(variable.name, said),
            limits=variable.limits,
            equations=tuple(self._written(variable)),
            causes=tuple(self._causes[variable.name]),
            effects=tuple(self._effects[variable.name]),
            loops=self.loops(variable.name),
            named=tuple(each for each in self.named if variable.name in each.loop.variables),
            times=self.times if values and variable.kind != "constant" else (),
            values=values,
        )

    def called(self, name: str, lang: str) -> str:
        """Return what a reader calls a variable; its name in the file where there is no other."""
        known = self._names.get(canonical(name))
        return name if known is None else known.in_(lang)

    def loops(self, name: str) -> tuple[Loop, ...]:
        """Return the shortest loop through each effect of a variable, shortest first."""
        found: dict[frozenset[str], Loop] = {}
        for effect in self._links[name]:
            stations = [name] if effect == name else [name, effect]
            loop = loop_through(self._links, stations)
            if loop is not None:
                found.setdefault(frozenset(loop.variables), loop)
        return tuple(sorted(found.values(), key=lambda loop: len(loop.variables)))

    def _translated(self, name: str, said: Documentation) -> Documentation:
        if self._chinese is None:
            return said
        return replace(
            said,
            text=self._chinese.variables.get(canonical(name), said.text),
            source=self._chinese.sources.get(said.source, said.source),
        )

    def _read(self, name: str) -> Iterator[tuple[str, Polarity, bool]]:
        """Yield what a variable's equations read, its polarity, and whether only at the start."""
        running: dict[str, None] = {}
        initial: dict[str, None] = {}
        for equation in self._equations[name]:
            running |= dict.fromkeys(_references(equation.body))
            if equation.initial is not None:
                initial |= dict.fromkeys(_references(equation.initial))
        for cause in running | initial:
            if cause in self.model.variables:
                polarity = self._links[cause].get(name)
                yield cause, polarity or 0, polarity is None

    def _written(self, variable: ir.Variable) -> Iterator[str]:
        labels = self.model.labels(variable)
        match variable.kind:
            case "constant":
                numbers = self.model.constants[variable.name].ravel().tolist()
                if len(set(numbers)) == 1:
                    numbers, labels = numbers[:1], [self._subscripts(variable)]
                for label, value in zip(labels, numbers, strict=True):
                    yield f"{variable.name}{label} = {value:.10g}"
            case "lookup" | "data" if variable.name in self.model.written.tables:
                for label, table in zip(
                    labels, self.model.written.tables[variable.name], strict=True
                ):
                    points = zip(table.x, table.y, strict=True)
                    text = ", ".join(f"({x:.10g}, {y:.10g})" for x, y in points)
                    yield f"{variable.name}{label}: {text}"
            case _:
                for equation in self._equations[variable.name]:
                    right = equation.text.removeprefix(f"{variable.name} = ")
                    yield f"{variable.name}{self._place(variable, equation)} = {right}"

    def _subscripts(self, variable: ir.Variable) -> str:
        return f"[{', '.join(variable.dims)}]" if variable.dims else ""

    def _place(self, variable: ir.Variable, equation: ir.Equation) -> str:
        """Return the subscripts of the left side of an equation."""
        axes = zip(equation.indices, variable.dims, self.model.axes(variable), strict=True)
        parts = [
            elements[index.position] if isinstance(index, ir.Fixed) else index.loop.name or dim
            for index, dim, elements in axes
        ]
        return f"[{', '.join(parts)}]" if parts else ""

    def _values(self, variable: ir.Variable) -> Iterator[Value]:
        labels = self.model.labels(variable)
        if variable.kind == "constant":
            numbers = self.model.constants[variable.name].ravel().tolist()
            for label, number in zip(labels, numbers, strict=True):
                yield Value(label, (number,))
        elif self._course is not None and variable.name in self._course.data_vars:
            course = self._course[variable.name].sel(time=list(self.times))
            dims = [dim for dim in course.dims if dim != "time"]
            rows = course.transpose(*dims, "time").to_numpy().reshape(-1, len(self.times))
            for label, row in zip(labels, rows.tolist(), strict=True):
                yield Value(label, tuple(row))


def _references(body: ir.Expr) -> Iterator[str]:
    for node in ir.walk(body):
        if isinstance(node, ir.Ref):
            yield node.variable
