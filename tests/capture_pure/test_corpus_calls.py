"""Every message of the corpus as a call: what would be kept of it, and fuzz of all of them."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture_pure.scripted import Client, only, orders, statuses
from drawn import without_drawn
from vaiti.capture.events import Allocate, End, Forget, Report
from vaiti.capture.orders import Line
from vaiti.capture.session.session import Session
from vaiti.vault.manifest import Manifest, decode, encode

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "siprec"
pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora is not there"),
]


@dataclass(frozen=True)
class Heard:
    """What became of it: the SIP status, the report if any, and the call as it would be kept."""

    status: int
    report: str = ""
    line: str = ""
    direction: str = ""
    customer: str = ""
    devices: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    held: bool = False


def message(name: str) -> tuple[str, bytes]:
    """The body with its type; of several descriptions the first."""
    data = (CORPUS / name).read_bytes()
    if name.endswith(".xml"):
        return "application/rs-metadata+xml", data
    if name.endswith(".sip"):
        head, data = re.split(rb"\r?\n\r?\n", data, maxsplit=1)
        found = re.search(rb"(?im)^content-type:[ \t]*([^\r\n]+)", head)
        return (found[1].decode() if found else ""), data
    if name.endswith(".sdp") or b"__split_here__" in data:
        return "application/sdp", data.split(b"__split_here__")[0]
    return "multipart/mixed", data


def called(name: str, *lines: str, pattern: str = "") -> Heard:
    listed = [Line(each, recorded=True) for each in lines]
    made = Client(
        Session("rec-1", orders(listed, agent_pattern=pattern, rejoin_s=0), ["192.0.2.1"])
    )
    kind, body = message(name)
    out = made.send("INVITE", body, kind)
    if only(Allocate, out):
        out += made.allocate()
    report = next((each.kind for each in only(Report, out)), "")
    if statuses(out) != [200]:
        return Heard(statuses(out)[0], report)
    if b"v=0" not in body:
        made.send("ACK", (CORPUS / "netsapiens-offer-verbatim.sdp").read_bytes(), "application/sdp")
    made.now += 10
    [end] = only(End, made.send("BYE"))
    facts = end.facts
    return Heard(
        200,
        report,
        facts.line,
        facts.direction,
        facts.customer,
        tuple(leg.device for leg in facts.legs),
        tuple(track.role for track in facts.tracks),
        bool(facts.holds),
    )


EXPECTED = {
    "drachtio-testdata-acme-siprec-offer.body.txt": Heard(
        200, "", "recorder", "in", "9***", ("1002",), ("customer", "agent")
    ),
    "drachtio-testdata-broadworks-offer-2.body.txt": Heard(
        200, "", "recorder", "in", "+3582025550***", ("ASBCE",), ("customer", "agent")
    ),
    "drachtio-testdata-broadworks-offer.body.txt": Heard(
        200, "", "recorder", "in", "not available", ("",), ("mixed",)
    ),
    "drachtio-testdata-cisco-siprec-offer.body.txt": Heard(
        200, "", "recorder", "in", "7***", ("7300",), ("customer", "agent")
    ),
    "drachtio-testdata-inactive-sdp-offer.body.txt": Heard(
        200, "", "recorder", "in", "+358705550***", ("",), ("customer", "agent"), held=True
    ),
    "drachtio-testdata-sample-sdp2.body.txt": Heard(
        200, "", "recorder", "in", "not available", ("recorder",), ("mixed",)
    ),
    "drachtio-testdata-sample-sdp3.body.txt": Heard(
        200, "", "recorder", "in", "not available", ("recorder",), ("mixed",)
    ),
    "drachtio-testdata-sample-sdps.body.txt": Heard(
        200, "", "recorder", "in", "not available", ("recorder",), ("mixed",)
    ),
    "drachtio-testdata-sonus-siprec-offer.body.txt": Heard(
        200, "", "recorder", "in", "+3582025550***", ("",), ("agent", "customer")
    ),
    "jambonz-default-template-rendered.xml": Heard(
        200, "", "recorder", "in", "1***", ("1002",), ("customer", "agent")
    ),
    "jambonz-smarttap-template-rendered.xml": Heard(
        200, "", "recorder", "in", "1***", ("1002",), ("customer", "agent")
    ),
    "netsapiens-offer-verbatim.sdp": Heard(
        200, "", "recorder", "in", "not available", ("recorder",), ("customer", "agent")
    ),
    "netsapiens-v45-metadata-ext1.0-20260720.xml": Heard(
        200, "", "recorder", "out", "1***", ("1001w",), ("customer", "agent")
    ),
    "opensips-4.1dev-captured-bye.sip": Heard(
        200, "", "recorder", "in", "not available", ("recorder",), ("customer", "agent")
    ),
    "opensips-4.1dev-captured-initial-invite.sip": Heard(
        200, "", "service", "in", "not available", ("service",), ("customer", "agent")
    ),
    "opensips-4.1dev-captured-reinvite-1.sip": Heard(
        200, "", "service", "in", "not available", ("service",), ("customer", "agent")
    ),
    "opensips-4.1dev-captured-reinvite-on-hold.sip": Heard(
        200, "", "service", "in", "not available", ("service",), ("customer", "agent")
    ),
    "opensips-4.1dev-captured-reinvite-resume.sip": Heard(
        200, "", "service", "in", "not available", ("service",), ("customer", "agent")
    ),
    "rfc7865-complete-example-as-in-oldnick85.xml": Heard(
        200, "", "recorder", "in", "not available", ("Paul",), ("customer", "agent")
    ),
    "rfc8068-style-hold-partial.xml": Heard(
        200, "", "recorder", "in", "not available", ("",), ("unknown", "unknown")
    ),
    "rfc8068-style-resume-partial.xml": Heard(
        200, "", "recorder", "in", "not available", ("",), ("unknown", "unknown")
    ),
    "sdes-savp-offer-mixed.sdp": Heard(
        200, "", "recorder", "in", "not available", ("recorder",), ("customer", "agent")
    ),
    "sems-2.1-captured-bye-with-metadata.sip": Heard(
        200, "", "service", "in", "not available", ("service",), ("customer", "agent")
    ),
    "sems-2.1-captured-initial-invite.sip": Heard(
        200, "", "service", "in", "not available", ("service",), ("customer", "agent")
    ),
}
"""With `service` and `recorder` as recorded lines, and numbers read in Finland."""


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_n11_n15_each_message_makes_the_call_that_it_describes(name: str) -> None:
    assert called(name, "service", "recorder") == EXPECTED[name]


def test_the_table_names_every_message() -> None:
    assert sorted(EXPECTED) == sorted(each.name for each in CORPUS.iterdir())


def test_n11_no_message_is_kept_where_no_line_is_listed() -> None:
    for path in CORPUS.iterdir():
        assert called(path.name, "+35891112223") == Heard(403, "unlisted_line")


@lru_cache(maxsize=1)
def bodies() -> list[tuple[str, bytes]]:
    return [message(each.name) for each in sorted(CORPUS.iterdir())]


Change = tuple[float, int, bytes]
CHANGES = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 40),
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from([b"--b\r\n", b"\r\n\r\n", b"<group/>", b"v=0\r\n", b"a=inactive\r\n",
                             b"</recording>", b"<!DOCTYPE x>", b"m=audio 0 RTP/AVP 0\r\n",
                             b"m=audio 4 RTP/AVP\r\n", b"\xff\xfe", b'"', b"<", b"&#1;"]),
        ),
    ),
    max_size=6,
)  # fmt: skip


def changed(body: bytes, changes: list[Change]) -> bytes:
    """Some bytes taken out and others put in, at some places."""
    for where, taken, put in changes:
        at = int(where * len(body))
        body = body[:at] + put + body[at + taken :]
    return body


TURNS = st.lists(
    st.tuples(
        st.sampled_from(["INVITE", "UPDATE", "ACK", "INFO", "BYE", "CANCEL", "second"]),
        st.integers(0, 23),
        st.integers(0, 23),
        CHANGES,
        st.sampled_from(["", "X-Recording-State: off", "X-Recording-State: on, announced",
                         'X-Cisco-Recording-Participant: <sip:+358401234567@x>;media-index="0 9"',
                         "X-UCID: 00001111222233334444"]),
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(TURNS, st.sampled_from(["answered", "associated", "state", "media", "event"]), st.booleans())
def test_n13_whatever_a_sender_mangles_no_call_breaks_the_recorder(
    turns: list[tuple[str, int, int, list[Change], str]], start_on: str, gate: bool
) -> None:
    """Whole sessions of damaged, spliced and misplaced messages: each call ends once, and whole."""
    lines = [Line("service", recorded=True, announced=gate), Line("recorder", recorded=True)]
    under = orders(lines, start_on=start_on, state_header="X-Recording-State")
    session = Session("rec-1", under, ["192.0.2.1"])
    clients = [Client(session, name="rs1"), Client(session, name="rs2", sender=TELEPHONE)]
    opened: dict[str, int] = {}
    made = clients[0]
    for method, first, second, changes, header in turns:
        made = clients[1] if method == "second" else clients[0]
        kind, body = bodies()[first % len(bodies())]
        splice = bodies()[second % len(bodies())][1]
        cut = len(splice) // 2 if second % 2 else len(splice)
        data = changed(body + splice[cut:], changes)
        word = "INVITE" if method == "second" else method
        out = made.send(word, data, kind, *filter(None, [header]))
        for each in only(Allocate, out):
            opened[each.call_id] = opened.get(each.call_id, 0)
            ports = {track: 30_000 + 2 * track for track in each.tracks}
            session.allocated(each.call_id, ports, made.now)
        out += made.take() + made.wait(1)
        clients[0].now = clients[1].now = made.now
    session.stop(made.now)
    everything = [*clients[0].out, *clients[1].out, *session.take()]
    heirs = [each.heir for each in only(End, everything)]
    heirs += [each.heir for each in only(Forget, everything)]
    opened |= {each: 0 for each in heirs if each is not None}
    for end in only(End, everything):
        opened[end.call_id] += 1
        check_whole(end.facts)
    for forget in only(Forget, everything):
        opened[forget.call_id] += forget.over
    assert session.calls == 0
    assert set(opened.values()) <= {1}
    assert "34567" not in without_drawn(repr([each for each in everything if not_sent(each)]))


TELEPHONE = "<sip:2001@ucm;x-nearend;x-refci=21942312;x-farendaddr=+358401234567>"


def not_sent(output: object) -> bool:
    return type(output).__name__ != "Send"


def check_whole(facts: Manifest) -> None:
    assert decode(encode(facts)) == facts
    assert facts.started_us <= facts.ended_us
    assert [track.index for track in facts.tracks] == list(range(len(facts.tracks)))
    for span in (*facts.legs, *facts.holds, *facts.pauses):
        assert facts.started_us <= span.from_us <= span.to_us <= facts.ended_us
