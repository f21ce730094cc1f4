"""The report in a real browser: drawn, quiet, offline, readable, and reachable by keyboard."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from nqpf.study.folder import shipped_study
from test_cli import run_command

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "msedge"),
)
_MEGABYTES = 6
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        pytest.skip("no Chromium here; on Debian or Ubuntu: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="needs the test extra")
    with api.sync_playwright() as play:
        # In a container the tests may be run by root, for whom Chromium has no sandbox.
        found = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()


HOLDOUT = {
    "fit": {"years": "2000-2022", "n": 3, "MAPE": 1.5, "UM": 0.2},
    "windows": {"first": 2000, "last": 2004, "n": 5, "bias": -1.25, "growth": 0.3},
    "holdout": {"years": "2016-2022", "n": 7, "MAPE": 0.7, "random walk": 21.0, "trend": 8.9,
                "within 50%": 0.5, "within 90%": 0.75},
}  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the shipped study, with a sweep and bands of few draws, and a hold-out."""
    out = tmp_path_factory.mktemp("report")
    run_command("run", "--draws", "40", "--quiet", "--out", str(out))
    sweep = (shipped_study() / "scenarios" / "sweeps" / "paths.toml").read_text("utf-8")
    (out / "paths.toml").write_text(sweep.replace("n = 1000", "n = 16"), "utf-8")
    store = str(out / "sweeps" / "paths")
    run_command("sweep", str(out / "paths.toml"), "--quiet", "--out", store)
    run_command("analyse", "ranks", store, "--quiet")
    for name, row in HOLDOUT.items():
        table = pd.DataFrame([{"target": "gdp", "element": ""} | row])
        table.to_csv(out / f"{name}.csv", index=False)
    series = pd.DataFrame({"target": "gdp", "element": "", "year": [2014.0, 2015, 2016]})
    series = series.assign(observed=[37000.0, 40000, 43000])
    series.to_csv(out / "series.csv", index=False)
    bands = {f"data {share}%": 43000.0 + 10 * share for share in (5, 25, 50, 75, 95)}
    series[2:].assign(**bands).to_csv(out / "holdout_series.csv", index=False)
    run_command("report", "--quiet", "--out", str(out))
    return out / "report.html"


@dataclass
class Visit:
    """A page that is open, and what it did."""

    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


Open = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, report: Path) -> Iterator[Open]:
    contexts = []

    def make(width: int = 1280, height: int = 900, **options: Any) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        found = Visit(context.new_page())
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.on("console", lambda message: found.said.append(message.text))
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.goto(report.as_uri())
        return found

    yield make
    for context in contexts:
        context.close()


def test_it_is_small_enough_to_send(report: Path) -> None:
    assert report.stat().st_size < _MEGABYTES * 1e6


