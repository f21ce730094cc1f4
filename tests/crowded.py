"""Charts that make it hard, and whether one can read a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
from matplotlib import rc_context
from matplotlib.text import Text as TextArtist
from matplotlib.transforms import Bbox

from nqpf.charts.draw import RENDERING
from nqpf.charts.drawing import (
    Band,
    Bar,
    BarPanel,
    Bars,
    Courses,
    Curve,
    Densities,
    Density,
    Diagram,
    Drawing,
    Fit,
    Fits,
    Inequality,
    Link,
    LoopMark,
    Matrix,
    Node,
    Note,
    Panel,
    Pareto,
    Profile,
    Profiles,
    Series,
    Words,
)
from nqpf.charts.page import Page

YEARS = np.arange(2020.0, 2031.0)
FLAT = np.ones_like(YEARS)
LONG = {
    "en": "A scenario with quite a long name that says a great deal about itself",
    "zh": "名字相当长、把自己说得非常清楚明白的一个政策情景（含全部十二项措施）",
}
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255")
_PANELS = {"lines": 2, "panels": 6, "regions": 4, "contributions": 2, "projection": 4, "holdout": 5}


def crowded(kind: str, lang: str) -> Drawing:
    """Return a drawing of a kind with long texts and values that lie on each other."""
    say = LONG[lang]
    head = {
        "kind": kind,
        "title": f"{say}. {say}",
        "subtitle": f"{say}. {say}. {say}",
        "footer": f"{say}. {say}. {say}. {say}. {say}",
    }
    return _MAKERS[kind](head, say)


def _courses(head: Mapping[str, str], say: str) -> Courses:
    curves = tuple(
        Curve(f"{say[:12]} {index}", YEARS, FLAT * (3 + index / 1000), colour)
        for index, colour in enumerate(_COLOURS)
    )
    dots = (YEARS[:3], np.array([1.0, 12345.0, -7.0]))
    panel = Panel(say, say, (2020.0, 2030.0), curves, dots=dots)
    kind = head["kind"]
    if kind == "contributions":
        panel = replace(panel, curves=curves[:1], layers=curves[1:], dots=None)
    if kind == "projection":
        notes = tuple(Note(f"{share} %: 12,345", 3.0) for share in (5, 25, 75, 95))
        panel = replace(panel, curves=curves[:2], notes=notes)
    if kind == "holdout":
        lone = replace(curves[0], x=YEARS[:1], y=FLAT[:1], bands=(Band(FLAT[:1], FLAT[:1] * 2),))
        panel = replace(panel, curves=(lone,))
    panels = (panel,) * _PANELS.get(kind, 1)
    return Courses(**head, panels=panels, first_projected=2023, words=Words(say, say))


def _inequality(head: Mapping[str, str], say: str) -> Inequality:
    course = _courses(head, say)
    shares = np.array([0.0, 1, 2, 99, 100])
    lorenz = tuple(replace(each, x=shares, y=shares) for each in course.panels[0].curves[:4])
    return Inequality(
        **{name: getattr(course, name) for name in course.__dataclass_fields__},
        lorenz=lorenz,
        lorenz_title=say,
        lorenz_axes=(say, say),
        equality=say[:20],
        places=tuple(say[:10] for _ in range(4)),
    )


def _fits(head: Mapping[str, str], say: str) -> Fits:
    band = Band(FLAT * 12344, FLAT * 12346)
    fit = Fit(say, say, YEARS, FLAT * 12345, FLAT * 12345, (band, band), say)
    lone = Fit(*(say, say, YEARS[:1], FLAT[:1], FLAT[:1] * 2, (Band(FLAT[:1], FLAT[:1]),), say))
    return Fits(**head, fits=(fit, fit, lone, fit), names=(say[:20], say[:20], say[:20], say[:20]))


def _densities(head: Mapping[str, str], say: str) -> Densities:
    edges = np.linspace(-0.000123, 12345.678, 11)
    density = Density(say, say, say, edges, FLAT[:10], FLAT[:10] * 2, 5.0)
    return Densities(**head, densities=(density,) * 7, names=(say[:20], say[:20], say[:20]))


def _profiles(head: Mapping[str, str], say: str) -> Profiles:
    x = np.linspace(-0.000123, 12345.678, 11)
    profiles = tuple(
        Profile(
            say, say, say, x, -(np.linspace(-2, 2, 11) ** 2), (6172.0, 0.0), (100, 9000), bounded
        )
        for bounded in (0, 1, 2) * 3
    )
    names = (say[:20], say[:20], say[:20], say[:20], say[:20], say[:20])
    return Profiles(**head, profiles=profiles, drop=1.92, names=names)


def _bars(head: Mapping[str, str], say: str) -> Bars:
    stacked = head["kind"] == "sobol"
    middle = 0.0 if stacked else 12345.0
    ends = ((0.5, 0.9), (-0.01, 0.0), (1.0, 1.2)) if stacked else ((-1, 9), (12344, 12345), (9, 8))
    bars = tuple(
        Bar(
            name=say,
            starts=(middle, middle),
            ends=(float(one), float(other)),
            texts=("−12,345.67", "12,345.67"),
            whiskers=((one - 0.1, one + 0.1), (other - 0.1, other + 0.1)),
        )
        for one, other in ends * 3
    )
    panel = BarPanel(say, say, bars, middle)
    series = (Series(say[:30], "#0072B2"), Series(say[:30], "#E69F00", "////"))
    return Bars(**head, panels=(panel,) * 3, series=series)


def _matrix(head: Mapping[str, str], say: str) -> Matrix:
    diverging = head["kind"] == "synergy"
    count = 12 if diverging else 3
    values = np.linspace(-1, 1, 12 * count).reshape(12, count)
    values[0, 0] = np.nan
    return Matrix(
        **head,
        rows=(say,) * 12,
        columns=("L1.1",) * 12 if diverging else (say,) * 3,
        values=values,
        texts=(("(+0.12)",) * count,) * 12,
        unit=say,
        diverging=diverging,
        limits=(-1.0, 1.0),
        ends=(say[:20], say[:20]),
    )


def _pareto(head: Mapping[str, str], say: str) -> Pareto:
    front = np.column_stack([FLAT * 12345 + YEARS / 100, YEARS])
    return Pareto(
        **head,
        front=front,
        low=front - 1,
        high=front + 1,
        others=front - 2,
        axes=(say, say),
        levers=(say,) * 12,
        strengths=np.tile(np.linspace(0, 1, len(YEARS)), (12, 1)),
        names=((0, "A"), (5, "B"), (10, "C")),
        words=(say[:20], say[:20], say, say[:10]),
    )


def _diagram(head: Mapping[str, str], say: str) -> Diagram:
    """Return stocks in a chain, each with flows and loops, and auxiliaries that read them all."""
    names = [f"{say[:24]} {number}" for number in range(4)]
    nodes = [Node(f"s{k}", name, "stock") for k, name in enumerate(names)]
    nodes += [Node(f"f{k}", name, "flow") for k, name in enumerate(names)]
    nodes += [Node(f"a{k}", name, "auxiliary") for k, name in enumerate(names)]
    nodes += [Node(f"x{k}", name, "shadow") for k, name in enumerate(names)]
    links = [Link(f"f{k}", f"s{k}", "pipe") for k in range(4)]
    links += [Link(f"s{k}", f"f{k + 1}", "pipe") for k in range(3)]
    links += [Link(f"s{k}", f"f{k}", "link", -1) for k in range(4)]
    links += [Link(f"s{k}", f"a{j}", "link", 1) for k in range(4) for j in range(4)]
    links += [Link(f"x{k}", f"a{k}", "link", -1) for k in range(4)]
    links += [Link(f"a{k}", f"f{3 - k}", "link", 1) for k in range(4)]
    loops = tuple(LoopMark(f"R{k}", f"R{k} {say} → {say}", 1, ("s0", "s1")) for k in range(5))
    return Diagram(
        **head, nodes=tuple(nodes), links=tuple(links), loops=loops, legend=(say[:12],) * 6
    )


_MAKERS: Mapping[str, Callable[[Mapping[str, str], str], Drawing]] = {
    **dict.fromkeys(("lines", "panels", "regions", "contributions", "projection"), _courses),
    "inequality": _inequality,
    "fit": _fits,
    "posterior": _densities,
    "profiles": _profiles,
    "holdout": _courses,
    "sobol": _bars,
    "tornado": _bars,
    "ranks": _matrix,
    "synergy": _matrix,
    "pareto": _pareto,
    "structure": _diagram,
}


def boxes(page: Page) -> dict[TextArtist, Bbox]:
    """Return where every visible text of a page lies, in pixels."""
    with rc_context(RENDERING):
        page.figure.canvas.draw()
    hidden = {
        label
        for axes in page.figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    texts = [each for each in page.figure.findobj(TextArtist) if isinstance(each, TextArtist)]
    return {
        text: text.get_window_extent()
        for text in texts
        if text.get_visible() and text.get_text().strip() and text not in hidden
    }


def assert_readable(page: Page, fewest: int = 10) -> None:
    """Assert that no text leaves the page or touches another."""
    found = boxes(page)
    frame = page.figure.bbox
    assert len(found) >= fewest
    for text, box in found.items():
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= frame.x1 and box.y1 <= frame.y1
        assert inside, f"{text.get_text()!r} leaves the page"
    for (one, box), (other, second) in combinations(found.items(), 2):
        across = min(box.x1, second.x1) - max(box.x0, second.x0)
        down = min(box.y1, second.y1) - max(box.y0, second.y0)
        # Line boxes include the room for accents and descenders: two pixels of it may be shared.
        assert across <= 1 or down <= 2, f"{one.get_text()!r} lies on {other.get_text()!r}"
