"""Small studies to sweep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from nqpf.study.fitted import FILE, write_fitted
from small_study import write_study

A, B = 7.0, 0.1

ISHIGAMI = """{UTF-8}
x1 = 0 ~ Dmnl [-3.141592653589793, 3.141592653589793] ~|
x2 = 0 ~ Dmnl [-3.141592653589793, 3.141592653589793] ~|
x3 = 0 ~ Dmnl [-3.141592653589793, 3.141592653589793] ~|
Ishigami = SIN(x1) + 7*SIN(x2)^2 + 0.1*x3^4*SIN(x1) ~ Dmnl ~ Ishigami and Homma 1990.|
FINAL TIME = 1 ~ Year ~|
INITIAL TIME = 0 ~ Year ~|
SAVEPER = 1 ~ Year ~|
TIME STEP = 1 ~ Year ~|
"""


def outcome(variable: str, year: float = 2030, **more: object) -> dict[str, object]:
    """Return an outcome: the value of a variable in a year."""
    return {
        "variable": variable,
        "statistic": "value",
        "year": year,
        "title": variable,
        "unit": "-",
        **more,
    }


# What most tests sweep: two scenarios and draws of everything that the fitted ensemble holds.
SPEC = {
    "title": "Two scenarios",
    "design": "lhs",
    "n": 100,
    "seed": 5,
    "calibration": "draws",
    "scenarios": ["baseline", "effort"],
    "uncertainties": {"Effort start": {"low": 2021, "high": 2028}},
    "outcomes": {"output": outcome("Total output"), "share": outcome("North share")},
    "variables": ["Growth"],
    "chunk": 32,
}


def write_swept_study(folder: Path) -> Path:
    """Write the small study with a fitted ensemble of 40 draws."""
    write_study(folder)
    rng = np.random.default_rng(1)
    draws = pd.DataFrame(
        {"Effect": rng.uniform(0.01, 0.03, 40), "Base growth[North]": rng.uniform(0.03, 0.06, 40)}
    )
    write_fitted(draws, {"data_to": 2022, "model_hash": ""}, folder / "calibration" / FILE)
    return folder


def write_ishigami(folder: Path) -> Path:
    """Write a study whose model is Ishigami's function of three constants."""
    for name, text in {
        "model/ishigami.mdl": ISHIGAMI,
        "scenarios/baseline.toml": 'title = "As it is"\n',
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def ishigami_spec(design: str, n: int, **more: object) -> dict[str, object]:
    """Return the specification of a sweep over the three constants."""
    return {
        "title": "Ishigami",
        "design": design,
        "n": n,
        "seed": 3,
        "uncertainties": {name: {"low": -np.pi, "high": np.pi} for name in ("x1", "x2", "x3")},
        "outcomes": {"y": outcome("Ishigami", 1)},
        "precision": "float64",
        **more,
    }


def analytic() -> dict[str, dict[str, float]]:
    """Return S1 and ST of Ishigami's function (Saltelli and others 2008, page 179)."""
    v1 = 0.5 * (1 + B * np.pi**4 / 5) ** 2
    v2 = A**2 / 8
    v13 = B**2 * np.pi**8 * 8 / 225
    total = v1 + v2 + v13
    return {
        "S1": {"x1": v1 / total, "x2": v2 / total, "x3": 0.0},
        "ST": {"x1": (v1 + v13) / total, "x2": v2 / total, "x3": v13 / total},
    }


def content(folder: Path) -> dict[str, bytes]:
    """Return the data files of a store: all but the record, which has a time."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for part in ("runs.zarr", "samples")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }
