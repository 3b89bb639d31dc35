"""Letters with their scans, mails and their attachments on a case's page; the printed receipt."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cast import NOW, Cast
from rights.test_mail_reading import made
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.rights.mail import arriving, canaries, reading, scanning
from vaiti.rights.mail.arriving import Arrival, MailRules, Place
from vaiti.rights.models import Case, Paper
from vaiti.rights.papers import PaperRules, Verdict
from vaiti.web.http import wiring
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

PDF = b"%PDF-1.7\nA letter.\n%%EOF\n"
LETTER = {"channel": "letter", "asked": ["copy"], "arrived": "6.11.2026", "signature": "absent"}


def text(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


def scan(content: bytes, name: str = "0407654321.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_n45_otavamedia_a_letter_keeps_its_scan_and_its_day_and_nobody_asks_to_sign(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    """Otavamedia was fined for a signature that it could compare with nothing."""
    handler, officer = sign_in(cast.rights_handler), sign_in(cast.dpo)
    for wrong in (b"MZ\x90", b"RIFF\x24\x00\x00\x00WAVEfmt ", b"%PDF" + bytes(11 << 20)):
        assert handler.post("/cases/new", {**LETTER, "scan": scan(wrong)}).status_code == 422
    assert not Case.objects.exists()
    given = {**LETTER, "language": "sv", "scan": scan(PDF)}
    assert handler.post("/cases/new", given).status_code == 201
    case, paper = Case.objects.get(), Paper.objects.get()
    assert (case.signature, str(case.arrived_on)) == ("absent", "2026-11-06")
    assert (bytes(paper.content), paper.scanned) == (PDF, False)
    address = f"/cases/{case.id.hex}/"
    assert handler.post(f"{address}do/scan", {"scan": scan(PDF)}).status_code == 302
    assert handler.post(f"{address}do/scan", {}).status_code == 422
    page = text(officer.get(address))
    assert "not looked through for malware" in page
    assert "0407654321" not in page
    link = f"{address}papers/{paper.id.hex}"
    assert link in page
    fetched = officer.get(link)
    assert (fetched.content, fetched["Content-Type"]) == (PDF, "application/pdf")
    assert fetched["Content-Disposition"].startswith("attachment")
    assert sign_in(cast.anna).get(link).status_code == 404
    assert officer.get(f"{address}papers/{case.id.hex}").status_code == 404
    kinds = [one.kind for one in entries(subject=case.id.hex, limit=50).entries]
    assert (kinds.count("rights:paper:kept"), kinds.count("rights:paper:seen")) == (2, 1)
    (seen,) = entries(kind="rights:paper:seen").entries
    assert seen.facts["sha256"] == hashlib.sha256(PDF).hexdigest()


def test_n45_a_scan_that_a_handler_adds_waits_for_the_scanner_as_a_mailed_one_does(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    away = [True]

    def scanner(content: bytes) -> Verdict:
        return Verdict.FAILED if away[0] else judged[content]

    judged = {PDF: Verdict.CLEAN, PDF + b"worm": Verdict.INFECTED}
    rules = PaperRules(scanner=scanner)
    wiring.install(replace(world.wiring(), papers=rules))
    handler = sign_in(cast.rights_handler)
    for content in judged:
        given = {**LETTER, "scan": scan(content)}
        assert handler.post("/cases/new", given).status_code == 201
    pages = [f"/cases/{one.id.hex}/" for one in Case.objects.order_by("serial")]
    links = [f"papers/{one.id.hex}" for one in Paper.objects.order_by("case__serial")]
    assert "waits for the scanner" in text(handler.get(pages[0]))
    assert handler.get(pages[0] + links[0]).status_code == 422
    scanning.scan_waiting(rules, scanning.FIRST, NOW)
    assert Paper.objects.filter(scanned=False).count() == 2, "it is still away"
    away[0] = False
    scanning.scan_waiting(rules, scanning.FIRST, NOW)
    assert handler.get(pages[0] + links[0]).content == PDF
    assert "found malware" in text(handler.get(pages[1]))
    assert links[1] not in text(handler.get(pages[1]))
    assert handler.get(pages[1] + links[1]).status_code == 404
    assert sorted(len(one.content) for one in Paper.objects.all()) == [0, len(PDF)]


def test_n44_the_receipt_is_printed_in_the_persons_language(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    handler = sign_in(cast.rights_handler)
    for language, said, right in (
        ("fi", "Pyyntösi on saapunut", "tallenteesta"),
        ("sv", "Din begäran har kommit", "inspelningen"),
        ("en", "Your request has come", "A copy of the recording"),
    ):
        given = {"channel": "desk", "asked": ["copy"], "language": language}
        page = text(handler.post("/cases/new", given))
        paper = page[page.index(f'<div lang="{language}">') : page.index("on-screen")]
        assert said in paper
        assert right in paper
        assert "23.12.2026" in paper


def mailed(raw: bytes, name: str) -> None:
    place = Place("box", 0, name)
    took = arriving.receive(Arrival(reading.read(raw), place, NOW, MailRules(), NOW))
    assert took.case is not None


def test_n46_a_mail_is_read_on_its_case_and_one_that_is_no_request_is_closed_and_told(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    handler, officer = sign_in(cast.rights_handler), sign_in(cast.dpo)
    mail = made("Poistakaa puhelutallenne <script>alert(1)</script>, numero 040 765 4321.")
    mail.add_attachment(PDF, maintype="application", subtype="pdf")
    mail.add_attachment(b"MZ", maintype="application", subtype="octet-stream")
    mailed(mail.as_bytes(), "1")
    case = Case.objects.get()
    address = f"/cases/{case.id.hex}/"
    raw = handler.get(address).content.decode()
    assert "<script>alert" not in raw
    page = unescape(raw)
    assert "maija@example.fi" in page
    assert "numero 040 765 4***" in page
    assert "only PDF, JPEG and PNG are" in page
    assert officer.post(f"{address}do/dismiss").status_code == 404
    assert handler.post(f"{address}do/dismiss").status_code == 302
    assert [one.key for one in alarms.standing()] == [case.id.hex]
    assert f'href="{address}"' in officer.get("/queue/").content.decode()
    assert "No request" in text(handler.get(address))
    assert handler.post(f"{address}do/dismiss").status_code == 422

    handler.post("/cases/new", {"channel": "telephone", "asked": ["copy"]})
    other = Case.objects.order_by("-serial")[0]
    assert handler.post(f"/cases/{other.id.hex}/do/dismiss").status_code == 422


def test_n46_the_day_of_a_mail_that_is_entered_by_hand_is_that_of_its_arrival(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    """TSV/224/2023 and others: what lay in another inbox counts from there."""
    given = {"channel": "email", "asked": ["copy"], "arrived": "10.11.2026"}
    assert sign_in(cast.rights_handler).post("/cases/new", given).status_code == 201
    assert str(Case.objects.get().arrived_on) == "2026-11-10"


def test_n46_a_lost_test_mail_stands_in_the_officers_queue_and_on_the_state_page(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    rules = canaries.CanaryRules(("kundtjanst@posti.example",))
    canaries.begin("kundtjanst@posti.example", NOW - timedelta(hours=2))
    canaries.watch(rules, NOW)
    officer: Client = sign_in(cast.dpo)
    page = text(officer.get("/queue/"))
    assert "kundtjanst@posti.example may be lost" in page
    assert "has not arrived" in text(officer.get("/state/"))
