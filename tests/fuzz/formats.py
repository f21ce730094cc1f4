"""The formats that nqpf reads: sound files of each, and what reads them."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import nqpf
from nqpf.checks.reality import constraints
from nqpf.checks.static import static_checks
from tests.fuzz.guard import require_tame
from tests.fuzz.mutate import Material, mutated
from tests.fuzz.words import (
    CELLS,
    CELLS_MODEL,
    CSV_WORDS,
    DATA_MODEL,
    NETCDF_WORDS,
    NUMBERS,
    RUN,
    STATEMENTS,
    TOML_WORDS,
    VENSIM_WORDS,
    XMILE_WORDS,
)
from tests.small_study import write_study

_LANGUAGE = Path(__file__).parents[1] / "language"


@dataclass(frozen=True)
class Input:
    """A file to read: where in the folder it lies, and what is in it."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Format:
    """``sound``: inputs that are read. ``make``: a mutated one. ``read``: what is done with it."""

    sound: Callable[[], Sequence[Input]]
    make: Callable[[Random], Input]
    read: Callable[[Path, Input], object]


def prepare(folder: Path) -> None:
    """Write what inputs refer to: a study with results, data beside a model."""
    write_study(folder)
    (folder / "data").mkdir()
    for file in _LANGUAGE.rglob("*.csv"):
        shutil.copy(file, folder / "model")


# --- models -----------------------------------------------------------------------------------


def _of_models(suffixes: Sequence[str], words: Sequence[bytes]) -> Format:
    files = [path for suffix in suffixes for path in sorted(_LANGUAGE.rglob(f"*{suffix}"))]
    material = Material([path.read_bytes() for path in files], words)

    def make(random: Random) -> Input:
        return Input(f"model/fuzzed{random.choice(suffixes)}", mutated(random, material))

    def sound() -> list[Input]:
        return [Input(f"model/sound{path.suffix}", path.read_bytes()) for path in files[:1]]

    return Format(sound, make, _read_model)


def _read_model(folder: Path, given: Input) -> nqpf.Model:
    """Do what ``nqpf check`` does before it compiles anything."""
    model = nqpf.load(folder / given.name)
    require_tame(model.source)
    static_checks(model)
    constraints(model)
    return model


# --- studies ----------------------------------------------------------------------------------


def _of_files(
    under: Sequence[str],
    words: Sequence[bytes],
    read: Callable[[Path, Input], object],
    more: Mapping[str, bytes] | None = None,
) -> Format:
    """Return the format of the files of a study that match ``under``, and of ``more``."""

    @cache
    def files() -> dict[str, bytes]:
        return _study_files(tuple(under)) | dict(more or {})

    def make(random: Random) -> Input:
        name = random.choice(sorted(files()))
        return Input(name, mutated(random, Material([files()[name]], words)))

    def sound() -> list[Input]:
        return [Input(name, data) for name, data in files().items()]

    return Format(sound, make, read)


@cache
def _study_files(under: tuple[str, ...]) -> dict[str, bytes]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        root = write_study(Path(folder))
        return {
            path.relative_to(root).as_posix(): path.read_bytes()
            for pattern in under
            for path in sorted(root.glob(pattern))
        }


def _read_study(folder: Path, _given: Input) -> None:
    """Do what ``nqpf run`` and ``nqpf check`` do, with the model compiled once."""
    from nqpf.charts.gallery import Gallery
    from nqpf.charts.material import Results
    from nqpf.study.folder import open_study
    from nqpf.study.history import reproduce
    from nqpf.study.model import own_numbers
    from nqpf.study.project import project
    from nqpf.study.statistics import read_statistics
    from nqpf.study.summary import FILE, read_summary, summarise, written
    from nqpf.study.targets import FILE as TARGETS
    from nqpf.study.targets import read_targets

    study = open_study(folder)
    own_numbers(study)(_model(study.model_file))
    _state(study.model_file, folder / "model" / "checks.toml")
    gallery = Gallery(study)
    summary = read_summary(study.plots / FILE)
    targets = read_targets(study.calibration / TARGETS)
    statistics = read_statistics(study.calibration / "statistics")
    model = _model(study.model_file)
    data = project(model, study.choose([]))
    for lang in ("en", "zh"):
        gallery.drawn(gallery.of("projections"), Results(data), lang)
    if summary is not None:
        written(summarise(data, summary, gallery.baseline, study.plots / FILE), summary.column)
    reproduce(_history(study.model_file), statistics, targets, "en")


def _state(model_file: Path, statements: Path) -> None:
    """Make the model with what statements change in it, as ``nqpf check`` runs it."""
    from nqpf.checks.instrument import equations
    from nqpf.checks.statements import changed_variables, read_statements

    if not statements.exists():
        return
    stated = read_statements(statements)
    model = _model(model_file)
    by_name = {
        model.find(name).name: since for name, since in changed_variables(stated.statements).items()
    }
    text = equations(model, by_name, stated.quantities, stated.symmetric, [])
    nqpf.load(model_file, changes=text)


