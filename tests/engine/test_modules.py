"""Modules of XMILE joined into one model. Names as in XMILE 1.0, sections 3.7.4 and 4.7."""

from __future__ import annotations

from pathlib import Path

import pytest

import nqpf
from nqpf.engine import ir
from nqpf.engine.reader.modules import Module, Part, flatten


def variable(name: str, body: ir.Expr, subscripts: tuple[str, ...] = ()) -> ir.Element:
    definition = ir.Definition(subscripts, (), body)
    return ir.Element(name, name.replace(" ", "_"), "l", "", (None, None), (definition,))


def plus(left: str, right: str) -> ir.Expr:
    return ir.Binary("+", ir.Name(left), ir.Name(right))


def bodies(elements: tuple[ir.Element, ...]) -> dict[str, object]:
    return {element.name: element.definitions[0].body for element in elements}


TANK = Part((variable("supply", ir.Number(0.0)), variable("level", plus("supply", "TIME STEP"))))


@pytest.mark.parametrize(
    ("to", "source"), [("supply", "a b"), ("tank.Supply", ".a b"), (".supply", "a_b")]
)
def test_an_input_is_what_is_connected_to_it(to, source):
    root = Part(
        (variable("a b", ir.Number(3.0)), variable("seen", ir.Name("tank.level"))),
        (Module("tank", ((to, source),)),),
    )
    made = bodies(flatten(root, {"Tank": TANK}))
    assert list(made) == ["a b", "seen", "tank.supply", "tank.level"]
    assert made["tank.supply"] == ir.Name(source.lstrip("."))
    assert made["tank.level"] == plus("tank.supply", "TIME STEP")
    assert made["seen"] == ir.Name("tank.level")


def test_modules_feed_one_another():
    root = Part(
        (),
        (
            Module("hares", (("lynxes", "lynxes.lynxes"),)),
            Module("lynxes", (("lynxes.hares", "hares.hares"),)),
        ),
    )
    parts = {
        "hares": Part((variable("hares", ir.Name("lynxes")), variable("lynxes", ir.Number(0.0)))),
        "lynxes": Part((variable("lynxes", ir.Name("hares")), variable("hares", ir.Number(0.0)))),
    }
    made = bodies(flatten(root, parts))
    assert made["hares.lynxes"] == ir.Name("lynxes.lynxes")
    assert made["lynxes.hares"] == ir.Name("hares.hares")
    assert made["hares.hares"] == ir.Name("hares.lynxes")


def test_a_model_used_twice_and_one_inside_another():
    house = Part(
        (variable("need", ir.Number(1.0)), variable("left", ir.Name("tank.level"))),
        (Module("tank", (("supply", "need"),)),),
    )
    root = Part(
        (variable("all", plus("east.left", "west.tank.level")),),
        (Module("east", model="house"), Module("west", (("west.need", ".all"),), "house")),
    )
    made = bodies(flatten(root, {"house": house, "tank": TANK}))
    assert made["all"] == plus("east.left", "west.tank.level")
    assert made["east.left"] == ir.Name("east.tank.level")
    assert made["east.tank.supply"] == ir.Name("east.need")
    assert made["west.need"] == ir.Name("all")
    assert made["west.tank.level"] == plus("west.tank.supply", "TIME STEP")


def test_an_input_keeps_its_subscripts_and_unit():
    part = Part((variable("supply", ir.Number(0.0), ("r",)),))
    root = Part((variable("a", ir.Number(1.0), ("r",)),), (Module("tank", (("supply", "a"),)),))
    _, supply = flatten(root, {"tank": part})
    assert supply.definitions[0].subscripts == ("r",)
    assert supply.definitions[0].body == ir.Name("a", ("r",))
    assert (supply.unit, supply.py_name) == ("l", "tank_supply")


@pytest.mark.parametrize(
    ("module", "parts", "expected"),
    [
        (Module("tanc"), {"tank": TANK}, 'uses model "tanc", which is not there. Did you mean'),
        (
            Module("tank", (("suply", "a"),)),
            {"tank": TANK},
            'module "tank" has no variable "suply". Did you mean "supply"?',
        ),
        (
            Module("a"),
            {"a": Part((), (Module("b"),)), "b": Part((), (Module("a"),))},
            'model "a" holds itself: a -> b -> a',
        ),
        (Module("tank", (("supply", "tank.supply"),)), {"tank": TANK}, "is connected to itself"),
    ],
)
def test_wrong_modules_are_named(module, parts, expected):
    with pytest.raises(nqpf.InputError) as caught:
        flatten(Part((variable("a", ir.Number(1.0)),), (module,)), parts)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


