"""The auditor's samples and the officer's queue, as pages."""

import html
import re

from django.test import Client

from access_world import Entries, entries
from cast import NOW, Cast
from vaiti.due import alarms
from vaiti.people import enrol
from vaiti.register.models import Call
from web.conftest import SignIn
from web.world import World

__all__ = ["entries"]
WISH = {"from": "1.11.2026", "to": "23.11.2026", "number": "5", "line": ""}


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return html.unescape(answer.content.decode())


def test_n27_an_auditor_draws_checks_and_sees_what_became_of_the_calls(
    world: World, cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    whole, broken, late = (world.call("anna.astrom", seconds=4) for _ in range(3))
    arvid = sign_in(cast.auditor)
    made = arvid.post("/samples/", WISH)
    assert made.status_code == 302
    page = text(arvid, made.headers["Location"])
    assert "3 calls out of 3, from 1.11.2026 to 23.11.2026" in page
    assert page.count("+358401234***") == 3
    assert page.count("not checked yet") == 3
    object_id = Call.objects.get(id=broken).object_id.hex
    path = world.store.path(object_id)
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    Call.objects.filter(id=late).update(due_at=NOW)
    checked = html.unescape(arvid.post(made.headers["Location"]).content.decode())
    assert "The sample was drawn truly" in checked
    assert checked.count("unchanged since it was sealed; checked on 23.11.2026") == 1
    assert checked.count("not what was sealed; checked on 23.11.2026") == 1
    assert "Its time is over; it is being destroyed." in checked
    assert whole.hex in checked
    for shown in (page, checked):
        assert "Anna" not in shown
        assert "<audio" not in shown
    assert len(entries("access:sample:checked")) == 1


def test_a_wish_that_cannot_be_met_is_answered_with_what_to_change(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    arvid = sign_in(cast.auditor, "sv")
    for wrong, said in (
        ({"number": "51"}, "1 till 50 samtal"),
        ({"from": "32.11.2026"}, "Skriv dagen så här:"),
        ({"to": "1.10.2026"}, "Perioden slutar efter"),
    ):
        answer = arvid.post("/samples/", WISH | wrong)
        assert answer.status_code == 422
        assert said in html.unescape(answer.content.decode()), wrong


def test_the_officer_looks_at_everything_once_and_leaves_a_name(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    world.call("anna.astrom", seconds=4)
    sign_in(cast.auditor).post("/samples/", WISH)
    sign_in(cast.anna).get(f"/calls/{'0' * 32}/")
    scim = "system:scim"
    enrol.grant_role(cast.anna.id, "manager", by=scim, now=NOW, source="scim")
    alarms.raise_alarm("recorder_silent", "recorder", "nothing is said", NOW)
    officer = sign_in(cast.dpo)
    page = text(officer, "/queue/")
    for said in ("An auditor drew a sample", "1 refusal of a call", "entered by a machine"):
        assert said in page
    assert "To look at" in text(officer, "/desk/")
    items = re.findall(r'name="item" value="([^"]+)"><input [^>]*value="(\d+)"', page)
    assert len(items) == 4
    alarms.raise_alarm("recorder_silent", "recorder", "still nothing", NOW)
    for item, count in items:
        assert officer.post("/queue/seen", {"item": item, "count": count}).status_code == 302
    after = text(officer, "/queue/")
    assert "Everything has been looked at" in after
    assert after.count("Seen by Daniel Ek on 23.11.2026") == 4
    lasting = {one.kind for one in alarms.standing()}
    assert lasting == {"recorder_silent", "people:hearing_widened"}
    gone = officer.post("/queue/seen", {"item": "entry:" + "0" * 32, "count": "1"})
    assert gone.status_code == 409
