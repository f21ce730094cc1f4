"""The table and its rows."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.timing import Samples
from nqpf.engine.ensemble import processors


@dataclass(frozen=True)
class Row:
    """One line; without ``what`` it heads its section.

    ``time``: seconds a run. ``ratio``: how many times what the first line of the section takes.
    ``cold`` and ``warm``: seconds from a model file to its first result,
    without and with a cache. ``peak``: MiB. ``differs``: from the engine's results; ``wrong``: by
    more than a peer may that runs the same equations.
    """

    section: str
    what: str = ""
    time: Samples | None = None
    ratio: float | None = None
    cold: Samples | None = None
    warm: Samples | None = None
    peak: Samples | None = None
    differs: float | None = None
    bars: Sequence[str] = field(default_factory=tuple)
    note: str = ""
    wrong: bool = False


COLUMNS = ("us a run", "spread", "n", "times", "ready cold s", "warm s", "peak MiB", "differs")


WIDTH = 170


def show(rows: Sequence[Row], heading: str) -> None:
    """Print all rows as one table."""
    table = Table(box=box.SIMPLE_HEAD, title=heading, title_justify="left", pad_edge=False)
    table.add_column("")
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("bar, or note", overflow="fold")
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            table.add_section()
            table.add_row(
                f"[bold]{section}[/bold]", *[""] * len(COLUMNS), "" if row.what else row.note
            )
        if row.what:
            said = [*row.bars, row.note, "OTHER RESULTS than the engine's" if row.wrong else ""]
            table.add_row(f"  {row.what}", *_figures(row), "\n".join(filter(None, said)))
    Console(width=WIDTH, highlight=False).print(table)


def _figures(row: Row) -> list[str]:
    time = row.time
    taken = ["", "", ""]
    if time is not None:
        low, high = (_short(1e6 * each) for each in (min(time.values), max(time.values)))
        taken = [_short(1e6 * time.median), f"{low}-{high}", str(len(time.values))]
    return [
        *taken,
        "" if row.ratio is None else _short(row.ratio),
        *("" if each is None else f"{each.median:.2f}" for each in (row.cold, row.warm)),
        "" if row.peak is None else f"{row.peak.median:,.0f}",
        "" if row.differs is None else f"{row.differs:.0e}",
    ]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def machine() -> dict[str, str]:
    """Return what the figures depend on."""
    gcc = which("gcc")
    found = {"processor": _processor(), "cores": str(processors()), "system": platform.platform()}
    found["python"] = platform.python_version()
    for package in ("nqpf", "numba", "llvmlite", "numpy", "pysd", "pysimlin"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    found["gcc"] = "not installed"
    if gcc is not None:
        said = subprocess.run([gcc, "-dumpfullversion"], capture_output=True, text=True, check=True)
        found["gcc"] = said.stdout.strip()
    return found


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return platform.processor()
    lines = [line.partition(":") for line in path.read_text().splitlines()]
    said = {name.strip(): value.strip() for name, _, value in lines}
    wide = [flag for flag in ("avx512f", "avx2") if flag in said.get("flags", "").split()]
    return f"{said.get('model name', platform.machine())} ({', '.join(wide[:1])})"
