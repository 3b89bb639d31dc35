"""The mailbox for requests with real servers: Dovecot over TLS, a folder, SMTP over TLS.

The fines behind it: requests that lay unseen (a mailbox dead for seven months; Finland 2022), and
letters that had to be signed (Otavamedia).
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from itertools import count
from pathlib import Path

import pytest
from django.db import connection

from cast import NOW, Cast
from drawn import without_drawn
from ops import imap_server
from ops.postbox import Postbox, make_certificate
from rights.test_mail_reading import made
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.ops.mailbox.boxes import MailboxUnreadable
from vaiti.ops.mailbox.desk import UNREAD, UNSCANNED, MailboxDesk
from vaiti.ops.mailbox.scanner import paper_rules
from vaiti.ops.sections.general import Controller, Mail
from vaiti.ops.sections.mailbox import Mailbox, mailbox_fault
from vaiti.ops.settings import Settings
from vaiti.rights import papers, watch
from vaiti.rights.asking import State
from vaiti.rights.errors import CaseRefused
from vaiti.rights.mail import dismissing
from vaiti.rights.mail.arriving import AFTER, MOST_CASES, What
from vaiti.rights.mail.canaries import LOST
from vaiti.rights.models import Case, MailCanary, MailRow, MailSeen, Paper
from vaiti.rights.policy import CaseRules
from vaiti.vault.store import FolderStore

PDF = b"%PDF-1.7\nA scanned letter.\n%%EOF\n"
HOUR = timedelta(hours=1)
BOX = Mailbox(folder="box", servers=("mx.posti.example",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("box/new", "box/cur", "box/tmp", "run", "secrets"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def post(folder: Path) -> Iterator[Postbox]:
    made = Postbox(make_certificate(folder))
    server = made.start()
    yield made
    server.shutdown()
    server.server_close()


def settings_of(folder: Path, box: Mailbox, post: Postbox | None = None) -> Settings:
    mail = Mail(
        host="127.0.0.1" if post else "",
        port=post.port if post else 587,
        authority=str(post.certificate) if post else "",
        sender="register@posti.example",
        address="https://vaiti.posti.example",
    )
    assert mailbox_fault(box, mail) is None
    return Settings(folder, Controller("Posti", "1", "a@b"), mail=mail, mailbox=box)


def drop(folder: Path, name: str, raw: bytes, at: datetime = NOW) -> Path:
    path = folder / "box" / "new" / name
    path.write_bytes(raw)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def stored() -> str:
    """Every row of every table that a mail could have left something in."""
    found = ""
    with connection.cursor() as cursor:
        for table in (
            "rights_case",
            "rights_mail",
            "rights_mailseen",
            "due_alarm",
            "audit_leaf",
        ):
            cursor.execute(f"SELECT * FROM {table}")
            found += str(cursor.fetchall())
    return without_drawn(found)


@pytest.mark.django_db(transaction=True)
def test_n46_finland_2022_a_mail_among_ordinary_mail_is_a_case_from_its_arrival_over_imap(
    cast: Cast, folder: Path, post: Postbox
) -> None:
    if imap_server.absent():
        pytest.skip("needs root and the Debian package dovecot-imapd")
    (folder / "secrets" / "mailbox.password").write_text(f"{imap_server.PASSWORD}\n")
    with imap_server.running() as server:
        box = Mailbox(
            host="127.0.0.1",
            port=server.port,
            authority=str(server.certificate),
            user="vaiti",
            password_file="mailbox.password",
            servers=("mx.posti.example",),
        )
        desk = MailboxDesk(settings_of(folder, box, post))
        ordinary = made("Missä pakettini on?", "Paketti").as_bytes()
        server.deliver(ordinary, "20-Nov-2026 09:00:00 +0200")
        mail = made(
            "Hei,\nhaluan puhelutallenteeni 12.11.2026, numerosta 040 765 4321.",
            "Pyyntö 0407654321",
            '"Maija Meikäläinen" <maija@example.fi>',
        )
        mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="0407654321.pdf")
        late = b"Received: from x by mx.posti.example; Thu, 19 Nov 2026 23:30:00 +0200\r\n"
        server.deliver(late + mail.as_bytes(), "20-Nov-2026 12:00:00 +0200")
        bounce = b"Return-Path: <>\r\n" + made("haluan puhelutallenteeni").as_bytes()
        server.deliver(bounce, "20-Nov-2026 12:05:00 +0200")
        desk.round(NOW)

        case = Case.objects.get()
        assert (case.channel, case.language, case.asked) == ("email", "fi", ["copy"])
        assert case.arrived_on.isoformat() == "2026-11-19", "by our first server, in the zone"
        assert (case.name, case.contact) == ("Maija Meikäläinen", "maija@example.fi")
        kept = MailRow.objects.get()
        assert "12.11.2026" in kept.text
        assert kept.subject == "Pyyntö 0407654***"
        assert not any(each in stored() for each in ("654321", "5 4321"))
        paper = Paper.objects.get()
        assert (paper.kind, bytes(paper.content), paper.scanned) == ("pdf", PDF, False)
        assert len(server.flags()) == 2, "the case's mail is gone, the others are there"
        assert not any(b"\\Seen" in one for one in server.flags()), "and not marked"

        ((to, raw, secure),) = post.mails
        receipt = message_from_bytes(raw, policy=policy.default)
        assert (to, secure) == ("maija@example.fi", True)
        assert receipt["Subject"] == "Pyyntösi on saapunut: R-2026-1"
        assert "19.12.2026" in receipt.get_content()
        assert receipt["Auto-Submitted"] == "auto-generated"
        assert kept.receipt_at == NOW

        desk.round(NOW)
        assert Case.objects.count() == 1
        counted = sorted(MailSeen.objects.values_list("what", flat=True))
        assert counted == ["automatic", "case", "ordinary"]
        kinds = [one.kind for one in entries(subject=case.id.hex, limit=20).entries]
        for kind in ("rights:case:registered", "rights:mail:taken", "rights:paper:kept"):
            assert kinds.count(kind) == 1
    desk.round(NOW + HOUR - timedelta(minutes=1))
    assert not alarms.standing(), "an hour is allowed"
    desk.round(NOW + HOUR)
    assert [one.kind for one in alarms.standing()] == [UNREAD]


@pytest.mark.django_db(transaction=True)
def test_n46_n02_otavamedia_6097_161_21_a_mailbox_dead_for_seven_months_is_an_alarm_in_an_hour(
    cast: Cast, folder: Path, post: Postbox
) -> None:
    """The company was fined for it: a published address whose mail reached nobody."""
    addresses = ("kundtjanst@posti.example", "tietosuoja@posti.example")
    desk = MailboxDesk(settings_of(folder, replace(BOX, published=addresses), post))

    names = count()

    def forward(only: str = "") -> None:
        """As the forwarding rules of the addresses do, or some of them."""
        for to, raw, _ in post.mails:
            if to.endswith(only):
                drop(folder, f"{next(names)}.f", raw)
        post.mails.clear()

    desk.round(NOW)
    assert [to for to, _, _ in post.mails] == list(addresses)
    forward()
    desk.round(NOW + timedelta(minutes=1))
    assert MailCanary.objects.filter(arrived_at__isnull=False).count() == 2
    assert list((folder / "box" / "new").iterdir()) == [], "test mails are taken away"
    assert not Case.objects.exists()

    next_day = NOW + timedelta(days=1)
    desk.round(next_day)
    forward(only="tietosuoja@posti.example")
    desk.round(next_day + HOUR)
    assert not alarms.standing()
    desk.round(next_day + HOUR + timedelta(minutes=1))
    assert [(one.kind, one.key) for one in alarms.standing()] == [(LOST, addresses[0])]
    desk.round(next_day + timedelta(days=1))
    assert len(alarms.standing()) == 1, "it stands while the next one is on its way"
    forward()
    desk.round(next_day + timedelta(days=1, minutes=1))
    assert not alarms.standing()

    post.closed = True
    desk.round(NOW + timedelta(days=4))
    desk.round(NOW + timedelta(days=4, hours=2))
    lost = {one.key for one in alarms.standing() if one.kind == LOST}
    assert lost == set(addresses), "what cannot be sent has not arrived"


@pytest.mark.django_db(transaction=True)
def test_n46_answers_join_their_case_and_what_comes_to_a_closed_one_is_told(
    cast: Cast, folder: Path
) -> None:
    desk = MailboxDesk(settings_of(folder, BOX))
    first = made("Jag vill ha inspelningen av mitt samtal.", "Inspelning")
    kept = drop(folder, "1.a", first.as_bytes())
    ordinary = drop(folder, "2.b", made("God jul!").as_bytes())
    desk.read(NOW)
    case = Case.objects.get()
    Case.objects.update(asked_on=NOW.date())
    assert not kept.exists()
    assert ordinary.read_bytes() == made("God jul!").as_bytes(), "left as it is"
    drop(folder, "3.c", made("Det var den 3.11.", "Sv: R-2026-1").as_bytes())
    answer = made("Och linjen var kundtjänst.")
    answer["In-Reply-To"] = first["Message-ID"]
    drop(folder, "4.d", answer.as_bytes())
    drop(folder, "5.e", first.as_bytes())
    counted = desk.read(NOW)
    assert (counted[What.JOINED], counted[What.KNOWN]) == (2, 1)
    assert MailRow.objects.filter(case=case).count() == 3
    assert Case.objects.get().answered_on == NOW.date(), "the clock goes on"

    Case.objects.update(state=State.CLOSED, closed_at=NOW)
    drop(folder, "6.f", made("Tack för svaret!", "Sv: R-2026-1").as_bytes())
    drop(
        folder, "7.g", made("Radera inspelningen också, tack. Jag vill det.", "R-2026-1").as_bytes()
    )
    counted = desk.read(NOW)
    assert (counted[What.JOINED], counted[What.CASE]) == (1, 1)
    assert [(one.kind, one.key) for one in alarms.standing()] == [(AFTER, case.id.hex)]
    assert Case.objects.order_by("-serial")[0].asked == ["erasure"]

    watch.forget(CaseRules(), FolderStore(folder / "store"), NOW + timedelta(days=1200))
    assert not MailRow.objects.filter(case=case.id).exists(), "nothing outlives its case"


@pytest.mark.django_db(transaction=True)
def test_n46_attachments_are_kept_by_type_and_size_and_looked_through(
    cast: Cast, folder: Path
) -> None:
    scan = (
        "import sys; data = sys.stdin.buffer.read(); "
        "sys.exit(1 if b'EICAR' in data else 2 if b'broken' in data else 0)"
    )
    without = replace(BOX, attachment_mib=1)
    box = replace(without, scanner=(sys.executable, "-c", scan))
    desk = MailboxDesk(settings_of(folder, box))
    mail = made("haluan puhelutallenteeni")
    for content in (PDF, PDF + b"EICAR", b"MZ\x90", PDF + bytes(1 << 20)):
        mail.add_attachment(content, maintype="application", subtype="pdf", filename="a.pdf")
    path = drop(folder, "1.a", mail.as_bytes())
    desk.read(NOW)
    assert [bytes(one.content) for one in Paper.objects.all()] == [PDF]
    assert Paper.objects.get().scanned
    assert MailRow.objects.get().left_out == ["paper_malware", "paper_type", "paper_size"]
    assert path.exists(), "what is not wholly in the case stays in the mailbox"
    assert not alarms.standing()
    mail = made("haluan puhelutallenteeni uudestaan", sender="b@example.fi")
    mail.add_attachment(PDF + b"broken", maintype="application", subtype="pdf", filename="a")
    drop(folder, "2.b", mail.as_bytes())
    desk.round(NOW)
    assert Case.objects.count() == 2, "the clock does not wait for a scanner"
    waiting = Paper.objects.get(scanned=False)
    assert (folder / "box" / "new" / "2.b").exists(), "nothing is lost while it waits"
    assert [one.kind for one in alarms.standing()] == [UNSCANNED]
    desk.round(NOW)
    assert [one.kind for one in alarms.standing()] == [UNSCANNED], "asked again in vain"
    with pytest.raises(CaseRefused, match="paper_waits"):
        asked = (cast.rights_handler.id, waiting.case_id, waiting.id)
        papers.open_paper(*asked, paper_rules(desk.settings, desk.scanner), NOW)

    mail = made("haluan puhelutallenteeni vielä", sender="c@example.fi")
    mail.add_attachment(PDF + b"EICAR", maintype="application", subtype="pdf", filename="a")
    drop(folder, "3.c", mail.as_bytes())
    MailboxDesk(settings_of(folder, without)).round(NOW)
    assert Paper.objects.filter(scanned=False).count() == 2, "without a scanner it is kept"
    later = replace(box, scanner=(sys.executable, "-c", scan.replace("else 2", "else 0")))
    desk = MailboxDesk(settings_of(folder, later))
    desk.round(NOW)
    assert not alarms.standing()
    assert [one.scanned for one in Paper.objects.all()] == [True, True]
    assert MailRow.objects.get(sender="c@example.fi").left_out == ["paper_malware"]
    told = [entries(kind=f"rights:paper:{one}").entries for one in ("scanned", "removed")]
    assert [len(one) for one in told] == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_n46_a_flood_opens_few_cases_and_what_is_no_request_goes_after_a_month(
    cast: Cast, folder: Path
) -> None:
    desk = MailboxDesk(settings_of(folder, replace(BOX, every_case=("kundtjanst@posti.example",))))
    for number in range(MOST_CASES + 3):
        drop(folder, f"{number}.a", made(f"Hei {number}").as_bytes())
    drop(folder, "9.a", b"Auto-Submitted: auto-replied\r\n" + made("Poissa").as_bytes())
    counted = desk.read(NOW)
    assert (counted[What.CASE], counted[What.JOINED], counted[What.AUTOMATIC]) == (MOST_CASES, 3, 1)
    case = Case.objects.order_by("serial")[0]
    dismissing.dismiss(cast.rights_handler.id, case.id, NOW)
    assert [one.kind for one in alarms.standing()] == [dismissing.ALARM]
    assert dismissing.forget(NOW + timedelta(days=29)) == 0
    assert dismissing.forget(NOW + timedelta(days=30)) == 1
    assert not MailRow.objects.filter(case=case.id).exists()


@pytest.mark.django_db(transaction=True)
def test_n46_a_mailbox_that_is_not_there_says_so(cast: Cast, folder: Path) -> None:
    desk = MailboxDesk(settings_of(folder, replace(BOX, folder="nowhere")))
    with pytest.raises(MailboxUnreadable, match="FileNotFoundError"):
        desk.read(NOW)


@pytest.mark.parametrize(
    ("box", "said"),
    [
        (Mailbox(folder="a", host="b"), "not both"),
        (Mailbox(host="b"), "password_file"),
        (Mailbox(host="b.example", user="u", password_file="p", tls=False), "clear text"),
        (replace(BOX, published=("nobody",)), "mail addresses"),
        (replace(BOX, published=("a@b.example",)), "test mails are sent"),
        (replace(BOX, unread_minutes=61), "60"),
    ],
)
def test_n46_a_mailbox_that_cannot_be_is_refused_with_what_to_change(
    box: Mailbox, said: str
) -> None:
    assert said in (mailbox_fault(box, Mail()) or "")
