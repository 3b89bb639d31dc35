"""The pages of holds: placed from a call's page, listed, prolonged, ended."""

from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest

from cast import NOW, Cast
from vaiti.access import mandates
from vaiti.audit.reading import entries
from vaiti.people.models import Person
from vaiti.register.models import Call, Hold
from vaiti.retention import holds
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

REVIEW, UNTIL = (
    f"{day.day}.{day.month}.{day.year}"
    for day in (NOW + timedelta(days=40), NOW + timedelta(days=170))
)


def in_case(call: UUID, *people: Person) -> None:
    end = NOW + timedelta(days=90)
    made = mandates.open_mandate("case", "CASE-1", ends_at=end, by="x", now=NOW)
    for person in people:
        mandates.name_person(made, person.id, by="x", now=NOW)
    mandates.add_call(made, call, by="x", now=NOW)


def form(call: str, owner: Person, **changes: str) -> dict[str, str]:
    known = {
        "kind": "order",
        "reference": "POL-2026-9",
        "reason": "Ordered by the police.",
        "owner": owner.id.hex,
        "calls": f"https://register.example/calls/{call}/",
        "until": UNTIL,
        "review": REVIEW,
    }
    return known | changes


def test_n18_a_hold_is_placed_from_a_call_looked_at_prolonged_and_ended(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=4)
    other = world.call("anna.astrom", seconds=4, start=NOW - timedelta(hours=5))
    in_case(call, cast.rights_handler, cast.dpo)
    officer, agent = sign_in(cast.dpo), sign_in(cast.anna)
    page = officer.get(f"/calls/{call.hex}/").content.decode()
    assert f'href="/holds/new?call={call.hex}"' in page
    assert "Nothing keeps this call beyond its day." in page
    assert call.hex in officer.get(f"/holds/new?call={call.hex}").content.decode()

    for wrong, said in (
        ({"until": "32.1.2027"}, "Write the days like 25.5.2018."),
        ({"calls": "the newest"}, "One line is no call."),
        ({"calls": other.hex}, "One of the calls is not yours to see"),
        ({"review": UNTIL}, "The review is tomorrow at the earliest"),
        ({"kind": ""}, "Choose why the calls are held."),
    ):
        answer = officer.post("/holds/new", form(call.hex, cast.rights_handler, **wrong))
        assert answer.status_code == 422
        assert said in unescape(answer.content.decode()), wrong
    assert not Hold.objects.exists()

    placed = officer.post("/holds/new", form(call.hex, cast.rights_handler))
    hold = Hold.objects.get()
    assert placed.headers["Location"] == f"/holds/{hold.id.hex}/"
    shown = unescape(officer.get(placed.headers["Location"]).content.decode())
    assert all(said in shown for said in ("Ordered by the police.", UNTIL, REVIEW, call.hex))
    assert "POL-2026-9" in officer.get("/holds/").content.decode()

    seen = unescape(agent.get(f"/calls/{call.hex}/").content.decode())
    assert "An authority’s order" in seen
    assert "Ordered by the police." not in seen
    assert f"through {UNTIL}" in seen
    listed = agent.get("/calls/?held=yes").content.decode()
    assert call.hex in listed
    assert other.hex not in listed
    assert other.hex in agent.get("/calls/").content.decode()

    owner, address = sign_in(cast.rights_handler), placed.headers["Location"]
    longer = {"act": "prolong", "until": UNTIL, "review": REVIEW, "why": "The inquiry goes on."}
    assert owner.post(address, longer | {"why": ""}).status_code == 422
    assert owner.post(address, longer).status_code == 302
    assert "The inquiry goes on." in owner.get(address).content.decode()
    assert owner.post(address, {"act": "end", "why": "The inquiry is over."}).status_code == 302
    assert "End the hold" not in owner.get(address).content.decode()
    assert Call.objects.get(id=call).narrow_at is None
    kinds = [one.kind for one in entries(subject=hold.id.hex, limit=20).entries]
    assert {kind for kind in kinds if kind.startswith("retention:")} == {
        f"retention:hold:{act}" for act in ("ended", "prolonged", "placed")
    }


def test_an_overdue_review_leads_the_officer_to_the_hold(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=4)
    in_case(call, cast.dpo)
    officer = sign_in(cast.dpo)
    officer.post("/holds/new", form(call.hex, cast.dpo))
    hold = Hold.objects.get()
    Hold.objects.update(review_at=NOW - timedelta(days=1))
    holds.look(NOW)
    queue = officer.get("/queue/").content.decode()
    assert f'href="/holds/{hold.id.hex}/"' in queue
    assert "review overdue" in officer.get("/holds/").content.decode()
