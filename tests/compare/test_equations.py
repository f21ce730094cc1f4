"""What is said to have changed between two texts of a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from nqpf.compare.equations import Change, ModelChanges, compare_models
from nqpf.engine.reader import read

BASE = """{UTF-8}
Region: North, South ~~|
Population = INTEG(Births - Deaths, 1000) ~ persons ~ People alive.|
Births = Population*Birth rate ~ persons/Year ~ New people.|
Deaths = Population/Lifetime(Time) ~ persons/Year ~ People who die.|
Birth rate = 0.03 ~ 1/Year [0, 0.1] ~ A guess.|
Land[Region] = 3, 4 ~ km2 ~ Land.|
Density[Region] = Population*Share[Region]/Land[Region] ~ persons/km2 ~ People on land.|
Share[North] = 0.4 ~~|
Share[South] = 1 - Share[North] ~ Dmnl ~ Where they live.|
Lifetime((0, 60), (50, 70), (100, 80)) ~ Year ~ How long a life is.|
FINAL TIME = 100 ~ Year ~~|
INITIAL TIME = 0 ~ Year ~~|
TIME STEP = 0.25 ~ Year ~~|
SAVEPER = 1 ~ Year ~~|
"""


@pytest.fixture
def changed(tmp_path: Path):
    def compare(*edits: tuple[str, str], base: str = BASE) -> ModelChanges:
        text = base
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        paths = tmp_path / "old.mdl", tmp_path / "new.mdl"
        for path, content in zip(paths, (base, text), strict=True):
            path.write_text(content, encoding="utf-8")
        return compare_models(read(paths[0]), read(paths[1]))

    return compare


def test_spelling_blanks_and_order_are_no_change(changed):
    share = "Share[North] = 0.4 ~~|\nShare[South] = 1 - Share[North] ~ Dmnl ~ Where they live.|\n"
    turned = "Share[South] = 1 - Share[North] ~~|\nShare[North] = 0.4 ~ Dmnl ~ Where they live.|\n"
    found = changed(
        ("Births = Population*Birth rate", "births = POPULATION * birth_rate"),
        (share, ""),
        ("Region:", turned + "Region:"),
    )
    assert found.changes == ()
    assert found.common == 12


def test_each_kind_of_change_is_named(changed):
    found = changed(
        ("Births = Population*Birth rate", "Births = Population*Birth rate*2"),
        ("Birth rate = 0.03 ~ 1/Year [0, 0.1]", "Birth rate = 0.04 ~ 1/year [0, 0.2]"),
        ("(50, 70)", "(50, 71)"),
        ("A guess.", "From a census."),
        ("Share[North] = 0.4", "Share[North] = 0.5"),
        ("3, 4 ~ km2", "3, 5 ~ km2"),
    )
    rate, births = "Birth rate", "Births"
    assert list(found.changes) == [
        Change("equation", births, "Births = Population * Birth rate",
               "Births = Population * Birth rate * 2"),
        Change("constant", rate, "Birth rate = 0.03", "Birth rate = 0.04"),
        Change("constant", "Land", "Land[Region] = 3; 4", "Land[Region] = 3; 5"),
        Change("constant", "Share", "Share[North] = 0.4", "Share[North] = 0.5"),
        Change("table", "Lifetime", "(50, 70)", "(50, 71)"),
        Change("unit", rate, "1/Year", "1/year"),
        Change("bounds", rate, "[0, 0.1]", "[0, 0.2]"),
        Change("documentation", rate, "A guess.", "From a census."),
    ]  # fmt: skip


def test_added_and_removed_variables_come_with_their_equations(changed):
    found = changed(
        ("Births = Population*Birth rate ~", "Births = Population*Fertility*Care ~"),
        ("Birth rate = 0.03", "Fertility = 0.05"),
        ("Land[Region] = 3", "Care = 0.7 ~ Dmnl ~~|\nLand[Region] = 3"),
    )
    assert [(each.kind, each.variable) for each in found.changes] == [
        ("added", "Fertility"),
        ("added", "Care"),
        ("removed", "Birth rate"),
        ("equation", "Births"),
    ]
    assert found.changes[2].old == "Birth rate = 0.03"


def test_subscripts_method_and_mappings(changed):
    euler = BASE + "\\\\\\---/// Sketch\n15:0,0,0,0,0,0\n"
    found = changed(
        ("Region: North, South", "Region: North, South, West"),
        ("3, 4 ~ km2", "3, 4, 5 ~ km2"),
        ("Share[South]", "Share[West] = 0 ~~|\nShare[South]"),
        ("15:0,0,0,0,0,0", "15:0,0,0,5,0,0"),
        base=euler,
    )
    assert [each.kind for each in found.changes] == ["constant", "constant", "subscripts", "method"]
    assert found.changes[2] == Change("subscripts", "Region", "North, South", "North, South, West")
    assert (found.changes[3].old, found.changes[3].new) == ("euler", "rk4")


# --- renames ------------------------------------------------------------------------------------


def renamed(found: ModelChanges) -> dict[str, str]:
    """Assert that nothing but names changed, and return which."""
    assert {each.kind for each in found.changes} <= {"renamed"}
    return found.renamed


def test_a_constant_is_recognised_by_who_reads_it(changed):
    assert renamed(changed(("Birth rate", "Fertility"))) == {"Birth rate": "Fertility"}


def test_a_stock_and_its_flows_renamed_together(changed):
    found = changed(("Population", "People"), ("Births", "Newborn"), ("Deaths", "Dying"))
    assert renamed(found) == {"Population": "People", "Births": "Newborn", "Deaths": "Dying"}


def test_a_table_and_an_array(changed):
    found = changed(("Lifetime", "Length of life"), ("Share", "Part"))
    assert renamed(found) == {"Lifetime": "Length of life", "Share": "Part"}


def test_two_constants_of_one_value_that_change_places_are_not_mixed_up(changed):
    base = BASE.replace(
        "Birth rate = 0.03", "Start = 0.03 ~ 1/Year ~~|\nBirth rate = 0.03"
    ).replace("Population*Birth rate", "Population*Birth rate + Start*100")
    found = changed(("Birth rate", "One"), ("Start", "Other"), base=base)
    assert renamed(found) == {"Birth rate": "One", "Start": "Other"}


def test_one_value_alone_is_no_renaming(changed):
    found = changed(
        ("Births = Population*Birth rate", "Births = Population*0.03"),
        ("Birth rate = 0.03 ~ 1/Year [0, 0.1] ~ A guess.", "Rainfall = 0.03 ~ m/Year ~ Weather."),
    )
    assert found.renamed == {}
    assert [each.kind for each in found.changes] == ["added", "removed", "equation"]


def test_the_same_documentation_tells_a_constant_whose_reader_changed(changed):
    found = changed(
        ("Births = Population*Birth rate ~", "Births = 2*Population*Fertility ~"),
        ("Birth rate = 0.03", "Fertility = 0.03"),
    )
    assert found.renamed == {"Birth rate": "Fertility"}
    assert [each.kind for each in found.changes] == ["renamed", "equation"]
    assert found.changes[1].old == "Births = Population * Birth rate"


def test_a_changed_equation_is_not_taken_for_a_renaming(changed):
    found = changed(("Births", "Newborn"), ("Population*Birth rate", "Population*Birth rate*2"))
    assert found.renamed == {}
    assert ("removed", "Births") in [(each.kind, each.variable) for each in found.changes]


def test_what_a_macro_hides_is_told_by_the_variable_that_uses_it(changed):
    base = (
        ":MACRO: TWICE(x)\nTWICE = x*Factor ~~|\nFactor = 2 ~~|\n:END OF MACRO:\n"
        + BASE.replace("Population*Birth rate", "TWICE(Population)*Birth rate")
    )
    (change,) = changed(("Factor = 2", "Factor = 3"), base=base).changes
    assert change.kind == "constant"
    assert "factor in TWICE" in change.variable
    assert "Births" in change.variable


def test_a_range_that_bears_another_name(changed):
    base = BASE.replace(
        "Density[Region]", "Total land = SUM(Land[Region!]) ~ km2 ~~|\nDensity[Region]"
    )
    found = changed(("Region", "Area"), base=base)
    assert list(found.changes) == [Change("renamed", "Area", "Region", "Area")]
    assert found.renamed == {}


def test_two_variables_do_not_become_one(changed):
    base = BASE.replace("FINAL", "p = 7 ~~|\nq = 7 ~~|\nx = 2*p ~~|\ny = 3*q ~~|\nFINAL")
    found = changed(("p = 7 ~~|\nq = 7", "r = 7"), ("2*p", "2*r"), ("3*q", "3*r"), base=base)
    assert found.renamed == {"p": "r"}
    assert [(each.kind, each.variable) for each in found.changes] == [
        ("renamed", "r"),
        ("removed", "q"),
        ("equation", "y"),
    ]


def test_one_of_two_alike_is_not_guessed(changed):
    base = BASE.replace("FINAL", "p = 2*Births ~~|\nq = 2*Births ~~|\nFINAL")
    found = changed(("p = 2*Births ~~|\nq =", "r ="), base=base)
    assert found.renamed == {}
    assert [each.kind for each in found.changes] == ["added", "removed", "removed"]


def test_what_a_renamed_variable_reads_must_be_the_same_too(changed):
    base = BASE.replace("FINAL", "x = a ~~|\na = 2*b ~~|\nb = 1 ~~|\nFINAL")
    assert changed(
        ("x = a", "x = c"), ("a = 2*b", "c = 2*d"), ("b = 1", "d = 1"), base=base
    ).renamed == {"a": "c", "b": "d"}
    assert (
        changed(("x = a", "x = c"), ("a = 2*b", "c = 2*d"), ("b = 1", "d = 5"), base=base).renamed
        == {}
    )
