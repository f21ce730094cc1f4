"""Models written for the benchmark: any size, nobody's copyright, the same text for a seed.

``sectors`` is shaped like World3 (Meadows et al. 1974): sectors of one stock each, whose inflow
and outflow are products of table functions of other sectors' stocks, with smooths between; at 12
sectors it has about World3's 160 equations and 55 tables. ``regions`` is one set of equations over
a subscript range of any length: powers, exponentials, a sum over all, a delay. Both settle down
whatever the seed, because growth falls as a stock fills its room.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

CONTROL = """
INITIAL TIME = 1900 ~ Year ~|
FINAL TIME = 2100 ~ Year ~|
TIME STEP = 0.5 ~ Year ~|
SAVEPER = 1 ~ Year ~|
"""


def sectors(count: int, seed: int = 1) -> str:
    """Return a Vensim model of ``count`` sectors, 13 equations and 5 tables each."""
    rng = np.random.default_rng(seed)
    parts = ["{UTF-8}"]
    for s in range(count):
        first, second, third = rng.integers(count, size=3)
        rise, life = rng.uniform(0.02, 0.06), rng.uniform(20, 80)
        parts.append(f"""
level {s} = INTEG(gain {s} - loss {s}, initial {s}) ~ Unit ~|
initial {s} = {rng.uniform(5, 20):.3f} ~ Unit ~|
room {s} = {rng.uniform(80, 200):.2f} ~ Unit ~|
rise {s} = {rise:.4f} ~ 1/Year ~|
life {s} = {life:.2f} ~ Year ~|
fullness {s} = level {s} / room {s} ~ Dmnl ~|
gain {s} = level {s} * rise {s} * crowding {s} * support {s} * burden {s} ~ Unit/Year ~|
loss {s} = level {s} / life {s} * wear {s} * relief {s} ~ Unit/Year ~|
seen {s} = SMOOTH3(fullness {first}, {rng.uniform(3, 20):.2f}) ~ Dmnl ~|
mixed {s} = 0.5 * seen {s} + 0.5 * fullness {second} ~ Dmnl ~|
crowding {s} = crowding table {s}(fullness {s}) ~ Dmnl ~|
support {s} = support table {s}(seen {s}) ~ Dmnl ~|
burden {s} = burden table {s}(mixed {s}) ~ Dmnl ~|
wear {s} = wear table {s}(fullness {third}) ~ Dmnl ~|
relief {s} = relief table {s}(fullness {s} / (0.2 + mixed {s})) ~ Dmnl ~|
crowding table {s}({_table(rng, 1.6, 0.0, 1.2)}) ~ Dmnl ~|
support table {s}({_table(rng, 0.6, 1.4, 1.5)}) ~ Dmnl ~|
burden table {s}({_table(rng, 1.2, 0.7, 2.0)}) ~ Dmnl ~|
wear table {s}({_table(rng, 0.8, 1.3, 1.5)}) ~ Dmnl ~|
relief table {s}({_table(rng, 1.2, 0.9, 3.0)}) ~ Dmnl ~|""")
    return "\n".join([*parts, CONTROL])


def regions(count: int, seed: int = 1) -> str:
    """Return a Vensim model of 12 subscripted equations over ``count`` regions."""
    rng = np.random.default_rng(seed)

    def numbers(low: float, high: float) -> str:
        return ", ".join(f"{value:.4f}" for value in rng.uniform(low, high, count))

    return f"""{{UTF-8}}
region: {", ".join(f"region {k + 1}" for k in range(count))} ~~|
capital[region] = INTEG(investment[region] - capital[region] / life, start[region]) ~ CNY ~|
start[region] = {numbers(1, 3)} ~ CNY ~|
life = 20 ~ Year ~|
knowledge[region] = INTEG(learning[region], 1) ~ Dmnl ~|
labour[region] = {numbers(0.5, 1.5)} ~ Person ~|
share = 0.35 ~ Dmnl ~|
saving = 0.25 ~ Dmnl ~|
output[region] = knowledge[region] * capital[region]^share * labour[region]^(1 - share)
    ~ CNY/Year ~|
total output = SUM(output[region!]) ~ CNY/Year ~|
weight[region] = output[region] / total output ~ Dmnl ~|
investment[region] = saving * DELAY3(output[region], 2) ~ CNY/Year ~|
frontier = VMAX(knowledge[region!]) ~ Dmnl ~|
gap[region] = frontier / knowledge[region] ~ Dmnl ~|
absorbed[region] = 1 - EXP(-absorption * SQRT(weight[region])) ~ Dmnl ~|
absorption = 1.5 ~ Dmnl ~|
effort[region] = IF THEN ELSE(gap[region] > 1.5, 1.2, MAX(0.4, LN(gap[region]) + 0.6)) ~ Dmnl ~|
drift = 0.01 ~ 1/Year ~|
learning[region] = drift * effort[region] * absorbed[region] * gap[region]^0.3 ~ 1/Year ~|
reached = total output / {count} ~ CNY/Year ~|
{CONTROL}"""


def write(text: str, path: Path) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _table(rng: np.random.Generator, first: float, last: float, end: float) -> str:
    """Return 5 to 11 points from ``first`` to ``last`` over 0 ... ``end``, monotone, uneven."""
    count = int(rng.integers(5, 12))
    steps = np.concatenate([[0.0], rng.uniform(0.3, 1.0, count - 1).cumsum()])
    x = np.linspace(0.0, end, count)
    y = first + (last - first) * steps / steps[-1]
    points = ",".join(f"({a:.4g},{b:.5g})" for a, b in zip(x, y, strict=True))
    return f"[(0,0)-({end:g},2)],{points}"
