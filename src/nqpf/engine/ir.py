"""The engine's intermediate representation: frozen, typed, and owned by us.

A model is read into *equations as written* (``Name`` nodes, subscripts as text). The passes turn
them, step by step, into *indexed equations* (``Ref`` nodes, positions instead of names), which is
all that the code generator knows.

Every array is stored row-major over its axes. Positions are counted from zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ArithmeticOp = Literal["+", "-", "*", "/", "^"]
CompareOp = Literal["=", "<>", "<", "<=", ">", ">="]
ReduceOp = Literal["sum", "prod", "vmin", "vmax"]
VectorFunction = Literal[
    "sort order",
    "sort order ties",
    "rank",
    "reorder",
    "index of rank",
    "select",
    "lookup",
    "inverse",
    "allocate",
    "allocate available",
]
SINGLE: tuple[VectorFunction, ...] = ("select", "lookup")  # whose result is one number
# "record": what an expression was at past steps; "draw": a place where random numbers are drawn.
Kind = Literal["constant", "stock", "auxiliary", "lookup", "data", "initial", "record", "draw"]
DelayKind = Literal["delay", "delay n", "smooth", "smooth n", "trend", "forecast", "depreciation"]


# --- indices ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop over the elements of a subscript range; ``name`` is unique inside an equation."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """An axis held at one element."""

    position: int


@dataclass(frozen=True, slots=True)
class Along:
    """An axis that follows a loop: the loop's k-th pass stands at ``positions[k]`` of the axis."""

    loop: Loop
    positions: tuple[int, ...]


Index = Fixed | Along


# --- expressions ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Time:
    """The current model time."""


@dataclass(frozen=True, slots=True)
class StepTime:
    """The time at which the current step began: what discrete functions go by."""


@dataclass(frozen=True, slots=True)
class StepNumber:
    """The number of the current step, 0 at the start."""


