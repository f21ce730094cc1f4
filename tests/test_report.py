"""The report: what it holds, and how it says no."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from nqpf.report.words import chance, likelihood, signed, spaced
from test_bands import EFFECT, draws_of, keep
from test_cli import Shell, refused, shell

__all__ = ["shell"]  # a fixture

ABOUT = """
title = { en = "Two regions", zh = "两个地区" }
question = { en = "Does <effort> pay?", zh = "努力是否值得？" }
[[limits]]
en = "It has no prices."
zh = "没有价格。"
"""


def with_draws(folder: Path) -> Path:
    """Give the small study an ensemble, an effect and a text about itself."""
    summary = folder / "plots" / "summary.toml"
    summary.write_text(summary.read_text("utf-8") + EFFECT, "utf-8")
    (folder / "model" / "about.toml").write_text(ABOUT, "utf-8")
    keep(draws_of(), folder / "calibration")
    return folder


def made(shell: Shell, *options: str) -> str:
    """Run the study and return its report."""
    assert shell("run", "--quiet").code == 0
    found = shell("report", *options)
    assert found.code == 0, found.err
    return (shell.folder / "results" / "report.html").read_text("utf-8")


class Page(HTMLParser):
    """Anchors, links and data of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.outside: list[str] = []
        self.data = json.loads(
            re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[0]
        )
        self.feed(re.sub(r"<script>.*?</script>", "", text, flags=re.S))

    def handle_starttag(
        self,
        tag: str,  # noqa: ARG002
        attrs: list[tuple[str, str | None]],
    ) -> None:
        for key, value in attrs:
            if key == "id":
                self.ids.append(str(value))
            if key == "href":
                self.links.append(str(value))
            if key in ("src", "href", "action", "poster", "srcset"):
                self.outside += [str(value)] if not str(value).startswith("#") else []


def test_the_page_answers_the_question_first(shell: Shell) -> None:
    with_draws(shell.folder)
    text = made(shell)
    assert "Two regions" in text
    assert "Does &lt;effort&gt; pay?" in text  # what a study says is text, never markup
    head, _, rest = text.partition('id="findings"')
    assert "By 2030 the strongest path is" in head
    assert "到 2030 年作用最大的是" in head
    assert "It has no prices." in rest


def test_every_link_leads_to_a_place_in_the_page(shell: Shell) -> None:
    page = Page(made(shell))
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert page.outside == []


def test_every_variable_and_scenario_has_its_place(shell: Shell) -> None:
    page = Page(made(shell))
    assert {"v-total-output", "v-effort-part", "v-growth", "v-effect"} <= set(page.ids)
    assert {"s-baseline", "s-effort", "s-late", "s-north"} <= set(page.ids)


def test_charts_hold_the_numbers_of_the_results(shell: Shell) -> None:
    with_draws(shell.folder)
    data = Page(made(shell)).data
    figure = next(each for each in data["figures"] if each["id"] == "output")
    curve = next(each for each in figure["panels"][0]["curves"] if each["key"] == "late")
    effects = (shell.folder / "results" / "effects.csv").read_text("utf-8")
    row = next(line.split(",") for line in effects.splitlines() if line.startswith("2030,late"))
    assert curve["y"][-1] == pytest.approx(float(row[2]), rel=1e-3)
    assert data["effects"]["rows"][0]["effects"]["2030"][1] == pytest.approx(
        float(effects.splitlines()[1].split(",")[2]), rel=1e-3
    )
    assert data["courses"]["scenarios"]["late"][2][-1] == pytest.approx(float(row[2]), rel=1e-3)


def test_without_draws_it_says_what_is_missing(shell: Shell) -> None:
    text = made(shell)
    assert "nqpf calibrate --keep" in text
    assert "One run a scenario" in text
    assert "The model has not been checked" in text
    assert Page(text).data["effects"] is None


def test_what_other_commands_left_becomes_part_of_it(shell: Shell) -> None:
    with_draws(shell.folder)
    assert shell("check", "--quiet").code in (0, 1)
    head = "target,element,n,years,MAPE,UM,within 50%,within 90%"
    fit = f"{head}\noutput,,3,2020-2022,1.5,0.2,0.5,1.0\n"
    (shell.folder / "results" / "fit.csv").write_text(fit, "utf-8")
    text = made(shell)
    assert "The model has not been checked" not in text
    assert "Every number has a source" in text
    assert "数字均有来源" in text
    assert re.search(r"none of \d+ equations", text)
    assert re.search(r"\d+ 个方程中 0 处单位不一致", text)
    assert "The table of fit is not among the results" not in text
    assert "No hold-out is among the results" in text


