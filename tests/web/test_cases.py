"""People's requests in the pages: filed by a stranger or at the desk, with a clock from arrival."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client

from cast import NOW, Cast, make_person
from drawn import without_drawn
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.people.models import RoleKind, TrainingRecord
from vaiti.rights import watch
from vaiti.rights.models import Case
from vaiti.rights.policy import CaseRules
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "040 765 4321"
ENDING = "321"


def text(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


def stored() -> str:
    """Everything that the room's table and the log hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM rights_case")
        rows = str(cursor.fetchall())
    told = [one.facts | {"actor": one.actor} for one in entries(limit=200).entries]
    return without_drawn(rows + json.dumps(told))


def test_n42_a_stranger_files_a_request_in_three_languages_and_sees_how_far_it_is(
    cast: Cast, stranger: Client
) -> None:
    for language, title in (
        ("fi", "Oikeutesi puheluihisi"),
        ("sv", "Dina rättigheter till dina samtal"),
        ("en", "Your rights to your calls"),
    ):
        shown = text(stranger.get("/rights/", headers={"accept-language": language}))
        assert title in shown
        assert " checked" not in shown, "nothing that is wanted is chosen beforehand (D-01)"
    once = re.search(r'name="once" value="([0-9a-f]+)"', shown)
    given = {
        "asked": ["copy", "listening"],
        "about_from": "20.11.2026",
        "line": "+358207100000",
        "direction": "in",
        "number": NUMBER,
        "once": once[1] if once else "",
    }
    assert stranger.post("/rights/", given | {"asked": []}).status_code == 422
    assert stranger.post("/rights/", given | {"number": "040"}).status_code == 422
    assert not Case.objects.exists()
    receipt = stranger.post("/rights/", given)
    assert receipt.status_code == 201
    said = text(receipt)
    assert "R-2026-1" in said
    assert "23.12.2026" in said
    code = re.search(r"<code>([A-Z0-9-]{23})</code>", said)
    assert code
    assert "already" in text(stranger.post("/rights/", given)), "a reload sends nothing twice"
    case = Case.objects.get()
    assert (case.channel, case.customer) == ("web", "+358407654***")
    assert case.name == case.contact == ""
    assert code[1] not in stored()
    assert not any(each in stored() for each in (f"654{ENDING}", f"5 4{ENDING}"))

    typed = code[1].lower().replace("-", " ")
    shown = {"number": "r-2026-1", "code": typed}
    seen = stranger.post("/rights/status", shown, follow=True)
    assert "somebody looks at it next" in text(seen)
    assert "23.12.2026" in text(seen)
    wrong = stranger.post("/rights/status", {"number": "R-2026-1", "code": "A" * 20})
    unknown = stranger.post("/rights/status", {"number": "R-2026-9", "code": typed})
    assert wrong.status_code == unknown.status_code == 422
    for answer in (wrong, unknown):
        assert "do not belong together" in text(answer)


