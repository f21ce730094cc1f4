"""Which names a model holds: subscript ranges, their elements, variables and their axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.errors import did_you_mean

CONTROL = ("INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER")


@dataclass(frozen=True)
class Axis:
    """One axis of a variable: its elements in order, and the range it is named after.

    A second axis over the same range is named with its number behind; ``range`` is the same.
    """

    name: str
    elements: tuple[str, ...]
    range: str = ""

    def position(self, element: str) -> int | None:
        return self._places.get(canonical(element))

    @cached_property
    def _places(self) -> dict[str, int]:
        """Canonical element -> its first place."""
        return {canonical(own): i for i, own in reversed([*enumerate(self.elements)])}


class Symbols:
    """The names of one model.

    ``problems`` collects what is wrong, so that a modeller sees all of it at once.
    """

    def __init__(self, source: ir.SourceModel) -> None:
        self.problems: list[str] = []
        self.ranges = source.ranges
        self.mappings = source.mappings
        self._spelled = {canonical(name): name for name in source.ranges}
        self._canonical = {
            name: frozenset(map(canonical, elements)) for name, elements in source.ranges.items()
        }
        self.elements: dict[str, ir.Element] = {}
        for element in source.elements:
            key = canonical(element.name)
            if key in self.elements:
                self.problems.append(
                    f'"{element.name}" is defined twice (also as "{self.elements[key].name}")'
                )
            self.elements[key] = element
        missing = [name for name in CONTROL[:3] if canonical(name) not in self.elements]
        if missing:
            self.problems.append(f"{', '.join(missing)} missing: is this a whole model?")
        self._add_saveper(source.saveper)
        self.axes = {key: self._axes(element) for key, element in self.elements.items()}

    def _add_saveper(self, given: float | None) -> None:
        """XMILE may leave the save period out."""
        key = canonical("SAVEPER")
        if key in self.elements and given is None:
            return
        body = ir.Number(given) if given is not None else ir.Name("TIME STEP")
        definition = ir.Definition((), (), body, "SAVEPER")
        known = self.elements.get(key)
        if known is None:
            known = ir.Element("SAVEPER", "saveper", "", "", (None, None), ())
        self.elements[key] = replace(known, definitions=(definition,))

    # --- subscripts ---------------------------------------------------------------------------

    def range_named(self, subscript: str) -> str | None:
        """Return the range that ``subscript`` names, None if it is an element or unknown."""
        return self._spelled.get(canonical(subscript))

    def ordinal(self, element: str) -> int | None:
        """Return the place of an element in the largest range that holds it, counted from 1.

        As in Vensim: elements of a subrange are numbered as in the whole range.
        """
        return self._ordinals.get(canonical(element))

    @cached_property
    def _ordinals(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for elements in sorted(self.ranges.values(), key=len, reverse=True):
            for i, element in enumerate(elements):
                found.setdefault(canonical(element), i + 1)
        return found

    def span(self, variable: str, subscript: str, axis: Axis) -> tuple[int, ...]:
        """Return the positions on ``axis`` that a subscript covers."""
        positions = [axis.position(part) for part in self._parts(subscript)]
        if None in positions:
            self.problems.append(self.unknown_subscript(variable, subscript, axis))
            return ()
        return tuple(p for p in positions if p is not None)

    def excepted_span(self, variable: str, subscript: str, axis: Axis) -> tuple[int, ...]:
        """Return what EXCEPT takes out of ``axis``.

        An exception that is irrelevant is benign (Vensim, Exception Equations): elements of a
        larger range that ``axis`` is a part of are passed over.
        """
        parts = set(map(canonical, self._parts(subscript)))
        whole = parts | set(map(canonical, axis.elements))
        if not any(whole <= set(map(canonical, own)) for own in self.ranges.values()):
            return self.span(variable, subscript, axis)
        return tuple(k for k, own in enumerate(axis.elements) if canonical(own) in parts)

    def _parts(self, subscript: str) -> tuple[str, ...]:
        name = self.range_named(subscript)
        return self.ranges[name] if name is not None else (subscript,)

    def mapped(self, loop: str, used: str) -> tuple[str, ...] | None:
        """Return, for each element of the range ``loop``, what stands for it of ``used``.

        A mapping from a range serves its subranges, too. None if there is no mapping.
        """
        for (target, source), elements in self.mappings.items():
            if source != used:
                continue
            if target == loop:
                return elements
            of = dict(zip(map(canonical, self.ranges[target]), elements, strict=True))
            own = [canonical(element) for element in self.ranges.get(loop, ())]
            if own and all(element in of for element in own):
                return tuple(of[element] for element in own)
        return None

    def unknown_subscript(self, variable: str, subscript: str, axis: Axis | None = None) -> str:
        if axis is not None:
            hint = did_you_mean(subscript, axis.elements)
            return f'"{variable}": "{subscript}" is not part of {axis.name}.{hint}'
        known = [*self.ranges, *(e for elements in self.ranges.values() for e in elements)]
        return f'"{variable}": unknown subscript "{subscript}".{did_you_mean(subscript, known)}'

    # --- axes ---------------------------------------------------------------------------------

    def _axes(self, element: ir.Element) -> tuple[Axis, ...]:
        if element.dims:
            return _numbered(Axis(dim, self.ranges[dim], dim) for dim in element.dims)
        counts = {len(definition.subscripts) for definition in element.definitions}
        if len(counts) > 1:
            self.problems.append(f'"{element.name}" has definitions of unequal dimension')
            return ()
        count = counts.pop() if counts else 0
        return _numbered(
            self._axis(element.name, [d.subscripts[i] for d in element.definitions])
            for i in range(count)
        )

    def _axis(self, variable: str, used: Sequence[str]) -> Axis:
        """Return the range that all of a variable's definitions share, or the smallest around."""
        names = {self.range_named(subscript) for subscript in used}
        if len(names) == 1 and None not in names:
            (name,) = names
            assert name is not None
            return Axis(name, self.ranges[name], name)
        wanted: set[str] = set()
        for subscript in used:
            name = self.range_named(subscript)
            parts = self.ranges[name] if name is not None else (subscript,)
            wanted.update(map(canonical, parts))
        holding = [
            (len(elements), name)
            for name, elements in self.ranges.items()
            if wanted <= self._canonical[name]
        ]
        if holding:
            _, name = min(holding, key=lambda pair: pair[0])
            return Axis(name, self.ranges[name], name)
        known = frozenset(self._spelled).union(*self._canonical.values())
        unknown = [part for part in used if canonical(part) not in known]
        listed = ", ".join(dict.fromkeys(used))
        self.problems.append(
            self.unknown_subscript(variable, unknown[0])
            if unknown
            else f'"{variable}": no subscript range holds all of {listed}'
        )
        return Axis("?", tuple(used))


def _numbered(axes: Iterable[Axis]) -> tuple[Axis, ...]:
    """Number the axes over a range from the second on, so that output dimensions differ."""
    seen: Counter[str] = Counter()
    found: list[Axis] = []
    for axis in axes:
        seen[axis.name] += 1
        count = seen[axis.name]
        found.append(axis if count == 1 else replace(axis, name=f"{axis.name} {count}"))
    return tuple(found)
