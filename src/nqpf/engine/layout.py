"""Where every element stands in memory.

One flat array of floats holds a member's whole state, ``lanes`` members side by side:

    | constants | stocks | net flows of the stocks | held initial values | auxiliaries |

Element ``k`` of lane ``l`` is ``M[k * lanes + l]``: an element's lanes are loaded together.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from nqpf.engine import ir


@dataclass(frozen=True)
class Layout:
    """``base``: first element of every variable in memory; the others are numbered on their own.

    ``tables``: first table, ``records``: first record, ``draws``: first random draw.
    """

    base: dict[str, int]
    tables: dict[str, int]
    records: dict[str, int]
    draws: dict[str, int]
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
    records: dict[str, int] = {}
    draws: dict[str, int] = {}
    count = kept = 0
    for name, variable in model.variables.items():
        if variable.kind in ("lookup", "data"):
            tables[name] = count
            count += variable.size
        elif variable.kind == "record":
            records[name] = kept
            kept += variable.size
        elif variable.kind == "draw":
            # By name, so that a change elsewhere in the model leaves the numbers as they are.
            draws[name] = zlib.crc32(name.encode()) << 24
        else:
            base[name] = place[variable.kind]
            place[variable.kind] += variable.size
    return Layout(base, tables, records, draws, constants, stocks, place["auxiliary"])
