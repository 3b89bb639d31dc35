"""The agent feed, for the contact centre's program: who came to a device, who left it.

The same word twice is one, so that a program sends again whatever it had no answer to.
"""

from collections.abc import Mapping
from typing import Final

from vaiti.access.token_rules import TokenScope
from vaiti.people import feed_hook
from vaiti.people.feed_document import FeedFault
from vaiti.register import agent_feed
from vaiti.web.api.operation import Asked, Operation
from vaiti.web.api.shapes import anything, choice, or_nothing, record, several, text, whole
from vaiti.web.http.problems import Problem
from vaiti.web.http.wiring import wired

MOST: Final = 1000  # events of one request
SHORT: Final = 64  # characters
EVENT: Final = record(
    {
        "person": text("login, an id that was entered, or the identity provider's", most=SHORT),
        "device": text("number, extension, address or label", most=SHORT),
        "event": choice(("login", "logout", "stay")),
        "from": text("ISO 8601, with its offset", most=40, example="2026-11-27T08:00:00+02:00"),
        "to": or_nothing(text("of a stay alone", most=40)),
        "id": or_nothing(text("the sender's own; a later event with it corrects", most=SHORT)),
    },
    without=("to", "id"),
)


TAKEN: Final = {
    "added": whole(),
    "known": whole("already, and nothing was changed"),
    "corrected": whole(),
    "parts": whole("of calls that have another agent now"),
}
WRONG: Final = "an event says what cannot be; nothing of the request was entered"


def take(asked: Asked) -> Mapping[str, int]:
    return _taken(asked.body["events"], asked)


def take_hook(asked: Asked) -> Mapping[str, int]:
    """A contact centre's own message, read by the shape that the settings give it."""
    shape = next((one for one in wired().agent_hooks if one.name == asked.query.get("shape")), None)
    if shape is None:
        raise Problem(422, "shape names an [[agent_hook]] of the settings", "shape")
    try:
        events, passed_over = feed_hook.read(shape, asked.body)
    except FeedFault as error:
        raise Problem(422, str(error)) from error
    return {**_taken(events, asked), "passed_over": passed_over}


def _taken(events: object, asked: Asked) -> Mapping[str, int]:
    """All of them or none; calls that are somebody else's now are so at once."""
    try:
        looked = agent_feed.look_at_objects(events, asked.now)
    except FeedFault as error:
        raise Problem(422, str(error), "/events") from error
    for fault in looked.faults:
        raise Problem(422, fault.sentence, f"/events/{fault.row - 1}")
    rules, by = wired().agent_feed, asked.token.actor
    done = agent_feed.take(looked.named, rules, by=by, now=asked.now)
    return {
        "added": done.added,
        "known": done.known,
        "corrected": done.corrected,
        "parts": done.legs,
    }


OPERATIONS: Final = (
    Operation(
        "sendAgentEvents",
        "POST",
        "agents/events",
        TokenScope.AGENTS,
        "Who came to a device, left it, or was there: late, again, or corrected by its id.",
        take,
        body=record({"events": several(EVENT, most=MOST)}),
        gives=record(TAKEN),
        refuses={422: WRONG},
    ),
    Operation(
        "sendAgentHook",
        "POST",
        "agents/hook",
        TokenScope.AGENTS,
        "The same as a contact centre's webhook writes it, by a shape of the settings.",
        take_hook,
        query={"shape": text("the name of an [[agent_hook]]", most=40)},
        body=anything("the contact centre's own message"),
        gives=record({**TAKEN, "passed_over": whole("events that are neither login nor logout")}),
        refuses={422: f"there is no such shape; {WRONG}"},
    ),
)
