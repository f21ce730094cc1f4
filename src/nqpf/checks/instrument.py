"""A model with handles: what statements change in time becomes constants, so one kernel does all.

A handled variable ``X`` is ``X as in the file`` outside of the time [since, until), and inside it
that times a factor plus a summand. With the handles at rest the numbers are the file's. So they are
with "alike over Region" at 0; at 1, what comes from outside is its mean over the range.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from nqpf.checks.reality import Constraint, Forced, forcing
from nqpf.checks.statements import Change
from nqpf.checks.static import causes
from nqpf.engine import ir
from nqpf.engine.model import Model
from nqpf.engine.names import quoted, split_subscripts
from nqpf.engine.reader.changes import ORIGINAL
from nqpf.errors import InputError, did_you_mean

ALIKE = "alike over"  # before the name of a range: the switch of its symmetry
NEVER = 1e30  # later than any run
_AT_REST = {"since": NEVER, "until": NEVER, "factor": 1.0, "summand": 0.0, "held": 0.0}
_FIXED = ("lookup", "data", "initial", "stock")


def equations(
    model: Model,
    changed: Mapping[str, bool],
    quantities: Mapping[str, str],
    symmetric: Iterable[str] = (),
    constraints: Iterable[Constraint] = (),
) -> str:
    """Return the changes of the model file that give it handles and more quantities.

    Parameters
    ----------
    changed
        Variable -> whether it must be possible to hold it at a past value.
    quantities
        "Name" or "Name[Range]" -> formula.
    symmetric
        Subscript ranges over which what comes from outside must be able to be alike.
    constraints
        Reality checks of the file, which force variables when they are switched on.

    Raises
    ------
    InputError
        A variable is unknown, or of a kind that has no course of its own to change.
    """
    held: dict[str, bool] = {}
    for given, keep in changed.items():
        variable = model.find(given)
        if variable.kind in _FIXED:
            raise InputError(
                f'"{variable.name}" cannot be changed in time, it is a {variable.kind}; change '
                "what it follows from"
            )
        held[variable.name] = keep
    parts = [f"{_quoted(name)} = {formula} ~~|" for name, formula in quantities.items()]
    alike: dict[str, str] = {}
    for dim in symmetric:
        if dim not in model.subscripts:
            raise InputError(
                f'symmetric: the model has no subscript range "{dim}".'
                f"{did_you_mean(dim, model.subscripts)}"
            )
        parts.append(f'"{ALIKE} {dim}" = 0 ~~|')
        alike |= dict.fromkeys(_from_outside(model, dim), dim)
    forced: dict[str, list[Forced]] = {}
    for constraint in constraints:
        if not constraint.problem:
            parts += constraint.equations
            for each in constraint.forced:
                forced.setdefault(each.variable, []).append(each)
    for name in dict.fromkeys([*held, *alike, *forced]):
        given = forced.get(name, [])
        parts += _changed(model, model.variables[name], held.get(name), alike.get(name), given)
    return "\n".join(parts)


def settings(model: Model, change: Change) -> dict[str, float]:
    """Return the constants of the model with handles that make ``change``."""
    name, subscripts = split_subscripts(change.variable)
    variable = model.find(name)
    where = f"[{','.join(subscripts)}]" if subscripts else ""
    wanted = {
        "since": -NEVER if change.since is None else change.since,
        "until": NEVER if change.until is None else change.until,
        "factor": 0.0 if change.to is not None else 1.0,
        "summand": 0.0,
    }
    if change.to is not None:
        wanted["summand"] = change.to
    elif change.times is not None:
        wanted["factor"] = change.times
    elif change.plus is not None:
        wanted["summand"] = change.plus
    else:
        wanted["held"] = 1.0
    return {f"{variable.name} {handle}{where}": value for handle, value in wanted.items()}


def _changed(
    model: Model,
    variable: ir.Variable,
    held: bool | None,
    dim: str | None,
    forced: Sequence[Forced],
) -> Iterator[str]:
    """Yield the equations of one variable; ``held`` None: without handles."""
    for each in product(*model.axes(variable)):
        place = _place(each)
        own = f'"{variable.name} {ORIGINAL}"{place}'
        if dim is not None:
            axis = variable.dims.index(dim)
            members = model.subscripts[dim]
            places = (_place((*each[:axis], member, *each[axis + 1 :])) for member in members)
            total = " + ".join(f'"{variable.name} {ORIGINAL}"{other}' for other in places)
            own = f'IF THEN ELSE("{ALIKE} {dim}" > 0.5, ({total})/{len(members)}, {own})'
        if held is not None:
            yield from _handles(variable.name, place, held)
            own = _handled(variable.name, place, own, held)
        for when, value in forcing(forced, model, each):
            own = f"IF THEN ELSE({when}, {value}, {own})"
        yield f"{quoted(variable.name)}{place} = {own} ~~|"


def _handles(name: str, place: str, held: bool) -> Iterator[str]:
    for handle, value in _AT_REST.items():
        if held or handle != "held":
            yield f'"{name} {handle}"{place} = {value:g} ~~|'


def _handled(name: str, place: str, own: str, held: bool) -> str:
    since, until, factor, summand, keep = (f'"{name} {handle}"{place}' for handle in _AT_REST)
    inside = f"Time + TIME STEP/4 >= {since} :AND: Time + TIME STEP/4 < {until}"
    base = own
    if held:
        last = f"SAMPLE IF TRUE(Time <= {since}, {own}, {own})"
        base = f"IF THEN ELSE({keep} > 0.5, {last}, {own})"
    return f"IF THEN ELSE({inside}, {factor} * {base} + {summand}, {own})"


def _from_outside(model: Model, dim: str) -> list[str]:
    """Return variables that no stock reaches and whose elements have equations of their own."""
    count = Counter(each.variable for each in model.written.equations)
    stocks = {each.name for each in model.variables.values() if each.kind == "stock"}
    return [
        name
        for name, reached in causes(model).items()
        if count[name] > 1 and not reached & stocks and dim in model.variables[name].dims
    ]


def _place(elements: tuple[str, ...]) -> str:
    return f"[{','.join(map(quoted, elements))}]" if elements else ""


def _quoted(name: str) -> str:
    stem, bracket, subscripts = name.partition("[")
    return quoted(stem.strip()) + bracket + subscripts
