"""``nqpf explain``: what a variable is, what it follows from, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nqpf.cli.console import progress, say, show, tree
from nqpf.cli.options import data_option, lang_option, quiet_option, study_option
from nqpf.errors import InputError

if TYPE_CHECKING:
    from nqpf.charts.spec import Style
    from nqpf.cli.console import Branch
    from nqpf.engine.causality import Loop
    from nqpf.explain import Cause, Effect, Explainer, Explanation
    from nqpf.study.toml import Text

_SIGNS = {1: "+", 0: "±", -1: "−"}
_KINDS = {1: "R", 0: "?", -1: "B"}
_LOOPS = 8  # without a name, in the terminal; --json has all of them
_BRANCHES = 12  # of one node of a tree


@click.command()
@click.argument("variable")
@click.argument("model", required=False, type=click.Path(path_type=Path))
@study_option
@lang_option
@quiet_option
@click.option(
    "--depth",
    type=click.IntRange(1, 9),
    default=2,
    show_default=True,
    help="Steps of cause and effect in the trees.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, no trees.")
@data_option
def explain(
    variable: str,
    model: Path | None,
    study: Path | None,
    lang: str,
    quiet: bool,
    depth: int,
    as_json: bool,
    data: tuple[Path, ...],
) -> None:
    """Explain a VARIABLE: equation, unit, sources, causes, effects, loops, values.

    MODEL is a model file or a folder with a study. Values are those of the study's baseline in the
    last year of history and at the end; of a model file, at both ends of its run.
    """
    if model is not None and study is not None:
        raise click.UsageError("MODEL and --study are two names for one thing; give one of them.")
    with progress("Reading the model", quiet=quiet or as_json) as tell:
        explainer, style = _explainer(model or study, data, tell)
        found = explainer.of(variable)
    if as_json:
        say(json.dumps(found.plain(), ensure_ascii=False, indent=1))
        return
    _show(found, explainer, style, lang, depth)


def _explainer(
    given: Path | None, data: tuple[Path, ...], tell: Callable[[str], None]
) -> tuple[Explainer, Style | None]:
    """Return what explains the given file or study, and the study's words for units and parts."""
    from nqpf.engine import load
    from nqpf.explain import Explainer
    from nqpf.study.documentation import FILE as DOCUMENTATION
    from nqpf.study.documentation import read_documentation
    from nqpf.study.folder import open_study
    from nqpf.study.model import load_model
    from nqpf.study.names import names_of
    from nqpf.study.project import history, project

    if given is not None and not given.exists():
        raise InputError(f"{given}: no such file or folder; expected a model or a study")
    if given is not None and given.is_file():
        model = load(given, tell, data or None)
        course = history(model)
        return Explainer(model, course, course["time"].to_numpy()[[0, -1]].tolist()), None
    from nqpf.charts.making.structure import named_loops
    from nqpf.charts.spec import STYLE, read_charts, read_style

    study = open_study(given)
    style = read_style(study.plots) if (study.plots / STYLE).exists() else None
    names = names_of(study)
    model = load_model(study, tell, data or None)
    chinese = read_documentation(study.folder / "model" / DOCUMENTATION, model.variables)
    loops = named_loops(read_charts(study.plots), model)
    tell("Running the baseline")
    if style is None:
        course = history(model)
        ends = course["time"].to_numpy()[[0, -1]].tolist()
        return Explainer(model, course, ends, names, chinese, loops), None
    course = project(model, study.choose([style.baseline])).isel(scenario=0, drop=True)
    times = [style.first_projected_year - 1, float(course["time"][-1])]
    return Explainer(model, course, times, names, chinese, loops), style


# --- in the terminal ------------------------------------------------------------------------------


