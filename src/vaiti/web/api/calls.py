"""Calls for a named person's token: the rows of their pages, and what they may put right."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from vaiti.access import by_token
from vaiti.access.doors import CallView, LegView
from vaiti.access.purposes import Purpose
from vaiti.access.token_rules import TokenScope
from vaiti.register import calls as book
from vaiti.register import referred
from vaiti.register.calls import LegCard
from vaiti.register.corrections import CorrectionRefused
from vaiti.register.filters import FilterError, Filters, parse_cursor
from vaiti.values.clock import from_micros
from vaiti.values.masked import MASK
from vaiti.values.opus import kept_as
from vaiti.web.api.moments import written
from vaiti.web.api.operation import Asked, Operation
from vaiti.web.api.shapes import (
    Shape,
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
    whole,
)
from vaiti.web.calls import LISTS
from vaiti.web.http.problems import Problem
from vaiti.web.moments import Moments

DIRECTION: Final = choice(("in", "out"))
LINE: Final = text("a number of the register", most=16, pattern=r"^\+[1-9][0-9]{3,14}$")
DAY_S: Final = 86_400
QUERY: Final[Mapping[str, Shape]] = {
    "from": day("first day, in the register's zone"),
    "to": day("last day, included"),
    "direction": DIRECTION,
    "line": LINE,
    "agent": an_id("a person's id"),
    "number": text(
        "the customer's number as it is shown: with *** in place of its last three digits",
        most=16,
        pattern=r"^\+[1-9][0-9]{3,11}\*\*\*$",
    ),
    "shortest": whole("seconds", most=DAY_S),
    "longest": whole("seconds", most=DAY_S),
    "destroyed": day("the day on which they will be destroyed"),
    "at": text("a page's cursor", most=40, pattern=r"^[no][0-9]{1,17}\.[0-9]{1,18}$"),
}
AGENT: Final = or_nothing(record({"id": an_id(), "name": text()}, "nothing: nobody knows yet"))
LEG: Final[dict[str, Shape]] = {
    "leg": whole("its number"),
    "call": an_id(),
    "agent": AGENT,
    "line": LINE,
    "line_label": text(),
    "direction": DIRECTION,
    "customer": text("masked; empty when it was not available"),
    "started_at": instant(),
    "ended_at": instant(),
    "length_s": whole("end minus start, in whole seconds"),
    "destroyed_at": instant("when it will be destroyed"),
    "notice": text("the version of the notice under which it was recorded"),
    "for_training": truth("nobody has objected to training with it"),
    "recovered": truth("the recording was interrupted"),
}
SPAN: Final = record({"from": instant(), "to": instant(), "reason": text("empty for a hold")})
CALL: Final = record(
    {
        "legs": several(record(LEG), "the parts that the owner may see"),
        "others": whole("how many parts are others'"),
        "pauses": several(SPAN, "nothing was recorded, within the parts that are shown"),
        "holds": several(SPAN, "nothing was heard, within the parts that are shown"),
        "gaps": whole("1 where the recording was interrupted, else 0", most=1),
        "reference": text("by which the customer may ask for this call: docs/rights.md"),
        "kept_in_lossy_form": or_nothing(
            record(
                {
                    "codec": text("a lossy one; nothing where it is kept as it was received"),
                    "kbit_a_second": whole(),
                    "since": instant(),
                }
            )
        ),
        "heard": several(
            record({"at": instant(), "rule": text(), "purpose": choice([*Purpose])}),
            "who else listened, told to the agent alone",
        ),
        "corrected": several(
            record(
                {
                    "what": choice(("agent", "line", "direction")),
                    "before": text(),
                    "after": text(),
                    "at": instant(),
                }
            ),
        ),
    }
)
CORRECTION: Final = {
    404: "no such call, or not one that the owner may put right",
    409: "it has been put right meanwhile, or cannot be put right so",
}


def list_calls(asked: Asked) -> Mapping[str, Any]:
    """At the pace of the pages, which the owner's pages and tokens share (N-23)."""
    if not LISTS.allows((asked.token.person or asked.token.id).hex, asked.now):
        raise Problem(429, wait=LISTS.seconds)
    given = asked.query
    try:
        cursor = parse_cursor(given["at"]) if "at" in given else None
        page = by_token.list_calls(asked.token, _filters(asked), cursor, asked.now)
    except FilterError as error:
        raise Problem(422, str(error)) from error
    return {
        "legs": [_leg(one) for one in page.rows],
        "older": str(page.older) if page.older else None,
        "newer": str(page.newer) if page.newer else None,
        "count": page.count,
        "more": page.more,
    }


