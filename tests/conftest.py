"""Options of the whole test run."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--test-models",
        type=Path,
        metavar="PATH",
        help="a checkout of github.com/SDXorg/test-models: run its models, too",
    )
