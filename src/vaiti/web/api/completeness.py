"""For the phone system's program: its call records come in, and whether a line is recorded goes
out, for whoever says so to callers. No number of a customer in either."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from vaiti.access.token_rules import TokenScope
from vaiti.register import outages
from vaiti.register.matching import Stretch
from vaiti.register.reconciling import Told, compare
from vaiti.register.sides import RecordsShifted
from vaiti.values.clock import to_micros
from vaiti.web.api.moments import written
from vaiti.web.api.operation import Asked, Operation
from vaiti.web.api.shapes import choice, instant, or_nothing, record, several, text, truth, whole
from vaiti.web.http.problems import Problem
from vaiti.web.http.wiring import wired

MOST: Final = 2000  # calls of one request
LONGEST: Final = timedelta(days=2)
_SOURCE: Final = "^[a-z0-9-]{1,40}$"
CALL: Final = record(
    {
        "line": text("the company's number, with a plus", most=20, example="+358207100000"),
        "from": text("the answer, ISO 8601 with its offset", most=40),
        "to": text("the end, likewise", most=40),
        "direction": or_nothing(choice(("in", "out"))),
    },
    without=("direction",),
)


def take(asked: Asked) -> Mapping[str, int]:
    """Holds the records against the book; the same again enters nothing twice."""
    told = [told_of(one, place) for place, one in enumerate(asked.body["calls"])]
    house = wired()
    try:
        done = compare(
            told,
            source=asked.body["source"],
            rules=house.matching,
            by=asked.token.actor,
            now=asked.now,
            settle=house.settle,
        )
    except RecordsShifted as error:
        advice = f"These calls are ours when moved by {error.hours} hours; name the right offsets."
        raise Problem(422, advice, "/calls") from error
    return {
        "compared": done.told,
        "recorded": done.matched,
        "missing": done.missing,
        "new": done.new,
        "unwanted": done.unwanted,
        "explained": done.explained,
        "found": done.found,
        "not_recorded": done.not_recorded,
        "waiting": done.waiting,
    }


def told_of(one: Mapping[str, Any], place: int) -> Told:
    """Raises Problem, which names the call by its place."""
    begins, ends = (_instant(one[name], f"/calls/{place}/{name}") for name in ("from", "to"))
    if not timedelta(0) <= ends - begins <= LONGEST:
        raise Problem(422, "A call ends after it begins, and within two days.", f"/calls/{place}")
    stretch = Stretch(one["line"], to_micros(begins), to_micros(ends))
    return Told(stretch, one.get("direction") or "")


def _instant(text_of: str, where: str) -> datetime:
    try:
        found = datetime.fromisoformat(text_of)
    except ValueError as error:
        raise Problem(422, "This is no instant as ISO 8601 writes it.", where) from error
    if found.tzinfo is None or not re.match(r"20\d\d", text_of):
        raise Problem(422, "Name the instant's offset, such as +02:00 or Z.", where)
    return found


def recording(asked: Asked) -> Mapping[str, Any]:
    """As the recorder said of itself in the last seconds."""
    state = outages.recording_now(asked.now)
    return {
        "recording": state.taking,
        "as_of": written(state.as_of) if state.as_of else None,
        "lines": [
            {"line": number, "in": state.taking and inward, "out": state.taking and outward}
            for number, inward, outward in state.lines
        ],
    }


LINE: Final = record({"line": text(), "in": truth("calls in are recorded"), "out": truth()})
OPERATIONS: Final = (
    Operation(
        "sendCallRecords",
        "POST",
        "records",
        TokenScope.RECORDS,
        "The phone system's answered calls, by line and times: what is missing is found.",
        take,
        body=record(
            {
                "source": text("a name for these records", most=40, pattern=_SOURCE),
                "calls": several(CALL, most=MOST),
            }
        ),
        gives=record(
            {
                "compared": whole("calls on recorded lines"),
                "recorded": whole(),
                "missing": whole("and so in the gap register"),
                "new": whole("of these, not known before"),
                "unwanted": whole("in the book and in no record"),
                "explained": whole("not kept because somebody objected"),
                "found": whole("gaps that were closed"),
                "not_recorded": whole("on lines or in directions that are not recorded"),
                "waiting": whole("ended too short a while ago"),
            }
        ),
        refuses={422: "an instant or length that cannot be, a wrong offset; nothing was compared"},
    ),
    Operation(
        "readRecording",
        "GET",
        "recording",
        TokenScope.STATE,
        "Whether calls are recorded just now, by line: for announcements that say so.",
        recording,
        gives=record(
            {
                "recording": truth("the recorder takes calls"),
                "as_of": or_nothing(instant()),
                "lines": several(LINE, most=MOST),
            }
        ),
    ),
)
