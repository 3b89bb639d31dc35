"""The pages of certificates: issued on record, then as a file and on paper, in three languages."""

import io
import json
import zipfile
import zlib
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from cast import NOW, Cast
from vaiti.audit import certificate, log, reading
from vaiti.audit.certificate import from_text
from vaiti.audit.checkpoint import Signer
from vaiti.audit.kinds import Kind
from vaiti.audit.sequencer import sequence
from vaiti.audit.verifier import verifier
from vaiti.retention.destroy import METHOD
from vaiti.retention.models import DayEnd, Tombstone
from vaiti.values.clock import to_micros
from web.conftest import SignIn
from web.world import World

SIGNER = Signer("vaiti/test", bytes(range(32)))
DAY = date(2026, 11, 22)
DONE = datetime(2026, 11, 22, 12, tzinfo=UTC)


def buried(count: int, *, ended: bool) -> None:
    """What is left of so many calls, in rows and in the log."""
    with transaction.atomic():
        for number in range(count):
            due = DONE - timedelta(minutes=number)
            call = uuid4()
            facts = {"plan": "0", "due_us": to_micros(due), "method": METHOD}
            kind = Kind.RETENTION_CALL_DESTROYED
            leaf = log.append(kind, actor="system:test", subject=call.hex, facts=facts, now=DONE)
            Tombstone.objects.create(
                call=call,
                object_id=uuid4(),
                due_at=due,
                done_at=DONE,
                method=METHOD,
                destruction_day=DAY,
                audit_leaf=leaf,
            )
        if ended:
            told = {"day": DAY.isoformat(), "calls": count}
            kind = Kind.RETENTION_DAY_ENDED
            leaf = log.append(kind, actor="system:test", facts=told, now=DONE)
            DayEnd.objects.create(day=DAY, done_at=DONE, audit_leaf=leaf)


def inside(pdf: bytes) -> bytes:
    """All that its packed streams hold."""
    found = [pdf]
    for part in pdf.split(b"stream\n")[1:]:
        try:
            found.append(zlib.decompressobj().decompress(part))
        except zlib.error:
            continue
    return b"\n".join(found)


def test_n19_a_certificate_is_issued_on_record_and_verified(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    buried(3, ended=True)
    client = sign_in(cast.dpo)
    listed = client.get("/proof/").content.decode()
    assert 'href="/proof/2026-11-22/">22.11.2026</a>' in listed
    address = "/proof/2026-11-22/"
    assert "None has been issued yet" in client.get(address).content.decode()
    assert client.get(f"{address}certificate.json").status_code == 404
    assert client.post(address).status_code == 302
    (entry,) = reading.entries(kind=Kind.RETENTION_CERTIFICATE_ISSUED).entries
    assert (entry.actor, entry.subject) == (cast.dpo.id.hex, "2026-11-22")
    assert "The log signs it within seconds" in client.get(address).content.decode()
    assert client.get(f"{address}certificate.pdf").status_code == 404
    sequence(NOW, SIGNER)
    assert "Issued on 23.11.2026 at 14:00" in client.get(address).content.decode()
    sent = client.get(f"{address}certificate.json")
    assert sent["Content-Disposition"] == 'attachment; filename="certificate-2026-11-22.json"'
    verdict = certificate.verify(from_text(sent.content.decode()), SIGNER.public)
    assert (verdict.ok, verdict.calls, verdict.whole) == (True, 3, True)
    buried(1, ended=False)
    assert "more has been destroyed" in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "Certificate of destruction for 22.11.2026"),
        ("fi", "Tuhoamistodistus päivältä 22.11.2026"),
        ("sv", "Intyg om förstöring för 22.11.2026"),
    ],
)
def test_n03_the_paper_is_tagged_and_holds_the_file(
    world: World, cast: Cast, sign_in: SignIn, language: str, says: str
) -> None:
    buried(2, ended=True)
    client = sign_in(cast.auditor, language)
    client.post("/proof/2026-11-22/")
    sequence(NOW, SIGNER)
    assert says in client.get("/proof/2026-11-22/").content.decode()
    pdf = client.get("/proof/2026-11-22/certificate.pdf").content
    assert pdf == client.get("/proof/2026-11-22/certificate.pdf").content
    text = inside(pdf)
    assert pdf.startswith(b"%PDF-1.7")
    for mark in (b"/StructTreeRoot", b"<pdfuaid:part>1</pdfuaid:part>", b"certificate.json"):
        assert mark in text
    assert f"/Lang ({language})".encode() in text or f"/Lang({language})".encode() in text
    assert says.encode() in text  # in its metadata, in UTF-8
    assert b'"format":"vaiti-certificate/1"' in text


def test_who_sees_no_proof_gets_no_certificate(world: World, cast: Cast, sign_in: SignIn) -> None:
    buried(1, ended=False)
    for person in (cast.mikko, cast.anna, cast.administrator, cast.rights_handler):
        client = sign_in(person)
        for address in ("/proof/2026-11-22/", "/proof/verifier", "/proof/key"):
            assert client.get(address).status_code == 404
        assert client.post("/proof/2026-11-22/").status_code == 404
    assert not reading.entries(kind=Kind.RETENTION_CERTIFICATE_ISSUED).entries
    auditor = sign_in(cast.auditor)
    assert auditor.get("/proof/verifier").content == verifier()
    assert zipfile.is_zipfile(io.BytesIO(verifier()))
    for nothing in ("/proof/2026-11-21/", "/proof/2026-13-01/", "/proof/yesterday/"):
        assert auditor.get(nothing).status_code == 404
    auditor.post("/proof/2026-11-22/")
    sequence(NOW, SIGNER)
    sent = auditor.get("/proof/2026-11-22/certificate.json").content.decode()
    body = json.loads(from_text(sent).body)
    assert body["day_ended"] is None
    assert "The key of the day is still alive" in auditor.get("/proof/2026-11-22/").content.decode()