def _filters(asked: Asked) -> Filters:
    """Raises FilterError."""
    given = asked.query
    return Filters(
        Moments.at(asked.now).zone,
        from_day=_day(given.get("from")),
        to_day=_day(given.get("to")),
        agent=as_id(given["agent"]) if "agent" in given else None,
        direction=given.get("direction", ""),
        line_number=given.get("line", ""),
        number=given.get("number", "").removesuffix(MASK),
        shortest_s=given.get("shortest"),
        longest_s=given.get("longest"),
        destroyed_on=_day(given.get("destroyed")),
    )


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _leg(leg: LegCard) -> dict[str, Any]:
    call = leg.call
    agent = {"id": leg.person_id.hex, "name": leg.agent} if leg.person_id else None
    return {
        "leg": leg.id,
        "call": call.id.hex,
        "agent": agent,
        "line": call.line_number,
        "line_label": call.line_label,
        "direction": call.direction,
        "customer": call.customer if call.customer.endswith(MASK) else "",
        "started_at": written(leg.started_at),
        "ended_at": written(leg.ended_at),
        "length_s": leg.length_s,
        "destroyed_at": written(call.due_at),
        "notice": call.notice,
        "for_training": call.for_training,
        "recovered": call.interrupted,
    }


def see_call(asked: Asked) -> Mapping[str, Any]:
    view = by_token.see_call(asked.token, asked.id("call_id"), asked.now)
    seen = [part.leg for part in view.legs]
    spans = book.sealed(view.call.id).recording
    return {
        "legs": [_leg(one) for one in seen],
        "others": view.parts - len(seen),
        "pauses": _spans(spans.get("pauses", ()), seen),
        "holds": _spans(spans.get("holds", ()), seen),
        "gaps": int(view.call.recovered or bool(spans.get("changeovers"))),
        "reference": referred.reference_of(view.call.id),
        "kept_in_lossy_form": _lossy(spans),
        "heard": [one for part in view.legs for one in _heard(part)],
        "corrected": _corrected(view),
    }


def _lossy(recording: Mapping[str, Any]) -> dict[str, Any] | None:
    told = kept_as(recording)
    if told is None:
        return None
    since = _micros(told["since_us"])
    return {"codec": told["codec"], "kbit_a_second": told["kbits"], "since": since}


def _spans(spans: Any, seen: list[LegCard]) -> list[dict[str, str]]:  # noqa: ANN401 - the row's JSON
    """Clipped to the parts that are seen, each with its true length there."""
    found = []
    for span in spans:
        for leg in seen:
            begins = max(span["from_us"], leg.from_us)
            ends = min(span["to_us"], leg.to_us)
            if begins < ends:
                told = {"from": _micros(begins), "to": _micros(ends)}
                found.append({**told, "reason": str(span.get("reason", ""))})
    return found


def _micros(micros: int) -> str:
    return written(from_micros(micros))


def _heard(part: LegView) -> list[dict[str, str]]:
    return [
        {"at": written(one.at), "rule": one.rule, "purpose": one.purpose} for one in part.heard_by
    ]


def _corrected(view: CallView) -> list[dict[str, str]]:
    return [
        {"what": one.what, "before": one.before, "after": one.after, "at": written(one.at)}
        for one in view.corrected
    ]


def object_to_training(asked: Asked) -> Mapping[str, Any]:
    wanted = not asked.body["for_training"]
    call, now = asked.id("call_id"), asked.now
    changed = by_token.object_to_training(asked.token, call, wanted=wanted, now=now)
    return {"changed": changed}


