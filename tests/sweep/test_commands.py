"""``nqpf sweep`` and ``nqpf analyse``: what they print, write and refuse."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from small_sweeps import content, write_swept_study
from test_cli import Shell, refused, shell

__all__ = ["shell"]  # a fixture

SPEC = """
title = { en = "Effort", zh = "努力" }
design = "lhs"
n = 60
chunk = 20
scenarios = ["baseline", "effort"]
[uncertainties]
Effect = { low = 0.01, high = 0.03 }
"Base growth[South]" = { low = 0.0, high = 0.04 }
[outcomes.output]
variable = "Total output"
statistic = "value"
year = 2030
title = { en = "Output", zh = "产出" }
unit = { en = "bn", zh = "十亿元" }
"""


@pytest.fixture
def spec(shell: Shell) -> Path:
    path = shell.folder / "scenarios" / "sweeps" / "effort.toml"
    path.parent.mkdir()
    path.write_text(SPEC, "utf-8")
    return path


def test_a_sweep_from_begin_to_analysis(shell: Shell, spec: Path) -> None:
    result = shell("sweep", "effort", "--dry-run")
    assert result.code == 0
    assert "120 runs in 6 chunks: samples 60 (lhs; factors 2) x policies 2." in result.out
    assert "on disk" in result.out
    assert "runs a second" in result.out
    assert not (shell.folder / "results").exists()
    result = shell("sweep", "effort")
    assert result.code == 0
    assert "120 runs, 0 of them failed" in result.out
    assert "120 / 120" in result.err
    out = shell.folder / "results" / "sweeps" / "effort"
    assert f'xarray.open_zarr("{out.relative_to(shell.folder)}/runs.zarr")' in result.out
    record = json.loads((out / "record.json").read_text("utf-8"))
    assert record["command"] == "nqpf sweep effort"
    assert record["seed"] == 20221231
    assert record["identity"]["spec"]["title"]["zh"] == "努力"
    assert record["identity"]["factors"]["Effect"]["distribution"] == "uniform"
    result = shell("sweep", str(spec), "--lang", "zh")
    assert result.code == 0
    assert "已有 120 次（共 120 次），继续运行。" in result.err
    result = shell("analyse", "ranks", str(out))
    assert result.code == 0
    assert "Ranks of the policies" in result.out
    assert "effort" in result.out
    result = shell("analyse", "tornado", str(out), "--lang", "zh")
    assert result.code == 0
    assert "各因素高低两端的结果均值" in result.out
    result = shell("analyse", "discover", str(out), "--outcome", "output", "--below", "290")
    assert result.code == 0
    assert "Base growth[South]" in result.out
    assert {path.name for path in (out / "analysis").iterdir()} >= {
        "ranks.csv",
        "tornado.csv",
        "boxes.csv",
        "discover.json",
    }
    assert "--quiet" not in result.out
    assert shell("analyse", "ranks", str(out), "--quiet").out == ""


def test_slips_are_one_line(shell: Shell, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(shell("sweep", "efort"), '"efort" is no file, and no sweep', 'Did you mean "effort"?')
    refused(shell("sweep", "efort.toml"), "efort.toml: no such file")
    out = str(shell.folder / "out")
    spec.write_text(SPEC.replace("n = 60", "n = 0"), "utf-8")
    refused(shell("sweep", "effort", "--out", out), "n = 0: should be at least 1")
    spec.write_text(SPEC.replace("n = 60", "n = 1000000000000"), "utf-8")
    refused(shell("sweep", "effort", "--out", out), "at most 4,294,967,296")
    spec.write_text(SPEC.replace("Total output", "Total outptu"), "utf-8")
    refused(shell("sweep", "effort", "--out", out), 'Did you mean "Total output"?')
    spec.write_text(SPEC.replace('design = "lhs"\nn = 60', 'design = "sobol"\nn = 4294967296'))
    refused(shell("sweep", "effort", "--out", out), "8,589,934,592 runs need about")
    assert not (shell.folder / "out").exists()
    spec.write_text(SPEC, "utf-8")
    monkeypatch.setattr("nqpf.sweep.cluster.PATIENCE", 0.5)
    refused(
        shell("sweep", "effort", "--out", out, "--cluster", "tcp://127.0.0.1:1"),
        "cluster tcp://127.0.0.1:1: it does not answer",
    )
    refused(shell("analyse", "ranks", out), "0 of 6 chunks are there; finish it with the command")
    assert shell("sweep", "effort", "--out", out, "--quiet").code == 0
    refused(shell("analyse", "sobol", out), 'needs design = "saltelli"')
    refused(shell("analyse", "synergy", out), "two levers or more")
    refused(shell("analyse", "ranks", out, "--outcome", "outpt"), 'Did you mean "output"?')
    refused(shell("analyse", "ranks", str(shell.folder)), "no sweep here")
    spec.write_text(SPEC.replace("n = 60", "n = 61"), "utf-8")
    refused(shell("sweep", "effort", "--out", out), "holds another sweep: spec.n was 60, is 61")


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    folder = write_swept_study(tmp_path / "study")
    (folder / "scenarios" / "sweeps").mkdir()
    long = SPEC.replace("n = 60", "n = 400000")
    (folder / "scenarios" / "sweeps" / "effort.toml").write_text(long, "utf-8")
    command = [sys.executable, "-m", "nqpf", "sweep", "effort", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        # A shell lets what it runs in the background ignore Ctrl-C, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while process.poll() is None and not any((tmp_path / "out").glob("samples/*.parquet")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    line = said.strip().splitlines()[-1]
    assert line.startswith("nqpf: stopped. ")
    assert "of 800,000 runs are kept in" in line
    assert "the same command goes on from there" in line
    assert not list((tmp_path / "out").rglob(".writing-*"))
    assert content(tmp_path / "out")
