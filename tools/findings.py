"""Put the figures of the study's sweeps into ``docs/findings.md``, between its markers.

``python tools/findings.py results/sweeps`` after ``make sweeps``, which calls it. What stands
between ``<!-- NAME -->`` and ``<!-- end -->`` is made anew; the words around stay.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nqpf.study.folder import open_study
from nqpf.sweep import open_sweep

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "findings.md"
TOP = 6
"""Factors of each outcome that are shown."""


def main() -> int:
    """Fill the page; exit code 2 if a marker has no table."""
    sweeps = Path(sys.argv[1])
    tables = {name: make(sweeps) for name, make in TABLES.items()}
    text = PAGE.read_text("utf-8")
    unknown = set(re.findall(r"<!-- (\w+) -->", text)) - {"end"} - set(tables)
    if unknown:
        print(f"{PAGE}: no table for {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    for name, table in tables.items():
        marked = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text = re.sub(marked, lambda found, t=table: f"{found[1]}{t}\n{found[2]}", text, flags=re.S)
    PAGE.write_text(text, "utf-8")
    print(f"{PAGE}: {len(tables)} tables")
    return 0


def read(sweeps: Path, sweep: str, table: str) -> Any:
    return pd.read_csv(sweeps / sweep / "analysis" / f"{table}.csv")


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: Any, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace("-", "−")


def interval(row: Any, name: str, digits: int = 2) -> str:
    middle, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    return f"{number(middle, digits)} ({number(low, digits)} to {number(high, digits)})"


def lever_name(lever: str) -> str:
    return f"{lever} {open_study(ROOT).levers[lever].title.en}"


def drivers(sweep: str) -> Callable[[Path], str]:
    """Return what makes the table of the largest total indices of each outcome."""

    def make(sweeps: Path) -> str:
        table = read(sweeps, sweep, "sobol")
        titles = {k: v.title.en for k, v in open_sweep(sweeps / sweep).outcomes.items()}
        alone = table[table["time"].isna()]
        rows = []
        for outcome, part in alone.groupby("outcome", sort=False):
            for place, (_, row) in enumerate(part.nlargest(TOP, "ST").iterrows()):
                head = titles[str(outcome)] if place == 0 else ""
                rows.append([head, str(row["factor"]), interval(row, "S1"), interval(row, "ST")])
        return markdown(["Outcome", "Factor", "S1 (95 %)", "ST (95 %)"], rows)

    return make


def spread(sweeps: Path) -> str:
    """Return median and 90 % range of the outcomes of both sensitivity sweeps."""
    rows = []
    for sweep, said in (
        ("sensitivity", "parameters by themselves"),
        ("sensitivity_groups", "whole draws"),
    ):
        found = open_sweep(sweeps / sweep)
        for name, values in found.figures(found.outcomes).items():
            each = found.outcomes[name]
            low, middle, high = pd.Series(values[:, 0]).dropna().quantile([0.05, 0.5, 0.95])
            text = f"{number(middle)} ({number(low)} to {number(high)})"
            rows.append([each.title.en, each.unit.en, said, text])
    rows.sort(key=lambda row: row[0])
    return markdown(["Outcome", "Unit", "Sampled", "Median (90 %)"], rows)


def effects(sweeps: Path) -> str:
    """Return each measure's effect on GDP in 2050 and inequality, and what it costs."""
    table = read(sweeps, "measures", "main_effects").set_index(["outcome", "lever"])
    gain = table.loc["gain_2050"].sort_values("effect", ascending=False)
    rows = []
    for lever, row in gain.iterrows():
        theil = table.loc[("inequality", str(lever))]
        spent = table.loc[("cost", str(lever)), "effect"]
        rows.append(
            [
                lever_name(str(lever)),
                interval(row, "effect"),
                number(row["alone"]),
                number(row["last"]),
                interval(theil, "effect"),
                number(float(spent)),
            ]
        )
    heads = [
        *("Measure", "GDP 2050, %: mean effect (90 %)", "alone", "last"),
        *("Theil x 1000, 2050 (90 %)", "cost, % of GDP"),
    ]
    return markdown(heads, rows)


def package(sweeps: Path) -> str:
    """Return the package against the sum of its parts."""
    table = read(sweeps, "measures", "package")
    titles = open_sweep(sweeps / "measures").outcomes
    rows = []
    for _, row in table.iterrows():
        name = str(row["outcome"])
        if name == "cost" or (row["scale"] == "log") != name.startswith(("gdp", "self")):
            continue
        unit = "log points" if row["scale"] == "log" else titles[name].unit.en
        texts = [interval(row, key, 3 if "self" in name else 2) for key in PARTS]
        rows.append([titles[name].title.en, unit, *texts, f"{row['more']:.0%}"])
    heads = ["Outcome", "Unit", "Package (90 %)", "Sum of its parts", "Difference", "exceeds"]
    return markdown(heads, rows)


PARTS = ("package", "sum", "difference")


def pairs(sweeps: Path) -> str:
    """Return the pairs with the largest synergies on GDP in 2050."""
    table = read(sweeps, "measures", "synergies").query("outcome == 'gain_2050'")
    largest = table.loc[table["synergy"].abs().nlargest(TOP).index]
    rows = [
        [lever_name(row["lever"]), lever_name(row["other"]), interval(row, "synergy", 3)]
        for _, row in largest.iterrows()
    ]
    return markdown(["Measure", "with", "percentage points of GDP 2050 (90 %)"], rows)


