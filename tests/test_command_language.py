"""The language of the command line: which one, and that nothing lacks a Chinese text."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator

import click
import pytest

import nqpf.cli
from messages import SOURCE, announcements, messages
from nqpf.cli.chinese import CHINESE
from nqpf.cli.language import chosen, translated
from nqpf.errors import InputError
from test_cli import Shell, refused, shell

__all__ = ["shell"]  # the fixture


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        (["--lang", "zh", "run"], {}, "zh"),
        (["run", "--lang=zh"], {}, "zh"),
        (["run", "--lang", "en"], {"LANG": "zh_CN.UTF-8"}, "en"),
        (["run", "--lang"], {}, "en"),
        (["run", "--", "--lang", "zh"], {}, "en"),
    ],
)
def test_which_language(arguments: list[str], environment: dict[str, str], language: str) -> None:
    assert chosen(arguments, environment) == language


def helps(command: click.Command) -> Iterator[str]:
    """Yield every text that the help of a command may show, as the catalogue should have it."""
    for paragraph in (command.help or "").split("\n\n"):
        yield " ".join(paragraph.split())
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            yield parameter.help
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from helps(each)


@pytest.mark.parametrize("text", sorted(set(helps(nqpf.cli.cli))))
def test_every_help_has_a_chinese_text(text: str) -> None:
    assert translated(text, "zh") != text


def test_places_are_filled_and_what_stands_in_them_is_translated() -> None:
    assert translated("Running 17 scenarios", "zh") == "运行 17 个情景"
    message = 'plots/a.toml: unknown scenario "lat". Did you mean "late"?'
    assert translated(message, "zh") == "plots/a.toml：没有情景“lat”。您是不是要找“late”？"
    assert translated(message, "en") == message
    assert translated("of the engine", "zh") == "of the engine"


def test_the_catalogue_fills_only_places_that_it_has() -> None:
    for english, chinese in CHINESE.items():
        places = set(re.findall(r"\{(\w+)\}", english))
        assert set(re.findall(r"\{(\w+)\}", chinese)) <= places, english


def test_help_and_messages_in_chinese(shell: Shell) -> None:
    result = shell("--lang", "zh", "plot", "--help")
    assert result.code == 0
    assert "用法：nqpf plot [选项]" in result.out
    assert "[默认：results]" in result.out
    assert max(map(len, result.out.splitlines())) < 80
    refused(shell("--lang", "zh", "rnu"), "没有命令“rnu”", "您是不是要找“run”？")
    refused(shell("run", "--lang", "zh", "efort"), "没有情景“efort”。您是不是要找“effort”？")
    refused(shell("--lang", "zh", "run", "--draws", "x"), "'--draws' 的值无效：'x' 不是整数")
    refused(shell("--lang", "zh", "compare", "a"), "缺少参数 'NEW'。")
    result = shell("--lang", "zh", "plot")
    refused(result, "results：此处没有 projections.nc。请用“nqpf run”生成。")
    assert result.err.startswith("读取结果")


# --- messages -----------------------------------------------------------------------------------

# Files of the engine that speak of what a command asks for (and the class of a file that does), and
# not of a model file alone. The rest of it stays in English, as Vensim's own messages are; so does
# what only callers from Python can do wrong.
_OF_REQUESTS = {
    "engine/clock.py": None,
    "engine/dataset.py": None,
    "engine/parameters.py": "Directory",
    "engine/reader/runs.py": None,
    "engine/variant.py": None,
}
# Rooms whose stages are keys of tables beside the commands, which have both languages.
_STAGES_ELSEWHERE = ("calibrate/", "sweep/", "cli/calibrate.py", "cli/sweep.py", "cli/analyse.py")


def said() -> Iterator[tuple[str, str]]:
    """Yield (place, text) of every message that a command may end with, and of every stage."""
    for file in sorted(SOURCE.rglob("*.py")):
        name = file.relative_to(SOURCE).as_posix()
        if not name.startswith("engine/") or name in _OF_REQUESTS:
            for line, text in messages(file, _OF_REQUESTS.get(name)):
                # A reader of data speaks of a variable that its caller names.
                own = f'"X" {text}' if text.startswith("is a data variable") else text
                yield f"{name}:{line}", own
        if not name.startswith(("engine/", *_STAGES_ELSEWHERE)):
            yield from ((f"{name}:{line}", text) for line, text in announcements(file))


def test_every_message_has_a_chinese_text() -> None:
    found = list(said())
    assert len(found) > 300
    assert [each for each in found if not re.search("[一-鿿]", translated(each[1], "zh"))] == []
    prose = re.compile(r"\b[a-z]{3,} [a-z]{2,} [a-z]{2,}")
    kept = re.compile(r'“[^”]*”|"[^"]*"')  # commands, names
    halves = [each for each in found if prose.search(kept.sub("", translated(each[1], "zh")))]
    assert halves == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            'scenarios/a.toml: unknown key "levres" in [levers]. Did you mean "levers"?',
            "scenarios/a.toml：[levers] 中有未知的键“levres”。您是不是要找“levers”？",
        ),
        (
            "plots/a.toml: panel #1.digits = 'x': should be a valid integer. (2 more of the kind.)",
            "plots/a.toml：panel #1.digits = 'x'：应为整数。（另有 2 处同类问题。）",
        ),
        (
            "series.csv, line 3: gdp: source is empty.",
            "series.csv 第 3 行：gdp：source 为空。",
        ),
        ("out: cannot write here (Permission denied). Choose another folder with --out.",
         "out：无法在此写入（权限不足）。请用 --out 另选文件夹。"),
        ("out/report.html: No space left on device.", "out/report.html：磁盘空间已满。"),
        (
            'study.toml: "GDP" is computed: a number cannot take its place.',
            "study.toml：“GDP”是算出的变量，不能代以数字。",
        ),
        (
            "out: holds another sweep: n was 8, is 9; m was 1, is 2 (and 3 more). Choose another "
            "folder with --out, or give --overwrite to replace it.",
            "out：已有另一次扫描：n 原为 8，现为 9；m 原为 1，现为 2（另有 3 处）。请用 --out "
            "另选文件夹，或用 --overwrite 替换。",
        ),
        (
            'statement "grows": "Outptu" is not a variable of the model. Did you mean "Output"?',
            "论断“grows”：模型中没有变量“Outptu”。您是不是要找“Output”？",
        ),
    ],
)  # fmt: skip
def test_messages_are_translated_part_by_part(english: str, chinese: str) -> None:
    assert translated(english, "zh") == chinese


# --- what plot says of results that do not fit --------------------------------------------------


def test_plot_of_named_charts_and_formats(shell: Shell) -> None:
    assert shell("run", "--quiet").code == 0
    charts = shell.folder / "results" / "charts"
    for old in charts.iterdir():
        old.unlink()
    assert shell("plot", "output", "both", "--format", "svg", "--format", "pdf").code == 0
    assert sorted(each.name for each in charts.iterdir()) == [
        "both.en.pdf",
        "both.en.svg",
        "output.en.pdf",
        "output.en.svg",
    ]
    refused(shell("plot", "outptu"), 'Unknown chart "outptu". Did you mean "output"?')


def test_plot_names_what_is_missing(shell: Shell) -> None:
    spec = 'kind = "posterior"\ntitle = "What"\nsubtitle = "is known"\n'
    (shell.folder / "plots" / "known.toml").write_text(spec, "utf-8")
    refused(shell("plot", "known"), 'results: no calibration.nc here. Make it with "nqpf calib')
    assert shell("run", "--quiet").code == 0
    assert shell("plot").code == 0  # what there are results for
    spec = (
        'kind = "sobol"\nsweep = "s"\ntitle = "What"\nsubtitle = "is known"\n'
        '[[outcome]]\nname = "y"\n'
    )
    (shell.folder / "plots" / "known.toml").write_text(spec, "utf-8")
    refused(shell("plot", "known"), "no sweeps/s/analysis/sobol.csv here", '"nqpf analyse sobol"')
    table = shell.folder / "results" / "sweeps" / "s" / "analysis" / "sobol.csv"
    table.parent.mkdir(parents=True)
    table.write_text("")
    refused(shell("plot", "known"), "sobol.csv: is broken or no table")
    table.write_text("outcome,time,factor\n")
    refused(shell("plot", "known"), "sobol.csv: is empty")
    table.write_text("outcome,time,factor\ny,,Effect\n")
    refused(shell("plot", "known"), 'sobol.csv of sweep "s" has no column "S1"')
    rows = "outcome,time,factor,S1,S1_low,S1_high,ST,ST_low,ST_high,n\nx,,E,0,0,0,0,0,0,8\n"
    table.write_text(rows)
    refused(shell("plot", "known"), 'sweep "s" has no outcome "y". Known: x.')


def test_plot_of_results_of_another_model(shell: Shell) -> None:
    assert shell("run", "--quiet").code == 0
    model = shell.folder / "model" / "two.mdl"
    model.write_text(model.read_text("utf-8").replace("0.05", "0.06"), "utf-8")
    result = shell("plot")
    assert result.code == 0
    assert 'are of another version of the model: make them anew with "nqpf run".' in result.out
    spec = shell.folder / "plots" / "output.toml"
    spec.write_text(spec.read_text("utf-8").replace('"Total output"', '"Net output"'), "utf-8")
    refused(shell("plot"), 'no variable "Net output"', "of another version of the model")


def test_broken_results_of_a_calibration(shell: Shell) -> None:
    spec = 'kind = "posterior"\ntitle = "What"\nsubtitle = "is known"\n'
    (shell.folder / "plots" / "known.toml").write_text(spec, "utf-8")
    (shell.folder / "results").mkdir()
    (shell.folder / "results" / "calibration.nc").write_bytes(b"not a file of ours")
    refused(shell("plot", "known"), 'calibration.nc is broken or not a file of "nqpf calibrate"')


def test_a_font_that_is_missing_is_said_across_processes() -> None:
    error = pickle.loads(pickle.dumps(InputError("No font on this system has the characters.")))
    assert isinstance(error, InputError)
    assert str(error) == "No font on this system has the characters."
