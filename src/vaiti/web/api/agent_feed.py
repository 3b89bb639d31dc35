"""The agent feed, for the contact centre's program: who came to a device, who left it.

The same word twice is one, so that a program sends again whatever it had no answer to.
"""

from collections.abc import Mapping
from typing import Final

from vaiti.access.token_rules import TokenScope
from vaiti.people.feed_document import FeedFault
from vaiti.register import agent_feed
from vaiti.web.api.operation import Asked, Operation
from vaiti.web.api.shapes import choice, or_nothing, record, several, text, whole
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


def take(asked: Asked) -> Mapping[str, int]:
    """All of them or none; calls that are somebody else's now are so at once."""
    try:
        looked = agent_feed.look_at_objects(asked.body["events"], asked.now)
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
        gives=record(
            {
                "added": whole(),
                "known": whole("already, and nothing was changed"),
                "corrected": whole(),
                "parts": whole("of calls that have another agent now"),
            }
        ),
        refuses={422: "an event says what cannot be; nothing of the request was entered"},
    ),
)
