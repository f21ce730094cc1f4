"""Charts: what they show, what is wrong with a specification, and whether one can read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager, get_data_path, rc_context

import nqpf.charts.fonts
from crowded import assert_readable, crowded
from nqpf.charts.draw import RENDERING, draw, draw_to
from nqpf.charts.drawing import Courses, Curve, bands
from nqpf.charts.fonts import font_for
from nqpf.charts.gallery import Gallery
from nqpf.charts.labels import spread
from nqpf.charts.making.courses import PanelSpec, transformed
from nqpf.charts.material import Results
from nqpf.charts.page import Page
from nqpf.charts.spec import read_style
from nqpf.charts.studio import Studio
from nqpf.errors import InputError
from nqpf.study.folder import open_study, shipped_study
from nqpf.study.toml import Text
from small_study import write_study

YEARS = np.arange(2020.0, 2031.0)
SCENARIOS = ["baseline", "effort", "late", "north"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_study(tmp_path)


def results() -> xr.Dataset:
    """Return made-up results with the names of the small study."""
    grown = 1.03 ** (YEARS - 2020) * np.linspace(1, 1.2, 4)[:, None]
    both = np.stack([120 * grown, 80 * grown], axis=-1)
    axes = ("scenario", "time")
    part = np.broadcast_to(0.02, grown.shape)
    return xr.Dataset(
        {
            "Output": ((*axes, "Region"), both),
            "Total output": (axes, both.sum(-1)),
            "North share": (axes, both[..., 0] / both.sum(-1)),
            "Growth": ((*axes, "Region"), np.stack([2 * part, part], axis=-1)),
            "Own part": ((*axes, "Region"), np.stack([part, part], axis=-1)),
            "Effort part": ((*axes, "Region"), np.stack([part, part], axis=-1)),
        },
        {"scenario": SCENARIOS, "time": YEARS, "Region": ["North", "South"]},
    )


def drawings(
    folder: Path,
    lang: str = "en",
    data: xr.Dataset | None = None,
    draws: xr.Dataset | None = None,
) -> dict[str, Courses]:
    gallery = Gallery(open_study(folder))
    given = Results(results() if data is None else data, draws)
    found = gallery.drawn(gallery.of("projections"), given, lang)
    return {
        Path(name).name.partition(".")[0]: drawing
        for name, drawing in found.items()
        if isinstance(drawing, Courses)
    }


# --- labels -------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.floats(-5, 15), st.floats(0.1, 3)), min_size=1, max_size=9),
)
def test_labels_never_overlap_and_keep_their_order(labels: list[tuple[float, float]]) -> None:
    wanted, sizes = (np.array(column) for column in zip(*labels, strict=True))
    centres = spread(wanted.tolist(), sizes.tolist(), 0, 10)
    order = np.argsort(wanted, kind="stable")
    for before, after in pairwise(order):
        assert centres[after] - centres[before] >= (sizes[before] + sizes[after]) / 2 - 1e-9
    if sizes.sum() <= 10:
        assert (centres - sizes / 2).min() >= -1e-9
        assert (centres + sizes / 2).max() <= 10 + 1e-9


def test_labels_move_as_little_as_possible() -> None:
    assert spread([1, 5, 9], [1, 1, 1], 0, 10).tolist() == [1, 5, 9]
    # Three that want one place stand around it; the fourth is far enough away.
    assert spread([5, 5, 5, 9], [1, 1, 1, 1], 0, 10).tolist() == [4, 5, 6, 9]
    # At the end of the line they are pushed back together.
    assert spread([9.9, 10], [1, 2], 0, 10).tolist() == [7.5, 9]


# --- numbers ------------------------------------------------------------------------------------


def panel(**keys: object) -> PanelSpec:
    text = Text(en="x", zh="x")
    return PanelSpec.model_validate({"variable": "V", "title": text, "unit": text, **keys})


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"scale": 10.0}, [10, 20, 80]),
        ({"transform": "percent"}, [100, 200, 800]),
        # The second step takes two years: doubled each year.
        ({"transform": "growth"}, [100, 100]),
        ({"transform": "index", "base": 2001}, [50, 100, 400]),
        ({"transform": "ratio"}, [0, 100, 300]),
    ],
)
def test_transforms_by_hand(keys: dict[str, object], expected: list[float]) -> None:
    time, values = np.array([2000.0, 2001, 2003]), np.array([1.0, 2, 8])
    reference = np.array([1.0, 1, 2])
    x, y = transformed(time, values[None], panel(**keys), reference[None])
    assert y[0].tolist() == pytest.approx(expected)
    assert x.tolist() == time[-len(expected) :].tolist()


def test_a_stack_ends_at_the_sum() -> None:
    rng = np.random.default_rng(1)
    layers = tuple(
        Curve(str(index), YEARS, rng.normal(size=len(YEARS)), "#000000") for index in range(5)
    )
    edges = bands(layers)
    top, bottom = edges[4][1], edges[9][1]
    np.testing.assert_allclose(top + bottom, sum(layer.y for layer in layers))
    assert (top >= 0).all()
    assert (bottom <= 0).all()


def test_drawings_hold_what_the_specification_asks_for(folder: Path) -> None:
    made = drawings(folder)
    assert list(made) == ["output", "places", "sources", "both"]
    against, level = made["output"].panels
    assert [curve.name for curve in against.curves] == [
        "Baseline",
        "Effort\N{NO-BREAK SPACE}+6.7",
        "Late effort\N{NO-BREAK SPACE}+13.3",
    ]
    # The past is one line, the baseline's; the others begin with the projection.
    assert [curve.x[0] for curve in level.curves] == [2020, 2023, 2023]
    assert level.dots is not None
    assert level.dots[1].tolist() == [200, 208.5, 217]
    north, south = made["places"].panels
    assert (north.title, south.title) == ("The North", "South")
    np.testing.assert_allclose(north.curves[0].y, 3)
    total, layers = made["sources"].panels[0].curves[0], made["sources"].panels[0].layers
    np.testing.assert_allclose(total.y, sum(layer.y for layer in layers))
    share, index = made["both"].panels
    np.testing.assert_allclose(share.curves[0].y, 60)
    assert index.curves[0].y[3] == pytest.approx(100)


def test_words_are_in_the_language(folder: Path) -> None:
    drawing = drawings(folder, "zh")["output"]
    assert drawing.title == "产出如何增长"
    assert drawing.words.observed == "观测值"
    assert drawing.panels[1].curves[2].name == "迟到的努力"


def test_charts_show_the_scenarios_that_were_run(folder: Path) -> None:
    some = drawings(folder, data=results().sel(scenario=["baseline", "late"]))
    assert len(some["output"].panels[0].curves) == 2
    none = drawings(folder, data=results().sel(scenario=["north"]))
    assert list(none) == ["places", "both"]


def test_a_scenario_looks_the_same_everywhere(folder: Path) -> None:
    looks: dict[str, set[tuple[str, tuple[float, ...]]]] = {}
    for drawing in drawings(folder).values():
        if drawing.kind != "contributions":
            for curve in (curve for panel in drawing.panels for curve in panel.curves):
                name = curve.name.partition("\N{NO-BREAK SPACE}")[0]
                looks.setdefault(name, set()).add((curve.colour, curve.dash))
    assert len(looks) == 4
    assert all(len(look) == 1 for look in looks.values())
    assert len(set.union(*looks.values())) == 4


def test_the_shipped_scenarios_can_be_told_apart() -> None:
    study = open_study(shipped_study())
    style = read_style(study.plots)
    assert set(style.scenarios) <= set(study.scenarios)
    looks = [(each.colour, tuple(each.dash)) for each in style.scenarios.values()]
    assert len(set(looks)) == len(looks)


# --- broken specifications ----------------------------------------------------------------------

BROKEN = {
    "kind": ("output", '"lines"', '"linse"', "kind = 'linse': should be 'projection', 'lines',"),
    "key": ("output", "digits", "digts", 'unknown key "digts" in [panel #1]. Did you mean "dig'),
    "scenario": ("output", '"late"]', '"lat"]', 'unknown scenario "lat". Did you mean "late"?'),
    "variable": ("output", '"Total output"', '"Total outptu"', 'Did you mean "Total output"?'),
    "subscripts": ("output", '"Total output"', '"Output"', 'name the elements, "Output[...]"'),
    "target": ("output", 'observed = "output"', 'observed = "outptu"', 'Did you mean "output"?'),
    "other target": ("both", "base = 2023", 'base = 2023\nobserved = "output"', "a target of"),
    "subscript": ("places", '"Region"', '"Regoin"', 'no subscript "Regoin". Did you mean "Reg'),
    "index": ("both", "base = 2023", "", '"base" (a year) goes with transform "index"'),
    "parts": ("sources", '"contributions"', '"lines"', 'unknown key "part"'),
    "colour": ("sources", '"#E69F00"', '"orange"', "part #2.colour = 'orange'"),
    "style": ("style", "[words.observed]", "[words.observd]", 'Did you mean "observed"?'),
    "years": ("output", "digits = 1", "digits = 1\nyears = [1900, 1910]", "no value in the years"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_specification_is_one_line(case: str, folder: Path) -> None:
    name, old, new, said = BROKEN[case]
    path = folder / "plots" / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        drawings(folder)
    assert f"plots/{name}.toml" in str(caught.value).replace("\\", "/")
    assert "\n" not in str(caught.value)


def test_a_comparison_needs_the_baseline(folder: Path) -> None:
    with pytest.raises(InputError, match='the results lack the baseline "baseline"'):
        drawings(folder, data=results().sel(scenario=["late"]))


# --- fonts --------------------------------------------------------------------------------------


def has_chinese() -> bool:
    try:
        return bool(font_for("汉字"))
    except InputError:
        return False


needs_chinese = pytest.mark.skipif(not has_chinese(), reason="no font with Chinese characters here")


def test_english_is_drawn_in_the_font_that_comes_with_matplotlib() -> None:
    assert font_for("Growth – 2 % 'and' so on") == "DejaVu Sans"


@needs_chinese
def test_a_font_is_chosen_by_its_characters() -> None:
    name = font_for("GDP 增速（%／年）")
    path = font_manager.findfont(name, fallback_to_default=False)
    assert ord("增") in font_manager.get_font(path).get_charmap()


def test_without_a_font_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    # What matplotlib brings: faces for Latin, and one that has a box for every other character.
    own = [e for e in font_manager.fontManager.ttflist if e.fname.startswith(get_data_path())]
    assert any("Last Resort" in each.name for each in own)
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    monkeypatch.setattr(nqpf.charts.fonts, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install .nqpf\[zh\]") as caught:
        font_for("增速")
    assert "\n" not in str(caught.value)


def test_a_font_installed_since_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    path = font_manager.findfont(font_manager.FontProperties("DejaVu Sans"))  # upright, normal
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [path])
    monkeypatch.setattr(nqpf.charts.fonts, "find_spec", lambda _: None)
    assert font_for("Growth") == "DejaVu Sans"


# --- the page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", pytest.param("zh", marks=needs_chinese)])
def test_charts_of_a_study_can_be_read(lang: str, folder: Path) -> None:
    for drawing in drawings(folder, lang).values():
        assert_readable(draw(drawing))


@pytest.fixture
def rendering() -> Iterator[None]:
    """Measure as it is drawn: what is measured is remembered."""
    with rc_context(RENDERING):
        yield


@pytest.mark.usefixtures("rendering")
def test_text_breaks_where_it_may() -> None:
    page = Page(crowded("lines", "en"), 6, 6)
    text = "One two three four five six seven eight nine ten"
    lines = page.wrap(text, 1.0, 9)
    assert len(lines) > 2
    assert " ".join(lines) == text
    assert all(page.measure(line, 9) <= 1.0 for line in lines)
    assert page.wrap("a\N{NO-BREAK SPACE}b c", 0.01, 9) == ["a\N{NO-BREAK SPACE}b", "c"]


@needs_chinese
@pytest.mark.usefixtures("rendering")
def test_chinese_breaks_between_characters_but_not_before_a_comma() -> None:
    drawing = crowded("lines", "zh")
    page = Page(replace(drawing, font=font_for(drawing.text)), 6, 6)
    text = "投入支撑研究，人才开展研究，成果转化应用（GDP growth），产业升级。"
    for width in np.linspace(0.4, 2, 17):
        lines = page.wrap(text, width, 9)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert not any(line[0] in "，。）" for line in lines)


def test_charts_are_drawn_in_other_processes(folder: Path, tmp_path: Path) -> None:
    made = drawings(folder)
    with Studio(len(made)) as studio:
        studio.start({tmp_path / f"{name}.png": drawing for name, drawing in made.items()})
        paths = list(studio.finished())
    assert sorted(path.stem for path in paths) == sorted(made)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_other_formats_follow_the_suffix(folder: Path, tmp_path: Path) -> None:
    drawing = drawings(folder)["output"]
    for suffix, start in (("svg", b"<?xml"), ("pdf", b"%PDF")):
        draw_to(drawing, tmp_path / f"a.{suffix}")
        assert (tmp_path / f"a.{suffix}").read_bytes().startswith(start)
