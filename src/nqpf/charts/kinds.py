"""The kinds of charts: what their specification holds, what they are made from, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from nqpf.charts.drawing import Drawing
from nqpf.charts.making import calibration, courses, structure, sweeps
from nqpf.charts.making.sweeps import SweepSpec
from nqpf.charts.material import Material, Results
from nqpf.charts.spec import Chart, ChartSpec
from nqpf.study.results import CALIBRATION, DATA, HOLDOUT_SERIES, PROFILES

Source = Literal["projections", "calibration", "sweep", "model"]
"""What a chart is made from: files of `nqpf run`, of other commands, or the model file alone."""

Make = Callable[[Chart, Material], Mapping[str, Drawing]]


@dataclass(frozen=True)
class Kind:
    """One kind; `nqpf.charts.draw` says which function draws it."""

    spec: type[ChartSpec]
    source: Source
    make: Make
    needs: tuple[str, ...] = (CALIBRATION,)
    """Files of a calibration that it is made from."""

    def lacks(self, spec: ChartSpec, results: Results) -> str | None:
        """Say what a chart cannot be made without, in one line; None if it is all there."""
        match self.source:
            case "projections" if results.data is None:
                return f'no {DATA} here. Make it with "nqpf run".'
            case "calibration" if missing := [each for each in self.needs if not results.has(each)]:
                held = " --holdout YEAR" if missing[0] == HOLDOUT_SERIES else ""
                return f'no {missing[0]} here. Make it with "nqpf calibrate{held}".'
            case "sweep" if isinstance(spec, SweepSpec):
                return spec.lacks(results)
            case _:
                return None


KINDS: Mapping[str, Kind] = {
    "projection": Kind(courses.CoursesSpec, "projections", courses.prepare),
    "lines": Kind(courses.CoursesSpec, "projections", courses.prepare),
    "panels": Kind(courses.CoursesSpec, "projections", courses.prepare),
    "regions": Kind(courses.RegionsSpec, "projections", courses.prepare_regions),
    "contributions": Kind(courses.ContributionsSpec, "projections", courses.prepare_contributions),
    "inequality": Kind(courses.InequalitySpec, "projections", courses.prepare_inequality),
    "fit": Kind(calibration.FitSpec, "calibration", calibration.prepare_fit),
    "holdout": Kind(
        calibration.FitSpec, "calibration", calibration.prepare_holdout, (HOLDOUT_SERIES,)
    ),
    "posterior": Kind(calibration.ParametersSpec, "calibration", calibration.prepare_posterior),
    "profiles": Kind(
        *(calibration.ParametersSpec, "calibration", calibration.prepare_profiles),
        (CALIBRATION, PROFILES),
    ),
    "sobol": Kind(sweeps.FactorsSpec, "sweep", sweeps.prepare_sobol),
    "tornado": Kind(sweeps.FactorsSpec, "sweep", sweeps.prepare_tornado),
    "ranks": Kind(sweeps.RanksSpec, "sweep", sweeps.prepare_ranks),
    "synergy": Kind(sweeps.SynergySpec, "sweep", sweeps.prepare_synergy),
    "pareto": Kind(sweeps.ParetoSpec, "sweep", sweeps.prepare_pareto),
    "structure": Kind(structure.StructureSpec, "model", structure.prepare),
}
