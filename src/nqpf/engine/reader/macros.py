"""Macros: every call is replaced by a copy of the macro's equations, under hidden names.

Vensim manual, Macros: each use has variables of its own, which take the subscripts of the left
side that the call stands on; names inside a macro are local, and a variable of the model is
written there with a dollar sign behind it. XMILE 1.0 section 4.8 asks the same of its macros.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from nqpf.engine import ir
from nqpf.engine.limits import MAX_USES, MAX_USES_NESTED
from nqpf.engine.names import NOISE_SEED, canonical
from nqpf.engine.passes.symbols import CONTROL
from nqpf.engine.show import show
from nqpf.errors import InputError, listed

# In converted equations a call of a macro is a call of a function that starts like this.
CALL = f"{ir.HIDDEN}macro "

# Names that the translated equations of a macro may use without a dollar sign: functions such as
# STEP and PULSE are completed with the model's time step, random ones with its seed.
_SHARED = frozenset(map(canonical, (*CONTROL, NOISE_SEED)))


@dataclass(frozen=True)
class Macro:
    """A macro as written.

    ``defaults``: for the last parameters, what stands for them when a call leaves them out.
    ``outputs``: names of further results; ``result``: the value of a call, in the macro's names.
    """

    name: str
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]
    result: ir.Expr
    elements: tuple[ir.Element, ...]
    defaults: tuple[ir.Expr, ...] = ()


@dataclass(frozen=True)
class Spelling:
    """How a variable that only a macro's call defines is shown."""

    name: str
    py_name: str


def expand(
    elements: Iterable[ir.Element],
    macros: dict[str, Macro],
    ranges: Iterable[str],
    spelled: dict[str, Spelling],
) -> tuple[ir.Element, ...]:
    """Return ``elements`` with every call of a macro expanded.

    Parameters
    ----------
    macros
        By canonical name.
    ranges
        Names of the model's subscript ranges.
    spelled
        Canonical name -> spelling, for variables that are defined by a call's outputs.

    Raises
    ------
    InputError
        A macro is called with the wrong number of arguments, calls itself, or uses a name that it
        does not define.
    """
    elements = tuple(elements)
    units = {canonical(element.name): element.unit for element in elements}
    expander = _Expander(macros, frozenset(map(canonical, ranges)), spelled, units)
    kept = [expander.element(element, ()) for element in elements]
    if expander.problems:
        raise InputError(listed(expander.problems))
    return (*kept, *expander.outputs.values(), *expander.made)


@dataclass(frozen=True)
class _Place:
    """Where a call stands: the subscripts and exceptions of its left side, and the macros around.

    ``owner``: the variable of the model that it all belongs to.
    """

    owner: str
    subscripts: tuple[str, ...]
    excepted: tuple[tuple[str, ...], ...]
    chain: tuple[str, ...]


