"""What a report is made from, read from a results folder and a study, and checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nqpf.errors import InputError
from nqpf.study.results import HOLDOUT, PARAMETERS
from nqpf.study.toml import shown

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from nqpf.charts.gallery import Gallery
    from nqpf.engine import Model
    from nqpf.explain import NamedLoop
    from nqpf.study.about import About
    from nqpf.study.documentation import Translated
    from nqpf.study.folder import Study
    from nqpf.study.summary import Summary
    from nqpf.study.targets import Target
    from nqpf.study.toml import Text


# What `nqpf.study.record.record_of` writes and a report shows.
_RECORD = {"command", "time", "versions", "platform", "model", "runs per scenario", "failed draws"}
_RECORDED = {"file", "hash", "method", "initial time", "final time", "time step", "time unit"}


@dataclass(frozen=True)
class Found:
    """A table or list that another command wrote, and when."""

    content: Any
    made: str


@dataclass(frozen=True)
class Material:
    """What a report is made from.

    Attributes
    ----------
    runs, draws
        Projections: one run a scenario; and with every draw of the fitted ensemble, if there are.
    names
        What readers call the model's variables, by their canonical names.
    chinese
        What is said of them in Chinese.
    loops
        Feedback loops that the study's diagrams name.
    record
        How they were made.
    effects
        See `nqpf.study.summary.effects`; None without draws, baseline or specification.
    targets
        What the statistics ask of the model.
    history
        The baseline against the statistics; None without targets, statistics or baseline.
    checks, fit, windows, holdout, parameters
        What ``nqpf check`` and ``nqpf calibrate`` left beside the projections; None where they
        have not been run.
    """

    folder: Path
    study: Study
    model: Model
    gallery: Gallery
    about: About | None
    names: Mapping[str, Text]
    chinese: Translated
    loops: Sequence[NamedLoop]
    summary: Summary | None
    runs: xr.Dataset
    draws: xr.Dataset | None
    record: dict[str, Any]
    effects: pd.DataFrame | None
    targets: Mapping[str, Target]
    history: pd.DataFrame | None
    checks: Found | None
    fit: Found | None
    windows: Found | None
    holdout: Found | None
    parameters: Found | None

    @property
    def scenarios(self) -> list[str]:
        """Names of the scenarios that were run."""
        return [str(name) for name in self.runs["scenario"].to_numpy()]

    @property
    def baseline(self) -> str | None:
        """Scenario that the others are compared with, if it was run."""
        name = self.gallery.baseline
        return name if name in self.scenarios else None

    def labelled(self, label: str, lang: str) -> str:
        """Return what readers call the elements of a label: ``"东部"`` for ``"[East]"``."""
        style = self.gallery.style
        return style.labelled(label, lang) if style else label.strip("[]")


def gather(study: Study, folder: Path, tell: Callable[[str], None]) -> Material:
    """Read what a report of ``study`` needs from the results in ``folder``.

    Raises
    ------
    InputError
        There are no results, they are damaged, or they are of another model or study.
    """
    from nqpf.charts.gallery import Gallery
    from nqpf.charts.making.structure import named_loops
    from nqpf.study.about import read_about
    from nqpf.study.documentation import FILE as DOCUMENTATION
    from nqpf.study.documentation import read_documentation
    from nqpf.study.model import load_model
    from nqpf.study.names import names_of
    from nqpf.study.results import (
        CALIBRATION_RECORD,
        CHECKS,
        RECORD,
        read_draws,
        read_record,
        read_results,
    )
    from nqpf.study.summary import FILE, effects, read_summary
    from nqpf.study.targets import FILE as TARGETS
    from nqpf.study.targets import read_targets

    tell("Reading the results")
    runs, record = read_results(folder)
    if not (record.keys() >= _RECORD and _keys(record["model"]) >= _RECORDED):
        raise InputError(
            f'{shown(folder)}: {RECORD} is not that of "nqpf run". Make the results again with it.'
        )
    gallery = Gallery(study)
    model = load_model(study, tell)
    _require_same(runs, model, study, folder)
    draws = read_draws(folder)
    if draws is not None:
        _require_same(draws, model, study, folder)
    summary = read_summary(study.plots / FILE)
    effect = None
    if draws is not None and summary is not None and summary.effect is not None:
        effect = effects(draws, summary.effect, gallery.baseline, study.plots / FILE)
    aims = study.calibration / TARGETS
    targets = read_targets(aims) if aims.exists() else {}
    fit, windows, holdout, parameters = (_table(folder / name, name) for name in _COLUMNS)
    if (made := folder / CALIBRATION_RECORD).exists() and (fit or holdout or parameters):
        _require_model(made, read_record(made).get("model_hash"), model, study, "nqpf calibrate")
    return Material(
        folder=folder,
        study=study,
        model=model,
        gallery=gallery,
        about=read_about(study.folder / "model"),
        names=names_of(study),
        chinese=read_documentation(study.folder / "model" / DOCUMENTATION, model.variables),
        loops=named_loops(gallery.charts, model),
        summary=summary,
        runs=runs,
        draws=draws,
        record=record,
        effects=effect,
        targets=targets,
        history=_history(study, targets, runs, gallery.baseline),
        checks=_checks(folder / CHECKS, model, study),
        fit=fit,
        windows=windows,
        holdout=holdout,
        parameters=parameters,
    )


def _keys(content: object) -> set[str]:
    return set(content) if isinstance(content, dict) else set()


def _require_same(data: xr.Dataset, model: Model, study: Study, folder: Path) -> None:
    """Refuse results of another model than the study's, or of scenarios that it lacks."""
    _require_model(folder, data.attrs.get("model_hash"), model, study, "nqpf run")
    for name in map(str, data["scenario"].to_numpy()):
        if name not in study.scenarios:
            raise InputError(
                f'{shown(folder)}: holds results of scenario "{name}", which the study does not '
                'have (any more). Make them again with "nqpf run".'
            )


