"""Which of several recorders a message is for."""

from functools import partial

import pytest

from vaiti.capture.recorder.passing import (
    KEYS,
    MAX_FRAME,
    Frames,
    Passed,
    encode,
    flow_of,
    flow_told,
    keys_of,
    told_to_have,
)
from vaiti.capture.recorder.waiting import MAX_BYTES, Waiting
from vaiti.capture.sharing import (
    AWAY_S,
    PATIENCE_S,
    REMEMBERED,
    Sharing,
    Told,
    mark,
    marked,
    read,
)
from vaiti.capture.sip.flow import Address, Flow

METADATA = """<?xml version="1.0"?><recording xmlns="urn:ietf:params:xml:ns:recording:1">
<session session_id="{session}"><group-ref>{group}</group-ref></session>
<group group_id="{group}"/></recording>"""


def message(
    method: str = "INVITE", call: str = "a@b", to_tag: str = "", session: str = "", group: str = ""
) -> bytes:
    to = "<sip:srs@192.0.2.1>" + (f";tag={to_tag}" if to_tag else "")
    lines = [
        f"{method} sip:srs@192.0.2.1 SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx",
        "From: <sip:src@192.0.2.7>;tag=f",
        f"To: {to}",
        f"Call-ID: {call}",
        f"CSeq: 1 {method}",
    ]
    body = METADATA.format(session=session, group=group) if session else ""
    kind = ["Content-Type: application/rs-metadata+xml"] if body else []
    return "\r\n".join([*lines, *kind, f"Content-Length: {len(body)}", "", body]).encode()


def told(number: int = 0, call: int = 0, *ties: int) -> Told:
    keys = tuple(each.to_bytes(16) for each in ties)
    return Told(number, (call << 64).to_bytes(16), keys, begins=not number)


def full_house(count: int = 3, most: int = 10) -> Sharing:
    sharing = Sharing(count)
    for number in sharing.seats:
        sharing.came(number, 0.0, lasting=False)
        sharing.said(number, 0.0, (True, 0, most, 0))
    return sharing


def test_a_dialogs_recorder_stands_in_its_tag() -> None:
    ours = mark(12) + "0a1b2c3d4e5f6071"
    assert [marked(tag) for tag in (ours, "", "r2.", "r0.ab", "r123.ab", "0a1b")] == [12] + [0] * 5
    for method in ("ACK", "BYE", "INVITE", "INFO"):
        found = read(message(method, to_tag=ours), stream=False)
        assert (found.number, found.begins) == (12, False)
    answer = b"SIP/2.0 200 OK\r\n" + message("BYE").partition(b"\r\n")[2]
    from_us = answer.replace(b"tag=f", b"tag=" + ours.encode())
    assert read(from_us, stream=False).number == 12


def test_messages_without_our_tag_are_known_by_their_call() -> None:
    invite, cancel = (read(message(method), stream=False) for method in ("INVITE", "CANCEL"))
    assert invite.key == cancel.key and invite.begins and not cancel.begins
    broken = read(message().replace(b"CSeq: 1 ", b"CSeq: one "), stream=False)
    assert broken.key == invite.key and not broken.begins
    assert read(b"\x00\xff nothing", stream=False).number == 0


def test_sessions_of_one_call_share_a_tie() -> None:
    session, group = "a-session-of-16-letters", "a-group-of-16-letters"
    first = read(message(session=session, group=group), stream=False)
    again = read(
        message(call="c@d", session=session, group="another-group-of-its-own"), stream=False
    )
    moved = read(message(call="e@f", session="quite-another-session", group=group), stream=False)
    alone = read(message(call="g@h", session="short", group="short"), stream=False)
    assert set(first.ties) & set(again.ties) and set(first.ties) & set(moved.ties)
    assert not set(again.ties) & set(moved.ties) and alone.ties == ()


def test_calls_are_shared_and_each_stays_where_it_began() -> None:
    sharing = full_house(3, 1000)
    chosen = [sharing.choose(told(0, call), 1.0) for call in range(300)]
    assert all(60 < chosen.count(number) < 140 for number in (1, 2, 3))
    assert [sharing.choose(told(0, call), 1.0) for call in range(300)] == chosen
    anew = full_house(3, 1000)  # a front that was killed asks the same ones
    assert [anew.choose(told(0, call), 1.0) for call in range(300)] == chosen


def test_sessions_that_are_tied_go_to_one_recorder() -> None:
    sharing = full_house(3, 1000)
    first = [sharing.choose(told(0, call, call + 1, 500 + call), 1.0) for call in range(50)]
    other = [sharing.choose(told(0, 100 + call, 500 + call), 1.0) for call in range(50)]
    assert first == other and len(set(first)) == 3


