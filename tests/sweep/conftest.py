"""Studies that several tests sweep."""

from __future__ import annotations

from pathlib import Path

import pytest

import nqpf
from nqpf.study.folder import Study, open_study
from nqpf.study.model import load_model
from small_sweeps import SPEC, write_ishigami, write_swept_study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The small study, with a fitted ensemble."""
    return open_study(write_swept_study(tmp_path_factory.mktemp("swept")))


@pytest.fixture(scope="session")
def model(study: Study) -> nqpf.Model:
    return load_model(study)


@pytest.fixture(scope="session")
def finished(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a sweep that nothing disturbed."""
    out = tmp_path_factory.mktemp("finished") / "store"
    study.sweep(SPEC, out)
    return out


@pytest.fixture(scope="session")
def ishigami(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return open_study(write_ishigami(tmp_path_factory.mktemp("ishigami")))
