"""What an agent sees of a call while it lasts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from vaiti.capture.session.call import AGENT, SENDER, SENDERS_PAUSE, Call, State
from vaiti.capture.session.withheld import UNKNOWN
from vaiti.values.ids import CallId

RECORDING, PAUSED, DROPPED, WAITING = "recording", "paused", "not_recorded", "waiting"
ANNOUNCEMENT, ANSWER = "announcement", "answer"  # what is waited for


@dataclass(frozen=True, slots=True)
class Live:
    """`since_us`: from when it is in this state (microseconds since the epoch, UTC). `until_us`:
    when a pause ends by itself, else 0; `reason` is that of the pause, or what is waited for.
    `customer` is masked. `said`: what the sender says of who the agent is (docs/agent-feed.md)."""

    call_id: CallId
    device: str
    state: str
    since_us: int
    until_us: int = 0
    reason: str = ""
    line: str = ""
    direction: str = ""
    customer: str = field(default="", repr=False)
    said: tuple[str, ...] = field(default=(), repr=False)


def live_calls(
    calls: Iterable[Call], devices: Collection[str], called: Collection[str], longest_us: int
) -> list[Live]:
    """The calls in which one of `devices` takes part now, or somebody whom the sender names as one
    of `called` (in small letters), the newest first. `longest_us` is the longest pause.
    """
    found = [
        _live(call, device, longest_us)
        for call in calls
        for device in call.devices
        if call.state in _SHOWN and call.spare_of is None
        if (device and device in devices) or _is_called(_said_of(call, device), called)
    ]
    return sorted(found, key=lambda each: (-each.since_us, each.call_id))


def _said_of(call: Call, device: str) -> tuple[str, ...]:
    """What the sender says of who is at the device, recorded or waiting."""
    if device in call.said:
        return call.said[device]
    return call.record.said.get(device, ()) if call.record else ()


def _is_called(said: Iterable[str], called: Collection[str]) -> bool:
    """`said` are texts `source:value`, and names of sources."""
    values = (one.partition(":")[2] for one in said)
    return any(value.strip().casefold() in called for value in values if value)


_SHOWN = {State.RECORDING: RECORDING, State.DROPPED: DROPPED, State.ANSWERED: WAITING}


def _live(call: Call, device: str, longest_us: int) -> Live:
    state, since_us, until_us = _SHOWN[call.state], call.counted_us, 0
    if call.state is not State.ANSWERED:
        since_us = call.open_legs.get(device, since_us)
    if call.state is State.RECORDING and call.paused_since_us is not None:
        state, since_us = PAUSED, call.paused_since_us
        until_us = max(call.pausers.values()) + longest_us
    record = call.record
    return Live(
        call_id=call.id,
        device=device,
        state=state,
        since_us=since_us,
        until_us=until_us,
        reason=_reason(call, state),
        line=record.line.number if record else "",
        direction=record.direction if record else "",
        customer=record.customer.text if record else "",
        said=_said_of(call, device),
    )


def _reason(call: Call, state: str) -> str:
    if state == PAUSED:
        others = SENDERS_PAUSE if SENDER in call.pausers else UNKNOWN
        return call.agents_reason if AGENT in call.pausers else others
    if state != WAITING:
        return ""
    lacking = call.record is not None and call.record.line.announced and not call.announced
    return ANNOUNCEMENT if lacking else ANSWER
