"""Which codecs are answered: what can be decoded here, only G.711 where keys are pressed."""

import re

import pytest

from capture_pure.scripted import (
    LINE,
    Client,
    agent,
    answer_body,
    customer,
    metadata,
    only,
    orders,
    sdp,
    statuses,
)
from vaiti.capture.events import Begin, Expect, Output
from vaiti.capture.orders import Line
from vaiti.capture.session.session import Session

ALL = frozenset({"G722", "OPUS", "G729", "L16"})
TOLD = metadata([customer(), agent()])
WIDE = (
    "m=audio 40000 RTP/AVP 9 96 18 97 8 13 101\r\n"
    "a=rtpmap:9 G722/8000\r\na=rtpmap:96 opus/48000/2\r\n"
    "a=rtpmap:18 G729/8000\r\na=rtpmap:97 L16/16000\r\na=rtpmap:101 telephone-event/8000\r\n"
)


def offer(first: str = WIDE, second: str = WIDE) -> str:
    head = sdp().rstrip("\r\n")
    parts = (f"{each}a=label:{n}\r\na=sendonly\r\n" for n, each in enumerate((first, second), 1))
    return "\r\n".join([head, "".join(parts)])


def client(codecs: frozenset[str] = ALL, **line: bool) -> Client:
    given = orders((Line(LINE, recorded=True, **line),))
    return Client(Session("rec-1", given, ["192.0.2.1"], codecs=codecs))


def formats(out: list[Output]) -> list[str]:
    return re.findall("m=audio [0-9]+ RTP/AVP ([^\r]*)", answer_body(out))


def test_every_codec_that_is_decoded_here_is_taken_as_it_is_offered() -> None:
    out = client().establish(offer(), TOLD)
    assert formats(out) == ["9 96 18 97 8 101"] * 2
    assert "a=rtpmap:96 opus/48000/2" in answer_body(out)
    taken = {pt: name for pt, (name, _) in only(Expect, out)[0].codecs.items()}
    assert taken == {9: "G722", 96: "OPUS", 18: "G729", 97: "L16", 8: "PCMA", 13: "CN"}


def test_what_cannot_be_decoded_here_is_neither_answered_nor_taken() -> None:
    out = client(frozenset({"L16"})).establish(offer(), TOLD)
    assert formats(out) == ["97 8 101"] * 2
    assert sorted(only(Expect, out)[0].codecs) == [8, 13, 97]
    wide = WIDE.replace(" 97 8", "")
    assert statuses(client(frozenset({"L16"})).establish(offer(wide, wide), TOLD)) == [488]


def test_l42_where_keys_are_pressed_only_g711_is_taken_for_keys_are_found_in_nothing_else() -> None:
    out = client(keypad=True).establish(offer(), TOLD)
    assert formats(out) == ["8 101"] * 2
    assert [each.keypad for each in only(Begin, out)] == [True]
    assert sorted(only(Expect, out)[0].codecs) == [8, 13]


def test_l42_a_stream_without_g711_is_left_out_there_and_a_call_without_any_refused() -> None:
    wide = WIDE.replace(" 8 13", "")
    out = client(keypad=True).establish(offer(wide), TOLD)
    assert re.findall("m=audio ([0-9]+)", answer_body(out))[0] == "0"
    [begin] = only(Begin, out)
    assert [(track.index, track.role) for track in begin.draft.tracks] == [(0, "agent")]
    assert statuses(client(keypad=True).establish(offer(wide, wide), TOLD)) == [488]


@pytest.mark.parametrize(("keypad", "taken"), [(False, "9 96 18 97 8 101"), (True, "8 101")])
def test_a_later_offer_is_held_to_the_same(keypad: bool, taken: str) -> None:
    made = client(keypad=keypad)
    made.establish(sdp("1", "2"), TOLD)
    out = made.invite(offer(), "")
    assert formats(out) == [taken] * 2


def test_while_the_line_is_not_known_it_may_be_one_where_keys_are_pressed() -> None:
    lines = (Line(LINE, recorded=True), Line("+35860094321", recorded=True, keypad=True))
    given = orders(lines, start_on="associated")
    made = Client(Session("rec-1", given, ["192.0.2.1"], codecs=ALL))
    assert formats(made.establish(offer(), metadata([customer()]))) == ["8 101"] * 2
