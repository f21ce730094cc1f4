"""References as written -> references by position."""

from __future__ import annotations

from dataclasses import dataclass

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.passes.symbols import Axis, Symbols
from nqpf.errors import did_you_mean

_NOTHING = ir.Number(float("nan"))  # stands for what could not be resolved


@dataclass(frozen=True)
class Context:
    """Where an expression stands: its variable, and the loops that run around it by range."""

    symbols: Symbols
    variable: str
    loops: dict[str, ir.Loop]

    def resolve(self, expr: ir.Expr) -> ir.Expr:
        """Return ``expr`` with every ``Name`` resolved; problems are noted in ``symbols``."""
        match expr:
            case ir.Name():
                return self._reference(expr, want_table=False)
            case ir.Lookup(table, argument):
                assert isinstance(table, ir.Name)
                resolved = self._reference(table, want_table=True)
                if not isinstance(resolved, ir.Ref):
                    return resolved
                return ir.Lookup(resolved, self.resolve(argument))
            case ir.Reduce(op, body, _):
                loops = self._reduced(op, body)
                inner = Context(self.symbols, self.variable, self.loops | loops)
                return ir.Reduce(op, inner.resolve(body), tuple(loops.values()))
            case ir.Integ() | ir.ActiveInitial():
                self._problem(f'"{self.variable}": INTEG and ACTIVE INITIAL stand alone')
                return _NOTHING
            case _:
                return ir.rebuild(expr, tuple(map(self.resolve, ir.children(expr))))

    def _reduced(self, op: str, body: ir.Expr) -> dict[str, ir.Loop]:
        """Return a loop for every range that ``body`` marks with ``!``."""
        marked = {
            subscript: None
            for node in ir.walk(body)
            if isinstance(node, ir.Name)
            for subscript in node.subscripts
            if subscript.endswith("!")
        }
        loops: dict[str, ir.Loop] = {}
        for subscript in marked:
            name = self.symbols.range_named(subscript[:-1])
            if name is None:
                self._problem(self.symbols.unknown_subscript(self.variable, subscript[:-1]))
                continue
            loops[f"{name}!"] = ir.Loop(f"{name}!", len(self.symbols.ranges[name]))
        if not marked:
            self._problem(f'"{self.variable}": {op.upper()} needs a subscript marked with "!"')
        return loops

    def _reference(self, name: ir.Name, *, want_table: bool) -> ir.Expr:
        symbols = self.symbols
        key = canonical(name.name)
        element = symbols.elements.get(key)
        if element is None:
            hint = did_you_mean(name.name, [e.name for e in symbols.elements.values()])
            self._problem(f'"{self.variable}" uses "{name.name}", which is not defined.{hint}')
            return _NOTHING
        is_table = all(d.is_table for d in element.definitions)
        if is_table != want_table and element.definitions:
            how = "needs an argument" if is_table else "is not a table"
            self._problem(f'"{self.variable}" uses "{element.name}", which {how}')
            return _NOTHING
        axes = symbols.axes[key]
        if len(name.subscripts) != len(axes):
            self._problem(
                f'"{self.variable}" uses "{element.name}" with {len(name.subscripts)} subscripts; '
                f"it has {len(axes)}"
            )
            return _NOTHING
        indices = tuple(
            self._index(element.name, subscript, axis)
            for subscript, axis in zip(name.subscripts, axes, strict=True)
        )
        return ir.Ref(element.name, indices)

    def _index(self, variable: str, subscript: str, axis: Axis) -> ir.Index:
        used = f'"{self.variable}" uses "{variable}[{subscript}]"'
        marked = subscript.endswith("!")
        name = self.symbols.range_named(subscript.rstrip("!"))
        if name is None:
            position = axis.position(subscript)
            if position is None:
                hint = did_you_mean(subscript, axis.elements)
                self._problem(f"{used}: no such element of {axis.name}.{hint}")
                return ir.Fixed(0)
            return ir.Fixed(position)
        loop = self.loops.get(f"{name}!" if marked else name)
        elements = self.symbols.ranges[name]
        if loop is None and not marked:
            for outer, candidate in self.loops.items():
                mapped = self.symbols.mappings.get((outer, name))
                if mapped is not None:
                    loop, elements = candidate, mapped
                    break
        if loop is None:
            self._problem(f"{used}, but {name} does not stand on its left side")
            return ir.Fixed(0)
        positions = [axis.position(element) for element in elements]
        if None in positions:
            self._problem(f"{used}: {name} is not part of {axis.name}")
            return ir.Fixed(0)
        return ir.Along(loop, tuple(p for p in positions if p is not None))

    def _problem(self, text: str) -> None:
        self.symbols.problems.append(text)
