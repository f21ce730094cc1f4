"""The study's charts for the page: courses as data that it draws, all others as pictures."""

from __future__ import annotations

import base64
import gzip
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nqpf.charts.drawing import Courses, Curve, Drawing, Inequality, Panel, bands
from nqpf.charts.kinds import KINDS, Source
from nqpf.charts.making.sweeps import SweepSpec
from nqpf.charts.material import Results
from nqpf.errors import InputError
from nqpf.study.toml import LANGUAGES

if TYPE_CHECKING:
    from nqpf.charts.spec import Chart
    from nqpf.report.material import Material

_DIGITS = 5  # significant ones: finer than a screen shows, and a third of the size

Texts = dict[str, str]


def figures(material: Material, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return the charts that ``plots/`` specifies and there are results for, in their order.

    Each is what JSON can hold: ``source`` says which part of the page it belongs to; with
    ``panels`` the page draws it, with ``pictures`` it shows them (SVG, gzip, base64; by language).
    """
    gallery = material.gallery
    results = Results(material.runs, material.draws, material.folder)
    found: list[tuple[Chart, str, list[Drawing]]] = []
    for chart in gallery.charts:
        drawn = [gallery.drawn([chart], results, lang, ("svg",)) for lang in LANGUAGES]
        for versions in zip(*(each.items() for each in drawn), strict=True):
            name = Path(versions[0][0]).name.partition(".")[0]
            found.append((chart, name, [drawing for _, drawing in versions]))
    pictures = _pictures(
        {name: versions for _, name, versions in found if not isinstance(versions[0], Courses)},
        tell,
    )
    return [
        _shared(chart, name, versions)
        | (
            {"pictures": pictures[name]}
            if name in pictures
            else _courses(_scenarios(chart, material), [v for v in versions if _is_course(v)])
        )
        for chart, name, versions in found
    ]


def numbers(values: np.ndarray) -> list[float]:
    """Return values as JSON holds them, rounded."""
    return [float(f"{value:.{_DIGITS}g}") for value in values.tolist()]


def _is_course(drawing: Drawing) -> bool:
    return isinstance(drawing, Courses)


def _scenarios(chart: Chart, material: Material) -> list[str]:
    """Return the scenarios of a chart that were run; its curves are in their order."""
    return [name for name in getattr(chart.spec, "scenarios", []) if name in material.scenarios]


def _shared(chart: Chart, name: str, versions: Sequence[Drawing]) -> dict[str, Any]:
    source: Source = KINDS[chart.spec.kind].source
    return {
        "id": name,
        "kind": chart.spec.kind,
        "source": source,
        "sweep": chart.spec.sweep if isinstance(chart.spec, SweepSpec) else "",
        "title": _texts(each.title for each in versions),
        "subtitle": _texts(each.subtitle for each in versions),
        "footer": _texts(each.footer for each in versions),
    }


# --- pictures -----------------------------------------------------------------------------------


def _pictures(
    drawings: Mapping[str, Sequence[Drawing]], tell: Callable[[str], None]
) -> dict[str, Texts]:
    """Return each drawing's pictures by language; where no font has Chinese, only English ones."""
    from nqpf.charts.studio import Studio

    if not drawings:
        return {}
    try:
        _require_fonts(drawings)
        languages = LANGUAGES
    except InputError:
        languages = LANGUAGES[:1]
    with tempfile.TemporaryDirectory() as folder, Studio(len(drawings)) as studio:
        jobs = {
            Path(folder) / f"{name}.{lang}.svg": versions[LANGUAGES.index(lang)]
            for name, versions in drawings.items()
            for lang in languages
        }
        studio.start(jobs)
        for done, path in enumerate(studio.finished(), 1):
            tell(f"Drawing the charts: {done} of {len(jobs)} ({path.stem})")
        packed = {path.stem: _packed(path) for path in jobs}
    return {name: {lang: packed[f"{name}.{lang}"] for lang in languages} for name in drawings}


def _require_fonts(drawings: Mapping[str, Sequence[Drawing]]) -> None:
    from nqpf.charts.fonts import font_for

    font_for("".join(sorted({c for many in drawings.values() for each in many for c in each.text})))


def _packed(path: Path) -> str:
    # The page unpacks it: a picture of curves and letters takes a sixth of its size.
    return base64.b64encode(gzip.compress(path.read_bytes(), mtime=0)).decode("ascii")


# --- courses ------------------------------------------------------------------------------------


def _courses(scenarios: list[str], versions: Sequence[Any]) -> dict[str, Any]:
    first: Courses = versions[0]
    panels = [
        _panel([each.panels[place] for each in versions], scenarios)
        for place in range(len(first.panels))
    ]
    if isinstance(first, Inequality):
        panels.append(_lorenz(versions))
    return {
        "projected": first.first_projected,
        "words": {
            "observed": _texts(each.words.observed for each in versions),
            "projection": _texts(
                each.words.projection.format(year=f"{each.first_projected:g}") for each in versions
            ),
            "bands": _texts(each.words.bands for each in versions),
        },
        "panels": panels,
    }


def _panel(versions: Sequence[Panel], scenarios: list[str]) -> dict[str, Any]:
    first = versions[0]
    stack = bands(first.layers)
    half = len(first.layers)
    # A stack's one curve is the sum of its layers; where there are scenarios, curves are theirs.
    numbered = [f"curve{place}" for place in range(len(first.curves))]
    keys = ["total"] if first.layers else scenarios or numbered
    return {
        "title": _texts(each.title for each in versions),
        "unit": _texts(each.unit for each in versions),
        "years": list(first.years),
        "zero": first.zero,
        "curves": [
            _curve([each.curves[place] for each in versions], keys[place])
            for place in range(len(first.curves))
        ],
        "layers": [
            _curve([each.layers[place] for each in versions], f"layer{place}")
            | {"edges": [[numbers(low), numbers(high)] for low, high in (up, down)]}
            for place, (up, down) in enumerate(zip(stack[:half], stack[half:], strict=True))
        ],
        "dots": None if first.dots is None else [numbers(each) for each in first.dots],
    }


def _lorenz(versions: Sequence[Inequality]) -> dict[str, Any]:
    """Return Lorenz curves, and the line of equality, as a panel over shares in %."""
    first = versions[0]
    equal = np.array([0.0, 100.0])
    line = [Curve(each.equality, equal, equal, "#767676", (1.0, 2.0), 1.0) for each in versions]
    return {
        "title": _texts(each.lorenz_title for each in versions),
        "unit": _texts(each.lorenz_axes[1] for each in versions),
        "across": _texts(each.lorenz_axes[0] for each in versions),
        "years": [0, 100],
        "zero": True,
        "curves": [
            *(
                _curve([each.lorenz[place] for each in versions], f"lorenz{place}")
                for place in range(len(first.lorenz))
            ),
            _curve(line, "equality"),
        ],
        "layers": [],
        "dots": None,
    }


def _curve(versions: Sequence[Curve], key: str) -> dict[str, Any]:
    first = versions[0]
    return {
        "key": key,
        "name": _texts(each.name for each in versions),
        "colour": first.colour,
        "dash": list(first.dash),
        "width": first.width,
        "x": numbers(first.x),
        "y": numbers(first.y),
        "bands": [[numbers(band.low), numbers(band.high)] for band in first.bands],
    }


def _texts(versions: Iterable[str]) -> Texts:
    return dict(zip(LANGUAGES, versions, strict=True))
