"""Faults put into the flagship, one at a time: do the checks of ``nqpf check`` see them?

``python -m tests.mutants`` tries all of them, ``python -m tests.mutants NAME...`` some. A fault is
caught if a check's verdict, or that of a target of history, is worse than for the sound model.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click

import nqpf
from nqpf.checks.setting import Setting, read_setting
from nqpf.checks.static import static_checks
from nqpf.checks.verdict import Check
from nqpf.checks.whole import Prepared, checked, prepare
from nqpf.errors import InputError
from nqpf.study.folder import Study, open_study
from tests.one_kernel import one_kernel

HERE = Path(__file__).parent
DRAWS = 1000
BAR = 0.95

# From best to worst; what is a known contradiction of a paper is not the model's fault.
_ORDER = {"holds": 0, "finding": 0, "note": 1, "fails": 2}
# Stands at its bar in the sound model: which stocks are a little beyond it says nothing.
_AT_ITS_BAR = "time step"


@dataclass(frozen=True)
class Said:
    """What a check said: its verdict, and of which variables."""

    verdict: str
    of: frozenset[str] = frozenset()


Verdicts = dict[str, Said]


@dataclass(frozen=True)
class Mutant:
    """A fault: ``old`` in the text of the model becomes ``new``."""

    kind: str
    old: str
    new: str

    def put_into(self, text: str) -> str:
        """Return ``text`` with the fault.

        Raises
        ------
        ValueError
            ``old`` is not there exactly once.
        """
        if text.count(self.old) != 1:
            raise ValueError(f"{self.old!r} is there {text.count(self.old)} times, expected once")
        return text.replace(self.old, self.new)


def mutants() -> dict[str, Mutant]:
    """Return all faults by name."""
    found = tomllib.loads((HERE / "mutants.toml").read_text("utf-8"))
    return {name: Mutant(**each) for name, each in found.items()}


def verdicts(prepared: Prepared, setting: Setting) -> Verdicts:
    """Return what ``nqpf check`` says of a study: check or target of history -> verdict."""
    try:
        found = _verdicts(checked(prepared, setting, draws=DRAWS))
        history = setting.history(prepared.model)
    except InputError as error:
        return {f"run: {error}": Said("fails")}
    for row in [] if history is None else history.to_dict(orient="records"):
        name = f"history of {row['target']} {row['element']}".strip()
        found[name] = Said("fails" if row["ok"] is False else "holds")
    return found


def _verdicts(checks: Iterable[Check]) -> Verdicts:
    return {
        each.name: Said(each.verdict, frozenset(found.variable for found in each.findings))
        for each in checks
    }


def worse(found: Verdicts, sound: Verdicts) -> dict[str, str]:
    """Return check -> verdict where that is worse than for the sound model, or of another thing."""
    caught: dict[str, str] = {}
    for name, said in found.items():
        before = sound.get(name, Said("holds"))
        more = said.of - before.of if name != _AT_ITS_BAR else frozenset()
        if _ORDER[said.verdict] > _ORDER[before.verdict] or (said.verdict == "note" and more):
            caught[name] = said.verdict
    return caught


@dataclass(frozen=True)
class Bench:
    """The sound study, and what its checks say."""

    study: Study
    setting: Setting
    sound: Prepared
    says: Verdicts

    def read(
        self, mutant: Mutant, *, run: bool, every: bool
    ) -> tuple[dict[str, str], Prepared | None]:
        """Return what catches a fault without a run, and the model, if that is to run."""
        text = self.study.model_file.read_text("utf-8")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / self.study.model_file.name
            file.write_text(mutant.put_into(text), "utf-8")
            try:
                said = _verdicts(static_checks(nqpf.load(file), self.setting.stated.results))
                caught = worse(said, self.says)
                if not run or (caught and not every):
                    return caught, None
                return caught, prepare(file, self.setting.stated)
            except InputError as error:
                return {f"reading: {error}": "fails"}, None


def bench(study: Study) -> Bench:
    """Check the sound study."""
    setting = read_setting(study)
    sound = prepare(study.model_file, setting.stated)
    return Bench(study, setting, sound, verdicts(sound, setting))


def catches(
    chosen: Mapping[str, Mutant],
    at: Bench,
    *,
    run: bool = True,
    every: bool = False,
    apart: bool = False,
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (name, what catches it); with ``run``, models run where reading is not enough.

    ``every``: all of them run. ``apart``: compile each by itself, which takes three times as long
    and finds the same.
    """
    caught: dict[str, dict[str, str]] = {}
    running: dict[str, Prepared] = {}
    for name, mutant in chosen.items():
        caught[name], prepared = at.read(mutant, run=run, every=every)
        if prepared is None:
            yield name, caught[name]
        else:
            running[name] = prepared
    joined = one_kernel(at.sound.model, [] if apart else ((k, e.model) for k, e in running.items()))
    for name, own in running.items():
        one = replace(own, model=joined.variant(name, own.model))
        yield name, caught[name] | worse(verdicts(one, at.setting), at.says)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--drawn", "number", type=int, help="Try this many faults drawn at random instead.")
@click.option("--seed", type=int, help="Of the draw.")
@click.option("--all", "every", is_flag=True, help="Run those, too, that reading catches.")
@click.option("--apart", is_flag=True, help="Compile each by itself.")
def main(
    names: tuple[str, ...], number: int | None, seed: int | None, every: bool, apart: bool
) -> None:
    """Try the faults called NAMES; all if none is named."""
    from tests.drawn_mutants import SEED, drawn

    study = open_study(HERE.parent)
    text = study.model_file.read_text("utf-8")
    known = mutants() if number is None else drawn(text, number, SEED if seed is None else seed)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.UsageError(f"no such fault: {', '.join(unknown)}")
    chosen = {name: known[name] for name in names or known}
    at = bench(study)
    by: Counter[str] = Counter()
    survivors: list[str] = []
    quiet = 0
    for name, found in catches(chosen, at, every=every, apart=apart):
        click.echo(f"{name:40} {chosen[name].kind:18} {_said(found)}")
        by.update({_group(check, at.setting) for check in found})
        survivors += [] if found else [name]
        quiet += bool(found) and "fails" not in found.values()
    caught = len(chosen) - len(survivors)
    click.echo(f"\n{caught} of {len(chosen)} caught ({caught / len(chosen):.1%})")
    click.echo(f"{quiet} of them by notes alone, with exit code 0; by kind of check:")
    for group, count in by.most_common():
        click.echo(f"  {group:24} {count:4}")
    click.echo(f"Survivors: {', '.join(survivors) or 'none'}")
    sys.exit(caught < BAR * len(chosen))


def _said(found: Mapping[str, str]) -> str:
    checks = (name if verdict == "fails" else f"{name} (note)" for name, verdict in found.items())
    return "; ".join(checks) or "SURVIVES"


def _group(check: str, setting: Setting) -> str:
    """Return the kind of check: one for all targets of history, one for each kind of statement."""
    if check in setting.stated.statements:
        return f"statements: {setting.stated.statements[check].kind}"
    return "history" if check.startswith("history of ") else check.partition(":")[0]


if __name__ == "__main__":
    main()
