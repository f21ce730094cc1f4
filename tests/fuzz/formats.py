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
from nqpf.engine.reader.builtins import VENSIM, XMILE
from tests.fuzz.guard import require_tame
from tests.fuzz.mutate import Material, mutated
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
    for file in _LANGUAGE.rglob("*.csv"):
        shutil.copy(file, folder / "model")


# --- models -----------------------------------------------------------------------------------

_VENSIM_WORDS = (
    *(b"~", b"|", b"~~|", b":=", b"==", b"=", b"->", b"<->", b"!", b"{", b"}", b"\\\n", b"[", b"]"),
    *(
        b":EXCEPT:",
        b":NA:",
        b":AND:",
        b":OR:",
        b":NOT:",
        b":RAW:",
        b":INTERPOLATE:",
        b":SUPPLEMENTARY",
    ),
    *(b":MACRO: f(x)\nf = f(x)~~|\n:END OF MACRO:", b":MACRO:", b":END OF MACRO:", b":TEST INPUT:"),
    *(
        b"\\\\\\---/// Sketch",
        b"///---\\\\\\",
        b"(A1-A1000000000)",
        b"(a1-a9)",
        b"(9-1)",
        b"r:r~~|",
    ),
    *(b"x=INTEG(x,x)~~|", b"GET DIRECT CONSTANTS('../../etc/passwd',',','A1')", b"TABBED ARRAY("),
    *(b"GET XLS DATA('x.xlsx','a','1','B2')", b"WITH LOOKUP(", b"[(0,0)-(1,1)]", b"((0,0),(1,1))"),
    *(f"{name.upper()}(".encode() for name in VENSIM),
)
_XMILE_WORDS = (
    *(
        b"<",
        b">",
        b"</",
        b"/>",
        b"&",
        b"&amp;",
        b"&#0;",
        b"&#x110000;",
        b"&lol;",
        b"<![CDATA[",
        b"]]>",
    ),
    *(
        b'<!DOCTYPE x [<!ENTITY lol "lol">]>',
        b'<!ENTITY a SYSTEM "file:///etc/passwd">',
        b"<!--",
        b"-->",
    ),
    *(b'<?xml version="1.0" encoding="utf-16"?>', b"<?pi?>", b"xmlns:x='y'", b"<x:y/>", b"isee:"),
    *(b"<eqn>", b"</eqn>", b"<gf>", b"<xpts>0,1</xpts>", b"<ypts>", b'<xscale min="0" max="1"/>'),
    *(
        b'<dim name="A" size="1000000000"/>',
        b'size="0"',
        b"<element subscript='1'>",
        b"<non_negative/>",
    ),
    *(
        b'<module name="a"/>',
        b'<model name="a">',
        b"<macro name='f'>",
        b"<parm>x</parm>",
        b"<dt>0</dt>",
    ),
    *(
        b"<stop>1e300</stop>",
        b'<dt reciprocal="true">0</dt>',
        b"[1:1000000000]",
        b"[*]",
        b"@1",
        b"'",
    ),
    *(b"<stock name='s'>", b"<flow name='f'>", b"<inflow>f</inflow>", b"IF 1 THEN 2 ELSE", b"SELF"),
    *(f"{name}(".encode() for name in XMILE),
)


def _of_models(suffixes: Sequence[str], words: Sequence[bytes]) -> Format:
    files = [path for suffix in suffixes for path in sorted(_LANGUAGE.rglob(f"*{suffix}"))]
    material = Material([path.read_bytes() for path in files], words)

    def make(random: Random) -> Input:
        return Input(f"model/fuzzed{random.choice(suffixes)}", mutated(random, material))

    def sound() -> list[Input]:
        return [Input(f"model/sound{path.suffix}", path.read_bytes()) for path in files[:1]]

    return Format(sound, make, _read_model)


def _read_model(folder: Path, given: Input) -> nqpf.Model:
    model = nqpf.load(folder / given.name)
    require_tame(model.source)
    return model


# --- studies ----------------------------------------------------------------------------------

