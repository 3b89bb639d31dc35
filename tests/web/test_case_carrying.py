"""Decisions carried out from the case: erasure, restriction, objection, completion, Article 19."""

from datetime import datetime, timedelta

import pytest

from cast import NOW, Cast
from vaiti.access import doors
from vaiti.access.errors import NotVisible, Refused
from vaiti.audit.reading import entries
from vaiti.audit.sequencer import sequence
from vaiti.register import whole
from vaiti.register.models import Call, Hold
from vaiti.register.person_models import Statement, Stop
from vaiti.retention import holds
from vaiti.retention.destroy import execute
from vaiti.retention.fulfilling import Fulfilment
from vaiti.retention.models import Order
from vaiti.retention.planning import open_plans, plan
from vaiti.rights import noting
from vaiti.rights.case_models import Given, Recipient
from vaiti.rights.letter_models import LetterRow
from web.case_desk import (
    DAY,
    call,
    decided,
    do,
    filled,
    hand_out,
    open_case,
    refuse,
    searched,
    send,
    text,
    write,
)
from web.conftest import SignIn
from web.test_certificates import SIGNER, inside
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def destroy(world: World) -> None:
    """What the worker does with an order that was approved."""
    journal = world.folder / "journal"
    journal.mkdir(exist_ok=True)
    done = Fulfilment(
        world.keys, world.store, journal, noting.Erasures(world.wiring().issuer).erased
    )
    done.go_on(NOW)
    for one in open_plans():
        execute(one, world.keys, world.store, journal, NOW)
    done.go_on(NOW)


def time_goes_on(world: World, now: datetime) -> None:
    """The worker at `now`; the key process, which others share, has its own clock."""
    journal = world.folder / "journal"
    journal.mkdir(exist_ok=True)
    holds.look(now)
    holds.keep_restrictions(world.keys, now)
    if made := plan(now):
        execute(made.id, world.keys, world.store, journal, now)


