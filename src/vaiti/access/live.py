"""An agent's own calls while they last: how they stand, and what the agent may ask of the recorder.

The recorder is told of devices and not of persons; that the devices are the agent's own is decided
here, and what is asked is in the log.
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

AGENTS = frozenset({"service_agent", "sales_agent"})
REASONS = ("payment", "identity", "sensitive")
"""Why recording pauses (docs/control.md)."""
WISHES = ("objection", "private")
"""Why a call is not kept at all."""


class NoLiveCall(LookupError):
    """The call has ended, or none of the agent's devices is in it any more."""


@dataclass(frozen=True, slots=True)
class LiveCall:
    """`state` is waiting, recording, paused or not_recorded, `since` when that began. `until` is
    when a pause ends by itself; `reason` that of the pause, or what is waited for. `customer` is
    masked."""

    call: str
    state: str
    since: datetime
    until: datetime | None
    reason: str
    line: str
    direction: str
    customer: str = field(repr=False)


class Recorder(Protocol):
    """Each raises NoLiveCall, or the error of whoever implements it when it does not answer."""

    def state(self, devices: Collection[str]) -> list[LiveCall]: ...

    def pause(self, call: str, devices: Collection[str], reason: str) -> None: ...

    def resume(self, call: str, devices: Collection[str]) -> None: ...

    def drop(self, call: str, devices: Collection[str]) -> None: ...

    def announced(self, call: str, devices: Collection[str]) -> None: ...


def own_calls(person_id: UUID, recorder: Recorder, now: datetime) -> list[LiveCall]:
    """The person's calls in progress. Raises NotVisible for whoever is no agent."""
    devices = _devices(person_id, now)
    return recorder.state(devices) if devices else []


def announce(person_id: UUID, call: str, recorder: Recorder, now: datetime) -> None:
    """The agent has made the announcement that the line's recording waits for."""
    devices = _devices(person_id, now)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_RECORDING_ANNOUNCED, person_id, call, "", now)
        recorder.announced(call, devices)


def pause(person_id: UUID, call: str, reason: str, recorder: Recorder, now: datetime) -> None:
    """Nothing is recorded until `resume`. Raises NotVisible, NoLiveCall, and ValueError."""
    if reason not in REASONS:
        raise ValueError("a pause has one of the listed reasons")
    devices = _devices(person_id, now)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_RECORDING_PAUSED, person_id, call, reason, now)
        recorder.pause(call, devices, reason)


def resume(person_id: UUID, call: str, recorder: Recorder, now: datetime) -> None:
    devices = _devices(person_id, now)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_RECORDING_RESUMED, person_id, call, "", now)
        recorder.resume(call, devices)


def do_not_keep(person_id: UUID, call: str, wish: str, recorder: Recorder, now: datetime) -> None:
    """Nothing of the call is kept. Announced in the log first: it cannot be undone."""
    if wish not in WISHES:
        raise ValueError("a call is not kept for one of the listed wishes")
    devices = _devices(person_id, now)
    _demand_own(call, devices, recorder)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_RECORDING_DROPPING, person_id, call, wish, now)
    recorder.drop(call, devices)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_RECORDING_DROPPED, person_id, call, wish, now)


def do_not_call(person_id: UUID, call: str, recorder: Recorder, now: datetime) -> None:
    """The customer wants no more calls. The entry is all that is kept of it, and webhooks tell the
    dialler of it, which knows the number."""
    _demand_own(call, _devices(person_id, now), recorder)
    with transaction.atomic(durable=True):
        _write(Kind.CALL_CONTACT_OBJECTED, person_id, call, "", now)


def _demand_own(call: str, devices: Collection[str], recorder: Recorder) -> None:
    if not devices or call not in {each.call for each in recorder.state(devices)}:
        raise NoLiveCall("the call has ended")


def _devices(person_id: UUID, now: datetime) -> frozenset[str]:
    card = book.person(person_id, now)
    if card is None or not card.roles & AGENTS:
        raise NotVisible("only agents have calls of their own in progress")
    return feed.devices_of(person_id, now, FeedRules())


def _write(kind: Kind, person_id: UUID, call: str, reason: str, now: datetime) -> None:
    facts = {"call": call, "reason": reason} if reason else {"call": call}
    log.append(kind, actor=person_id.hex, subject=call, facts=facts, now=now)
