"""What changed between two versions of a model file, in the model's own writing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from nqpf.compare.plain import Plain, Ranges, place, plain
from nqpf.compare.renames import renames
from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.show import show

Kind = Literal[
    "added",
    "removed",
    "renamed",
    "equation",
    "constant",
    "table",
    "unit",
    "bounds",
    "documentation",
    "subscripts",
    "method",
    "data",
    "number",
    "scenario",
    "setting",
]


@dataclass(frozen=True)
class Change:
    """One thing that differs; ``old`` or ``new`` is empty where one side has nothing.

    ``variable``: its name in the newer version, or the scenario, range or file that changed.
    """

    kind: Kind
    variable: str
    old: str
    new: str


@dataclass(frozen=True)
class ModelChanges:
    """All changes, by kind and then in the order of the newer file; and who was renamed.

    ``renamed``: old name -> new name, as the files write them. ``common``: how many variables both
    versions have, renamed ones among them.
    """

    changes: tuple[Change, ...]
    renamed: dict[str, str]
    common: int


def compare_models(old: ir.SourceModel, new: ir.SourceModel) -> ModelChanges:
    """Return what changed from ``old`` to ``new``; spelling, blanks and order do not count."""
    before, after = _elements(old), _elements(new)
    ranges = _renamed_ranges(old, new)
    renamed = renames(before, after, ranges)
    pairs = {name: name for name in before.keys() & after.keys()} | renamed
    olds = {come: gone for gone, come in pairs.items()}
    changes = [
        *(_whole("added", after[name]) for name in after if name not in olds),
        *(_whole("removed", before[name]) for name in before if name not in pairs),
    ]
    for name, element in after.items():
        if name in olds:
            earlier = before[olds[name]]
            if olds[name] != name:
                changes.append(Change("renamed", element.name, earlier.name, element.name))
            changes += _element(earlier, element, renamed, ranges)
    changes += _settings(old, new, ranges)
    changes = [each for each in changes if not _only_hidden(each)]
    order: list[str] = list(_ORDER)
    return ModelChanges(
        changes=tuple(sorted(changes, key=lambda each: order.index(each.kind))),
        renamed={
            before[gone].name: after[come].name
            for gone, come in renamed.items()
            if not before[gone].name.startswith(ir.HIDDEN)
        },
        common=len(pairs),
    )


_ORDER: tuple[Kind, ...] = (
    "renamed",
    "added",
    "removed",
    "equation",
    "constant",
    "table",
    "subscripts",
    "method",
    "data",
    "unit",
    "bounds",
    "documentation",
)


def _elements(model: ir.SourceModel) -> dict[str, ir.Element]:
    return {canonical(element.name): element for element in model.elements}


def _only_hidden(change: Change) -> bool:
    """Whether it is about what the file does not name; the equation that uses it tells the rest."""
    hidden = change.variable.startswith(ir.HIDDEN)
    return hidden and change.kind in ("added", "removed", "renamed")


def _whole(kind: Kind, element: ir.Element) -> Change:
    text = _written(element.name, element.definitions)
    return Change(kind, element.name, *(("", text) if kind == "added" else (text, "")))


def _element(
    old: ir.Element, new: ir.Element, renamed: dict[str, str], ranges: Ranges
) -> Iterator[Change]:
    name = new.name.removeprefix(ir.HIDDEN)
    before, after = _mapped(plain(old, ranges), renamed), plain(new, {})
    if before != after:
        yield from _equations(name, old, new, before, after, ranges)
    texts: list[tuple[Kind, str, str]] = [
        ("unit", old.unit, new.unit),
        ("bounds", _bounds(old.limits), _bounds(new.limits)),
        ("documentation", old.doc, new.doc),
    ]
    for kind, one, other in texts:
        if " ".join(one.split()) != " ".join(other.split()):
            yield Change(kind, name, one, other)


def _equations(
    name: str, old: ir.Element, new: ir.Element, before: Plain, after: Plain, ranges: Ranges
) -> Iterator[Change]:
    """Yield the definitions that differ, gathered as one change; tables by their points."""
    gone = [
        each for each in old.definitions if before[where := place(each, ranges)] != after.get(where)
    ]
    come = [
        each for each in new.definitions if after[where := place(each, {})] != before.get(where)
    ]
    match gone, come:
        case [ir.Definition(body=ir.Table() as one)], [ir.Definition(body=ir.Table() as other)]:
            yield Change("table", name, *_points(one, other))
        case _:
            numbers = all(isinstance(each.body, ir.Number | tuple) for each in (*gone, *come))
            kind: Kind = "constant" if numbers else "equation"
            yield Change(kind, name, _written(old.name, gone), _written(new.name, come))


def _mapped(definitions: Plain, renamed: dict[str, str]) -> Plain:
    return {
        place: _in_new_names(body, renamed) if isinstance(body, ir.Expr) else body
        for place, body in definitions.items()
    }


def _in_new_names(expr: ir.Expr, renamed: dict[str, str]) -> ir.Expr:
    if isinstance(expr, ir.Name):
        return replace(expr, name=renamed.get(expr.name, expr.name))
    parts = ir.children(expr)
    return ir.rebuild(expr, tuple(_in_new_names(part, renamed) for part in parts))


def _renamed_ranges(old: ir.SourceModel, new: ir.SourceModel) -> dict[str, str]:
    """Return old name -> new name of ranges that bear another name and have the same elements."""
    before, after = (
        {canonical(name): elements for name, elements in model.ranges.items()}
        for model in (old, new)
    )
    gone = {name: elements for name, elements in before.items() if name not in after}
    come = {name: elements for name, elements in after.items() if name not in before}
    pairs = {one: [o for o, elements in come.items() if elements == gone[one]] for one in gone}
    return {
        one: others[0]
        for one, others in pairs.items()
        if len(others) == 1 and sum(others == more for more in pairs.values()) == 1
    }


def _settings(old: ir.SourceModel, new: ir.SourceModel, ranges: Ranges) -> Iterator[Change]:
    """Yield what changed beside the variables."""
    if old.method != new.method:
        yield Change("method", "integration", old.method, new.method)
    by_name = {canonical(name): name for name in (*old.ranges, *new.ranges)}
    for one, other in ranges.items():
        yield Change("renamed", by_name[other], by_name[one], by_name[other])
    known = {by_name[one]: by_name[other] for one, other in ranges.items()}
    yield from differences("subscripts", _ranges(old, known), _ranges(new, {}), str)
    yield from differences("data", old.files, new.files, lambda digest: digest[:12])


def _ranges(model: ir.SourceModel, renamed: dict[str, str]) -> dict[str, str]:
    def now(name: str) -> str:
        return renamed.get(name, name)

    ranges = {now(name): ", ".join(elements) for name, elements in model.ranges.items()}
    mappings = {
        f"{now(one)} -> {now(other)}": ", ".join(elements)
        for (one, other), elements in model.mappings.items()
    }
    both = ranges | mappings
    return {name: text for name, text in both.items() if not name.startswith(ir.HIDDEN)}


def differences(
    kind: Kind, old: dict[str, str], new: dict[str, str], written: Callable[[str], str]
) -> Iterator[Change]:
    """Yield a change for every key whose texts are not the same."""
    for name in dict.fromkeys((*old, *new)):
        one, other = old.get(name), new.get(name)
        if one != other:
            yield Change(kind, name, *("" if x is None else written(x) for x in (one, other)))


# --- writing ------------------------------------------------------------------------------------


def _written(name: str, definitions: Iterable[ir.Definition]) -> str:
    """Return definitions as lines, as a modeller writes them."""
    lines: list[str] = []
    for each in definitions:
        left = name.removeprefix(ir.HIDDEN)
        left += f"[{', '.join(each.subscripts)}]" if each.subscripts else ""
        if each.excepted:
            groups = ", ".join(f"[{', '.join(group)}]" for group in each.excepted)
            left += f" :EXCEPT: {groups}"
        lines.append(f"{left} = {_right(each.body)}")
    return "\n".join(lines)


def _right(body: ir.Expr | ir.Table | tuple[float, ...] | tuple[ir.Table, ...]) -> str:
    match body:
        case ir.Table():
            return _pairs(zip(body.x, body.y, strict=True))
        case tuple():
            return "; ".join(
                _right(each) if isinstance(each, ir.Table) else show(ir.Number(each))
                for each in body
            )
        case _:
            return show(body)


def _points(old: ir.Table, new: ir.Table) -> tuple[str, str]:
    """Return the points that only one of two tables has, on both sides."""
    before = list(zip(old.x, old.y, strict=True))
    after = list(zip(new.x, new.y, strict=True))
    if set(before) == set(after):
        return _reading(old), _reading(new)
    return (
        _pairs(each for each in before if each not in after),
        _pairs(each for each in after if each not in before),
    )


def _reading(table: ir.Table) -> str:
    outside = "goes on beyond its ends" if table.extrapolate else "stays flat beyond its ends"
    return f"{len(table.x)} points, {outside}"


def _pairs(points: Iterable[tuple[float, float]]) -> str:
    return ", ".join(f"({show(ir.Number(x))}, {show(ir.Number(y))})" for x, y in points)


def _bounds(limits: tuple[float | None, float | None]) -> str:
    if limits == (None, None):
        return ""
    return f"[{', '.join('?' if x is None else show(ir.Number(x)) for x in limits)}]"