def test_every_chart_is_drawn_and_nothing_is_asked_of_a_network(visit: Open, report: Path) -> None:
    found = visit()
    page = found.page
    for lang in ("en", "zh"):
        page.click(f"[data-set-lang={lang}]")
        page.evaluate("Page.openAll()")
        places = page.locator(".plot > div > div:last-child")
        assert places.count() > 30
        assert page.locator(".plot > div > div[data-drawn] svg").count() == places.count()
    marks = page.locator("#c-gains svg .mark-line path")
    assert marks.count() >= 10  # six scenarios in one panel, as many in the other
    lengths = marks.evaluate_all("paths => paths.map(path => path.getTotalLength())")
    assert min(lengths) > 100
    sizes = page.locator(".plot img").evaluate_all("all => all.map(each => each.naturalWidth)")
    assert len(sizes) > 5
    assert min(sizes) > 100
    assert page.locator("#drivers img").count() == 1
    # Bands of the one year that it is judged by are bars.
    assert page.locator("#c-holdout svg .mark-rule line[stroke-width='14']").count() == 2
    # What the page unpacks from itself has an address, too.
    assert [url for url in found.requests if not url.startswith("blob:")] == [report.as_uri()]
    assert found.said == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_language_is_shown_at_a_time(visit: Open, lang: str) -> None:
    page = visit().page
    page.click(f"[data-set-lang={lang}]")
    shown = page.inner_text("#answer")
    assert ("What does each path add" in shown) == (lang == "en")
    assert ("每条路径带来多少增量" in shown) == (lang == "zh")
    assert page.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-CN"}[lang]
    page.locator("#c-gains").scroll_into_view_if_needed()
    page.wait_for_selector("#c-gains [data-drawn]")
    chips = page.inner_text("#c-gains .chips")
    assert ("Institutions" in chips) == (lang == "en")
    assert ("体制机制" in chips) == (lang == "zh")


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_no_width_scrolls_sideways(visit: Open, width: int) -> None:
    page = visit(width=width).page
    page.evaluate("Page.openAll()")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    over = page.evaluate(
        "[...document.querySelectorAll('figure svg')].filter(each =>"
        " each.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert over == 0


def test_a_scenario_can_be_left_out_by_keyboard(visit: Open) -> None:
    page = visit().page
    page.locator("#c-gains").scroll_into_view_if_needed()
    page.wait_for_selector("#c-gains [data-drawn]")
    lines = page.locator("#c-gains .plot > div:first-child svg .mark-line path")
    before = lines.count()
    page.focus("#c-gains .chips input[data-key=talent]")
    page.keyboard.press("Space")
    page.wait_for_function(
        f"document.querySelectorAll('#c-gains .plot > div:first-child svg .mark-line path').length"
        f" === {before - 1}"
    )
    assert page.evaluate("document.activeElement.dataset.key") == "talent"


def test_values_show_under_the_pointer(visit: Open) -> None:
    page = visit().page
    page.locator("#c-gains").scroll_into_view_if_needed()
    page.wait_for_selector("#c-gains [data-drawn]")
    curve = page.locator("#c-gains .plot > div:first-child svg .mark-line path").first
    curve.scroll_into_view_if_needed()
    box = curve.bounding_box()
    assert box is not None
    for step in range(2):
        page.mouse.move(box["x"] + box["width"] / 2 + step, box["y"] - 20)
    tip = page.wait_for_selector("#vg-tooltip-element.visible")
    assert tip is not None
    said = tip.inner_text()
    assert "Year" in said
    assert "Institutions" in said


def test_the_tab_key_reaches_everything_in_order_with_a_visible_focus(visit: Open) -> None:
    page = visit().page
    seen: list[str] = []
    outlined = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(e => e.getAttribute('href') || e.dataset.setLang || e.id || e.tagName)"
                "(document.activeElement)"
            )
        )
        outlined.append(
            page.evaluate(
                "(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)"
                "(getComputedStyle(document.activeElement))"
            )
        )
    assert seen[:6] == ["#answer", "#top", "en", "zh", "theme", "print"]
    assert "#equations" in seen
    assert "#s-institutions" in seen
    assert all(outlined)


def test_a_link_opens_what_it_leads_to(visit: Open) -> None:
    page = visit().page
    assert not page.is_visible("#v-national-gdp")
    page.evaluate("location.hash = '#v-national-gdp'")
    page.wait_for_selector("#v-national-gdp", state="visible")
    page.click("#v-national-gdp a >> nth=0")
    assert page.is_visible("article:target")


def test_the_filter_finds_equations(visit: Open) -> None:
    page = visit().page
    page.fill("#filter-equations", "self reliance")
    shown = page.locator("#equations article:visible")
    assert 0 < shown.count() < 60
    assert all("self reliance" in text.lower() for text in shown.all_inner_texts())
    page.fill("#filter-equations", "")
    assert page.locator("#equations details.sector[open]").count() == 0


def test_numbers_of_a_chart_are_a_table(visit: Open) -> None:
    page = visit().page
    page.click("#c-gains details.numbers summary")
    rows = page.locator("#c-gains details.numbers table >> nth=0").locator("tbody tr")
    assert rows.count() == 31  # 2020 to 2050
    assert "2050" in rows.last.inner_text()


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh", "dark")])
def test_readers_of_all_kinds_can_use_it(visit: Open, lang: str, scheme: Any) -> None:
    """Rules of WCAG 2.2, contrast of 4.5 among them, as axe-core checks them."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit(color_scheme=scheme).page
    page.click(f"[data-set-lang={lang}]")
    # One of each kind will do: the rest are more rows and equations of the same make.
    page.evaluate(
        "for (const kind of ['details.scenario', '#parameters details', '#equations details'])"
        " [...document.querySelectorAll(kind)].slice(2).forEach(each => each.remove())"
    )
    page.evaluate("Page.openAll()")
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    options = {"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"]}
    found = axe.Axe().run(page, options=options)
    wrong = [
        f"{each['id']}: {each['nodes'][0]['html'][:120]} ({len(each['nodes'])})"
        for each in found.response["violations"]
    ]
    assert wrong == []


def test_it_prints_with_everything_open(visit: Open) -> None:
    page = visit().page
    page.evaluate("Page.openAll()")
    page.emulate_media(media="print")
    assert not page.is_visible("header")
    assert page.is_visible("#v-national-gdp")
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
