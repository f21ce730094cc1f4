"""The command line: what it prints, what it writes, and how it says no."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import nqpf.cli
import nqpf.engine
from nqpf.errors import InputError
from small_study import write_study
from test_charts import needs_chinese


class Result:
    """Exit code and what was printed."""

    def __init__(self, code: object, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


class Shell:
    """Runs commands in this process, from a folder with a small study."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def __call__(self, *arguments: str) -> Result:
        sys.argv = ["nqpf", *arguments]
        with pytest.raises(SystemExit) as left:
            nqpf.cli.main()
        printed = self._capsys.readouterr()
        return Result(left.value.code, str(printed.out), str(printed.err))


def run_command(*arguments: str) -> None:
    """Run a command on the shipped study, in a process of its own; fail with what it says."""
    command = [sys.executable, "-m", "nqpf", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.chdir(write_study(tmp_path))
    monkeypatch.setattr(sys, "argv", sys.argv)
    return Shell(tmp_path, capsys)


def files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def refused(result: Result, *said: str) -> None:
    """Assert exit code 2 and one line on stderr, after the progress."""
    assert result.code == 2
    line = result.err.strip().splitlines()[-1]
    assert line.startswith("nqpf: ")
    assert "Traceback" not in result.err
    for part in said:
        assert part in line


# --- run ----------------------------------------------------------------------------------------


def test_run_writes_everything_and_prints_the_table(shell: Shell) -> None:
    result = shell("run")
    assert result.code == 0
    assert files(shell.folder / "results") == [
        "charts/both.en.png",
        "charts/output.en.png",
        "charts/places.en.png",
        "charts/sources.en.png",
        "projections.csv",
        "projections.nc",
        "record.json",
        "variables.csv",
    ]
    row = next(line for line in result.out.splitlines() if "Late effort" in line)
    # By hand: Euler in half-years, the measure from 2028 on adds 2 points in both regions.
    before = 100 * 1.025**6 + 100 * 1.015**6
    end = 100 * 1.025**16 * 1.035**4 + 100 * 1.015**16 * 1.025**4
    assert row.split()[2] == f"{100 * ((end / before) ** (1 / 7) - 1):.2f}"
    assert "4 charts: results" in result.out
    assert result.err.splitlines()[0] == "Reading the study ..."
    record = json.loads((shell.folder / "results" / "record.json").read_text())
    assert record["command"] == "nqpf run"
    assert record["scenarios"]["effort"]["changed"] == {"Effort[North]": 0.5, "Effort[South]": 0.5}


def test_the_baseline_is_run_too(shell: Shell) -> None:
    assert shell("run", "late", "--out", "some").code == 0
    record = json.loads((shell.folder / "some" / "record.json").read_text())
    assert list(record["scenarios"]) == ["baseline", "late"]


@needs_chinese
def test_run_in_chinese(shell: Shell) -> None:
    result = shell("run", "--lang", "zh")
    assert result.code == 0
    assert "迟到的努力" in result.out
    assert (shell.folder / "results" / "charts" / "output.zh.png").exists()


def test_quiet_is_quiet(shell: Shell) -> None:
    result = shell("run", "baseline", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_charts_of_an_earlier_run_do_not_stay(shell: Shell) -> None:
    assert shell("run", "--quiet").code == 0
    old = shell.folder / "results" / "charts" / "output.zh.png"
    old.write_text("of an earlier run")
    assert shell("run", "--quiet").code == 0
    assert not old.exists()


def test_a_study_may_lack_plots_levers_and_statistics(shell: Shell) -> None:
    for name in ("plots", "calibration", "model/levers.toml", "scenarios/effort.toml"):
        (shell.folder / name).rename(shell.folder / ("no " + Path(name).name))
    (shell.folder / "scenarios" / "late.toml").unlink()
    result = shell("run")
    assert result.code == 0
    assert files(shell.folder / "results") == [
        "projections.csv",
        "projections.nc",
        "record.json",
        "variables.csv",
    ]


# --- plot and check -----------------------------------------------------------------------------


def test_plot_redraws_without_running(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("run", "--quiet").code == 0
    (shell.folder / "results" / "charts" / "output.en.png").unlink()
    record = (shell.folder / "results" / "record.json").read_bytes()

    def forbidden(*_: object) -> None:
        raise AssertionError

    for run in ("run", "ensemble", "stream"):
        monkeypatch.setattr(nqpf.engine.Model, run, forbidden)
    result = shell("plot")
    assert result.code == 0
    assert (shell.folder / "results" / "charts" / "output.en.png").exists()
    assert (shell.folder / "results" / "record.json").read_bytes() == record


def test_plot_without_results(shell: Shell) -> None:
    refused(shell("plot"), "results: no projections.nc here", 'Make it with "nqpf run"')
    assert not (shell.folder / "results").exists()


def test_data_of_the_model_are_in_a_file(shell: Shell) -> None:
    model = shell.folder / "model" / "two.mdl"
    text = model.read_text("utf-8")
    demand = "Demand ~ Dmnl ~ From a file.|\nTwice = 2*Demand ~ Dmnl ~ Of it.|\nFINAL TIME"
    model.write_text(text.replace("FINAL TIME", demand), "utf-8")
    refused(shell("run", "--quiet"), '"Demand" is a data variable without data', "--data FILE")
    refused(shell("run", "--quiet", "--data", "no.csv"), "no.csv: cannot be read")
    (shell.folder / "data.csv").write_text("Time,Demand\n2020,0.02\n2030,0.04\n", "utf-8")
    assert shell("run", "--quiet", "--data", "data.csv", "--out", "given").code == 0
    result = shell("check", str(model), "--quiet", "--data", "data.csv", "--out", "checks")
    assert result.code in (0, 1)


def test_check_passes_and_fails(shell: Shell) -> None:
    result = shell("check")
    assert result.code == 0
    assert "1 of 1 targets held" in result.out
    assert files(shell.folder / "results") == ["checks.json", "history.csv"]
    targets = shell.folder / "calibration" / "targets.toml"
    targets.write_text(targets.read_text(encoding="utf-8").replace("bar = 5.0", "bar = 0.01"))
    result = shell("check")
    assert result.code == 1
    assert "FAILS" in result.out


def test_check_of_a_model_file_alone(shell: Shell) -> None:
    (shell.folder / "tub.mdl").write_text(
        "level = INTEG(inflow, 0) ~ m3 ~ Water.~|\ninflow = 2 ~ kg/day ~ Tap.~|\n"
        "INITIAL TIME = 0 ~day~|FINAL TIME = 1 ~day~|TIME STEP = 1 ~day~|SAVEPER = 1 ~day~|"
    )
    result = shell("check", "tub.mdl", "--json")
    assert result.code == 1
    checks = {each["name"]: each for each in json.loads(result.out)["checks"]}
    assert checks["units"]["verdict"] == "fails"
    said = checks["units"]["findings"][0]["text"]
    assert "is kg/Day" in said["en"]
    assert "的单位是 kg/Day" in said["zh"]
    assert json.loads((shell.folder / "results" / "checks.json").read_text("utf-8"))["checks"]
    refused(shell("check", "tup.mdl"), "tup.mdl: no such file or folder")
    refused(shell("check", "tub.mdl", "--study", "."), "give one of them")


def test_check_of_statements(shell: Shell) -> None:
    file = shell.folder / "model" / "checks.toml"
    text = (
        "[statements.grows]\nkind = 'behaviour'\ntitle = {en = 'It grows', zh = '增长'}\n"
        "reason = 'a test'\nexpect = [{variable = 'Output', trend = 'falls'}]\n"
    )
    file.write_text(text, "utf-8")
    result = shell("check")
    assert result.code == 1
    assert "It grows" in result.out
    finding = "finding = {en = 'It does not fall.', zh = '不降。'}\n"
    file.write_text(text + finding, "utf-8")
    result = shell("check", "--lang", "zh")
    assert result.code == 0
    assert "不降" in result.out
    file.write_text(text.replace("'Output'", "'Outptu'"), "utf-8")
    refused(shell("check"), 'statement "grows": "Outptu"', 'Did you mean "Output"')
    file.write_text(text.replace("trend", "trent"), "utf-8")
    refused(shell("check"), "checks.toml", 'Did you mean "trend"')


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["run", "check", "plot"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lang", "fr"], "'fr' is not one of 'en', 'zh'"),
        (["--study", "nowhere"], "nowhere: no such folder"),
        (["--study", "model"], "model: not a study"),
        (["--otu", "x"], "--out"),
    ],
)
def test_bad_options(command: str, arguments: list[str], said: str, shell: Shell) -> None:
    result = shell(command, *arguments)
    refused(result, said)
    assert not (shell.folder / "results").exists()


def test_unknown_names(shell: Shell) -> None:
    refused(shell("rnu"), 'Unknown command "rnu". Did you mean "run"?')
    refused(shell("run", "efort"), 'Unknown scenario "efort". Did you mean "effort"?')
    assert not (shell.folder / "results").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("scenarios/late.toml", "title", "title =", "scenarios/late.toml: not valid TOML"),
        ("scenarios/late.toml", "E =", "F =", 'unknown lever "F"'),
        ("scenarios/north.toml", "effect", "efect", 'no parameter "efect". Did you mean "Effect"'),
        ("plots/output.toml", '"Total output"', '"Total"', "plots/output.toml: the results have"),
        ("plots/output.toml", "lines", "pie", "plots/output.toml: kind = 'pie'"),
        ("plots/summary.toml", '"ratio"', '"ratoi"', "plots/summary.toml: column #4.statistic"),
        ("model/levers.toml", "parameter", "paramter", 'Did you mean "parameter"?'),
        ("model/two.mdl", "STEP(1, Effort start)", "STOP(1, Effort start)", "model/two.mdl"),
        ("calibration/targets.toml", "output", "outptu", 'Did you mean "outptu"?'),
    ],
)
def test_broken_files(file: str, old: str, new: str, said: str, shell: Shell) -> None:
    path = shell.folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    before = files(shell.folder)
    refused(shell("run"), said)
    assert files(shell.folder) == before


