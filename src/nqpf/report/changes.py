"""What a scenario changes, in words of the study's levers where there are some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nqpf.engine.names import canonical
from nqpf.report.words import figure
from nqpf.study.project import changed

if TYPE_CHECKING:
    from nqpf.report.material import Material
    from nqpf.study.levers import Lever
    from nqpf.study.toml import Text


@dataclass(frozen=True)
class Changed:
    """A constant that a scenario changes.

    ``lever`` and its ``title``: the measure that it is the strength of, if it is one.
    """

    column: str
    variable: str
    before: str
    after: str
    unit: str
    lever: str = ""
    title: Text | None = None


def changes(material: Material, scenario: str) -> list[Changed]:
    """Return what a scenario changes, in its own order; what stays the same is left out."""
    model = material.model
    levers = {
        canonical(lever.parameter): (name, lever) for name, lever in material.study.levers.items()
    }
    found = []
    for column, after in changed(model, material.study.scenarios[scenario]).items():
        variable, places = model.places(column)
        before = float(model.constants[variable.name].ravel()[places[0]])
        if before == after:
            continue
        name, lever = levers.get(canonical(column), ("", None))
        found.append(
            Changed(
                column=column,
                variable=variable.name,
                before=figure(before, variable.unit),
                after=figure(after, variable.unit),
                unit=variable.unit,
                lever=name,
                title=_title(lever),
            )
        )
    return found


def _title(lever: Lever | None) -> Text | None:
    return None if lever is None else lever.title
