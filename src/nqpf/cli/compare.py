"""``nqpf compare``: what changed between two versions, and what it did to the results."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nqpf.cli.console import progress, say, show
from nqpf.cli.options import data_option, lang_option, quiet_option

if TYPE_CHECKING:
    from nqpf.compare.outputs import Coverage, Movement
    from nqpf.compare.versions import Comparison

DIFFERENT = 1

_WORDS = {
    "en": {
        "equal": "Nothing differs: {outputs} outputs at {times} times, tolerance {tolerance:g}.",
        "changes": "{count} changes from {old} to {new}",
        "no changes": "No equation, constant or setting changed.",
        "more": "... and {count} more; --limit {all} shows all, --json everything.",
        "moved": "{count} of {outputs} outputs moved (tolerance {tolerance:g}, {times} times from "
        "{first:g} to {last:g})",
        "not moved": "No output moved: {outputs} outputs at {times} times, tolerance "
        "{tolerance:g}.",
        "scenarios": "By scenario",
        "horizon": "Saved times differ: {old} against {new}. Compared where both have a value.",
        "span": "{count} from {first:g} to {last:g}",
        "only_old": "Only in the old version, not compared: {names}.",
        "only_new": "Only in the new version, not compared: {names}.",
        "scenarios_only_old": "Scenarios only in the old version: {names}.",
        "scenarios_only_new": "Scenarios only in the new version: {names}.",
        "other model": "The model behind the results is not the same file.",
        "formerly": "{new} (was {old})",
    },
    "zh": {
        "equal": "没有差异：{outputs} 个输出，{times} 个时点，容差 {tolerance:g}。",
        "changes": "从 {old} 到 {new} 有 {count} 处改动",
        "no changes": "方程、常数和设定均无改动。",
        "more": "……另有 {count} 项；--limit {all} 显示全部，--json 给出完整内容。",
        "moved": "{outputs} 个输出中有 {count} 个变动（容差 {tolerance:g}，{first:g} 至 {last:g} 年"
        "共 {times} 个时点）",
        "not moved": "没有输出变动：{outputs} 个输出，{times} 个时点，容差 {tolerance:g}。",
        "scenarios": "分情景",
        "horizon": "保存时点不同：{old}；{new}。只比较两者共有的时点。",
        "span": "{first:g} 至 {last:g} 共 {count} 个",
        "only_old": "仅旧版本有、未比较：{names}。",
        "only_new": "仅新版本有、未比较：{names}。",
        "scenarios_only_old": "仅旧版本有的情景：{names}。",
        "scenarios_only_new": "仅新版本有的情景：{names}。",
        "other model": "两份结果背后的模型文件不同。",
        "formerly": "{new}（原名 {old}）",
    },
}
_KINDS = {
    "renamed": "改名",
    "added": "新增",
    "removed": "删除",
    "equation": "方程",
    "constant": "常数",
    "table": "表函数",
    "subscripts": "下标",
    "method": "积分方法",
    "data": "数据文件",
    "unit": "单位",
    "bounds": "取值范围",
    "documentation": "说明",
    "number": "研究自有数值",
    "scenario": "情景",
    "setting": "设定",
}
_HEADS = {
    "en": ("Output", "Scenario", "Unit", "Old, end", "New, end", "Difference, end", "Largest", "in",
           "Relative", "First"),
    "zh": ("输出", "情景", "单位", "旧值（期末）", "新值（期末）", "期末差", "最大差", "时间",
           "相对差", "起始"),
}  # fmt: skip
_SCENARIO_HEADS = {
    "en": ("Scenario", "Moved", "Most", "Relative", "First"),
    "zh": ("情景", "变动数", "变动最大", "相对差", "起始"),
}


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0, max=1),
    default=1e-9,
    show_default=True,
    help="Values differ beyond this part of the greatest value that the output takes.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Most changes and outputs to show.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON instead.")
@data_option
@lang_option
@quiet_option
def compare(
    old: Path,
    new: Path,
    tolerance: float,
    limit: int,
    as_json: bool,
    data: tuple[Path, ...],
    lang: str,
    quiet: bool,
) -> None:
    """Compare two versions: what changed, which outputs moved, by how much, when first.

    OLD and NEW are two model files (.mdl, .xmile), two study folders, or two results
    (projections.nc or its folder). Models are run as their files say, studies in the scenarios
    that both have. Exit code 1 if anything differs.
    """
    with progress("Reading both", quiet=quiet or as_json) as tell:
        from nqpf.compare.versions import compare as compare_versions

        found = compare_versions(old, new, tolerance, tell, data or None)
    if as_json:
        say(json.dumps(found.plain(), indent=2, ensure_ascii=False))
    elif not quiet:
        _show(found, limit, lang)
    if not found.equal:
        sys.exit(DIFFERENT)


def _show(found: Comparison, limit: int, lang: str) -> None:
    words = _WORDS[lang]
    coverage = found.outputs.coverage
    for line in _notes(found, lang):
        say(line)
    said = {
        "outputs": coverage.outputs,
        "tolerance": found.tolerance,
        "times": coverage.times[2],
        "first": coverage.times[0],
        "last": coverage.times[1],
    }
    if found.equal:
        say(words["equal"].format(**said))
        return
    _show_changes(found, limit, lang)
    worst = _worst(found.outputs.movements)
    if not worst:
        say(words["not moved"].format(**said))
        return
    several = len(coverage.scenarios) > 1
    table = [_HEADS[lang], *(_row(each, lang) for each in worst[:limit])]
    heads, *rows = [row if several else (row[0], *row[2:]) for row in table]
    show(words["moved"].format(count=len(worst), **said), heads, rows)
    _say_more(len(worst), limit, lang)
    if several:
        show(words["scenarios"], _SCENARIO_HEADS[lang], list(_by_scenario(found, lang)))


def _notes(found: Comparison, lang: str) -> Iterator[str]:
    """Yield what could not be compared."""
    words, coverage = _WORDS[lang], found.outputs.coverage
    if coverage.old_times != coverage.new_times:
        spans = [
            words["span"].format(first=first, last=last, count=count)
            for first, last, count in (coverage.old_times, coverage.new_times)
        ]
        yield words["horizon"].format(old=spans[0], new=spans[1])
    for key, names in _alone(coverage).items():
        if names:
            yield words[key].format(names=", ".join(names))
    if found.sort == "results" and found.models and found.models[0] != found.models[1]:
        yield words["other model"]


def _alone(coverage: Coverage) -> dict[str, tuple[str, ...]]:
    return {
        "only_old": coverage.only_old,
        "only_new": coverage.only_new,
        "scenarios_only_old": coverage.scenarios_only_old,
        "scenarios_only_new": coverage.scenarios_only_new,
    }


def _show_changes(found: Comparison, limit: int, lang: str) -> None:
    words = _WORDS[lang]
    if not found.changes:
        say(words["no changes"])
        return
    say(words["changes"].format(count=len(found.changes), old=found.old, new=found.new))
    for change in found.changes[:limit]:
        kind = _KINDS[change.kind] if lang == "zh" else change.kind
        say(f"  {kind}  {change.variable}")
        for sign, text in (("-", change.old), ("+", change.new)):
            for line in text.splitlines():
                say(f"    {sign} {line}")
    _say_more(len(found.changes), limit, lang)


def _say_more(count: int, limit: int, lang: str) -> None:
    if count > limit:
        say(_WORDS[lang]["more"].format(count=count - limit, all=count))


def _worst(movements: tuple[Movement, ...]) -> list[Movement]:
    """Return each output once: in the scenario where it moved most, which comes first."""
    return list({each.output: each for each in reversed(movements)}.values())[::-1]


def _row(each: Movement, lang: str) -> tuple[str, ...]:
    name = each.output
    if each.formerly:
        name = _WORDS[lang]["formerly"].format(new=name, old=each.formerly)
    return (
        name,
        each.scenario,
        each.unit,
        f"{each.old:.6g}",
        f"{each.new:.6g}",
        f"{each.at_end:+.3g}",
        f"{each.largest:+.3g}",
        f"{each.largest_at:g}",
        f"{each.relative:.2g}",
        f"{each.first:g}",
    )


def _by_scenario(found: Comparison, lang: str) -> Iterator[list[str]]:
    for scenario in found.outputs.coverage.scenarios:
        moved = [each for each in found.outputs.movements if each.scenario == scenario]
        if not moved:
            yield [scenario, "0", "", "", ""]
            continue
        first = min(each.first for each in moved)
        most = _row(moved[0], lang)[0]
        yield [scenario, f"{len(moved)}", most, f"{moved[0].relative:.2g}", f"{first:g}"]
