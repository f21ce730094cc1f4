"""Options of the whole test run, and small models for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import nqpf

CONTROL = """
FINAL TIME = {final} ~ Year ~|
INITIAL TIME = 0 ~ Year ~|
TIME STEP = {step} ~ Year ~|
SAVEPER = {saveper} ~ Year ~|
"""
SETTINGS = (
    "\\\\\\---/// Sketch information\n*View 1\n///---\\\\\\\n:L\x7f<%^E!@\n15:0,0,0,{code},0,0\n"
)

Write = Callable[..., Path]
Build = Callable[..., nqpf.Model]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write equations as a Vensim file; returns its path."""

    def make(
        equations: str,
        final: float = 10,
        step: float = 0.5,
        saveper: str = "TIME STEP",
        code: int = 0,
        name: str = "model.mdl",
    ) -> Path:
        path = tmp_path / name
        control = CONTROL.format(final=final, step=step, saveper=saveper)
        text = f"{{UTF-8}}\n{equations}\n{control}\n" + SETTINGS.format(code=code)
        path.write_text(text, encoding="utf-8")
        return path

    return make


@pytest.fixture
def build(write: Write) -> Build:
    """Write equations as a Vensim file and load it."""

    def make(equations: str, **control) -> nqpf.Model:
        return nqpf.load(write(equations, **control))

    return make


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--test-models",
        type=Path,
        metavar="PATH",
        help="a checkout of github.com/SDXorg/test-models: run its models, too",
    )