def orders(sweeps: Path) -> str:
    """Return how much of the variance over all settings is of measures by themselves."""
    table = read(sweeps, "measures", "orders")
    rows = []
    for outcome in ("gain_2050", "inequality", "self_reliance"):
        part = table[table["outcome"] == outcome].set_index("order")["share"]
        shares = [f"{100 * part[order]:.2f}" for order in (1, 2)] + [f"{100 * part[3:].sum():.4f}"]
        rows.append([outcome, *shares])
    return markdown(["Outcome", "alone, %", "by twos, %", "by more, %"], rows)


def front(sweeps: Path) -> str:
    """Return some points of the Pareto front: the best in each aim, and none and all."""
    table = read(sweeps, "measures", "pareto")
    levers = [name for name in table.columns if re.fullmatch(r"L\d\.\d", name)]
    best = {
        "best median gain": table["gdp"].idxmax(),
        "best worst decile": table["gdp_worst_decile"].idxmax(),
        "least inequality": table["inequality"].idxmin(),
        "most gain below 0.5 % of GDP": table[table["cost"] <= 0.5]["gdp"].idxmax(),
        "most gain below 0.2 % of GDP": table[table["cost"] <= 0.2]["gdp"].idxmax(),
        "all measures in full": (table[levers].sum(axis=1)).idxmax(),
        "none": (table[levers].sum(axis=1)).idxmin(),
    }
    rows = []
    for said, place in best.items():
        row = table.loc[place]
        full = [lever for lever in levers if row[lever] >= 0.9]
        part = [f"{lever} {row[lever]:.1f}" for lever in levers if 0.1 < row[lever] < 0.9]
        rows.append(
            [
                said,
                interval(row, "gdp"),
                number(row["gdp_worst_decile"]),
                number(row["inequality"]),
                number(row["cost"]),
                ", ".join(full) or "none",
                ", ".join(part) or "none",
                "yes" if row["on_front"] else "no",
            ]
        )
    heads = [
        *("Setting", "GDP 2050, % (90 %)", "worst decile", "Theil x 1000", "cost, % of GDP"),
        *("in full", "in part", "on the front"),
    ]
    return markdown(heads, rows)


def conditions(sweeps: Path) -> str:
    """Return the boxes in which the package fails, with how good they are."""
    quality = read(sweeps, "failure", "boxes_quality").set_index("box")
    limits = read(sweeps, "failure", "boxes")
    rows = []
    for box, part in limits.groupby("box"):
        said = []
        for _, row in part.iterrows():
            low, high = row["low"], row["high"]
            if low > row["whole_low"] and high < row["whole_high"]:
                said.append(f"{row['factor']} {low:.4g} to {high:.4g}")
            elif low > row["whole_low"]:
                said.append(f"{row['factor']} above {low:.4g}")
            else:
                said.append(f"{row['factor']} below {high:.4g}")
        figures = quality.loc[box]
        rows.append(
            [
                "; ".join(said),
                f"{interval(100 * figures, 'density', 0)}",
                number(100 * figures["coverage"], 0),
                number(100 * figures["mass"], 0),
            ]
        )
    heads = ["Conditions", "fails in % (95 %)", "of all failures, %", "of all samples, %"]
    return markdown(heads, rows)


def paths(sweeps: Path) -> str:
    """Return the rank of each policy of the study by each outcome, the best on average first."""
    table = read(sweeps, "paths", "ranks")
    found = open_sweep(sweeps / "paths")
    names = list(found.outcomes)
    ranks = table.pivot_table(index="policy", columns="outcome", values="rank")
    order = ranks.mean(axis=1).sort_values(kind="stable").index
    rows = []
    for policy in order:
        cells = table[table["policy"] == policy].set_index("outcome").loc[names]
        texts = [
            interval(row, "rank", 0)
            if row["rank_low"] < row["rank_high"]
            else number(row["rank"], 0)
            for _, row in cells.iterrows()
        ]
        rows.append([found.policies["title_en"][policy], *texts])
    heads = ["Policy", *(found.outcomes[name].title.en for name in names)]
    return markdown(heads, rows)


def stress(sweeps: Path) -> str:
    """Return GDP of 2050 with and without the package under stress, against none of both."""
    table = read(sweeps, "failure", "ranks").query("outcome == 'against_calm'")
    titles = open_sweep(sweeps / "failure").policies["title_en"]
    rows = [
        [
            titles[row["policy"]],
            f"{number(row['median'])} ({number(row['low'])} to {number(row['high'])})",
        ]
        for _, row in table.iterrows()
    ]
    return markdown(["Policy", "GDP 2050 against no measures and no stress, % (90 %)"], rows)


TABLES: dict[str, Callable[[Path], str]] = {
    "groups": drivers("sensitivity_groups"),
    "drivers": drivers("sensitivity"),
    "spread": spread,
    "effects": effects,
    "package": package,
    "pairs": pairs,
    "orders": orders,
    "front": front,
    "paths": paths,
    "stress": stress,
    "conditions": conditions,
}

if __name__ == "__main__":
    sys.exit(main())
