"""How a file asks to be run: method, times, save period."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nqpf.engine import ir
from nqpf.engine.reader import syntax
from nqpf.engine.reader.text import finite
from nqpf.engine.reader.xml_tree import Node
from nqpf.errors import InputError

# Fourth field of the line `15:` in the settings block of a .mdl. Vensim writes 0 Euler,
# 1 RK4 auto, 2 difference, 3 RK2 auto, 4 RK2 fixed, 5 RK4 fixed; "difference" is Euler's rule.
# "Auto" asks for a tolerance, not for an order: one adaptive method serves both.
_VENSIM_METHODS = {"0": "euler", "1": "rk45", "2": "euler", "3": "rk45", "4": "rk2", "5": "rk4"}

# XMILE 1.0, section 2.3: methods a file may name; the first one known to us is taken.
_XMILE_METHODS = {"euler": "euler", "rk4": "rk4", "rk2": "rk2", "rk45": "rk45"}


def vensim_method(text: str) -> str:
    """Return the integration method that a ``.mdl`` file asks for (Euler if it does not say)."""
    found = re.search(r"^15:(?:[^,\n]*,){3}\s*(\d+)", _settings(text), re.MULTILINE)
    return _VENSIM_METHODS.get(found[1], "euler") if found else "euler"


def vensim_units(text: str) -> tuple[ir.UnitNames, ...]:
    """Return the unit synonyms of a ``.mdl`` file: a line ``22:Person,People`` each group."""
    groups = re.findall(r"^22:(.*)$", _settings(text), re.MULTILINE)
    return tuple(ir.UnitNames(_named(*group.split(","))) for group in groups)


def _settings(text: str) -> str:
    return text.rpartition("///---\\\\\\")[2]


def xmile_units(root: Node) -> tuple[ir.UnitNames, ...]:
    """Return XMILE's ``<model_units>``: names, aliases, and what a unit stands for."""
    units = root.first("model_units")
    return tuple(
        ir.UnitNames(
            _named(unit.attributes.get("name", ""), *(a.text for a in unit.all("alias"))),
            unit.said("eqn"),
        )
        for unit in (() if units is None else units.all("unit"))
    )


def _named(*names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names if name.strip())


@dataclass(frozen=True)
class SimSpecs:
    """XMILE's ``<sim_specs>``. ``control``: the control variables that follow from it."""

    method: str
    saveper: float | None
    control: tuple[syntax.Equation, ...]


def sim_specs(root: Node) -> SimSpecs:
    """Read the settings of an XMILE file (section 2.3).

    Raises
    ------
    InputError
        There are none, a time is no number, or the method is not known.
    """
    specs = root.first("sim_specs")
    if specs is None:
        raise InputError("there is no <sim_specs> in it: from when to when does it run?")
    unit = specs.attributes.get("time_units", "")
    step = _time(specs, "dt", 1.0)
    dt = specs.first("dt")
    if dt is not None and dt.attributes.get("reciprocal", "").strip().lower() == "true":
        if step == 0:
            raise InputError(f"<dt> (line {dt.line}) is the reciprocal of 0")
        step = 1.0 / step
    times = {
        "INITIAL TIME": _time(specs, "start"),
        "FINAL TIME": _time(specs, "stop"),
        "TIME STEP": step,
    }
    saved = specs.attributes.get("isee:save_interval") or specs.said("save_step")
    interval = finite(saved)
    return SimSpecs(
        _method(specs),
        interval if interval is not None and interval > 0 else None,
        tuple(_constant(name, value, unit) for name, value in times.items()),
    )


def _time(specs: Node, name: str, otherwise: float | None = None) -> float:
    node = specs.first(name)
    if node is None and otherwise is not None:
        return otherwise
    value = finite(node.text) if node is not None else None
    if value is None:
        said = f'is "{node.text.strip()}"' if node is not None else "is missing"
        raise InputError(f"<{name}> of <sim_specs> (line {specs.line}) {said}; expected a number")
    return value


def _method(specs: Node) -> str:
    named = specs.attributes.get("method", "euler")
    methods = [part.strip().lower() for part in named.split(",")]
    known = [_XMILE_METHODS[method] for method in methods if method in _XMILE_METHODS]
    if not known:
        raise InputError(
            f'integration method "{named}" is not known; '
            f"expected one of {', '.join(sorted(_XMILE_METHODS))}"
        )
    return known[0]


def _constant(name: str, value: float, unit: str) -> syntax.Equation:
    return syntax.Equation(name, (), (), "equation", syntax.Number(value), unit=unit)