SWEEP = """
title = { en = "What if", zh = "如果" }
design = "posterior"
"""
POLICIES = [(0, "Baseline", "基准"), (1, "Effort", "努力")]


def swept(folder: Path, model_hash: str) -> Path:
    """Write two sweeps of the small study, one of them run, and what analyses of it found."""
    sweeps, store = folder / "scenarios" / "sweeps", folder / "results" / "sweeps" / "ran"
    (store / "analysis").mkdir(parents=True)
    sweeps.mkdir()
    for name in ("ran", "waits"):
        (sweeps / f"{name}.toml").write_text(SWEEP, "utf-8")
    outcome = {"title": {"en": "Output in 2030", "zh": "2030 年产出"}, "unit": "bn", "digits": 1}
    identity = {
        "spec": {"outcomes": {"y": outcome}},
        "layout": {"samples": 50, "policies": 2, "runs": 100},
        "model": {"hash": model_hash},
    }
    (store / "record.json").write_text(json.dumps({"identity": identity}), "utf-8")
    shares = [("Effect", 0.3, 0.4), ("fitted draw", 0.5, 0.62)]
    ends = {"outcome": "y", "n": 50, "low": 1.0, "high": 3.0, "policy": 0, "label": "p"}
    rows = {
        "sobol": [
            {"outcome": "y", "time": None, "factor": factor, "S1": one, "ST": total}
            for factor, one, total in shares
        ],
        "ranks": [
            ends | {"policy": place, "median": 2.0 - place, "rank": place + 1.0, "first": 0.96}
            for place, *_ in POLICIES
        ],
        "policies": [
            {"policy": place, "label": en, "title_en": en, "title_zh": zh}
            for place, en, zh in POLICIES
        ],
        "boxes": [
            {"box": 1, "factor": "Effect", "low": 0.01, "high": 0.02, "whole_low": 0.01,
             "whole_high": 0.03}
        ],
        "boxes_quality": [{"box": 1, "mass": 0.2, "density": 0.87, "coverage": 0.5}],
    }  # fmt: skip
    for name, table in rows.items():
        pd.DataFrame(table).to_csv(store / "analysis" / f"{name}.csv", index=False)
    asked = {"outcome": "y", "above": None, "below": 1.5, "policy": "Effort", "samples": 50}
    found = json.dumps(asked | {"failures": 10})
    (store / "analysis" / "discover.json").write_text(found, "utf-8")
    return store


def test_sweeps_are_said_in_words(shell: Shell) -> None:
    assert shell("run", "--quiet").code == 0
    model_hash = json.loads((shell.folder / "results" / "record.json").read_text())["model"]["hash"]
    store = swept(shell.folder, model_hash)
    text = made(shell)
    for sentence in (
        "Output in 2030: 50 % of the variance is due to All fitted parameters together alone, 62 % "
        "with all its interactions; Effect 30 and 40 %.",
        "2030 年产出：“全部标定参数”单独解释方差的 50%，含全部交互作用为 62%；“Effect”分别为 30% "
        "和 40%。",
        "“Baseline” comes first in 96 % of the samples (median 2.0, 90 % 1.0 to 3.0, bn)",
        "“基准”在 96% 的样本中居首",
        "“Effort” fails (Output in 2030: below 1.5 bn) in 20 % of the samples.",
        "Where Effect is below 0.02: it fails in 87 % of the samples there, which are 20 % of all",
        "失败的样本占 87%；符合这些条件的样本占全部样本的 20%，占全部失败样本的 50%。",
        "50 samples, each run under 2 policies: 100 runs.",
        "<code>nqpf sweep waits</code>",
    ):
        assert sentence in text
    assert "another version of the model" not in text
    record = store / "record.json"
    record.write_text(record.read_text("utf-8").replace(model_hash, "0"), "utf-8")
    assert "It was run with another version of the model" in made(shell)
    boxes = store / "analysis" / "boxes.csv"
    boxes.rename(boxes.with_suffix(".aside"))
    refused(shell("report", "--quiet"), "boxes_quality.csv", "nqpf analyse")
    boxes.with_suffix(".aside").rename(boxes)
    (store / "analysis" / "ranks.csv").write_text("outcome,policy\ny,1\n", "utf-8")
    refused(shell("report", "--quiet"), "ranks.csv", "nqpf analyse")
    record.write_text('{"identity": {}}', "utf-8")
    refused(shell("report", "--quiet"), "record.json", "nqpf sweep")


