"""The wheel: what an installed nqpf brings along, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_program_and_the_study(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("model", "scenarios", "calibration", "plots"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file():
                name = f"nqpf/_study/{path.relative_to(ROOT).as_posix()}"
                assert name in inside
    for path in (ROOT / "src" / "nqpf").rglob("*"):
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        assert path.relative_to(ROOT / "src").as_posix() in inside
    assert not [name for name in inside if name.startswith(("tests", "tools", "docs"))]


def test_the_installed_program_runs_the_shipped_study_anywhere(wheel: Path, tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    # No network and no dependencies: those of this environment serve; the wheel comes first.
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(site), str(wheel)], check=True)
    environment = os.environ | {"PYTHONPATH": str(site)}

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=elsewhere,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = python("-c", "from nqpf.study.folder import *; print(open_study().folder)")
    assert Path(where.strip()).resolve() == (site / "nqpf" / "_study").resolve()
    assert "All four paths" in python("-m", "nqpf", "run", "package", "--out", "here")
    assert (elsewhere / "here" / "charts" / "growth.en.png").exists()
    assert "The report" in python("-m", "nqpf", "report", "--out", "here")
    assert (elsewhere / "here" / "report.html").exists()
