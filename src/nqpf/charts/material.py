"""What charts are made from: results of one study and what is known about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nqpf.charts.spec import ChartSpec, CurveStyle, Style
from nqpf.engine.names import canonical
from nqpf.errors import InputError
from nqpf.study.folder import Study
from nqpf.study.results import (
    CALIBRATION,
    RECORD,
    read_calibration,
    read_record,
    read_table,
)
from nqpf.study.statistics import Statistics
from nqpf.study.targets import Target
from nqpf.study.toml import Text

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from nqpf.engine import Model

# For scenarios that the study's style does not name: Tol's muted scheme, safe for colour-blind
# readers, each with a dash of its own so that it also survives black and white.
_SPARE = tuple(
    CurveStyle(colour=colour, dash=dash)
    for dash in ([5.0, 1.5], [1.5, 1.5], [5.0, 1.5, 1.5, 1.5])
    for colour in ("#332288", "#117733", "#882255", "#999933", "#AA4499", "#44AA99")
)


@dataclass(frozen=True)
class Results:
    """Results on disk or just computed; what is not there is None."""

    data: xr.Dataset | None = None
    """Projections: dims scenario, time, subscripts."""
    draws: xr.Dataset | None = None
    """The same with a dimension ``draw``, for some or all of the variables."""
    folder: Path | None = None
    """Where the files of other commands lie."""

    @property
    def projections(self) -> xr.Dataset:
        """The projections, where a chart is made that needs them."""
        assert self.data is not None
        return self.data

    @cached_property
    def calibration(self) -> Mapping[str, xr.Dataset] | None:
        """Groups of the calibration's draws."""
        if self.folder is None or not self.has(CALIBRATION):
            return None
        return read_calibration(self.folder)

    @cached_property
    def _read(self) -> Callable[[Path], pd.DataFrame]:
        return cache(read_table)  # charts, languages and sentences share the tables

    def has(self, name: str) -> bool:
        """Whether the folder holds a file."""
        return self.folder is not None and (self.folder / name).exists()

    def of_another_model(self, study: Study) -> str:
        """Say that the projections or the draws are not of the study's model as it is now.

        "" where they are, or where it cannot be known.
        """
        from nqpf.study.model import load_model

        made: dict[str, object] = {}
        if self.folder is not None and self.has(RECORD):
            record = read_record(self.folder / RECORD)
            model = record.get("model")
            # Data files of a run are part of what its model is.
            if isinstance(model, dict) and "--data" not in str(record.get("command")):
                made["nqpf run"] = model.get("hash")
        if self.calibration is not None:
            made["nqpf calibrate"] = self.calibration["posterior"].attrs.get("model_hash")
        if not made:
            return ""
        try:
            now = load_model(study).hash
        except InputError:  # a model that cannot be read does not keep results from being drawn
            return ""
        stale = [command for command, then in made.items() if then not in (None, now)]
        if not stale:
            return ""
        commands = " and ".join(f'"{command}"' for command in stale)
        return f"The results are of another version of the model: make them anew with {commands}."

    def analysis(self, sweep: str, name: str) -> pd.DataFrame | None:
        """Return a table of a sweep's analyses; None if there is none."""
        for store in self._stores(sweep):
            if (store / "analysis" / name).exists():
                return self._read(store / "analysis" / name)
        return None

    def sweep(self, name: str) -> dict[str, Any]:
        """Return the specification that a sweep was made from; nothing if there is none."""
        for store in self._stores(name):
            if (store / "analysis").is_dir() and (store / RECORD).exists():
                found = read_record(store / RECORD).get("identity", {})
                return found.get("spec", {}) if isinstance(found, dict) else {}
        return {}

    def _stores(self, sweep: str) -> list[Path]:
        """Where the store of a sweep may be."""
        return [] if self.folder is None else [self.folder / "sweeps" / sweep, self.folder]

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a CSV file of the folder; None if there is none."""
        if self.folder is None or not self.has(name):
            return None
        return self._read(self.folder / name)


@dataclass(frozen=True)
class Material:
    """Results, the study they are of, and the language of the charts."""

    study: Study
    results: Results
    style: Style
    targets: Mapping[str, Target]
    statistics: Statistics | None
    names: Mapping[str, Text] = field(default_factory=dict)
    """Names of the model's variables for readers, by their canonical names in the file."""
    lang: str = "en"

    @property
    def titles(self) -> Mapping[str, Text]:
        """Title of every scenario of the study, whether in the data or not."""
        return {name: each.title for name, each in self.study.scenarios.items()}

    @cached_property
    def model(self) -> Model:
        """The study's model: read, not compiled."""
        from nqpf.study.model import load_model

        return load_model(self.study)

    def style_of(self, scenario: str) -> CurveStyle:
        """Return how a scenario looks, the same on every chart."""
        if scenario in self.style.scenarios:
            return self.style.scenarios[scenario]
        unnamed = [name for name in self.titles if name not in self.style.scenarios]
        return _SPARE[unnamed.index(scenario) % len(_SPARE)]

    def scenario(self, name: str) -> str:
        """Return a scenario's name for a label."""
        return self.say(self.style_of(name).name or self.titles[name])

    def say(self, text: Text) -> str:
        """Return a text in the language of the charts."""
        return text.in_(self.lang)

    def head(self, spec: ChartSpec, method: str, *, observed: bool = False) -> dict[str, str]:
        """Return what every drawing has: kind, title, subtitle, footer.

        The footer says how the chart was made, what holds for all of them and, where it shows
        observations, their source.
        """
        parts = [method, self.say(self.style.footer)]
        if observed and self.style.observed_source is not None:
            parts.append(self.say(self.style.observed_source))
        return {
            "kind": spec.kind,
            "title": self.say(spec.title),
            "subtitle": self.say(spec.subtitle),
            "footer": ("" if self.lang == "zh" else " ").join(parts),
        }

    def variable(self, name: str) -> str:
        """Return what a reader calls a variable, or an element of one: ``"Name[East]"``."""
        given, bracket, element = name.partition("[")
        known = self.names.get(canonical(given))
        said = given.strip() if known is None else self.say(known)
        if not bracket:
            return said
        return f"{said}{'（' if self.lang == 'zh' else ' ('}{self.element(element.rstrip(']'))}" + (
            "）" if self.lang == "zh" else ")"
        )

    def element(self, name: str) -> str:
        """Return what a reader calls an element of a subscript."""
        return self.say(self.style.elements[name]) if name in self.style.elements else name

    def unit(self, unit: str) -> str:
        """Return a unit in the language of the charts."""
        return self.say(self.style.units[unit]) if unit in self.style.units else unit

    def require_scenarios(self, names: list[str], where: str) -> None:
        """Refuse names that no scenario of the study has."""
        from nqpf.errors import did_you_mean

        for name in names:
            if name not in self.titles:
                hint = did_you_mean(name, self.titles)
                raise InputError(f'{where}: unknown scenario "{name}".{hint}')
