"""The controller's own signed-in pages file requests and show how far they are (N-42)."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from cast import NOW, Cast
from drawn import without_drawn
from vaiti.access.token_rules import TokenScope
from vaiti.audit.reading import entries
from vaiti.rights import messages
from vaiti.rights.models import Case
from web.api_caller import program
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

BODY = {
    "asked": ["copy", "listening"],
    "signed_in": {"assurance": "http://ftn.ficora.fi/2017/loa2", "name": "Maija Meikäläinen"},
    "language": "sv",
    "line": "+358207100000",
    "number": "040 765 4321",
    "from": "2026-11-20",
    "about": "Ett paket; jag ringde från 040 765 4321.",
}


def test_n42_who_is_signed_in_elsewhere_files_a_case_and_is_asked_for_no_more(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    portal = program(TokenScope.CASES, name="own-pages")
    status, filed = portal.ask("POST", "cases", BODY)
    assert status == 200
    assert (filed["number"], filed["arrived"], filed["due"]) == (
        "R-2026-1",
        "2026-11-23",
        "2026-12-23",
    )
    case = Case.objects.get()
    assert (case.channel, case.proven, case.language) == ("portal", ["I1"], "sv")
    assert (case.assurance, case.shown_name) == (
        BODY["signed_in"]["assurance"],
        "Maija Meikäläinen",
    )
    assert case.customer == "+358407654***"
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM rights_case")
        kept = without_drawn(str(cursor.fetchall()))
    assert not any(each in kept for each in ("654321", "5 4321"))
    (entry,) = entries(kind="rights:case:registered").entries
    assert entry.actor == "system:own-pages"
    assert "Maija" not in json.dumps(entry.facts)

    handler = sign_in(cast.rights_handler)
    address = f"/cases/{case.id.hex}/"
    assert "Own pages, signed in" in handler.get(address).content.decode()
    assert handler.post(f"{address}do/identified").status_code == 422, "the call is not linked yet"
    assert handler.post(f"{address}do/prove", {"proof": "I3"}).status_code == 302
    assert handler.post(f"{address}do/identified").status_code == 302

    there = f"cases/{filed['id']}"
    assert portal.ask("POST", f"{there}/messages", {"text": "Numret är 040 765 4321."})[0] == 204
    messages.answer(cast.rights_handler.id, case.id, "Tack, vi letar.", NOW + timedelta(minutes=1))
    status, seen = portal.ask("GET", there)
    assert (status, seen["state"], seen["outcome"]) == (200, "identified", "")
    assert [(one["mine"], one["text"]) for one in seen["messages"]] == [
        (True, "Numret är 040 765 4***."),
        (False, "Tack, vi letar."),
    ]
    looks = [one.kind for one in entries(subject=case.id.hex, limit=50).entries]
    assert looks.count("rights:page:opened") == 2


def test_n42_a_portal_sees_its_own_cases_alone_and_a_wrong_request_files_nothing(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    portal = program(TokenScope.CASES)
    given = {"channel": "telephone", "asked": ["information"]}
    assert sign_in(cast.rights_handler).post("/cases/new", given).status_code == 201
    case = Case.objects.get()
    assert portal.ask("GET", f"cases/{case.id.hex}")[0] == 404
    assert portal.ask("POST", f"cases/{case.id.hex}/messages", {"text": "Hej"})[0] == 404
    for wrong, expected in (
        ({**BODY, "line": "+358999999999"}, 422),
        ({**BODY, "number": "12"}, 422),
        ({**BODY, "asked": []}, 422),
        ({**BODY, "signed_in": {"assurance": " "}}, 422),
        ({**BODY, "asked": ["everything"]}, 400),
        ({**BODY, "identity_number": "131052-308T"}, 400),
        ({name: value for name, value in BODY.items() if name != "signed_in"}, 400),
    ):
        status, told = portal.ask("POST", "cases", wrong)
        assert status == expected, told
        assert not any(each in str(told) for each in ("654321", "5 4321"))
    assert Case.objects.count() == 1
    assert program(TokenScope.STATE, name="other").ask("POST", "cases", BODY)[0] == 403