class _Expander:
    def __init__(
        self,
        macros: dict[str, Macro],
        ranges: frozenset[str],
        spelled: dict[str, Spelling],
        units: dict[str, str],
    ) -> None:
        self.macros = macros
        self.ranges = ranges
        self.spelled = spelled
        self.units = units
        self.made: list[ir.Element] = []
        self.outputs: dict[str, ir.Element] = {}
        self.problems: list[str] = []
        self.calls = 0

    def element(self, element: ir.Element, chain: tuple[str, ...], owner: str = "") -> ir.Element:
        definitions = [
            d
            if isinstance(d.body, tuple | ir.Table)
            else replace(d, body=self._body(d.body, self._place(d, owner or element.name, chain)))
            for d in element.definitions
        ]
        return replace(element, definitions=tuple(definitions))

    def _place(self, definition: ir.Definition, owner: str, chain: tuple[str, ...]) -> _Place:
        subscripts = definition.subscripts
        if not definition.excepted:
            # An element is one place, and the same range twice is one loop.
            subscripts = tuple(dict.fromkeys(s for s in subscripts if canonical(s) in self.ranges))
        return _Place(owner, subscripts, definition.excepted, chain)

    def _body(self, expr: ir.Expr, place: _Place) -> ir.Expr:
        expr = ir.rebuild(expr, tuple(self._body(part, place) for part in ir.children(expr)))
        if isinstance(expr, ir.Call) and expr.function.startswith(CALL):
            return self._call(self.macros[expr.function.removeprefix(CALL)], expr.arguments, place)
        return expr

    def _call(self, macro: Macro, given: tuple[ir.Expr, ...], place: _Place) -> ir.Expr:
        if macro.name in place.chain:
            circle = " -> ".join((*place.chain[place.chain.index(macro.name) :], macro.name))
            self.problems.append(f"macro calls itself: {circle}; macros are expanded, not called")
            return ir.Number(float("nan"))
        inputs = len(macro.parameters)
        fewest = inputs - len(macro.defaults)
        if not fewest <= len(given) <= inputs and len(given) != inputs + len(macro.outputs):
            self.problems.append(
                f'"{place.owner}" calls macro "{macro.name}" with {len(given)} arguments; '
                f"it takes {_takes(macro)}"
            )
            return ir.Number(float("nan"))
        self.calls += 1
        if self.calls > MAX_USES or len(place.chain) > MAX_USES_NESTED:
            raise InputError(
                f'"{place.owner}" calls macro "{macro.name}", in which macros call macros: more '
                f"than {MAX_USES:,} calls, or {MAX_USES_NESTED} inside one another"
            )
        marked = _marked(given)
        if any(canonical(mark) in map(canonical, place.subscripts) for mark in marked):
            self.problems.append(
                f'"{place.owner}" reduces over a range of its own left side inside a call of '
                f'macro "{macro.name}", which is not supported'
            )
            return ir.Number(float("nan"))
        excepted = tuple((*group, *marked) for group in place.excepted)
        inner = _Place(place.owner, (*place.subscripts, *marked), excepted, place.chain)
        arguments = [_unmarked(each, marked) for each in given]
        copy = _Copy(macro, inner, self.calls, arguments, self.units)
        result = copy.expression(macro.result)
        elements = copy.elements()
        self.problems.extend(copy.problems)
        for written, own in zip(given[inputs:], macro.outputs, strict=False):
            self._output(written, own, copy, place)
        chain = (*place.chain, macro.name)
        self.made.extend([self.element(each, chain, place.owner) for each in elements])
        return self._body(_remarked(result, marked), replace(place, chain=chain))

    def _output(self, written: ir.Expr, own: str, copy: _Copy, place: _Place) -> None:
        """Define the variable that a call names for one of the macro's outputs."""
        if not isinstance(written, ir.Name):
            self.problems.append(
                f'"{place.owner}": an output of macro "{copy.macro.name}" is a name, '
                f'not "{show(written)}"'
            )
            return
        key = canonical(written.name)
        known = self.spelled.get(key, Spelling(written.name, key))
        body = copy.expression(ir.Name(own))
        definition = ir.Definition(
            written.subscripts, place.excepted, body, f"{known.name} = {show(body)}"
        )
        before = self.outputs.get(key)
        if before is None:
            before = ir.Element(
                known.name, known.py_name, copy.unit(own), copy.doc(own), (None, None), ()
            )
        self.outputs[key] = replace(before, definitions=(*before.definitions, definition))