def test_the_calibration_is_said_in_words(shell: Shell) -> None:
    assert shell("run", "--quiet").code == 0
    tables = {
        "fit": {"years": "2020-2022", "n": 3, "MAPE": 1.5, "UM": 0.2},  # of the best fit alone
        "windows": {"first": 2020, "last": 2022, "n": 3, "bias": -1.25, "growth": 0.3},
        "holdout": {"years": "2022-2022", "n": 8, "MAPE": 4.0, "random walk": 9.0, "trend": 3.0,
                    "within 50%": 0.5, "within 90%": 0.75},
    }  # fmt: skip
    for name, row in tables.items():
        table = pd.DataFrame([{"target": "output", "element": ""} | row])
        table.to_csv(shell.folder / "results" / f"{name}.csv", index=False)
    numbers = dict.fromkeys(("file", "best", "median", "5%", "95%"), 0.02)
    effect = {"parameter": "Effect", "unit": "1/Year", "kind": "calibrated", "data": "nothing"}
    effect |= numbers | {"ratio": 0.95, "profile low": 0.01, "profile high": None, "bounded": 1}
    pd.DataFrame([effect]).to_csv(shell.folder / "results" / "parameters.csv", index=False)
    text = made(shell)
    for sentence in (
        "Growth of Output over five years is missed by +0.30 points a year at most (2020–2022).",
        "产出的五年增速误差最大为每年 +0.30 个百分点（2020—2022 年）。",
        "Hold-out: 75% of 8 points lie within the 90 % band.",
        "A naive forecast does better on: Output.",
        "The data say nothing about: Effect.",
        "Without their own priors the data bound on one side only: Effect.",
        "0.01 … –",
    ):
        assert sentence in text
    assert "Fit: " not in text  # without draws there are no bands


def test_lang_chooses_what_is_shown_first(shell: Shell) -> None:
    text = made(shell, "--lang", "zh")
    assert '<html lang="zh-CN" data-lang="zh">' in text


STRUCTURE = """
kind = "structure"
title = { en = "The model", zh = "模型" }
subtitle = { en = "Boxes fill and drain", zh = "存量流入流出" }
[[loop]]
name = "R1"
title = { en = "compound growth", zh = "复利增长" }
through = ["Output"]
"""


def test_loops_stand_beside_the_equations_that_they_pass(shell: Shell) -> None:
    (shell.folder / "plots" / "structure.toml").write_text(STRUCTURE, "utf-8")
    text = made(shell)
    articles = dict(re.findall(r'<article id="(.*?)">(.*?)</article>', text, re.S))
    assert 'href="#loop-1"' in articles["v-output"]
    assert "compound growth" in articles["v-output"]
    assert "复利增长" in articles["v-output"]
    assert "loop" not in articles["v-total-output"]
    assert "<code>Total output = SUM" in articles["v-total-output"]  # no link to the "Output" in it
    named = re.findall(r'<li id="loop-1">(.*?)</li>', text, re.S)[0]
    assert named.endswith('<a href="#v-output">Output</a> → Output')
    assert {link.removeprefix("#") for link in Page(text).links} <= set(Page(text).ids)


def test_documentation_is_in_the_language_of_the_reader(shell: Shell) -> None:
    said = '[zh.variables]\n"Total output" = "两地产出合计"\n'
    (shell.folder / "model" / "documentation.toml").write_text(said, "utf-8")
    text = made(shell)
    both = '<span lang="en">Output of both regions.</span><span lang="zh-CN">两地产出合计</span>'
    assert both in text
    assert "<p>Share of the North.</p>" in text  # what has no Chinese is in English for all
    assert '<span lang="en">The North</span><span lang="zh-CN">北方</span>' in text


def test_a_study_without_charts_has_a_report_too(shell: Shell) -> None:
    for path in (shell.folder / "plots").glob("*.toml"):
        path.unlink()
    text = made(shell)
    assert "The study specifies no charts" in text


