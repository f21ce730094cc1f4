"""Subscript ranges as written -> their elements, and what stands for what where ranges map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nqpf.engine.limits import MAX_NESTED
from nqpf.engine.names import canonical
from nqpf.engine.reader import syntax
from nqpf.engine.reader.outside import range_elements
from nqpf.engine.reader.parser import spelled
from nqpf.engine.reader.sheets import Files
from nqpf.errors import InputError, did_you_mean

Ranges = dict[str, tuple[str, ...]]
Mappings = dict[tuple[str, str], tuple[str, ...]]


def resolve(
    written: Iterable[syntax.Range], files: Files, problems: list[str]
) -> tuple[Ranges, Mappings]:
    """Return (range -> elements, mappings); ``files`` are where elements may be read from.

    A mapping (loop range, used range) holds, for each element of the loop's range, the element
    of the used range that stands for it, or "" where none does. A range inside a range is taken
    apart; ``A <-> B`` and ``A : B`` make copies.
    """
    by_key = {canonical(each.name): _read(each, files, problems) for each in written}
    known: Ranges = {}
    ranges = {each.name: _elements(each, by_key, (), known, problems) for each in by_key.values()}
    mappings: Mappings = {}
    for each in by_key.values():
        for mapping in each.mappings:
            _map(each.name, mapping, ranges, mappings, problems)
    return ranges, mappings


def _read(one: syntax.Range, files: Files, problems: list[str]) -> syntax.Range:
    """Return the range with the elements that its ``GET ... SUBSCRIPT`` names, if it has one."""
    if one.source is None:
        return one
    try:
        found = range_elements(files, spelled(one.source.function.name), texts(one.source))
    except InputError as error:
        problems.append(f'"{one.name}" reads {error}')
        return one
    return replace(one, elements=found, source=None)


def texts(call: syntax.Call) -> list[str]:
    """Return the arguments of a GET function; what is no text is left out."""
    return [each.value for each in call.arguments if isinstance(each, syntax.Text)]


def _elements(
    one: syntax.Range,
    by_key: dict[str, syntax.Range],
    around: tuple[str, ...],
    known: Ranges,
    problems: list[str],
) -> tuple[str, ...]:
    """Return the elements of a range, and note them in ``known``: no range is worked out twice."""
    if one.name in known:
        return known[one.name]
    if len(around) > MAX_NESTED:
        problems.append(f"subscript ranges stand in one another, more than {MAX_NESTED} deep")
        return ()
    if one.name in around:
        problems.append(f"subscript range {' -> '.join((*around, one.name))} is circular")
        return ()
    found: list[str] = []
    for part in one.elements:
        inner = by_key.get(canonical(part))
        if inner is not None and inner is not one:
            found.extend(_elements(inner, by_key, (*around, one.name), known, problems))
        else:
            found.append(part)
    known[one.name] = tuple({canonical(element): element for element in found}.values())
    return known[one.name]


def _map(
    name: str,
    mapping: syntax.Mapping,
    ranges: Ranges,
    mappings: Mappings,
    problems: list[str],
) -> None:
    names = {canonical(own): own for own in ranges}
    target = names.get(canonical(mapping.target))
    own = ranges[name]
    if target is None:
        problems.append(
            f'subscript range "{name}" is mapped to "{mapping.target}", which is not a subscript '
            f"range.{did_you_mean(mapping.target, ranges)}"
        )
        return
    listed = mapping.elements or ranges[target]
    if len(listed) != len(own):
        problems.append(
            f'subscript range "{name}" has {len(own)} elements, its mapping to "{target}" '
            f"{len(listed)}"
        )
        return
    stands_for: dict[str, str] = {}
    for element, other in zip(own, listed, strict=True):
        # An element may stand for all of a subrange of the target.
        group = names.get(canonical(other))
        for one in ranges[group] if group is not None else (other,):
            stands_for[canonical(one)] = element
    mappings[target, name] = tuple(stands_for.get(canonical(each), "") for each in ranges[target])
    if set(mappings[target, name]) == set(own) and len(own) == len(ranges[target]):
        back = dict(zip(mappings[target, name], ranges[target], strict=True))
        mappings.setdefault((name, target), tuple(back[each] for each in own))
