"""Disclosures and complaints in the pages, with recordings that can really be opened."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cast import NOW, Cast
from drawn import without_drawn
from vaiti.audit import sequencer
from vaiti.audit.checkpoint import Signer
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.promises.checks import recipients
from vaiti.promises.older import rows
from vaiti.promises.older.places import limits
from vaiti.register import holds
from vaiti.register.models import Hold
from vaiti.rights import handing
from vaiti.rights.case_models import CaseCall
from vaiti.rights.copy_models import Package
from vaiti.rights.law import watch
from vaiti.rights.law.models import Complaint, ComplaintCall, Disclosure, DisclosureCall
from vaiti.rights.letter_models import LetterRow
from web.case_desk import DAY, MINE, OTHERS, call, filled, open_case, searched
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = NOW.date()
ORDER = {
    "act": "receive",
    "authority": "Helsinki Police Department",
    "officer": "Chief Inspector N. N.",
    "number": "POL-2026-77",
    "statute": "seizure",
    "scope": "The call in which a threat was made on the morning of the 23rd.",
}
SEARCH = DAY | {"number": "040 765 4321"}
CALLED = "The exchange of poliisi.fi; the duty officer answered."
WHY = "The only call of that morning from this number."


def text(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


def receive(client: Client, **changes: str) -> Disclosure:
    answer = client.post("/disclosures/new", ORDER | changes)
    assert answer.status_code == 302, text(answer)
    return Disclosure.objects.order_by("-received_at", "-serial")[0]


def do(client: Client, row: Disclosure | Complaint, act: str, **given: str) -> int:
    room = "disclosures" if isinstance(row, Disclosure) else "complaints"
    answer = client.post(f"/{room}/{row.id.hex}/", {"act": act, **given})
    return int(answer.status_code)


def standing(call: UUID) -> list[str]:
    return [one.kind for one in holds.of_call(call, NOW)]


def test_n09_an_order_from_its_arrival_to_the_closed_record(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    mine, other = call(world, 3), call(world, 4, OTHERS)
    handler, officer = sign_in(cast.rights_handler), sign_in(cast.dpo)
    assert sign_in(cast.anna).get("/disclosures/").status_code == 404
    row = receive(handler)
    assert do(handler, row, "propose", why=WHY, voices="both") == 422  # no calls, not called back
    found = handler.post(f"/disclosures/{row.id.hex}/", {"act": "search", **SEARCH})
    assert found.status_code == 200
    assert mine.hex in text(found)
    assert other.hex not in text(found)
    assert "4321" not in without_drawn(text(found))
    named = {"call": mine.hex, "mask": MINE, **DAY}
    assert do(handler, row, "name", **named | {"call": other.hex}) == 422
    assert do(handler, row, "name", **named) == 302
    assert do(handler, row, "drop", call=mine.hex) == 302
    assert standing(mine) == []
    assert do(handler, row, "name", **named) == 302
    assert do(handler, row, "name", **named) == 422
    assert standing(mine) == ["order"]
    assert do(handler, row, "verify", called="0295 470 011 answered there") == 422
    assert do(handler, row, "verify", called=CALLED) == 302
    assert do(handler, row, "seal") == 422
    assert do(handler, row, "propose", why=WHY, voices="customer") == 302
    assert do(handler, row, "approve") == 422  # not the same person
    assert do(officer, row, "approve") == 302
    sealed = handler.post(f"/disclosures/{row.id.hex}/", {"act": "seal"})
    password = re.search(r"<dd>((?:[a-z2-9]{5}-){3}[a-z2-9]{5})</dd>", text(sealed))
    assert password, text(sealed)
    row.refresh_from_db()
    package = Package.objects.get(id=row.package)
    assert (package.reference, package.calls) == ("LD-2026-1", 1)
    assert do(handler, row, "seal") == 422  # one waits already
    assert evidence(handler, row, mine) == 404  # which has both voices
    whole_package(world, package, password[1])
    opened_and_proven(cast, mine)

    assert do(handler, row, "close") == 422
    assert do(handler, row, "hand", receiver="Constable A. B.") == 302
    package.refresh_from_db()
    assert package.delivered_at is not None
    assert recipients.disclosures_by_law(None, NOW).kept  # type: ignore[arg-type]
    assert do(handler, row, "close") == 422  # the person was not told
    later = (NOW + timedelta(days=60)).date()
    secret = f"{later.day}.{later.month}.{later.year}"
    assert do(handler, row, "tell", told="secret", secret_on=secret) == 302
    receipt = write(handler, row, "disclosure_receipt", "fi")
    for said in ("POL-2026-77", package.manifest_sha256, "Constable A. B.", "pakkokeinolaki"):
        assert said in receipt, said
    assert "Secrecy is ordered" in write(handler, row, "disclosure_person", "sv", 422)
    watch.watch(later - timedelta(days=1), NOW)
    assert not [one for one in alarms.standing() if one.kind == watch.SECRET]
    watch.watch(later, NOW)
    assert [one.key for one in alarms.standing() if one.kind == watch.SECRET] == [row.id.hex]
    assert f'href="/disclosures/{row.id.hex}/"' in officer.get("/queue/").content.decode()
    assert do(handler, row, "tell", told="unknown") == 302
    write(handler, row, "disclosure_person", "en")
    row.refresh_from_db()
    assert (row.told_at, row.untold) == (NOW, ""), "the letter that is sent tells the person"
    assert do(handler, row, "close") == 302
    assert standing(mine) == []
    watch.watch(later, NOW)
    assert not [one for one in alarms.standing() if one.kind == watch.SECRET]
    assert "Closed" in text(officer.get("/disclosures/"))
    Disclosure.objects.update(statute="")
    assert not recipients.disclosures_by_law(None, NOW).kept  # type: ignore[arg-type]


def write(client: Client, row: Disclosure, kind: str, language: str, expected: int = 302) -> str:
    """Drafts it and sends it: what is sent, or what the page says instead."""
    room = f"/letters/{row.id.hex}/"
    answer = client.post(room, {"kind": kind, "language": language})
    assert answer.status_code == 302, text(answer)
    made = LetterRow.objects.order_by("-made_at", "-id").get(kind=kind, sent_at=None)
    filled_in = {"act": "send", "how": "post", **filled(made.id)}
    answer = client.post(f"{room}{made.id.hex}/", filled_in)
    assert answer.status_code == expected, text(answer)
    if expected != 302:
        assert client.post(f"{room}{made.id.hex}/", {"act": "drop"}).status_code == 302
        return text(answer)
    assert client.get(f"{room}{made.id.hex}/letter.pdf").content[:4] == b"%PDF"
    return " ".join(words for _element, words in LetterRow.objects.get(id=made.id).parts)


def evidence(client: Client, row: Disclosure, call: UUID) -> int:
    """Made of one call; the page of copies, which is a person's, is not this matter's."""
    room = f"/copies/{row.id.hex}/"
    assert client.get(room).status_code == 302
    assert client.get(f"{room}evidence/").status_code == 200
    return int(client.post(f"{room}evidence/{call.hex}/make").status_code)


def complained(handler: Client, officer: Client) -> None:
    """A complaint that is over, with a call that nobody could hold."""
    given = {"from": "person", "arrived": "23.11.2026", "about": "Nobody answered me at all."}
    assert handler.post("/complaints/new", given).status_code == 302
    row = Complaint.objects.get()
    ComplaintCall.objects.create(complaint=row, call=uuid4(), named_by="x", named_at=NOW)
    assert do(officer, row, "decide", outcome="withdrawn") == 302


def whole_package(world: World, package: Package, password: str) -> None:
    """The authority opens it with the password, once; it has one call and the decided voice."""
    seed = world.room.secrets.seed
    sequencer.sequence(NOW, Signer("vaiti/test", seed))
    handed = handing.open_with(package.id, password, world.store, NOW)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(handed.chunks)))
    names = set(archive.namelist())
    assert {"call-1/sound.wav", "call-1/call.json", "manifest.json", "proof.json"} <= names
    sound = archive.read("call-1/sound.wav")
    assert int.from_bytes(sound[22:24], "little") == 1  # channels: one voice


def opened_and_proven(cast: Cast, mine: UUID) -> None:
    (opened,) = entries(kind="access:copy:opened", subject=mine.hex).entries
    assert (opened.actor, opened.facts["rule"]) == (cast.rights_handler.id.hex, "disclosure")
    assert opened.facts["reference"] == "LD-2026-1"
    told = str([one.facts for one in entries(limit=200).entries])
    assert "Inspector" not in told
    assert "threat" not in told


def test_n09_an_order_to_preserve_holds_and_gives_nothing(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    mine, handler = call(world, 3), sign_in(cast.rights_handler)
    row = receive(handler, statute="preservation", answer_by="24.11.2026")
    watch.watch(TODAY, NOW)
    assert [one.key for one in alarms.standing() if one.kind == watch.DUE] == [row.id.hex]
    assert do(handler, row, "name", call=mine.hex, mask=MINE, **DAY) == 302
    assert do(handler, row, "verify", called=CALLED) == 302
    assert do(handler, row, "propose", why=WHY, voices="both") == 422
    assert do(handler, row, "close") == 302
    assert standing(mine) == ["order"]
    watch.watch(TODAY, NOW)
    assert not [one for one in alarms.standing() if one.kind == watch.DUE]


def test_n09_nothing_is_disclosed_where_one_says_no_and_the_record_goes_in_its_time(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    mine, handler, officer = call(world, 3), sign_in(cast.rights_handler), sign_in(cast.dpo)
    for wrong, said in (
        ({"statute": ""}, "Choose the statute."),
        ({"number": "+358401234567"}, "A reference is"),
        ({"scope": "All."}, "Say what the order asks for"),
        ({"answer_by": "soon"}, "Write a day like"),
    ):
        answer = handler.post("/disclosures/new", ORDER | wrong)
        assert (answer.status_code, said in text(answer)) == (422, True)
    row = receive(handler)
    assert do(handler, row, "name", call=mine.hex, mask=MINE, **DAY) == 302
    assert do(handler, row, "verify", called=CALLED) == 302
    assert do(handler, row, "propose", why=WHY, voices="both") == 302
    assert do(officer, row, "back") == 302
    assert evidence(handler, row, mine) == 404
    assert do(handler, row, "propose", why=WHY, voices="both") == 302
    assert do(officer, row, "approve") == 302
    assert evidence(handler, row, mine) == 302
    (made,) = entries(kind="rights:evidence:made", subject=mine.hex).entries
    (opened,) = entries(kind="access:copy:opened", subject=mine.hex).entries
    assert (made.facts["reference"], opened.facts["rule"]) == ("LD-2026-1", "disclosure")
    assert do(officer, row, "refuse", why="The order names another company.") == 302
    assert standing(mine) == []
    assert "another company" in write(handler, row, "disclosure_refused", "sv")
    assert "Nothing was handed over yet" in write(handler, row, "disclosure_person", "fi", 422)
    assert do(officer, row, "close") == 302
    assert do(officer, row, "burn") == 400
    with pytest.raises(IntegrityError), transaction.atomic():
        Disclosure.objects.update(proposed_by="a", approved_by="a")
    complained(handler, officer)
    watch.forget(timedelta(days=30), world.store, NOW + timedelta(days=29))
    assert Disclosure.objects.exists() and Complaint.objects.exists()
    limit = limits(NOW, 60, ZoneInfo("Europe/Helsinki"))
    assert rows.look(replace(limit, cases=NOW + timedelta(days=1))).older == 2, "each is seen late"
    watch.forget(timedelta(days=30), world.store, NOW + timedelta(days=31))
    left = (Disclosure, DisclosureCall, Complaint, ComplaintCall, LetterRow, Package)
    assert [one for one in left if one.objects.exists()] == []


def test_n48_a_complaint_holds_its_calls_until_it_is_decided(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    mine, other = call(world, 3), call(world, 5, OTHERS)
    handler, officer = sign_in(cast.rights_handler), sign_in(cast.dpo)
    case, gone = open_case(handler, "copy"), uuid4()
    searched(handler, case, mine)
    CaseCall.objects.create(case=case, call=gone, confirmed=True, named_by="x", named_at=NOW)
    form = {
        "act": "note",
        "from": "authority",
        "country": "SE",
        "number": "IMY-2026-5",
        "case": "R-2026-1",
        "arrived": "23.11.2026",
        "answer_by": "24.11.2026",
        "about": "The copy was not given in time.",
    }
    assert handler.post("/complaints/new", form | {"case": "R-2026-9"}).status_code == 422
    assert handler.post("/complaints/new", form | {"from": ""}).status_code == 422
    assert handler.post("/complaints/new", form).status_code == 302
    row = Complaint.objects.get()
    calls = {one.call: one.hold is None for one in ComplaintCall.objects.filter(complaint=row)}
    assert calls == {mine: False, gone: True}
    page = text(handler.get(f"/complaints/{row.id.hex}/"))
    assert "gone when it came" in page
    assert "looked at again by 21.2.2027." in page
    assert sorted(standing(mine)) == ["order", "request"]
    assert do(handler, row, "hold", calls=other.hex) == 422  # nobody's to see
    watch.watch(TODAY, NOW)
    assert [one.key for one in alarms.standing() if one.kind == watch.COMPLAINT_DUE] == [row.id.hex]

    soon = NOW + timedelta(days=30)
    Hold.objects.filter(kind="order").update(ends_at=soon)
    watch.keep(world.keys, NOW)
    (renewed,) = (one for one in holds.of_call(mine, NOW) if one.kind == "order")
    assert renewed.ends_at > NOW + timedelta(days=300)
    assert do(handler, row, "answer", said="When the copy was given, with its receipt.") == 302
    assert do(handler, row, "decide", outcome="rejected") == 404  # the officer's
    assert do(officer, row, "decide", outcome="maybe") == 422
    assert do(officer, row, "decide", outcome="rejected") == 302
    assert standing(mine) == ["request"]
    assert do(officer, row, "answer", said="Once more, with another day.") == 422
    watch.watch(TODAY, NOW)
    assert not [one for one in alarms.standing() if one.kind == watch.COMPLAINT_DUE]
    assert "CO-2026-1" in text(officer.get("/complaints/"))
    kinds = {one.kind for one in entries(subject=row.id.hex, limit=50).entries}
    assert kinds == {
        f"rights:complaint:{one}" for one in ("received", "held", "gone", "moved", "seen")
    }
