"""Many variants of a model as one, so that one compilation does for all of them.

Every equation that a variant changes becomes a choice between the sound body and the variants', by
the number of the variant, a constant. A variant's values are those that it has by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nqpf.engine import ir
from nqpf.engine.model import Model
from nqpf.errors import InputError

SWITCH = "number of the variant"


@dataclass(frozen=True)
class OneKernel:
    """``equations`` of all variants in one; ``numbers``: variant -> its number."""

    equations: tuple[ir.Equation, ...]
    numbers: Mapping[str, int]

    def variant(self, name: str, own: Model) -> Model:
        """Return the variant ``name`` in the common equations; ``own`` is the variant by itself."""
        if name not in self.numbers:
            return own
        number = self.numbers[name]
        return own.amended(
            _switched(own.written, self.equations, number), f"variant {number} of many"
        )


def one_kernel(sound: Model, variants: Iterable[tuple[str, Model]]) -> OneKernel:
    """Join what can be joined: equations for the same variables, whose order has no circle."""
    joined = OneKernel(sound.written.equations, {})
    for name, own in variants:
        number = len(joined.numbers) + 1
        merged = _merged(sound.written, own.written, joined.equations, number)
        if merged is None:
            continue
        try:
            sound.amended(_switched(sound.written, merged, 0), f"try {name}").prepare()
        except InputError:
            continue
        joined = OneKernel(merged, {**joined.numbers, name: number})
    return joined


def _switched(
    written: ir.IndexedModel, equations: tuple[ir.Equation, ...], number: int
) -> ir.IndexedModel:
    switch = ir.Variable(SWITCH, "number_of_the_variant", "", "", (), (), "constant")
    return replace(
        written,
        variables=written.variables | {SWITCH: switch},
        constants=written.constants | {SWITCH: (float(number),)},
        equations=equations,
    )


def _merged(
    sound: ir.IndexedModel,
    own: ir.IndexedModel,
    joined: tuple[ir.Equation, ...],
    number: int,
) -> tuple[ir.Equation, ...] | None:
    """Return ``joined`` with the choice for one more variant; None where the shapes differ."""
    if sound.variables.keys() != own.variables.keys() or len(own.equations) != len(joined):
        return None
    if sound.records != own.records or any(
        (each.kind, each.shape) != (own.variables[name].kind, own.variables[name].shape)
        for name, each in sound.variables.items()
    ):
        return None
    chosen = ir.Compare("=", ir.Ref(SWITCH, ()), ir.Number(float(number)))
    found: list[ir.Equation] = []
    for was, new, before in zip(sound.equations, own.equations, joined, strict=True):
        if (was.variable, was.indices, was.loops) != (new.variable, new.indices, new.loops):
            return None
        if (was.initial is None) != (new.initial is None):
            return None
        if new.body != was.body:
            before = replace(before, body=ir.If(chosen, new.body, before.body))
        if new.initial is not None and before.initial is not None and new.initial != was.initial:
            before = replace(before, initial=ir.If(chosen, new.initial, before.initial))
        found.append(before)
    return tuple(found)
