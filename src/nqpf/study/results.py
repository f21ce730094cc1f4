"""Results on disk: written as a whole or not at all, and read back."""

from __future__ import annotations

import csv
import errno
import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from nqpf.errors import InputError
from nqpf.study.draws import QUANTILES
from nqpf.study.toml import shown

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

DATA = "projections.nc"
DRAWS = "draws.nc"
BANDS = "bands.csv"
EFFECTS = "effects.csv"
TABLE = "projections.csv"
VARIABLES = "variables.csv"
RECORD = "record.json"
CALIBRATION_RECORD = "calibration.json"
HISTORY = "history.csv"
CHECKS = "checks.json"
CHARTS = "charts"
CALIBRATION = "calibration.nc"
PARAMETERS = "parameters.csv"
PROFILES = "profiles.csv"
SERIES = "series.csv"
HOLDOUT = "holdout.csv"
HOLDOUT_SERIES = "holdout_series.csv"

_DRAFTS = ".writing-"
_ABANDONED = 24 * 3600  # seconds: no command takes a day between making a draft and the next
_PATIENCE = 5  # seconds
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ResultFolder:
    """A folder whose files appear together.

    Files are made in a hidden folder beside their final place, so that a failed or interrupted
    command leaves what was there before. Entering fails where nothing can be written, which is
    before anything is computed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = False
        self._draft: Path | None = None

    def __enter__(self) -> Self:
        try:
            self._made = not self.folder.exists()
            self.folder.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(self.folder)
            self._draft = Path(tempfile.mkdtemp(prefix=_DRAFTS, dir=self.folder))
        except OSError as error:
            raise unwritable(self.folder, error) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._draft is not None
        shutil.rmtree(self._draft, ignore_errors=True)
        if self._made:
            with suppress(OSError):  # not empty: there are results, or another process makes some
                self.folder.rmdir()
        if isinstance(error, OSError) and error.errno in _FULL:
            raise unwritable(self.folder, error) from None

    def draft(self, name: str) -> Path:
        """Return where to write the file that will be ``folder/name``."""
        assert self._draft is not None
        path = self._draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def publish(self, outdated: Iterable[str] = ()) -> list[Path]:
        """Move every draft to its place and delete ``outdated`` files that were not made anew.

        The old record goes first and the new one comes last: where one stands, it is that of the
        command's other files, whenever the process ends and whoever else writes here.
        """
        assert self._draft is not None
        drafts = sorted(path for path in self._draft.rglob("*") if path.is_file())
        drafts.sort(key=lambda path: path.name in (RECORD, CALIBRATION_RECORD))
        places = [self.folder / path.relative_to(self._draft) for path in drafts]
        with _turn(self.folder):
            for name in (RECORD, CALIBRATION_RECORD):
                if self.folder / name in places:
                    (self.folder / name).unlink(missing_ok=True)
            for name in outdated:
                if (old := self.folder / name) not in places:
                    old.unlink(missing_ok=True)
            for draft, place in zip(drafts, places, strict=True):
                try:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    draft.replace(place)
                except OSError as error:
                    raise unwritable(place, error) from None
        return places


def unwritable(place: Path, error: OSError) -> InputError:
    """Return what to say where results cannot be written."""
    reason = error.strerror or str(error)
    way_out = "Choose another folder with --out."
    if error.errno in _FULL:
        way_out = "Free some space, or choose another folder with --out."
    return InputError(f"{shown(place)}: cannot write here ({reason}). {way_out}")


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Let one process at a time move its files into a folder.

    It takes milliseconds: a mark that stays longer is left from a process that was killed.
    """
    mark = folder / ".publishing"
    for _ in range(_PATIENCE * 20):
        try:
            mark.mkdir()
            break
        except FileExistsError:
            time.sleep(0.05)
    try:
        yield
    finally:
        with suppress(OSError):
            mark.rmdir()


def _remove_abandoned(folder: Path) -> None:
    """Remove the drafts of processes that were killed long ago."""
    for left in folder.glob(f"{_DRAFTS}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED:
                shutil.rmtree(left, ignore_errors=True)


def write_all(data: xr.Dataset, record: dict[str, Any], results: ResultFolder) -> None:
    """Write projections and their record as drafts."""
    write_dataset(data, results.draft(DATA))
    write_tables(data, results.draft(TABLE), results.draft(VARIABLES))
    write_record(record, results.draft(RECORD))


def write_dataset(data: xr.Dataset, path: Path) -> None:
    """Write NetCDF in its classic form, which every reader knows and which is quick to write."""
    data.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")


def write_tables(data: xr.Dataset, table: Path, variables: Path) -> None:
    """Write one row per scenario and time, one column per variable, and what the columns are."""
    _write_courses(data, dict(columns(data)), table)
    with variables.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["variable", "subscripts", "unit", "meaning"])
        for name, variable in data.data_vars.items():
            axes = " x ".join(str(dim) for dim in variable.dims[2:])
            meaning = variable.attrs.get("long_name", "")
            writer.writerow([name, axes, variable.attrs.get("units", ""), meaning])


