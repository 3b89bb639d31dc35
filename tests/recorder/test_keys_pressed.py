"""A payment by card in the middle of a call: whichever way the digits come, none is kept.

The line takes keypad input, and media has a range of ports, as behind a firewall.
"""

import re
import socket
from collections.abc import Iterable
from contextlib import ExitStack

from audio.test_keytones import encoded, tone
from capture_pure.scripted import LINE, agent, customer, metadata, multipart, sdp
from recorder.media import rtp
from recorder.test_control import ask
from recorder.test_foreign_live import CALLER, Sender, ended, request, sender, tag_of
from recorder.world import World
from vaiti.capture.orders import Line

TALK, SPOKEN = b"\x54" * 160, b"\x11\x22\x33" * 53 + b"\x44"
EVENT = b"\x05\x8a\x03\x20"  # the digit 5 (RFC 4733)
CARD = "4532750912348806"
PORTS = range(38_000, 38_200)
RELAY = "application/dtmf-relay"


def spoken_key() -> list[bytes]:
    pressed = encoded(tone(770, 1477, 0.2, -10))
    return [pressed[at : at + 160] for at in range(0, 1_600, 160)]


class Customer:
    """Sends one payload after the other to the port that was answered."""

    def __init__(self, wire: socket.socket, port: int) -> None:
        self._wire, self._place, self._seq = wire, (CALLER, port), 0

    def send(self, payloads: Iterable[bytes], pt: int = 8) -> None:
        for payload in payloads:
            self._wire.sendto(rtp(self._seq, pt=pt, payload=payload), self._place)
            self._seq += 1


def talk(world: World, made: Sender, voice: Customer, tag: str) -> None:
    voice.send([TALK] * 20)
    voice.send(spoken_key())
    voice.send([TALK] * 20)
    voice.send([EVENT] * 5, pt=101)
    for number, digit in enumerate(CARD, 2):
        body = f"Signal={digit}\r\nDuration=160\r\n".encode()
        asked = request(made, f"{number} INFO", "paid", tag, kind=RELAY, body=body)
        assert made.ask(asked)[0] == 200
    # the payment page says itself that it was opened and closed: nobody has to remember
    [live] = ask(world, "state")["calls"]
    assert ask(world, "pause", call=live["call_id"], reason="payment")["ok"]
    voice.send([SPOKEN] * 10)
    voice.send([EVENT] * 5, pt=101)
    assert ask(world, "resume", call=live["call_id"])["ok"]
    voice.send([TALK] * 20)


def test_l41_l42_l43_no_digit_of_a_payment_is_kept_whichever_way_it_comes(world: World) -> None:
    assert world.stop() == 0
    world.rtp_ports = (PORTS.start, PORTS.stop - 1)
    world.write_orders(lines=(Line(LINE, recorded=True, keypad=True),))
    world.start()
    with ExitStack() as kept:
        made = sender(world, kept, stream=False)
        kind, body = multipart(sdp("1", "2", host=CALLER), metadata([customer(), agent()]))
        status, head, ours = made.ask(request(made, "1 INVITE", "paid", kind=kind, body=body))
        assert status == 200
        tag, ports = tag_of(head), [int(each) for each in re.findall(rb"m=audio (\d+)", ours)]
        made.wire.sendall(request(made, "1 ACK", "paid", tag))
        voice = kept.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        talk(world, made, Customer(voice, ports[0]), tag)
        made.wire.sendall(request(made, "30 BYE", "paid", tag))
        assert made.answer()[0] == 200
        [recorded] = ended(world, 1)
    facts = recorded.manifest
    assert facts is not None
    found = {each.seq: each.payload for each in recorded.packets()}
    assert sorted(found) == [*range(50), *range(70, 90)]
    assert {found[seq] for seq in range(20, 30)} == {b"\xd5" * 160}
    assert not {*spoken_key(), SPOKEN, EVENT} & set(found.values())
    assert (facts.drops, {each.pt for each in recorded.packets()}) == (
        {"dtmf": 5, "paused": 15},
        {8},
    )
    assert [pause.reason for pause in facts.pauses] == ["payment"]
    assert "key_tones_left_out" in facts.warnings
    written = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    assert b"Signal=" not in written
    assert CARD.encode() not in written
    assert len(set(ports)) == 2
    assert all(port in PORTS and port % 2 == 0 for port in ports)
