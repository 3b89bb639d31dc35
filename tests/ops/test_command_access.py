"""`vaiti access matrix`: the tables that decide, printed."""

import json

import pytest

from vaiti.access.decide import RULES
from vaiti.ops.command_access import main
from vaiti.web.answers import ANSWERS


def test_the_matrix_is_the_tables_that_decide(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    pairs = {(role, one) for role, row in printed["roles"].items() for one in row["rows"]}
    assert pairs == {(rule.role, rule.relation.value) for rule in RULES}
    assert set(printed["addresses"]) == {f"/{address}" for address in ANSWERS}
    assert printed["addresses"]["/log/"]["GET"]["auditor"] == 200
    assert printed["addresses"]["/log/"]["GET"]["service_agent"] == 404


def test_the_matrix_is_printed_for_people_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix"]) == 0
    printed = capsys.readouterr().out
    assert "auditor: none | nothing | - | log, samples" in printed
    assert (
        "manager: subordinates | subordinates (needs purpose, reference) | agent line direction of"
        in printed
    )
