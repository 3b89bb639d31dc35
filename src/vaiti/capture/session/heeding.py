"""Calls in progress follow the notes of other recorders: withheld. Pure."""

from collections.abc import Collection

from vaiti.capture.session.call import Call, State
from vaiti.capture.session.lifecycle import Lifecycle
from vaiti.capture.session.session import Session
from vaiti.capture.session.withheld import OBJECTED, UNKNOWN, Notes, Standing


def heed(session: Session, notes: Notes | None, changed: Collection[str], now: float) -> None:
    """These stand from now on, None while they cannot be read; `changed`: of which sessions."""
    lives = session.lives
    lives.standing = Standing(notes or {}, known=notes is not None)
    if notes is None:
        return
    for call in lives:
        meant = UNKNOWN in call.inherited or not set(call.sessions).isdisjoint(changed)
        if meant and call.state in (State.RECORDING, State.PARTED):
            _follow(lives, call, now)


def _follow(lives: Lifecycle, call: Call, now: float) -> None:
    found, now_us = lives.standing.of(call), round(now * 1_000_000)
    if OBJECTED in found:
        lives.drop(call, now)
        return
    came = [note for by, note in found.items() if by not in call.pausers]
    over = call.inherited - found.keys()
    lives.touch(call)
    for note in came:
        lives.inherit(call, note, now_us)
    for by in sorted(over):
        call.resume(by, now_us)
    if came or over:
        lives.bring_up(call, now)