@dataclass(frozen=True, slots=True)
class Name:
    """A reference as written; ``subscripts`` end in ``!`` where a range is reduced."""

    name: str
    subscripts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a variable's elements, one index an axis."""

    variable: str
    indices: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Ordinal:
    """The number that stands for a subscript's element: in the loop's k-th pass ``numbers[k]``."""

    loop: Loop
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary:
    op: ArithmeticOp
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Compare:
    op: CompareOp
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Logic:
    op: Literal["and", "or"]
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """A function of numbers (see ``functions.py`` for the known ones)."""

    function: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class If:
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Reduce:
    """SUM, PROD, VMIN or VMAX over ``loops``; before indexing, the loops are still empty."""

    op: ReduceOp
    body: Expr
    loops: tuple[Loop, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookup:
    """The table function ``table`` (a lookup or data variable) at ``argument``.

    ``reading``: what is asked of the table, see ``functions.READINGS``.
    """

    table: Name | Ref
    argument: Expr
    reading: str = "value"


@dataclass(frozen=True, slots=True)
class ElementAt:
    """The element ``offset`` places behind ``base``, all elements of its variable in a row.

    NaN where there is none. ``shape``: of the variable, once it is resolved.
    """

    base: Name | Ref
    offset: Expr
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Vector:
    """A function of whole arrays, whose result is an array, too, or one of ``SINGLE``'s numbers.

    As written it stands anywhere, for the element at hand of the result; ``loops`` are then what
    its own arguments mark with ``!``. Once laid out it is the right-hand side of a hidden
    variable: ``arrays`` and ``numbers`` are references to others, the last axes of ``arrays``
    follow ``loops``. If the result is an array these are the last loops of the equation, too, and
    all elements along them are filled at once.
    """

    function: VectorFunction
    arrays: tuple[Expr, ...]
    numbers: tuple[Expr, ...] = ()
    loops: tuple[Loop, ...] = ()


@dataclass(frozen=True, slots=True)
class Integ:
    """A stock. Only ever a whole right-hand side."""

    flow: Expr
    initial: Expr
    non_negative: bool = False


@dataclass(frozen=True, slots=True)
class Delay:
    """Material delay, information smooth or their kin, as written in the file.

    Of a depreciation, ``time`` is the lifetime and ``order`` the lifetime in fiscal periods.
    """

    kind: DelayKind
    input: Expr
    time: Expr
    initial: Expr
    order: Expr
    horizon: Expr | None = None


@dataclass(frozen=True, slots=True)
class Initial:
    """The value of ``operand`` at the start, held for ever."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class FixedDelay:
    """``input`` as it was ``steps`` steps ago, before that ``initial``; both as at the start."""

    input: Expr
    steps: Expr
    initial: Expr


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A discrete delay whose time may change; all times are counted in steps, from 1.

    ``arguments``: of "material" input, time, initial value and what stands where nothing arrives;
    of "information" the first three; of "batch" input, size, time, the batch that is under way,
    the time until it is ready, and what is stored; of "conveyor" input, time, leakage a unit of
    time, the profile of what is on it as a reading of its share, its amount and its time. Of a
    "history" input and how many steps ago it is asked for.
    """

    kind: Literal["material", "information", "batch", "conveyor", "history"]
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Deposit:
    """What a record gets for later steps, see ``records``.

    ``values``: to "add" or "replace" the value and the number of steps; to "convey" amount, three
    places of the entry and the share that is kept.
    """

    kind: Literal["add", "replace", "convey"]
    values: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """``input`` at the last step at which ``condition`` held, before: ``initial``."""

    condition: Expr
    input: Expr
    initial: Expr


@dataclass(frozen=True, slots=True)
class Past:
    """What ``record`` was ``steps`` steps ago; there must have been so many."""

    record: Ref
    steps: Expr


@dataclass(frozen=True, slots=True)
class Latched:
    """``value`` in the first stage of a step, and what ``record`` kept of it in later ones."""

    value: Expr
    record: Ref


@dataclass(frozen=True, slots=True)
class Draw:
    """A uniform random number in (0, 1), new at every step.

    ``stream`` and ``seed``: the function's and the model's seed. ``site`` tells draws apart; it is
    None until the draw has been given a hidden variable.
    """

    stream: Expr
    seed: Expr
    site: Ref | None = None


@dataclass(frozen=True, slots=True)
class ActiveInitial:
    """``active`` during the run, ``initial`` while stocks are initialised."""

    active: Expr
    initial: Expr


Expr = (
    Number
    | Time
    | StepTime
    | StepNumber
    | Name
    | Ref
    | Ordinal
    | Negative
    | Binary
    | Compare
    | Logic
    | Not
    | Call
    | If
    | Reduce
    | Lookup
    | ElementAt
    | Vector
    | Integ
    | Delay
    | Initial
    | FixedDelay
    | Arrivals
    | Deposit
    | Sample
    | Past
    | Latched
    | Draw
    | ActiveInitial
)


# --- tables -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """A table function: ``x`` ascending; ``extrapolate`` continues the end segments' slope."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    extrapolate: bool = False


NO_TABLE = Table((0.0, 0.0), (float("nan"), float("nan")))  # where nothing is defined


# --- the model as written ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Definition:
    """One equation of a variable as written.

    ``body`` is an expression, a table, or a block of numbers or of tables, row-major over the
    subscripts.
    """

    subscripts: tuple[str, ...]
    excepted: tuple[tuple[str, ...], ...]
    body: Expr | Table | tuple[float, ...] | tuple[Table, ...]
    text: str = ""

    @property
    def is_table(self) -> bool:
        body = self.body
        return isinstance(body[0] if isinstance(body, tuple) and body else body, Table)


@dataclass(frozen=True, slots=True)
class Element:
    """A variable as written: its definitions and what the file says of it.

    ``dims``: ranges of its subscripts where the file names them (XMILE); else they follow from the
    definitions. A variable without definitions has no equation. ``group``: the part of the file
    that it stands in, "" where there are none.
    """

    name: str
    py_name: str
    unit: str
    doc: str
    limits: tuple[float | None, float | None]
    definitions: tuple[Definition, ...]
    dims: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class UnitNames:
    """Names of one unit; ``meaning``: what they stand for in other units, "" for a unit itself."""

    names: tuple[str, ...]
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class RealityCheck:
    """A statement of Vensim about a model, as text, or a test input for such statements.

    A constraint's text is ``condition :IMPLIES: consequence``, a test input's ``variable =
    expression``.
    """

    name: str
    subscripts: tuple[str, ...]
    kind: Literal["constraint", "test input"]
    text: str


@dataclass(frozen=True, slots=True)
class SourceModel:
    """A model file, read and typed, nothing resolved yet.

    ``ranges``: subscript range -> elements, in file order. ``mappings``: (range, other range) ->
    the elements of the other range, in the order of the first. ``method``: what the file says.
    ``files``: data files that were read, as the model names them -> hash of the content.
    ``whole_arrays``: whether an array's name alone stands for all of it, as in XMILE, and
    ``passes.whole_arrays`` must write it out. ``units``: the file's own names of units.
    """

    elements: tuple[Element, ...]
    ranges: dict[str, tuple[str, ...]]
    mappings: dict[tuple[str, str], tuple[str, ...]]
    method: str
    saveper: float | None = None
    files: dict[str, str] = field(default_factory=dict)
    whole_arrays: bool = False
    checks: tuple[RealityCheck, ...] = ()
    units: tuple[UnitNames, ...] = ()


# --- the model, indexed -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variable:
    """What a user can ask of a variable.

    ``dims`` are names of subscript ranges; ``limits`` the range the file states, ``None`` if open;
    ``group`` the part of the file that it stands in, "" where there are none.
    """

    name: str
    py_name: str
    unit: str
    doc: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    kind: Kind
    limits: tuple[float | None, float | None] = (None, None)
    group: str = ""

    @property
    def size(self) -> int:
        count = 1
        for length in self.shape:
            count *= length
        return count


@dataclass(frozen=True, slots=True)
class Equation:
    """``variable[indices] = body`` for all passes of ``loops``.

    ``initial`` is the body used while the model is initialised, where it differs: for a stock it
    is its initial value, and ``body`` is its net flow.
    """

    variable: str
    indices: tuple[Index, ...]
    loops: tuple[Loop, ...]
    body: Expr
    initial: Expr | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class IndexedModel:
    """Variables and equations with every name resolved to positions.

    ``constants``: values of the constants, row-major. ``tables``: lookup and data variables, one
    table an element. ``hidden`` variables (stages of delays) are in ``variables`` too, under
    names that no file can hold. ``records``: record -> the held variable with the number of steps
    that it goes back, "" for one step, ``WHOLE_RUN`` or ``BELT`` for what is deposited for later
    steps.
    """

    variables: dict[str, Variable]
    ranges: dict[str, tuple[str, ...]]
    equations: tuple[Equation, ...]
    constants: dict[str, tuple[float, ...]]
    tables: dict[str, tuple[Table, ...]]
    non_negative: frozenset[str] = field(default_factory=frozenset)
    records: dict[str, str] = field(default_factory=dict)
    method: str = "euler"
    checks: tuple[RealityCheck, ...] = ()
    units: tuple[UnitNames, ...] = ()


WHOLE_RUN, BELT = "#whole run", "#belt"
HIDDEN = "#"  # starts the name of a hidden variable; no file's name reaches us with it in front


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the direct sub-expressions of ``expr``, in evaluation order."""
    match expr:
        case Number() | Time() | StepTime() | StepNumber() | Name() | Ref() | Ordinal():
            return ()
        case Negative(operand) | Not(operand) | Initial(operand):
            return (operand,)
        case Binary(_, left, right) | Compare(_, left, right) | Logic(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case If(condition, then, otherwise):
            return (condition, then, otherwise)
        case Reduce(_, body, _):
            return (body,)
        case Lookup(table, argument):
            return (table, argument)
        case ElementAt(base, offset):
            return (base, offset)
        case Vector(_, arrays, numbers):
            return (*arrays, *numbers)
        case Integ(flow, initial, _):
            return (flow, initial)
        case Delay(_, source, time, initial, order, horizon):
            rest = () if horizon is None else (horizon,)
            return (source, time, initial, order, *rest)
        case FixedDelay(first, second, third) | Sample(first, second, third):
            return (first, second, third)
        case Arrivals(_, arguments):
            return arguments
        case Deposit(_, values):
            return values
        case Past(record, steps):
            return (record, steps)
        case Latched(value, record):
            return (value, record)
        case Draw(stream, seed, site):
            return (stream, seed) if site is None else (stream, seed, site)
        case ActiveInitial(active, initial):
            return (active, initial)


def rebuild(expr: Expr, parts: tuple[Expr, ...]) -> Expr:
    """Return ``expr`` with its direct sub-expressions replaced by ``parts``."""
    match expr:
        case Number() | Time() | StepTime() | StepNumber() | Name() | Ref() | Ordinal():
            return expr
        case Negative():
            return Negative(*parts)
        case Not():
            return Not(*parts)
        case Initial():
            return Initial(*parts)
        case Binary(op):
            return Binary(op, *parts)
        case Compare(op):
            return Compare(op, *parts)
        case Logic(op):
            return Logic(op, *parts)
        case Call(function):
            return Call(function, parts)
        case If():
            return If(*parts)
        case Reduce(op, _, loops):
            return Reduce(op, parts[0], loops)
        case Lookup(_, _, reading):
            table, argument = parts
            assert isinstance(table, Name | Ref)
            return Lookup(table, argument, reading)
        case ElementAt(_, _, shape):
            base, offset = parts
            assert isinstance(base, Name | Ref)
            return ElementAt(base, offset, shape)
        case Vector(function, arrays, _, loops):
            return Vector(function, parts[: len(arrays)], parts[len(arrays) :], loops)
        case Integ(_, _, non_negative):
            return Integ(parts[0], parts[1], non_negative)
        case Delay(kind):
            return Delay(kind, *parts)
        case FixedDelay():
            return FixedDelay(*parts)
        case Arrivals(kind):
            return Arrivals(kind, parts)
        case Deposit(kind):
            return Deposit(kind, parts)
        case Sample():
            return Sample(*parts)
        case Past():
            record, steps = parts
            assert isinstance(record, Ref)
            return Past(record, steps)
        case Latched():
            value, record = parts
            assert isinstance(record, Ref)
            return Latched(value, record)
        case Draw():
            stream, seed, *rest = parts
            site = rest[0] if rest else None
            assert site is None or isinstance(site, Ref)
            return Draw(stream, seed, site)
        case ActiveInitial():
            return ActiveInitial(*parts)


def walk(expr: Expr):
    """Yield ``expr`` and everything below it, outermost first."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def moves(expr: Expr) -> bool:
    """Whether ``expr`` itself goes by the clock, chance or memory, whatever it reads."""
    return any(isinstance(node, _MOVING) for node in walk(expr))


_MOVING = (
    *(Time, StepTime, StepNumber, Delay, FixedDelay, Arrivals, Deposit, Sample),
    *(Past, Latched, Draw),
)
