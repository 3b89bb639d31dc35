"""A case from search to its end in the pages: found, held, decided, looked at twice, closed."""

from datetime import timedelta

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.access.models import Mandate
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.register.models import Call, HeldCall, Hold
from vaiti.rights import deciding, watch
from vaiti.rights.case_models import Case, CaseCall, Decision
from vaiti.rights.letter_models import LetterRow
from vaiti.rights.policy import CaseRules
from web.case_desk import OTHERS, call, do, hand_out, open_case, send, text, write
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def comes_next(client: Client, case: Case) -> str:
    return text(client.get(f"/cases/{case.id.hex}/")).partition("What comes next")[2][:300]


def test_n36_n47_a_case_goes_from_search_to_closing_and_nothing_of_it_is_left_out(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    first, second, strange = call(world, 3), call(world, 5), call(world, 4, OTHERS)
    handler, officer, agent = (sign_in(x) for x in (cast.rights_handler, cast.dpo, cast.anna))
    case = open_case(handler, "copy", "listening", "erasure")
    day = {"begins": "23.11.2026", "ends": "23.11.2026"}
    page = text(handler.post(f"/cases/{case.id.hex}/do/search", day))
    assert "Calls found: 2." in page
    assert "About 0.0003 of such calls are other people’s." in page
    assert strange.hex not in page
    assert do(handler, case, "name", call=strange.hex, **day) == 422
    assert handler.get(f"/calls/{first.hex}/").status_code == 404, "counted, and not seen"
    without = day | {"without": "yes", "from": "9.00", "until": "10:30"}
    assert "Calls found: 2." in text(handler.post(f"/cases/{case.id.hex}/do/search", without))

    assert do(handler, case, "name", call=first.hex, **day) == 302
    assert handler.get(f"/calls/{first.hex}/").status_code == 200
    hold = Hold.objects.get()
    assert (hold.kind, hold.reference) == ("request", "R-2026-1")
    assert HeldCall.objects.get().call_id == first
    assert do(handler, case, "name", call=second.hex, **day) == 422, "one candidate at a time"
    assert do(handler, case, "searched") == 422
    assert "say whose it is" in comes_next(handler, case)
    assert do(handler, case, "confirm", call=first.hex) == 302
    assert "Search for the next call" in comes_next(handler, case)
    assert do(handler, case, "name", call=second.hex, **day) == 302
    assert do(handler, case, "drop", call=second.hex) == 302
    assert handler.get(f"/calls/{second.hex}/").status_code == 404
    assert Hold.objects.filter(ended_at__isnull=True).count() == 1
    assert do(handler, case, "searched") == 302

    of = f":{first.hex}"
    assert do(handler, case, "decided") == 422
    for right in ("copy", "listening"):
        assert do(handler, case, "decide", point=right + of, outcome="granted") == 302
    refuse = {"point": "erasure" + of, "outcome": "refused"}
    assert do(handler, case, "decide", **refuse) == 422, "a refusal has its law"
    wrong = refuse | {"ground": "no_consent", "words": "Internal use only, as always."}
    assert do(handler, case, "decide", **wrong) == 422, "and a law that fits"
    refuse |= {"ground": "legal_claim", "words": "A claim about the parcel is pending."}
    assert do(handler, case, "decide", **refuse) == 302
    assert do(handler, case, "decided") == 422, "the officer has not looked"
    assert [one.kind for one in alarms.standing()] == [deciding.SECOND_LOOK]
    assert f'href="/cases/{case.id.hex}/"' in officer.get("/queue/").content.decode()
    decision = Decision.objects.get(right="erasure").id.hex
    assert do(handler, case, "review", decision=decision, agree="yes") == 404
    assert do(officer, case, "review", decision=decision, agree="no") == 302
    assert do(handler, case, "decided") == 422, "it was sent back"
    assert do(handler, case, "decide", **refuse) == 302
    decision = Decision.objects.get(right="erasure").id.hex
    assert do(officer, case, "review", decision=decision, agree="yes") == 302
    assert not alarms.standing()
    assert do(handler, case, "decided") == 302

    assert do(handler, case, "fulfilled") == 422
    assert do(handler, case, "give", what="copy", how="hand") == 422, "nobody ticks a copy off"
    assert do(handler, case, "give", what="letter", how="post") == 422
    hand_out(handler, case, first)
    assert do(handler, case, "give", what="listening_offered", how="post") == 302
    letter = write(handler, case, "decision")
    said = LetterRow.objects.get(id=letter).parts
    assert "17(3)(e)" in str(said) and "A claim about the parcel is pending." in str(said)
    assert "tietosuoja.fi" in str(said) and "Article 79" in str(said)
    send(handler, case, letter)
    assert do(handler, case, "fulfilled") == 422, "a time that was offered closes nothing (N-43)"
    assert "Listening to the recording at the office" in text(handler.get(f"/cases/{case.id.hex}/"))
    assert do(handler, case, "give", what="listening_held", how="hand") == 302
    case.refresh_from_db()
    assert case.state == "fulfilled", "what was handed over last has moved the case"
    assert do(handler, case, "close") == 302
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "partly")
    hold.refresh_from_db()
    assert hold.ends_at == NOW + timedelta(days=14)
    assert not Mandate.objects.filter(closed_at__isnull=True).exists()
    moves = entries(kind="rights:case:moved", subject=case.id.hex).entries
    (moved,) = (one for one in moves if one.facts["state"] == "closed")
    proofs = " ".join(str(v) for k, v in moved.facts.items() if k.startswith("entries_")).split()
    decided = entries(kind="rights:decision:made", subject=case.id.hex).entries
    assert {one.id.hex for one in decided} <= set(proofs)
    assert do(handler, case, "join") == 422
    assert "From arrival to closing in the middle: 0 days." in text(handler.get("/cases/"))
    assert agent.get("/cases/").status_code == 404

    assert watch.forget(CaseRules(), world.store, NOW + timedelta(days=1098)) == 1
    assert not CaseCall.objects.exists()
    assert entries(kind="rights:cases:forgotten").entries[0].facts == {
        "cases": 1,
        "others": 0,
    }


