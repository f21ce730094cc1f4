"""A whole sweep by one call: read, check, run, open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nqpf.errors import InputError, did_you_mean
from nqpf.study.folder import Study
from nqpf.study.model import load_model
from nqpf.study.toml import shown
from nqpf.sweep.making import make_plan
from nqpf.sweep.results import Sweep, open_sweep
from nqpf.sweep.run import Watcher, run_plan
from nqpf.sweep.spec import SweepSpec, make_spec, read_spec

if TYPE_CHECKING:
    from nqpf.engine import Model
    from nqpf.sweep.plan import Plan

SWEEPS = "sweeps"
"""Folder of the specifications, in ``scenarios/``."""


def plan_sweep(
    study: Study, spec: SweepSpec | Mapping[str, Any] | str | Path, model: Model | None = None
) -> tuple[Plan, Model]:
    """Return the plan of a sweep and the study's model; InputError if something is wrong in it.

    ``spec``: a specification, a mapping with its keys, a file, or the name of one in
    ``scenarios/sweeps``.
    """
    where, folder = "sweep", Path()
    if isinstance(spec, str | Path):
        path = find_spec(study, spec)
        where, folder = shown(path), path.parent
        spec = read_spec(path)
    elif not isinstance(spec, SweepSpec):
        spec = make_spec(spec)
    model = load_model(study) if model is None else model
    return make_plan(spec, study, model, where, folder), model


def find_spec(study: Study, given: str | Path) -> Path:
    """Return the file that is meant: a path, or the name of a sweep of the study."""
    path = Path(given)
    folder = study.folder / "scenarios" / SWEEPS
    if path.suffix == ".toml" or path.is_file():
        return path
    own = {each.stem: each for each in sorted(folder.glob("*.toml"))}
    if str(given) not in own:
        known = f" Known: {', '.join(own)}." if own else " There is none."
        raise InputError(
            f'"{given}" is no file, and no sweep in {shown(folder)}.'
            f"{did_you_mean(str(given), own) or known}"
        )
    return own[str(given)]


def sweep(
    study: Study,
    spec: SweepSpec | Mapping[str, Any] | str | Path,
    out: str | Path = "sweep",
    *,
    model: Model | None = None,
    threads: int | None = None,
    overwrite: bool = False,
    cluster: str | None = None,
    watcher: Watcher | None = None,
    command: Sequence[str] | None = None,
) -> Sweep:
    """Run a sweep, or what is missing of it, and open its store.

    Parameters
    ----------
    spec
        A specification, a mapping with its keys, a file, or the name of one in
        ``scenarios/sweeps``.
    out
        Folder of the store. One that holds part of the same sweep is gone on with; one of another
        sweep is refused.
    model
        The study's model, where it is loaded already.
    threads
        Threads of this process; None: one a processor.
    overwrite
        Replace another sweep that stands in ``out``.
    cluster
        Address of a Dask scheduler (``"tcp://host:8786"``), or ``"local"`` to start one.

    Raises
    ------
    InputError
        Specification, study, store or cluster are wrong.
    """
    plan, model = plan_sweep(study, spec, model)
    run_plan(
        plan,
        model,
        Path(out),
        command=command,
        threads=threads,
        overwrite=overwrite,
        cluster=cluster,
        watcher=watcher,
    )
    return open_sweep(Path(out))
