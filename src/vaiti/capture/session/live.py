"""What an agent sees of a call while it lasts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from vaiti.capture.session.call import Call, State
from vaiti.values.ids import CallId

RECORDING, PAUSED, DROPPED = "recording", "paused", "not_recorded"


@dataclass(frozen=True, slots=True)
class Live:
    """`since_us`: from when it is in this state (microseconds since the epoch, UTC). `until_us`:
    when a pause ends by itself, else 0; `reason` is that of the pause. `customer` is masked."""

    call_id: CallId
    device: str
    state: str
    since_us: int
    until_us: int = 0
    reason: str = ""
    line: str = ""
    direction: str = ""
    customer: str = field(default="", repr=False)


def live_calls(calls: Iterable[Call], devices: Collection[str], longest_us: int) -> list[Live]:
    """The calls in which one of `devices` takes part now, the newest first.

    `longest_us` is the longest pause.
    """
    found = [
        _live(call, device, longest_us)
        for call in calls
        for device in call.open_legs
        if device and device in devices and call.state in (State.RECORDING, State.DROPPED)
    ]
    return sorted(found, key=lambda each: (-each.since_us, each.call_id))


def _live(call: Call, device: str, longest_us: int) -> Live:
    state, since_us, until_us = RECORDING, call.open_legs[device], 0
    if call.state is State.DROPPED:
        state = DROPPED
    elif call.paused_since_us is not None:
        state, since_us = PAUSED, call.paused_since_us
        until_us = since_us + longest_us
    record = call.record
    return Live(
        call_id=call.id,
        device=device,
        state=state,
        since_us=since_us,
        until_us=until_us,
        reason=call.pause_reason if state == PAUSED else "",
        line=record.line.number if record else "",
        direction=record.direction if record else "",
        customer=record.customer.text if record else "",
    )