def test_n44_at_the_desk_a_document_is_seen_and_neither_its_number_nor_a_copy_is_kept(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    handler = sign_in(cast.rights_handler)
    page = text(handler.get("/cases/new?channel=desk"))
    assert "it is not copied" in page
    assert 'type="file"' not in page
    given = {
        "channel": "desk",
        "asked": ["copy"],
        "document": "passport",
        "capacity": "customer",
        "number": NUMBER,
        "name": "Maija Meikäläinen",
        "about": f"Called from {NUMBER} about a parcel",
        "language": "fi",
    }
    receipt = handler.post("/cases/new", given)
    assert receipt.status_code == 201
    assert "R-2026-1" in text(receipt)
    case = Case.objects.get()
    assert (case.identity_seen, case.proven) == ("passport", ["I4"])
    assert case.about == "Called from 040 765 4*** about a parcel"
    (entry,) = entries(kind="rights:case:registered").entries
    assert entry.actor == cast.rights_handler.id.hex
    assert entry.facts["identity_seen"] == "passport"
    assert "Maija" not in json.dumps(entry.facts)
    assert not any(each in stored() for each in (f"654{ENDING}", f"5 4{ENDING}"))

    address = f"/cases/{case.id.hex}/"
    assert handler.post(f"{address}do/identified").status_code == 422
    assert handler.post(f"{address}do/prove", {"proof": "I1"}).status_code == 422
    assert handler.post(f"{address}do/prove", {"proof": "I3"}).status_code == 302
    assert handler.post(f"{address}do/identified").status_code == 302
    case.refresh_from_db()
    assert case.state == "identified"
    acts = [one.kind for one in entries(subject=case.id.hex, limit=50).entries]
    assert acts.count("rights:case:moved") == acts.count("rights:identity:proven") == 1


def test_n45_d02_an_unsigned_letter_is_a_case_from_its_arrival_and_nobody_asks_to_sign(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    """Otavamedia was fined for a signature that it could compare with nothing."""
    handler = sign_in(cast.rights_handler)
    given = {
        "channel": "letter",
        "asked": ["copy"],
        "arrived": "6.11.2026",
        "signature": "absent",
        "withheld": "yes",
        "language": "sv",
    }
    said = text(handler.post("/cases/new", given))
    assert "6.12.2026" in said
    case = Case.objects.get()
    assert (case.signature, case.customer) == ("absent", "not available")
    page = text(handler.get(f"/cases/{case.id.hex}/"))
    assert "7.12.2026" in page, "the law's last day is shown beside"
    for step in ("I2", "I3"):
        handler.post(f"/cases/{case.id.hex}/do/prove", {"proof": step})
    assert handler.post(f"/cases/{case.id.hex}/do/identified").status_code == 302
    assert handler.post("/cases/new", given | {"arrived": "24.11.2026"}).status_code == 422


def test_l07_the_list_begins_with_what_is_late_and_the_clock_stops_and_is_extended_by_law(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    handler, officer = sign_in(cast.rights_handler), sign_in(cast.dpo)
    assert "No case is open" in text(handler.get("/cases/"))
    for arrived in ("20.11.2026", "1.10.2026", "24.10.2026"):
        given = {"channel": "letter", "asked": ["erasure"], "arrived": arrived}
        assert handler.post("/cases/new", given).status_code == 201
    fresh, late, soon = Case.objects.order_by("serial")
    listed = text(officer.get("/cases/"))
    places = [listed.index(f"/cases/{one.id.hex}/") for one in (late, soon, fresh)]
    assert places == sorted(places)
    assert listed.index("Overdue") < listed.index("Due now") < listed.index("Next")
    assert "/cases/new" not in listed, "the officer looks on"

    assert handler.post(f"/cases/{soon.id.hex}/do/ask").status_code == 422
    assert handler.post(f"/cases/{fresh.id.hex}/do/ask").status_code == 302
    assert "the clock stands still" in text(handler.get(f"/cases/{fresh.id.hex}/"))
    extend = {"why": "complexity"}
    assert handler.post(f"/cases/{late.id.hex}/do/extend", extend).status_code == 422
    assert handler.post(f"/cases/{soon.id.hex}/do/extend", extend).status_code == 302
    assert "24.1.2027" in text(handler.get(f"/cases/{soon.id.hex}/"))
    assert officer.post(f"/cases/{soon.id.hex}/do/extend", extend).status_code == 404

    rules, today = CaseRules(), NOW.date()
    watch.watch_clocks(rules, today, NOW)
    watch.watch_clocks(rules, today, NOW + timedelta(minutes=10))
    known = {(one.kind, one.key): one.count for one in alarms.standing()}
    assert known[watch.OVERDUE, late.id.hex]
    assert known[watch.WAITS, f"{soon.id.hex}:slow_25"] == 1
    assert (watch.WAITS, f"{fresh.id.hex}:slow_10") not in known
    shown = officer.get("/queue/").content.decode()
    assert f'href="/cases/{late.id.hex}/"' in shown
    assert "25 days since it came" in shown and "10 days since" not in shown, "the last stage alone"
    (last,) = (one for one in alarms.standing() if one.key == f"{soon.id.hex}:slow_25")
    assert (
        officer.post("/queue/seen", {"item": f"alarm:{last.id.hex}", "count": 1}).status_code == 302
    )
    shown = officer.get("/queue/").content.decode()
    assert f'href="/cases/{soon.id.hex}/"' not in shown


def test_qi_one_trained_handler_is_too_few_while_a_case_is_open(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    handler, rules = sign_in(cast.rights_handler), CaseRules()
    watch.watch_handlers(rules, NOW)
    assert not alarms.standing()
    handler.post("/cases/new", {"channel": "telephone", "asked": ["information"]})
    watch.watch_handlers(rules, NOW)
    assert [one.kind for one in alarms.standing()] == [watch.FEW]
    assert "Trained handlers: 1" in text(handler.get("/cases/"))
    make_person("rolf.berg", "Rolf Berg", "sv", RoleKind.RIGHTS_HANDLER)
    watch.watch_handlers(rules, NOW)
    assert not alarms.standing()
    TrainingRecord.objects.filter(person=cast.rights_handler).update(valid_to=NOW)
    assert handler.post("/cases/new", {"channel": "desk", "asked": ["copy"]}).status_code == 403
