"""What a session leaves to another one that goes on with its calls: entries by key. Pure.

See `sip.lasting` for the dialogs below. Which call a session waits at the door of is an entry too.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from vaiti.capture.events import Expect
from vaiti.capture.session.session import Session
from vaiti.capture.sip import lasting
from vaiti.values.ids import CallId

CALL, DOOR = b"c", b"D"


def watch(session: Session, *, everything: bool) -> None:
    """From now on `changes` knows what has changed; `everything`: as if it all just had."""
    lasting.watch(session.endpoint, everything=everything)
    session.lives.touched = {call.id for call in session.lives} if everything else set()


def let_be(session: Session) -> None:
    """Nobody asks for `changes` any more."""
    lasting.let_be(session.endpoint)
    session.lives.touched = None


def changes(session: Session) -> Iterator[tuple[bytes, object]]:
    """What has changed since they were asked for last; None for what is gone."""
    yield from lasting.changes(session.endpoint)
    lives = session.lives
    for call_id in lives.touched or ():
        yield CALL + call_id.encode(), lives.known(call_id)
    if lives.touched:
        lives.touched.clear()
    yield DOOR, session.door.waiting or None


def go_on(session: Session, entries: Mapping[bytes, Any]) -> None:
    """A new session takes over what another one left."""
    lasting.go_on(session.endpoint, entries)
    for key, value in entries.items():
        if key[:1] == CALL:
            session.lives.take_up(value)
    session.door.waiting = entries.get(DOOR, [])


def connections(session: Session) -> set[int]:
    """The numbers of those that anything here came on."""
    return lasting.connections(session.endpoint)


def call_ids(session: Session) -> set[str]:
    """The Call-IDs of all dialogs."""
    return lasting.call_ids(session.endpoint)


def calls(session: Session) -> set[CallId]:
    """Of all calls, by id."""
    return {call.id for call in session.lives}


def expected(session: Session) -> Iterator[Expect]:
    """What each stream is to carry now."""
    for call in session.lives:
        for branch in call.branches:
            yield from branch.streams.told


def give_up(session: Session, gone: Collection[CallId], now: float) -> None:
    """Calls of which nothing is left but this: the one before had ended them, and died over it."""
    for call in session.lives:
        if call.id in gone:
            session.lives.lose(call, now)
