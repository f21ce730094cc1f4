"""Material -> HTML: one file that needs nothing else, neither a network nor other files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from nqpf.engine.names import canonical
from nqpf.report import effects
from nqpf.report.calibration import calibration
from nqpf.report.changes import changes
from nqpf.report.figures import figures
from nqpf.report.parameters import parameter_rows
from nqpf.report.sweeps import chapters
from nqpf.report.words import figure
from nqpf.study.names import called
from nqpf.study.toml import LANGUAGES

if TYPE_CHECKING:
    from markupsafe import Markup

    from nqpf.explain import Explanation
    from nqpf.report.material import Material

REPORT = "report.html"
_ASSETS = resources.files("nqpf.report") / "assets"


def render(material: Material, lang: str, tell: Callable[[str], None]) -> str:
    """Return the page; ``lang`` is the language that it shows first.

    The whole is one file: styles, scripts, the plotting library (Vega-Lite) and all figures are
    in it.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    explanations = _explanations(material)
    anchors = _anchors(explanations)
    environment.filters["figure"] = figure
    environment.filters["linked"] = lambda text, names, own: _linked(text, names, own, anchors)
    data = _data(material, tell)
    return environment.get_template("report.html.jinja").render(
        material=material,
        lang=lang,
        languages=LANGUAGES,
        style=_asset("report.css"),
        library=_library(),
        scripts=[_script(name) for name in ("charts.js", "page.js")],
        data=data,
        headline=effects.headline(material),
        sentences=effects.sentences(material),
        effects=effects.rows(material),
        paths=effects.ranked(material),
        together=effects.together(material),
        summary=_summary(material),
        changes={name: changes(material, name) for name in material.scenarios},
        parameters=parameter_rows(material, explanations),
        explanations=_by_group(explanations),
        loops=material.loops,
        anchors=anchors,
        names=_names(material),
        variable=partial(called, material.names),
        targets=material.targets,
        calibration=calibration(material),
        sweeps=chapters(material),
        structure=_structure(material),
    )


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _script(name: str) -> Markup:
    return _inline(_asset(name))


def _library() -> Markup:
    """Return Vega, Vega-Lite and Vega-Embed, which vl-convert brings along in one script."""
    import vl_convert

    # Its stub calls the snippet required; without one the bundle is the libraries alone.
    return _inline(vl_convert.javascript_bundle())  # pyright: ignore[reportCallIssue]


def _inline(script: str) -> Markup:
    """Return a script as an element of a page may hold it: nothing in it ends the element."""
    from markupsafe import Markup

    return Markup(re.sub(r"</(?=script)|<(?=!--)", _escaped_start, script, flags=re.IGNORECASE))


def _escaped_start(found: re.Match[str]) -> str:
    return found[0].replace("</", "<\\/") if found[0] == "</" else "\\x3c"


def _data(material: Material, tell: Callable[[str], None]) -> dict[str, Any]:
    """Return what the scripts draw."""
    titles = {}
    for name in material.scenarios:
        title = material.study.scenarios[name].title
        look = effects.look(material, name)
        short = look.name if look and look.name else title
        titles[name] = {
            "title": {lang: title.in_(lang) for lang in LANGUAGES},
            "name": {lang: short.in_(lang) for lang in LANGUAGES},
            "colour": look.colour if look else "#555555",
        }
    return {
        "figures": figures(material, tell),
        "effects": effects.figure(material),
        "courses": effects.courses(material),
        "scenarios": titles,
        "baseline": material.baseline,
    }


def _explanations(material: Material) -> dict[str, Explanation]:
    """Return what is said of every variable, its values those of the baseline."""
    from nqpf.explain import Explainer

    runs, style = material.runs, material.gallery.style
    baseline = material.baseline or material.scenarios[0]
    course = runs.sel(scenario=baseline, drop=True)
    first, last = course["time"].to_numpy()[[0, -1]].tolist()
    now = first if style is None else style.first_projected_year - 1
    explainer = Explainer(
        material.model, course, [now, last], material.names, material.chinese, material.loops
    )
    return {name: explainer.of(name) for name in material.model.variables}


def _names(material: Material) -> dict[str, str]:
    """Return what variables are called in Chinese, "" for those that have no such name."""
    known = material.names
    return {
        name: known[canonical(name)].zh if canonical(name) in known else ""
        for name in material.model.variables
    }


def _by_group(explanations: Mapping[str, Explanation]) -> dict[str, list[Explanation]]:
    found: dict[str, list[Explanation]] = {}
    for each in explanations.values():
        found.setdefault(each.group, []).append(each)
    return found


def _anchors(names: Mapping[str, Any]) -> dict[str, str]:
    """Return where each variable stands in the page."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        bare = re.sub(r"[\W_]+", "-", canonical(name)).strip("-") or "variable"
        anchor, number = f"v-{bare}", 1
        while anchor in taken:
            number += 1
            anchor = f"v-{bare}-{number}"
        taken.add(anchor)
        found[name] = anchor
    return found


def _linked(text: str, names: list[str], own: str, anchors: Mapping[str, str]) -> Markup:
    """Return an equation with its variables as links; ``names``: those that it reads.

    Its ``own`` variable is none, nor is a name within that name.
    """
    from markupsafe import Markup, escape

    known = sorted({own, *(name for name in names if name in anchors)}, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in known)
    parts, at = [], 0
    for found in re.finditer(pattern, text):
        parts.append(escape(text[at : found.start()]))
        link = Markup('<a href="#{}">{}</a>').format(anchors[found[0]], found[0])
        parts.append(escape(found[0]) if found[0] == own else link)
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def _summary(material: Material) -> dict[str, list[str]] | None:
    """Return the headline figures by scenario, as text."""
    from nqpf.study.summary import FILE, summarise, written

    if material.summary is None:
        return None
    data = material.runs if material.draws is None else material.draws
    baseline = material.baseline
    table = summarise(data, material.summary, baseline, material.study.plots / FILE)
    rows = written(table, material.summary.column)
    return dict(zip(map(str, table.index), rows, strict=True))


def _structure(material: Material) -> dict[str, Markup]:
    """Return the study's own text about its model, by language."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    folder = material.study.folder / "model"
    files = {"en": folder / "structure.md", "zh": folder / "structure.zh.md"}
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    found = {}
    for lang, path in files.items():
        if path.exists():
            html = reader.render(path.read_text(encoding="utf-8"))
            # Its headings stand below those of the page.
            found[lang] = Markup(re.sub(r"(</?h)([1-3])>", _lower, html))
    return found


def _lower(found: re.Match[str]) -> str:
    return f"{found[1]}{int(found[2]) + 2}>"
