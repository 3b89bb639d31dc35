"""A case worked in the pages: what a handler does, step by step."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

from django.test import Client

from cast import NOW
from vaiti.rights.case_models import Case, Decision
from vaiti.rights.copy_models import Package
from vaiti.rights.letter_models import LetterRow
from web.world import World

DAY = {"begins": "23.11.2026", "ends": "23.11.2026"}
MINE, OTHERS = "+358407654***", "+358407655***"


def text(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


def do(client: Client, case: Case, act: str, **given: str) -> int:
    return int(client.post(f"/cases/{case.id.hex}/do/{act}", given).status_code)


def open_case(handler: Client, *asked: str, number: str = "040 765 4321") -> Case:
    """A visitor who showed a passport and knows the call."""
    given = {
        "channel": "desk",
        "asked": list(asked),
        "document": "passport",
        "number": number,
        "about_from": "23.11.2026",
    }
    assert handler.post("/cases/new", given).status_code == 201
    case = Case.objects.order_by("-serial")[0]
    assert do(handler, case, "prove", proof="I3") == 302
    assert do(handler, case, "identified") == 302
    return case


FILLED = re.compile(r"\[[^\[\]\n]{1,40}\]")


def write(handler: Client, case: Case, kind: str) -> UUID:
    """A draft as the program fills it."""
    given = {"kind": kind, "language": "en", "country": case.country}
    answer = handler.post(f"/letters/{case.id.hex}/", given)
    assert answer.status_code == 302
    return UUID(hex=answer.headers["Location"].split("/")[-2])


def filled(letter: UUID) -> dict[str, str]:
    """What the program does not know, such as the office's address, the handler fills."""
    parts = LetterRow.objects.get(id=letter).parts
    return {f"part-{one}": FILLED.sub("the office", text) for one, text in parts}


def send(handler: Client, case: Case, letter: UUID, how: str = "desk") -> None:
    given = {"act": "send", "how": how, **filled(letter)}
    assert handler.post(f"/letters/{case.id.hex}/{letter.hex}/", given).status_code == 302


def hand_out(handler: Client, case: Case, *calls: UUID) -> None:
    """A copy made, and its encrypted file handed over."""
    chosen = {f"call-{one.hex}": "on" for one in calls}
    assert handler.post(f"/copies/{case.id.hex}/", chosen | {"language": "fi"}).status_code == 200
    package = Package.objects.order_by("-made_at")[0]
    below = f"/copies/{case.id.hex}/{package.id.hex}"
    assert handler.post(f"{below}/handed").status_code == 302


def call(world: World, hour: int, customer: str = MINE) -> UUID:
    return world.call(
        "anna.astrom", seconds=4, start=NOW - timedelta(hours=hour), customer=customer
    )


def searched(handler: Client, case: Case, *calls: UUID) -> None:
    """These calls, named, held and confirmed to be the person's."""
    for one in calls:
        assert do(handler, case, "name", call=one.hex, **DAY) == 302
        assert do(handler, case, "confirm", call=one.hex) == 302
    assert do(handler, case, "searched") == 302


def decided(handler: Client, case: Case, *points: str) -> None:
    """All of them granted."""
    for one in points:
        assert do(handler, case, "decide", point=one, outcome="granted") == 302
    assert do(handler, case, "decided") == 302


def refuse(handler: Client, officer: Client, case: Case, point: str, ground: str) -> None:
    """With its second look."""
    given = {"point": point, "ground": ground, "words": "The facts of this very call."}
    assert do(handler, case, "decide", outcome="refused", **given) == 302
    waiting = Decision.objects.get(case=case, review="waiting")
    assert do(officer, case, "review", decision=waiting.id.hex, agree="yes") == 302
