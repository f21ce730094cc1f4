"""What is said of one variable: figures and names, no words of a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nqpf.engine.causality import Loop, Polarity
from nqpf.explain.documentation import Documentation


@dataclass(frozen=True)
class Cause:
    """A variable that an equation reads.

    ``initial``: only for the value at the start; the polarity is then open.
    """

    name: str
    polarity: Polarity
    initial: bool = False


@dataclass(frozen=True)
class Effect:
    """A variable whose equation reads this one; see `Cause`."""

    name: str
    polarity: Polarity
    initial: bool = False


@dataclass(frozen=True)
class Value:
    """Values of one element: ``label`` is ``"[East]"``, or empty without subscripts.

    ``numbers``: at the times of the explanation, in the unit of the variable.
    """

    label: str
    numbers: tuple[float, ...]


@dataclass(frozen=True)
class NamedLoop:
    """A feedback loop that the study names, such as R1; ``title`` by language."""

    name: str
    title: Mapping[str, str]
    loop: Loop


@dataclass(frozen=True)
class Explanation:
    """A variable of a model.

    Attributes
    ----------
    kind
        As in `nqpf.engine.ir.Kind`.
    group
        Part of the file that it stands in; "" where there are none.
    documentation, chinese
        As in the file, and as the study has it in Chinese: there as in the file what it leaves out.
    equations
        As texts in Vensim's notation, ``Name[Region] = ...``. Of a table its points.
    causes, effects
        In the order of the model file.
    loops
        Shortest feedback loop through each of its effects, shortest first.
    named
        Loops with a name that it is in.
    times, values
        Its course at some times, an entry an element; of a constant one value and no time; none
        for a table.
    """

    name: str
    kind: str
    unit: str
    group: str
    documentation: Documentation
    chinese: Documentation
    limits: tuple[float | None, float | None]
    equations: tuple[str, ...]
    causes: tuple[Cause, ...]
    effects: tuple[Effect, ...]
    loops: tuple[Loop, ...]
    named: tuple[NamedLoop, ...]
    times: tuple[float, ...]
    values: tuple[Value, ...]

    @property
    def unnamed(self) -> tuple[Loop, ...]:
        """Those of its ``loops`` that have no name."""
        known = {frozenset(each.loop.variables) for each in self.named}
        return tuple(loop for loop in self.loops if frozenset(loop.variables) not in known)

    def said(self, lang: str) -> Documentation:
        """Return the documentation for readers of a language."""
        return self.chinese if lang == "zh" else self.documentation

    def plain(self) -> dict[str, Any]:
        """As dictionaries and lists, for JSON."""
        return asdict(self)
