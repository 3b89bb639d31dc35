"""Asking for an approval, answering it and hearing by it, on the pages of both."""

from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client

from cast import NOW, SINCE, Cast
from vaiti.access import limits
from vaiti.access.emergency_rules import EmergencyRules
from vaiti.access.limits import Limits
from vaiti.access.models import Listening, Permit
from vaiti.access.permit_rules import PermitRules
from vaiti.people.models import Membership
from vaiti.register.models import Leg
from web.conftest import SignIn
from web.world import World


@pytest.fixture(autouse=True)
def wanted(cast: Cast) -> Iterator[None]:
    """Mikko asks Eeva, who leads the team in which he is a member."""
    before = limits.limits()
    limits.install(Limits(permits=PermitRules(purposes=("verify",))))
    Membership.objects.create(person=cast.mikko, team=cast.team_3, leads=False, valid_from=SINCE)
    yield
    limits.install(before)


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_n29_the_whole_way_of_an_approval_over_the_pages(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call, leg = world.call("anna.astrom", seconds=2), Leg.objects.get().id
    mikko, eeva = sign_in(cast.mikko), sign_in(cast.eeva)
    page, why = f"/calls/{call.hex}/", {"leg": leg, "purpose": "verify", "reference": "2026-118"}
    refused = mikko.post(f"{page}listen", why, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "a second person approves first" in text(refused)
    assert f'action="{page}ask"' in text(refused)
    assert mikko.post(f"{page}ask", why)["Location"] == f"{page}#asked"
    assert "Waits for an answer" in text(mikko.get(page))
    assert "Mikko Mäkinen asks to hear a call: Verify what was said" in text(eeva.get("/desk/"))
    asked = f"/approvals/permits/{Permit.objects.get().id.hex}"
    assert asked in text(eeva.get("/approvals/"))
    assert eeva.post(asked, {"answer": "no"}).status_code == 422
    assert eeva.post(asked, {"answer": "maybe"}).status_code == 400
    assert mikko.post(asked, {"answer": "yes"}).status_code == 404
    assert eeva.post(asked, {"answer": "yes", "reason": "For the claim."}).status_code == 302
    shown = text(mikko.get(page))
    assert "Eeva Korhonen: For the claim." in shown
    assert 'value="verify" selected' in shown
    assert 'value="2026-118"' in shown
    assert mikko.post(f"{page}listen", why).status_code == 303
    assert Listening.objects.get().purpose == "verify"
    assert eeva.post(asked, {"answer": "back"}).status_code == 302
    assert "Taken back" in text(mikko.get("/approvals/"))


def test_where_there_is_nothing_to_ask_for_the_page_says_so(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call, leg = world.call("anna.astrom", seconds=2), Leg.objects.get().id
    given = {"leg": leg, "purpose": "rights", "reference": "2026-118"}
    own: Client = sign_in(cast.mikko)
    assert "You need no approval for this." in text(own.post(f"/calls/{call.hex}/ask", given))
    more = own.post(f"/calls/{call.hex}/ask", given | {"reference": ""})
    assert "Fill in the form again." in text(more)
    assert own.post(f"/calls/{call.hex}/ask", given | {"leg": "x"}).status_code == 404
    assert not Permit.objects.filter(asked_at=NOW).exists()


def test_who_asks_and_who_answers_find_approvals_in_the_menu_where_the_settings_want_it(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    people = {one: sign_in(getattr(cast, one)) for one in ("mikko", "trainer", "anna", "dpo")}
    entry = 'href="/approvals/"'
    found = {one: entry in text(client.get("/account/")) for one, client in people.items()}
    assert found == {"mikko": True, "trainer": True, "anna": False, "dpo": True}
    table = text(people["anna"].get("/access/"))
    assert "and a second person says yes first, for: Verify what was said" in table
    assert "Whoever leads the one who asks answers" in table
    assert "Off. Nobody can open an emergency." in table
    rules = EmergencyRules(roles=("rights_handler",), longest_hours=2)
    limits.install(Limits(emergency=rules))
    assert entry not in text(people["mikko"].get("/account/"))
    table = text(people["anna"].get("/access/"))
    assert "May be opened by: Rights handler" in table
    assert "for at most 2 hours" in table
    assert "open emergency access" in table
    assert "Off. Only listening for security needs a second person." in table
