"""Variables that bear another name in the newer version and are otherwise what they were.

Two equations are *unified*: they must be the same but for names, and where a name that is gone
stands for one that has come, that is a supposed renaming, whose own equations must unify in turn.
So a stock and its flow, renamed together, are recognised although each reads the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from nqpf.compare.plain import Body, Plain, Ranges, names, plain
from nqpf.engine import ir

Elements = Mapping[str, ir.Element]  # by canonical name


def renames(old: Elements, new: Elements, ranges: Ranges) -> dict[str, str]:
    """Return old name -> new name, canonical, of what was renamed and not changed.

    What reads nothing (a number, a table) says little of itself: it counts as renamed if an
    equation that both versions have reads the one where the other read the other, or if its
    documentation is the same.
    """
    search = _Search(old, new, ranges)
    for name in old:  # in the order of the file: the first of two claims holds
        if name in new:
            search.suppose_from(name)
    search.take_unique(lambda name: any(names(search.old[name])))
    search.take_unique(lambda name: bool(old[name].doc.strip()), same_text=True)
    return search.found


class _Search:
    def __init__(self, old: Elements, new: Elements, ranges: Ranges) -> None:
        self.texts = {key: _text(old[key]) for key in old}, {key: _text(new[key]) for key in new}
        self.old = {name: plain(element, ranges) for name, element in old.items()}
        self.new = {name: plain(element, {}) for name, element in new.items()}
        self.gone = old.keys() - new.keys()
        self.come = new.keys() - old.keys()
        self.found: dict[str, str] = {}

    def suppose_from(self, reader: str) -> None:
        """Take over what unifying both versions of a variable, which both have, makes plain."""
        if self.old[reader] == self.new[reader]:
            return
        supposed: dict[str, str] = {}
        if not self._unify_all(self.old[reader], self.new[reader], supposed):
            return
        if (closed := self._closed(supposed)) is not None:
            self.found |= closed

    def take_unique(self, wanted, *, same_text: bool = False) -> None:
        """Take over every pair whose two sides have no other partner."""
        pairs = {
            (gone, come): closed
            for gone in sorted(self.gone - self.found.keys())
            if wanted(gone)
            for come in sorted(self.come - set(self.found.values()))
            if not same_text or self.texts[0][gone] == self.texts[1][come]
            if (closed := self._closed({gone: come})) is not None
        }
        olds, news = Counter(gone for gone, _ in pairs), Counter(come for _, come in pairs)
        for (gone, come), closed in pairs.items():
            if olds[gone] == news[come] == 1 and self._consistent(closed):
                self.found |= closed

    def _closed(self, supposed: Mapping[str, str]) -> dict[str, str] | None:
        """Return all renamings that ``supposed`` brings with it, None if one does not hold."""
        total = dict(supposed)
        waiting = list(supposed.items())
        while waiting:
            gone, come = waiting.pop()
            before = set(total)
            if not self._unify_all(self.old[gone], self.new[come], total):
                return None
            waiting.extend((name, total[name]) for name in total.keys() - before)
        return total if self._consistent(total) else None

    def _consistent(self, supposed: Mapping[str, str]) -> bool:
        both = self.found | dict(supposed)
        agrees = all(self.found.get(gone, come) == come for gone, come in supposed.items())
        return agrees and len(set(both.values())) == len(both)

    def _unify_all(self, old: Plain, new: Plain, supposed: dict[str, str]) -> bool:
        return old.keys() == new.keys() and all(
            self._unify(old[place], new[place], supposed) for place in old
        )

    def _unify(self, old: Body, new: Body, supposed: dict[str, str]) -> bool:
        if not (isinstance(old, ir.Expr) and isinstance(new, ir.Expr)):
            return old == new
        if isinstance(old, ir.Name) and isinstance(new, ir.Name):
            same = self._same_name(old.name, new.name, supposed)
            return same and old.subscripts == new.subscripts
        parts = ir.children(old), ir.children(new)
        if len(parts[0]) != len(parts[1]) or shell(old) != shell(new):
            return False
        return all(self._unify(one, other, supposed) for one, other in zip(*parts, strict=True))

    def _same_name(self, old: str, new: str, supposed: dict[str, str]) -> bool:
        known = self.found.get(old) or supposed.get(old)
        if known is not None:
            return known == new
        if old in self.gone and new in self.come and new not in supposed.values():
            supposed[old] = new
            return True
        return old == new


def shell(expr: ir.Expr) -> ir.Expr:
    """Return ``expr`` with blanks for what stands directly below it."""
    return ir.rebuild(expr, tuple(_blanks(ir.children(expr))))


def _blanks(parts: Iterable[ir.Expr]) -> Iterable[ir.Expr]:
    # Where a reference must stand, a blank reference; elsewhere the kind of the part is not ours.
    return (ir.Name("") if isinstance(part, ir.Name) else ir.Number(0.0) for part in parts)


def _text(element: ir.Element) -> str:
    return " ".join(element.doc.split())
