"""Emergency access on the pages: opened with a second factor, looked at by somebody else."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from cast import NOW, Cast
from vaiti.access import limits, mandates
from vaiti.access.emergency_rules import EmergencyRules
from vaiti.access.limits import Limits
from vaiti.access.models import Emergency, Listening
from vaiti.people.models import Session
from vaiti.register.models import Leg
from web.conftest import SignIn
from web.world import World

GIVEN = {"reference": "CASE-9", "reason": "The police wait until noon.", "hours": "2"}


@pytest.fixture(autouse=True)
def allowed() -> Iterator[None]:
    before = limits.limits()
    rules = EmergencyRules(roles=("rights_handler",), stands_for=("naming",))
    limits.install(Limits(emergency=rules))
    yield
    limits.install(before)


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def strengthened(client: Client) -> Client:
    Session.objects.update(how="password+totp")
    return client


def test_n27_the_whole_way_of_an_emergency_over_the_pages(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call, leg = world.call("anna.astrom", seconds=2), Leg.objects.get().id
    end = NOW + timedelta(days=1)
    case = mandates.open_mandate("case", "CASE-9", ends_at=end, by="x", now=NOW)
    mandates.add_call(case, call, by="x", now=NOW)
    rita = sign_in(cast.rights_handler)
    assert "A second factor is needed" in text(rita.get("/emergency/"))
    weak = rita.post("/emergency/", GIVEN)
    assert weak.status_code == 422
    assert "The police wait until noon." in text(weak)
    assert rita.get(f"/calls/{call.hex}/").status_code == 404
    strengthened(rita)
    assert rita.post("/emergency/", GIVEN | {"reason": "now"}).status_code == 422
    assert rita.post("/emergency/", GIVEN).status_code == 302
    assert f"/calls/{call.hex}/" in text(rita.get("/emergency/"))
    why = {"leg": leg, "purpose": "rights", "reference": "CASE-9"}
    assert rita.post(f"/calls/{call.hex}/listen", why).status_code == 303
    assert Listening.objects.get().emergency is not None
    made = Emergency.objects.get().id.hex

    officer = sign_in(cast.dpo)
    queue = text(officer.get("/queue/"))
    assert f"/emergency/#e-{made}" in queue
    assert "Rita Niemi · CASE-9" in queue
    marked = {"item": f"emergency:{made}", "count": "1"}
    assert officer.post("/queue/seen", marked).status_code == 409
    assert f"/emergency/#e-{made}" in text(officer.get("/desk/"))
    assert "Recordings opened by it: 1." in text(officer.get("/emergency/"))
    assert rita.post(f"/emergency/{made}", {"act": "look"}).status_code == 404
    assert officer.post(f"/emergency/{made}", {"act": "burn"}).status_code == 400
    assert officer.post(f"/emergency/{made}", {"act": "look"}).status_code == 302
    assert officer.post(f"/emergency/{made}", {"act": "look"}).status_code == 422
    assert officer.post(f"/emergency/{made}", {"act": "end"}).status_code == 302
    assert rita.get(f"/calls/{call.hex}/").status_code == 404
    assert f"/emergency/#e-{made}" not in text(officer.get("/queue/"))
    assert "Seen by Daniel Ek" in text(officer.get("/emergency/"))


def test_its_page_stands_in_the_menu_only_where_the_settings_let_somebody_open_one(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    rita, anna = sign_in(cast.rights_handler), sign_in(cast.anna)
    assert 'href="/emergency/"' in text(rita.get("/account/"))
    assert 'href="/emergency/"' not in text(anna.get("/account/"))
    assert anna.get("/emergency/").status_code == 404
    limits.install(Limits())
    assert 'href="/emergency/"' not in text(rita.get("/account/"))
    assert rita.get("/emergency/").status_code == 404
