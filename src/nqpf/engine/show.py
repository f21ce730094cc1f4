"""Expressions as text, as a modeller would write them: for comments, messages and explanations."""

from __future__ import annotations

from nqpf.engine import ir

_BINDING = {"or": 1, "and": 2, "compare": 4, "+": 5, "-": 5, "*": 6, "/": 6, "^": 8}


def show(expr: ir.Expr, outer: int = 0) -> str:
    """Return ``expr`` in Vensim-like notation; ``outer`` is how tightly the surroundings bind."""
    match expr:
        case ir.Number(value):
            return f"{value:g}" if float(f"{value:g}") == value else repr(value)
        case ir.Time() | ir.StepTime():
            return "Time"
        case ir.StepNumber():
            return "STEP NUMBER"
        case ir.Name(name, subscripts):
            return name + (f"[{', '.join(subscripts)}]" if subscripts else "")
        case ir.Ref(variable, indices):
            return variable + (f"[{', '.join(map(_index, indices))}]" if indices else "")
        case ir.Ordinal(loop, _):
            return loop.name
        case ir.Negative(operand):
            return _wrap("-" + show(operand, 7), 7, outer)
        case ir.Not(operand):
            return _wrap("NOT " + show(operand, 3), 3, outer)
        case ir.Binary(op, left, right):
            own = _BINDING[op]
            text = f"{show(left, own)} {op} {show(right, own + 1)}"
            return _wrap(text, own, outer)
        case ir.Compare(op, left, right):
            return _wrap(f"{show(left, 5)} {op} {show(right, 5)}", 4, outer)
        case ir.Logic(op, left, right):
            own = _BINDING[op]
            return _wrap(f"{show(left, own)} {op.upper()} {show(right, own + 1)}", own, outer)
        case ir.Call(function, arguments):
            return _call(function, arguments)
        case ir.If(condition, then, otherwise):
            return _call("if then else", (condition, then, otherwise))
        case ir.Reduce(op, body, _):
            return _call(op, (body,))
        case ir.Lookup(table, argument, "value"):
            return f"{show(table)}({show(argument)})"
        case ir.Lookup(table, argument, reading):
            return _call(f"lookup {reading}", (table, argument))
        case ir.ElementAt(base, offset, _):
            return _call("vector elm map", (base, offset))
        case ir.Vector(function, arrays, numbers, _):
            return _call(f"vector {function}", (*arrays, *numbers))
        case ir.Integ(flow, initial, _):
            return _call("integ", (flow, initial))
        case ir.Delay(kind, source, time, initial, order, horizon):
            rest = () if horizon is None else (horizon,)
            return _call(kind, (source, time, initial, order, *rest))
        case ir.Initial(operand):
            return _call("initial", (operand,))
        case ir.FixedDelay(source, steps, initial):
            return _call("fixed delay", (source, steps, initial))
        case ir.Arrivals(kind, arguments):
            return _call(f"delay {kind}", arguments)
        case ir.Deposit(kind, values):
            return _call(kind, values)
        case ir.Sample(condition, source, initial):
            return _call("sample if true", (condition, source, initial))
        case ir.Past(record, steps):
            return _call("past", (record, steps))
        case ir.Latched(value, _):
            return show(value, outer)
        case ir.Draw(stream, _, _):
            return _call("random 0 1", (stream,))
        case ir.ActiveInitial(active, initial):
            return _call("active initial", (active, initial))


def _call(function: str, arguments: tuple[ir.Expr, ...]) -> str:
    function = function.removeprefix(ir.HIDDEN)
    return f"{function.upper()}({', '.join(show(argument) for argument in arguments)})"


def _wrap(text: str, own: int, outer: int) -> str:
    return f"({text})" if own < outer else text


def _index(index: ir.Index) -> str:
    return str(index.position) if isinstance(index, ir.Fixed) else index.loop.name
