"""What causes what: polarity of links, feedback loops, parts of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

import nqpf
from nqpf.engine import Model
from nqpf.engine.causality import Loop, links, loop_through

MODEL = """{UTF-8}
********************************************************
\t.People
********************************************************~
\t\tWho is there.
\t|
Population = INTEG(births - deaths, 10) ~ persons [0, ?] ~ Stock. |
births = birth rate*Population*food ratio ~ persons/Year ~ Flow. |
deaths = Population/life ~ persons/Year ~ Flow. |
birth rate = 0.1 ~ 1/Year ~ Constant. |
life = 50 ~ Year ~ Constant. |
\t.Food
~ ~ |
food ratio = effect(Population) ~ Dmnl ~ Auxiliary. |
effect((0,1),(100,0)) ~ Dmnl ~ Table. |
share = Population/(Population + others) ~ Dmnl ~ Auxiliary. |
others = 5 ~ persons ~ Constant. |
gap = (wanted - Population)*push ~ persons ~ Auxiliary. |
wanted = 100 ~ persons ~ Constant. |
push = Population - 3 ~ persons ~ Of either sign. |
FINAL TIME = 10 ~ Year ~ End. |
INITIAL TIME = 0 ~ Year ~ Start. |
SAVEPER = 1 ~ Year ~ Saved. |
TIME STEP = 1 ~ Year ~ Step. |
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("causes") / "people.mdl"
    path.write_text(MODEL, "utf-8")
    return nqpf.load(path)


@pytest.mark.parametrize(
    ("cause", "effect", "polarity"),
    [
        ("births", "Population", 1),
        ("deaths", "Population", -1),
        ("Population", "births", 1),
        ("life", "deaths", -1),
        ("Population", "food ratio", -1),  # the table falls
        ("Population", "share", 1),  # a share rises with its part
        ("others", "share", -1),
        ("wanted", "gap", 0),  # what it is multiplied with may have either sign
    ],
)
def test_polarity_of_links(model: Model, cause: str, effect: str, polarity: int) -> None:
    assert links(model.written)[cause][effect] == polarity


def test_initial_values_are_no_links(tmp_path: Path) -> None:
    path = tmp_path / "tub.mdl"
    control = "".join(f"{name} = 1 ~ Year ~ |\n" for name in ("FINAL TIME", "TIME STEP", "SAVEPER"))
    text = "Tub = INTEG(2, start) ~ m3 ~ |\nstart = 3 ~ m3 ~ |\nINITIAL TIME = 0 ~ Year ~ |\n"
    path.write_text(text + control, "utf-8")
    assert links(nqpf.load(path).written)["start"] == {}


def test_loops_have_a_polarity(model: Model) -> None:
    graph = links(model.written)
    assert loop_through(graph, ["births"]) == Loop(("births", "Population"), 1)
    assert loop_through(graph, ["deaths"]) == Loop(("deaths", "Population"), -1)
    assert loop_through(graph, ["Population", "food ratio"]) == Loop(
        ("Population", "food ratio", "births"), -1
    )
    assert loop_through(graph, ["wanted"]) is None
    assert loop_through(graph, ["births", "share"]) is None


def test_variables_know_their_part_of_the_file(model: Model) -> None:
    groups = {each.name: each.group for each in model.variables.values()}
    assert groups["births"] == "People"
    assert groups["share"] == "Food"
