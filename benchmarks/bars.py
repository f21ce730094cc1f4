"""What the engine is to reach, and whether it did. Ratios, because machines differ."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 1024  # MiB


@dataclass(frozen=True)
class Bar:
    """A figure that must be at least, or at most, ``value``; ``aim`` is what would be better."""

    value: float
    unit: str
    at_least: bool = True
    aim: float | None = None

    def met(self, figure: float) -> bool:
        return figure >= self.value if self.at_least else figure <= self.value

    def said(self, figure: float) -> str:
        sign = "at least" if self.at_least else "at most"
        aim = "" if self.aim is None else f", aim {self.aim:g}"
        verdict = "met" if self.met(figure) else "falls short"
        return f"{figure:,.3g}{self.unit}, {sign} {self.value:,g}{aim}: {verdict}"


AGAINST_C = Bar(3, "x", aim=5)
"""One thread, strict arithmetic, against scalar C at its fastest; on the study's model."""
AGAINST_PYSIMLIN = Bar(100, "x")
AGAINST_PYSD = Bar(500_000, "x")
TWO_THREADS = Bar(1.8, "x")
COLD = Bar(10, " s cold", at_least=False)
"""The study's model, from its file to the first result with an empty cache."""
WARM = Bar(0.3, " s warm", at_least=False)
"""The same from the cache, after imports."""
MILLION = Bar(180, " s", at_least=False, aim=60)
"""A million runs of the study's model, two cores."""
MILLION_MEMORY = Bar(1.5 * GIB, " MiB", at_least=False)
