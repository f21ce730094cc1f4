"""Modules of XMILE joined into one model. Names as in XMILE 1.0, sections 3.7.4 and 4.7."""

from __future__ import annotations

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
