"""The charts of a study: their specifications, their files, their drawings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nqpf.charts.drawing import Drawing
from nqpf.charts.kinds import KINDS, Source
from nqpf.charts.material import Material, Results
from nqpf.charts.spec import STYLE, Chart, read_charts, read_style
from nqpf.errors import InputError, did_you_mean
from nqpf.study import names, targets
from nqpf.study.folder import Study
from nqpf.study.results import CHARTS, DATA, read_draws, read_results
from nqpf.study.statistics import read_statistics
from nqpf.study.toml import LANGUAGES, shown

FORMATS = ("png", "svg", "pdf")


class Gallery:
    """The charts that a study specifies."""

    def __init__(self, study: Study) -> None:
        """Read and check every specification, and the statistics that charts show."""
        folder = study.calibration
        numbers, aims = folder / "statistics", folder / targets.FILE
        self.study = study
        self.charts = read_charts(study.plots)
        styled = self.charts or (study.plots / STYLE).exists()
        self.style = read_style(study.plots) if styled else None
        self._targets = targets.read_targets(aims) if aims.exists() else {}
        self._statistics = read_statistics(numbers) if numbers.is_dir() else None
        self._names = names.read_names(study.folder / "model" / names.FILE)

    @property
    def baseline(self) -> str | None:
        """Scenario that the others are compared with."""
        return self.style.baseline if self.style else None

    @property
    def every_file(self) -> list[str]:
        """Names that charts of projections have in a results folder, in all languages."""
        return [
            _file(chart, "", lang, form)
            for chart in self.of("projections")
            for lang in LANGUAGES
            for form in FORMATS
        ]

    @property
    def columns(self) -> list[str]:
        """Columns of results that the charts show, as their specifications call them."""
        return [column for chart in self.charts for column in chart.spec.columns]

    def choose(self, wanted: Iterable[str]) -> list[Chart]:
        """Return the charts called ``wanted``; all if none is named."""
        known = {chart.name: chart for chart in self.charts}
        asked = list(wanted)
        for name in asked:
            if name not in known:
                hint = did_you_mean(name, known) or f" Known: {', '.join(known)}."
                raise InputError(f'Unknown chart "{name}".{hint}')
        return [known[name] for name in dict.fromkeys(asked)] if asked else list(self.charts)

    def results(self, charts: Iterable[Chart], folder: Path, *, named: bool) -> Results:
        """Return what a results folder holds for some charts.

        Parameters
        ----------
        named
            Whether the user asked for just these charts, so that none may be left out.

        Raises
        ------
        InputError
            The folder holds nothing that any of them is made from, or not what a named one is
            made from; or its files are broken.
        """
        data = draws = None
        if (folder / DATA).exists():
            data, _ = read_results(folder)
            draws = read_draws(folder)
        found = Results(data, draws, folder)
        lacks = [KINDS[chart.spec.kind].lacks(chart.spec, found) for chart in charts]
        missing = [each for each in lacks if each is not None]
        needed = [c for c in charts if KINDS[c.spec.kind].source != "model"]
        if missing and (named or len(missing) == len(needed)):
            raise InputError(f"{shown(folder)}: {missing[0]}")
        return found

    def drawn(
        self, charts: Iterable[Chart], results: Results, lang: str, forms: Iterable[str] = ("png",)
    ) -> dict[str, Drawing]:
        """Return the drawings of ``charts`` by file name; left out is what lacks its results.

        Parameters
        ----------
        forms
            Formats of the files, some of `FORMATS`.
        """
        material = self.material(results, lang)
        if material is None:
            return {}
        made = [
            (chart, part, drawing)
            for chart in charts
            if KINDS[chart.spec.kind].lacks(chart.spec, results) is None
            for part, drawing in KINDS[chart.spec.kind].make(chart, material).items()
        ]
        return {
            _file(chart, part, lang, form): drawing
            for form in forms
            for chart, part, drawing in made
        }

    def material(self, results: Results, lang: str) -> Material | None:
        """Return what charts are made from, with their words; None for a study without charts."""
        if self.style is None:
            return None
        return Material(
            study=self.study,
            results=results,
            style=self.style,
            targets=self._targets,
            statistics=self._statistics,
            names=self._names,
            lang=lang,
        )

    def of(self, source: Source) -> list[Chart]:
        """Return the charts that are made from a source."""
        return [chart for chart in self.charts if KINDS[chart.spec.kind].source == source]


def _file(chart: Chart, part: str, lang: str, form: str) -> str:
    return str(Path(CHARTS) / f"{'-'.join(filter(None, (chart.name, part)))}.{lang}.{form}")
