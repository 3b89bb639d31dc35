"""A call whose session has ended and that may go on in another one: rows of the session's table.

A transfer may arrive as a new session whose predecessor says BYE first. Where a group ties sessions
together, the call waits for its next session for as long as its peer's `rejoin_s` says; where
nothing but the communication session's identifier could, for `LONE_S` at most, because nearly all
senders name one and few come again. Nothing is kept meanwhile. If none comes, it ended with the
BYE. Pure.
"""

from vaiti.capture.session.call import Call, State
from vaiti.capture.session.lifecycle import RETRY_AFTER, Lifecycle
from vaiti.capture.session.living import ALLOCATE_S
from vaiti.capture.sip.incoming import Incoming

REJOINED = "rejoined"
LONE_S = 1.0  # seconds in which a sender that ends one session to open another one does so


def ended_by_bye(lives: Lifecycle, call: Call, _: Incoming | None, now: float) -> None:
    if lives.goes_on(call, now):
        return
    wait_s = _wait_s(call)
    if wait_s <= 0:
        lives.end(call, _micros(now), "bye", now)
        return
    call.at.over_us = _micros(now)
    lives.leave(call, call.at)
    call.state, call.parted_us = State.PARTED, _micros(now)
    call.wait_until = now + wait_s
    lives.expect(call)
    lives.watch(call, call.wait_until)


def _wait_s(call: Call) -> float:
    """A call that is sent twice goes on in its spare session instead (docs/siprec.md)."""
    if call.has_spare or not call.ties:
        return 0.0
    if call.ties - call.close_ties:
        return call.peer.rejoin_s
    named = call.at.metadata.sessions and call.living() == [call.at]
    return min(call.peer.rejoin_s, LONE_S) if named else 0.0


def knock(lives: Lifecycle, call: Call, now: float) -> None:
    """The next session has come; its sockets are on their way."""
    if call.state is State.PARTED:
        lives.watch(call, max(call.wait_until, now + ALLOCATE_S))


def go_on(lives: Lifecycle, call: Call, _: Incoming | None, now: float) -> None:
    """Whoever is no more in the call left it when the session before ended."""
    call.state = State.RECORDING
    call.counted_us = _micros(now)
    for device in set(call.open_legs).difference(call.record.devices if call.record else ()):
        call.close_leg(device, call.parted_us)
    call.warn([REJOINED])
    lives.answer_pending(call, None, now)
    lives.watch_silence(call, now)


def no_room(lives: Lifecycle, call: Call, _: Incoming | None, now: float) -> None:
    lives.endpoint.answer(call.at.pending, 503, headers=RETRY_AFTER, now=now)
    wait_on(lives, call, None, now)


def wait_on(lives: Lifecycle, call: Call, _: Incoming | None, now: float) -> None:
    """The session that came was taken back; another one may come."""
    lives.leave(call, call.at)
    lives.watch(call, max(call.wait_until, now))


def nobody_came(lives: Lifecycle, call: Call, _: Incoming | None, now: float) -> None:
    lives.end(call, call.parted_us, "bye", now)


def _micros(now: float) -> int:
    return round(now * 1_000_000)
