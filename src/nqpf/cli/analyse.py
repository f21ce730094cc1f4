"""``nqpf analyse``: what a finished sweep says."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nqpf.cli.console import progress, say, show
from nqpf.cli.helping import Group
from nqpf.cli.options import lang_option, quiet_option, study_option

if TYPE_CHECKING:
    import pandas as pd

    from nqpf.sweep import Sweep
    from nqpf.sweep.analysis import Findings

SHOWN = 12
"""Rows of a table in the terminal, where no other number is given; all are in the file."""
FEWER = {"synergies": 5, "orders": 3}

_TEXTS = {
    "en": {
        "open": "Opening the sweep",
        "work": "Analysing",
        "study": "Reading the study",
        "generation": "Searching: generation {number} of {count}",
        "more": "... and {count:,} more",
        "files": "Tables: {files}",
    },
    "zh": {
        "open": "打开扫描结果",
        "work": "分析中",
        "study": "读取研究",
        "generation": "搜索：第 {number} 代，共 {count} 代",
        "more": "……另有 {count:,} 行",
        "files": "表格：{files}",
    },
}
# Table -> title, and the columns that the terminal shows.
_TABLES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "sobol": (
        {"en": "Sobol indices", "zh": "Sobol 指数"},
        ("factor", "outcome", "S1", "S1_low", "S1_high", "ST", "ST_low", "ST_high"),
    ),
    "morris": (
        {"en": "Elementary effects", "zh": "基本效应（Morris）"},
        ("factor", "outcome", "mu", "mu_star", "mu_star_low", "mu_star_high", "sigma"),
    ),
    "tornado": (
        {"en": "Mean outcome at the ends of each factor", "zh": "各因素高低两端的结果均值"},
        ("factor", "outcome", "at_low", "at_high", "middle", "spearman"),
    ),
    "ranks": (
        {"en": "Ranks of the policies", "zh": "政策排名"},
        ("label", "outcome", "median", "low", "high", "rank", "first", "regret", "regret_high"),
    ),
    "boxes": (
        {"en": "Conditions of failure", "zh": "失败条件"},
        ("box", "factor", "low", "high", "whole_low", "whole_high"),
    ),
    "boxes_quality": (
        {"en": "How good the boxes are", "zh": "条件的质量"},
        (
            "box",
            "samples",
            "failures",
            "mass",
            "density",
            "density_low",
            "density_high",
            "coverage",
        ),
    ),
    "main_effects": (
        {"en": "Effects of the levers", "zh": "各措施的效应"},
        ("lever", "outcome", "effect", "effect_low", "effect_high", "alone", "last"),
    ),
    "synergies": (
        {"en": "What pairs bring beyond the sum", "zh": "两两组合超出相加的部分"},
        ("lever", "other", "outcome", "synergy", "synergy_low", "synergy_high"),
    ),
    "orders": (
        {"en": "Variance by how many levers act together", "zh": "按共同作用的措施数分解方差"},
        ("order", "outcome", "share", "share_low", "share_high"),
    ),
    "package": (
        {"en": "All levers against the sum of each", "zh": "全部措施与逐项相加之比较"},
        (
            "scale",
            "outcome",
            "package",
            "sum",
            "difference",
            "difference_low",
            "difference_high",
            "more",
        ),
    ),
    "pareto": ({"en": "Pareto front", "zh": "帕累托前沿"}, ()),
}


@click.group(cls=Group)
def analyse() -> None:
    """Analyse a finished sweep; STORE is the folder that "nqpf sweep" made.

    Every analysis writes tidy CSV files and its record into STORE/analysis; docs/sweeps.md says
    what the columns are.
    """


def _common(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        quiet_option,
        lang_option,
        click.argument("store", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


def _outcomes(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--outcome", "outcomes", multiple=True, help="Outcome to analyse; default: all."
    )(command)


_policy = click.option("--policy", help="Label of the policy; default: the reference policy.")
_resamples = click.option(
    "--resamples", type=click.IntRange(min=2), default=100, show_default=True, help="Bootstrap."
)
_every = click.option(
    "--every",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Years from one point of a variable's course to the next; 0: no courses.",
)


@analyse.command()
@_common
@_outcomes
@_policy
@_every
@_resamples
def sobol(store: Path, lang: str, quiet: bool, **options: Any) -> None:
    """Sobol indices with intervals, over outcomes and time (design saltelli)."""
    from nqpf.sweep.analysis import sobol as run

    _analyse(store, lang, quiet, lambda sweep: run(sweep, **options), _by("ST"))


@analyse.command()
@_common
@_outcomes
@_policy
@_every
@_resamples
def morris(store: Path, lang: str, quiet: bool, **options: Any) -> None:
    """Elementary effects with intervals, over outcomes and time (design morris)."""
    from nqpf.sweep.analysis import morris as run

    _analyse(store, lang, quiet, lambda sweep: run(sweep, **options), _by("mu_star"))


@analyse.command()
@_common
@_outcomes
@_policy
def tornado(store: Path, lang: str, quiet: bool, **options: Any) -> None:
    """Outcomes at the low and the high end of each factor."""
    from nqpf.sweep.analysis import tornado as run

    _analyse(store, lang, quiet, lambda sweep: run(sweep, **options), _by("spearman"))


@analyse.command()
@_common
@_outcomes
def ranks(store: Path, lang: str, quiet: bool, **options: Any) -> None:
    """Ranks of the policies over the samples, reversals and regret."""
    from nqpf.sweep.analysis import rank as run

    _analyse(store, lang, quiet, lambda sweep: run(sweep, **options), _by("rank", rising=True))


@analyse.command()
@_common
@click.option("--outcome", required=True, help="Outcome that decides.")
@click.option("--below", type=float, help="A run fails whose outcome is below this.")
@click.option("--above", type=float, help="A run fails whose outcome is above this.")
@_policy
def discover(store: Path, lang: str, quiet: bool, **options: Any) -> None:
    """Conditions under which a policy fails (CART)."""
    from nqpf.sweep.analysis import discover as run

    _analyse(store, lang, quiet, lambda sweep: run(sweep, **options), None)


@analyse.command()
@_common
@_outcomes
@click.option("--scenario", help="Of several that the levers were crossed with.")
def synergy(store: Path, lang: str, quiet: bool, **options: Any) -> None:
    """Effects and synergies of levers that were all combined; the package against the sum."""
    from nqpf.sweep.analysis import synergy as run

    _analyse(store, lang, quiet, lambda sweep: run(sweep, **options), _by("effect", "synergy"))


@analyse.command()
@_common
@study_option
@click.option("--population", type=click.IntRange(min=8), default=64, show_default=True)
@click.option("--generations", type=click.IntRange(min=1), default=80, show_default=True)
@click.option(
    "--samples",
    type=click.IntRange(min=2),
    default=40,
    show_default=True,
    help="Samples of the sweep under which every setting is judged in the search.",
)
def robust(store: Path, study: Path | None, lang: str, quiet: bool, **options: Any) -> None:
    """Settings of the levers that no other beats in every objective (NSGA-II)."""
    texts = _TEXTS[lang]
    with progress(texts["study"], quiet=quiet) as tell:
        from nqpf.study.folder import open_study
        from nqpf.study.model import load_model
        from nqpf.sweep import open_sweep
        from nqpf.sweep.analysis import robust as run
        from nqpf.sweep.analysis import write_findings

        sweep, opened = open_sweep(store), open_study(study)

        def told(number: int, count: int) -> None:
            if number % 10 == 0:
                tell(texts["generation"].format(number=number + 1, count=count))

        found = run(sweep, opened, load_model(opened), tell=told, **options)
        files = write_findings(sweep, found, ["nqpf", *sys.argv[1:]])
    if not quiet:
        _show(found, files, lang, None)


def _by(*columns: str, rising: bool = False) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return what puts the largest rows first, by the first of the columns that there is."""

    import pandas as pd

    def ordered(table: pd.DataFrame) -> pd.DataFrame:
        for column in columns:
            if column in table:
                parts = [
                    part.sort_values(column, key=None if rising else _size, kind="stable")
                    for part in _by_outcome(table)
                ]
                return pd.concat(parts)
        return table

    return ordered