# --- whole files ------------------------------------------------------------------------------

XMILE = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><name>town</name></header>
<sim_specs method="Euler" time_units="Year"><start>0</start><stop>4</stop><dt>1</dt></sim_specs>
<dimensions><dim name="r"><elem name="p"/><elem name="q"/></dim></dimensions>
{parts}
</xmile>
"""
TOWN = """<model><variables>
<module name="north"><connect to="north.rain" from=".rain"/></module>
<aux name="rain"><eqn>2 + TIME</eqn></aux>
<aux name="seen"><eqn>north.tank.level + 0.5</eqn></aux>
</variables></model>
<model name="north"><variables>
<module name="tank"><connect to="supply" from="caught"/></module>
<aux name="rain" access="input"><eqn>{nothing yet}</eqn><units>mm</units></aux>
<aux name="caught"><eqn>rain * 10</eqn></aux>
</variables></model>
<model name="tank"><variables>
<stock name="supply" access="input"><eqn>{nothing yet}</eqn><inflow>fill</inflow></stock>
<stock name="level" access="output"><eqn>5</eqn><inflow>fill</inflow></stock>
<flow name="fill"><eqn>supply</eqn></flow>
</variables></model>"""
SMOOTH = """<model><variables>
<aux name="goal"><eqn>IF TIME &lt; 1 THEN 0 ELSE 8</eqn></aux>
<aux name="slow"><eqn>LAG(goal, 2, 4) + LAG(goal, 2)</eqn></aux>
<aux name="each"><dimensions><dim name="r"/></dimensions>
<element subscript="p"><eqn>LAG(TIME, 1)</eqn></element>
<element subscript="q"><eqn>LAG(10, 2, 0)</eqn></element></aux>
</variables></model>
<macro name="LAG"><parm>input</parm><parm>time_to_adjust</parm><parm default="input">initial</parm>
<eqn>Level_of_It</eqn><variables><flow name="input"/>
<stock name="Level of It"><eqn>initial</eqn><inflow>change</inflow></stock>
<flow name="change"><eqn>(input - Level_of_It) / time_to_adjust</eqn></flow>
</variables></macro>"""


def test_modules_of_a_file(tmp_path: Path):
    """Rain 2, 3, 4, 5 a year on ten units: 5, 25, 55, 95, 145."""
    path = tmp_path / "town.xmile"
    path.write_text(XMILE.replace("{parts}", TOWN))
    model = nqpf.load(path)
    frame = model.run()
    assert frame["north.tank.level"].tolist() == [5, 25, 55, 95, 145]
    assert frame["seen"].iloc[-1] == 145.5
    assert model.variables["north.rain"].unit == "mm"
    assert model.run({"north.rain": 1})["north.tank.level"].iloc[-1] == 45


def test_macros_of_a_file(tmp_path: Path):
    """From 4 and from 0 to 8 in halves from year 1 on; the lag of Time is a year behind."""
    path = tmp_path / "town.stmx"
    path.write_text(XMILE.replace("{parts}", SMOOTH))
    frame = nqpf.load(path).run()
    assert frame["slow"].tolist() == [4, 2, 9, 12.5, 14.25]
    assert frame["each[p]"].tolist() == [0, 0, 1, 2, 3]
    assert frame["each[q]"].tolist() == [0, 5, 7.5, 8.75, 9.375]


def test_a_module_without_its_model_is_named(tmp_path: Path):
    path = tmp_path / "town.xmile"
    path.write_text(XMILE.replace("{parts}", TOWN.replace('name="tank"><v', 'name="tanks"><v')))
    with pytest.raises(nqpf.InputError) as caught:
        nqpf.load(path)
    text = 'module "north.tank" uses model "tank", which is not there. Did you mean "tanks"?'
    assert text in str(caught.value)
    assert str(path) in str(caught.value)
