"""N-37: wrong facts put right in the pages, and the calls whose agent nobody knows."""

from datetime import timedelta

import pytest
from django.test import Client

from cast import NOW, SINCE, Cast
from manifests import START, enter
from vaiti.people.models import Role
from vaiti.people.seats import FeedRules
from vaiti.register import agent_feed, calls
from vaiti.register.models import Call, Leg
from web.conftest import SignIn

pytestmark = pytest.mark.django_db


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_n37_a_manager_puts_an_agent_right_and_the_page_says_what_was_before(
    cast: Cast, sign_in: SignIn
) -> None:
    call = enter("anna.astrom").hex
    client, leg = sign_in(cast.mikko), Leg.objects.get().id
    assert f"/calls/{call}/correct" in page(client, f"/calls/{call}/")
    assert "Leila Virtanen" in page(client, f"/calls/{call}/correct")
    form = {"act": "agent", "leg": leg, "was": cast.anna.id.hex, "agent": cast.leila.id.hex}
    done = client.post(f"/calls/{call}/correct", form)
    assert (done.status_code, done["Location"]) == (303, f"/calls/{call}/#corrected")
    shown = page(sign_in(cast.leila), f"/calls/{call}/")
    assert "from Anna Åström to Leila Virtanen" in shown
    assert "Mikko" not in shown
    page(sign_in(cast.anna), f"/calls/{call}/", 404)
    again = client.post(f"/calls/{call}/correct", form)
    assert again.status_code == 422
    assert "Somebody has changed this meanwhile." in again.content.decode()


def test_n37_a_call_given_away_leads_back_to_the_list(cast: Cast, sign_in: SignIn) -> None:
    call = enter("anna.astrom").hex
    form = {"act": "agent", "leg": Leg.objects.get().id, "was": cast.anna.id.hex}
    client = sign_in(cast.mikko)
    done = client.post(f"/calls/{call}/correct", form | {"agent": cast.sofia.id.hex})
    assert done["Location"] == "/calls/"


def test_n37_line_and_direction_are_put_right(cast: Cast, sign_in: SignIn) -> None:
    call = enter("anna.astrom").hex
    line, other = cast.service_line.id.hex, cast.telesales_line.id.hex
    form = {"act": "call", "was_line": line, "was_direction": "in", "direction": "out"}
    client = sign_in(cast.mikko)
    done = client.post(f"/calls/{call}/correct", form | {"line": other})
    assert done.status_code == 303
    assert Call.objects.get().direction == "out"
    assert "from Incoming to Outgoing" in page(client, f"/calls/{call}/")


def test_n16_an_assigner_ticks_calls_and_says_whose_they_are(cast: Cast, sign_in: SignIn) -> None:
    ids = [enter("room-17"), enter("room-17")]
    client = sign_in(cast.assigner)
    shown = page(client, "/unassigned/")
    assert shown.count("room-17") == 4
    assert "+358401234" not in shown
    assert "/listen" not in page(client, f"/calls/{ids[0].hex}/") + page(client, "/calls/")
    nothing = client.post("/unassigned/", {"agent": cast.anna.id.hex})
    assert "Tick the calls" in nothing.content.decode()
    ticked = [f"{call.hex}.{calls.legs(call)[0].id}" for call in ids]
    done = client.post("/unassigned/", {"agent": cast.anna.id.hex, "part": ticked})
    assert done["Location"] == "/unassigned/?done=2"
    shown = page(client, done["Location"])
    assert "2 calls were attributed." in shown
    assert "Every call has its agent" in shown
    assert page(sign_in(cast.anna), "/calls/").count('class="call"') == 2


def test_n16_n28_what_is_only_probable_is_told_to_the_assigner_and_gives_nothing(
    cast: Cast, sign_in: SignIn
) -> None:
    """Anna's login was lost, and her logout came."""
    call = enter("room-17")
    left = (START + timedelta(hours=2)).isoformat()
    word = {"person": "anna.astrom", "device": "room-17", "event": "logout", "from": left}
    looked = agent_feed.look_at_objects([word], NOW)
    agent_feed.take(looked.named, FeedRules(), by="system:test", now=NOW)
    shown = page(client := sign_in(cast.assigner), "/unassigned/")
    assert "Probably Anna Åström, who left this telephone" in shown
    assert "It is no proof" in shown
    assert "Probably" not in page(client, f"/calls/{call.hex}/")
    anna = sign_in(cast.anna)
    assert page(anna, "/calls/").count('class="call"') == 0
    assert anna.get(f"/calls/{call.hex}/").status_code == 404
    assert sign_in(cast.dpo).get("/unassigned/").status_code == 404


@pytest.mark.parametrize("besides", ["service_agent", "manager", "rights_handler", "administrator"])
def test_n16_an_assigner_who_is_something_else_too_is_offered_no_sound_of_nobodys_calls(
    cast: Cast, sign_in: SignIn, besides: str
) -> None:
    enter("room-17")
    Role.objects.create(person=cast.assigner, kind=besides, valid_from=SINCE, granted_by="x")
    listed = page(sign_in(cast.assigner), "/calls/")
    assert listed.count('class="call"') == 1
    assert "#leg-" not in listed
    assert '/listen"' not in listed


def test_a_transferred_call_shows_its_parts_without_a_colleagues_name(
    cast: Cast, sign_in: SignIn
) -> None:
    call = enter("anna.astrom", "sofia.holm", state="recovered")
    shown = page(sign_in(cast.anna), f"/calls/{call.hex}/")
    assert "a colleague" in shown
    assert "Sofia" not in shown
    assert '<span class="tag warn">interrupted</span>' in shown


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=2), "in 2 days"),
        (timedelta(days=2, seconds=-1), "in 47 hours"),
        (timedelta(minutes=60), "in 1 hour"),
        (timedelta(minutes=59, seconds=59), "in 59 minutes"),
        (timedelta(seconds=1), "in 0 minutes"),
    ],
)
def test_n18_the_last_two_days_are_counted_in_hours(
    cast: Cast, sign_in: SignIn, left: timedelta, said: str
) -> None:
    call = enter("anna.astrom")
    Call.objects.update(due_at=NOW + left)
    assert f'<p class="soft">{said}</p>' in page(sign_in(cast.anna), f"/calls/{call.hex}/")
