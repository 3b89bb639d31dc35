"""Calls in progress follow the notes of other recorders: withheld. Pure."""

from collections.abc import Collection

from vaiti.capture.session.call import Call, State
from vaiti.capture.session.lifecycle import Lifecycle
from vaiti.capture.session.session import Session
from vaiti.capture.session.withheld import OBJECTED, UNKNOWN, Notes


def heed(session: Session, notes: Notes | None, changed: Collection[str], now: float) -> None:
    """These stand from `now` on, None while they cannot be read; `changed`: of which sessions."""
    lives, words = session.lives, session.lives.words
    before, words.notes, words.known = words.notes, notes or {}, notes is not None
    if notes is None:
        return
    alike = any(
        note.until_us or note.by == UNKNOWN
        for digest in changed
        for some in (before, notes)
        for note in some.get(digest, {}).values()
    )
    for call in lives:
        meant = UNKNOWN in call.inherited or words.concern(call, changed, alike=alike)
        if meant and call.state in (State.RECORDING, State.PARTED):
            _follow(lives, call, now)


def _follow(lives: Lifecycle, call: Call, now: float) -> None:
    now_us = max(round(now * 1_000_000), call.began_us)
    found = lives.words.of(call, now_us)
    if OBJECTED in found:
        lives.give_up(call, found[OBJECTED], now)
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
