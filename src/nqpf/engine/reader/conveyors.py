"""Conveyors of XMILE: stocks that let go what came in one transit time ago (section 3.7.2).

Stella help, Conveyors: the transit time at the moment of entry says when the material comes off;
once it is on the conveyor another transit time changes nothing. What is on it at the start is
spread evenly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nqpf.engine import ir
from nqpf.engine.names import canonical, split_subscripts
from nqpf.engine.reader import syntax
from nqpf.engine.reader.lexer import Malformed
from nqpf.engine.reader.parser import whole_expression
from nqpf.engine.reader.xml_tree import Node

OUTFLOW = f"{ir.HIDDEN}conveyor"  # function: inflow, transit time, what is on it at the start
_OFF = ("", "false")


@dataclass(frozen=True)
class Conveyor:
    """``outflow``: canonical name of the flow that comes off. ``body``: its equation."""

    outflow: str
    body: syntax.Node


def conveyor(stock: Node, flows: Mapping[str, Node]) -> Conveyor | None:
    """Return what a stock is as a conveyor, None if it is none.

    Parameters
    ----------
    flows
        Canonical name -> the model's flows.

    Raises
    ------
    Malformed
        The conveyor has options that are not known, or not one outflow.
    """
    found = stock.first("conveyor")
    if found is None:
        return None
    options = [child.name for child in found.children if child.name != "len"]
    options += [name for name, value in found.attributes.items() if value.lower() not in _OFF]
    outflows = [each.text.strip() for each in stock.all("outflow")]
    leaks = [
        name
        for name in outflows
        if (flow := flows.get(_key(name))) is not None
        and any(child.name.startswith("leak") for child in flow.children)
    ]
    if leaks:
        options.append("a leakage flow")
    if options:
        raise Malformed(
            f"is a conveyor with {', '.join(options)}, which is not supported; "
            "expected a transit time <len> alone",
            0,
        )
    if len(outflows) != 1 or found.first("len") is None:
        raise Malformed(
            f"is a conveyor with {len(outflows)} outflows and "
            f"{'a' if found.first('len') is not None else 'no'} transit time <len>; expected one "
            "of each",
            0,
        )
    given = (_inflow(stock), whole_expression(found.said("len")), _start(stock))
    return Conveyor(_key(outflows[0]), syntax.Call(syntax.Name(OUTFLOW), given))


def put(
    equations: Iterable[syntax.Equation], conveyors: Iterable[Conveyor]
) -> list[syntax.Equation]:
    """Return ``equations`` with those of what comes off ``conveyors``."""
    bodies = {each.outflow: each.body for each in conveyors}
    return [
        replace(each, kind="equation", body=bodies[key], graph=None)
        if (key := canonical(each.name)) in bodies
        else each
        for each in equations
    ]


def _key(name: str) -> str:
    return canonical(split_subscripts(name)[0])


def _inflow(stock: Node) -> syntax.Node:
    total: syntax.Node | None = None
    for each in stock.all("inflow"):
        flow = syntax.Name(*split_subscripts(each.text.strip()))
        total = flow if total is None else syntax.Binary("+", total, flow)
    return syntax.Number(0.0) if total is None else total


def _start(stock: Node) -> syntax.Node:
    name = " ".join(stock.attributes.get("name", "").replace("\\n", " ").split())
    return syntax.Call(syntax.Name("INIT"), (syntax.Name(name),))
