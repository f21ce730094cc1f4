"""What the shipped study says in Chinese: all of what it says in English, with the same figures."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from nqpf.charts.spec import Style, read_style
from nqpf.engine import Model
from nqpf.engine.names import canonical
from nqpf.errors import InputError
from nqpf.explain.documentation import documentation
from nqpf.study.documentation import Translated, read_documentation
from nqpf.study.folder import Study, open_study, shipped_study
from nqpf.study.model import load_model
from nqpf.study.names import read_names

_SCALES = {"thousand": 3, "million": 6, "万": 4}
_MONTHS = {name: f"{number} " for number, name in enumerate(calendar.month_name) if name}
# A citation stands in every language as it is: names, "and", years, names of series.
_CITATION = re.compile(r"((and|et|al|van|rtfpna|hc|[A-Z]\w+|[\d.]+)\b[;,.]* ?)+")


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(shipped_study())


@pytest.fixture(scope="module")
def model(study: Study) -> Model:
    return load_model(study)


@pytest.fixture(scope="module")
def chinese(study: Study, model: Model) -> Translated:
    return read_documentation(study.folder / "model" / "documentation.toml", model.variables)


@pytest.fixture(scope="module")
def style(study: Study) -> Style:
    return read_style(study.plots)


def figures(text: str) -> Counter[Decimal]:
    """Return the numbers in a text of either language, years and scales written out."""
    for month, number in _MONTHS.items():
        text = text.replace(month, number)
    text = re.sub(r"(\d\d)(\d\d)([-—])(\d\d)(?!\d)", r"\1\2\3\1\4", text)  # 2015-19
    scaled = r"(?:([\d.]+)(?: to |～))?([\d.]+) ?(thousand|million|万)"

    def written_out(found: re.Match[str]) -> str:
        scale = 10 ** _SCALES[found[3]]
        return " ".join(f"{Decimal(each) * scale:f}" for each in found.groups()[:2] if each)

    text = re.sub(scaled, written_out, text)
    return Counter(Decimal(each) for each in re.findall(r"\d+(?:\.\d+)?", text))


def test_numbers_are_found_in_either_language() -> None:
    english = "10 to 13 million in 2015-19, 11 December; 0.5 percent"
    assert figures(english) == figures("2015—19 年、12 月 11 日为 1000～1300 万；0.50%")
    assert figures(english) != figures("2015—18 年、12 月 11 日为 1000～1300 万；0.5%")


def test_every_variable_has_a_name_of_its_own(study: Study, model: Model) -> None:
    names = read_names(study.folder / "model" / "names.toml")
    assert not {canonical(name) for name in model.variables} - set(names)
    twice = [
        name for name, count in Counter(each.zh for each in names.values()).items() if count > 1
    ]
    assert twice == []


def test_every_documentation_is_there_with_the_same_figures(
    model: Model, chinese: Translated
) -> None:
    for name, variable in model.variables.items():
        english = documentation(variable.doc).text
        assert canonical(name) in chinese.variables, name
        assert figures(chinese.variables[canonical(name)]) == figures(english), name


def test_every_source_is_a_citation_or_there_with_the_same_figures(
    model: Model, chinese: Translated
) -> None:
    sources = {documentation(each.doc).source for each in model.variables.values()} - {""}
    assert not set(chinese.sources) - sources
    for source in sources:
        said = chinese.sources.get(source)
        if said is None:
            assert _CITATION.fullmatch(source), source
        else:
            assert figures(said) == figures(source), source


def test_units_elements_and_parts_have_words(model: Model, style: Style) -> None:
    variables = model.variables.values()
    assert not {each.unit for each in variables} - set(style.units)
    assert not {each.group for each in variables} - set(style.groups)
    elements = {name for each in model.subscripts.values() for name in each}
    assert not elements - set(style.elements)


def test_the_two_pages_on_the_model_say_the_same(study: Study) -> None:
    def read(name: str) -> str:
        return (study.folder / "model" / name).read_text("utf-8")

    def shape(text: str) -> list[str]:
        """Kinds of lines that are part of the layout."""
        return [
            each.split()[0].rstrip("|")
            for each in re.findall(r"^(?:#+ |\||\* |\d\. ).*", text, re.M)
        ]

    english, chinese = read("structure.md"), read("structure.zh.md")
    assert shape(chinese) == shape(english)
    assert figures(chinese) == figures(english)


def test_a_text_for_no_variable_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "documentation.toml"
    path.write_text('[zh.variables]\n"Capitel" = "资本"\n', "utf-8")
    with pytest.raises(
        InputError, match=r'the model has no variable "Capitel"\. Did you mean "Capital'
    ):
        read_documentation(path, ["Capital", "GDP"])