_TOML_WORDS = (
    *(
        b"[x]",
        b"[[x]]",
        b"[[panel]]",
        b"[levers]",
        b"=",
        b'"""',
        b"'''",
        b"{",
        b"}",
        b"[",
        b"]",
        b"#",
    ),
    *(
        b"true",
        b"2020-01-01",
        b"12:30:00",
        b"nan",
        b"inf",
        b"0xff",
        b"[]",
        b"{}",
        b'""',
        b"title",
        b"en",
    ),
    *(
        b"order",
        b"include",
        b'["baseline"]',
        b"strength",
        b"start",
        b"ramp",
        b"parameter",
        b"years",
    ),
    *(
        b'"$x^{$"',
        b'"$\\\\frac{1}$"',
        b'"{year}"',
        b'"{0.__class__}"',
        b'"{"',
        b'"\\u0000"',
        b'"\\n"',
    ),
    *(b'"#12345"', b"[2030, 2020]", b"[2020]", b'"Output[North!]"', b'"growth:0"', b'"index:9999"'),
    *(
        b'"value:2021"',
        b'"Effort"',
        b'"Output[East]"',
        b"[0]",
        b"[-1.0]",
        b"[0.0, 0.0]",
        b"digits = 6",
    ),
)


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
    from nqpf.study.folder import open_study
    from nqpf.study.history import reproduce
    from nqpf.study.project import project
    from nqpf.study.statistics import read_statistics
    from nqpf.study.summary import FILE, read_summary, summarise, written
    from nqpf.study.targets import FILE as TARGETS
    from nqpf.study.targets import read_targets

    study = open_study(folder)
    gallery = Gallery(study)
    summary = read_summary(study.plots / FILE)
    targets = read_targets(study.calibration / TARGETS)
    statistics = read_statistics(study.calibration / "statistics")
    model = _model(study.model_file)
    data = project(model, study.choose([]))
    titles = {each.name: each.title for each in study.scenarios.values()}
    for lang in ("en", "zh"):
        gallery.drawings(data, titles, lang)
    if summary is not None:
        written(summarise(data, summary, gallery.baseline, study.plots / FILE), summary.column)
    reproduce(_history(study.model_file), statistics, targets, "en")


@cache
def _model(path: Path) -> nqpf.Model:
    return nqpf.load(path)


@cache
def _history(path: Path):
    from nqpf.study.project import history

    return history(_model(path))


# --- data -------------------------------------------------------------------------------------

_CSV_WORDS = (
    b",",
    b'"',
    b"\t",
    b";",
    b"\r",
    b"\n",
    b'""',
    b"2020",
    b"seen",
    b"=1+1",
    b"-",
    b"#N/A",
    b"output",
)
_RUN = b"Time,supply,level[a],level[b]\n0,1,2,3\n1,1.5,,3\n2,2,4,5\n"
_CELLS = b",A,B,C\nx,1,2,3\ny,2,4,8\nz,3,,27\n"
_DATA_MODEL = """{UTF-8}
r: a, b ~~|
level[r] ~~|
supply :RAW: ~~|
x[r] = INTEG(supply + level[r], 0) ~~|
FINAL TIME = 2 ~~|
INITIAL TIME = 0 ~~|
SAVEPER = 1 ~~|
TIME STEP = 1 ~~|
"""
_CELLS_MODEL = """{UTF-8}
r: GET DIRECT SUBSCRIPT('%(file)s', '%(tab)s', 'A2', 'A', 'e ') ~~|
c = GET DIRECT CONSTANTS('%(file)s', '%(tab)s', 'B2') ~~|
t(GET DIRECT LOOKUPS('%(file)s', '%(tab)s', '2', 'B3')) ~~|
d := GET DIRECT DATA('%(file)s', '%(tab)s', 'B', 'C2') ~~|
x = INTEG(c * t(Time) + d, 0) ~~|
FINAL TIME = 2 ~~|
INITIAL TIME = 0 ~~|
SAVEPER = 1 ~~|
TIME STEP = 1 ~~|
"""


