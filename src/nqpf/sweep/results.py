"""A finished sweep, opened: runs, samples, and the figures of each run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqpf.errors import InputError, did_you_mean
from nqpf.study.columns import select
from nqpf.study.summary import statistic
from nqpf.study.toml import Text, shown
from nqpf.sweep.layout import FAILED
from nqpf.sweep.spec import Outcome, SweepSpec, make_spec
from nqpf.sweep.store import RECORD, SAMPLES, open_data, read_record, sample_file

if TYPE_CHECKING:
    import xarray as xr

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Sweep:
    """A store.

    Attributes
    ----------
    folder
        Where it is.
    record
        How it was made.
    data
        Outcomes by ``run`` x ``time`` (x subscripts), read from disk where they are used.
    """

    folder: Path
    record: dict[str, Any]
    data: xr.Dataset

    @cached_property
    def spec(self) -> SweepSpec:
        """What was swept."""
        return make_spec(self.record["identity"]["spec"])

    @property
    def _layout(self) -> dict[str, Any]:
        return self.record["identity"]["layout"]

    @property
    def samples_count(self) -> int:
        """How many samples there are."""
        return int(self._layout["samples"])

    @property
    def policy_count(self) -> int:
        """How many policies every sample was run under."""
        return int(self._layout["policies"])

    @property
    def factors(self) -> dict[str, dict[str, Any]]:
        """Name of each factor -> what the record says of it, in the order of the samples."""
        return self.record["identity"]["factors"]

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """Outcomes by name; a variable without subscripts is one in the last year kept."""
        if self.spec.outcomes:
            return self.spec.outcomes
        last = float(self.data["time"][-1])
        found = {}
        for name in self.data.data_vars:
            if self.data[name].ndim == 2:
                unit = self.data[name].attrs.get("units") or "-"
                text = {"en": str(name), "zh": str(name)}
                found[str(name)] = Outcome.model_validate(
                    {
                        "variable": str(name),
                        "statistic": "value",
                        "year": last,
                        "title": text,
                        "unit": unit,
                    }
                )
        return found

    def choose(self, names: list[str] | tuple[str, ...]) -> dict[str, Outcome]:
        """Return the outcomes called ``names``; all if none is named."""
        known = self.outcomes
        for name in names:
            if name not in known:
                hint = did_you_mean(name, known) or f" Known: {', '.join(known)}."
                raise InputError(f'{shown(self.folder)}: no outcome "{name}".{hint}')
        return {name: known[name] for name in names or known}

    def samples(self) -> pd.DataFrame:
        """Return the factors, a row a sample."""
        parts = []
        step = self.policy_count
        for number in range(-(-self._layout["runs"] // self._layout["chunk"])):
            part = pd.read_parquet(self.folder / SAMPLES / sample_file(number))
            parts.append(part[part["run"] % step == 0])
        whole = pd.concat(parts, ignore_index=True)
        return whole.drop(columns=["run", "policy"]).set_index("sample")

    def figures(self, outcomes: dict[str, Outcome]) -> dict[str, Values]:
        """Return each outcome, shape (samples, policies); runs that failed are NaN.

        Read in parts, so that memory holds nothing but the figures.
        """
        found = {name: np.empty(self._layout["runs"]) for name in outcomes}
        where = shown(self.folder / RECORD)
        for first, part in self._parts():
            bad = part[FAILED].to_numpy() != 0
            for name, each in outcomes.items():
                course = select(part, each.variable, where).astype(np.float64)
                with np.errstate(invalid="ignore", divide="ignore"):  # of runs that have failed
                    values = statistic(course, each).to_numpy() * each.scale
                values[bad] = np.nan
                found[name][first : first + len(values)] = values
        shape = (self.samples_count, self.policy_count)
        whole = {name: values.reshape(shape) for name, values in found.items()}
        return {name: self._against(whole[name], each) for name, each in outcomes.items()}

    def course(self, variable: str) -> tuple[Values, NDArray[np.float32]]:
        """Return the years kept and a variable in them, (samples, policies, years)."""
        where = shown(self.folder / RECORD)
        parts = []
        for _, part in self._parts():
            values = select(part, variable, where).to_numpy().astype(np.float32)
            values[part[FAILED].to_numpy() != 0] = np.nan
            parts.append(values)
        shape = (self.samples_count, self.policy_count, -1)
        return self.data["time"].to_numpy(), np.concatenate(parts).reshape(shape)

    def _parts(self) -> Iterator[tuple[int, xr.Dataset]]:
        chunk, runs = self._layout["chunk"], self._layout["runs"]
        for first in range(0, runs, chunk):
            yield first, self.data.isel(run=slice(first, first + chunk))

    def _against(self, values: Values, outcome: Outcome) -> Values:
        if outcome.statistic != "ratio":
            return values
        return 100 * (values / values[:, [self.reference]] - 1)

    # --- policies -----------------------------------------------------------------------------

    @property
    def reference(self) -> int:
        """Number of the policy that gains are counted from: every lever listed first, mostly 0."""
        names = [each["name"] for each in self.record["policies"]]
        scenario = names.index(self.spec.reference) if self.spec.reference else 0
        return scenario * (self.policy_count // len(names))

    @cached_property
    def policies(self) -> pd.DataFrame:
        """The policies, a row each: ``label``, ``scenario``, ``title_en``, ``title_zh``, levers."""
        from nqpf.sweep.policies import Policies

        made = Policies(
            names=tuple(each["name"] for each in self.record["policies"]),
            titles=tuple(Text(**each["title"]) for each in self.record["policies"]),
            changes=tuple({} for _ in self.record["policies"]),
            levers=tuple(name for name, each in self.spec.levers.items() if each.values),
            settings=tuple(tuple(each.values) for each in self.spec.levers.values() if each.values),
            columns=tuple(() for each in self.spec.levers.values() if each.values),
            timing={},
        )
        numbers = np.arange(made.count)
        scenarios, strengths = made.parts(numbers)
        table = pd.DataFrame(strengths, columns=pd.Index(made.levers, dtype=object))
        table.insert(0, "label", made.labels())
        table.insert(1, "scenario", [made.names[each] for each in scenarios])
        on = [label.partition("+")[2] for label in table["label"]]
        for place, lang in enumerate(("title_en", "title_zh"), 2):
            titles = [made.titles[each].in_(lang[-2:]) for each in scenarios]
            table.insert(
                place,
                lang,
                [
                    f"{title} + {more}" if more else title
                    for title, more in zip(titles, on, strict=True)
                ],
            )
        table.index.name = "policy"
        return table


def open_sweep(folder: str | Path) -> Sweep:
    """Open the store of a sweep.

    Raises
    ------
    InputError
        There is none, it is not finished, or it is damaged.
    """
    folder = Path(folder)
    record = read_record(folder)
    layout = record["identity"]["layout"]
    chunks = -(-layout["runs"] // layout["chunk"])
    there = sum((folder / SAMPLES / sample_file(number)).exists() for number in range(chunks))
    if there < chunks:
        raise InputError(
            f"{shown(folder)}: {there} of {chunks} chunks are there; finish it with the command "
            f"that began it: {record.get('command', 'nqpf sweep')}"
        )
    try:
        data = open_data(folder)
    except Exception:
        # A damaged store makes the library fail anywhere.
        raise InputError(f"{shown(folder)}: its runs.zarr is broken; make it again.") from None
    return Sweep(folder, record, data)
