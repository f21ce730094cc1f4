"""The study: where it is found and what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nqpf.engine.suffixes import VENSIM, XMILE
from nqpf.errors import InputError, did_you_mean
from nqpf.study.levers import Lever, read_levers
from nqpf.study.numbers import FILE, Number, read_numbers
from nqpf.study.scenarios import Scenario, read_scenarios
from nqpf.study.toml import shown

if TYPE_CHECKING:
    from nqpf.sweep import Sweep

MODEL_SUFFIXES = (*VENSIM, *XMILE)
_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Study:
    """A model with its scenarios, levers, statistics and chart specifications."""

    folder: Path
    model_file: Path
    levers: Mapping[str, Lever]
    scenarios: Mapping[str, Scenario]
    """By name, in the order for tables and charts."""
    numbers: Mapping[str, Number] = field(default_factory=dict)
    """Constants and tables of its own, in place of those that the model file holds."""

    @property
    def plots(self) -> Path:
        """Folder of the chart specifications; need not exist."""
        return self.folder / "plots"

    @property
    def calibration(self) -> Path:
        """Folder of statistics and targets; need not exist."""
        return self.folder / "calibration"

    def choose(self, names: Iterable[str]) -> list[Scenario]:
        """Return the scenarios called ``names``, in the study's order; all if none is named."""
        names = list(names)
        for name in names:
            if name not in self.scenarios:
                hint = did_you_mean(name, self.scenarios)
                known = ", ".join(self.scenarios)
                raise InputError(f'Unknown scenario "{name}".{hint or f" Known: {known}."}')
        return [each for each in self.scenarios.values() if not names or each.name in names]

    def sweep(self, spec: Any, out: str | Path, **more: Any) -> Sweep:
        """Run a sweep of this study into the folder ``out``, or go on with it; see `nqpf.sweep`."""
        # Upwards, against the order of the rooms: this is where a reader of a study looks for it.
        from nqpf.sweep import sweep

        return sweep(self, spec, out, **more)


def open_study(folder: Path | None = None) -> Study:
    """Read the study in ``folder``.

    Without ``folder``: the one in which one stands, if it has ``model/`` and ``scenarios/``,
    else the one that ships with the program.
    """
    if folder is None:
        here = Path.cwd()
        folder = here if is_study(here) else shipped_study()
    elif not folder.is_dir():
        raise InputError(f"{folder}: no such folder. --study takes a folder with model/.")
    elif not is_study(folder):
        raise InputError(
            f"{folder}: not a study. A study is a folder with scenarios/ (one TOML file each) and "
            f"model/ (one model file), or {FILE} that names the model file."
        )
    own = read_numbers(folder / FILE)
    levers = read_levers(folder / "model" / "levers.toml")
    return Study(
        folder=folder,
        model_file=_model_file(folder / "model")
        if own.model is None
        else _named(folder, own.model),
        levers=levers,
        scenarios=read_scenarios(folder / "scenarios", levers),
        numbers=own.numbers,
    )


def shipped_study() -> Path:
    """Return the folder of the study that ships with the program."""
    installed = _PACKAGE / "_study"
    checkout = _PACKAGE.parents[1]
    for folder in (installed, checkout):
        if is_study(folder):
            return folder
    raise InputError("The study that ships with nqpf is missing: install nqpf again.")


def is_study(folder: Path) -> bool:
    """Whether ``folder`` has the shape of a study."""
    has_model = (folder / "model").is_dir() or (folder / FILE).is_file()
    return has_model and (folder / "scenarios").is_dir()


def _named(folder: Path, name: str) -> Path:
    """Return the model file that a study names, from its folder."""
    path = folder / name
    try:
        there = path.is_file()
    except OSError:  # a name that no file can have
        there = False
    if path.suffix.lower() not in MODEL_SUFFIXES or not there:
        kinds = " ".join(MODEL_SUFFIXES)
        raise InputError(f'{shown(folder / FILE)}: model = "{name}": no model file ({kinds}).')
    return path.resolve()


def _model_file(folder: Path) -> Path:
    if not folder.is_dir():
        where = shown(folder.parent / FILE)
        raise InputError(f"{where}: names no model file, and there is no folder model/ beside it.")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in MODEL_SUFFIXES)
    match found:
        case [one]:
            return one
        case []:
            kinds = " ".join(MODEL_SUFFIXES)
            raise InputError(f"{shown(folder)}: no model file in this folder ({kinds}).")
        case _:
            names = ", ".join(path.name for path in found)
            raise InputError(f"{shown(folder)}: one model file expected, found {names}.")
