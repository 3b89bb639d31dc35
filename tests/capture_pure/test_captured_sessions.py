"""Sessions captured from real recording clients, replayed from the first message to the last."""

import re
from pathlib import Path

import pytest

from capture_pure.scripted import NOW, Client, only, orders, statuses
from vaiti.capture.events import AskLastHeard, Begin, End, Expect
from vaiti.capture.orders import Line
from vaiti.capture.session.session import Session
from vaiti.capture.sip.flow import Address, Flow
from vaiti.vault.manifest import AgentLeg, Manifest, Track

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "siprec"
pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora is not there"),
]
LOCAL, SENDER = Address("127.0.0.1", 5090), Address("127.0.0.1", 5061)
AT = round(NOW * 1e6)
SECOND = 1_000_000


def replayed(*names: str) -> tuple[Manifest, Client]:
    """Each message ten seconds after the one before, answered and acknowledged."""
    under = orders([Line("service", recorded=True)], addresses=("127.0.0.0/8",))
    made = Client(Session("rec-1", under, ["127.0.0.1"]), flow=Flow("udp", LOCAL, SENDER))
    for name in names:
        data = (CORPUS / f"{name}.sip").read_bytes()
        data = re.sub(rb"(\r\nTo:[^\r]*;tag=)[^\r;]+", rb"\g<1>" + made.our_tag.encode(), data)
        made.session.receive(data, made.flow, made.now)
        out = made.take()
        if name.endswith("initial-invite"):
            out += made.allocate()
        assert statuses(out) == [200]
        if b"\nCSeq: " in data and b" INVITE\r\n" in data:
            made.session.receive(ack(data, made.our_tag), made.flow, made.now)
            made.take()
        made.now += 10
    made.wait(5)
    [end] = only(End, made.out)
    return end.facts, made


def ack(invite: bytes, tag: str) -> bytes:
    head = invite.split(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")
    kept = [line for line in head if line.startswith(("From:", "To:", "Call-ID:", "Max-Forwards:"))]
    lines = [line if ";tag=" in line or "To:" not in line else f"{line};tag={tag}" for line in kept]
    cseq = next(line for line in head if line.startswith("CSeq:")).replace("INVITE", "ACK")
    via = "Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bKack" + re.sub(r"\D", "", cseq)
    text = "\r\n".join([head[0].replace("INVITE", "ACK"), via, *lines, cseq, "Content-Length: 0"])
    return text.encode() + b"\r\n\r\n"


def test_a_captured_opensips_session_is_one_call_with_two_tracks() -> None:
    facts, made = replayed(
        "opensips-4.1dev-captured-initial-invite",
        "opensips-4.1dev-captured-reinvite-1",
        "opensips-4.1dev-captured-reinvite-on-hold",
        "opensips-4.1dev-captured-reinvite-resume",
        "opensips-4.1dev-captured-bye",
    )
    assert (facts.line, facts.customer, facts.direction) == ("service", "not available", "in")
    assert facts.tracks == (Track(0, "1", "customer"), Track(1, "0", "agent"))
    assert facts.legs == (AgentLeg("service", AT, AT + 40 * SECOND),)
    assert (facts.started_us, facts.ended_us, facts.ended_by) == (AT, AT + 40 * SECOND, "bye")
    # this sender's media relay never said inactive: nothing of the hold was on the wire
    assert facts.holds == ()
    assert len(only(Begin, made.out)) == 1
    ports = {(each.track, each.remote.port) for each in only(Expect, made.out)}
    assert ports == {(0, 42026), (1, 42048)}
    assert only(AskLastHeard, made.out) == []


def test_a_captured_sems_session_with_metadata_in_its_bye_is_one_call() -> None:
    facts, _ = replayed("sems-2.1-captured-initial-invite", "sems-2.1-captured-bye-with-metadata")
    assert (facts.line, facts.customer, facts.direction) == ("service", "not available", "in")
    assert facts.tracks == (Track(0, "1", "customer"), Track(1, "2", "agent"))
    assert facts.legs == (AgentLeg("service", AT, AT + 10 * SECOND),)
    assert facts.ended_by == "bye"


def test_n15_a_captured_session_shows_no_name_in_any_event() -> None:
    _, made = replayed("sems-2.1-captured-initial-invite", "sems-2.1-captured-bye-with-metadata")
    for event in made.out:
        assert "ller" not in repr(event)
        assert "alice" not in repr(event)
