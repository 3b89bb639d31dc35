"""Every captured or published recording message: what is read out of it."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from vaiti.capture import sdp
from vaiti.capture.numbers import mask
from vaiti.capture.siprec import body, merging, metadata
from vaiti.capture.siprec.body import (
    BOUNDARY_GUESSED,
    CLOSING_BOUNDARY_MISSING,
    PART_LENGTH_WRONG,
    PART_UNKNOWN,
    TYPE_GUESSED,
)
from vaiti.capture.siprec.metadata import MODE_MISSING, PARTICIPANTS_MISSING
from vaiti.values.masked import NOT_AVAILABLE

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "siprec"
pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora is not there"),
]

Told = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True)
class Expected:
    """`parties`: address as masked in Finland, name, labels sent. `streams`: label, direction,
    whether it is taken. `warnings` of body, SDP and metadata together.
    """

    parties: tuple[Told, ...] = ()
    streams: tuple[tuple[str, str, bool], ...] = ()
    warnings: tuple[str, ...] = ()


def streams(*labels: str, direction: str = "sendonly") -> tuple[tuple[str, str, bool], ...]:
    return tuple((label, direction, True) for label in labels)


OPENSIPS = Expected(
    ((NOT_AVAILABLE, "Alice Müller", ("1",)), (NOT_AVAILABLE, "Bob", ("0",))), streams("1", "0")
)
SEMS = ((NOT_AVAILABLE, "", ("1",)), (NOT_AVAILABLE, "", ("2",)))

TABLE = {
    "drachtio-testdata-acme-siprec-offer.body.txt": Expected(
        (("9***", "9000", ("16777227",)), ("1***", "1002", ("16777228",))),
        streams("16777227", "16777228"),
        (BOUNDARY_GUESSED,),
    ),
    "drachtio-testdata-broadworks-offer-2.body.txt": Expected(
        (("+3582025550***", "", ("10",)), (NOT_AVAILABLE, "", ("20",))),
        streams("10", "20"),
        (BOUNDARY_GUESSED,),
    ),
    "drachtio-testdata-broadworks-offer.body.txt": Expected(
        (),
        streams("1"),
        (BOUNDARY_GUESSED, PART_LENGTH_WRONG, TYPE_GUESSED, sdp.ADDRESS_UNUSABLE, MODE_MISSING,
         PARTICIPANTS_MISSING),
    ),
    "drachtio-testdata-cisco-siprec-offer.body.txt": Expected(
        (("7***", "", ("1",)), ("7***", "7300", ("2",))),
        streams("1", "2"),
        (BOUNDARY_GUESSED, CLOSING_BOUNDARY_MISSING, PART_UNKNOWN),
    ),
    "drachtio-testdata-inactive-sdp-offer.body.txt": Expected(
        (("+358705550***", "", ()), ("+972555550***", "", ())),
        streams("1", "2", direction="inactive"),
        (BOUNDARY_GUESSED,),
    ),
    "drachtio-testdata-sample-sdp2.body.txt": Expected((), streams("1", "2")),
    "drachtio-testdata-sample-sdp3.body.txt": Expected(
        (),
        (("", "sendrecv", True), ("", "recvonly", True)),
        (sdp.LABEL_MISSING, sdp.LABEL_MISSING),
    ),
    "drachtio-testdata-sample-sdps.body.txt": Expected((), streams("1", "2")),
    "drachtio-testdata-sonus-siprec-offer.body.txt": Expected(
        (("+3582025550***", "Extension 8500", ("2",)), ("+3582025550***", "", ("1",))),
        streams("1", "2"),
        (BOUNDARY_GUESSED, CLOSING_BOUNDARY_MISSING),
    ),
    "jambonz-default-template-rendered.xml": Expected(
        (("1***", "1001", ("1",)), ("1***", "1002", ("2",)))
    ),
    "jambonz-smarttap-template-rendered.xml": Expected(
        (("1***", "", ("1",)), ("1***", "", ("2",)))
    ),
    "netsapiens-offer-verbatim.sdp": Expected((), streams("1", "2", direction="sendrecv")),
    "netsapiens-v45-metadata-ext1.0-20260720.xml": Expected(
        (("1***", "Luke Skywalker", ()), (NOT_AVAILABLE, "Din Djarin", ()))
    ),
    "opensips-4.1dev-captured-bye.sip": Expected(),
    "opensips-4.1dev-captured-initial-invite.sip": OPENSIPS,
    "opensips-4.1dev-captured-reinvite-1.sip": OPENSIPS,
    "opensips-4.1dev-captured-reinvite-on-hold.sip": OPENSIPS,
    "opensips-4.1dev-captured-reinvite-resume.sip": OPENSIPS,
    "rfc7865-complete-example-as-in-oldnick85.xml": Expected(
        ((NOT_AVAILABLE, "Bob", ("96", "97")), (NOT_AVAILABLE, "Paul", ("98", "99")))
    ),
    "rfc8068-style-hold-partial.xml": Expected(),
    "rfc8068-style-resume-partial.xml": Expected(),
    "sdes-savp-offer-mixed.sdp": Expected(
        (), (("1", "sendonly", False), ("2", "sendrecv", True)), (sdp.STREAM_REFUSED,)
    ),
    "sems-2.1-captured-bye-with-metadata.sip": Expected(
        ((NOT_AVAILABLE, "", ()), (NOT_AVAILABLE, "", ())), (), (MODE_MISSING,)
    ),
    "sems-2.1-captured-initial-invite.sip": Expected(SEMS, streams("1", "2"), (MODE_MISSING,)),
}  # fmt: skip


def read(name: str) -> tuple[list[sdp.Sdp], metadata.Metadata | None, tuple[str, ...]]:
    data = (CORPUS / name).read_bytes()
    if name.endswith(".xml"):
        return [], metadata.parse(data), ()
    if name.endswith(".sdp") or b"__split_here__" in data:
        return [sdp.parse(each) for each in data.split(b"__split_here__")], None, ()
    kind = "multipart/mixed"
    if name.endswith(".sip"):
        head, data = re.split(rb"\r?\n\r?\n", data, maxsplit=1)
        found = re.search(rb"(?im)^content-type:[ \t]*([^\r\n]+)", head)
        kind = found[1].decode() if found else ""
    parts = body.split(kind, data)
    offers = [sdp.parse(parts.sdp)] if parts.sdp else []
    return offers, metadata.parse(parts.metadata) if parts.metadata else None, parts.warnings


def parties(told: metadata.Metadata | None) -> tuple[Told, ...]:
    if told is None:
        return ()
    return tuple(
        (
            mask(each.name_ids[0].aor.reveal(), "FI").text,
            each.name_ids[0].name.reveal(),
            told.labels_sent(each.id),
        )
        for each in told.participants.values()
    )


@pytest.mark.parametrize("name", sorted(TABLE))
def test_what_is_read_out_of(name: str) -> None:
    offers, told, warnings = read(name)
    media = [each for offer in offers for each in offer.media]
    for offer in offers:
        warnings += offer.warnings
    assert (
        Expected(
            parties(told),
            tuple((each.label, each.direction, each.acceptable) for each in media),
            warnings + (told.warnings if told else ()),
        )
        == TABLE[name]
    )


def test_the_table_names_every_message_of_the_corpus() -> None:
    assert sorted(TABLE) == sorted(each.name for each in CORPUS.iterdir())


def test_the_rfc_8068_updates_put_bob_on_hold_and_back() -> None:
    known = read("rfc7865-complete-example-as-in-oldnick85.xml")[1]
    hold = read("rfc8068-style-hold-partial.xml")[1]
    resume = read("rfc8068-style-resume-partial.xml")[1]
    assert known is not None
    assert hold is not None
    assert resume is not None
    bob, paul = known.present
    held = merging.merge(known, hold)
    assert (held.labels_sent(bob), held.labels_sent(paul)) == ((), ("98", "99"))
    resumed = merging.merge(held, resume)
    assert sorted(resumed.labels_sent(bob)) == ["96", "97"]
    assert resumed.present == (bob, paul)


def test_the_metadata_of_a_bye_says_that_both_have_left() -> None:
    told = read("sems-2.1-captured-bye-with-metadata.sip")[1]
    assert told is not None
    assert told.present == ()
    assert len(told.absent) == 2
