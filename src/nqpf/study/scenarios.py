"""Scenario files: what a scenario changes, with the scenarios that it includes merged in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import field_validator

from nqpf.errors import InputError, did_you_mean
from nqpf.study.levers import Lever, LeverPull
from nqpf.study.toml import Finite, Line, Table, Text, load_toml, shown


class ScenarioFile(Table):
    """What one file of ``scenarios/`` says."""

    title: Text
    note: Text | None = None
    """One sentence: the question that the scenario answers."""
    paper: Line | None = None
    """Section of the source paper."""
    order: float = 1000
    """Place in tables and charts."""
    include: list[Line] = []
    """Scenarios merged first, in order; later ones and the file itself win."""
    levers: dict[str, LeverPull] = {}
    parameters: dict[str, Finite] = {}

    @field_validator("levers", mode="before")
    @classmethod
    def _strength_alone(cls, levers: object) -> object:
        if not isinstance(levers, dict):
            return levers
        return {
            name: pull if isinstance(pull, dict) else {"strength": pull}
            for name, pull in levers.items()
        }


@dataclass(frozen=True)
class Scenario:
    """One future: the constants of the model that differ from the model file."""

    name: str
    file: Path
    title: Text
    note: Text | None
    paper: str | None
    order: float
    parameters: Mapping[str, float]
    """Constants as the files name them, ``"Name"`` or ``"Name[East]"``, levers resolved."""


def read_scenarios(folder: Path, levers: Mapping[str, Lever]) -> dict[str, Scenario]:
    """Read every scenario of ``folder``, in the order for tables and charts."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise InputError(f"{shown(folder)}: no scenario (*.toml) in this folder.")
    files = {path.stem: load_toml(path, ScenarioFile) for path in paths}
    scenarios = [
        Scenario(
            name=name,
            file=folder / f"{name}.toml",
            title=file.title,
            note=file.note,
            paper=file.paper,
            order=file.order,
            parameters=_parameters(name, files, levers, folder, ()),
        )
        for name, file in files.items()
    ]
    return {each.name: each for each in sorted(scenarios, key=lambda each: (each.order, each.name))}


def _parameters(
    name: str,
    files: Mapping[str, ScenarioFile],
    levers: Mapping[str, Lever],
    folder: Path,
    including: tuple[str, ...],
) -> dict[str, float]:
    where = shown(folder / f"{name}.toml")
    if name in including:
        circle = " -> ".join((*including[including.index(name) :], name))
        raise InputError(f"{where}: include goes round in a circle: {circle}.")
    merged: dict[str, float] = {}
    for other in files[name].include:
        if other not in files:
            raise InputError(
                f'{where}: include names no scenario "{other}".{did_you_mean(other, files)}'
            )
        merged |= _parameters(other, files, levers, folder, (*including, name))
    return merged | own_parameters(files[name], levers, where)


def own_parameters(file: ScenarioFile, levers: Mapping[str, Lever], where: str) -> dict[str, float]:
    """Return the constants that a scenario sets itself, its levers resolved."""
    found: dict[str, float] = {}
    for lever_name, pull in file.levers.items():
        lever = find_lever(levers, lever_name, where)
        found[lever.parameter] = pull.strength
        found |= timing(lever, lever_name, pull.start, pull.ramp, where)
    return found | file.parameters


def find_lever(levers: Mapping[str, Lever], name: str, where: str) -> Lever:
    """Return a lever by its name; InputError if the study has none of it."""
    if name not in levers:
        known = f" Known: {', '.join(levers)}." if levers else " The study has none."
        raise InputError(f'{where}: unknown lever "{name}".{did_you_mean(name, levers) or known}')
    return levers[name]


def timing(
    lever: Lever, name: str, start: float | None, ramp: float | None, where: str
) -> dict[str, float]:
    """Return the constants that say when a lever starts and how long its ramp is."""
    found: dict[str, float] = {}
    for key, value, parameter in (("start", start, lever.start), ("ramp", ramp, lever.ramp)):
        if value is None:
            continue
        if parameter is None:
            raise InputError(f'{where}: lever "{name}" has no {key} to set.')
        found[parameter] = value
    return found
