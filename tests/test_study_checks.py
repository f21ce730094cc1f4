"""The study's own model passes its checks; what it contradicts is said as a finding."""

from __future__ import annotations

import pytest

from nqpf.checks.statements import FILE, StatementFile, read_statements
from nqpf.checks.verdict import Check
from nqpf.checks.whole import check_model
from nqpf.study.folder import open_study, shipped_study


@pytest.fixture(scope="module")
def stated() -> StatementFile:
    return read_statements(shipped_study() / "model" / FILE)


@pytest.fixture(scope="module")
def checks(stated: StatementFile) -> list[Check]:
    study = open_study(shipped_study())
    scenarios = {name: dict(each.parameters) for name, each in study.scenarios.items()}
    return list(check_model(study.model_file, stated, scenarios).checks)


def test_nothing_fails(checks: list[Check]) -> None:
    assert [(each.name, each.findings) for each in checks if each.verdict == "fails"] == []


def test_findings_are_those_that_the_study_states(
    checks: list[Check], stated: StatementFile
) -> None:
    known = {name for name, each in stated.statements.items() if each.finding is not None}
    assert {each.name for each in checks if each.verdict == "finding"} == known


def test_every_kind_of_statement_is_there(stated: StatementFile) -> None:
    kinds = [each.kind for each in stated.statements.values()]
    assert kinds.count("extreme") >= 18
    assert kinds.count("loop") >= 6
    assert {"shock", "identity", "balance", "behaviour", "paper"} < set(kinds)
