"""Equations added to a model, or put in place of its own."""

from __future__ import annotations

import pytest

import nqpf
from nqpf.errors import InputError

BIRTHS = """r: p, q ~~|
x[r] = INTEG(births[r], 1) ~ people ~|
births[r] = table(Time) * x[r] * rate[r] ~ people/year ~ Births. [who; 2000; assumed]~|
rate[r] = 1, 2 ~ 1/year [0, 3]~|
table((0,1),(10,1)) ~~|
"""


@pytest.fixture
def file(write):
    return write(BIRTHS, final=2, step=1)


def test_an_equation_takes_the_place_of_the_files(file):
    frame = nqpf.load(file, changes="births[r] = 3 ~~|").run()
    assert frame["x[p]"].tolist() == [1, 4, 7]
    assert "births as in the file" not in nqpf.load(file, changes="births[r] = 3 ~~|").variables


def test_what_the_file_said_is_still_there(file):
    model = nqpf.load(file, changes='births[r] = 0.5 * "births as in the file"[r] + table(0) ~~|')
    frame = model.run()
    assert frame["x[q]"].tolist() == [1, 3, 7]
    assert frame["births as in the file[q]"].tolist() == [2, 6, 14]
    assert model.find("births").unit == "people/year"
    assert model.find("births").doc == "Births. [who; 2000; assumed]"


def test_constants_and_new_variables(file):
    text = "rate[p] = 0.5 ~~| rate[q] = 0 ~~| sum of x = SUM(x[r!]) ~~|"
    model = nqpf.load(file, changes=text)
    assert model.run()["sum of x"].tolist() == [2, 2.5, 3.25]
    assert model.find("rate").limits == (0, 3)
    assert model.hash != nqpf.load(file).hash


def test_a_file_of_xmile_is_changed_in_the_same_writing(tmp_path):
    path = tmp_path / "tank.xmile"
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">'
        "<header><name>tank</name></header><sim_specs><start>0</start>"
        "<stop>2</stop><dt>1</dt></sim_specs><model><variables>"
        '<stock name="level"><eqn>3</eqn><inflow>fill</inflow></stock>'
        '<flow name="fill"><eqn>2</eqn></flow></variables></model></xmile>'
    )
    text = "fill = IF THEN ELSE(Time < 1, 0, fill as in the file) ~~|"
    assert nqpf.load(path, changes=text).run()["level"].tolist() == [3, 3, 5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("births[r] = 3 +", "changes:"),
        ("births[r] = nothing ~~|", '"nothing"'),
        ("births[s] = 3 ~~|", '"s"'),
        (":MACRO: m(a) m = a ~~| :END OF MACRO:", "changes: a macro"),
        ("births[r] = births[r] ~~|", "births"),
    ],
)
def test_wrong_changes_are_one_line(file, text, said):
    with pytest.raises(InputError) as caught:
        nqpf.load(file, changes=text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
