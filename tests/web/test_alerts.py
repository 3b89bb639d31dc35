"""Listening to explain, and cases to show, on their pages."""

from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

from access_world import Open, open_leg
from cast import NOW, Cast
from drawn import without_drawn
from vaiti.access import alerts, complaints, limits, near, spot_checks
from vaiti.access.limits import Limits
from vaiti.access.misuse import Thresholds
from vaiti.access.models import Listening
from vaiti.due import alarms
from vaiti.ops.listening_watch import watch_listening
from web.conftest import SignIn
from web.world import World

__all__ = ["open_leg"]

ZONE = ZoneInfo("Europe/Helsinki")


def test_the_officer_reads_why_and_answers(
    world: World, cast: Cast, sign_in: SignIn, open_leg: Open
) -> None:
    officer = sign_in(cast.dpo)
    assert "No rule has held" in officer.get("/alerts/").content.decode()
    open_leg(cast.mikko, world.call("anna.astrom"), purpose="training", reference="TR-9")
    watch_listening(Thresholds(), NOW)
    watch_listening(Thresholds(), NOW)
    assert [(one.kind, one.count) for one in alarms.standing()] == [(alerts.ALARM, 1)]
    (card,) = alerts.alerts(cast.dpo.id, NOW)
    assert f'href="/alerts/{card.id.hex}/"' in officer.get("/desk/").content.decode()
    address = f"/alerts/{card.id.hex}/"
    shown = officer.get(address).content.decode()
    assert "1 times they gave a reference under which there is nothing here" in shown
    assert "Mikko Mäkinen" in shown
    assert "TR-9" in shown
    wrong = officer.post(address, {"answer": "follow_up"})
    assert wrong.status_code == 422
    assert officer.post(address, {"answer": "explained"}).status_code == 302
    assert alarms.standing() == []
    assert "Daniel Ek" in officer.get("/alerts/").content.decode()


def test_a_listener_shows_the_case_and_the_officer_looks(
    world: World, cast: Cast, sign_in: SignIn, open_leg: Open
) -> None:
    manager = sign_in(cast.mikko)
    assert "Nothing is asked of you" in manager.get("/show-the-case/").content.decode()
    open_leg(cast.mikko, world.call("anna.astrom"), purpose="verify", reference="2026-118")
    Listening.objects.update(opened_at=NOW - timedelta(days=7))
    spot_checks.draw(5, ZONE, Random(1), NOW - timedelta(days=7))
    watch_listening(Thresholds(), NOW)
    assert [one.kind for one in alarms.standing()] == [spot_checks.ALARM]
    (card,) = spot_checks.mine(cast.mikko.id, NOW)
    address = f"/show-the-case/{card.id.hex}"
    assert manager.post(address, {"where": "0401234567"}).status_code == 422
    assert manager.post(address, {"where": "CRM, case 2026-118"}).status_code == 302
    assert alarms.standing() == []
    officer = sign_in(cast.dpo)
    assert "CRM, case 2026-118" in officer.get("/alerts/").content.decode()
    decide = f"/alerts/checks/{card.id.hex}"
    assert officer.post(decide, {"decision": "x"}).status_code == 422
    assert officer.post(decide, {"decision": "seen"}).status_code == 302
    assert "Nothing is to be looked at" in officer.get("/alerts/").content.decode()


def test_numbers_near_to_oneself_are_named_on_ones_own_page(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    manager = sign_in(cast.mikko)
    assert "/account/near/" in manager.get("/account/").content.decode()
    for wrong in ("", "12", "not a number"):
        answer = manager.post("/account/near/", {"number": wrong})
        assert answer.status_code == 422
        assert "Type the whole number" in answer.content.decode()
    assert manager.post("/account/near/", {"number": "040 771 2345"}).status_code == 302
    shown = manager.get("/account/near/").content.decode()
    assert "+358 40 7712 ···" in shown
    assert "12345" not in without_drawn(shown)
    (mine,) = near.mine(cast.mikko.id)
    other = sign_in(cast.anna)
    assert other.post(f"/account/near/{mine.id.hex}/remove").status_code == 404
    assert manager.post(f"/account/near/{mine.id.hex}/remove").status_code == 302
    assert "You have named none" in manager.get("/account/near/").content.decode()
    limits.install(Limits(misuse=Thresholds(near_number=0, after_complaint=0)))
    try:
        assert manager.get("/account/near/").status_code == 404
        assert "/account/near/" not in manager.get("/account/").content.decode()
        officer = sign_in(cast.dpo)
        assert 'action="/alerts/complaints"' not in officer.get("/alerts/").content.decode()
        assert officer.post("/alerts/complaints").status_code == 404
    finally:
        limits.install(Limits())


def test_the_officer_notes_that_a_complaint_came_and_takes_it_back(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    officer = sign_in(cast.dpo)
    given = {"who": "Anna Åström", "reference": "HR-2026-4", "day": "23.11.2026"}
    for name, wrong, said in (
        ("who", "Nobody", "Nobody here is called so"),
        ("who", "daniel.ek", "not yourself"),
        ("reference", "x", "A reference is"),
        ("day", "32.11.2026", "HR-2026-4"),
        ("day", "24.12.2026", "30 days"),
    ):
        answer = officer.post("/alerts/complaints", given | {name: wrong})
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert officer.post("/alerts/complaints", given).status_code == 302
    shown = officer.get("/alerts/").content.decode()
    assert "23.11.2026 · HR-2026-4" in shown
    (card,) = complaints.complaints(cast.dpo.id, NOW)
    assert officer.post(f"/alerts/complaints/{card.id.hex}/remove").status_code == 302
    assert "None is noted" in officer.get("/alerts/").content.decode()


def test_the_officers_queue_leads_to_what_asks_for_an_explanation_until_it_is_answered(
    world: World, cast: Cast, sign_in: SignIn, open_leg: Open
) -> None:
    officer = sign_in(cast.dpo)
    open_leg(cast.mikko, world.call("anna.astrom"), purpose="training", reference="TR-9")
    watch_listening(Thresholds(), NOW)
    (card,), (alarm,) = alerts.alerts(cast.dpo.id, NOW), alarms.standing()
    address = f"/alerts/{card.id.hex}/"
    marked = {"item": f"alarm:{alarm.id.hex}", "count": "1"}
    assert officer.post("/queue/seen", marked).status_code == 409
    assert f'href="{address}"' in officer.get("/queue/").content.decode()
    assert officer.post(address, {"answer": "explained"}).status_code == 302
    watch_listening(Thresholds(), NOW)
    assert f'href="{address}"' not in officer.get("/queue/").content.decode()