@cache
def _model(path: Path) -> nqpf.Model:
    return nqpf.load(path)


@cache
def _history(path: Path):
    from nqpf.study.project import history

    return history(_model(path))


# --- data -------------------------------------------------------------------------------------


def _read_csv(folder: Path, given: Input) -> None:
    match Path(given.name).stem:
        case "run":
            path = folder / "data" / "data.mdl"
            path.write_text(DATA_MODEL, encoding="utf-8")
            nqpf.load(path, data=folder / given.name)
        case "cells":
            path = folder / "data" / "cells.mdl"
            text = CELLS_MODEL % {"file": Path(given.name).name, "tab": ","}
            path.write_text(text, encoding="utf-8")
            nqpf.load(path)
        case _:
            from nqpf.study.statistics import read_statistics

            read_statistics(folder / "calibration" / "statistics")


@cache
def workbook() -> bytes:
    """Return a sound workbook with the cells that ``CELLS_MODEL`` names."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "s"
    for line in CELLS.decode().splitlines():
        sheet.append([float(cell) if cell.isdigit() else cell for cell in line.split(",")])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _make_xlsx(random: Random) -> Input:
    """Mutate one file inside the workbook, or the packed bytes."""
    whole = workbook()
    if random.random() < 0.25:
        return Input("data/cells.xlsx", mutated(random, Material([whole], (b"PK\x03\x04",))))
    inside = zipfile.ZipFile(io.BytesIO(whole))
    chosen = random.choice(inside.namelist())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name in inside.namelist():
            data = inside.read(name)
            if name == chosen:
                data = mutated(random, Material([data], XMILE_WORDS))
            book.writestr(zipfile.ZipInfo(name), data)
    return Input("data/cells.xlsx", packed.getvalue())


def _read_xlsx(folder: Path, given: Input) -> None:
    path = folder / "data" / "cells.mdl"
    text = CELLS_MODEL % {"file": Path(given.name).name, "tab": "s"}
    path.write_text(text, encoding="utf-8")
    nqpf.load(path)


# --- results ----------------------------------------------------------------------------------


@cache
def _results() -> dict[str, bytes]:
    """Return the files that ``nqpf run`` writes and other commands read."""
    from tempfile import TemporaryDirectory

    from nqpf.study.folder import open_study
    from nqpf.study.project import project
    from nqpf.study.results import DATA, RECORD, ResultFolder, write_all

    with TemporaryDirectory() as folder:
        study = open_study(write_study(Path(folder)))
        data = project(nqpf.load(study.model_file), study.choose([]))
        with ResultFolder(Path(folder) / "results") as results:
            write_all(data, {"command": "nqpf run", "scenarios": {}}, results)
            results.publish()
        files = {
            f"results/{name}": (Path(folder) / "results" / name).read_bytes()
            for name in (DATA, RECORD)
        }
        one = data.isel(scenario=0, drop=True)[["Total output", "Output"]]
        one = one.rename({"Total output": "supply", "Output": "level", "Region": "r"})
        one = one.assign_coords(r=["a", "b"]).isel(time=slice(0, 3))
        return files | {"data/run.nc": bytes(one.to_netcdf(engine="scipy"))}


def _make_netcdf(random: Random) -> Input:
    results, record, run = _results()
    name = random.choice((*[results] * 5, record, run))
    return Input(name, mutated(random, Material([_results()[name]], NETCDF_WORDS)))


def _read_netcdf(folder: Path, given: Input) -> None:
    """Do what ``nqpf plot`` does, but for the drawing; or read a run as data of a model."""
    if given.name == "data/run.nc":
        _read_csv(folder, given)
        return
    from nqpf.charts.gallery import Gallery
    from nqpf.charts.material import Results
    from nqpf.study.folder import open_study
    from nqpf.study.results import read_results

    for name, data in _results().items():
        if name != given.name and name.startswith("results"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
    study = open_study(folder)
    data, _ = read_results(folder / "results")
    gallery = Gallery(study)
    gallery.drawn(gallery.of("projections"), Results(data), "en")


FORMATS: dict[str, Format] = {
    "mdl": _of_models((".mdl",), VENSIM_WORDS),
    "xmile": _of_models((".xmile", ".stmx"), XMILE_WORDS),
    "toml": _of_files(
        ("**/*.toml",),
        TOML_WORDS,
        _read_study,
        {"model/checks.toml": STATEMENTS, "study.toml": NUMBERS},
    ),
    "csv": _of_files(
        ("calibration/statistics/*.csv",),
        CSV_WORDS,
        _read_csv,
        {
            "data/run.csv": RUN,
            "data/run.tab": RUN.replace(b",", b"\t"),
            "data/cells.csv": CELLS,
        },
    ),
    "xlsx": Format(lambda: [Input("data/cells.xlsx", workbook())], _make_xlsx, _read_xlsx),
    "netcdf": Format(
        lambda: [Input(*each) for each in _results().items()], _make_netcdf, _read_netcdf
    ),
}
