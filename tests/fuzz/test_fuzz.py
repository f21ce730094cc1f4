"""A few hundred mutated inputs of every format: read, or refused in one line."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nqpf
from tests.fuzz.formats import FORMATS, Input, workbook
from tests.fuzz.ground import Ground, ground, numbered
from tests.fuzz.guard import judge, require_tame
from tests.small_study import TARGETS

INPUTS = 200


@pytest.fixture(scope="module", params=list(FORMATS))
def field(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with ground(request.param) as made:
        yield made


@settings(
    max_examples=INPUTS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(random=st.randoms(use_true_random=False))
def test_is_read_or_refused_in_one_line(field: Ground, random: Random) -> None:
    given_ = field.format.make(random)
    _, fault = field.attempt(given_)
    assert fault is None, (fault, given_)


def test_an_input_is_the_same_every_time() -> None:
    for name in FORMATS:
        assert numbered(name, 3, 14) == numbered(name, 3, 14)
        assert numbered(name, 3, 14) != numbered(name, 3, 15)


# --- the guard can fail -------------------------------------------------------------------------


def _endless() -> object:
    return _endless()


def _write() -> object:
    with Path(os.devnull).open("w") as stream:
        return stream.write("x")


def _exit() -> object:
    raise SystemExit


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (lambda: 1 / 0, "ZeroDivisionError"),
        (_endless, "RecursionError"),
        (lambda: bytes(1 << 62), "MemoryError"),
        (lambda: exec("1"), "ran something: exec"),
        (lambda: os.system("true"), "ran something: os.system"),
        (lambda: subprocess.run(["true"], check=True), "ran something: subprocess.Popen"),
        (_write, "ran something: open"),
        (lambda: sys.stdout.write("noise"), "printed something"),
        (lambda: warnings.warn("odd", stacklevel=1), "UserWarning"),
        (_exit, "SystemExit"),
    ],
)
def test_what_must_not_happen_is_a_fault(
    act: Callable[[], object], what: str, tmp_path: Path
) -> None:
    _, fault = judge(act, tmp_path)
    assert fault is not None
    assert fault.what.startswith(what)


def test_a_refusal_is_one_printable_line(tmp_path) -> None:
    class Loud(nqpf.InputError):
        def __str__(self) -> str:
            return "first\nsecond"

    def read() -> None:
        raise Loud("")

    _, fault = judge(read, tmp_path)
    assert fault is not None
    assert fault.what == "message of several lines"


def test_an_input_that_takes_too_long_is_a_fault(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tests.fuzz.guard.SECONDS", 0.05)

    def read() -> None:
        while True:
            pass

    assert str(judge(read, tmp_path)[1]).startswith("Fault(what='too slow")


def test_generated_code_may_import_the_engine_only() -> None:
    require_tame("import math\nfrom nqpf.engine.lanes import load")
    for source in ("import os", "eval('1')", "x.__class__", "from os import path"):
        with pytest.raises(AssertionError):
            require_tame(source)


# --- inputs that once failed --------------------------------------------------------------------

_SPECS = b"<sim_specs><start>0</start><stop>2</stop><dt>1</dt></sim_specs>"


def _xmile(model: bytes, before: bytes = b"") -> bytes:
    return (
        b"<xmile>"
        + _SPECS
        + before
        + b"<model><variables>"
        + model
        + b"</variables></model></xmile>"
    )


_CONTROL = b"\nFINAL TIME=2~~|\nINITIAL TIME=0~~|\nTIME STEP=1~~|\nSAVEPER=1~~|\n"
_FAILED = {
    "a chain of more operators than Python's stack": (
        "mdl",
        "model/x.mdl",
        b"x=" + b"*".join([b"Time"] * 1100) + b"~~|" + _CONTROL,
    ),
    "functions that double their argument": (
        "mdl",
        "model/x.mdl",
        b"x=" + b"SMOOTH(" * 40 + b"Time" + b",2)" * 40 + b"~~|" + _CONTROL,
    ),
    "a message of what a file holds": ("mdl", "model/x.mdl", b"x\x07\xad = \x15 ~~|" + _CONTROL),
    "definitions of unequal dimension with exceptions": (
        "mdl",
        "model/x.mdl",
        b"r: a, b ~~|\nq: c, d ~~|\nx = 1 ~~|\nx[r, q] :EXCEPT: [a, c] = Time ~~|" + _CONTROL,
    ),
    "a name beyond all measure": ("mdl", "model/x.mdl", b"x" * 90_000 + b" = y ~~|" + _CONTROL),
    "a dimension without elements": (
        "xmile",
        "model/x.xmile",
        _xmile(
            b"<aux name='a'><dimensions><dim name='X'/></dimensions><eqn>1</eqn></aux>"
            b"<aux name='b'><eqn>a[TIME]</eqn></aux>",
            b"<dimensions><dim name='X' size='4lambda'/></dimensions>",
        ),
    ),
    "a place that is no number": (
        "xmile",
        "model/x.xmile",
        _xmile(
            b"<aux name='a'><dimensions><dim name='X'/></dimensions><eqn>a[@TIME]</eqn></aux>",
            b"<dimensions><dim name='X' size='2'/></dimensions>",
        ),
    ),
    "a factor that makes numbers infinite": (
        "toml",
        "calibration/targets.toml",
        TARGETS.replace("factor = 1.0", "factor = 5e-324").encode(),
    ),
    "a place beyond all numbers": (
        "xmile",
        "model/x.xmile",
        _xmile(
            b"<aux name='a'><dimensions><dim name='X'/></dimensions><eqn>a[INF + TIME]</eqn></aux>",
            b"<dimensions><dim name='X' size='2'/></dimensions>",
        ),
    ),
    "an infinite exponent": (
        "mdl",
        "model/x.mdl",
        b"x = 1 ~ m ~|\ny = x ^ (1e300 * 1e300) ~ m ~|" + _CONTROL,
    ),
    "a number of too many digits": ("toml", "model/checks.toml", b"x = " + b"9" * 5000),
    "TOML nested too deep": ("toml", "model/checks.toml", b"x = " + b"[" * 5000),
    "a value beyond all measure": (
        "csv",
        "calibration/statistics/national.csv",
        b"series,region,year,value,unit,source,source_locator,vintage,status,notes\n"
        b"output,," + b"2021^" * 2000 + b",1,billion yuan,s,l,v,seen,\n",
    ),
    "a cell of digits without end": (
        "csv",
        "data/cells.csv",
        b",A,B,C\nx,1,2,3\ny," + b"9" * 100_000 + b"-,4,8\nz,3,,27\n",
    ),
    "results without anything in them": (
        "netcdf",
        "results/projections.nc",
        b"CDF\x01" + b"\0" * 60,
    ),
    "a record nested too deep": ("netcdf", "results/record.json", b"[" * 100_000),
}


@pytest.mark.parametrize("name", _FAILED)
def test_inputs_that_once_failed_are_faults_no_more(name: str) -> None:
    kind, path, data = _FAILED[name]
    with ground(kind) as field:
        verdict, fault = field.attempt(Input(path, data))
    assert fault is None
    assert verdict == ("read" if name == "an infinite exponent" else "refused")


@pytest.mark.parametrize(
    ("old", "new"), [(b'r="D1"', b'r="D999999999"'), (b'<row r="3"', b'<row r="9999999999"')]
)
def test_cells_far_beyond_a_sheet_take_no_time(old: bytes, new: bytes) -> None:
    name = "xl/worksheets/sheet1.xml"
    inside = zipfile.ZipFile(io.BytesIO(workbook()))
    assert old in inside.read(name)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        for each in inside.namelist():
            book.writestr(each, inside.read(each).replace(old, new))
    with ground("xlsx") as field:
        _, fault = field.attempt(Input("data/cells.xlsx", packed.getvalue()))
    assert fault is None


def test_the_cache_is_left_as_it_was() -> None:
    before = os.environ.get("NQPF_CACHE_DIR")
    with ground("mdl"):
        assert os.environ["NQPF_CACHE_DIR"].endswith("no cache")
    assert os.environ.get("NQPF_CACHE_DIR") == before
