"""Stores: whole or not there, gone on with, refused, found damaged."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import zarr

import nqpf
from nqpf.errors import InputError
from nqpf.study.folder import Study
from nqpf.sweep import Progress, Silent, open_sweep, plan_sweep, run_plan
from nqpf.sweep import store as stores
from nqpf.sweep.estimate import estimate, require_space
from nqpf.sweep.store import Store
from small_sweeps import SPEC, content, outcome

CHUNKS = 7  # of the sweep that most tests run: 200 runs by 32


class Watching(Silent):
    """Counts what it is told, and may interrupt."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.steps, self.broken, self.found = 0, [], 0
        self._stop_after = stop_after

    def begin(self, progress: Progress) -> None:
        self.found = progress.found

    def damaged(self, number: int, file: str) -> None:
        self.broken.append((number, file))

    def step(self, progress: Progress) -> None:  # noqa: ARG002
        self.steps += 1
        if self.steps == self._stop_after:
            raise KeyboardInterrupt


def test_it_is_opened_by_one_line(finished: Path) -> None:
    data = xr.open_zarr(finished / "runs.zarr")
    assert data["Total output"].dims == ("run", "time")
    assert data["Growth"].dims == ("run", "time", "Region")
    assert data["Growth"].attrs == {"units": "1/Year", "long_name": "Growth of output."}
    assert data["Total output"].dtype == np.float32
    assert (data["failed"] == 0).all()
    east = data["Growth"].sel(Region="North", time=2030)
    assert np.isfinite(east).all()
    samples = pd.read_parquet(finished / "samples")
    assert len(samples) == data.sizes["run"] == 200
    assert samples["run"].tolist() == list(range(200))
    assert samples["policy"].tolist() == data["policy"].to_numpy().tolist()


def test_every_run_is_what_it_is_alone(finished: Path, study: Study, model: nqpf.Model) -> None:
    plan = plan_sweep(study, SPEC, model)[0]
    frame, _ = plan.frame(0, plan.runs)
    data = open_sweep(finished).data
    for run in (0, 31, 32, 199):
        alone = model.run(frame.iloc[run].to_dict(), return_columns=["Total output", "Growth"])
        mine = data["Total output"][run].to_numpy()
        np.testing.assert_array_equal(mine, alone["Total output"].to_numpy(np.float32))
        south = data["Growth"][run].sel(Region="South").to_numpy()
        np.testing.assert_array_equal(south, alone["Growth[South]"].to_numpy(np.float32))


def test_the_bytes_are_those_that_zarr_writes(finished: Path, tmp_path: Path) -> None:
    again = tmp_path / "runs.zarr"
    shutil.copytree(finished / "runs.zarr", again)
    whole: Any = zarr.open_group(finished / "runs.zarr", mode="r")
    mine: Any = zarr.open_group(again, mode="r+")
    names = [name for name, each in whole.arrays() if each.shape[0] == 200]
    assert len(names) == 8
    for name in names:
        shutil.rmtree(again / name / "c")
        with zarr.config.set({"array.write_empty_chunks": True}):
            mine[name][:] = whole[name][:]
    assert {path.name for path in again.iterdir()} >= set(names)
    original = content(finished)
    assert {f"runs.zarr/{key}": each for key, each in _below(again).items()} == {
        key: each for key, each in original.items() if key.startswith("runs.zarr")
    }


