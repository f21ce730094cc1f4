"""What a caller replaces: a variable's elements become inputs instead of equations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from nqpf.engine import ir
from nqpf.engine.passes.elements import flat, target, targets, unflat, unroll

How = Literal["number", "series"]


@dataclass(frozen=True)
class Replacement:
    """``elements`` (row-major, sorted) of ``variable`` follow a caller's numbers or time series."""

    variable: str
    elements: tuple[int, ...]
    how: How

    @property
    def input(self) -> str:
        """The hidden constant or table that holds the caller's values, one an element."""
        return f"{ir.HIDDEN}given {self.how} for {self.variable}"


def override(model: ir.IndexedModel, replacements: tuple[Replacement, ...]) -> ir.IndexedModel:
    """Return ``model`` with ``replacements`` made; their values stay open (NaN, empty tables)."""
    for replacement in replacements:
        model = _replace(model, replacement)
    return model


def _replace(model: ir.IndexedModel, replacement: Replacement) -> ir.IndexedModel:
    variable = model.variables[replacement.variable]
    variables = dict(model.variables)
    constants = dict(model.constants)
    tables = dict(model.tables)
    count = len(replacement.elements)
    given = set(replacement.elements)

    equations = list(model.equations)
    if variable.kind == "constant":
        equations.extend(_keep_constant(variable, variables, constants))
    variables[variable.name] = replace(variable, kind="auxiliary")

    kept: list[ir.Equation] = []
    for equation in equations:
        if equation.variable != variable.name:
            kept.append(equation)
            continue
        places = {flat(place, variable.shape) for place in targets(equation)}
        if not places & given:
            kept.append(equation)
        else:
            kept.extend(
                single
                for single in unroll(equation)
                if flat(target(single), variable.shape) not in given
            )

    name = replacement.input
    kind: ir.Kind = "constant" if replacement.how == "number" else "data"
    variables[name] = ir.Variable(
        name, name, variable.unit, f"given for {variable.name}", ("given",), (count,), kind
    )
    if replacement.how == "number":
        constants[name] = (float("nan"),) * count
    else:
        tables[name] = (ir.Table((0.0,), (float("nan"),)),) * count
    for k, element in enumerate(replacement.elements):
        source = ir.Ref(name, (ir.Fixed(k),))
        body = source if replacement.how == "number" else ir.Lookup(source, ir.Time())
        kept.append(
            ir.Equation(
                variable.name,
                tuple(map(ir.Fixed, unflat(element, variable.shape))),
                (),
                body,
                text=f"{variable.name} = given by the caller",
            )
        )
    return replace(
        model,
        variables=variables,
        equations=tuple(kept),
        constants=constants,
        tables=tables,
        non_negative=model.non_negative - {variable.name},
    )


def _keep_constant(
    variable: ir.Variable,
    variables: dict[str, ir.Variable],
    constants: dict[str, tuple[float, ...]],
) -> list[ir.Equation]:
    """Move a constant's own values to a hidden twin, so that the rest of it stays a parameter."""
    twin = f"{ir.HIDDEN}file value of {variable.name}"
    variables[twin] = replace(variable, name=twin, py_name=twin)
    constants[twin] = constants.pop(variable.name)
    loops = tuple(ir.Loop(f"axis {k}", length) for k, length in enumerate(variable.shape))
    here = tuple(ir.Along(loop, tuple(range(loop.size))) for loop in loops)
    return [
        ir.Equation(
            variable.name, here, loops, ir.Ref(twin, here), text=f"{variable.name} = file value"
        )
    ]