def test_where_nothing_can_be_written_nothing_is_computed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(nqpf.engine, "load", forbidden)
    (shell.folder / "file").write_text("in the way")
    for command in ("run", "check"):
        refused(shell(command, "--out", "file/deep"), "cannot write here", "--out")
        refused(shell(command, "--out", "file"), "cannot write here", "--out")


def test_an_interrupt_ends_cleanly(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(nqpf.engine, "load", interrupted)
    result = shell("run", "--quiet")
    assert (result.code, result.err.strip()) == (130, "nqpf: stopped.")
    assert not (shell.folder / "results").exists()


@pytest.mark.usefixtures("shell")
def test_faults_of_our_own_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(nqpf.engine, "load", faulty)
    monkeypatch.setattr(sys, "argv", ["nqpf", "run"])
    with pytest.raises(ZeroDivisionError):
        nqpf.cli.main()


def test_an_input_error_is_a_value_error() -> None:
    assert issubclass(InputError, ValueError)


# --- as a program -------------------------------------------------------------------------------


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "nqpf", *arguments],
        capture_output=True,
        env=os.environ | environment,
        check=False,
    )


def test_help_lists_the_commands() -> None:
    done = program("--help")
    assert done.returncode == 0
    assert b"check" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, nqpf.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    heavy = {"numba", "pandas", "xarray", "matplotlib", "pysd", "pydantic", "scipy"}
    assert not heavy & set(done.stdout.decode().split())


def test_a_terminal_without_chinese_does_not_crash(shell: Shell) -> None:
    done = program("check", "--lang", "zh", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert done.returncode == 0, done.stderr.decode()
    assert b"results" in done.stdout
    assert shell.folder.exists()


def test_bad_input_of_the_program_is_one_line() -> None:
    done = program("run", "--study", "/nowhere")
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1].startswith("nqpf: ")
    assert b"Traceback" not in done.stderr