def _size(column: pd.Series) -> pd.Series:
    return -column.abs()


def _analyse(
    store: Path,
    lang: str,
    quiet: bool,
    run: Callable[[Sweep], Findings],
    order: Callable[[pd.DataFrame], pd.DataFrame] | None,
) -> None:
    texts = _TEXTS[lang]
    with progress(texts["open"], quiet=quiet) as tell:
        from nqpf.sweep import open_sweep
        from nqpf.sweep.analysis import write_findings

        sweep = open_sweep(store)
        tell(texts["work"])
        found = run(sweep)
        files = write_findings(sweep, found, ["nqpf", *sys.argv[1:]])
    if not quiet:
        _show(found, files, lang, order)


def _show(
    found: Findings,
    files: list[str],
    lang: str,
    order: Callable[[pd.DataFrame], pd.DataFrame] | None,
) -> None:
    for name, table in found.tables.items():
        if name not in _TABLES or table.empty:
            continue
        title, columns = _TABLES[name]
        most = FEWER.get(name, SHOWN)
        rows = order(table) if order is not None else table
        if "time" in rows:  # the courses are in the file
            rows = rows.loc[rows["time"].isna()]
        chosen = [each for each in columns or rows.columns if each in rows]
        for part in _by_outcome(rows):
            cells = [[_cell(value) for value in row] for row in part[chosen].head(most).to_numpy()]
            texts = tuple(
                place for place, each in enumerate(chosen) if part[each].dtype.kind not in "iufb"
            )
            show(title[lang], chosen, cells, (0, *texts))
            if len(part) > most:
                say(_TEXTS[lang]["more"].format(count=len(part) - most))
    say(_TEXTS[lang]["files"].format(files=", ".join(files)))


def _by_outcome(table: pd.DataFrame) -> list[pd.DataFrame]:
    if "outcome" not in table:
        return [table]
    return [part for _, part in table.groupby("outcome", sort=False)]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}".replace("-", "−")
    return str(value)
