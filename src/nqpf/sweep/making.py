"""From a specification to a plan: everything is checked here, before anything runs."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nqpf.engine.cache import engine_fingerprint
from nqpf.errors import InputError, did_you_mean
from nqpf.study.folder import Study
from nqpf.study.project import default, spread
from nqpf.sweep.designs import Unit
from nqpf.sweep.factors import Source, find_sources
from nqpf.sweep.keeping import what_is_kept
from nqpf.sweep.plan import Plan
from nqpf.sweep.policies import find_policies
from nqpf.sweep.spec import SweepSpec
from nqpf.sweep.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

    from nqpf.engine import Model

MAX_RUNS = 2**40
FORMAT = 1
"""Of a store: what it holds and how it is encoded."""


def make_plan(
    spec: SweepSpec,
    study: Study,
    model: Model,
    where: str = "sweep",
    folder: Path | None = None,
    fitted: Callable[[], pd.DataFrame | None] | None = None,
) -> Plan:
    """Check a specification against study and model, and number its runs.

    Parameters
    ----------
    where
        What messages call the specification.
    folder
        Where the file of a ``table`` is looked for.
    fitted
        Reads the fitted ensemble; called only if it is needed.

    Raises
    ------
    InputError
        A scenario, lever, constant, variable, year or element does not exist, or the whole is too
        large to be numbered.
    """
    from nqpf.study.fitted import read_fitted

    needs = spec.calibration in ("draws", "marginals") or any(
        each.take == "fitted" for each in spec.uncertainties.values()
    )
    ensemble = (fitted or (lambda: read_fitted(study, model)))() if needs else None
    sources = find_sources(spec, study, model, ensemble, where)
    table = None
    if spec.design == "table":
        assert spec.table is not None
        path = (folder or Path()) / spec.table
        sources, table = read_table(path, sources, study, model, where)
    _require_design(spec, sources, where)
    policies = find_policies(spec, study, model, where)
    for each in sources:
        if each.columns and all(set(each.columns) <= set(change) for change in policies.changes):
            raise InputError(
                f'{where}: every policy sets "{each.name}", so that it would have no effect; '
                "leave it out, or sweep a policy that leaves it open."
            )
    kept, years = what_is_kept(spec, model, where)
    constants = spread(model, spec.constants, where)
    draws = None if ensemble is None or spec.calibration != "draws" else ensemble.to_numpy(float)
    draw_columns = () if draws is None or ensemble is None else tuple(map(str, ensemble.columns))
    every = [*constants, *draw_columns, *policies.every_column]
    every += [column for each in sources for column in each.columns]
    base = {name: constants.get(name, default(model, name)) for name in dict.fromkeys(every)}
    unit = None
    if spec.design in ("lhs", "sobol", "saltelli", "morris"):
        assert spec.n is not None
        unit = Unit(spec.design, spec.n, len(sources), spec.seed, spec.second_order, spec.levels)
        unit.require_room()
    plan = Plan(
        spec=spec,
        sources=tuple(sources),
        policies=policies,
        kept=kept,
        years=years,
        time_unit=model.control.time_unit,
        base=base,
        draws=draws,
        draw_columns=draw_columns,
        table=table,
        unit=unit,
    )
    if plan.runs > MAX_RUNS:
        raise InputError(
            f"{where}: {plan.samples:,} samples x {plan.policies.count:,} policies are "
            f"{plan.runs:,} runs; at most {MAX_RUNS:,} are numbered."
        )
    if spec.reference is not None and spec.reference not in policies.names:
        known = f" Known: {', '.join(policies.names)}."
        hint = did_you_mean(spec.reference, policies.names) or known
        raise InputError(
            f'{where}: reference = "{spec.reference}" is none of the scenarios swept.{hint}'
        )
    return replace(plan, identity=identity_of(plan, model))


def _require_design(spec: SweepSpec, sources: list[Source], where: str) -> None:
    if spec.design == "grid":
        for each in sources:
            if each.kind == "draw":
                raise InputError(
                    f'{where}: calibration = "draws" needs a design with n, such as "posterior".'
                )
            if each.values is None:
                raise InputError(
                    f'{where}: design "grid" combines listed values; "{each.name}" has a range. '
                    'Give it values = [...], or take design = "lhs" or "sobol".'
                )
    elif spec.design == "posterior":
        for each in sources:
            if each.kind != "draw" and len(each.values or ()) != 1:
                raise InputError(
                    f'{where}: design "posterior" takes draws alone; "{each.name}" varies, too. '
                    'Take design = "lhs" or "sobol" for both.'
                )
    elif spec.design != "table" and not sources:
        raise InputError(
            f'{where}: design "{spec.design}" has nothing to sample: give [uncertainties], levers '
            "with a range, or calibration."
        )


def identity_of(plan: Plan, model: Model) -> dict[str, Any]:
    """Return what makes a store this sweep's and no other's."""
    return {
        "model": {"name": model.name, "hash": model.hash},
        "spec": json.loads(plan.spec.model_dump_json(exclude_none=True)),
        "policies": {
            name: dict(change)
            for name, change in zip(plan.policies.names, plan.policies.changes, strict=True)
        },
        "factors": {each.name: each.said() for each in plan.sources},
        "constants": dict(plan.base),
        "draws": None if plan.draws is None else _digest(plan.draws),
        "listed": _digest(
            np.concatenate(
                [np.asarray(each.values or ()) for each in plan.sources] or [np.zeros(0)]
            )
        ),
        "table": None if plan.table is None else _digest(plan.table),
        "layout": {
            "runs": plan.runs,
            "samples": plan.samples,
            "policies": plan.policies.count,
            "chunk": plan.chunk,
            "variables": [each.name for each in plan.kept],
            "years": plan.years.tolist(),
        },
        "format": FORMAT,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Return the versions on which the bits of a store depend."""
    packages = ("nqpf", "numpy", "scipy", "SALib", "zarr", "numcodecs", "pyarrow")
    return {
        **{name: version(name) for name in packages},
        "engine": engine_fingerprint()[:16],
        "python": platform.python_version(),
    }


def _digest(values: NDArray[np.float64]) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:32]
