"""``nqpf explain``: what is said of a variable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nqpf.explain import Cause, Effect, Explainer
from nqpf.explain.documentation import Documentation, documentation
from nqpf.study.project import history
from test_cli import Shell, refused, shell

if TYPE_CHECKING:
    from conftest import Build, Write

__all__ = ["shell"]  # a fixture

POPULATION = """
Population = INTEG(births - deaths, initial population) ~ persons [0, ?] ~ People alive. |
births = birth rate * Population ~ persons/Year ~ Those who are born. |
deaths = Population / lifetime * crowding(Population / room) ~ persons/Year ~ |
birth rate = 0.1 ~ 1/Year [0, 1] ~ How many each has [Census; yearbook; 2001; seen] |
lifetime = 50 ~ Year ~ |
initial population = 100 ~ persons ~ At the start. |
room = 1000 ~ persons ~ |
crowding((0, 1), (1, 2), (2, 4)) ~ Dmnl ~ |
"""


@pytest.fixture
def explainer(build: Build) -> Explainer:
    model = build(POPULATION)
    return Explainer(model, history(model), [0, 10, 99])


def test_a_stock_is_explained(explainer: Explainer) -> None:
    found = explainer.of("population")
    assert (found.name, found.kind, found.unit) == ("Population", "stock", "persons")
    assert found.equations == ("Population = INTEG(births - deaths, initial population)",)
    assert found.limits == (0, None)
    assert found.causes == (
        Cause("births", 1),
        Cause("deaths", -1),
        Cause("initial population", 0, initial=True),
    )
    assert found.effects == (Effect("births", 1), Effect("deaths", 1))


def test_loops_are_named_with_their_polarity(explainer: Explainer) -> None:
    loops = {loop.variables: loop.polarity for loop in explainer.of("Population").loops}
    assert loops == {("Population", "births"): 1, ("Population", "deaths"): -1}
    assert [loop.variables for loop in explainer.of("births").loops] == [("births", "Population")]
    assert explainer.of("lifetime").loops == ()


def test_values_are_those_of_the_run(explainer: Explainer) -> None:
    found = explainer.of("Population")
    course = history(explainer.model)["Population"]
    assert found.times == (0, 10)  # a time that the run lacks is left out
    assert found.values[0].numbers == tuple(course.sel(time=[0, 10]).to_numpy().tolist())
    constant = explainer.of("lifetime")
    assert constant.times == ()
    assert constant.values[0].numbers == (50,)


def test_a_table_shows_its_points_and_what_reads_it(explainer: Explainer) -> None:
    found = explainer.of("crowding")
    assert found.equations == ("crowding: (0, 1), (1, 2), (2, 4)",)
    assert found.effects == (Effect("deaths", 0),)
    assert found.values == ()


def test_each_element_has_its_equation_and_values(build: Build) -> None:
    model = build(
        "Region: North, South ~~|\nbase[Region] = 1, 2 ~ m ~|\nlong[North] = 3 * base[North] ~ m ~|"
        "\nlong[South] = base[South] ~ m ~|\nboth[Region] = long[Region] ~ m ~|"
    )
    explainer = Explainer(model, history(model), [10])
    assert explainer.of("base").equations == ("base[North] = 1", "base[South] = 2")
    assert [each.partition(" = ")[0] for each in explainer.of("long").equations] == [
        "long[North]",
        "long[South]",
    ]
    assert explainer.of("both").equations == ("both[Region] = long[Region]",)
    values = {value.label: value.numbers for value in explainer.of("long").values}
    assert values == {"[North]": (3,), "[South]": (2,)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Many [A; B 2001; 2004-2021; derived]", ("Many", "A; B 2001", "2004-2021", "derived")),
        ("Only a text", ("Only a text", "", "", "")),
        ("No source [0, 1]", ("No source [0, 1]", "", "", "")),
        ("[convention; 2000; assumed]", ("", "convention", "2000", "assumed")),
        ("Two [A; 2001]", ("Two", "A", "2001", "")),
    ],
)  # fmt: skip
def test_sources_stand_at_the_end(text: str, expected: tuple[str, str, str, str]) -> None:
    assert documentation(text) == Documentation(*expected)


def test_the_command_explains_a_variable_of_the_study(shell: Shell) -> None:
    found = shell("explain", "total output", "--quiet")
    assert found.code == 0
    assert "Total output = SUM(Output[Region!])" in found.out
    assert "2022" in found.out  # last year of history
    assert "2030" in found.out  # end
    assert "R  Output → Output" not in found.out
    assert "+ Output" in found.out
    assert found.err == ""


def test_the_command_speaks_chinese(shell: Shell) -> None:
    found = shell("explain", "Output", "--lang", "zh", "--quiet")
    assert found.code == 0
    assert "存量" in found.out
    assert "所在反馈回路" in found.out


def test_names_for_readers_are_shown_and_understood(shell: Shell) -> None:
    names = '[zh]\n"Output" = "产出"\n"Total output" = "总产出"\n'
    (shell.folder / "model" / "names.toml").write_text(names, "utf-8")
    found = shell("explain", "总产出", "--lang", "zh", "--quiet")
    assert found.code == 0
    assert "总产出  Total output  (辅助变量)" in found.out
    assert "└── + 产出" in found.out
    assert shell("explain", "总产出", "--quiet").out.startswith("Total output  (auxiliary)")


def test_documentation_is_shown_in_chinese_where_the_study_has_it(shell: Shell) -> None:
    model = shell.folder / "model"
    mark = "[survey; 2001; assumed]"
    path = next(model.glob("*.mdl"))
    documented = f"Their output {mark}"
    path.write_text(path.read_text("utf-8").replace("Output of both regions.", documented), "utf-8")
    assert documented in path.read_text("utf-8")
    said = '[zh.variables]\n"total output" = "两地产出合计"\n[zh.sources]\n"survey" = "调查"\n'
    (model / "documentation.toml").write_text(said, "utf-8")
    chinese = shell("explain", "Total output", "--lang", "zh", "--quiet").out
    assert "两地产出合计" in chinese
    assert "来源：调查（2001；假定）" in chinese
    assert "Their output" not in chinese
    english = shell("explain", "Total output", "--quiet").out
    assert "Their output" in english
    assert "Source: survey (2001; assumed)" in english
    content = json.loads(shell("explain", "Total output", "--json").out)
    assert content["chinese"]["text"] == "两地产出合计"
    assert content["documentation"]["text"] == "Their output"


def test_loops_that_the_study_names_come_first(shell: Shell) -> None:
    spec = (
        'kind = "structure"\ntitle = "Model"\nsubtitle = "All"\n[[loop]]\nname = "R1"\n'
        'title = { en = "compound growth", zh = "复利增长" }\nthrough = ["Output"]\n'
    )
    (shell.folder / "plots" / "structure.toml").write_text(spec, "utf-8")
    assert "  R1 复利增长：Output → Output\n" in shell("explain", "Output", "--lang", "zh").out
    english = shell("explain", "Output").out
    assert "  R1 compound growth: Output → Output\n" in english
    assert "  R  Output → Output" not in english  # it is not said twice
    content = json.loads(shell("explain", "Output", "--json").out)
    assert content["named"][0]["loop"]["variables"] == ["Output"]


def test_the_command_takes_a_model_file(shell: Shell, write: Write) -> None:
    path = write(POPULATION, name="people.mdl")
    found = shell("explain", "deaths", str(path), "--quiet", "--depth", "1")
    assert found.code == 0
    assert "├── + Population" in found.out
    assert "± crowding" in found.out
    assert "B  deaths → Population → deaths" in found.out


def test_everything_is_there_as_json(shell: Shell) -> None:
    found = shell("explain", "North share", "--json")
    content = json.loads(found.out)
    assert content["name"] == "North share"
    assert [each["name"] for each in content["causes"]] == ["Output", "Total output"]
    assert content["values"][0]["numbers"][0] == pytest.approx(0.5, abs=0.1)


def test_bad_requests_are_one_line(shell: Shell, tmp_path: Path) -> None:
    refused(shell("explain", "Total outptu", "--quiet"), 'Did you mean "Total output"?')
    refused(shell("explain", "x", "nowhere.mdl", "--quiet"), "nowhere.mdl", "no such file")
    refused(shell("explain", "x", "two.mdl", "--study", "."), "two names for one thing")
    refused(shell("explain", "Output[East]", "--quiet"), "East")
    broken = tmp_path / "broken.mdl"
    broken.write_text("a = ", "utf-8")
    refused(shell("explain", "a", str(broken), "--quiet"), "broken.mdl")
