"""Captured messages, damaged anywhere, at a whole session: each is answered once, and rightly.

Whatever comes, nothing is raised; a request that can be answered has one final answer, of those
that a sender understands; and what is taken is taken with warnings that have a sentence each.
"""

import re
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture_pure.scripted import FLOW, NOW, Client, only, orders, statuses
from capture_pure.test_corpus_calls import CORPUS, EXPECTED, message
from vaiti.capture.events import Allocate, Begin, Draft, End, Send
from vaiti.capture.orders import Line
from vaiti.capture.session.explain import Explainer
from vaiti.capture.session.explain_input import NotExplained
from vaiti.capture.session.session import Session
from vaiti.capture.session.warnings import SENTENCES

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora is not there"),
]

ANSWERS = {
    *(200, 400, 403, 405, 406, 413, 415, 416, 420, 422),
    *(481, 482, 487, 488, 491, 500, 503, 505, 513),
}
PIECES = [b"\r\n", b"\n", b"\r\n\r\n", b":", b";", b",", b"<", b">", b'"', b"=", b"\x00", b"\xff",
          b" ", b"%", b"--", b"/", b"@", b"-1", b"99999999999", b"m=audio 0 RTP/AVP 0\r\n",
          b"Via: \r\n", b"Content-Length: 3\r\n", b"a=inactive\r\n", b"</recording>", b"&#0;",
          b"Require: x\r\n", b"c=IN IP6 ::1\r\n"]  # fmt: skip
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(PIECES) | st.binary(max_size=6)),
    max_size=6,
)


@lru_cache(maxsize=1)
def messages() -> list[bytes]:
    """As they were captured; where only a body was, in an INVITE."""
    found = []
    for name in sorted(EXPECTED):
        kind, body = message(name)
        head = (
            "INVITE sip:recorder@192.0.2.1 SIP/2.0\r\n"
            "Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bKany;rport\r\n"
            "Max-Forwards: 70\r\nFrom: <sip:src@198.51.100.7>;tag=src\r\n"
            "To: <sip:recorder@192.0.2.1>\r\nCall-ID: any\r\nCSeq: 1 INVITE\r\n"
            "Contact: <sip:src@198.51.100.7:5062>;+sip.src\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        whole = (CORPUS / name).read_bytes()
        found.append(whole if name.endswith(".sip") else head.encode() + body)
    return found


def damaged(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """Each change takes some bytes out at a place and puts others there; lengths are set right
    half of the time, so that the damage is not only that."""
    for place, length, piece in changes:
        at = round(place * len(data))
        data = data[:at] + piece + data[at + length :]
    if len(changes) % 2:
        head, gap, body = data.partition(b"\r\n\r\n")
        head = re.sub(rb"(?i)(\r\nContent-Length:)[^\r]*", rb"\g<1> %d" % len(body), head)
        data = head + gap + body
    return data


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(EXPECTED) - 1), CHANGES, st.booleans())
def test_whatever_comes_is_answered_once_and_rightly(
    number: int, changes: list[tuple[float, int, bytes]], keypad: bool
) -> None:
    lines = [Line("service", recorded=True), Line("recorder", recorded=True, keypad=keypad)]
    session = Session("rec-1", orders(lines, rejoin_s=0), ["192.0.2.1"])
    made = Client(session)
    data = damaged(messages()[number], changes)
    session.receive(data, FLOW, NOW)
    out = made.take()
    for asked in only(Allocate, out):
        session.allocated(asked.call_id, {t: 30_000 + 2 * t for t in asked.tracks}, NOW)
        out += made.take()
    final = statuses(out)
    assert len(final) <= 1
    assert set(final) <= ANSWERS
    if not final:
        assert sum(session.endpoint.dropped.values()) == 1 or data.startswith(b"ACK "), data
    for answer in only(Send, out):
        check_answer(answer.data, data)
    session.stop(NOW + 1)
    out += made.take()
    for told in (*only(Begin, out), *only(Draft, out)):
        assert set(told.draft.warnings) <= SENTENCES.keys()
    assert len(only(End, out)) == len(only(Begin, out))
    assert session.calls == 0
    explained(data)


def explained(data: bytes) -> None:
    """`vaiti siprec explain` says something of it, or that it is nothing to explain."""
    under = orders([Line("service", recorded=True), Line("recorder", recorded=True)])
    try:
        told = Explainer(under, under.peers[0]).explain(data)
    except NotExplained:
        return
    assert set(told.warnings) <= SENTENCES.keys()
    assert told.status == 0 or told.status in ANSWERS


def check_answer(answer: bytes, request: bytes) -> None:
    """A description answers each m-line in its place, and names a port of ours or none."""
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    assert length and int(length[1]) == len(body)
    ports = [int(each) for each in re.findall(rb"(?m)^m=\S+ (\d+)", body)]
    assert all(port == 0 or 30_000 <= port < 30_016 for port in ports)
    assert not re.search(rb"[^\r]\n", answer), "a line end of ours is whole"
