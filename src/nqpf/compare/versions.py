"""What two paths hold, and the comparison of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from nqpf.compare.equations import Change, ModelChanges, compare_models, differences
from nqpf.compare.outputs import Outputs, compare_runs
from nqpf.engine.names import canonical
from nqpf.engine.passes.symbols import CONTROL
from nqpf.engine.reader import read
from nqpf.engine.reader.load import VENSIM, XMILE
from nqpf.engine.reader.runs import gather
from nqpf.errors import InputError
from nqpf.study.folder import Study, is_study, open_study
from nqpf.study.results import DATA, RECORD, read_dataset, read_record
from nqpf.study.toml import shown

if TYPE_CHECKING:
    import xarray as xr

    from nqpf.engine import Model

Sort = Literal["model", "study", "results"]
Tell = Callable[[str], None]

FILE_ITSELF = "as in the file"  # the one scenario of a model file


@dataclass(frozen=True)
class Comparison:
    """Two versions compared. ``models``: hash of the model behind each, where it is known."""

    sort: Sort
    old: str
    new: str
    tolerance: float
    changes: tuple[Change, ...]
    outputs: Outputs
    models: tuple[str, str] | None

    @property
    def equal(self) -> bool:
        """Whether nothing changed and nothing moved, and neither side has what the other lacks."""
        coverage = self.outputs.coverage
        alone = (
            coverage.only_old,
            coverage.only_new,
            coverage.scenarios_only_old,
            coverage.scenarios_only_new,
        )
        return not (
            self.changes
            or self.outputs.movements
            or any(alone)
            or coverage.old_times != coverage.new_times
        )

    def plain(self) -> dict[str, Any]:
        """Return it as dictionaries and lists, for JSON: what is not a finite number is None."""
        return cast("dict[str, Any]", _finite({"equal": self.equal, **asdict(self)}))


def compare(
    old: Path, new: Path, tolerance: float, tell: Tell = lambda _: None, data: Any = None
) -> Comparison:
    """Compare two model files, two studies or two results.

    Parameters
    ----------
    tolerance
        See `compare_runs`.
    tell
        Called with a short text at the start of each slow stage.
    data
        Values of the data variables of both models, as ``nqpf.load`` takes them.

    Raises
    ------
    InputError
        A path holds none of the three, they hold different things, or nothing is common.
    """
    sorts = sort_of(old), sort_of(new)
    if sorts[0] != sorts[1]:
        raise InputError(
            f"{shown(old)} is a {_SAID[sorts[0]]}, {shown(new)} a {_SAID[sorts[1]]}: give two of "
            "one kind."
        )
    compared = {"model": _models, "study": _studies, "results": _results}[sorts[0]]
    try:
        changes, outputs, models = compared(old, new, _How(tolerance, tell, data))
    except _Unlike as error:
        raise InputError(f"{shown(old)} and {shown(new)}: {error}.") from None
    return Comparison(sorts[0], str(old), str(new), tolerance, changes, outputs, models)


_SAID = {"model": "model file", "study": "study folder", "results": "folder or file of results"}

_Compared = tuple[tuple[Change, ...], Outputs, tuple[str, str] | None]


@dataclass(frozen=True)
class _How:
    """What goes for both sides."""

    tolerance: float
    tell: Tell
    data: Any


class _Unlike(InputError):
    """The two have nothing that could be compared."""


def sort_of(path: Path) -> Sort:
    """Return what ``path`` holds."""
    if path.is_dir():
        if is_study(path):
            return "study"
        if (path / DATA).is_file():
            return "results"
        raise InputError(
            f"{shown(path)}: neither a study (model/ and scenarios/) nor results ({DATA})."
        )
    if not path.exists():
        raise InputError(f"{shown(path)}: no such file or folder.")
    if path.suffix.lower() in VENSIM + XMILE:
        return "model"
    if path.suffix.lower() == ".nc":
        return "results"
    kinds = ", ".join(VENSIM + XMILE)
    raise InputError(
        f"{shown(path)}: expected a model file ({kinds}), results ({DATA}) or a folder."
    )


# --- models and studies -------------------------------------------------------------------------


def _models(old: Path, new: Path, how: _How) -> _Compared:
    found = _equations(old, new, how)
    models = _loaded(old, how), _loaded(new, how)
    how.tell("Running both")
    runs = [_as_in_the_file(model) for model in models]
    outputs = _runs(runs[0], runs[1], how.tolerance, found.renamed)
    return found.changes, outputs, (models[0].hash, models[1].hash)


def _studies(old: Path, new: Path, how: _How) -> _Compared:
    from nqpf.study.project import changed, project

    studies = open_study(old), open_study(new)
    files = [study.model_file for study in studies]
    found = _equations(files[0], files[1], how)
    models = _of_study(studies[0], how), _of_study(studies[1], how)
    common = [name for name in studies[1].scenarios if name in studies[0].scenarios]
    if not common:
        raise _Unlike("the two studies have no scenario in common")
    how.tell(f"Running {len(common)} scenarios of both")
    runs = [
        project(model, study.choose(common)) for model, study in zip(models, studies, strict=True)
    ]
    settings = [
        {name: changed(model, study.scenarios[name]) for name in common}
        for model, study in zip(models, studies, strict=True)
    ]
    changes = (
        *found.changes,
        *_numbers(*studies),
        *_scenarios(*studies),
        *_settings(settings[0], settings[1]),
    )
    outputs = _runs(runs[0], runs[1], how.tolerance, found.renamed)
    return changes, outputs, (models[0].hash, models[1].hash)


def _equations(old: Path, new: Path, how: _How) -> ModelChanges:
    how.tell("Comparing the equations")
    runs = gather(how.data)
    before, after = read(old, runs), read(new, runs)
    found = compare_models(before, after)
    control = {canonical(name) for name in CONTROL}
    both = [
        {canonical(element.name) for element in model.elements} - control
        for model in (before, after)
    ]
    if not both[0] & both[1] and not found.renamed:
        raise _Unlike("the two have no variable in common: not versions of one model")
    return found


def _loaded(path: Path, how: _How) -> Model:
    from nqpf.engine import load

    return load(path, lambda stage: how.tell(f"Loading {path.name}: {stage}"), how.data)


def _of_study(study: Study, how: _How) -> Model:
    from nqpf.study.model import load_model

    where = study.folder
    return load_model(
        study, lambda stage: how.tell(f"Loading the model of {where}: {stage}"), how.data
    )


def _as_in_the_file(model: Model) -> xr.Dataset:
    """Return one run, whatever becomes of it: numbers that are not finite are differences, too."""
    import pandas as pd

    computed = [
        name
        for name, variable in model.variables.items()
        if variable.kind not in ("constant", "lookup")
    ]
    runs = model.ensemble(pd.DataFrame(index=[FILE_ITSELF]), computed)
    return runs.rename_dims(run="scenario").rename_vars(run="scenario")


def _runs(
    old: xr.Dataset, new: xr.Dataset, tolerance: float, renamed: Mapping[str, str]
) -> Outputs:
    try:
        return compare_runs(old, new, tolerance, renamed)
    except InputError as error:
        raise _Unlike(str(error)) from None


def _numbers(old: Study, new: Study) -> list[Change]:
    """Return the studies' own numbers that are not the same, or are told otherwise."""
    before, after = (
        {name: number.text for name, number in study.numbers.items()} for study in (old, new)
    )
    return list(differences("number", before, after, str))


