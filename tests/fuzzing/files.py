"""What people and processes hand over: settings, notices, orders, grants, notes, mails, uploads."""

from datetime import UTC, datetime
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path

from capture_pure.scripted import NOW, orders
from capture_pure.test_orders import PUBLIC, SEED, signed
from fuzzing.media import JSON
from fuzzing.targets import Feed, Target, each, refused
from vaiti.audit import checkpoint
from vaiti.capture.orders import OrdersRefused
from vaiti.capture.signed_orders import encode
from vaiti.capture.signed_orders import read as read_orders
from vaiti.notice import wording
from vaiti.ops.call_records import MOST_ROWS, RecordsUnusable, read_records
from vaiti.ops.sections.completeness import RecordFormat
from vaiti.ops.settings import WeakSettings, parse_settings
from vaiti.rights import papers
from vaiti.rights.mail import reading
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId
from vaiti.vault import grant

SETTINGS = b"""[controller]
name = "Posti Group Abp"
business_id = "1531864-4"
privacy_contact = "tietosuoja@posti.example"
postal_address = "PB 6, 00011 POSTI"
[register]
country = "FI"
[web]
host = "127.0.0.1"
port = 8850
hosts = ["localhost", "127.0.0.1"]
https = false
[recorder]
transports = ["udp", "tcp"]
host = "127.0.0.1"
port = 5190
[database]
url = ""
[[place]]
role = "machine"
provider = "Posti Group Abp"
country = "FI"
contract = "our own machine"
[[peer]]
name = "sbc"
addresses = ["198.51.100.0/24", "::1/128"]
transports = ["udp", "tcp"]
silence_s = 10.0
[[records]]
name = "sbc"
line = ["caller", "called"]
start = "answered"
seconds = "seconds"
"""
LINE = "+358207100000"


def settings_text() -> Feed:
    def feed(data: bytes) -> bool:
        try:
            parse_settings(data, Path("/nowhere"))
        except WeakSettings as error:
            return refused(WeakSettings, error)
        return True

    return feed


def notices() -> list[bytes]:
    folder = files("vaiti.notice").joinpath("wordings")
    return [folder.joinpath("helpdesk.yaml").read_bytes()]


def notice_text() -> Feed:
    def feed(data: bytes) -> bool:
        try:
            wording.read(data.decode("utf-8", "replace"))
        except wording.WordingRefused as error:
            return refused(wording.WordingRefused, error)
        return True

    return feed


def orders_body() -> Feed:
    def feed(data: bytes) -> bool:
        try:
            read_orders(signed(data), PUBLIC, NOW)
        except OrdersRefused as error:
            return refused(OrdersRefused, error)
        return True

    return feed


AT = datetime(2026, 11, 24, tzinfo=UTC)
CALL = grant.Grant(
    grant="4b" * 16,
    leaf="4b" * 32,
    call_id=CallId("5c" * 16),
    actor="6d" * 16,
    purpose="verify",
    from_us=0,
    to_us=1,
    not_before_us=to_micros(AT),
    expires_us=to_micros(AT) + 60_000_000,
)
GIVEN = grant.issue(SEED, CALL)


def grant_token() -> Feed:
    def feed(data: bytes) -> bool:
        text = data.decode("utf-8", "surrogateescape")
        try:
            grant.claims(text)
            grant.check(PUBLIC, text, AT)
        except grant.GrantRefused as error:
            return refused(grant.GrantRefused, error)
        # base64 may end in other spare bits; what is signed is the text before the dot
        assert text.rpartition(".")[0] == GIVEN.rpartition(".")[0], "a changed grant is taken"
        return True

    return feed


def notes() -> list[bytes]:
    return [checkpoint.Signer("log.example", SEED).sign(12, bytes(32)).encode()]


def signed_note() -> Feed:
    size, root = 12, bytes(32)

    def feed(data: bytes) -> bool:
        try:
            found = checkpoint.open_note(data.decode("utf-8", "surrogateescape"), PUBLIC)
        except checkpoint.NoteError as error:
            return refused(checkpoint.NoteError, error)
        assert (found.size, found.root) == (size, root), "no other statement carries the signature"
        return True

    return feed