def _history(
    study: Study, targets: Mapping[str, Target], runs: xr.Dataset, baseline: str | None
) -> pd.DataFrame | None:
    from nqpf.study.history import reproduce
    from nqpf.study.statistics import read_statistics

    statistics = study.calibration / "statistics"
    if baseline not in runs["scenario"] or not targets or not statistics.is_dir():
        return None
    run = runs.sel(scenario=baseline, drop=True)
    return reproduce(run, read_statistics(statistics), targets)


def _require_model(path: Path, made: object, model: Model, study: Study, command: str) -> None:
    """Refuse what a command wrote of a model, whose hash is ``made``, other than the study's."""
    if made != model.hash:
        raise InputError(
            f"{shown(path)}: these are results of another model, or of another version of "
            f'{study.model_file.name}. Make them again with "{command}", or name their study with '
            "--study."
        )


def _checks(path: Path, model: Model, study: Study) -> Found | None:
    """Return the checks that ``nqpf check`` found of this model, as it wrote them."""
    from nqpf.checks.verdict import from_plain

    if not path.exists():
        return None
    try:
        found = from_plain(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        raise InputError(
            f'{shown(path)}: is broken or not of "nqpf check". Make it again with it.'
        ) from None
    _require_model(path, found.model_hash, model, study, "nqpf check")
    return Found(found.checks, _made(path))


_COLUMNS = {
    "fit.csv": ("target", "element", "years", "n", "MAPE", "UM", "within 50%", "within 90%"),
    "windows.csv": ("target", "element", "first", "last", "n", "bias", "growth"),
    HOLDOUT: (
        *("target", "element", "years", "n", "MAPE", "random walk", "trend"),
        *("within 50%", "within 90%"),
    ),
    PARAMETERS: (
        *("parameter", "unit", "kind", "file", "best", "median", "5%", "95%", "ratio", "data"),
        *("profile low", "profile high", "bounded", "with", "correlation"),
    ),
}
# Of "nqpf calibrate --best" there are no bands; a lone parameter is correlated with none.
_OPTIONAL = {"within 50%", "within 90%", "with", "correlation"}
_TEXTS = {"target", "element", "years", "parameter", "unit", "kind", "data", "with"}


def _table(path: Path, name: str) -> Found | None:
    """Return a table that ``nqpf calibrate`` wrote."""
    import pandas as pd

    if not path.exists():
        return None
    wanted = _COLUMNS[name]
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(_TEXTS, str), keep_default_na=True)
        table = table.reindex(columns=[*dict.fromkeys([*table, *(_OPTIONAL & set(wanted))])])
        numbers = [column for column in wanted if column not in _TEXTS]
        texts = [column for column in wanted if column in _TEXTS]
        table = table.astype(dict.fromkeys(numbers, float) | dict.fromkeys(texts, object))
        table = table.fillna(dict.fromkeys(texts, ""))[list(wanted)]
    except Exception:
        # A damaged file makes the library fail anywhere, with whatever its code trips over first.
        raise InputError(
            f'{shown(path)}: is broken or not of "nqpf calibrate". Make it again with it.'
        ) from None
    return Found(table, _made(path))


def _made(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="minutes")
