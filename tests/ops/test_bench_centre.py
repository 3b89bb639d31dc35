"""The parts of the benchmarks of a centre's day and of rtpengine that count or plan."""

import json
import struct

import pytest

from vaiti.ops.benches import rtpengine
from vaiti.ops.benches.callers import MOST, customer, number_of
from vaiti.ops.benches.pcaps import count_packets
from vaiti.ops.phone.bencode import BencodeError, decode, encode
from vaiti.values.masked import mask_digits


def test_what_is_asked_of_rtpengine_is_read_as_it_was_written() -> None:
    assert encode({"call-id": "a", "delay": 0}) == b"d7:call-id1:a5:delayi0ee"
    assert decode(b"d6:result2:ok3:sdp3:v=04:tagsl1:aee") == {"result": "ok", "sdp": "v=0"}
    for broken in (b"", b"2:ok", b"d6:result", b"d6:result2:okee", b"l" * 9_999):
        with pytest.raises(BencodeError):
            decode(broken)


def test_a_packet_that_stands_twice_in_a_pcap_counts_once() -> None:
    def packet(seq: int, ssrc: int) -> bytes:
        rtp = struct.pack(">BBHII", 0x80, 8, seq, 0, ssrc) + bytes(160)
        whole = bytes(14) + b"\x45" + bytes(19) + bytes(8) + rtp
        return struct.pack("<IIII", 0, 0, len(whole), len(whole)) + whole

    whole = bytes(24) + packet(1, 1) + packet(1, 1) + packet(2, 1) + packet(1, 2)
    assert count_packets(whole) == 3
    assert count_packets(whole[:-1]) == 2


def test_where_rtpengine_is_not_installed_a_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert rtpengine.main(["--json"]) == 0
    assert "rtpengine-daemon" in json.loads(capsys.readouterr().out)["skipped"]


def test_the_calls_of_a_day_are_told_apart_by_what_stays_of_their_numbers() -> None:
    numbers = (0, 7, MOST - 1)
    assert tuple(number_of(mask_digits(customer(number)).text) for number in numbers) == numbers
    assert number_of("+358207100***") is None
