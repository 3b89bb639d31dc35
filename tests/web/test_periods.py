"""The page on which the officer decides that calls are kept for a shorter time."""

import pytest

from cast import NOW, Cast
from vaiti.notice import rules
from vaiti.retention import periods
from web.conftest import SignIn
from web.world import World


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ("Version 1: 1 month", "Would go sooner", "a call is kept for 6 months")),
        ("fi", ("Versio 1: 1 kuukausi", "Tuhottaisiin aikaisemmin", "säilytysaika on 6 kuukautta")),
        ("sv", ("Version 1: 1 månad", "Skulle förstöras tidigare", "sparas i 6 månader")),
    ],
)
def test_n18_officer_and_auditor_see_what_a_shorter_time_would_do(
    world: World, cast: Cast, sign_in: SignIn, language: str, says: tuple[str, ...]
) -> None:
    periods.watch(1, NOW)
    officer, auditor = sign_in(cast.dpo, language), sign_in(cast.auditor, language)
    shown = officer.get("/keeping/").content.decode()
    assert all(one in shown for one in says)
    assert 'value="approve"' in shown
    assert 'value="approve"' not in auditor.get("/keeping/").content.decode()


def test_n18_the_officer_approves_after_a_second_question(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.dpo)
    assert "None was ever decided on" in client.get("/keeping/").content.decode()
    periods.watch(1, NOW)
    assert "/keeping/" in client.get("/queue/").content.decode()
    wanted = {"number": "1", "act": "approve"}
    asked = client.post("/keeping/", wanted).content.decode()
    assert "Keep calls for 1 month only?" in asked
    assert rules.waiting() is not None
    assert sign_in(cast.auditor).post("/keeping/", wanted | {"sure": "1"}).status_code == 404
    assert client.post("/keeping/", wanted | {"sure": "1"}).status_code == 302
    decided = rules.last_approved()
    assert decided is not None
    assert (decided.number, decided.decided_by) == (1, cast.dpo.id.hex)
    shown = client.get("/keeping/").content.decode()
    assert "The company keeps it for 1 month only." in shown
    assert "It is being carried out." in shown
    assert "Daniel Ek" in shown
    while not (done := rules.last_approved()) or done.applied_at is None:
        periods.carry_out(NOW)
    assert "a nearer day" in client.get("/keeping/").content.decode()


def test_n18_a_decision_that_comes_too_late_is_told(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.dpo)
    for act in ("approve", "refuse"):
        late = client.post("/keeping/", {"number": "9", "act": act})
        assert late.status_code == 422
        assert "does not wait for a decision any more" in late.content.decode()
    periods.watch(1, NOW)
    assert client.post("/keeping/", {"number": "x", "act": "refuse"}).status_code == 302
    assert client.post("/keeping/", {"number": "1", "act": "refuse"}).status_code == 302
    assert rules.last_approved() is None
    assert "refused" in client.get("/keeping/").content.decode()
