"""`vaiti access`: the tables that decide, samples and explanations, printed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cast import Cast
from manifests import START, enter
from ops.test_init import data
from vaiti.access import limits
from vaiti.access.decide import RULES
from vaiti.access.models import Sample
from vaiti.audit.models import Leaf
from vaiti.notice.models import NoticeVersion
from vaiti.notice.wording import read
from vaiti.notice.wordings import text_of
from vaiti.ops.commands.access import main
from vaiti.people.models import TrainingRecord
from vaiti.register.person_models import Consent
from vaiti.web.answers import ANSWERS

__all__ = ["data"]


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


@pytest.fixture
def as_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a command sets for its own process is put back after the test."""
    before = limits.limits()
    monkeypatch.setenv("VAITI_DATA", "")
    yield
    limits.install(before)


def test_n41_consent_is_noted_by_command_by_somebody_who_sees_the_call(
    cast: Cast, data: Path, as_process: None, capsys: pytest.CaptureFixture[str]
) -> None:
    text, call = text_of("helpdesk"), enter("anna.astrom").hex
    asked = ["consent", call, "given", "--data", str(data), "--login"]
    assert main([*asked, "anna.astrom"]) == 1  # its notice asks for none
    told = {"wording": text, "wording_sha256": read(text).sha256, "retention_months": 1}
    NoticeVersion.objects.filter(version=cast.notice.version).update(**told)
    assert main([*asked, "leila.virtanen"]) == 1
    assert "no such call" in capsys.readouterr().err
    assert main([*asked, "anna.astrom"]) == 0
    assert Consent.objects.get().withdrawn_at is None
    asked[2] = "withdrawn"
    assert main([*asked, "anna.astrom"]) == 0
    assert Consent.objects.get().withdrawn_at is not None
    assert capsys.readouterr().out == "consent given\nconsent withdrawn\n"


def test_n27_a_sample_is_drawn_and_printed_again_for_an_auditor(
    cast: Cast, data: Path, as_process: None, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = {enter("anna.astrom").hex for _ in range(3)}
    day = START.date().isoformat()
    asked = ["sample", "--for", "arvid.sund", "--from", day, "--to", day, "--data", str(data)]
    assert main([*asked, "--number", "2", "--line", "+358207100000"]) == 0
    drawn = capsys.readouterr().out
    assert "2 of 3 calls, seed " in drawn
    assert "+358401234***" in drawn
    assert "Anna" not in drawn
    rows = [line for line in drawn.splitlines() if "seal not checked" in line]
    assert {line.split()[1] for line in rows} < calls
    made = Sample.objects.get().id.hex
    again = ["sample", "--for", "arvid.sund", "--again", made, "--data", str(data)]
    assert main(again) == 0
    assert capsys.readouterr().out == drawn
    (entry,) = Leaf.objects.filter(kind="access:sample:drawn")
    assert entry.actor == "system:command-line"


def test_what_no_sample_can_be_drawn_from_is_said(
    cast: Cast, data: Path, as_process: None, capsys: pytest.CaptureFixture[str]
) -> None:
    day = START.date().isoformat()
    period = ["--from", day, "--to", day, "--data", str(data)]
    for login, sentence in (
        ("arvid.sund", "There is no call in this period"),
        ("anna.astrom", "there is no such auditor here"),
        ("nobody.here", "there is no such auditor here"),
    ):
        assert main(["sample", "--for", login, *period]) == 1
        assert sentence in capsys.readouterr().err
    TrainingRecord.objects.filter(person=cast.auditor).delete()
    assert main(["sample", "--for", "arvid.sund", *period]) == 1
    assert "arvid.sund lacks: training" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["sample", "--for", "arvid.sund", "--data", str(data)])


def test_an_explanation_is_printed_in_sentences(
    cast: Cast, data: Path, as_process: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call = enter("anna.astrom").hex
    assert main(["explain", "sofia.holm", call, "--data", str(data)]) == 0
    printed = capsys.readouterr().out
    assert "Part 1 of the call. May neither see nor hear it." in printed
    assert "yes  The training stands." in printed
    assert main(["explain", "sofia.holm", "0" * 32, "--data", str(data)]) == 1
