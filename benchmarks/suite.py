"""Model files in a folder, and what the public suite SDXorg/test-models says of its own."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nqpf.errors import InputError
from nqpf.study.folder import MODEL_SUFFIXES

# The rule of PySD's own comparison (``pysd.tools.benchmarking``) with the stored outputs, which
# have about six digits: ``|expected - actual| <= ATOL + RTOL |actual|``.
RTOL = ATOL = 1e-5

# Data variables without equation take their values from a file beside the model.
DATA = {"tests/data_from_other_model/test_data_from_other_model.mdl": "data.tab"}


def model_files(given: Path) -> Sequence[Path]:
    """Return ``given``, or all model files below it, in order."""
    if given.is_file():
        return [given]
    if not given.is_dir():
        raise InputError(f"{given}: no such file or folder; expected a model or a folder of them")
    found = [p for p in sorted(given.rglob("*")) if p.suffix.lower() in MODEL_SUFFIXES]
    if not found:
        raise InputError(f"{given}: no model file in this folder ({' '.join(MODEL_SUFFIXES)})")
    return found


def data_file(path: Path) -> Path | None:
    """Return the file that a model of the suite takes its data from."""
    for case, name in DATA.items():
        if path.as_posix().endswith(case):
            return path.parent / name
    return None


def expected_output(path: Path) -> pd.DataFrame | None:
    """Return what the suite says a model gives, a row a time; None if it does not say."""
    commas, tabs = path.parent / "output.csv", path.parent / "output.tab"
    if commas.exists():
        return _table(commas, ",")
    return _table(tabs, "\t") if tabs.exists() else None


def _table(file: Path, separator: str) -> pd.DataFrame:
    """Read an output of Vensim or Stella.

    Many of them end lines with a bare CR, and leave constants out after the first row.
    """
    content = file.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    lines = [line for line in text.splitlines() if line.strip()]
    rows = list(csv.reader(lines, delimiter=separator))
    frame = pd.DataFrame(rows[1:], columns=rows[0]).set_index(rows[0][0])
    frame = frame.replace("", np.nan).astype(float)
    frame.index = frame.index.astype(float)
    constant = frame.iloc[1:].isna().all()
    frame.loc[:, constant] = frame.loc[:, constant].iloc[0].to_numpy()
    return frame
