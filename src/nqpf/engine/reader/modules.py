"""Modules of XMILE: the variables of every module join the model under its name and a dot.

XMILE 1.0, sections 3.7.4 and 4.7: ``<module name="tank">`` uses ``<model name="tank">``; a variable
of it is ``tank.level`` to the model that holds the module. ``<connect to= from=>`` feeds an input
of the module, named with or without the module's own name in front; a name that starts with a dot
belongs to the outermost model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from nqpf.engine import ir
from nqpf.engine.limits import MAX_USES, MAX_USES_NESTED
from nqpf.engine.names import NOISE_SEED, canonical
from nqpf.engine.passes.symbols import CONTROL
from nqpf.engine.show import show
from nqpf.errors import InputError, did_you_mean, listed

_SHARED = frozenset(map(canonical, (*CONTROL, NOISE_SEED, "DT", "STARTTIME", "STOPTIME")))


@dataclass(frozen=True)
class Module:
    """A use of a model. ``connections``: (input of the module, source) as written."""

    name: str
    connections: tuple[tuple[str, str], ...] = ()
    model: str = ""  # of another name than the module's


@dataclass(frozen=True)
class Part:
    """One ``<model>``: its variables and the modules it holds."""

    elements: tuple[ir.Element, ...]
    modules: tuple[Module, ...] = ()


def flatten(
    root: Part, parts: Mapping[str, Part], shared: Iterable[str] = ()
) -> tuple[ir.Element, ...]:
    """Return the variables of ``root`` and of all modules in it, in one list.

    Parameters
    ----------
    parts
        Name -> model, for the models that modules use.
    shared
        Names that mean the same in every model: dimensions and their elements.

    Raises
    ------
    InputError
        A module uses a model that is not there or that holds itself, or connects what is not
        there; every place is named.
    """
    known = {canonical(name): part for name, part in parts.items()}
    flattener = _Flattener(root, known, _SHARED | set(map(canonical, shared)))
    flattener.add(root, "", (), {})
    if flattener.problems:
        raise InputError(listed(flattener.problems))
    return tuple(flattener.elements)


class _Flattener:
    def __init__(
        self, root: Part, parts: Mapping[str, Part], shared: frozenset[str] = _SHARED
    ) -> None:
        self.root = root
        self.parts = parts
        self.shared = shared
        self.elements: list[ir.Element] = []
        self.uses = 0
        self.problems: list[str] = []

    def add(self, part: Part, prefix: str, chain: tuple[str, ...], fed: dict[str, str]) -> None:
        """Add a model's variables and modules.

        ``prefix``: what its names get in front; ``chain``: the models around it; ``fed``: its
        inputs -> the full name of what feeds them.
        """
        names = _Names(part, prefix, self.shared)
        known = {canonical(element.name): element for element in part.elements}
        for key, source in fed.items():
            if key not in known:
                hint = did_you_mean(key, [element.name for element in part.elements])
                self.problems.append(f'module "{prefix[:-1]}" has no variable "{key}".{hint}')
            elif canonical(source) == canonical(prefix + key):
                self.problems.append(f'"{prefix}{key}" is connected to itself')
        for element in part.elements:
            source = fed.get(canonical(element.name))
            self.elements.append(
                names.element(element) if source is None else _connected(element, prefix, source)
            )
        for module in part.modules:
            self._module(module, names, chain)

    def _module(self, module: Module, names: _Names, chain: tuple[str, ...]) -> None:
        model = module.model or module.name
        key = canonical(model)
        inner = self.parts.get(key)
        full = names.prefix + module.name
        if inner is None:
            hint = did_you_mean(model, self.parts)
            self.problems.append(f'module "{full}" uses model "{model}", which is not there.{hint}')
            return
        if key in chain:
            self.problems.append(f'model "{model}" holds itself: {" -> ".join((*chain, key))}')
            return
        self.uses += 1
        if self.uses > MAX_USES or len(chain) > MAX_USES_NESTED:
            raise InputError(
                f'module "{full[:200]}": modules hold modules, more than {MAX_USES:,} in all, or '
                f"{MAX_USES_NESTED} inside one another"
            )
        fed = {_local(to, module.name): names.full(source) for to, source in module.connections}
        self.add(inner, f"{full}.", (*chain, key), fed)


def _local(to: str, module: str) -> str:
    """Return the canonical name of an input inside its module: ``tank.supply`` is ``supply``."""
    front, dot, rest = to.partition(".")
    own = rest if dot and canonical(front) in ("", canonical(module)) else to
    return canonical(own)


def _connected(element: ir.Element, prefix: str, source: str) -> ir.Element:
    """Return an input whose equation is replaced by what feeds it."""
    subscripts = element.definitions[0].subscripts if element.definitions else element.dims
    body = ir.Name(source, subscripts)
    definition = ir.Definition(subscripts, (), body, f"{prefix}{element.name} = {show(body)}")
    return _renamed(replace(element, definitions=(definition,)), prefix)


def _renamed(element: ir.Element, prefix: str) -> ir.Element:
    front = prefix.replace(".", "_").lower().replace(" ", "_")
    return replace(element, name=prefix + element.name, py_name=front + element.py_name)


@dataclass(frozen=True)
class _Names:
    """The names that equations of one model may use."""

    part: Part
    prefix: str
    shared: frozenset[str]

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(canonical(element.name) for element in self.part.elements)

    @cached_property
    def _modules(self) -> frozenset[str]:
        return frozenset(canonical(module.name) for module in self.part.modules)

    def element(self, element: ir.Element) -> ir.Element:
        if not self.prefix:
            return replace(element, definitions=tuple(map(self._definition, element.definitions)))
        made = replace(element, definitions=tuple(map(self._definition, element.definitions)))
        return _renamed(made, self.prefix)

    def _definition(self, definition: ir.Definition) -> ir.Definition:
        body = definition.body
        if isinstance(body, tuple | ir.Table):
            return definition
        return replace(definition, body=self.expression(body))

    def expression(self, expr: ir.Expr) -> ir.Expr:
        if isinstance(expr, ir.Name):
            return ir.Name(self.full(expr.name), expr.subscripts)
        return ir.rebuild(expr, tuple(map(self.expression, ir.children(expr))))

    def full(self, name: str) -> str:
        """Return a name as the outermost model knows it."""
        if name.startswith(ir.HIDDEN):
            return name
        if name.startswith("."):
            return name[1:]
        own = canonical(name)
        if own in self._own or canonical(name.partition(".")[0]) in self._modules:
            return self.prefix + name
        # A full name from the outermost model on, or the model's time.
        return name if own in self.shared or "." in name else self.prefix + name
