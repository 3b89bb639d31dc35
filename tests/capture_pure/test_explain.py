"""`vaiti siprec explain`: what is made of a message, without a number or a name in it."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vaiti.capture
from capture_pure.scripted import CUSTOMER, LINE, agent, customer, metadata, multipart, orders, sdp
from drawn import without_drawn
from vaiti.capture.session.explain import Explained, Explainer
from vaiti.capture.session.explain_input import NotExplained
from vaiti.capture.session.warnings import SENTENCES
from vaiti.ops.commands import siprec as command_siprec

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "siprec"


def explainer(**peer: object) -> Explainer:
    made = orders(**peer)  # type: ignore[arg-type]
    return Explainer(made, made.peers[0])


def invite(description: str, told: str, *, method: str = "INVITE", cseq: int = 1) -> bytes:
    kind, body = multipart(description, told)
    head = (
        f"{method} sip:recorder@192.0.2.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bK{cseq}\r\n"
        "From: <sip:src@198.51.100.7>;tag=src\r\n"
        "To: <sip:recorder@192.0.2.1>;tag=another-recorder\r\n"
        f"Call-ID: one\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
        "Contact: <sip:src@198.51.100.7:5062>\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def test_n15_a_message_is_explained_and_the_number_masked() -> None:
    told = explainer().explain(invite(sdp("1", "2"), metadata([customer(), agent()])))
    assert (told.what, told.status, told.verdict) == ("INVITE", 200, "recorded")
    assert (told.direction, told.line, told.customer) == ("in", LINE, CUSTOMER[:-3] + "***")
    assert told.devices == ("2001",)
    assert [(each.side, each.labels) for each in told.parties] == [
        ("customer", ("1",)),
        ("agent", ("2",)),
    ]
    assert [(each.label, each.offered, each.role) for each in told.streams] == [
        ("1", "sendonly", "customer"),
        ("2", "sendonly", "agent"),
    ]
    assert "a=label:1" in told.answer
    assert "a=recvonly" in told.answer
    assert CUSTOMER[-6:] not in without_drawn(repr(told))
    assert "Maija" not in repr(told)


def test_a_session_is_followed_from_message_to_message() -> None:
    session = explainer()
    sides = [customer(), agent()]
    session.explain(invite(sdp("1", "2"), metadata(sides)))
    held = session.explain(invite(sdp("1 inactive", "2 inactive"), "", cseq=2))
    assert (held.status, held.held) == (200, True)
    assert held.answer.count("a=inactive") == 2
    back = session.explain(invite(sdp("1", "2"), "", cseq=3))
    assert (back.held, back.answer.count("a=recvonly")) == (False, 2)
    second = [customer(), agent("2002")]
    moved = session.explain(invite("", metadata(second), method="UPDATE", cseq=4))
    assert moved.devices == ("2002",)
    over = session.explain(invite("", "", method="BYE", cseq=5))
    assert (over.status, over.over) == (200, True)


@pytest.mark.parametrize(
    ("description", "told", "status", "verdict"),
    [
        (sdp("1", "2"), metadata([customer(), agent(line="")]), 403, "unlisted_line"),
        (sdp("1 sendonly 0"), metadata([customer(), agent()]), 488, "no_acceptable_stream"),
        ("v=0\r\n", metadata([customer(), agent()]), 488, ""),
    ],
)
def test_a_refusal_names_its_reason(description: str, told: str, status: int, verdict: str) -> None:
    explained = explainer().explain(invite(description, told))
    assert (explained.status, explained.verdict) == (status, verdict)
    assert explained.line == ""


def test_an_update_alone_is_read_as_if_it_opened_the_session() -> None:
    message = invite(sdp("1", "2"), metadata([customer(), agent()]), method="UPDATE")
    assert explainer().explain(message).verdict == "recorded"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (metadata([customer(), agent()]).encode(), "metadata"),
        (sdp("1", "2").encode(), "description"),
        (multipart(sdp("1", "2"), metadata([customer(), agent()]))[1], "body"),
    ],
)
def test_a_part_of_a_message_is_explained_too(data: bytes, what: str) -> None:
    assert explainer().explain(data).what == what


@pytest.mark.parametrize("data", [b"", b"hello", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 50])
def test_what_no_client_sends_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(NotExplained, match="give"):
        explainer().explain(data)


@given(st.binary(max_size=400), st.sampled_from((b"", b"<", b"v=0\r\n", b"--b\r\n", b"INVITE ")))
def test_nothing_else_is_ever_raised(data: bytes, start: bytes) -> None:
    try:
        explained = explainer().explain(start + data)
    except NotExplained:
        return
    assert isinstance(explained, Explained)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_nothing_else_is_raised_by_a_damaged_message(at: int, junk: bytes) -> None:
    whole = invite(sdp("1", "2"), metadata([customer(), agent()]))
    try:
        explainer().explain(whole[:at] + junk + whole[at + len(junk) :])
    except NotExplained:
        return


def _names() -> Iterator[str]:
    """Every warning and every reason that the recorder's pure code has a constant for."""
    for module in pkgutil.walk_packages(vaiti.capture.__path__, "vaiti.capture."):
        if module.name.startswith("vaiti.capture.recorder"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if name.isupper() and name[0] != "_" and isinstance(value, str) and "_" in value:
                yield value


def test_every_warning_and_every_reason_has_its_sentence() -> None:
    assert {name for name in _names() if name not in SENTENCES} == set()


def test_the_page_on_recording_sessions_lists_no_unknown_name() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "siprec.md").read_text()
    assert "vaiti siprec explain" in text


@pytest.mark.corpora
@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora is not there")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_command_explains_every_captured_message(
    form: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    for path in sorted(CORPUS.iterdir()):
        assert command_siprec.main(["explain", str(path), "--line", "service", *form]) == 0
        told = capsys.readouterr().out
        assert "Müller" not in told
        if form:
            assert json.loads(told)["what"]


@pytest.mark.corpora
@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora is not there")
def test_the_command_follows_a_captured_session(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("initial-invite", "reinvite-1", "reinvite-on-hold", "reinvite-resume", "bye")
    files = [str(CORPUS / f"opensips-4.1dev-captured-{name}.sip") for name in names]
    assert command_siprec.main(["explain", "--json", "--line", "service", *files]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["status"] for each in told] == [200] * 5
    assert [each["over"] for each in told] == [False] * 4 + [True]
    assert told[0]["streams"][0]["label"] == "1"


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_siprec.main(["explain", str(tmp_path / "none")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    (tmp_path / "odd").write_bytes(b"odd")
    assert command_siprec.main(["explain", str(tmp_path / "odd")]) == 2
    assert "neither a SIP message" in capsys.readouterr().err