def _scenarios(old: Study, new: Study) -> list[Change]:
    before, after = (
        {each.name: each.title.en for each in study.scenarios.values()} for study in (old, new)
    )
    return list(differences("scenario", before, after, str))


def _settings(
    old: Mapping[str, Mapping[str, float]], new: Mapping[str, Mapping[str, float]]
) -> list[Change]:
    """Return the constants that the same scenario sets otherwise, ``scenario: constant``."""
    before, after = (
        {
            f"{scenario}: {name}": f"{value:.10g}"
            for scenario, values in side.items()
            if scenario in old and scenario in new
            for name, value in values.items()
        }
        for side in (old, new)
    )
    return list(differences("setting", before, after, str))


# --- results ------------------------------------------------------------------------------------


def _results(old: Path, new: Path, how: _How) -> _Compared:
    how.tell("Reading the results")
    runs = [_dataset(path) for path in (old, new)]
    records = [_record(path) for path in (old, new)]
    outputs = _runs(runs[0], runs[1], how.tolerance, {})
    changes = tuple(_settings(_changed(records[0]), _changed(records[1])))
    hashes = [str(_table(record, "model").get("hash", "")) for record in records]
    return changes, outputs, (hashes[0], hashes[1]) if all(hashes) else None


def _dataset(path: Path) -> xr.Dataset:
    file = path / DATA if path.is_dir() else path
    return read_dataset(file)


def _record(path: Path) -> dict[str, Any]:
    """Return the record beside results; a file taken out of its folder has none."""
    file = (path if path.is_dir() else path.parent) / RECORD
    return read_record(file) if file.is_file() else {}


def _changed(record: dict[str, Any]) -> dict[str, dict[str, float]]:
    scenarios = _table(record, "scenarios")
    return {
        name: {
            constant: float(value)
            for constant, value in _table(scenario, "changed").items()
            if isinstance(value, int | float)
        }
        for name, scenario in scenarios.items()
        if isinstance(scenario, dict)
    }


def _table(record: dict[str, Any], key: str) -> dict[str, Any]:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _finite(value: object) -> object:
    match value:
        case float():
            return value if abs(value) < float("inf") else None
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case _:
            return value