def mails() -> list[bytes]:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = '"Maija Meikäläinen" <maija@example.fi>', "Pyyntö R-2026-17"
    mail["Message-ID"], mail["To"] = "<1@example.fi>", "tietosuoja@posti.example"
    mail.set_content("Haluan tallenteeni 12.11.2026, numerosta 040 765 4321.")
    mail.add_attachment(b"%PDF-1.7\n", maintype="application", subtype="pdf", filename="a.pdf")
    return [mail.as_bytes(), mail.as_bytes().replace(b"\n", b"\r\n")]


def mail_read() -> Feed:
    def feed(data: bytes) -> bool:
        read = reading.read(data)
        assert len(read.sender) <= 200 and len(read.subject) <= 300
        assert all(isinstance(papers.kind_of(each), str) for each in read.attached)
        return not read.automatic

    return feed


def call_records() -> Feed:
    made = RecordFormat("pbx", ("from", "to"), "start", seconds="billsec", zone="Europe/Helsinki")

    def feed(data: bytes) -> bool:
        try:
            read = read_records(data, made, (LINE,), "FI")
        except RecordsUnusable as error:
            return refused(RecordsUnusable, error)
        assert len(read.told) + read.others + read.unanswered <= MOST_ROWS
        return bool(read.told)

    return feed


RECORDS = (
    b"from,to,start,billsec\n"
    b"+358401234567,+358207100000,2026-11-23 09:00:00,75\n"
    b'"+358207100000",+358401234567,23.11.2026 09:10:00,1:15\n'
)
MAIL = (
    *(
        b"\n",
        b"\n\n",
        b": ",
        b"=?utf-8?q?=",
        b"?=",
        b"--",
        b"Content-Type: multipart/mixed; boundary=b\n\n",
    ),
    *(
        b"Content-Transfer-Encoding: base64\n",
        b"<",
        b">",
        b"@",
        b"R-2026-1",
        b"\x00",
        b"\xff",
        b"From: a\n",
    ),
)
YAML = (
    b"\n",
    b": ",
    b"- ",
    b"  ",
    b"|\n",
    b"#",
    b"'",
    b'"',
    b"&a",
    b"*a",
    b"!!x",
    b"{",
    b"}",
    b"\t",
    b"\xff",
)
TOML = (
    b"\n",
    b" = ",
    b"[",
    b"]",
    b"[[peers]]\n",
    b'"',
    b"'''",
    b"{",
    b"}",
    b"1e999",
    b"nan",
    b"\xff",
)
TARGETS = (
    Target(
        "settings",
        "any text is settings, or WeakSettings with a sentence",
        *(lambda: [SETTINGS], TOML, each(settings_text)),
        weight=3,
    ),
    Target(
        "notice",
        "any text is a notice, or refused by line and sentence",
        *(notices, YAML, each(notice_text)),
    ),
    Target(
        "orders",
        "a signed body of any form is orders that a recorder can follow, or OrdersRefused",
        *(lambda: [encode(orders())], JSON, each(orders_body)),
    ),
    Target(
        "grant",
        "no other text than the one that was signed is a grant",
        *(lambda: [GIVEN.encode()], (b".", b"=", b"-", b"_", b"e30", b"\xff"), each(grant_token)),
        weight=24,
    ),
    Target(
        "signed note",
        "a checkpoint that is opened says what was signed",
        *(notes, (b"\n", b"\n\n", "— log.example ".encode(), b"0", b"="), each(signed_note)),
        weight=24,
    ),
    Target(
        "mail",
        "any bytes are a mail, within its bounds",
        *(mails, MAIL, each(mail_read)),
    ),
    Target(
        "call records",
        "any upload is rows that are told or counted, or RecordsUnusable",
        *(lambda: [RECORDS], (b",", b";", b"\n", b'"', b"+358207100000", b":", b"\xff", b"\x00")),
        each(call_records),
    ),
)
