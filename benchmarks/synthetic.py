"""Models written for the benchmark: any size, nobody's copyright, the same text for a seed.

``sectors`` is shaped like World3 (Meadows et al. 1974): sectors of one stock each, whose inflow
and outflow are products of table functions of other sectors' stocks, with smooths between; at 12
sectors it has about World3's 160 equations and 55 tables. ``regions`` is one set of equations over
a subscript range of any length: powers, exponentials, a sum over all, a delay. ``delays`` is a
supply chain, ``macros`` uses two macros in every equation, ``xmile`` is a Stella file with arrays,
graphical functions and non-negative stocks. All settle down whatever the seed, because growth falls
as a stock fills its room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def delays(count: int, seed: int = 1) -> str:
    """Return a Vensim model of a supply chain of ``count`` links, six equations each."""
    rng = np.random.default_rng(seed)
    parts = ["{UTF-8}", "wanted = 10 + STEP(3, 1920) + SIN(Time / 7) ~ Unit/Year ~|"]
    arriving = ("DELAY3({}, {})", "DELAY FIXED({}, {}, 10)", "DELAY1({}, {})", "DELAY3I({}, {}, 9)")
    for k in range(count):
        asked = f"ordered {k - 1}" if k else "wanted"
        delay = arriving[k % len(arriving)].format(f"ordered {k}", f"lead {k}")
        parts.append(f"""
stock {k} = INTEG(arriving {k} - shipped {k}, 60) ~ Unit ~|
shipped {k} = MIN(expected {k}, stock {k} / 2) ~ Unit/Year ~|
expected {k} = SMOOTH3({asked}, {rng.uniform(3, 9):.2f}) ~ Unit/Year ~|
ordered {k} = MAX(0, expected {k} + (60 - stock {k} - 0.3 * coming {k}) / 30) ~ Unit/Year ~|
coming {k} = SMOOTHI(ordered {k}, {rng.uniform(4, 12):.2f}, 10) ~ Unit/Year ~|
arriving {k} = {delay} ~ Unit/Year ~|
lead {k} = {rng.integers(2, 8)} ~ Year ~|""")
    return "\n".join([*parts, CONTROL])


def macros(count: int, seed: int = 1) -> str:
    """Return a Vensim model of ``count`` levels, each adjusted by macros with stocks inside."""
    rng = np.random.default_rng(seed)
    parts = [
        """{UTF-8}
:MACRO: FOLLOW(goal, delay)
FOLLOW = INTEG((goal - FOLLOW) / delay, goal) ~ goal ~|
:END OF MACRO:
:MACRO: BOUNDED(x, low, high)
BOUNDED = MIN(high, MAX(low, inner)) ~ x ~|
inner = low + (high - low) * x / (1 + ABS(x)) ~ x ~|
:END OF MACRO:"""
    ]
    for k in range(count):
        other = int(rng.integers(count))
        parts.append(f"""
level {k} = INTEG(level {k} * net {k}, {rng.uniform(5, 20):.2f}) ~ Unit ~|
fullness {k} = level {k} / {rng.uniform(80, 200):.1f} ~ Dmnl ~|
seen {k} = FOLLOW(fullness {other}, {rng.uniform(2, 15):.2f}) ~ Dmnl ~|
net {k} = BOUNDED(0.6 - 0.7 * fullness {k} - 0.3 * seen {k}, -0.05, 0.05) ~ 1/Year ~|""")
    return "\n".join([*parts, CONTROL])


def xmile(count: int, seed: int = 1) -> str:
    """Return an XMILE model of ``count`` ponds, each an array of three layers."""
    rng = np.random.default_rng(seed)
    parts: list[str] = []
    for k in range(count):
        points = ",".join(f"{y:.3f}" for y in 1.2 - 1.1 * np.sort(rng.uniform(size=9)))
        parts.append(f"""
<stock name="pond {k}"><dimensions><dim name="layer"/></dimensions>
<eqn>{rng.uniform(5, 20):.2f}</eqn>
<inflow>rain {k}</inflow><outflow>drain {k}</outflow><non_negative/></stock>
<flow name="rain {k}"><dimensions><dim name="layer"/></dimensions>
<eqn>pond_{k} * 0.05 * crowding_{k} * share</eqn></flow>
<flow name="drain {k}"><dimensions><dim name="layer"/></dimensions>
<eqn>SMTH1(pond_{k}, {rng.uniform(2, 9):.2f}) / {rng.uniform(30, 90):.1f}</eqn></flow>
<aux name="crowding {k}"><eqn>SUM(pond_{k}) / {rng.uniform(150, 400):.1f}</eqn>
<gf><xscale min="0" max="1.6"/><ypts>{points}</ypts></gf></aux>""")
    return f"""<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><vendor>nqpf benchmarks</vendor><product version="1">nqpf</product></header>
<sim_specs method="Euler" time_units="Year">
<start>1900</start><stop>2100</stop><dt>0.5</dt></sim_specs>
<dimensions><dim name="layer"><elem name="top"/><elem name="middle"/><elem name="deep"/></dim>
</dimensions>
<model><variables>
<aux name="share"><dimensions><dim name="layer"/></dimensions>
<element subscript="top"><eqn>1</eqn></element><element subscript="middle"><eqn>0.9</eqn></element>
<element subscript="deep"><eqn>0.8</eqn></element></aux>{"".join(parts)}
</variables></model></xmile>
"""


KINDS: Mapping[str, Callable[[int], str]] = {
    "sectors": sectors,
    "regions": regions,
    "delays": delays,
    "macros": macros,
    "xmile": xmile,
}


def write(kind: str, size: int, folder: Path) -> Path:
    """Write the model of a kind, or find it written; returns the file, named after both."""
    path = folder / f"{size} {kind}{'.xmile' if kind == 'xmile' else '.mdl'}"
    path.write_text(KINDS[kind](size), encoding="utf-8")
    return path


def _table(rng: np.random.Generator, first: float, last: float, end: float) -> str:
    """Return 5 to 11 points from ``first`` to ``last`` over 0 ... ``end``, monotone, uneven."""
    count = int(rng.integers(5, 12))
    steps = np.concatenate([[0.0], rng.uniform(0.3, 1.0, count - 1).cumsum()])
    x = np.linspace(0.0, end, count)
    y = first + (last - first) * steps / steps[-1]
    points = ",".join(f"({a:.4g},{b:.5g})" for a, b in zip(x, y, strict=True))
    return f"[(0,0)-({end:g},2)],{points}"
