"""Where every element stands in memory.

One flat array of floats holds a member's whole state, ``lanes`` members side by side:

    | constants | stocks | net flows of the stocks | held initial values | auxiliaries |

Element ``k`` of lane ``l`` is ``M[k * lanes + l]``: an element's lanes are loaded together.
"""

from __future__ import annotations

from dataclasses import dataclass

from nqpf.engine import ir


@dataclass(frozen=True)
class Layout:
    """``base``: first element of every variable that is not a table; ``tables``: first table."""

    base: dict[str, int]
    tables: dict[str, int]
    constants: int
    stocks: int
    size: int

    @property
    def first_stock(self) -> int:
        return self.constants


def layout(model: ir.IndexedModel) -> Layout:
    """Lay out the variables of ``model`` in file order within each section."""

    def total(kind: ir.Kind) -> int:
        return sum(v.size for v in model.variables.values() if v.kind == kind)

    constants, stocks, held = total("constant"), total("stock"), total("initial")
    place = {
        "constant": 0,
        "stock": constants,
        "initial": constants + 2 * stocks,
        "auxiliary": constants + 2 * stocks + held,
    }
    base: dict[str, int] = {}
    tables: dict[str, int] = {}
    count = 0
    for name, variable in model.variables.items():
        if variable.kind in ("lookup", "data"):
            tables[name] = count
            count += variable.size
        else:
            base[name] = place[variable.kind]
            place[variable.kind] += variable.size
    return Layout(base, tables, constants, stocks, place["auxiliary"])
