"""The person's own page, and listening at the office, from the offer of times to the kiosk."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.audit.reading import entries
from vaiti.notice.models import Line
from vaiti.register.models import Leg
from vaiti.rights import letters, slots
from vaiti.rights.case_models import Case, Decision, Given
from vaiti.rights.errors import CaseRefused
from vaiti.rights.letter_models import LetterRow
from vaiti.rights.person_models import Message, Sitting, Slot
from vaiti.rights.policy import CaseRules, Contact, Premises
from vaiti.values.clock import to_micros
from vaiti.web.http import wiring
from web.conftest import SignIn
from web.test_case_work import call, do
from web.test_cases import NUMBER, text
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

OFFICE = Premises(
    *("helsinki", "Customer service", "Postrutten 7 A", "Step-free", "Room 2"),
    label_in={"fi": "Asiakaspalvelu"},
    address_in={"fi": "Postiljooninkatu 7 A"},
    room_in={"fi": "Huone 2"},
)
CONTACT = Contact(
    *("PB 6, 00011 POSTI", "Postrutten 7 A", "", "tietosuoja@posti.example"),
    postal_in={"fi": "PL 6, 00011 POSTI"},
)
DAY = {"begins": "23.11.2026", "ends": "23.11.2026"}


def wired(world: World) -> None:
    rules = CaseRules(premises=(OFFICE,), contact=CONTACT)
    wiring.install(replace(world.wiring(), rights=rules))


def file(person: Client, *asked: str) -> tuple[Case, str]:
    given = {"asked": list(asked), "about_from": "23.11.2026", "number": NUMBER}
    said = text(person.post("/rights/", given))
    code = re.search(r"<code>([A-Z0-9-]{23})</code>", said)
    assert code
    return Case.objects.order_by("-serial")[0], code[1]


def own(person: Client) -> str:
    return text(person.get("/rights/case"))


def granted(handler: Client, case: Case, world: World) -> None:
    """Identified, its call found and held, and both rights granted."""
    mine = call(world, 3)
    for step in ("I2", "I3"):
        assert do(handler, case, "prove", proof=step) == 302
    assert do(handler, case, "identified") == 302
    assert do(handler, case, "name", call=mine.hex, **DAY) == 302
    assert do(handler, case, "confirm", call=mine.hex) == 302
    assert do(handler, case, "searched") == 302
    for right in case.asked:
        assert do(handler, case, "decide", point=f"{right}:{mine.hex}", outcome="granted") == 302
    assert do(handler, case, "decided") == 302


def test_n35_lines_and_addresses_are_told_in_the_persons_language(
    cast: Cast, world: World, stranger: Client, sign_in: SignIn
) -> None:
    wired(world)
    line = Line.objects.filter(number=cast.service_line.number)
    line.update(labels={"fi": "Pakettipalvelu", "sv": "Pakettjänst"})
    told = {"fi": "Pakettipalvelu", "sv": "Pakettjänst", "en": cast.service_line.label}
    for language, label in told.items():
        shown = text(stranger.get("/rights/", headers={"accept-language": language}))
        assert f"{label} · " in shown
    stranger.post("/language", {"language": "fi", "next": "/rights/"})
    filed = stranger.post("/rights/", {"asked": ["listening"], "about_from": "23.11.2026"})
    assert "PL 6, 00011 POSTI" in text(filed)
    case = Case.objects.get()
    handler = sign_in(cast.rights_handler)
    granted(handler, case, world)
    offer = {"place": "helsinki", "length": "60", "day1": "30.11.2026", "hour1": "9.30"}
    offer |= {"day2": "1.12.2026", "hour2": "14:30"}
    assert do(handler, case, "offer", **offer) == 302
    page = own(stranger)
    assert "Asiakaspalvelu, Postiljooninkatu 7 A" in page and "Step-free" in page
    for language in ("fi", "sv"):
        given = {"kind": "information", "language": language, "country": "FI"}
        assert handler.post(f"/letters/{case.id.hex}/", given).status_code == 302
    finnish, swedish = (dict(one.parts) for one in LetterRow.objects.order_by("language"))
    assert "Pakettipalvelu +358207100000" in finnish["calls"] and "PL 6" in finnish["contact"]
    assert "Pakettjänst +358207100000" in swedish["calls"] and "PB 6" in swedish["contact"]


def test_n42_the_persons_page_says_how_far_it_is_and_takes_messages_without_numbers(
    cast: Cast, world: World, stranger: Client, sign_in: SignIn
) -> None:
    wired(world)
    handler, case_code = sign_in(cast.rights_handler), file(stranger, "copy")
    case, code = case_code
    assert "PB 6, 00011 POSTI" in text(handler.post("/cases/new", {"asked": ["copy"]}))
    stranger.post("/rights/case/do/leave")
    assert stranger.get("/rights/case").status_code == 302, "left, it opens nothing"
    opened = stranger.post("/rights/status", {"number": "R-2026-1", "code": code})
    assert opened["Location"] == "/rights/case"
    assert "somebody looks at it next" in own(stranger)
    assert entries(kind="rights:page:opened").entries[0].actor == "system:person"

    assert do(handler, case, "ask") == 302
    assert do(handler, case, "message", text="Which day did you call? Ring 040 765 4321.") == 302
    assert "the time stands still" in own(stranger)
    assert "Ring 040 765 4***." in own(stranger)
    assert stranger.post("/rights/case/do/message", {"text": " "}).status_code == 422
    wrote = f"On the 23rd, from {NUMBER}"
    assert stranger.post("/rights/case/do/message", {"text": wrote}).status_code == 302
    kept = Message.objects.get(side="person").text
    assert kept == "On the 23rd, from 040 765 4***"
    case.refresh_from_db()
    assert case.answered_on, "the clock goes on once the person has answered"
    assert "a message waits" in text(handler.get("/cases/"))
    assert do(handler, case, "messages-read") == 302
    assert "a message waits" not in text(handler.get("/cases/"))
    told = entries(kind="rights:message:written").entries
    assert sorted(str(one.facts["side"]) for one in told) == ["office", "person"]

    sent = letters.begin(
        "R-2026-1",
        "receipt",
        "en",
        {"today": "23.11.2026"},
        by="system:test",
        now=case.registered_at,
    )
    assert stranger.get(f"/rights/case/letter/{sent.hex}").status_code == 404, "a draft"
    letters.LetterRow.objects.filter(id=sent).update(
        sent_at=case.registered_at, sent_how="page", parts=[["asked", "You asked for a copy."]]
    )
    assert f"/rights/case/letter/{sent.hex}" in own(stranger)
    assert "You asked for a copy." in text(stranger.get(f"/rights/case/letter/{sent.hex}"))
    paper = stranger.get(f"/rights/case/letter/{sent.hex}/letter.pdf")
    assert paper.content.startswith(b"%PDF")
    assert len(entries(kind="rights:letter:fetched").entries) == 2
    for language, title in (("fi", "Pyyntö"), ("sv", "Begäran")):
        stranger.post("/language", {"language": language, "next": "/rights/case"})
        assert f"{title} R-2026-1" in own(stranger)


def test_n43_2680_41_2010_several_times_are_offered_and_one_that_is_declined_closes_nothing(
    cast: Cast, world: World, stranger: Client, sign_in: SignIn
) -> None:
    wired(world)
    handler = sign_in(cast.rights_handler)
    case, code = file(stranger, "copy", "listening")
    at = {"place": "helsinki", "length": "60", "day1": "30.11.2026", "hour1": "9.30"}
    assert do(handler, case, "offer", **at) == 422, "not before it is decided"
    granted(handler, case, world)
    assert do(handler, case, "offer", **at) == 422, "one time is no choice"
    more = {"day2": "1.12.2026", "hour2": "14:30"}
    assert do(handler, case, "offer", **at | more | {"place": "elsewhere"}) == 422
    assert do(handler, case, "offer", **at | more) == 302
    shown = own(stranger)
    assert "Postrutten 7 A" in shown
    assert "Step-free" in shown
    assert " checked" not in shown, "nothing is chosen beforehand"
    assert stranger.post("/rights/case/do/code").status_code == 422, "no time, no code"
    assert stranger.post("/rights/case/do/slot", {"act": "none"}).status_code == 302
    assert set(Slot.objects.values_list("state", flat=True)) == {"declined"}
    case.refresh_from_db()
    assert case.state == "decided"
    assert "Others will be offered" in own(stranger)
    third = {"day1": "2.12.2026", "hour1": "9:00", "day2": "3.12.2026", "hour2": "17:00"}
    assert do(handler, case, "offer", **at | third) == 302
    taken, other = Slot.objects.filter(state="offered").order_by("begins_at")
    take = {"act": "take", "slot": taken.id.hex, "needs": "No stairs; call 040 765 4321"}
    assert stranger.post("/rights/case/do/slot", take).status_code == 302
    other.refresh_from_db()
    assert other.state == "withdrawn"
    assert "No stairs; call 040 765 4***" in text(handler.get(f"/cases/{case.id.hex}/"))
    page = text(handler.get("/cases/"))
    assert page.index("Who comes to listen") < page.index("R-2026-1") < page.index("No stairs")
    the_door_is_told(handler, sign_in(cast.anna))
    someone, _ = file(stranger, "listening")
    Case.objects.filter(id=someone.id).update(state="decided")
    Decision.objects.create(
        case=someone,
        right="listening",
        outcome="granted",
        decided_by=cast.rights_handler.id.hex,
        decided_at=NOW,
    )
    same = at | {"day1": "2.12.2026", "hour1": "9:30", "day2": "4.12.2026", "hour2": "9:00"}
    assert do(handler, someone, "offer", **same) == 422, "somebody else sits there then"
    assert do(handler, someone, "offer", **same | {"hour1": "10:00"}) == 302
    late = Slot.objects.filter(case=someone).order_by("begins_at")[0]
    Slot.objects.filter(id=late.id).update(begins_at=taken.begins_at)
    with pytest.raises(CaseRefused, match="slot_gone"):  # both were offered it, one came first
        slots.answer(someone.id, late.id, accept=True, needs="", by=None, now=NOW)
    stranger.post("/rights/status", {"number": "R-2026-1", "code": code})
    gone = {"act": "take", "slot": other.id.hex}
    assert stranger.post("/rights/case/do/slot", gone).status_code == 422
    assert do(handler, case, "fulfilled") == 422, "an offer gives nothing"
    told = [one.facts for one in entries(kind="rights:slot:answered").entries]
    assert {"answer": "accepted", "place": "helsinki", "needs": True} in told


def the_door_is_told(handler: Client, agent: Client) -> None:
    """Who comes when to which room with which needs, on a page of the day, on record."""
    assert "The next visit is on 2.12.2026" in text(handler.get("/cases/visits"))
    day = text(handler.get("/cases/visits", {"day": "2.12."}))
    for said in ("Wednesday 2.12.2026", "9:00–10:00", "R-2026-1", "Room 2", "No stairs"):
        assert said in day
    assert "has no code yet" in day
    assert "Nobody comes on this day" in text(handler.get("/cases/visits", {"day": "3.12.2026"}))
    assert handler.get("/cases/visits", {"day": "32.1."}).status_code == 422
    assert agent.get("/cases/visits").status_code == 404
    looks = entries(kind="rights:visits:seen").entries
    assert sorted(str(one.facts["rows"]) for one in looks) == ["0", "0", "1"]


def test_n43_at_the_kiosk_the_person_hears_their_own_calls_and_nothing_else(
    cast: Cast, world: World, stranger: Client, sign_in: SignIn
) -> None:
    wired(world)
    handler = sign_in(cast.rights_handler)
    case, _code = file(stranger, "listening")
    others = call(world, 5)
    granted(handler, case, world)
    address = f"/cases/{case.id.hex}/"
    assert handler.post(f"{address}kiosk").status_code == 422, "the person has no code"
    paper = text(handler.post(f"{address}code"))
    code = re.search(r"<code>(\d{4} \d{4})</code>", paper)
    assert code
    assert code[1].replace(" ", "") not in str(Sitting.objects.values())
    machine = sign_in(cast.rights_handler)
    assert machine.post(f"{address}kiosk")["Location"] == "/kiosk/"
    assert machine.get(address).status_code == 302, "the handler's session has ended there"
    assert machine.post("/kiosk/listen", {"part": "1"}).status_code == 302
    wrong = "".join(str(9 - int(one)) for one in code[1] if one != " ")
    assert machine.post("/kiosk/enter", {"code": wrong}).status_code == 422
    assert machine.post("/kiosk/enter", {"code": code[1]}).status_code == 302
    page = text(machine.get("/kiosk/"))
    (part,) = re.findall(r'name="part" value="(\d+)"', page)
    assert machine.post("/kiosk/listen", {"part": str(int(part) + 1)}).status_code == 404
    assert machine.get(f"/calls/{others.hex}/").status_code == 302

    playing = text(machine.post("/kiosk/listen", {"part": part}))
    assert playing.count('class="rest"') == 2, "both lanes"
    sound = re.search(r'src="(/kiosk/audio/[0-9a-f]{32})"', playing)
    assert sound
    reply = machine.get(sound[1], headers={"range": "bytes=0-99999"})
    assert (reply.status_code, reply.content[:4]) == (206, b"RIFF")
    assert int.from_bytes(reply.content[22:24], "little") == 2
    assert handler.get(sound[1]).status_code == 404, "in that browser alone"
    heard = entries(kind="rights:sitting:heard", subject=case.id.hex).entries[0]
    opened = entries(kind="access:listening:opened").entries[0]
    assert opened.facts["reference"] == "R-2026-1"
    assert opened.facts["listening"] == heard.facts["listening"] == sound[1].rsplit("/")[-1]
    assert opened.actor == cast.rights_handler.id.hex

    row = Leg.objects.get(id=part).call
    row.recording["lossy"] = {"codec": "OPUS", "kbits": 24, "since_us": to_micros(NOW)}
    row.save()
    again = text(machine.post("/kiosk/listen", {"part": part}))
    told = "Opus, 24 kbit/s, since 23.11.2026"
    assert (told in playing, told in again) == (False, True)
    wishes = text(machine.get("/kiosk/wishes"))
    assert 'value="copy"' in wishes
    assert " checked" not in wishes
    assert Given.objects.get().what == "listening_held"
    assert machine.post("/kiosk/wishes", {"asked": []}).status_code == 422
    once = re.search(r'name="once" value="([0-9a-f]{32})"', wishes)
    wanted = {"asked": ["copy", "completion"], "once": once[1] if once else ""}
    receipt = machine.post("/kiosk/wishes", wanted)
    again = machine.post("/kiosk/wishes", wanted)
    assert (again.status_code, "was sent already" in text(again)) == (422, True)
    assert Case.objects.count() == 2, "a reload sends nothing twice"
    assert (receipt.status_code, "R-2026-2" in text(receipt)) == (201, True)
    new = Case.objects.get(serial=2)
    assert (new.asked, new.customer) == (["copy", "completion"], case.customer)
    assert set(new.proven) == {"I2", "I3"}, "nobody asks anew who they are"
    assert machine.post("/kiosk/leave").status_code == 200
    assert machine.get(sound[1]).status_code == 404
    assert Sitting.objects.get().ended_at
    assert "Nothing is open" not in text(machine.get("/kiosk/"))
