"""What a model file says, parsed and not yet understood: the same trees for Vensim and XMILE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

BinaryOp = Literal[
    "+", "-", "*", "/", "//", "^", "mod", "=", "<>", "<", "<=", ">", ">=", "and", "or"
]


# --- expressions ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text in single quotes, as the functions that read files take it."""

    value: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Vensim's ``:NA:``."""


@dataclass(frozen=True, slots=True)
class Name:
    """A reference. A subscript is a text where it is one name (``*``, and ``name!``, too)."""

    name: str
    subscripts: tuple[str | Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """``function(arguments : outputs)``, or a table with its argument."""

    function: Name
    arguments: tuple[Node, ...]
    outputs: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Node


@dataclass(frozen=True, slots=True)
class Not:
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    op: BinaryOp
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Conditional:
    """XMILE's IF ... THEN ... ELSE."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Span:
    """XMILE's ``first:last`` as a subscript."""

    first: Node
    last: Node


@dataclass(frozen=True, slots=True)
class Transposed:
    """XMILE's ``array'``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Points:
    """A table written out. XMILE's kind of table; Vensim's are all continuous."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: Literal["continuous", "extrapolate", "discrete"] = "continuous"


@dataclass(frozen=True, slots=True)
class Array:
    """Values written out, row-major over the subscripts of the left side."""

    values: tuple[Node, ...]


Node = (
    Number
    | Text
    | Missing
    | Name
    | Call
    | Negative
    | Not
    | Binary
    | Conditional
    | Span
    | Transposed
    | Points
    | Array
)


def parts(node: Node) -> tuple[Node, ...]:
    """Return the direct sub-expressions of ``node``, those among subscripts included."""
    match node:
        case Number() | Text() | Missing() | Points():
            return ()
        case Name(_, subscripts):
            return tuple(each for each in subscripts if not isinstance(each, str))
        case Call(function, arguments, outputs):
            return (*parts(function), *arguments, *outputs)
        case Negative(operand) | Not(operand) | Transposed(operand):
            return (operand,)
        case Binary(_, left, right) | Span(left, right):
            return (left, right)
        case Conditional(condition, then, otherwise):
            return (condition, then, otherwise)
        case Array(values):
            return values


def walk(node: Node) -> Iterator[Node]:
    """Yield ``node`` and everything below it."""
    stack = [node]
    while stack:
        each = stack.pop()
        yield each
        stack.extend(parts(each))


# --- definitions ------------------------------------------------------------------------------

Kind = Literal["equation", "constant", "data", "lookup"]


@dataclass(frozen=True, slots=True)
class Equation:
    """One definition of a variable.

    ``kind``: ``constant`` cannot be changed (Vensim's ``==``); ``data`` is Vensim's ``:=`` or a
    name without equation. ``mode``: a data variable's keyword, in capitals without colons.
    ``body`` is None where there is no equation. ``line``: where it starts in the file, from 1.
    """

    name: str
    subscripts: tuple[str, ...]
    excepted: tuple[tuple[str, ...], ...]
    kind: Kind
    body: Node | None
    mode: str = ""
    unit: str = ""
    doc: str = ""
    limits: tuple[float | None, float | None] = (None, None)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Mapping:
    """``range -> target``; ``elements`` of the target, one for each of the range, if listed."""

    target: str
    elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Range:
    """A subscript range as written: elements, other ranges, or a call that reads them."""

    name: str
    elements: tuple[str, ...]
    mappings: tuple[Mapping, ...] = ()
    source: Call | None = None
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A reality check or test input of Vensim, kept as text.

    ``kind`` is ``the condition`` or ``test input``.
    """

    name: str
    subscripts: tuple[str, ...]
    kind: str
    text: str


@dataclass(slots=True)
class Section:
    """The main model, or a macro with its parameters and further outputs."""

    name: str = ""
    parameters: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    equations: list[Equation] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
