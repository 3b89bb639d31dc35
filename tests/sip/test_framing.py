"""A TCP stream is cut at the same places however it arrives, and never grows."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from sip.peer import SDP, Peer
from vaiti.capture.sip.framing import Framer, KeepAlive
from vaiti.capture.sip.message import MAX_MESSAGE_BYTES

INVITE = Peer().invite()
BYE = Peer(to_tag="x").request("BYE")
PIECES = [
    INVITE,
    BYE,
    BYE.replace(b"\r\n", b"\n"),
    INVITE.replace(b"Content-Length:", b"l :"),
    INVITE.replace(b"Content-Length: ", b"Content-Length:\r\n "),
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    BYE.replace(b"Content-Length: 0\r\n", b""),
    INVITE.replace(b"Content-Length: ", b"Content-Length: -"),
    INVITE.replace(b"Content-Length: ", b"Content-Length: 9999999"),
    b"garbage",
    b"garbage\r\n\r\n",
]


def frames_of(*chunks: bytes) -> tuple[list[bytes | KeepAlive], bool]:
    framer = Framer()
    frames = [frame for chunk in chunks for frame in framer.feed(chunk)]
    return frames, framer.broken


def test_messages_with_bodies_are_cut_where_content_length_says() -> None:
    assert frames_of(INVITE + BYE + INVITE) == ([INVITE, BYE, INVITE], False)


def test_a_double_empty_line_is_a_keep_alive_and_a_single_one_nothing() -> None:
    assert frames_of(b"\r\n\r\n") == ([KeepAlive(b"\r\n")], False)
    assert frames_of(b"\r\n" + BYE + b"\r\n" + BYE + b"\r\n\r\n") == (
        [BYE, BYE, KeepAlive()],
        False,
    )


def test_a_message_without_content_length_breaks_the_stream_after_what_came_before() -> None:
    headless = BYE.replace(b"Content-Length: 0\r\n", b"")
    assert frames_of(INVITE + headless + BYE) == ([INVITE, headless], True)


def test_a_content_length_past_the_limit_breaks_the_stream_at_once() -> None:
    data = BYE.replace(b"Content-Length: 0", b"Content-Length: 65535")
    assert frames_of(data) == ([data], True)


def test_a_head_without_end_is_held_up_to_the_limit_only() -> None:
    framer = Framer()
    line = b"X: " + b"y" * 1000 + b"\r\n"
    shown: list[bytes | KeepAlive] = []
    for _ in range(MAX_MESSAGE_BYTES // len(line) + 2):
        shown += framer.feed(line)
    assert framer.broken
    (frame,) = shown
    assert isinstance(frame, bytes)
    assert len(frame) == MAX_MESSAGE_BYTES
    assert framer.feed(BYE) == []


def test_the_body_may_look_like_anything() -> None:
    body = b"\r\n\r\nINVITE sip:a@b SIP/2.0\r\n\r\n" + SDP
    data = Peer().invite(body=body)
    assert frames_of(data + BYE) == ([data, BYE], False)


@settings(max_examples=100)
@given(st.lists(st.sampled_from(PIECES), max_size=5), st.lists(st.integers(0, 3000), max_size=6))
def test_byte_by_byte_equals_any_cut_equals_one_chunk(pieces: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(pieces)
    whole = frames_of(stream)
    assert frames_of(*[stream[at : at + 1] for at in range(len(stream))]) == whole
    edges = [0, *sorted(cuts), len(stream)]
    assert frames_of(*[stream[a:b] for a, b in itertools.pairwise(edges)]) == whole


@settings(max_examples=100)
@given(st.lists(st.sampled_from(PIECES), max_size=5), st.integers(0, 6000))
def test_another_framer_goes_on_with_what_one_held(pieces: list[bytes], cut: int) -> None:
    """What was fed and is of no frame yet is all that the other one has to be told."""
    stream = b"".join(pieces)
    one, other = Framer(), Framer()
    frames = one.feed(stream[:cut])
    began = min(cut, len(stream)) - one.held
    if not one.broken:
        assert not one.feed(stream[cut : began + one.wanted - 1])
        frames += other.feed(stream[began:])
    assert (frames, one.broken or other.broken) == frames_of(stream)


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=200), max_size=8))
def test_no_bytes_raise(chunks: list[bytes]) -> None:
    frames_of(*chunks)