def _below(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_threads_and_order_leave_the_bytes_alone(
    finished: Path, study: Study, tmp_path: Path
) -> None:
    study.sweep(SPEC, tmp_path / "one", threads=1)
    assert content(tmp_path / "one") == content(finished)


def test_what_was_stopped_goes_on(finished: Path, study: Study, tmp_path: Path) -> None:
    out = tmp_path / "store"
    with pytest.raises(KeyboardInterrupt):
        study.sweep(SPEC, out, watcher=Watching(stop_after=2))
    with pytest.raises(InputError, match=r"of 7 chunks are there; finish it with the command"):
        open_sweep(out)
    again = Watching()
    study.sweep(SPEC, out, watcher=again)
    assert 0 < again.steps < CHUNKS
    assert again.found == 32 * (CHUNKS - again.steps)
    assert content(out) == content(finished)


KILLED = """
import sys
from pathlib import Path
from nqpf.study.folder import open_study
from small_sweeps import SPEC
study = open_study(Path(sys.argv[1]))
print("ready", flush=True)
study.sweep(SPEC, Path(sys.argv[2]))
"""


def test_what_was_killed_goes_on(finished: Path, study: Study, tmp_path: Path) -> None:
    out = tmp_path / "store"
    chance = random.Random(7)
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(study.folder), str(out)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        assert process.stdout is not None
        process.stdout.readline()
        _wait_for_a_chunk(out, process)
        time.sleep(chance.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    study.sweep(SPEC, out)
    assert content(out) == content(finished)


def _wait_for_a_chunk(out: Path, process: subprocess.Popen) -> None:
    """Wait until one chunk more is there than at the beginning, or the process is done."""
    before = len(list(out.glob("samples/*.parquet")))
    while process.poll() is None and len(list(out.glob("samples/*.parquet"))) <= before:
        time.sleep(0.001)


@pytest.mark.parametrize("part", ["runs.zarr", "samples"])
def test_a_damaged_chunk_is_made_again(
    part: str, finished: Path, study: Study, tmp_path: Path
) -> None:
    out = tmp_path / "store"
    study.sweep(SPEC, out)
    (path,) = out.glob("runs.zarr/Growth/c/3/0/0" if part == "runs.zarr" else "samples/*3.parquet")
    whole = path.read_bytes()
    at = len(whole) // 3
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    watching = Watching()
    study.sweep(SPEC, out, watcher=watching)
    assert watching.steps == 1
    assert [number for number, _ in watching.broken] == [3]
    assert content(out) == content(finished)


OTHER = {
    "spec.n": {"n": 101},
    "spec.seed": {"seed": 6},
    "layout.variables": {"variables": ["Growth", "Output"]},
    "spec.precision": {"precision": "float64"},
}


@pytest.mark.parametrize("at", OTHER)
def test_another_sweep_is_refused_and_left_alone(
    at: str, finished: Path, study: Study, tmp_path: Path
) -> None:
    out = tmp_path / "store"
    study.sweep(SPEC, out)
    with pytest.raises(InputError) as caught:
        study.sweep({**SPEC, **OTHER[at]}, out)
    assert f"holds another sweep: {at} was " in str(caught.value)
    assert "--overwrite" in str(caught.value)
    assert content(out) == content(finished)


def test_other_figures_of_the_same_runs_run_nothing(
    finished: Path, study: Study, tmp_path: Path
) -> None:
    out = tmp_path / "store"
    study.sweep(SPEC, out)
    earlier = {"output": outcome("Total output", 2025), "share": outcome("North share")}
    watching = Watching()
    found = study.sweep({**SPEC, "title": "New", "outcomes": earlier}, out, watcher=watching)
    assert watching.steps == 0
    assert content(out) == content(finished)
    assert found.spec.title.en == "New"
    figures = open_sweep(out).figures(found.outcomes)["output"]
    expected = found.data["Total output"].sel(time=2025).to_numpy().reshape(100, 2)
    np.testing.assert_array_equal(figures, expected)


def test_another_model_or_version_is_refused(finished: Path, study: Study, tmp_path: Path) -> None:
    record = json.loads((finished / "record.json").read_text("utf-8"))
    for at, change in (
        ("model.hash", {"model": {**record["identity"]["model"], "hash": "0"}}),
        ("versions.numpy", {"versions": {**record["identity"]["versions"], "numpy": "1.0"}}),
    ):
        out = tmp_path / at
        out.mkdir()
        other = {**record, "identity": {**record["identity"], **change}}
        (out / "record.json").write_text(json.dumps(other))
        with pytest.raises(InputError, match=f"holds another sweep: {at} was "):
            study.sweep(SPEC, out)


def test_another_sweep_is_replaced_when_told(study: Study, finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "store"
    study.sweep({**SPEC, "n": 40, "seed": 1}, out)
    study.sweep(SPEC, out, overwrite=True)
    assert content(out) == content(finished)


def test_a_folder_of_something_else_is_left_alone(study: Study, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(InputError, match=r"holds thesis\.tex, and is no sweep's folder"):
            study.sweep(SPEC, tmp_path, overwrite=overwrite)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    assert (tmp_path / "thesis.tex").read_text() == "mine"


def test_a_lost_record_is_not_taken_for_an_empty_folder(study: Study, tmp_path: Path) -> None:
    study.sweep(SPEC, tmp_path)
    (tmp_path / "record.json").unlink()
    before = content(tmp_path)
    with pytest.raises(InputError, match=r"holds runs\.zarr"):
        study.sweep(SPEC, tmp_path)
    assert content(tmp_path) == before


def test_a_full_disk_costs_the_chunk_in_work(
    finished: Path, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "store"
    good = stores.write

    def write(path: Path, content: bytes) -> None:
        if len(list(out.glob("samples/*.parquet"))) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        good(path, content)

    monkeypatch.setattr(stores, "write", write)
    with pytest.raises(InputError) as caught:
        study.sweep(SPEC, out)
    said = str(caught.value)
    assert "No space left on device" in said
    assert "96 of 200 runs are kept: the same command goes on from there." in said
    monkeypatch.undo()
    study.sweep(SPEC, out)
    assert content(out) == content(finished)


def test_a_read_only_disk_is_one_line(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match=r"cannot write here \(Read-only file system\)"):
        study.sweep(SPEC, tmp_path / "store")


def test_what_cannot_be_a_folder_is_one_line(study: Study, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write here"):
        study.sweep(SPEC, tmp_path / "file" / "store")


def test_a_sweep_that_the_disk_cannot_hold_is_refused(study: Study, model: nqpf.Model) -> None:
    spec = {**SPEC, "design": "sobol", "n": 2**32}
    plan, _ = plan_sweep(study, spec, model)
    found = estimate(plan, model, Path())
    assert found.runs == 2**33
    with pytest.raises(InputError, match=r"8,589,934,592 runs need about [\d,.]+ TiB more"):
        require_space(found, Path())


def test_two_sweeps_do_not_write_into_one_store(study: Study, tmp_path: Path) -> None:
    with (
        stores.alone(tmp_path),
        pytest.raises(InputError, match="another sweep is writing here"),
    ):
        study.sweep(SPEC, tmp_path)


def test_failed_runs_are_kept_and_named(tmp_path: Path, study: Study) -> None:
    found = study.sweep(
        {
            "title": "T",
            "uncertainties": {"Base growth[North]": [0.05, 0.2], "Effect": [0.02, 1e300]},
            "scenarios": ["effort"],
            "outcomes": {"y": outcome("Total output")},
        },
        tmp_path / "out",
    )
    data = found.data.load()
    assert data["failed"].to_numpy().tolist() == [0, 1, 0, 1]
    names = data["failed_variable"].attrs["variables"]
    assert names[int(data["failed_variable"][1])] in ("Output", "Total output")
    assert data["failed_variable"][0] == -1
    assert float(data["failed_time"][1]) > 2024
    figures = found.figures(found.outcomes)["y"][:, 0]
    np.testing.assert_array_equal(np.isnan(figures), [False, True, False, True])


def test_memory_is_flat(study: Study, model: nqpf.Model) -> None:
    plan, _ = plan_sweep(study, {**SPEC, "design": "sobol", "n": 2**30, "chunk": None}, model)
    first, last = plan.span(plan.chunks // 2)
    assert last - first == plan.chunk
    # Nothing but this part of the plan is ever made.
    assert len(plan.frame(first, first + 64)[0]) == 64


def test_a_broken_store_is_one_line(study: Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'no sweep here. Make it with "nqpf sweep"'):
        open_sweep(tmp_path)
    study.sweep(SPEC, tmp_path / "a")
    (tmp_path / "a" / "runs.zarr" / "zarr.json").write_text("{")
    with pytest.raises(InputError, match="is broken"):
        open_sweep(tmp_path / "a")
    (tmp_path / "a" / "record.json").write_text("{")
    with pytest.raises(InputError, match="is broken, or the record of something else"):
        open_sweep(tmp_path / "a")


def test_a_plan_is_run_by_itself(study: Study, model: nqpf.Model, tmp_path: Path) -> None:
    plan, _ = plan_sweep(study, SPEC, model)
    done = run_plan(plan, model, tmp_path / "store")
    assert (done.total, done.found, done.done, done.failures) == (200, 0, 200, 0)
    assert Store(tmp_path / "store", [], 0, 0).missing() == []
