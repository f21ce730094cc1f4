"""GET TIME VALUE: measures of time at the present or at the start, moved by an offset.

Vensim manual, GET TIME VALUE. Only measure 0, units of Time, is known: the others go by a calendar
that Vensim keeps in the settings of the model, and by rules that its manual and its output do not
agree on. The computer's clock is refused: a run must give the same numbers tomorrow.
"""

from __future__ import annotations

from nqpf.engine import ir
from nqpf.engine.passes.constants import fold, number

_STARTS: dict[float, ir.Expr] = {0.0: ir.Time(), 1.0: ir.Name("INITIAL TIME")}


def time_value(relative: ir.Expr, offset: ir.Expr, measure: ir.Expr) -> ir.Expr | None:
    """Return ``GET TIME VALUE(relative, offset, measure)``, None if it is not known."""
    what, unit = number(fold(relative)), number(fold(measure))
    if what not in _STARTS or unit != 0.0:
        return None
    return ir.Binary("+", _STARTS[what], offset)
