"""``nqpf check``: does the model reproduce history?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nqpf.cli.console import progress, say, show
from nqpf.cli.options import options

if TYPE_CHECKING:
    import pandas as pd

FAILED = 1

_TITLE = {"en": "History: model against statistics", "zh": "历史检验：模型与统计数据"}
_HEADS = {
    "en": ("Target", "Years", "n", "Measure", "Figure", "Bar", "", "Year", "Observed", "Model"),
    "zh": ("目标", "年份", "n", "指标", "结果", "上限", "", "年", "观测值", "模型"),
}
_MARKS = {"en": {True: "ok", False: "FAILS"}, "zh": {True: "合格", False: "不合格"}}


@click.command()
@options
def check(study: Path | None, out: Path, lang: str, quiet: bool) -> None:
    """Compare the model's history with the statistics, target by target.

    Exit code 1 if a target with a bar is missed. The whole table is written to --out.
    """
    with progress("Reading the study", quiet=quiet) as tell:
        from nqpf.study.folder import open_study
        from nqpf.study.results import HISTORY, ResultFolder
        from nqpf.study.statistics import read_statistics
        from nqpf.study.targets import FILE, read_targets

        opened = open_study(study)
        targets = read_targets(opened.calibration / FILE)
        statistics = read_statistics(opened.calibration / "statistics")
        with ResultFolder(out) as results:
            tell("Loading the model")
            from nqpf.engine import load
            from nqpf.study.history import reproduce
            from nqpf.study.project import history

            model = load(opened.model_file, lambda stage: tell(f"Loading the model: {stage}"))
            tell("Comparing with the statistics")
            table = reproduce(history(model), statistics, targets, lang)
            table.to_csv(results.draft(HISTORY), index=False)
            results.publish()
    verdicts = [verdict for verdict in table["ok"].tolist() if verdict is not None]
    held, missed = verdicts.count(True), verdicts.count(False)
    if not quiet:
        show(_TITLE[lang], _HEADS[lang], _rows(table, lang))
        say(f"{held} of {len(verdicts)} targets held. The whole table: {out / HISTORY}")
    if missed:
        sys.exit(FAILED)


def _rows(table: pd.DataFrame, lang: str) -> list[list[str]]:
    rows = []
    for row in table.to_dict(orient="records"):
        title = f"{row['title']} [{row['element']}]" if row["element"] else row["title"]
        bar = f"{row['bar']:g}" if row["bar"] and row["bar"] > 0 else ""
        rows.append(
            [
                f"{title}, {row['unit']}",
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
