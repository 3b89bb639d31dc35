"""What a session leaves to another one that goes on with its calls: entries by key. Pure.

See `sip.lasting` for the dialogs below. Which call a session waits at the door of is an entry too.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vaiti.capture.session.call import Call
from vaiti.capture.session.lifecycle import Lifecycle
from vaiti.capture.session.session import Session
from vaiti.capture.sip import lasting

CALL, DOOR = b"c", b"D"


def watch(session: Session, *, everything: bool) -> None:
    """From now on `changes` knows what has changed; `everything`: as if it all just had."""
    lasting.watch(session._endpoint, everything=everything)
    session._lives.touched = {call.id for call in session._lives} if everything else set()


def changes(session: Session) -> Iterator[tuple[bytes, object]]:
    """What has changed since they were asked for last; None for what is gone."""
    yield from lasting.changes(session._endpoint)
    lives = session._lives
    for call_id in lives.touched or ():
        yield CALL + call_id.encode(), lives._calls.get(call_id)
    if lives.touched:
        lives.touched.clear()
    yield DOOR, session._door.waiting or None


def go_on(session: Session, entries: Mapping[bytes, Any]) -> None:
    """A new session takes over what another one left."""
    lasting.go_on(session._endpoint, entries)
    for key, value in entries.items():
        if key[:1] == CALL:
            _take_up(session._lives, value)
    session._door.waiting = entries.get(DOOR, [])


def connections(session: Session) -> set[int]:
    """The numbers of those that anything here came on."""
    return lasting.connections(session._endpoint)


def calls(session: Session) -> set[str]:
    """Of all calls, by id."""
    return {call.id for call in session._lives}


def _take_up(lives: Lifecycle, call: Call) -> None:
    call.at = next(each for each in call.branches if each.dialog == call.at.dialog)
    lives._calls[call.id] = call
    for branch in call.living():
        lives._by_dialog[branch.dialog] = call.id
    for key in call.ties:
        lives._by_tie.setdefault((call.peer.name, key), call.id)
    for by, since_us in call.pausers.items():
        lives._pauses.set(since_us / 1e6 + lives.longest_pause_s, (call.id, by, since_us))
    call.watched_at = None
    lives.watch(call, call.check_at)
