"""Faults of the world around the program, each caused for real: disks, processes, terminals."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import nqpf
import nqpf.cli
from nqpf.engine import cache
from nqpf.study.results import DATA, RECORD, ResultFolder, read_results
from small_study import write_study

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")

FILES = ["projections.csv", "projections.nc", "record.json", "variables.csv"]


@pytest.fixture(scope="module", name="warm")
def warm_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache that holds the small study's kernel, shared by all programs here."""
    folder = tmp_path_factory.mktemp("cache")
    study = write_study(tmp_path_factory.mktemp("study"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NQPF_CACHE_DIR", str(folder))
        nqpf.load(study / "model" / "two.mdl").control  # noqa: B018
        done = program(study, "run", "--quiet", NQPF_CACHE_DIR=str(folder))
        assert done.returncode == 0, done.stderr
        yield folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study without charts, which take the longest."""
    folder = write_study(tmp_path / "study")
    shutil.rmtree(folder / "plots")
    return folder


def started(study: Path, *arguments: str, before: str = "", **environment: str):
    """Start nqpf in a folder, ``before`` run in its process first."""
    # A shell lets what it runs in the background ignore Ctrl-C, and that is inherited.
    before = f"import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n{before}"
    code = f"{before}\nimport sys, nqpf.cli\nsys.argv[0] = 'nqpf'\nnqpf.cli.main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=study,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def program(study: Path, *arguments: str, before: str = "", **environment: str):
    process = started(study, *arguments, before=before, **environment)
    out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def one_line(done: subprocess.CompletedProcess[bytes], *said: str) -> None:
    """Assert that the program ended with one line that holds ``said``."""
    text = done.stderr.decode()
    assert "Traceback" not in text
    last = text.strip().splitlines()[-1]
    assert last.startswith("nqpf: ")
    for part in said:
        assert part in last


# --- disks --------------------------------------------------------------------------------------

KILLED = """
import os, signal
import nqpf.study.results as results
results.{function} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.usefixtures("warm")
def test_killed_while_it_writes_it_leaves_the_results_of_before(study: Path) -> None:
    assert program(study, "run", "baseline", "--quiet").returncode == 0
    before = {name: (study / "results" / name).read_bytes() for name in FILES}
    done = program(study, "run", "--quiet", before=KILLED.format(function="write_record"))
    assert done.returncode == -signal.SIGKILL
    assert {name: (study / "results" / name).read_bytes() for name in FILES} == before
    (left,) = (study / "results").glob(".writing-*")
    assert sorted(path.name for path in left.iterdir()) == ["projections.csv", *FILES[1::2]]
    os.utime(left, (0, 0))  # a day later
    assert program(study, "run", "--quiet").returncode == 0
    assert files(study / "results") == FILES


def test_killed_while_it_publishes_no_record_stands_beside_files_of_another_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish(text: str) -> None:
        with ResultFolder(tmp_path) as results:
            for name in ("a.csv", "b.csv", RECORD):
                results.draft(name).write_text(text)
            results.publish()

    publish("old")
    move = Path.replace

    def dies(self: Path, target: Path) -> Path:
        if target.name == "b.csv":
            raise KeyboardInterrupt
        return move(self, target)

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(KeyboardInterrupt):
        publish("new")
    assert files(tmp_path) == ["a.csv", "b.csv"]


FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
"""


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("size", [100, 3000])
def test_a_full_disk_is_one_line_and_changes_nothing(study: Path, size: int) -> None:
    assert program(study, "run", "baseline", "--quiet").returncode == 0
    before = (study / "results" / DATA).read_bytes()
    done = program(study, "run", "--quiet", before=FULL.format(size=size))
    assert done.returncode == 2
    one_line(done, "File too large")
    assert files(study / "results") == FILES
    assert (study / "results" / DATA).read_bytes() == before


def test_a_cache_on_a_full_disk_is_done_without(study: Path, tmp_path: Path) -> None:
    before = FULL.format(size=100_000)  # the results fit, the machine code does not
    done = program(study, "run", "baseline", before=before, NQPF_CACHE_DIR=str(tmp_path / "new"))
    assert done.returncode == 0, done.stderr.decode()
    assert files(study / "results") == FILES


@pytest.mark.usefixtures("warm")
def test_a_folder_that_is_read_only(study: Path) -> None:
    locked = study / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    # Root may write anywhere but where the system itself keeps no files.
    out = "/proc/results" if os.access(locked, os.W_OK) else "locked/results"
    if out.startswith("/proc") and not Path("/proc/self").exists():
        pytest.skip("nothing here is closed to this user")
    done = program(study, "run", "--quiet", "--out", out)
    assert done.returncode == 2
    one_line(done, "cannot write here", "--out")


# Root without the powers that let it write anywhere.
PLAIN = """
import ctypes
ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
"""


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize(
    ("fault", "lang", "said"),
    [
        ("full", "zh", "results：无法在此写入（文件过大）。请腾出空间，或用 --out 另选文件夹。"),
        ("folder", "en", "results/report.html: cannot write here (Is a directory). Choose anoth"),
        ("closed", "en", "results: cannot write here (Permission denied). Choose another folder"),
    ],
)
def test_a_report_that_cannot_be_written_leaves_what_was_there(
    fault: str, lang: str, said: str, study: Path
) -> None:
    assert program(study, "run", "baseline", "--quiet").returncode == 0
    results = study / "results"
    page = results / "report.html"
    page.mkdir() if fault == "folder" else page.write_text("of before", "utf-8")
    before = FULL.format(size=100_000) if fault == "full" else ""
    if fault == "closed":
        before = PLAIN if os.geteuid() == 0 else ""
        if before and sys.platform != "linux":
            pytest.skip("nothing is closed to root here")
        results.chmod(0o555)
    done = program(study, "--lang", lang, "report", "--quiet", before=before)
    results.chmod(0o755)
    assert done.returncode == 2
    one_line(done, said)
    assert files(results) == sorted([*FILES, "report.html"])
    assert page.is_dir() if fault == "folder" else page.read_text("utf-8") == "of before"


@pytest.mark.parametrize(
    ("path", "how", "said"),
    [
        ("model/two.mdl", "folder", "two.mdl: cannot be read"),
        ("model/two.mdl", "gone", "two.mdl: cannot be read"),
        ("scenarios/late.toml", "folder", "late.toml: cannot be read"),
        ("scenarios/late.toml", "gone", "late.toml: no such file"),
        ("calibration/targets.toml", "folder", "targets.toml: cannot be read"),
        ("calibration/statistics/national.csv", "folder", "national.csv: cannot be read"),
        ("calibration/statistics/national.csv", "gone", "national.csv: cannot be read"),
    ],
)
def test_folders_for_files_and_files_that_vanish(
    path: str, how: str, said: str, study: Path, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    """A link to nothing is a file that is listed, and gone when it is opened."""
    (study / path).unlink()
    if how == "folder":
        (study / path).mkdir()
    else:
        (study / path).symlink_to(study / "nowhere")
    monkeypatch.chdir(study)
    monkeypatch.setattr(sys, "argv", ["nqpf", "check", "--quiet"])
    with pytest.raises(SystemExit) as left:
        nqpf.cli.main()
    assert left.value.code == 2
    assert said in capsys.readouterr().err


# --- processes ----------------------------------------------------------------------------------


def test_two_at_once_share_a_cold_cache_and_a_folder(study: Path, tmp_path: Path) -> None:
    cold = str(tmp_path / "cold")
    both = [started(study, "run", "--quiet", NQPF_CACHE_DIR=cold) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=300)
        assert (process.returncode, err) == (0, b"")
    assert files(study / "results") == FILES
    data, record = read_results(study / "results")
    assert list(data["scenario"].to_numpy()) == list(record["scenarios"])


def test_a_turn_that_a_killed_process_left_is_taken(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("nqpf.study.results._PATIENCE", 1)
    (tmp_path / ".publishing").mkdir()
    with ResultFolder(tmp_path) as results:
        results.draft("a.csv").write_text("new")
        results.publish()
    assert files(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "no seal"])
def test_damaged_machine_code_is_never_run(write, tmp_path, monkeypatch, damage: str) -> None:
    monkeypatch.setenv("NQPF_CACHE_DIR", str(tmp_path / "cache"))
    path = write("x = INTEG(x * 0.1, 1) ~~|\ny = EXP(x) + 3 ~~|")
    kernels = tmp_path / "cache" / "kernels"
    first = nqpf.load(path).run()
    for file in kernels.glob("__pycache__/*"):
        whole = file.read_bytes()
        match damage:
            case "cut":
                file.write_bytes(whole[: len(whole) // 2])
            case "garbage":
                file.write_bytes(whole[:100] + bytes(x ^ 255 for x in whole[100:200]) + whole[200:])
            case "empty":
                file.write_bytes(b"")
    if damage == "no seal":
        for file in kernels.glob("*.sums"):
            file.unlink()
    monkeypatch.setattr("nqpf.engine.kernel._loaded", {})
    said: list[str] = []
    again = nqpf.load(path, progress=said.append).run()
    assert said == ["compiling"]
    assert again.equals(first)
    monkeypatch.setattr("nqpf.engine.kernel._loaded", {})
    nqpf.load(path, progress=said.append).run()
    assert said == ["compiling"]  # mended, and read from then on


@pytest.mark.parametrize("package", ["numba", "llvmlite", "numpy"])
def test_another_version_of_a_dependency_is_another_cache(package: str, monkeypatch) -> None:
    now = cache.digest("x")
    real = importlib.metadata.version
    monkeypatch.setattr(cache, "version", lambda name: "0" if name == package else real(name))
    cache.engine_fingerprint.cache_clear()
    try:
        assert cache.digest("x") != now
    finally:
        monkeypatch.undo()
        cache.engine_fingerprint.cache_clear()
    assert cache.digest("x") == now


@pytest.mark.usefixtures("warm")
def test_an_interrupt_in_the_middle_of_a_run_leaves_nothing(study: Path) -> None:
    before = (
        "import nqpf.engine.model as m, time\nm.Model.ensemble = lambda *_, **__: time.sleep(60)"
    )
    process = started(study, "run", before=before)
    assert process.stderr is not None
    lines = iter(process.stderr.readline, b"")
    assert any(line.startswith(b"Running") for line in lines)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: everyone gets it
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.decode().strip()) == (130, b"", "nqpf: stopped.")
    assert not (study / "results").exists()


@pytest.mark.usefixtures("warm")
def test_an_interrupt_while_charts_are_drawn(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    before = "import nqpf.study.results as r, time\nr.write_tables = lambda *_: time.sleep(60)"
    process = started(folder, "run", before=before)
    assert process.stderr is not None
    assert any(line.startswith(b"Drawing") for line in iter(process.stderr.readline, b""))
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.decode().strip()) == (130, "nqpf: stopped.")
    assert not (folder / "results").exists()


# --- terminals and surroundings -----------------------------------------------------------------

NO_NETWORK = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        if not (arguments[1:] and isinstance(arguments[1], (str, bytes))):  # a socket file is none
            raise OSError(101, "Network is unreachable")
sys.addaudithook(refuse)
"""


@pytest.mark.usefixtures("warm")
def test_foreign_surroundings_all_at_once(tmp_path: Path) -> None:
    """No network, no home, no UTF-8, a path in Chinese with spaces."""
    folder = write_study(tmp_path / "新质 生产力" / "study no 1")
    shutil.rmtree(folder / "plots")
    nobody = {
        "HOME": "/dev/null/home",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }
    done = program(
        folder,
        *("run", "baseline", "--lang", "zh", "--out", "结果 1"),
        before=NO_NETWORK,
        PYTHONIOENCODING="ascii",
        **nobody,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert files(folder / "结果 1") == FILES


def test_without_a_home_there_is_no_cache_and_no_fault(study: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "NQPF_CACHE_DIR"}
    code = "import nqpf, sys; print(len(nqpf.load(sys.argv[1]).variables))"
    done = subprocess.run(
        [sys.executable, "-c", code, study / "model" / "two.mdl"],
        env=environment | {"HOME": "/dev/null/home", "XDG_CACHE_HOME": ""},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.usefixtures("warm")
def test_a_reader_that_went_away(study: Path) -> None:
    process = started(study, "run", "baseline")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(60) == 141
    assert "Traceback" not in err
    assert "Broken" not in err
    assert files(study / "results") == FILES
