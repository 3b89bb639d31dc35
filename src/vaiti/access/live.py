"""An agent's own calls while they last: how they stand, and what the agent may ask of the recorder.

The recorder knows devices and what senders say of agents; that a call is the agent's own is decided
here, as it will be when the call is kept, and what is asked is in the log.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.people import book, feed
from vaiti.people.seats import FeedRules
from vaiti.register.attribution import speaks_at

AGENTS = frozenset({"service_agent", "sales_agent"})
REASONS = ("payment", "identity", "sensitive")
"""Why recording pauses (docs/control.md)."""
MOST = 64  # devices and names that the recorder is asked about
WISHES = ("objection", "private")
"""Why a call is not kept at all."""


class NoLiveCall(LookupError):
    """The call has ended, or none of the agent's devices is in it any more."""


class RecorderAway(Exception):
    """Recorders of these `names` do not answer; `partly`: others do, and know of no such call."""

    def __init__(self, names: Collection[str], *, partly: bool) -> None:
        super().__init__()
        self.names, self.partly = tuple(names), partly


@dataclass(frozen=True, slots=True)
class LiveCall:
    """`state` is waiting, recording, paused or not_recorded, `since` when that began. `until` is
    when a pause ends by itself; `reason` that of the pause, or what is waited for. `customer` is
    masked. `device` and `said` tell whose it is; they are for `own_calls`."""

    call: str
    state: str
    since: datetime
    until: datetime | None
    reason: str
    line: str
    direction: str
    customer: str = field(repr=False)
    device: str = ""
    said: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """The calls that those recorders know of which answer; `away` are the names of the others."""

    calls: list[LiveCall]
    away: tuple[str, ...] = ()


class Recorder(Protocol):
    """Each raises NoLiveCall, RecorderAway, or an error of whoever implements it."""

    def state(self, devices: Collection[str], called: Collection[str]) -> Heard: ...

    def pause(self, call: str, devices: Collection[str], reason: str) -> None: ...

    def resume(self, call: str, devices: Collection[str]) -> None: ...

    def drop(self, call: str, devices: Collection[str]) -> None: ...

    def announced(self, call: str, devices: Collection[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is asked, by which rules it is decided whose a call is, and when."""

    recorder: Recorder
    rules: FeedRules
    now: datetime


def own_calls(person_id: UUID, asking: Asking) -> list[LiveCall]:
    """The person's calls in progress. Raises NotVisible for whoever is no agent, and RecorderAway
    where there is none, and may be one at a recorder that does not answer."""
    heard = _own(person_id, asking)
    if heard.away and not heard.calls:
        raise RecorderAway(heard.away, partly=True)
    return heard.calls


def _own(person_id: UUID, asking: Asking) -> Heard:
    card = book.person(person_id, asking.now)
    if card is None or not card.roles & AGENTS:
        raise NotVisible("only agents have calls of their own in progress")
    devices = sorted(feed.near(person_id, asking.now, asking.rules))[:MOST]
    heard = asking.recorder.state(devices, sorted(feed.names_of(person_id, asking.now))[:MOST])
    own = [
        one
        for one in heard.calls
        if speaks_at(one.device, one.said, asking.now, asking.rules) == person_id
    ]
    return Heard(own, heard.away)


def announce(person_id: UUID, call: str, asking: Asking) -> None:
    """The agent has made the announcement that the line's recording waits for."""
    devices = _device(person_id, call, asking)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_RECORDING_ANNOUNCED, person_id, call, "", asking.now)
        asking.recorder.announced(call, devices)


def pause(person_id: UUID, call: str, reason: str, asking: Asking) -> None:
    """Nothing is recorded until `resume`. Raises NotVisible, NoLiveCall, and ValueError."""
    if reason not in REASONS:
        raise ValueError("a pause has one of the listed reasons")
    devices = _device(person_id, call, asking)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_RECORDING_PAUSED, person_id, call, reason, asking.now)
        asking.recorder.pause(call, devices, reason)


def resume(person_id: UUID, call: str, asking: Asking) -> None:
    devices = _device(person_id, call, asking)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_RECORDING_RESUMED, person_id, call, "", asking.now)
        asking.recorder.resume(call, devices)


def do_not_keep(person_id: UUID, call: str, wish: str, asking: Asking) -> None:
    """Nothing of the call is kept. Announced in the log first: it cannot be undone."""
    if wish not in WISHES:
        raise ValueError("a call is not kept for one of the listed wishes")
    devices = _device(person_id, call, asking)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_RECORDING_DROPPING, person_id, call, wish, asking.now)
    asking.recorder.drop(call, devices)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_RECORDING_DROPPED, person_id, call, wish, asking.now)


def do_not_call(person_id: UUID, call: str, asking: Asking) -> None:
    """The customer wants no more calls. The entry is all that is kept of it, and webhooks tell the
    dialler of it, which knows the number."""
    _device(person_id, call, asking)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_CONTACT_OBJECTED, person_id, call, "", asking.now)


def _device(person_id: UUID, call: str, asking: Asking) -> list[str]:
    """The device at which the person is in this call. Raises NotVisible, NoLiveCall, and
    RecorderAway where the call may be at one that does not answer."""
    heard = _own(person_id, asking)
    for one in heard.calls:
        if one.call == call:
            return [one.device]
    if heard.away:
        raise RecorderAway(heard.away, partly=True)
    raise NoLiveCall("the call has ended")


def _write(kind: Kind, person_id: UUID, call: str, reason: str, now: datetime) -> None:
    facts = {"call": call, "reason": reason} if reason else {"call": call}
    log.append(kind, actor=person_id.hex, subject=call, facts=facts, now=now)
