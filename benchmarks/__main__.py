"""``make bench``: one table, measured in one run. See docs/speed.md."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import growth, synthetic
from benchmarks.compare import Effort, compare, stream
from benchmarks.report import Row, machine, show
from benchmarks.suite import model_files
from benchmarks.workload import make_workload
from nqpf.errors import InputError
from nqpf.study.folder import open_study

FULL = Effort(
    rounds=9,
    budget=20.0,
    least=3,
    longest_pysd=600.0,
    members=2048,
    processes=3,
    stream=1_000_000,
    foreign={"sectors": 12, "regions": 32, "delays": 24, "macros": 24, "xmile": 24},
    sizes={"sectors": (3, 12, 48), "regions": (4, 32, 256)},
)
QUICK = Effort(
    rounds=3,
    budget=1.0,
    least=1,
    longest_pysd=1.0,
    members=256,
    processes=1,
    stream=10_000,
    foreign={"sectors": 2},
    sizes={"sectors": (2,)},
)


def main() -> int:
    chosen = _arguments()
    warnings.simplefilter("ignore")
    effort = QUICK if chosen.quick else FULL
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Never the user's cache: what was compiled before must not make a cold start warm.
        os.environ["NQPF_CACHE_DIR"] = str(folder / "cache")
        try:
            foreign = [path for given in chosen.models for path in model_files(given)]
            rows = list(_rows(foreign, chosen.only, effort, folder))
        except InputError as error:
            print(error, file=sys.stderr)
            return 2
    about = machine()
    show(rows, ", ".join(f"{name} {value}" for name, value in about.items()))
    if chosen.json is not None:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        record = {"machine": about, "quick": chosen.quick, "rows": [asdict(row) for row in rows]}
        chosen.json.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    wrong = [row for row in rows if row.wrong]
    for row in wrong:
        print(f"{row.section}: {row.what}: not the engine's results", file=sys.stderr)
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("models", nargs="*", type=Path, help="more model files, or folders of them")
    parser.add_argument("--only", action="store_true", help="run the given models alone")
    parser.add_argument("--quick", action="store_true", help="a minute; figures are rough")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    return parser.parse_args()


def _rows(foreign: Sequence[Path], only: bool, effort: Effort, folder: Path) -> Iterator[Row]:
    """Measure everything; of the first model that runs, growth too."""
    study = open_study().model_file
    models = list(foreign)
    if not only:
        own = [synthetic.write(kind, size, folder) for kind, size in effort.foreign.items()]
        models = [study, *own, *models]
    measured: list[Path] = []
    for path in models:
        _say(path.name)
        rows = list(compare(path, path == study, effort, folder))
        measured += [path] if any(row.time is not None for row in rows) else []
        yield from rows
    for path in measured[:1]:
        yield from _growth(path, effort, folder)
        _say(f"{path.name}: a stream of {effort.stream:,} members")
        yield stream(path, path == study, effort.stream)


def _growth(path: Path, effort: Effort, folder: Path) -> Iterator[Row]:
    _say(f"{path.name}: growth")
    work = make_workload(path, 4 * effort.members)
    yield from growth.with_members(work, effort.rounds, effort.budget)
    work = make_workload(path, 256)
    yield from growth.with_steps(work, effort.rounds, effort.budget)
    for kind, sizes in effort.sizes.items():
        for size in sizes:
            _say(f"growth with size: {size} {kind}")
            yield growth.of_size(kind, size, folder, effort.rounds, effort.budget)


def _say(text: str) -> None:
    print(f"measuring {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
