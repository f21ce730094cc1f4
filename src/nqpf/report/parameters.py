"""Every constant of the model: value, range, source, status, and what the statistics say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nqpf.engine.passes.symbols import CONTROL
from nqpf.report.words import figure
from nqpf.study.toml import LANGUAGES

if TYPE_CHECKING:
    from nqpf.explain import Explanation
    from nqpf.report.material import Material


_LISTED = {"en": "; ", "zh": "；"}


@dataclass(frozen=True)
class ParameterRow:
    """A constant as the table shows it.

    ``value`` and ``fitted`` by language; ``fitted``: median and 90 % range of the ensemble, nothing
    where it is not among its parameters.
    """

    explanation: Explanation
    value: dict[str, str]
    limits: str
    fitted: dict[str, str]


def parameter_rows(
    material: Material, explanations: dict[str, Explanation]
) -> dict[str, list[ParameterRow]]:
    """Return the constants by the sector of the model file that they stand in, in its order."""
    model = material.model
    control = {model.find(name).name for name in CONTROL}
    fitted = _fitted(material)
    found: dict[str, list[ParameterRow]] = {}
    for each in explanations.values():
        if each.kind != "constant" or each.name in control:
            continue
        low, high = ("" if limit is None else figure(limit, each.unit) for limit in each.limits)
        row = ParameterRow(
            explanation=each,
            value={lang: _values(each, material, lang) for lang in LANGUAGES},
            limits=f"{low} … {high}" if low or high else "",
            fitted=fitted.get(each.name, {}),
        )
        found.setdefault(each.group, []).append(row)
    return found


def _values(each: Explanation, material: Material, lang: str) -> str:
    numbers = [value.numbers[0] for value in each.values]
    if len(set(numbers)) == 1:
        return figure(numbers[0], each.unit)
    return _LISTED[lang].join(
        f"{material.labelled(value.label, lang)} {figure(number, each.unit)}"
        for value, number in zip(each.values, numbers, strict=True)
    )


def _fitted(material: Material) -> dict[str, dict[str, str]]:
    """Return median and 90 % range of each parameter of the fitted ensemble, by its name."""
    from nqpf.study.fitted import read_fitted

    draws = read_fitted(material.study, material.model)
    if draws is None:
        return {}
    found: dict[str, list[tuple[str, str]]] = {}
    for column in draws.columns:
        low, middle, high = np.quantile(draws[column].to_numpy(), (0.05, 0.5, 0.95))
        variable, places = material.model.places(column)
        label = material.model.labels(variable)[places[0]] if variable.dims else ""
        text = f"{figure(middle)} ({figure(low)} … {figure(high)})"
        found.setdefault(variable.name, []).append((label, text))
    return {
        name: {lang: _joined(texts, material, lang) for lang in LANGUAGES}
        for name, texts in found.items()
    }


def _joined(texts: list[tuple[str, str]], material: Material, lang: str) -> str:
    if len(texts) > 1 and len({text for _, text in texts}) == 1:
        return texts[0][1]
    said = (f"{material.labelled(label, lang)} {text}".strip() for label, text in texts)
    return _LISTED[lang].join(said)