def test_8422_161_21_a_request_in_time_keeps_the_call_though_its_day_comes(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    """A Finnish company answered that the recordings no longer existed: EUR 23,000."""
    mine = call(world, 3)
    ordinary = Call.objects.get(id=mine).due_at
    handler = sign_in(cast.rights_handler)
    case = open_case(handler, "copy")
    day = {"begins": "23.11.2026", "ends": "23.11.2026"}
    assert do(handler, case, "name", call=mine.hex, **day) == 302
    held = Call.objects.get(id=mine)
    assert held.ordinary_due_at == ordinary
    Hold.objects.update(ends_at=ordinary + timedelta(days=20))
    assert CaseCall.objects.get().hold == Hold.objects.get().id


def test_l06_somebody_who_cannot_be_identified_gets_a_reasoned_answer_and_no_silence(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    handler, officer = sign_in(cast.rights_handler), sign_in(cast.dpo)
    given = {"channel": "letter", "asked": ["copy"], "arrived": "20.11.2026"}
    assert handler.post("/cases/new", given).status_code == 201
    case = Case.objects.get()
    claim = {"point": "copy:", "outcome": "refused", "words": "Neither number nor day is known."}
    assert do(handler, case, "decide", ground="others_rights", **claim) == 422
    assert do(handler, case, "decide", ground="not_identified", **claim) == 302
    decision = Decision.objects.get().id.hex
    assert do(officer, case, "review", decision=decision, agree="yes") == 302
    assert do(handler, case, "decided") == 302
    assert do(handler, case, "fulfilled") == 422, "no refusal without its letter"
    send(handler, case, write(handler, case, "refusal"))
    assert do(handler, case, "close") == 302
    case.refresh_from_db()
    assert case.outcome == "refused"
    taken = open_case(handler, "information")
    assert do(handler, taken, "withdraw") == 302
    assert "Taken back by the person" in text(handler.get(f"/cases/{taken.id.hex}/"))