def test_bad_results_are_one_line(shell: Shell) -> None:
    refused(shell("report", "--quiet"), "no projections.nc here", "nqpf run")
    assert not (shell.folder / "results").exists()
    assert shell("run", "--quiet").code == 0
    results = shell.folder / "results"
    good = (results / "record.json").read_text("utf-8")
    for text in ("", "[]", "{}", '{"model": 3}', good.replace('"command"', '"commands"')):
        (results / "record.json").write_text(text, "utf-8")
        refused(shell("report", "--quiet"), "record.json")
    (results / "record.json").write_text(good, "utf-8")
    one = '{"name": "units", "verdict": "holds", "figure": "none of 3", "findings": []}'
    old = '{"checks": [' + one + "]}"  # before checks named their model
    broken = '{"model_hash": "a", "checks": [{"name": "units"}]}'
    for text in ("", "{}", '{"checks": 3}', broken, old):
        (results / "checks.json").write_text(text, "utf-8")
        refused(shell("report", "--quiet"), "checks.json", "nqpf check")
    (results / "checks.json").unlink()
    for text in ("", "a,b\n1,2\n", "target\n\x00"):
        (results / "fit.csv").write_text(text, "utf-8")
        refused(shell("report", "--quiet"), "fit.csv", "nqpf calibrate")
    (results / "fit.csv").unlink()
    (results / "projections.nc").write_bytes(b"CDF\x02")
    refused(shell("report", "--quiet"), "projections.nc is broken")
    assert not (results / "report.html").exists()


def test_results_of_another_model_are_refused(shell: Shell) -> None:
    assert shell("run", "--quiet").code == 0
    model = shell.folder / "model" / "two.mdl"
    model.write_text(model.read_text("utf-8").replace("Effect = 0.02", "Effect = 0.03"), "utf-8")
    refused(shell("report", "--quiet"), "results", "another version of two.mdl")


def test_checks_of_another_model_are_refused(shell: Shell) -> None:
    assert shell("check", "--quiet").code in (0, 1)
    model = shell.folder / "model" / "two.mdl"
    model.write_text(model.read_text("utf-8").replace("Effect = 0.02", "Effect = 0.03"), "utf-8")
    assert shell("run", "--quiet").code == 0
    refused(shell("report", "--quiet"), "checks.json: these are", 'Make them again with "nqpf che')
    refused(
        shell("--lang", "zh", "report", "--quiet"),
        "checks.json：这些结果出自另一模型，或 two.mdl 的另一版本。请用“nqpf check”重新生成",
    )
    assert shell("check", "--quiet").code in (0, 1)
    assert shell("report", "--quiet").code == 0


def test_a_calibration_of_another_model_is_refused(shell: Shell) -> None:
    made(shell)
    results = shell.folder / "results"
    (results / "calibration.json").write_text('{"model_hash": "another"}', "utf-8")
    assert shell("report", "--quiet").code == 0  # nothing of it is shown
    head = "target,element,n,years,MAPE,UM,within 50%,within 90%"
    (results / "fit.csv").write_text(f"{head}\noutput,,3,2020-2022,1,0,1,1\n", "utf-8")
    refused(shell("report", "--quiet"), "calibration.json: these are", '"nqpf calibrate"')
    own = json.loads((results / "record.json").read_text("utf-8"))["model"]["hash"]
    (results / "calibration.json").write_text(json.dumps({"model_hash": own}), "utf-8")
    assert shell("report", "--quiet").code == 0


def test_results_of_a_scenario_that_went_away_are_refused(shell: Shell) -> None:
    assert shell("run", "--quiet").code == 0
    (shell.folder / "scenarios" / "north.toml").unlink()
    refused(shell("report", "--quiet"), 'scenario "north"')


def test_an_old_report_survives_a_refusal(shell: Shell) -> None:
    made(shell)
    (shell.folder / "results" / "record.json").write_text("{}", "utf-8")
    refused(shell("report", "--quiet"), "record.json")
    assert (shell.folder / "results" / "report.html").exists()


def test_a_page_that_ends_a_script_does_not(shell: Shell) -> None:
    scenario = shell.folder / "scenarios" / "effort.toml"
    evil = 'title = "</script><script>alert(1)</script>"'
    scenario.write_text(re.sub("title = .*", evil, scenario.read_text("utf-8")), "utf-8")
    text = made(shell)
    assert "<script>alert(1)" not in text
    assert Page(text).data["scenarios"]["effort"]["title"]["en"].startswith("</script>")


def test_figures_in_words() -> None:
    assert [likelihood(share, "en") for share in (1, 0.99, 0.5, 0.2, 0.0)] == [
        "virtually certain",
        "virtually certain",
        "about as likely as not",
        "unlikely",
        "exceptionally unlikely",
    ]
    assert [chance(share) for share in (1, 0.99, 0.574, 0.0)] == [">99 %", "99 %", "57 %", "<1 %"]
    assert [signed(value, 1) for value in (1.25, -0.31, -0.01)] == ["+1.2", "−0.3", "0.0"]
    assert spaced("实际GDP比基准高4.8%（90%区间）") == "实际 GDP 比基准高 4.8%（90% 区间）"
