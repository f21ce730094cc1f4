"""``nqpf check``: is the model sound, does it behave, does it reproduce history?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nqpf.cli.console import progress, say, show
from nqpf.cli.options import data_option, options
from nqpf.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from nqpf.charts.spec import Style
    from nqpf.checks.verdict import Check
    from nqpf.study.toml import Text

FAILED = 1
SHOWN = 5  # findings of a check in the terminal; all are in the file

_TITLE = {"en": "History: model against statistics", "zh": "历史检验：模型与统计数据"}
_HEADS = {
    "en": ("Target", "Years", "n", "Measure", "Figure", "Bar", "", "Year", "Observed", "Model"),
    "zh": ("目标", "年份", "n", "指标", "结果", "上限", "", "年", "观测值", "模型"),
}
_MARKS = {"en": {True: "ok", False: "FAILS"}, "zh": {True: "合格", False: "不合格"}}

_CHECKS_TITLE = {"en": "Checks of the model", "zh": "模型检验"}
_CHECKS_HEADS = {"en": ("Check", "", "Figure"), "zh": ("检验", "", "结果")}
_VERDICTS = {
    "en": {"holds": "ok", "fails": "FAILS", "note": "look", "finding": "finding"},
    "zh": {"holds": "合格", "fails": "不合格", "note": "留意", "finding": "发现"},
}
_WORDS = {
    "en": {
        "held": "{held} of {all} targets held. The whole table: {path}",
        "sum": "{fails} of {all} checks fail, {notes} to look at, {findings} findings that the "
        "study states. All of it: {path}",
        "more": "... and {count} more",
        "check": "{verdict}: {title}",
        "place": '"{name}": {text}',
        "named": '"{name}" ({variable}): {text}',
        "reason": "Reason: {text}",
    },
    "zh": {
        "held": "{all} 个目标中有 {held} 个合格。完整表格：{path}",
        "sum": "{all} 项检验中 {fails} 项不合格，{notes} 项需留意，{findings} 项为研究所述的发现。"
        "详见：{path}",
        "more": "……另有 {count} 处",
        "check": "{verdict}：{title}",
        "place": "“{name}”：{text}",
        "named": "“{name}”（{variable}）：{text}",
        "reason": "依据：{text}",
    },
}


@click.command()
@click.argument("model", required=False, type=click.Path(path_type=Path))
@options
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, no tables.")
@data_option
def check(
    model: Path | None,
    study: Path | None,
    out: Path,
    lang: str,
    quiet: bool,
    as_json: bool,
    data: tuple[Path, ...],
) -> None:
    """Test a model: MODEL is a model file or a folder with a study.

    Equations (units, sources, ranges, flows), runs (time step, extreme conditions, random draws)
    and, for a study, its own statements and its history against the statistics. Exit code 1 if
    something fails. The whole list is written to --out.
    """
    if model is not None and study is not None:
        raise click.UsageError("MODEL and --study are two names for one thing; give one of them.")
    with progress("Reading the study", quiet=quiet or as_json) as tell:
        from nqpf.checks.verdict import plain
        from nqpf.study.results import CHECKS, HISTORY, ResultFolder

        if model is not None and not model.exists():
            raise InputError(f"{model}: no such file or folder; expected a model or a study")
        job, names, style = _job(model or study, data or None)
        with ResultFolder(out) as results:
            found, table = job(tell, lang)
            draft = results.draft(CHECKS)
            content = plain(found)
            draft.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
            if table is not None:
                table.to_csv(results.draft(HISTORY), index=False)
            results.publish()
    missed = [] if table is None else [ok for ok in table["ok"].tolist() if ok is False]
    if as_json:
        rows = None if table is None else json.loads(table.to_json(orient="records"))
        say(json.dumps(content | {"history": rows}, ensure_ascii=False, indent=1))
    elif not quiet:
        _show_checks(found.checks, names, lang, out / CHECKS)
        _show_history(table, style, lang, out / HISTORY)
    if missed or any(each.verdict == "fails" for each in found.checks):
        sys.exit(FAILED)


def _job(
    given: Path | None, data: Sequence[Path] | None
) -> tuple[Any, Mapping[str, Text], Style | None]:
    """Return what checks the given file or study, and its words for variables and units.

    The first: (progress, language) -> (checks, history).
    """
    from nqpf.charts.spec import STYLE, read_style
    from nqpf.checks.whole import check_model, check_study
    from nqpf.study.names import NO_NAMES, names_of

    if given is not None and given.is_file():
        return lambda tell, _: (check_model(given, tell=tell, data=data), None), NO_NAMES, None
    from nqpf.study.folder import open_study

    opened = open_study(given)
    style = read_style(opened.plots) if (opened.plots / STYLE).exists() else None
    return lambda tell, lang: check_study(opened, tell, lang, data), names_of(opened), style


# --- tables -------------------------------------------------------------------------------------


def _show_checks(checks: Sequence[Check], names: Mapping[str, Text], lang: str, path: Path) -> None:
    from nqpf.study.names import called

    words = _WORDS[lang]
    rows = [
        [each.named(lang), _VERDICTS[lang][each.verdict], each.figure.in_(lang)] for each in checks
    ]
    show(_CHECKS_TITLE[lang], _CHECKS_HEADS[lang], rows, texts=(0, 1, 2))
    for each in checks:
        if each.verdict == "holds" or not each.findings:
            continue
        say(words["check"].format(verdict=_VERDICTS[lang][each.verdict], title=each.named(lang)))
        for finding in each.findings[:SHOWN]:
            name = called(names, finding.variable).in_(lang)
            said = words["place" if name == finding.variable else "named"]
            text = finding.text.in_(lang)
            say("    " + said.format(name=name, variable=finding.variable, text=text))
        if len(each.findings) > SHOWN:
            say("    " + words["more"].format(count=len(each.findings) - SHOWN))
        if each.reason is not None:
            say("    " + words["reason"].format(text=each.reason.in_(lang)))
        if each.comment is not None:
            say(f"    → {each.comment.in_(lang)}")
    count = [each.verdict for each in checks].count
    say(
        words["sum"].format(
            fails=count("fails"),
            all=len(checks),
            notes=count("note"),
            findings=count("finding"),
            path=path,
        )
    )


def _show_history(table: pd.DataFrame | None, style: Style | None, lang: str, path: Path) -> None:
    if table is None:
        return
    verdicts = [verdict for verdict in table["ok"].tolist() if verdict is not None]
    show(_TITLE[lang], _HEADS[lang], _rows(table, style, lang))
    held = verdicts.count(True)
    say(_WORDS[lang]["held"].format(held=held, all=len(verdicts), path=path))


def _rows(table: pd.DataFrame, style: Style | None, lang: str) -> list[list[str]]:
    units, elements = ({}, {}) if style is None else (style.units, style.elements)
    rows = []
    for row in table.to_dict(orient="records"):
        title, unit, element = row["title"], row["unit"], row["element"]
        if element:
            title += f" [{elements[element].in_(lang) if element in elements else element}]"
        unit = units[unit].in_(lang) if unit in units else unit
        bar = f"{row['bar']:g}" if row["bar"] and row["bar"] > 0 else ""
        rows.append(
            [
                f"{title}，{unit}" if lang == "zh" else f"{title}, {unit}",
                row["window"],
                f"{row['n']}",
                row["measure"],
                f"{row['figure']:.3g}",
                bar,
                _MARKS[lang].get(row["ok"], ""),
                f"{row['year']}",
                f"{row['observed']:,.4g}",
                f"{row['simulated']:,.4g}",
            ]
        )
    return rows