class _Copy:
    """One use of a macro: its names bound to the call's arguments or to hidden variables."""

    def __init__(
        self,
        macro: Macro,
        place: _Place,
        number: int,
        given: list[ir.Expr],
        units: dict[str, str],
    ) -> None:
        self.macro = macro
        self.units = units
        self.place = place
        self.number = number
        self.problems: list[str] = []
        self.local = {canonical(element.name): element for element in macro.elements}
        # A name or a number is used as it is; other arguments get a variable of their own.
        self.bound: dict[str, ir.Expr] = {}
        self.arguments: dict[str, ir.Expr] = {}
        start = len(macro.parameters) - len(macro.defaults)
        for i, parameter in enumerate(macro.parameters):
            key = canonical(parameter)
            self.local.pop(key, None)
            argument = given[i] if i < len(given) else self.expression(macro.defaults[i - start])
            if isinstance(argument, ir.Name | ir.Number | ir.Time):
                self.bound[key] = argument
            else:
                self.arguments[key] = argument

    def elements(self) -> list[ir.Element]:
        """Return the macro's variables under hidden names."""
        made = [
            self._element(key, (ir.Definition((), (), argument, show(argument)),), "", "")
            for key, argument in self.arguments.items()
        ]
        for key, element in self.local.items():
            definitions = tuple(
                d
                if isinstance(d.body, tuple | ir.Table)
                else replace(d, body=self.expression(d.body))
                for d in element.definitions
            )
            made.append(self._element(key, definitions, self.unit(key), element.doc))
        return made

    def _element(
        self, key: str, definitions: tuple[ir.Definition, ...], unit: str, doc: str
    ) -> ir.Element:
        name = self._hidden(key)
        if not self._is_table(key):
            definitions = tuple(
                replace(
                    d,
                    subscripts=(*self.place.subscripts, *d.subscripts),
                    excepted=(
                        *((*group, *d.subscripts) for group in self.place.excepted),
                        *((*self.place.subscripts, *group) for group in d.excepted),
                    ),
                )
                for d in definitions
            )
        return ir.Element(name, name, unit, doc, (None, None), definitions)

    def _is_table(self, key: str) -> bool:
        """Whether a name is a table: the same for all subscripts of the caller."""
        element = self.local.get(key)
        return element is not None and all(d.is_table for d in element.definitions)

    def _hidden(self, key: str) -> str:
        plain = key.replace("_of_", "_").replace("_", " ")
        return f"{ir.HIDDEN}{plain} in {self.macro.name} {self.number} of {self.place.owner}"

    def expression(self, expr: ir.Expr) -> ir.Expr:
        """Return an expression of the macro in names of the model."""
        if isinstance(expr, ir.Name):
            return self._reference(expr)
        if isinstance(expr, ir.Lookup):
            assert isinstance(expr.table, ir.Name)
            table = self._reference(expr.table)
            if not isinstance(table, ir.Name):
                self.problems.append(
                    f'macro "{self.macro.name}" uses its input "{expr.table.name}" as a table; '
                    f'"{self.place.owner}" gives "{show(table)}"'
                )
                return ir.Number(float("nan"))
            return ir.Lookup(table, self.expression(expr.argument))
        return ir.rebuild(expr, tuple(map(self.expression, ir.children(expr))))

    def _reference(self, name: ir.Name) -> ir.Expr:
        key = canonical(name.name)
        if key in self.bound:
            bound = self.bound[key]
            if isinstance(bound, ir.Name):
                return ir.Name(bound.name, (*bound.subscripts, *name.subscripts))
            return bound
        if key in self.local or key in self.arguments:
            here = () if self._is_table(key) else self.place.subscripts
            return ir.Name(self._hidden(key), (*here, *name.subscripts))
        if key.endswith("$"):
            outside = canonical(key[:-1])
            return ir.Time() if outside == "time" else ir.Name(outside, name.subscripts)
        if key not in _SHARED and not name.name.startswith(ir.HIDDEN):
            self.problems.append(
                f'macro "{self.macro.name}" uses "{name.name}", which it does not define '
                f'(a variable of the model is written "{name.name}$" there)'
            )
        return name

    def unit(self, name: str) -> str:
        """Return a variable's unit; the name of a parameter stands for the argument's unit."""
        element = self.local.get(canonical(name))
        if element is None:
            return ""
        if canonical(element.unit) not in map(canonical, self.macro.parameters):
            return element.unit
        argument = self.bound.get(canonical(element.unit))
        return self.units.get(canonical(argument.name), "") if isinstance(argument, ir.Name) else ""

    def doc(self, name: str) -> str:
        element = self.local.get(canonical(name))
        return "" if element is None else element.doc


def _takes(macro: Macro) -> str:
    inputs, outputs = len(macro.parameters), len(macro.outputs)
    fewest = inputs - len(macro.defaults)
    count = f"{inputs}" if fewest == inputs else f"{fewest} to {inputs}"
    text = f"{count} ({', '.join(macro.parameters)})"
    return f"{text} and {outputs} outputs ({', '.join(macro.outputs)})" if outputs else text


# --- ranges that a SUM around the call reduces ------------------------------------------------


def _marked(arguments: Iterable[ir.Expr]) -> tuple[str, ...]:
    """Return the ranges that arguments mark with ``!`` for a reduction outside them."""
    found: dict[str, None] = {}
    stack = list(arguments)
    while stack:
        expr = stack.pop()
        if isinstance(expr, ir.Name):
            found |= {s[:-1]: None for s in expr.subscripts if s.endswith("!")}
        elif not isinstance(expr, ir.Reduce):
            stack.extend(ir.children(expr))
    return tuple(found)


def _unmarked(expr: ir.Expr, ranges: tuple[str, ...]) -> ir.Expr:
    return _renamed(expr, {f"{name}!": name for name in ranges})


def _remarked(expr: ir.Expr, ranges: tuple[str, ...]) -> ir.Expr:
    return _renamed(expr, {name: f"{name}!" for name in ranges})


def _renamed(expr: ir.Expr, subscripts: dict[str, str]) -> ir.Expr:
    if not subscripts or isinstance(expr, ir.Reduce):
        return expr
    if isinstance(expr, ir.Name):
        return ir.Name(expr.name, tuple(subscripts.get(s, s) for s in expr.subscripts))
    return ir.rebuild(expr, tuple(_renamed(part, subscripts) for part in ir.children(expr)))
