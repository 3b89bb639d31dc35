"""The page of promises: for officer and auditor, vouched for, published and withdrawn."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from cast import Cast
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf
from vaiti.promises.models import Attestation, Change, Result, Standing
from web.conftest import SignIn

BEFORE = timedelta(days=3)


@pytest.fixture
def looked(cast: Cast, now: datetime) -> None:
    """One sentence is broken, one kept, one has nobody's word."""
    for sentence, state, check in (
        ("N-18", "kept", ""),
        ("N-19", "broken", "retention.nothing_overdue"),
        ("N-34", "overdue", ""),
    ):
        told = {"state": state, "check_id": check}
        Standing.objects.create(sentence=sentence, since=now - BEFORE, checked_at=now, **told)
        Change.objects.create(sentence=sentence, at=now - BEFORE, **told)
    Result.objects.create(
        check_id="retention.nothing_overdue",
        kept=False,
        broken_by="something is there that is over its time",
        evidence={"looked_at": 12, "wrong": 3},
        since=now - BEFORE,
        checked_at=now,
    )


@pytest.mark.usefixtures("looked")
def test_n35_the_officer_sees_how_each_sentence_stands_in_their_language(
    cast: Cast, sign_in: SignIn
) -> None:
    page = sign_in(cast.dpo, "sv").get("/promises/").content.decode()
    assert "Därefter förstörs de automatiskt." in page
    assert "bruten" in page
    assert "Inget finns kvar som är över sin tid." in page
    assert "Granskade samtal: 12. Fel: 3." in page
    assert "Öppna Bevis" in page
    assert '<rect class="broken"' in page
    assert sign_in(cast.anna).get("/promises/").status_code == 404


@pytest.mark.usefixtures("looked")
def test_n34_a_word_is_given_by_the_officer_and_by_nobody_else(
    cast: Cast, sign_in: SignIn, now: datetime
) -> None:
    given = {"sentence": "N-34"}
    assert sign_in(cast.auditor).post("/promises/attest", given).status_code == 404
    officer = sign_in(cast.dpo, "sv")
    assert officer.post("/promises/attest", given).status_code == 302
    assert Attestation.objects.get().until > now + timedelta(days=360)
    assert Leaf.objects.filter(kind=Kind.PROMISES_ATTESTATION_GIVEN).count() == 1
    assert Standing.objects.get(sentence="N-34").state == "attested"
    page = officer.get("/promises/").content.decode()
    assert "Daniel Ek intygade det" in page
    assert officer.post("/promises/attest", {"sentence": "N-18"}).status_code == 302
    assert Attestation.objects.count() == 1


@pytest.mark.usefixtures("looked")
def test_n35_what_the_officer_published_is_seen_by_anybody_and_nothing_else(
    cast: Cast, sign_in: SignIn
) -> None:
    stranger, officer = Client(), sign_in(cast.dpo, "sv")
    empty = stranger.get("/promises/public/", headers={"accept-language": "en"})
    assert "Nothing is published" in empty.content.decode()
    officer.post("/promises/attest", {"sentence": "N-34"})
    chosen = {"sentence": ["N-19", "N-34"]}
    assert sign_in(cast.auditor).post("/promises/publish", chosen).status_code == 404
    officer.post("/promises/publish", chosen)
    page = stranger.get("/promises/public/", headers={"accept-language": "en"}).content.decode()
    assert "destroyed automatically" in page
    assert "N-18" not in page
    assert cast.dpo.name not in page
    officer.post("/promises/publish", {})
    assert "N-19" not in stranger.get("/promises/public/").content.decode()
    assert Leaf.objects.filter(kind=Kind.PROMISES_PAGE_WITHDRAWN).count() == 1