def _read_csv(folder: Path, given: Input) -> None:
    match Path(given.name).stem:
        case "run":
            path = folder / "model" / "data.mdl"
            path.write_text(_DATA_MODEL, encoding="utf-8")
            nqpf.load(path, data=folder / given.name)
        case "cells":
            path = folder / "model" / "cells.mdl"
            text = _CELLS_MODEL % {"file": Path(given.name).name, "tab": ","}
            path.write_text(text, encoding="utf-8")
            nqpf.load(path)
        case _:
            from nqpf.study.statistics import read_statistics

            read_statistics(folder / "calibration" / "statistics")


@cache
def _workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "s"
    for line in _CELLS.decode().splitlines():
        sheet.append([float(cell) if cell.isdigit() else cell for cell in line.split(",")])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _make_xlsx(random: Random) -> Input:
    """Mutate one file inside the workbook, or the packed bytes."""
    whole = _workbook()
    if random.random() < 0.25:
        return Input("model/cells.xlsx", mutated(random, Material([whole], (b"PK\x03\x04",))))
    inside = zipfile.ZipFile(io.BytesIO(whole))
    chosen = random.choice(inside.namelist())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name in inside.namelist():
            data = inside.read(name)
            if name == chosen:
                data = mutated(random, Material([data], _XMILE_WORDS))
            book.writestr(zipfile.ZipInfo(name), data)
    return Input("model/cells.xlsx", packed.getvalue())


def _read_xlsx(folder: Path, given: Input) -> None:
    path = folder / "model" / "cells.mdl"
    text = _CELLS_MODEL % {"file": Path(given.name).name, "tab": "s"}
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
        return {
            f"results/{name}": (Path(folder) / "results" / name).read_bytes()
            for name in (DATA, RECORD)
        }


_WHOLE = b"\x00\x00\x00"  # the upper bytes of most numbers in a header
_NETCDF_WORDS = (
    *(
        b"CDF\x01",
        b"CDF\x02",
        b"CDF\x05",
        b"\x89HDF\r\n\x1a\n",
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff",
    ),
    *(_WHOLE + bytes([n]) for n in (0, 1, 2, 4, 6, 10, 11, 12, 13, 255)),
    *(
        b"time",
        b"scenario",
        b"Region",
        b"Output",
        b"units",
        b"_FillValue",
        b"scale_factor",
        b"dtype",
    ),
    *(
        b"days since 2000-01-01",
        b"calendar",
        b"{",
        b"}",
        b'"',
        b":",
        b"[",
        b"null",
        b"1e999",
        b"\\u0000",
    ),
)


def _make_netcdf(random: Random) -> Input:
    name = random.choice(("results/projections.nc",) * 5 + ("results/record.json",))
    return Input(name, mutated(random, Material([_results()[name]], _NETCDF_WORDS)))


def _read_netcdf(folder: Path, given: Input) -> None:
    """Do what ``nqpf plot`` does, but for the drawing."""
    from nqpf.charts.gallery import Gallery
    from nqpf.study.folder import open_study
    from nqpf.study.results import read_results

    for name, data in _results().items():
        if name != given.name:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
    study = open_study(folder)
    data, _ = read_results(folder / "results")
    titles = {each.name: each.title for each in study.scenarios.values()}
    Gallery(study).drawings(data, titles, "en")


FORMATS: dict[str, Format] = {
    "mdl": _of_models((".mdl",), _VENSIM_WORDS),
    "xmile": _of_models((".xmile", ".stmx"), _XMILE_WORDS),
    "toml": _of_files(("**/*.toml",), _TOML_WORDS, _read_study),
    "csv": _of_files(
        ("calibration/statistics/*.csv",),
        _CSV_WORDS,
        _read_csv,
        {
            "model/run.csv": _RUN,
            "model/run.tab": _RUN.replace(b",", b"\t"),
            "model/cells.csv": _CELLS,
        },
    ),
    "xlsx": Format(lambda: [Input("model/cells.xlsx", _workbook())], _make_xlsx, _read_xlsx),
    "netcdf": Format(
        lambda: [Input(*each) for each in _results().items()], _make_netcdf, _read_netcdf
    ),
}
