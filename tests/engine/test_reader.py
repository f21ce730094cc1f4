"""The border: what a file says, and what is refused in one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import nqpf
from nqpf.engine.names import canonical, split_subscripts
from nqpf.engine.reader.identifiers import Identifiers
from nqpf.engine.reader.settings import vensim_method

XMILE = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><name>growth</name></header>
<sim_specs method="{method}" time_units="Year"{save}><start>0</start><stop>2</stop><dt>0.5</dt>
</sim_specs>
<model><variables>
<stock name="level"><eqn>10</eqn><inflow>growth</inflow></stock>
<flow name="growth"><eqn>rate * level</eqn></flow>
<aux name="rate"><eqn>0.1</eqn></aux>
</variables></model></xmile>
"""


@pytest.mark.parametrize(
    ("code", "method"),
    [(0, "euler"), (1, "rk45"), (2, "euler"), (3, "rk45"), (4, "rk2"), (5, "rk4")],
)
def test_the_integration_method_is_read_from_the_settings_block(write, code, method):
    model = nqpf.load(write("x = INTEG(1, 0) ~~|", code=code))
    assert model.control.method == method


def test_a_file_without_settings_is_euler():
    assert vensim_method("a = 1 ~~|") == "euler"


def test_xmile_method_and_save_period_are_read(tmp_path: Path):
    path = tmp_path / "growth.xmile"
    path.write_text(XMILE.format(method="RK4", save=' isee:save_interval="1"'))
    model = nqpf.load(path)
    assert (model.control.method, model.control.saveper) == ("rk4", 1.0)
    assert model.run().index.tolist() == [0.0, 1.0, 2.0]


def test_an_unknown_xmile_method_is_refused(tmp_path: Path):
    path = tmp_path / "growth.xmile"
    path.write_text(XMILE.format(method="gear", save=""))
    with pytest.raises(nqpf.InputError, match='integration method "gear" is not known'):
        nqpf.load(path)


def test_names_for_python_are_those_of_pysd():
    from pysd.builders.python.namespace import NamespaceManager

    names = [*("Capital", "per  head", " edges ", "H@t tr!ck", "1st", "Var$", "Var@", "_x", "x__y")]
    names += ["Step", "for", "sum", "Time", "random", "if then else", "\u00c9conomie", "人口", "%"]
    ours, theirs = Identifiers(), NamespaceManager()
    expected = [theirs.make_python_identifier(name, add_to_namespace=True) for name in names]
    assert [ours.new(name) for name in names] == expected


def test_no_model_needs_pysd(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "pysd", None)
    frame = nqpf.load(write("x = INTEG(1, 0) ~~|")).run()
    assert frame["x"].iloc[-1] == 10


@pytest.mark.parametrize(
    "spelling", ["GDP per head", "gdp_per_head", '"GDP  per Head"', "gdp per\thead "]
)
def test_spellings_of_one_name(spelling):
    assert canonical(spelling) == "gdp_per_head"


def test_subscripts_are_split_off():
    assert split_subscripts("GDP [East, L11]") == ("GDP", ("East", "L11"))
    assert split_subscripts("GDP") == ("GDP", ())


def test_every_unsupported_construct_is_listed_at_once(write):
    path = write("a = FIND ZERO(Time, 1, 0) ~~|\nb = MARKETP(0, 1) + a ~~|")
    with pytest.raises(nqpf.InputError) as caught:
        nqpf.load(path)
    text = str(caught.value)
    assert '"a" uses FIND ZERO of 3 arguments' in text
    assert '"b" uses MARKETP of 2 arguments' in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("equations", "expected"),
    [
        (
            "rate = 1 ~~|\nx = INTEG(rat, 0) ~~|",
            '"x" uses "rat", which is not defined. Did you mean',
        ),
        ("a = b ~~|\nb = a + 1 ~~|", "simultaneous equations depend on one another: a <- b <- a"),
        ("a = a + 1 ~~|", "simultaneous equations depend on one another: a <- a"),
        ("r: p, q ~~|\na[r] = 1 ~~|\nb = a[z] ~~|", '"b" uses "a[z]": no such element of r'),
        ("r: p, q ~~|\na[r] = 1 ~~|\nb = a[r] ~~|", "r does not stand on its left side"),
        ("r: p, q ~~|\na[r] = 1 ~~|\nb = a ~~|", 'uses "a" with 0 subscripts; it has 1'),
        ("r: p, q ~~|\na[r] = 1, 2, 3 ~~|", '"a" has 3 numbers for 2 elements'),
        ("r: p, q ~~|\na[r] = 1 ~~|\na[p] = Time ~~|", '"a" defines an element twice'),
        ("t((0,0),(1,1)) ~~|\na = t ~~|", '"a" uses "t", which needs an argument'),
        ("r: p, q ~~|\na[r] = 1 ~~|\nb = SUM(a[p]) ~~|", 'SUM needs a subscript marked with "!"'),
        ("d = Time ~~|\na = DELAY N(Time, 2, 0, d) ~~|", "the order of a delay must be a whole"),
        ("x = INTEG(x, y) ~~|\ny = x ~~|", "initial values depend on one another: y <- x <- y"),
    ],
)
def test_what_is_wrong_in_the_equations_is_named(write, equations, expected):
    with pytest.raises(nqpf.InputError) as caught:
        nqpf.load(write(equations))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.mdl", b"\x00\xff\x13 not a model at all"),
        ("model.mdl", b""),
        ("model.mdl", b"{UTF-8}\nx = INTEG(1, 0 ~~|"),
        ("model.mdl", b"{UTF-8}\nx = 1 ~~|"),
        ("model.xmile", b"<xmile><model>"),
        ("model.xmile", b'<xmile xmlns="x"><sim_specs/></xmile>'),
        ("model.xmile", b""),
    ],
)
def test_damaged_files_are_refused_in_one_line(tmp_path: Path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(nqpf.InputError) as caught:
        nqpf.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_foreign_files(tmp_path: Path):
    with pytest.raises(nqpf.InputError, match="cannot be read"):
        nqpf.load(tmp_path / "none.mdl")
    other = tmp_path / "model.txt"
    other.write_text("x")
    with pytest.raises(nqpf.InputError, match=r'a model file ends in \.mdl.*not "\.txt"'):
        nqpf.load(other)


def test_a_name_made_to_break_out_stays_a_name(build, tmp_path: Path):
    """What a file calls its variables is data: it names columns and never becomes code."""
    mark = tmp_path / "broken_out"
    name = f"\"x\\n    open(r'{mark}', 'w')#  ''' \"\"\" {{M}} %s\"".replace('"""', "")
    model = build(f"{name} = INTEG(1, 0) ~~|\ny = {name} * 2 ~~|")
    frame = model.run()
    assert not mark.exists()
    assert frame["y"].iloc[-1] == 20.0
    assert len(frame.columns) == 6


def test_chinese_names(build):
    model = build("资本 = INTEG(投资, 100) ~ 亿元 ~ 存量 |\n投资 = 5 ~ 亿元/Year ~|")
    assert model.run()["资本"].iloc[-1] == 150.0
    assert model.variables["资本"].unit == "亿元"