def note_consent(asked: Asked) -> Mapping[str, Any]:
    given, call, now = asked.body, asked.id("call_id"), asked.now
    purpose, stands = given["purpose"], given["given"]
    changed = by_token.note_consent(asked.token, call, purpose, given=stands, now=now)
    return {"changed": changed}


def correct_agent(asked: Asked) -> Mapping[str, Any]:
    given, call, now = asked.body, asked.id("call_id"), asked.now
    agent, was = _person(given["agent"]), _person(given["was_agent"])
    try:
        changed = by_token.correct_agent(asked.token, call, given["leg"], agent, was=was, now=now)
    except CorrectionRefused as error:
        raise Problem(409, str(error)) from error
    return {"changed": changed}


def _person(given: str | None) -> UUID | None:
    return None if given is None else as_id(given)


def correct_call(asked: Asked) -> Mapping[str, Any]:
    given, call, now = asked.body, asked.id("call_id"), asked.now
    line, direction = given["line"], given["direction"]
    was = (given["was_line"], given["was_direction"])
    try:
        changed = by_token.correct_call(asked.token, call, line, direction, was=was, now=now)
    except CorrectionRefused as error:
        raise Problem(409, str(error)) from error
    return {"changed": changed}


CHANGED: Final = record({"changed": truth("false: it stood so already")})
OPERATIONS: Final = (
    Operation(
        "listCalls",
        "GET",
        "calls/",
        TokenScope.CALLS_READ,
        "One page of 40 parts of calls, the newest first.",
        list_calls,
        query=QUERY,
        gives=record(
            {
                "legs": several(record(LEG), most=book.PAGE),
                "older": or_nothing(text("the cursor of the next page")),
                "newer": or_nothing(text("the cursor of the page before")),
                "count": whole("how many there are, up to 1000"),
                "more": truth("there are more than count says"),
            }
        ),
        refuses={422: "the filters contradict each other, or no line of the token's is named"},
    ),
    Operation(
        "seeCall",
        "GET",
        "calls/<hexid:call_id>",
        TokenScope.CALLS_READ,
        "One call, with the parts that the owner may see.",
        see_call,
        gives=CALL,
        refuses={404: "no such call, or not one that the owner sees"},
    ),
    Operation(
        "objectToTraining",
        "POST",
        "calls/<hexid:call_id>/training",
        TokenScope.CALLS_CHANGE,
        "Takes a call out of training; or takes one's own such mark back.",
        object_to_training,
        body=record({"for_training": truth()}),
        gives=CHANGED,
        refuses={404: "no such call, or not one that the owner sees"},
    ),
    Operation(
        "noteConsent",
        "POST",
        "calls/<hexid:call_id>/consent",
        TokenScope.CALLS_CHANGE,
        "Notes that the customer consents to a purpose, or takes it back.",
        note_consent,
        body=record({"purpose": choice([*Purpose]), "given": truth()}),
        gives=CHANGED,
        refuses={404: "no such call, not the owner's, or the purpose rests on no consent"},
    ),
    Operation(
        "correctAgent",
        "POST",
        "calls/<hexid:call_id>/agent",
        TokenScope.CALLS_CHANGE,
        "Puts right whose part of the call it is.",
        correct_agent,
        body=record(
            {
                "leg": whole("the part's number"),
                "agent": or_nothing(an_id("whose it is; nothing: nobody knows")),
                "was_agent": or_nothing(an_id("whose it was when you looked")),
            }
        ),
        gives=CHANGED,
        refuses=CORRECTION,
    ),
    Operation(
        "correctCall",
        "POST",
        "calls/<hexid:call_id>/line",
        TokenScope.CALLS_CHANGE,
        "Puts line and direction of the whole call right.",
        correct_call,
        body=record(
            {
                "line": LINE,
                "direction": DIRECTION,
                "was_line": LINE,
                "was_direction": DIRECTION,
            }
        ),
        gives=CHANGED,
        refuses=CORRECTION,
    ),
)
