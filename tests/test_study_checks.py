"""The study's own model passes its checks; what it contradicts is said as a finding."""

from __future__ import annotations

import json
import re

import pytest

from nqpf.checks.statements import FILE, StatementFile, read_statements
from nqpf.checks.verdict import Check, Checked, from_plain, plain
from nqpf.checks.whole import check_study
from nqpf.study.folder import open_study, shipped_study
from nqpf.study.model import load_model
from told_in_chinese import in_chinese


@pytest.fixture(scope="module")
def stated() -> StatementFile:
    return read_statements(shipped_study() / "model" / FILE)


@pytest.fixture(scope="module")
def found() -> Checked:
    return check_study(open_study(shipped_study()))[0]


@pytest.fixture(scope="module")
def checks(found: Checked) -> list[Check]:
    return list(found.checks)


def test_nothing_fails(checks: list[Check]) -> None:
    assert [(each.name, each.findings) for each in checks if each.verdict == "fails"] == []


def test_findings_are_those_that_the_study_states(
    checks: list[Check], stated: StatementFile
) -> None:
    known = {name for name, each in stated.statements.items() if each.finding is not None}
    assert {each.name for each in checks if each.verdict == "finding"} == known


def test_all_that_is_said_is_said_in_chinese(checks: list[Check]) -> None:
    in_chinese(checks)
    names = {text.zh for check in checks for text in (each.text for each in check.findings)}
    assert any("“全国 GDP”" in text for text in names)


@pytest.mark.parametrize("folder", ["", "model/family/korea"])
def test_every_reason_is_said_in_chinese(folder: str) -> None:
    own = read_statements(shipped_study() / folder / "model" / FILE).statements
    assert own
    english = [name for name, each in own.items() if not re.search("[一-鿿]", each.reason.zh)]
    assert english == []


def test_what_is_written_is_read_back_and_names_its_model(found: Checked) -> None:
    assert from_plain(json.loads(json.dumps(plain(found)))) == found
    assert found.model_hash == load_model(open_study(shipped_study())).hash


def test_every_kind_of_statement_is_there(stated: StatementFile) -> None:
    kinds = [each.kind for each in stated.statements.values()]
    assert kinds.count("extreme") >= 18
    assert kinds.count("loop") >= 6
    assert {"shock", "identity", "balance", "behaviour", "paper"} < set(kinds)
