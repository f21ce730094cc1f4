"""What a model file says, parsed and not yet understood: the same trees for Vensim and XMILE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from nqpf.engine.ir import RealityCheck
from nqpf.engine.reader.modules import Module

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
class Stock:
    """A stock of XMILE: its net flow and initial value. Only ever a whole right side."""

    flow: Node
    initial: Node
    non_negative: bool


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
    | Stock
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
        case Binary(_, left, right) | Span(left, right) | Stock(left, right, _):
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

Kind = Literal["equation", "constant", "data", "lookup", "missing"]


@dataclass(frozen=True, slots=True)
class Equation:
    """One definition of a variable.

    ``kind``: ``constant`` cannot be changed (Vensim's ``==``); ``data`` is Vensim's ``:=`` or a
    name without equation; ``missing`` is a variable of XMILE that has none. ``mode``: a data
    variable's keyword, in capitals without colons. ``body`` is None where there is no equation.
    ``line``: where it starts in the file, from 1.

    Of XMILE: ``dims`` of the variable, whatever part of it is defined here. ``graph``: the table
    that the equation's value is looked up in. ``at_start``: its equation while stocks get their
    initial values, if it is another. ``most``: what limits the value. ``non_negative``: of a flow
    that never runs backwards. ``group``: name of the part of the file that it stands in.
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
    dims: tuple[str, ...] = ()
    graph: Points | None = None
    at_start: Node | None = None
    most: Node | None = None
    non_negative: bool = False
    group: str = ""


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


@dataclass(slots=True)
class Section:
    """A model, or a macro with its parameters, their defaults (of the last ones) and outputs.

    ``result``: the value of a macro's call where it is not the variable of the macro's name.
    """

    name: str = ""
    parameters: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    equations: list[Equation] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    checks: list[RealityCheck] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    defaults: tuple[Node, ...] = ()
    result: Node | None = None


@dataclass(slots=True)
class Source:
    """All that a file defines: the model, its macros, and the models that its modules use."""

    main: Section
    macros: list[Section] = field(default_factory=list)
    models: list[Section] = field(default_factory=list)
