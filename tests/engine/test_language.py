"""One small model for each construct of the language, in ``tests/language``.

Beside every model stands a file that says what it must give. Nothing in it comes from a program:
the values are worked out by hand or are the examples of the manual or the standard that it names.

``source``: where the meaning is written. ``why``: how the values follow from it. ``methods``:
integration methods for which they hold (all by default). ``missing``: why it is not met yet, for
all methods or by method. ``[expected]``: column -> one number for all saved times, one a time, or
``{at = times, is = numbers}``. ``[statistics]``: column -> mean, (standard) deviation, least, most,
whole numbers, correlation of neighbours. ``[sums]``: stock -> flow, which adds whole steps.
"""

from __future__ import annotations

import itertools
import math
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import nqpf
from nqpf.engine.names import canonical
from nqpf.engine.passes.symbols import CONTROL

FOLDER = Path(__file__).parents[1] / "language"
MODELS = sorted(p for p in FOLDER.rglob("*") if p.suffix in (".mdl", ".xmile"))
METHODS = ("euler", "rk2", "rk4", "rk45")
KEYS = {"source", "why", "methods", "missing", "tolerance", "expected", "statistics", "sums"}
MEASURES = {"mean", "deviation", "least", "most", "whole", "neighbours"}


@cache
def specification(path: Path) -> dict[str, Any]:
    """Return what a model must give; its keys are checked."""
    given = tomllib.loads(path.with_suffix(".toml").read_text("utf-8"))
    wrong = set(given) - KEYS
    wrong |= {key for each in given.get("statistics", {}).values() for key in set(each) - MEASURES}
    assert not wrong, f"{path.stem}.toml: unknown {', '.join(sorted(wrong))}"
    assert given["source"], path
    assert given["why"], path
    return given


def name(path: Path) -> str:
    return path.relative_to(FOLDER).with_suffix("").as_posix()


def missing(path: Path, method: str) -> str | None:
    """Return why a model is not expected to pass under ``method`` yet, None if it is."""
    reason = specification(path).get("missing")
    return reason.get(method) if isinstance(reason, dict) else reason


def cases() -> Iterator[Any]:
    for path in MODELS:
        for method in specification(path).get("methods", METHODS):
            reason = missing(path, method)
            # Refused or wrong, but never a crash.
            raises = (nqpf.InputError, AssertionError)
            marks = () if reason is None else pytest.mark.xfail(reason=reason, raises=raises)
            yield pytest.param(path, method, marks=marks, id=f"{name(path)}-{method}")


@cache
def load(path: Path) -> nqpf.Model:
    return nqpf.load(path)


@pytest.mark.parametrize(("path", "method"), list(cases()))
def test_a_construct_means_what_its_source_says(path: Path, method: str):
    given = specification(path)
    frame = load(path).run(method=method)
    for column, wanted in given.get("expected", {}).items():
        assert column in frame.columns, f"no {column}; there are {list(frame.columns)}"
        part = frame[column]
        if isinstance(wanted, dict):
            part, wanted = part.loc[wanted["at"]], wanted["is"]
        tolerance = given.get("tolerance", 1e-12)
        wanted = np.broadcast_to(np.array(wanted, dtype=float), part.shape)
        np.testing.assert_allclose(
            part, wanted, rtol=tolerance, atol=tolerance, err_msg=f"{column} ({given['why']})"
        )
    for column, measures in given.get("statistics", {}).items():
        check_statistics(frame[column].to_numpy(float), **measures)
    for stock, flow in given.get("sums", {}).items():
        steps = np.diff(frame.index.to_numpy())
        np.testing.assert_allclose(
            np.diff(frame[stock]), frame[flow].iloc[:-1] * steps, rtol=1e-9, atol=1e-9
        )


def check_statistics(
    drawn: NDArray[np.float64],
    mean: float,
    deviation: float,
    least: float = -math.inf,
    most: float = math.inf,
    whole: bool = False,
    neighbours: float = 0.0,
) -> None:
    """Compare moments within five standard errors of the mean, and 5 % of the deviation."""
    independent = len(drawn) * (1 - neighbours) / (1 + neighbours)
    assert drawn.mean() == pytest.approx(mean, abs=5 * deviation / math.sqrt(independent))
    slack = 0.05 * math.sqrt(len(drawn) / independent)
    assert drawn.std(ddof=1) == pytest.approx(deviation, rel=slack)
    assert drawn.min() >= least
    assert drawn.max() <= most
    assert len(np.unique(drawn)) > 1
    if whole:
        assert (drawn == drawn.round()).all()
    assert np.corrcoef(drawn[:-1], drawn[1:])[0, 1] == pytest.approx(neighbours, abs=0.035)


@pytest.mark.parametrize("path", [p for p in MODELS if missing(p, "euler") is None], ids=name)
def test_members_with_values_of_their_own_give_the_bits_of_single_runs(path: Path):
    model = load(path)
    control = {canonical(each) for each in CONTROL}
    own = {k: v for k, v in model.constants.items() if canonical(k) not in control}
    scales = (1.0, 1.05, 0.9)
    frame = pd.DataFrame(
        {
            f"{constant}{label}": [value * scale for scale in scales]
            for constant, values in own.items()
            for label, value in labelled(model, constant, values)
        },
        index=range(len(scales)),
    )
    outputs = [each for each, v in model.variables.items() if v.kind != "lookup"]
    together = model.ensemble(frame, outputs)
    for run in frame.index:
        alone = model.run(frame.loc[run].to_dict(), return_columns=outputs)
        columns = np.concatenate(
            [together[each].sel(run=run).to_numpy().reshape(len(alone), -1) for each in outputs],
            axis=1,
        )
        np.testing.assert_array_equal(columns, alone.to_numpy(float))


def labelled(model: nqpf.Model, constant: str, values: NDArray[np.float64]):
    """Yield ("[a1,b1]", value) of every element that is defined."""
    ranges = [model.subscripts[re.sub(r" \d+$", "", d)] for d in model.variables[constant].dims]
    for elements, value in zip(itertools.product(*ranges), values.ravel(), strict=True):
        if not math.isnan(value):
            yield f"[{','.join(elements)}]" if elements else "", float(value)


def test_every_expectation_has_a_model():
    assert {p.with_suffix("") for p in FOLDER.rglob("*.toml")} == {
        p.with_suffix("") for p in MODELS
    }
    assert len(MODELS) >= 80
