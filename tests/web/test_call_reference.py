"""The reference that a customer holds finds exactly that call, and the register keeps no more."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from cast import NOW, Cast
from vaiti.access.token_rules import TokenScope
from vaiti.audit.reading import entries
from vaiti.register import call_reference, referred
from vaiti.register.models import Call, HeldCall
from vaiti.rights import keeping
from vaiti.rights.case_models import Case, CaseCall, KeptCall
from vaiti.web.casework import cases
from web.api_caller import program
from web.case_desk import call, do, text
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

NOBODYS = "BBBB-BBBB-BBBB-BBBB"
"""Its letters agree with each other, and it is of no call."""


def filed(person: Client, reference: str) -> Case:
    given = {"asked": ["copy"], "reference": reference}
    assert person.post("/rights/", given).status_code == 201
    return Case.objects.order_by("-serial")[0]


def identified(handler: Client, case: Case) -> None:
    for step in ("I2", "I3"):
        assert do(handler, case, "prove", proof=step) == 302
    assert do(handler, case, "identified") == 302


def test_n42_the_reference_on_the_agents_page_leads_from_the_web_form_to_that_call_alone(
    cast: Cast, world: World, stranger: Client, sign_in: SignIn
) -> None:
    """Nothing else is asked, and the call is held from the request's arrival on."""
    mine, alike = call(world, 3), call(world, 4)
    agent, handler = sign_in(cast.anna), sign_in(cast.rights_handler)
    reference = referred.reference_of(mine)
    page = text(agent.get(f"/calls/{mine.hex}/"))
    assert f"<code>{reference}</code>" in page and referred.reference_of(alike) not in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM register_call")
        assert reference not in str(cursor.fetchall()), "it is computed, and kept nowhere"

    case = filed(stranger, reference.lower().replace("-", " "))
    assert case.call_reference == reference
    Call.objects.filter(id=mine).update(due_at=NOW + timedelta(days=3))
    assert keeping.keep_pending(world.keys, NOW) == 1
    assert KeptCall.objects.get().call == mine and HeldCall.objects.get().call_id == mine

    identified(handler, case)
    page = text(handler.get(f"/cases/{case.id.hex}/"))
    assert f'name="reference" value="{reference}"' in page
    assert do(handler, case, "refer", reference=reference) == 302
    assert CaseCall.objects.get().call == mine
    assert handler.get(f"/calls/{mine.hex}/").status_code == 200
    assert handler.get(f"/calls/{alike.hex}/").status_code == 404
    assert HeldCall.objects.count() == 1, "the hold was taken over"
    (entry,) = entries(kind="rights:calls:searched", subject=case.id.hex).entries
    assert entry.facts == {"by": "reference", "found": 1}
    assert do(handler, case, "confirm", call=mine.hex) == 302
    assert do(handler, case, "searched") == 302
    case.refresh_from_db()
    assert case.call_reference == "", "it has done its work"


def test_n42_a_wrong_letter_is_seen_at_once_and_a_destroyed_call_is_as_one_that_never_was(
    cast: Cast, world: World, stranger: Client, sign_in: SignIn
) -> None:
    gone, handler = call(world, 3), sign_in(cast.rights_handler)
    reference = referred.reference_of(gone)
    wrong = reference[:-1] + ("B" if reference[-1] != "B" else "C")
    answer = stranger.post("/rights/", {"asked": ["copy"], "reference": wrong})
    assert answer.status_code == 422 and "a letter is wrong or lacking" in text(answer)
    assert f'value="{wrong}"' in text(answer) and not Case.objects.exists()

    known, unknown = filed(stranger, reference), filed(stranger, NOBODYS)
    for case in (known, unknown):
        identified(handler, case)
    Call.objects.filter(id=gone).update(due_at=NOW - timedelta(seconds=1))
    said = set()
    for case, typed in ((known, reference), (unknown, NOBODYS)):
        answer = handler.post(f"/cases/{case.id.hex}/do/refer", {"reference": typed})
        assert answer.status_code == 422
        said.add("No call is kept under this reference." in text(answer))
    assert said == {True}
    assert keeping.keep_pending(world.keys, NOW) == 0 and not CaseCall.objects.exists()
    found = entries(kind="rights:calls:searched").entries
    assert [one.facts for one in found] == [{"by": "reference", "found": 0}] * 2


def test_n42_nobody_tries_references_one_after_another(
    cast: Cast, world: World, stranger: Client, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the form nothing is said of any; and a handler is stopped, and each try is an entry."""
    monkeypatch.setattr(cases, "REFERRED", cases.Pace(1, 3600))
    mine, handler = call(world, 3), sign_in(cast.rights_handler)
    answers = [
        text(stranger.post("/rights/", {"asked": ["copy"], "reference": one}))
        for one in (NOBODYS, referred.reference_of(mine))
    ]
    assert all("Your request has come" in one for one in answers)
    case = Case.objects.order_by("-serial")[0]
    identified(handler, case)
    assert do(handler, case, "refer", reference=NOBODYS) == 422
    assert do(handler, case, "refer", reference=referred.reference_of(mine)) == 429
    assert not CaseCall.objects.exists()


def test_n42_a_program_learns_the_reference_of_a_call_that_line_and_times_single_out(
    cast: Cast, world: World
) -> None:
    alone, one = call(world, 3), call(world, 5)
    twin = world.call("mikko.makinen", seconds=4, start=NOW - timedelta(hours=5, seconds=-2))
    told = [_told(Call.objects.get(id=each)) for each in (alone, one, twin)]
    sender = program(TokenScope.REFERENCES, name="messages")
    strange = {**told[0], "line": "+358401234567"}
    status, answer = sender.ask("POST", "references", {"calls": [*told, strange]})
    assert status == 200
    assert answer == {"references": [referred.reference_of(alone), None, None, None]}
    assert call_reference.read(answer["references"][0])
    (entry,) = entries(kind="access:references:told").entries
    assert (entry.actor, entry.facts["calls"], entry.facts["found"]) == ("system:messages", 4, 1)
    owner = program(TokenScope.CALLS_READ, person=cast.anna, name="crm")
    assert owner.get(f"calls/{alone.hex}")["reference"] == referred.reference_of(alone)
    assert sender.ask("POST", "references", {"calls": [{**told[0], "to": "now"}]})[0] == 422


def _told(row: Call) -> dict[str, str]:
    times = {"from": row.started_at.isoformat(), "to": row.ended_at.isoformat()}
    return {"line": row.line.number, "direction": row.direction, **times}