def test_n38_l13_a_call_is_erased_by_its_case_after_the_copy_and_proven_before_the_letter(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    mine = call(world, 3)
    handler, officer = sign_in(cast.rights_handler), sign_in(cast.dpo)
    case = open_case(handler, "copy", "erasure")
    searched(handler, case, mine)
    assert do(handler, case, "erase") == 422, "nothing is carried out before it is decided"
    assert "Choose at least one call" in text(
        handler.post(f"/copies/{case.id.hex}/", {f"call-{mine.hex}": "on"})
    ), "and no copy is made of what may be a stranger's"
    decided(handler, case, f"copy:{mine.hex}", f"erasure:{mine.hex}")
    assert do(handler, case, "erase") == 422, "the copy first"
    hand_out(handler, case, mine)
    assert do(handler, case, "erase") == 302
    order = Order.objects.get()
    assert (order.asked_kind, order.asked_ref, order.reason) == ("case", "R-2026-1", "erasure")
    letter = LetterRow.objects.get(kind="erasure")
    assert "23.11.2026" in str(letter.parts), "it names the call, which will be gone"
    sending = {"act": "send", "how": "post"}
    assert handler.post(f"/letters/{case.id.hex}/{letter.id.hex}/", sending).status_code == 422
    early = LetterRow.objects.get(kind="article_19")
    answer = handler.post(
        f"/letters/{case.id.hex}/{early.id.hex}/",
        {"act": "send", "how": "post", **filled(early.id)},
    )
    assert "Not everything is erased" in text(answer), "nobody is told before it is true"
    assert do(handler, case, "approve", order=order.id.hex) == 422, "a second person does"
    assert "A person’s request is pending" in text(officer.get("/holds/"))
    assert do(officer, case, "approve", order=order.id.hex) == 302
    assert handler.get(f"/calls/{mine.hex}/").status_code == 404, "from here on nobody hears it"
    destroy(world)
    order.refresh_from_db()
    assert order.state == "done" and not Call.objects.filter(id=mine).exists()
    assert sorted(Given.objects.values_list("what", "call")) == [("copy", mine), ("erased", mine)]
    assert do(handler, case, "fulfilled") == 422
    page = text(handler.get(f"/cases/{case.id.hex}/"))
    assert "Who else had the data" in page and "Still to be given" in page
    unsigned = handler.post(f"/letters/{case.id.hex}/{letter.id.hex}/", sending | filled(letter.id))
    assert unsigned.status_code == 422 and "has not signed the certificate" in text(unsigned)
    for who in ("Parcel Partner Ltd", "Lawyers Ltd"):
        assert do(handler, case, "recipient", who=who) == 302
    assert do(handler, case, "nobody") == 422
    paper = f"/letters/{case.id.hex}/{letter.id.hex}/letter.pdf"
    assert b"vaiti-certificate/1" not in inside(handler.get(paper).content)
    sequence(NOW, SIGNER)
    send(handler, case, letter.id)
    told = inside(handler.get(paper).content)
    assert b'"format":"vaiti-certificate/1"' in told, "the certificate is within the letter"
    assert order.id.hex.encode() in told
    named, other = Recipient.objects.order_by("id").values_list("id", flat=True)
    assert do(handler, case, "recipient-answered", recipient=str(named), answer="done") == 422
    for one in (named, other):
        assert do(handler, case, "notify", recipient=str(one)) == 302
    notices = LetterRow.objects.filter(kind="article_19")
    assert [one.id for one in notices.filter(id=early.id)] == [
        Recipient.objects.get(id=named).letter
    ]
    assert len(notices) == 2
    for notice in notices:
        assert "23.11.2026" in dict(notice.parts)["which_data"], "drafted while the call was there"
        send(handler, case, notice.id, "post")
    case.refresh_from_db()
    assert case.state == "fulfilled"
    assert do(handler, case, "recipient-answered", recipient=str(named), answer="done") == 302
    assert do(handler, case, "close") == 302
    told = [one.facts for one in entries(kind="rights:answer:given", subject=case.id.hex).entries]
    assert {"copy", "erased", "letter"} == {one["what"] for one in told}


def test_n40_l12_a_restriction_is_enforced_and_ends_only_after_the_person_was_told(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    mine = call(world, 3)
    due = Call.objects.get(id=mine).due_at
    handler, officer = sign_in(cast.rights_handler), sign_in(cast.dpo)
    agent, manager = sign_in(cast.anna), sign_in(cast.mikko)
    case = open_case(handler, "restriction")
    where = f"/calls/{mine.hex}/"
    assert do(handler, case, "name", call=mine.hex, **DAY) == 302
    assert do(handler, case, "restrict", call=mine.hex) == 422, "it may be a stranger's"
    assert do(handler, case, "confirm", call=mine.hex) == 302
    assert do(handler, case, "searched") == 302
    decided(handler, case, f"restriction:{mine.hex}")
    assert agent.get(where).status_code == manager.get(where).status_code == 200
    assert do(handler, case, "restrict", call=mine.hex) == 302
    assert agent.get(where).status_code == manager.get(where).status_code == 404
    assert handler.get(where).status_code == 200, "it is not hidden from the person's own request"
    assert do(handler, case, "nobody") == 302
    send(handler, case, write(handler, case, "decision"))
    assert do(handler, case, "close") == 302
    hold = Hold.objects.get(kind="restriction")
    later = due + timedelta(days=170)
    time_goes_on(world, later)
    hold.refresh_from_db()
    assert Call.objects.filter(id=mine).exists() and hold.ends_at > later + timedelta(days=300)
    ending = {"act": "end", "why": "The data were checked."}
    assert "Tell the person first" in text(handler.post(f"/holds/{hold.id.hex}/", ending))
    assert officer.post(f"/holds/{hold.id.hex}/", ending).status_code == 422
    send(handler, case, write(handler, case, "restriction_lifted"))
    assert handler.post(f"/holds/{hold.id.hex}/", ending).status_code == 302
    assert entries(kind="retention:hold:told", subject=hold.id.hex).entries


def test_l15_n37_an_objection_counts_at_once_and_a_statement_goes_with_the_call(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    mine, other = call(world, 3), call(world, 5)
    handler, officer, agent = (sign_in(x) for x in (cast.rights_handler, cast.dpo, cast.anna))
    case = open_case(handler, "objection", "completion")
    leg = doors.see_call(cast.anna.id, mine, NOW).legs[0].leg.id
    asked = {"purpose": "verify", "session": "s", "now": NOW, "seed": bytes(32)}
    doors.open_recording(cast.anna.id, leg, reference="", **asked)
    searched(handler, case, mine, other)
    with pytest.raises(Refused):
        doors.open_recording(cast.anna.id, leg, reference="", **asked)
    assert Stop.objects.filter(call=mine).count() == 3
    assert do(handler, case, "object", call=mine.hex) == 422
    assert do(handler, case, "object", call=mine.hex, purpose="rights") == 422
    assert do(handler, case, "object", call=mine.hex, purpose="training") == 302
    doors.open_recording(cast.anna.id, leg, reference="", **asked)
    refuse(handler, officer, case, f"objection:{other.hex}", "compelling")
    points = (f"objection:{mine.hex}", f"completion:{mine.hex}", f"completion:{other.hex}")
    decided(handler, case, *points)
    assert list(Stop.objects.values_list("call", "purpose")) == [(mine, "training")]
    page = text(agent.get(f"/calls/{mine.hex}/"))
    assert "Not for training" in page and "The customer objects" in page
    said = "I said no to the offer at 14:02. Call me at 040 765 4321."
    for one in (mine, other):
        assert do(handler, case, "complete", call=one.hex, text=said) == 302
    assert "I said no to the offer" in text(agent.get(f"/calls/{mine.hex}/"))
    held = whole.everything(mine, NOW)
    assert held["statements"][0]["text"].endswith("Call me at 040 765 4***.")
    assert held["objections"][0]["purpose"] == "training"
    send(handler, case, write(handler, case, "decision"))
    assert do(handler, case, "nobody") == 302
    assert do(handler, case, "close") == 302
    time_goes_on(world, NOW + timedelta(days=200))
    assert not Statement.objects.exists() and not Stop.objects.exists()
    with pytest.raises(NotVisible):
        doors.see_call(cast.anna.id, mine, NOW)
