"""``python -m benchmarks.peers PATH``: every model below PATH in nqpf, PySD and pysimlin.

Prints a page of counts and explained disagreements (``docs/peers.md`` is one). Exit code 1: a
disagreement that ``explained.toml`` does not explain, or an explanation that nothing needs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.peers import page
from benchmarks.peers.explained import (
    disagreements,
    needless,
    read_explanations,
    unit_disagreements,
)
from benchmarks.peers.worker import Result, examine
from benchmarks.suite import model_files
from nqpf.errors import InputError


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("path", type=Path, help="a model, or a folder of models")
    parser.add_argument("--csv", type=Path, help="write a line for every model to this file")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds a model, all tools")
    chosen = parser.parse_args()
    try:
        known = read_explanations()
        files = model_files(chosen.path)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    root = chosen.path if chosen.path.is_dir() else chosen.path.parent
    results: list[Result] = []
    for k, path in enumerate(files, 1):
        print(f"{k}/{len(files)} {path.relative_to(root)}", file=sys.stderr, flush=True)
        results.append(examine(path, chosen.limit))
    found = disagreements(results, known.runs)
    units = unit_disagreements(results, known.units)
    print(page.text(results, found, units, root))
    if chosen.csv is not None:
        page.write_csv(results, found, root, chosen.csv)
    return complain(results, known, found, units, root)


def complain(results, known, found, units, root: Path) -> int:
    """Say on the error stream what is missing from, or too much in, the explanations."""
    missing = [f"{page.named(e.result, root)}: {e.peer}" for e in found if e.why is None]
    missing += [f"{page.named(e.result, root)}: units" for e in units if e.why is None]
    too_many = needless(results, known.runs, found) + needless(results, known.units, units)
    for each in missing:
        print(f"not explained: {each}", file=sys.stderr)
    for each in too_many:
        print(f"explains nothing: {', '.join(each.models)}: {each.reason}", file=sys.stderr)
    return 1 if missing or too_many else 0


if __name__ == "__main__":
    sys.exit(main())
