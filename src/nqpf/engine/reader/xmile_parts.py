"""The models, modules and macros of an XMILE file, each for the translator by itself.

PySD's translator knows one model a file: it takes the variables of all submodels for its own, and
macros for unknown functions. Every ``<model>`` and ``<macro>`` (XMILE 1.0, sections 4.7 and 4.8) is
handed to it as a file of its own.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nqpf.engine.names import canonical
from nqpf.engine.reader.modules import Module

RESULT, DEFAULT = "macro result", "macro default"  # what a macro's own equations are called
_VARIABLES = ("aux", "flow", "stock", "gf")
_COMMENT = re.compile(r"\{[^}]*\}")
# A name in a module, which the translator reads only in quotes: tank.level, .source
_QUALIFIED = re.compile(r'"[^"]*"|(?<![\w.])(?:[^\W\d]\w*)?(?:\.[^\W\d]\w*)+')


@dataclass(frozen=True)
class XmilePart:
    """One ``<model>`` (``name`` "" for the outermost) or ``<macro>``, as the translator read it."""

    name: str
    section: Any
    modules: tuple[Module, ...] = ()
    parameters: tuple[str, ...] = ()
    defaults: int = 0
    macro: bool = False


def parts(translated: Any) -> list[XmilePart]:
    """Split an opened ``XmileFile`` and translate its parts, the outermost model first."""
    root = translated.xmile_root
    prefix = f"{{{translated.ns}}}"
    models = root.findall(f"{prefix}model")
    # The outermost model has no name; where all have one, it is the first.
    models.sort(key=lambda model: model.get("name", "") != "")
    read = [_model(translated, model, prefix, main=not k) for k, model in enumerate(models)]
    return [*read, *(_macro(translated, macro, prefix) for macro in root.iter(f"{prefix}macro"))]


def _model(translated: Any, model: Any, prefix: str, *, main: bool) -> XmilePart:
    name = "" if main else model.get("name", "")
    modules = tuple(
        Module(
            module.get("name", ""),
            tuple((c.get("to", ""), c.get("from", "")) for c in module.iter(f"{prefix}connect")),
        )
        for module in model.iter(f"{prefix}module")
        if module.getparent().tag in (f"{prefix}variables", f"{prefix}model")
    )
    return XmilePart(name, _section(translated, copy.deepcopy(model), prefix, name), modules)


def _macro(translated: Any, macro: Any, prefix: str) -> XmilePart:
    name = macro.get("name", "")
    parameters = [(p.text or "").strip() for p in macro.iterfind(f"{prefix}parm")]
    defaults = [p.get("default") for p in macro.iterfind(f"{prefix}parm") if p.get("default")]
    own = copy.deepcopy(macro)
    variables = own.find(f"{prefix}variables")
    if variables is None:
        variables = own.makeelement(f"{prefix}variables")
        own.append(variables)
    taken = set(map(canonical, parameters))
    for node in list(variables):
        if canonical(node.get("name", "")) in taken:
            variables.remove(node)  # a parameter may be drawn like a variable
    equations = [(RESULT, own.findtext(f"{prefix}eqn", ""))]
    equations += [(f"{DEFAULT} {k}", text) for k, text in enumerate(defaults)]
    for title, text in equations:
        node = variables.makeelement(f"{prefix}aux", {"name": title})
        equation = node.makeelement(f"{prefix}eqn")
        equation.text = text
        node.append(equation)
        variables.append(node)
    own.tag = f"{prefix}model"
    section = _section(translated, own, prefix, name)
    return XmilePart(name, section, (), tuple(parameters), len(defaults), macro=True)


def _section(translated: Any, model: Any, prefix: str, name: str) -> Any:
    """Translate one model as if it were a file of its own."""
    from pysd.translators.xmile.xmile_section import Section

    _gather(model, prefix)
    for node in _nodes(model, prefix):
        _prepare(node, prefix)
    root = copy.deepcopy(translated.xmile_root)
    for other in list(root):
        if other.tag in (f"{prefix}model", f"{prefix}macro"):
            root.remove(other)
    root.append(model)
    section = Section(
        name=name or "__main__",
        path=translated.xmile_path.with_suffix(".py"),
        section_type="macro" if name else "main",
        params=[],
        returns=[],
        content_root=root,
        namespace=translated.ns,
        split=False,
        views_dict=None,
    )
    section.parse()
    return section.get_abstract_section()


def _gather(model: Any, prefix: str) -> None:
    """Put variables that stand in the model itself, as in Stella 10.0, where the standard wants."""
    loose = [node for node in model if node.tag in tuple(prefix + tag for tag in _VARIABLES)]
    if loose:
        variables = model.makeelement(f"{prefix}variables")
        variables.extend(loose)
        model.append(variables)


def _nodes(model: Any, prefix: str) -> Iterator[Any]:
    for variables in model.iterfind(f"{prefix}variables"):
        for node in list(variables):
            if node.tag in tuple(prefix + tag for tag in _VARIABLES):
                yield node


def _prepare(node: Any, prefix: str) -> None:
    """Put what the translator does not read into words that it does.

    Qualified names are quoted; an input that has only a comment for an equation gets a zero; points
    with their x given have no scale of x.
    """
    for table in node.iter(f"{prefix}gf"):
        scale = table.find(f"{prefix}xscale")
        if scale is not None and table.find(f"{prefix}xpts") is not None:
            table.remove(scale)
    for equation in node.iter(f"{prefix}eqn"):
        text = equation.text or ""
        if not _COMMENT.sub("", text).strip():
            equation.text = "0"
            node.tag = f"{prefix}aux"
            for other in list(node):
                if other.tag not in (f"{prefix}eqn", f"{prefix}units", f"{prefix}doc"):
                    node.remove(other)
            return
        equation.text = _QUALIFIED.sub(_quoted, text)


def _quoted(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith('"') else f'"{found[0]}"'
