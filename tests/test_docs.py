"""Pages that tell what to type: every command is run, every file written, as they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r'^```(\w+)(?: (?:title="([^"]+)"|(\w+)))?\n(.*?)^```$', re.M | re.S)
_STUDY = ("model", "scenarios", "calibration", "plots")


@dataclass(frozen=True)
class Block:
    """A block of code: its language, the file that it is, a word on how it is run."""

    language: str
    file: str
    word: str
    text: str


def blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text("utf-8")
    found = [Block(lang, file, word, body) for lang, file, word, body in _FENCE.findall(text)]
    assert len(found) == len(re.findall("^```", text, re.M)) / 2, f"{page}: a block was not read"
    return found


def follow(page: str, folder: Path) -> None:
    """Do what a page says, in ``folder``; fail where it does not come true."""
    printed = ""
    bin_ = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}
    for block in blocks(page):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif block.language in ("sh", "python") and block.word != "skip":
            # What `make run` does, once it has installed the program.
            script = "nqpf run" if block.word == "install" else block.text
            command = ["sh", "-euc", script] if block.language == "sh" else None
            done = subprocess.run(
                command or [sys.executable, "-c", block.text],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                encoding="utf-8",
                check=False,
            )
            assert done.returncode == 0, f"{page}: {block.text}\n{done.stdout}\n{done.stderr}"
            printed = done.stdout
        elif block.language == "text":
            for line in block.text.splitlines():
                assert line in printed, f"{page}: {line!r} was not printed, but:\n{printed}"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with the study in it, as a checkout is."""
    for name in _STUDY:
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_tutorial_does_what_it_says(here: Path) -> None:
    follow("docs/tutorial.md", here)
    assert (here / "mine" / "charts" / "mine.en.png").exists()
    assert (here / "mine" / "report.html").exists()


def test_a_study_made_by_the_page_is_one(tmp_path: Path) -> None:
    follow("docs/own-study.md", tmp_path)
    page = (tmp_path / "lake-results" / "report.html").read_text("utf-8")
    assert "Fish of the lake to 2030" in page
    assert "The table of fit is not among the results" not in page
    assert "The model has not been checked" not in page


def test_what_is_said_of_installing_exists() -> None:
    install = [block for block in blocks("docs/tutorial.md") if block.word == "install"]
    assert install[0].text.splitlines()[0] == "make run"
    dry = ["make", "--dry-run", "--always-make", "run"]
    done = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "nqpf run" in done.stdout
    assert "-m venv .venv" in done.stdout


def test_the_reference_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("pdoc", reason="needs the docs extra")
    dry = ["make", "--dry-run", "--always-make", "docs"]
    said = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = [line for line in said.splitlines() if "-m pdoc" in line]
    arguments = line.replace("build/docs", str(tmp_path)).split()[1:]
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "InputError" in (tmp_path / "nqpf.html").read_text("utf-8")
    assert (tmp_path / "nqpf" / "engine.html").exists()


_PAGES = ["README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]
_PATH = re.compile(r"(?<![\w/])(?:docs|model|benchmarks)/[\w/.-]+\.(?:mdl|md|toml|py)\b")


@pytest.mark.parametrize("page", _PAGES)
def test_paths_that_pages_name_exist(page: str) -> None:
    named = dict.fromkeys(_PATH.findall((ROOT / page).read_text("utf-8")))
    assert [name for name in named if not (ROOT / name).exists()] == []
