"""For the controller's own signed-in pages: a request is filed there and followed there (N-42).

The number that a person types loses its last digits here, before anything else happens to it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import override

from vaiti.access.token_rules import TokenScope
from vaiti.register.call_reference import MOST_TYPED
from vaiti.rights import intake, portal
from vaiti.rights.asking import LANGUAGES, Capacity, Channel, Right, State
from vaiti.rights.errors import CaseRefused
from vaiti.rights.intake import Asked as Request
from vaiti.rights.portal import SignedIn
from vaiti.values.masked import NOT_AVAILABLE
from vaiti.web import numbers
from vaiti.web.api.moments import written
from vaiti.web.api.operation import Asked, Operation
from vaiti.web.api.shapes import (
    an_id,
    as_id,
    choice,
    day,
    instant,
    or_nothing,
    record,
    several,
    text,
    truth,
)
from vaiti.web.http.problems import Problem
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.wording import case_words

MOST_MESSAGES: Final = 500
_OPTIONAL: Final = (
    *("language", "country", "capacity", "line", "direction", "number", "number_withheld"),
    *("call_reference", "from", "to", "about", "name", "contact"),
)
REQUEST: Final = record(
    {
        "asked": several(choice([one.value for one in Right]), "what is wanted", most=9),
        "signed_in": record(
            {
                "assurance": text("the strength, as your provider calls it", most=120),
                "name": text("under which the person is known to you", most=100),
            },
            without=("name",),
        ),
        "language": choice(LANGUAGES, "of the answer"),
        "country": text("where the person lives", most=2, pattern="^[A-Z]{2}$"),
        "capacity": choice([one.value for one in Capacity]),
        "line": text("the company's number in the call", most=20, example="+358207100000"),
        "direction": choice(("in", "out")),
        "number": text("the person's number in the call; its last digits are dropped", most=40),
        "number_withheld": truth("it was withheld"),
        "call_reference": text("of the call, if the person was given one", most=MOST_TYPED),
        "from": day("the call was on this day or later"),
        "to": day("or earlier"),
        "about": text("what it was about", most=450),
        "name": text("of the person", most=100),
        "contact": text("where to answer, if not on your pages", most=300),
    },
    without=_OPTIONAL,
)
FILED: Final = record(
    {
        "id": an_id("to ask with; keep it with the person's account"),
        "number": text("what the person is told, such as R-2026-17"),
        "arrived": day("the month is counted from it"),
        "due": day("the person has an answer by then"),
    }
)
MESSAGE: Final = record(
    {
        "at": instant(),
        "mine": truth("the person wrote it"),
        "text": text(most=2100),
    }
)
CASE: Final = record(
    {
        "number": text(),
        "state": choice([one.value for one in State]),
        "asked": several(choice([one.value for one in Right]), most=9),
        "arrived": day(),
        "due": day("as it stands today"),
        "clock_stands": truth("the person was asked something and has not answered"),
        "extended": or_nothing(day("when the person was told of more time")),
        "outcome": text("of a closed case, as a code; else empty"),
        "messages": several(MESSAGE, most=MOST_MESSAGES),
    }
)


def file(asked: Asked) -> Mapping[str, Any]:
    body, today = asked.body, Moments.at(asked.now).today
    signed = body["signed_in"]
    person = SignedIn(signed["assurance"], signed.get("name", ""))
    try:
        filed = portal.file(
            _request(body, today), person, today, by=asked.token.actor, now=asked.now
        )
    except CaseRefused as error:
        raise _refused(error) from error
    seen = _seen(asked, filed.id.hex)
    return {"id": filed.id.hex, **{name: seen[name] for name in ("number", "arrived", "due")}}


def _request(body: Mapping[str, Any], today: date) -> Request:
    """Raises CaseRefused."""
    return Request(
        channel=Channel.PORTAL,
        asked=tuple(body["asked"]),
        arrived_on=today,
        language=body.get("language", "fi"),
        country=body.get("country", wired().region),
        capacity=body.get("capacity", Capacity.CUSTOMER.value),
        line_number=body.get("line", ""),
        direction=body.get("direction", ""),
        customer=_number(body),
        call_reference=intake.reference_in(body.get("call_reference", "")),
        about_from=_day(body.get("from")),
        about_to=_day(body.get("to")),
        about=body.get("about", ""),
        name=body.get("name", ""),
        contact=body.get("contact", ""),
    )


def _number(body: Mapping[str, Any]) -> str:
    if body.get("number_withheld"):
        return NOT_AVAILABLE
    try:
        found = numbers.without_last_digits(body.get("number", ""), wired().region)
    except numbers.NotANumber as error:
        raise CaseRefused("number") from error
    return found.masked if found else ""


def _day(written_day: str | None) -> date | None:
    return date.fromisoformat(written_day) if written_day else None


def _refused(error: CaseRefused) -> Problem:
    with override("en"):
        return Problem(422, case_words.refused(error.code))


def see(asked: Asked) -> Mapping[str, Any]:
    return _seen(asked, asked.path["case_id"])


def _seen(asked: Asked, case_id: str) -> dict[str, Any]:
    today = Moments.at(asked.now).today
    found = portal.see(as_id(case_id), wired().rights, today, by=asked.token.actor, now=asked.now)
    card = found.card
    return {
        "number": card.number,
        "state": card.state.value,
        "asked": list(card.asked),
        "arrived": card.arrived_on.isoformat(),
        "due": card.clock.due.isoformat(),
        "clock_stands": card.clock.paused,
        "extended": found.extended_on.isoformat() if found.extended_on else None,
        "outcome": found.outcome,
        "messages": [
            {"at": written(one.at), "mine": one.mine, "text": one.text}
            for one in found.messages[-MOST_MESSAGES:]
        ],
    }


def write(asked: Asked) -> None:
    today = Moments.at(asked.now).today
    try:
        portal.write(asked.id("case_id"), asked.body["text"], today, asked.now)
    except CaseRefused as error:
        raise _refused(error) from error


OPERATIONS: Final = (
    Operation(
        "fileCase",
        "POST",
        "cases",
        TokenScope.CASES,
        "A person who is signed in on your pages asks for something; who they are is known.",
        file,
        body=REQUEST,
        gives=FILED,
        refuses={422: "a part that cannot be, such as an unlisted line; nothing was filed"},
    ),
    Operation(
        "seeCase",
        "GET",
        "cases/<hexid:case_id>",
        TokenScope.CASES,
        "How far a case is that came from your pages, and the messages in it.",
        see,
        gives=CASE,
    ),
    Operation(
        "writeInCase",
        "POST",
        "cases/<hexid:case_id>/messages",
        TokenScope.CASES,
        "The person writes to those who handle the case.",
        write,
        body=record({"text": text("in plain words", most=2000)}),
        refuses={422: "an empty message, a closed case, or too many that nobody has read"},
    ),
)