def test_at_the_limit_of_one_the_next_is_chosen_though_it_has_said_nothing_yet() -> None:
    sharing = full_house(3, 5)
    chosen = []
    for call in range(15):
        chosen.append(sharing.choose(told(0, call), 1.0))
        sharing.passed_on(chosen[-1])
    assert [chosen.count(number) for number in (1, 2, 3)] == [5, 5, 5]
    assert sharing.choose(told(0, 99), 1.0), "whoever is there says that there is no room"
    sharing.said(2, 1.0, (True, 4, 5, 5))
    assert {sharing.choose(told(0, call), 1.0) for call in range(200, 220)} == {2}
    sharing.said(2, 1.0, (False, 4, 5, 5))
    sharing.said(3, 1.0, (True, 1, 5, 5))
    assert {sharing.choose(told(0, call), 1.0) for call in range(300, 320)} == {3}


def test_the_dead_and_the_stuck_get_no_new_calls() -> None:
    sharing = full_house(3)
    chosen = {call: sharing.choose(told(0, call), 0.0) for call in range(30)}
    sharing.left(1, 0.0)
    late = AWAY_S + 1
    sharing.said(3, late, (True, 0, 10, 0))  # and the second says nothing any more
    assert {sharing.choose(told(0, call), late) for call in range(100, 130)} == {3}
    for call, number in chosen.items():  # said again, before there was an answer
        assert sharing.choose(told(0, call), late) == (3 if number == 1 else number)
    assert sharing.choose(told(1, 7), late) == 1, "but its dialogs are nobody else's"
    for number in (2, 3):
        sharing.left(number, late)
    assert sharing.choose(told(0, 999), late) == 0


def test_what_outlives_its_recorder_waits_for_the_next_one() -> None:
    sharing = Sharing(1)
    sharing.came(1, 0.0, lasting=True)
    sharing.said(1, 0.0, (True, 0, 10, 0))
    assert sharing.choose(told(0, 1), 0.0) == 1
    sharing.left(1, 0.0)
    assert sharing.choose(told(0, 1), PATIENCE_S) == 1
    assert sharing.choose(told(0, 1), PATIENCE_S + 1) == 0


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaiti.capture.sharing.REMEMBERED", 10)
    sharing = full_house(2, 1000)
    for call in range(100):
        sharing.choose(told(0, call, 1000 + call), 1.0)
    assert REMEMBERED > 10 and len(sharing._known) == 10


def test_frames_come_whole_however_they_are_cut() -> None:
    flow = Flow("tls", Address("::1", 5061), Address("2001:db8::7", 9), 4, ("sha256:ab", "a.fi"))
    assert flow_of(flow_told(flow)) == flow
    data = encode({"do": "send", "flow": flow_told(flow)}, b"\r\n\xff") + encode({"do": "lost"})
    frames, found = Frames(), []
    for at in range(len(data)):
        found += frames.feed(data[at : at + 1])
    assert [(head["do"], body) for head, body in found] == [("send", b"\r\n\xff"), ("lost", b"")]
    with pytest.raises(ValueError, match="longer"):
        Frames().feed((MAX_FRAME + 1).to_bytes(4) + b"\x00\x00")


def test_a_front_that_begins_anew_is_told_who_has_what() -> None:
    keys = [number.to_bytes(16) for number in range(KEYS + 1)]
    frames = Frames().feed(b"".join(told_to_have(keys)))
    assert [len(body) for _, body in frames] == [KEYS * 16, 16]
    for number in (1, 2, 3):
        anew = full_house()
        for _, body in frames:
            anew.has(number, keys_of(body))
        assert anew.choose(told(0, 5, 7, KEYS), 1.0) == number, "where the call's other session is"
        again = Told(0, keys[9], begins=True)
        assert anew.choose(again, 1.0) == number, "an INVITE that is said again"


def test_what_waits_is_bounded_in_bytes_and_time() -> None:
    waiting, forgotten = Waiting(), list[str]()
    old, new, late = (
        Passed(frame, settle=partial(forgotten.append, name))
        for frame, name in ((b"old", "old"), (b"new", "new"), (b"x" * MAX_BYTES, "late"))
    )
    assert waiting.add(1, old, 0.0) == 0
    assert waiting.add(2, new, PATIENCE_S + 1) == 1
    assert waiting.add(1, late, PATIENCE_S + 1) == 1
    assert list(waiting.take(2, PATIENCE_S + 1)) == []
    assert list(waiting.take(1, PATIENCE_S + 1)) == [late]
    assert waiting.waiting_bytes == 0
    waiting.add(1, late, PATIENCE_S + 1)
    assert list(waiting.take(1, 2 * PATIENCE_S + 2)) == []
    assert forgotten == ["old", "new", "late"]
