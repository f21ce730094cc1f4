"""Policy levers: names for constants of the model that a scenario pulls, 0 to 1."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, RootModel

from nqpf.study.toml import Finite, Line, Table, Text, load_toml

Strength = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Lever(Table):
    """One policy measure and the constants of the model that carry it."""

    parameter: Line
    """Constant that takes the strength, 0 (as today) to 1 (in full)."""
    start: Line | None = None
    """Constant that takes the year of the first effort."""
    ramp: Line | None = None
    """Constant that takes the years from the first effort to full strength."""
    path: int | None = None
    paper: Line | None = None
    title: Text
    justification: Text | None = None


class LeverPull(Table):
    """How a scenario pulls one lever."""

    strength: Strength
    start: Finite | None = None
    ramp: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class _LeverFile(RootModel[dict[str, Lever]]):
    pass


def read_levers(path: Path) -> dict[str, Lever]:
    """Read the levers of a study; a study without the file has none."""
    return load_toml(path, _LeverFile).root if path.exists() else {}
