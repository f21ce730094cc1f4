"""What a sweep's file says: levers, uncertainties, constants, outcomes and the design."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from nqpf.study.levers import LeverPull
from nqpf.study.priors import Prior
from nqpf.study.scenarios import ScenarioFile
from nqpf.study.summary import Column
from nqpf.study.toml import Finite, Line, Table, Text, load_toml

Design = Literal["grid", "lhs", "sobol", "saltelli", "morris", "table", "posterior"]
Calibration = Literal["draws", "marginals", "priors"]

SEED = 20221231
"""Used where a file names none; any number, and recorded."""

MAX_SAMPLES = 2**32
"""Samples of a design: a Sobol sequence of 32 bits has no more distinct points."""

_COUNTED = ("lhs", "sobol", "saltelli", "morris", "posterior")


class Factor(Table):
    """How one number varies: over ``values``, or with a distribution between ``low`` and ``high``.

    Attributes
    ----------
    values
        Listed values: of a grid; any other design picks them with equal chance.
    low, high
        Bounds; left out: the range that the model file states. Uniform between them without
        ``prior``.
    prior
        A distribution of ``scipy.stats``, cut off at the bounds.
    take
        ``range``: uniform over the range that the model file states. ``prior``: as
        ``calibration/parameters.toml`` has it. ``fitted``: as the fitted ensemble has it, by itself
        and without its correlations.
    """

    values: Annotated[list[Finite], Field(min_length=1)] | None = None
    low: Finite | None = None
    high: Finite | None = None
    prior: Prior | None = None
    take: Literal["range", "prior", "fitted"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: object) -> object:
        match given:
            case str():
                return {"take": given}
            case list():
                return {"values": given}
            case int() | float():
                return {"values": [float(given)]}
        return given

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ranged = self.low is not None or self.high is not None or self.prior is not None
        if sum((self.values is not None, ranged, self.take is not None)) != 1:
            raise ValueError(
                'give values = [...], or low and high (and a prior), or one of "prior" and "fitted"'
            )
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"low {self.low:g} must lie below high {self.high:g}")
        return self


class LeverFactor(Factor):
    """How the strength of a lever varies, and when it starts.

    With ``values`` every strength makes a policy, crossed with all others and with every sample;
    between ``low`` and ``high`` strengths are sampled like uncertainties.
    """

    start: Finite | None = None
    ramp: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _strengths(self) -> Self:
        if self.take is not None:
            raise ValueError("the strength of a lever has neither prior nor fit")
        ends = self.values or [self.low or 0.0, 1.0 if self.high is None else self.high]
        for each in (min(ends), max(ends)):
            LeverPull(strength=each, start=self.start, ramp=self.ramp)
        return self


class Outcome(Column):
    """A figure of a run: a statistic of one variable, as in a table of headline figures.

    ``ratio`` is in % above the reference policy with the same sample.
    """

    less_is_better: bool = False


class Objective(Table):
    """What a choice of policies aims at: an outcome over all samples, as one figure.

    ``worst decile``: the quantile that nine in ten samples do better than.
    """

    outcome: Line
    aggregate: Literal["median", "mean", "worst decile"] = "median"


class Years(Table):
    """Years to keep, from ``first`` to ``last``, every so many."""

    first: Finite
    last: Finite
    every: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0


class SweepSpec(Table):
    """What is swept.

    Attributes
    ----------
    design
        ``grid``: every combination of the values listed. ``lhs``, ``sobol``: Latin hypercube,
        scrambled Sobol sequence. ``saltelli``, ``morris``: the samples that Sobol indices and
        elementary effects need. ``table``: the rows of a file. ``posterior``: draws of the fitted
        ensemble.
    n
        Samples; base samples of ``saltelli``, trajectories of ``morris``. Every sample is run
        under every policy.
    scenarios, policies
        Scenarios of the study, each a policy, and policies of the sweep's own, written as a
        scenario is; neither: the model as its file has it.
    reference
        Policy that ``ratio`` and gains compare with; left out: the first.
    calibration
        How the parameters of the calibration vary beside ``uncertainties``: ``draws`` of the
        fitted ensemble, its ``marginals``, or their ``priors``. Left out: not at all.
    constants
        Numbers held in every run.
    variables
        Variables whose courses are kept, beside those of ``outcomes``.
    chunk
        Runs that are kept or lost together; left out: what makes about 16 MiB.
    """

    title: Text
    note: Text | None = None
    design: Design = "grid"
    n: int | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] = SEED
    second_order: bool = False
    levels: Annotated[int, Field(ge=2, le=64, multiple_of=2)] = 4
    table: Line | None = None
    scenarios: list[Line] = []
    policies: dict[str, ScenarioFile] = {}
    reference: Line | None = None
    calibration: Calibration | None = None
    levers: dict[str, LeverFactor] = {}
    uncertainties: dict[str, Factor] = {}
    constants: dict[str, Finite] = {}
    outcomes: dict[str, Outcome] = {}
    objectives: dict[str, Objective] = {}
    variables: list[Line] = []
    years: list[Finite] | Years | None = None
    precision: Literal["float32", "float64"] = "float32"
    chunk: Annotated[int, Field(ge=1, le=2**20)] | None = None

    @field_validator("n")
    @classmethod
    def _countable(cls, n: int | None) -> int | None:
        if n is not None and not 1 <= n <= MAX_SAMPLES:
            raise ValueError(f"should be at least 1 and at most {MAX_SAMPLES:,}")
        return n

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.n is None) == (self.design in _COUNTED):
            need = "needs" if self.n is None else "takes no"
            raise ValueError(f'design "{self.design}" {need} n')
        if (self.table is None) == (self.design == "table"):
            raise ValueError('design "table" names a file, table = "....csv"; no other does')
        if self.design == "posterior" and self.calibration != "draws":
            raise ValueError('design "posterior" is of draws: calibration = "draws"')
        for name, each in self.objectives.items():
            if each.outcome not in self.outcomes:
                raise ValueError(f'objective "{name}": there is no outcome "{each.outcome}"')
        if not self.outcomes and not self.variables:
            raise ValueError("neither [outcomes] nor variables: nothing would be kept")
        return self


def read_spec(path: Path) -> SweepSpec:
    """Read the specification of a sweep; InputError if it is not one."""
    return load_toml(path, SweepSpec)


def make_spec(given: Any) -> SweepSpec:
    """Return the specification in a mapping, of the same keys as a file; InputError if wrong."""
    from pydantic import ValidationError

    from nqpf.errors import InputError
    from nqpf.study.toml import one_line

    try:
        return SweepSpec.model_validate(given)
    except ValidationError as error:
        raise InputError(f"sweep: {one_line(error, SweepSpec)}") from None
