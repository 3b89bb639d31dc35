"""The agent feed as a contact centre's webhook sends it, in its own words. Pure.

A shape of the settings says where in the sender's JSON the person, the device, the instant and what
happened stand; what comes out are events as `feed_document.read_objects` takes them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from vaiti.people.feed_document import FeedFault
from vaiti.people.seats import What

MOST = 1000  # events of one message
DEPTH = 8  # names in one path
MILLISECONDS = 1e11  # seconds since 1970 are fewer for some thousand years
_PATH = re.compile(r"[^.\s]{1,64}(\.[^.\s]{1,64}){0,7}")


@dataclass(frozen=True)
class HookShape:
    """One [[agent_hook]] of the settings: names that lead to a value, with dots between them.

    `events` leads to the list of events, empty where the message is one event. `login` and `logout`
    are the values of `event` that mean so; an event with another value is passed over. `at` is
    ISO 8601, or seconds or milliseconds since 1970.
    """

    name: str
    person: str
    device: str
    event: str
    at: str
    login: tuple[str, ...]
    logout: tuple[str, ...]
    events: str = ""
    id: str = ""


def hooks_fault(shapes: Sequence[HookShape]) -> str:
    """What is wrong with them, as the end of a sentence; nothing where they can be used."""
    for shape in shapes:
        where = f"the [[agent_hook]] {shape.name}: "
        if not re.fullmatch(r"[a-z0-9-]{1,40}", shape.name):
            return "the name of an [[agent_hook]] is of small letters, digits and -, at most 40"
        paths = (shape.person, shape.device, shape.event, shape.at)
        optional = (path for path in (shape.events, shape.id) if path)
        if not all(map(_PATH.fullmatch, (*paths, *optional))):
            return where + 'person, device, event and at are paths such as "agent.login"'
        if not shape.login or set(shape.login) & set(shape.logout):
            return where + "login and logout list different values of event"
    if len({shape.name for shape in shapes}) < len(shapes):
        return "two [[agent_hook]] have one name; give each its own"
    return ""


def read(shape: HookShape, message: Mapping[str, Any]) -> tuple[list[dict[str, object]], int]:
    """Its events, and how many were passed over. Raises FeedFault."""
    found = _at(message, shape.events) if shape.events else [message]
    if not isinstance(found, list):
        raise FeedFault("there is no list of events where the settings' `events` leads")
    if len(found) > MOST:
        raise FeedFault(f"there are more than {MOST} events: send them in parts")
    read = [_event(shape, one) for one in found]
    known = [one for one in read if one is not None]
    return known, len(read) - len(known)


def _event(shape: HookShape, one: object) -> dict[str, object] | None:
    told = _at(one, shape.event)
    if isinstance(told, str) and told in shape.login:
        what = What.LOGIN
    elif isinstance(told, str) and told in shape.logout:
        what = What.LOGOUT
    else:
        return None
    return {
        "person": _at(one, shape.person),
        "device": _at(one, shape.device),
        "event": what.value,
        "from": _instant(_at(one, shape.at)),
        "id": _at(one, shape.id) if shape.id else None,
    }


def _at(value: object, path: str) -> object:
    """What stands there; None for nothing."""
    for name in islice(path.split("."), DEPTH):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _instant(value: object) -> object:
    """A number as ISO 8601; a text as it is."""
    if type(value) not in (int, float):
        return value
    assert isinstance(value, (int, float))
    seconds = value / 1000 if value > MILLISECONDS else value
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        raise FeedFault("the time of an event is no time of this age") from None