def _show(
    found: Explanation, explainer: Explainer, style: Style | None, lang: str, depth: int
) -> None:
    texts = _texts(lang)
    said = found.said(lang)
    unit = _worded(found.unit, style.units if style else {}, lang)
    group = _worded(found.group, style.groups if style else {}, lang)
    head = dict.fromkeys([explainer.called(found.name, lang), found.name])
    say("  ".join([*head, f"({texts.get(found.kind, found.kind)})"]))
    if said.text:
        say(said.text)
    say("")
    for equation in found.equations:
        say(f"    {equation}")
    say("")
    say(texts["unit"].format(unit=unit) if unit else texts["no unit"])
    if found.limits != (None, None):
        low, high = (texts["open"] if each is None else f"{each:g}" for each in found.limits)
        say(texts["range"].format(low=low, high=high))
    if group:
        say(texts["group"].format(group=group))
    if said.source:
        form = texts["status"] if said.status else "{source}"
        status = texts.get(said.status, said.status)
        source = form.format(source=said.source, year=said.year, status=status)
        say(texts["source"].format(source=source))
    if found.values and (found.times or len(found.values) > 1):
        say("")
        heads = [texts["element"], *(f"{time:g}" for time in found.times)]
        if not found.times:
            heads.append(texts["value"])

        def called(label: str) -> str:
            return style.labelled(label, lang) if style else label.strip("[]")

        rows = [
            [called(value.label) or found.name, *(f"{each:,.6g}" for each in value.numbers)]
            for value in found.values
        ]
        show(texts["values"].format(unit=unit or "–"), heads, rows)
    causes = _branches(found.name, explainer, lang, depth, "causes")
    effects = _branches(found.name, explainer, lang, depth, "effects")
    if causes or effects:
        say(texts["key"])
    tree(texts["causes"], causes or [(texts["none"], [])])
    tree(texts["effects"], effects or [(texts["none"], [])])
    say("")
    _show_loops(found, explainer, lang)


def _worded(text: str, known: Mapping[str, Text], lang: str) -> str:
    return known[text].in_(lang) if text in known else text


def _texts(lang: str) -> Mapping[str, str]:
    from nqpf.explain.texts import TEXTS  # its package is heavy

    return TEXTS[lang]


def _branches(name: str, explainer: Explainer, lang: str, depth: int, which: str) -> list[Branch]:
    """Return the causes or effects of a variable, each variable's own ones only once."""
    texts = _texts(lang)
    seen = {name}

    def grow(name: str, left: int) -> list[Branch]:
        links: tuple[Cause | Effect, ...] = getattr(explainer.of(name), which)
        # What is at this level is unfolded here, not below one of its neighbours.
        fresh = {each.name for each in links} - seen
        seen.update(fresh)
        found: list[Branch] = []
        for each in links[:_BRANCHES]:
            called = explainer.called(each.name, lang)
            text = f"{_SIGNS[each.polarity]} {called}"
            if each.initial:
                text = f"  {called}{texts['start']}"
            below = left > 1 and each.name in fresh
            if left > 1 and each.name not in fresh:
                text += texts["again"]
            found.append((text, grow(each.name, left - 1) if below else []))
        if len(links) > _BRANCHES:
            found.append((texts["more"].format(count=len(links) - _BRANCHES), []))
        return found

    return grow(name, depth)


def _show_loops(found: Explanation, explainer: Explainer, lang: str) -> None:
    texts = _texts(lang)
    lines = list(_loop_lines(found, explainer, lang))
    if not lines:
        say(texts["no loop"])
        return
    say(texts["loops"])
    most = len(found.named) + _LOOPS
    for line in lines[:most]:
        say(f"  {line}")
    if len(lines) > most:
        say("  " + texts["more"].format(count=len(lines) - most))


def _loop_lines(found: Explanation, explainer: Explainer, lang: str) -> Iterator[str]:
    def path(loop: Loop) -> str:
        ring = (*loop.variables, loop.variables[0])
        return " → ".join(explainer.called(name, lang) for name in ring)

    for each in found.named:
        yield f"{each.name} {each.title[lang]}{_texts(lang)['colon']}{path(each.loop)}"
    for loop in found.unnamed:
        yield f"{_KINDS[loop.polarity]}  {path(loop)}"
