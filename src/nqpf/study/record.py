"""The record beside results: what a reader needs to make them again."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from nqpf.study.numbers import Number
from nqpf.study.project import changed
from nqpf.study.scenarios import Scenario

if TYPE_CHECKING:
    import xarray as xr

    from nqpf.engine import Model

_PACKAGES = ("numba", "numpy", "pandas", "xarray")


def record_of(
    model: Model,
    model_file: str,
    scenarios: Sequence[Scenario],
    command: Sequence[str],
    numbers: Mapping[str, Number] | None = None,
    draws: xr.Dataset | None = None,
    fitted: Mapping[Any, Any] | None = None,
) -> dict[str, Any]:
    """Return the record of a projection (Rahmandad & Sterman 2012, minimum reporting).

    ``numbers``: the study's own, in place of the model file's. ``draws``: the same projection
    under draws of the fitted ensemble, and ``fitted`` how that was made.
    """
    control = model.control
    return {
        **provenance(command),
        "model": {
            "file": model_file,
            "hash": model.hash,
            "method": control.method,
            "initial time": control.initial_time,
            "final time": control.final_time,
            "time step": control.time_step,
            "saved every": control.saveper,
            "time unit": control.time_unit,
        },
        "numbers of the study": {name: each.text for name, each in (numbers or {}).items()},
        # Nothing is drawn at random here: the draws are evenly spaced rows of the ensemble.
        "seed": None,
        "runs per scenario": 1 if draws is None else 1 + draws.sizes["draw"],
        "failed draws": None if draws is None else draws.attrs["failed"],
        "fitted ensemble": None if fitted is None else dict(fitted),
        "scenarios": {
            each.name: {
                "title": {"en": each.title.en, "zh": each.title.zh},
                "changed": changed(model, each),
            }
            for each in scenarios
        },
    }


def provenance(command: Sequence[str]) -> dict[str, Any]:
    """Return what every record begins with: command, time, versions, platform."""
    return {
        "command": _readable(" ".join(command)),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "nqpf": version("nqpf"),
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
        "platform": platform.platform(),
    }


def _readable(text: str) -> str:
    """Return a text from the command line without what a locale other than UTF-8 made of it."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