def write_draws(draws: xr.Dataset, effects: pd.DataFrame | None, results: ResultFolder) -> None:
    """Write as drafts projections under many draws, their bands, and effects of scenarios."""
    write_dataset(draws, results.draft(DRAWS))
    # Draws that failed were left out. Looking for gaps all the same takes a hundred times as long.
    edges = draws.quantile(QUANTILES, "draw", skipna=False)
    course = {
        f"{name} {share:.0%}": values
        for share in QUANTILES
        for name, values in columns(edges.sel(quantile=share))
    }
    _write_courses(draws, course, results.draft(BANDS))
    if effects is not None:
        effects.to_csv(results.draft(EFFECTS), index=False, float_format="%.6g")


def _write_courses(data: xr.Dataset, course: Mapping[str, np.ndarray], path: Path) -> None:
    """Write a row a scenario and time, a column for each of ``course``, scenario x time."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["scenario", "time", *course])
        numbers = ",".join(["%.10g"] * (1 + len(course))) + "\r\n"
        times = data["time"].to_numpy()
        for index, scenario in enumerate(data["scenario"].to_numpy()):
            rows = np.column_stack([times, *(values[index] for values in course.values())])
            name = f'"{scenario}"' if "," in scenario else scenario
            file.writelines(f"{name},{numbers % tuple(row)}" for row in rows.tolist())


def columns(data: xr.Dataset) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each column's name, as PySD writes it, and its values, scenario by time."""
    for name, variable in data.data_vars.items():
        axes = [dim for dim in variable.dims if dim not in ("scenario", "time")]
        values = variable.transpose("scenario", "time", *axes).to_numpy()
        labels = [data[dim].to_numpy() for dim in axes]
        for position in np.ndindex(*values.shape[2:]):
            elements = ",".join(
                str(axis[place]) for axis, place in zip(labels, position, strict=True)
            )
            yield f"{name}[{elements}]" if elements else str(name), values[:, :, *position]


def write_record(record: dict[str, Any], path: Path) -> None:
    """Write how the results were made."""
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_results(folder: Path) -> tuple[xr.Dataset, dict[str, Any]]:
    """Return the projections in a results folder and their record.

    Raises
    ------
    InputError
        Nothing was written there, or the files are broken.
    """
    for name in (DATA, RECORD):
        if not (folder / name).exists():
            raise InputError(f'{shown(folder)}: no {name} here. Make it with "nqpf run".')
    return read_dataset(folder / DATA), read_record(folder / RECORD)


def read_draws(folder: Path) -> xr.Dataset | None:
    """Return the draws beside the projections; None if there are none, InputError if broken."""
    path = folder / DRAWS
    if not path.exists():
        return None
    data = read_dataset(path)
    if "draw" not in data.dims or not data.sizes["draw"] or "data_to" not in data.attrs:
        raise InputError(_broken(path))
    return data


def read_calibration(folder: Path) -> dict[str, xr.Dataset]:
    """Return the groups of a calibration's draws; InputError if the file is broken."""
    import xarray as xr

    path = folder / CALIBRATION
    groups = ("posterior", "prior", "posterior_predictive", "observed_data")
    try:
        return {each: xr.load_dataset(path, group=each, engine="h5netcdf") for each in groups}
    except Exception:
        # A damaged file makes the library fail anywhere, with whatever its code trips over first.
        raise InputError(_broken(path, "nqpf calibrate")) from None


def read_table(path: Path) -> pd.DataFrame:
    """Return a table of a results folder; InputError if it is broken or empty."""
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except (OSError, ValueError):
        raise InputError(f"{shown(path)}: is broken or no table. Make it again.") from None
    if table.empty:
        raise InputError(f"{shown(path)}: is empty. Make it again.")
    return table


def read_dataset(path: Path) -> xr.Dataset:
    """Return the projections in a NetCDF file; InputError if it is not one of ours."""
    import xarray as xr

    try:
        data = xr.load_dataset(path, engine="scipy", decode_times=False)
    except Exception:
        # A damaged file makes the library fail anywhere, with whatever its code trips over first.
        raise InputError(_broken(path)) from None
    for dim, kinds in (("scenario", "UOST"), ("time", "iuf")):
        if dim not in data.coords or data[dim].dims != (dim,) or not data.sizes[dim]:
            raise InputError(
                f'{shown(path)}: has no dimension "{dim}"; expected results of "nqpf run".'
            )
        if data[dim].dtype.kind not in kinds:
            raise InputError(f'{shown(path)}: its "{dim}" is not what "nqpf run" writes.')
    if not _is_ours(data):
        raise InputError(_broken(path))
    return data


def _is_ours(data: xr.Dataset) -> bool:
    """Whether a dataset is made as `write_dataset` got it: numbers, every axis with its labels."""
    numbers = all(
        {"scenario", "time"} <= set(values.dims) and values.dtype.kind in "fiu"
        for values in data.data_vars.values()
    )
    labels = all(dim in data.indexes and data.indexes[dim].is_unique for dim in data.dims)
    times = data["time"].to_numpy()
    rising = np.isfinite(times).all() and (np.diff(times) > 0).all()
    return numbers and labels and bool(rising)


def read_record(path: Path) -> dict[str, Any]:
    """Return how results were made; InputError if the file does not say it."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise InputError(_broken(path))
    return record


def _broken(path: Path, command: str = "nqpf run") -> str:
    return (
        f'{shown(path.parent)}: {path.name} is broken or not a file of "{command}". '
        "Make the results again with it."
    )
