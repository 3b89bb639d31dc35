"""Notes of what is not kept, as files that recorders share: left, taken away, damaged, too old."""

import json
import os
import time
from pathlib import Path

from capture_pure.scripted import NOW, only
from capture_pure.test_withheld import TWO, client, state_of, told
from vaiti.capture.events import Withhold
from vaiti.capture.recorder.notes import FOLDER, LAST_S, MAX_NOTE, Notes
from vaiti.capture.session.told_apart import DIGITS
from vaiti.capture.session.withheld import MOST_ALIKE

SECOND = 1_000_000


def heed(notes: Notes, one: object, now: float) -> list[float]:
    return list(notes.heed(one.session, now))  # type: ignore[attr-defined]


def test_n22_notes_of_one_recorder_are_heeded_by_another_however_damaged(tmp_path: Path) -> None:
    mine, theirs, one = Notes(tmp_path), Notes(tmp_path), client()
    one.establish(TWO, told())
    [digest] = next(iter(one.session.lives)).sessions
    assert len(digest) == DIGITS
    assert heed(theirs, one, NOW) == [], "there is nothing yet"
    since_us = round(NOW * SECOND) - SECOND // 4
    alike = tuple(f"{number:032x}" for number in range(MOST_ALIKE))
    mine.leave(Withhold((digest,), "agent", since_us, "payment", alike, since_us + SECOND))
    assert heed(theirs, one, NOW) == [since_us / SECOND], "it counts from when it was told"
    assert state_of(one) == ("paused", "payment")
    mine.sync()
    [file] = (tmp_path / FOLDER).iterdir()
    assert file.stat().st_mode & 0o777 == 0o600 and file.stat().st_size < MAX_NOTE
    mine.leave(Withhold((digest,), "agent"))
    assert heed(theirs, one, NOW + 1) == [NOW + 1]
    assert state_of(one) == ("recording", "")
    mine.leave(Withhold((digest,), "sender", since_us + 4 * SECOND, "payment"))
    told_at = since_us / SECOND + 4
    assert heed(theirs, one, NOW + 20) == [told_at], "nothing was read in between"
    mine.leave(Withhold((digest,), "sender"))
    heed(theirs, one, NOW + 20)
    for damaged in (b"", b"{}", b'{"since_us": "1", "reason": "payment"}', b"\xff" * 1000):
        file.write_bytes(damaged)
        os.utime(file.parent)
        heed(theirs, one, NOW + 2)
        assert state_of(one) == ("paused", "unknown"), damaged
    file.unlink()
    heed(theirs, one, NOW + 3)
    assert state_of(one) == ("recording", "")


def test_n22_where_notes_cannot_be_read_or_left_nothing_is_kept_and_it_is_tried_again(
    tmp_path: Path,
) -> None:
    notes, known, one = Notes(tmp_path), client(), client()
    known.establish(TWO, told())
    (tmp_path / FOLDER).write_text("no folder")
    heed(notes, one, NOW)
    heed(notes, known, NOW)
    one.establish(TWO, told())
    assert state_of(one) == ("paused", "unknown")
    assert state_of(known) == ("recording", ""), "what it was asked before it began stands"
    notes.leave(Withhold(("5e" * 16,), "agent", 1, "payment"))
    assert notes.failed
    (tmp_path / FOLDER).unlink()
    heed(notes, one, NOW + 1)
    assert (state_of(one), notes.failed) == (("recording", ""), False)
    [left] = (tmp_path / FOLDER).iterdir()
    old = time.time() - LAST_S - 1
    os.utime(left, (old, old))
    notes.sync()
    assert not left.exists(), "no call lasts as long"


def test_n22_a_word_that_has_become_certain_leaves_none_behind_that_is_not(tmp_path: Path) -> None:
    """Else calls that are only like it would not be recorded for hours after it ended well."""
    group = '<group group_id="7+OTCyoxTmqmqyA/1weDAg=="/>'
    one, notes = client(), Notes(tmp_path)
    one.establish(TWO, told("7", "anonymous", group))
    assert one.session.drop(one.call_id, {"2001"}, NOW + 5)
    one.send("UPDATE", told("7", group=group).encode(), "application/rs-metadata+xml")
    first, later, *_ = words = [*only(Withhold, one.out), *only(Withhold, one.send("BYE"))]
    assert later.sessions and not first.sessions
    for word in words:
        notes.leave(word)
    told_of = [json.loads(path.read_bytes()) for path in (tmp_path / FOLDER).iterdir()]
    assert [each["until_us"] for each in told_of] == [round((NOW + 10) * 1e6)]
