"""The table of all models, and the page of what disagrees."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.behaviour import AGREE, Apart, Comparison
from benchmarks.peers.explained import Disagreement, UnitDisagreement
from benchmarks.peers.worker import NQPF, PEERS, TOOLS, Refused, Result

INTRODUCTION = """# Beside its peers

Every model file of the public suite SDXorg/test-models, run by nqpf, PySD and pysimlin, one
process a model. Compared is every element of every variable that both show, at every time that
both save. They agree if no value differs by more than {agree:g} of the largest value of its
series. PySD knows no method but Euler's: it is compared with nqpf's Euler run, pysimlin with the
method that the file asks for. This page is what

```sh
python -m benchmarks.peers PATH > docs/peers.md   # PATH: a checkout of SDXorg/test-models
```

prints; `--csv FILE` writes a line for each model, with what a tool says where it cannot read one.
Reasons are in `benchmarks/peers/explained.toml`; the command fails where one is missing, and
where one is no longer needed.
"""
STORED = """`departs` counts the elements that depart from the output stored in the suite, which
Vensim or Stella computed (1e-5, the suite's own rule): nqpf's, and the peer's.
"""
UNITS = """## Units of measurement

Both tools' unit checkers on every equation of the models that both read (`nqpf check`,
pysimlin's `model.check()`). nqpf charges the stock where its net flow has the wrong unit, pysimlin
a flow.
"""


def named(result: Result, root: Path) -> str:
    return result.path.relative_to(root).as_posix()


def text(
    results: Sequence[Result],
    found: Sequence[Disagreement],
    units: Sequence[UnitDisagreement],
    root: Path,
) -> str:
    """Return the page."""
    lines = [INTRODUCTION.format(agree=AGREE), "## Counts", "", *_counts(results, found), ""]
    refused = [r for r in results if isinstance(r.ours, Refused)]
    lines += ["Why nqpf's runs depart, and what it does not run: `tests/test_suite.py`.", ""]
    if refused:
        lines += ["## What nqpf does not run", "", "| model | why |", "|---|---|"]
        lines += [f"| {named(r, root)} | {_cell(r.ours)} |" for r in refused]
        lines += [""]
    lines += ["## Disagreements", "", STORED, *_disagreements(found, root), ""]
    lines += [UNITS, *_units(results, units, root)]
    return "\n".join(lines)


def _counts(results: Sequence[Result], found: Sequence[Disagreement]) -> Iterator[str]:
    yield f"| of {len(results)} model files | " + " | ".join(_labelled(t) for t in TOOLS) + " |"
    yield "|---|---:|---:|---:|"
    ran = [sum(not isinstance(r.ours, Refused) for r in results)]
    ran += [sum(isinstance(r.outcomes[peer], Comparison) for r in results) for peer in PEERS]
    yield "| read and run | " + " | ".join(map(str, ran)) + " |"
    both = [len(list(_compared(results, peer))) for peer in PEERS]
    apart = [len({id(e.result) for e in found if e.peer == peer}) for peer in PEERS]
    yield f"| agree with nqpf | | {both[0] - apart[0]} | {both[1] - apart[1]} |"
    yield f"| disagree, explained below | | {apart[0]} | {apart[1]} |"
    series = [sum(o.common for o in _compared(results, peer)) for peer in PEERS]
    yield f"| series compared | | {series[0]:,} | {series[1]:,} |"
    stored = [[r.departures[t] for r in results if t in r.departures] for t in TOOLS]
    yield (
        "| runs that depart from a stored output | "
        + " | ".join(f"{sum(map(bool, each))} of {len(each)}" for each in stored)
        + " |"
    )


def _labelled(tool: str) -> str:
    return tool if tool == NQPF else f"{tool} {version(tool.lower())}"


def _compared(results: Sequence[Result], peer: str) -> Iterator[Comparison]:
    for result in results:
        outcome = result.outcomes[peer]
        if isinstance(outcome, Comparison) and not isinstance(result.ours, Refused):
            yield outcome


def _disagreements(found: Sequence[Disagreement], root: Path) -> Iterator[str]:
    yield "| model | peer | variables | largest difference | departs | right | why | source |"
    yield "|---|---|---|---|---|---|---|---|"
    for each in found:
        worst = each.apart[0]
        departures = each.result.departures
        departs = f"{departures.get(NQPF, '')}, {departures.get(each.peer, '')}".strip(", ")
        why = ("", "**not explained**", "")
        if each.why is not None:
            why = (each.why.right, each.why.reason, each.why.source)
        cells = [
            named(each.result, root),
            each.peer,
            str(len(each.apart)),
            _apart(worst),
            departs,
            *why,
        ]
        yield "| " + " | ".join(map(_cell, cells)) + " |"


def _apart(apart: Apart) -> str:
    return (
        f"{apart.relative:.1g} in {apart.element} from {apart.time:g} on "
        f"({apart.ours:.5g}, {apart.theirs:.5g})"
    )


def _units(
    results: Sequence[Result], units: Sequence[UnitDisagreement], root: Path
) -> Iterator[str]:
    verdicts = [v for r in results if isinstance(r.units, tuple) for v in r.units]
    count = Counter((bool(v.ours), bool(v.theirs)) for v in verdicts)
    yield f"| of {len(verdicts):,} equations | pysimlin objects | pysimlin does not |"
    yield "|---|---:|---:|"
    yield f"| nqpf objects | {count[True, True]} | {count[True, False]} |"
    yield f"| nqpf does not | {count[False, True]} | {count[False, False]:,} |"
    yield ""
    yield "| model | equations | nqpf | pysimlin | right | why | source |"
    yield "|---|---|---|---|---|---|---|"
    for each in units:
        why = ("", "**not explained**", "")
        if each.why is not None:
            why = (each.why.right, each.why.reason, each.why.source)
        first = each.verdicts[0]
        cells = [
            named(each.result, root),
            ", ".join(v.variable for v in each.verdicts),
            first.ours,
            first.theirs,
            *why,
        ]
        yield "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(value: object) -> str:
    said = value.reason if isinstance(value, Refused) else str(value)
    return " ".join(said.split()).replace("|", "\\|")


def write_csv(
    results: Sequence[Result], found: Sequence[Disagreement], root: Path, path: Path
) -> None:
    """Write a line for every model: what each tool makes of it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["model", *TOOLS, "why"])
        for result in results:
            ours = result.ours
            reasons = {
                e.why.reason if e.why else "not explained" for e in found if e.result is result
            }
            writer.writerow(
                [
                    named(result, root),
                    f"cannot: {ours.reason}" if isinstance(ours, Refused) else f"{ours} elements",
                    *(_status(result.outcomes[peer], ours) for peer in PEERS),
                    "; ".join(sorted(reasons)),
                ]
            )


def _status(outcome: Comparison | Refused, ours: int | Refused) -> str:
    if isinstance(outcome, Refused):
        return f"cannot: {outcome.reason}"
    if isinstance(ours, Refused):
        return "runs"
    shared = f"{outcome.common} elements at {outcome.times} times"
    return f"disagrees: {_apart(outcome.apart[0])}" if outcome.apart else f"agrees: {shared}"
