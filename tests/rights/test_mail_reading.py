"""Mails read: whatever is sent, nothing raises, no number stays whole, and a request is noticed."""

import tracemalloc
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.rights import typed
from vaiti.rights.mail import reading, wishes

PIECES = (
    *(b"Content-Type: multipart/mixed; boundary=a\r\n", b"--a\r\n", b"--a--\r\n", b"\r\n"),
    *(b"Content-Type: text/html; charset=hex\r\n", b"Content-Type: message/rfc822\r\n"),
    *(b"Subject: =?utf-8?b?w4?= =?x?q?=ff?=\r\n", b'From: "a <x@y.fi\r\n', b"Received: by x;\r\n"),
    *(
        b"Content-Transfer-Encoding: base64\r\n",
        b"Date: Mon, 99 Foo 0 99:99 +9999\r\n",
        b"\xff\x00",
    ),
    *(b"Content-Type: text/plain; name*99999999999999999999=x\r\n", b"<a <b &#9999999999;", b" \t"),
    *(
        b"Content-Type: multipart/digest; boundary=a\r\n",
        b"begin 644 x\r\n",
        b"=\r\n",
        b"0407654321",
    ),
)


def made(text: str, subject: str = "", sender: str = "Maija <maija@example.fi>") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "kundtjanst@posti.example", subject
    mail["Message-ID"] = f"<{abs(hash((text, subject)))}@example.fi>"
    mail.set_content(text)
    return mail


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=40)), max_size=25))
def test_n46_no_mail_makes_the_reader_fail(parts: list[bytes]) -> None:
    mail = reading.read(b"".join(parts))
    wishes.wish(mail.subject, mail.text)
    kept = f"{mail.sender}{mail.subject}{mail.text}"
    assert not any(0xD800 <= ord(one) <= 0xDFFF or one == "\x00" for one in kept), (
        "no database does"
    )


def test_n46_what_no_database_keeps_is_left_out_of_the_head_too() -> None:
    mail = reading.read(
        b"From: a\x00@b.example\r\nSubject: x\x00y\x01\r\n\r\nhaluan\x00 tallenteen"
    )
    assert (mail.subject, mail.text) == ("xy", "haluan tallenteen")
    assert "\x00" not in mail.sender


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n" * 50_000,
        b"".join(
            b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n)
            for n in range(1000)
        ),
        b"a:b\n" * 50_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 20_000,
        b"\r\n\r\n" + b"1 " * 200_000,
        b"Content-Type: text/html\r\n\r\n" + b"<a" * 50_000,
    ],
    ids=["parts", "nested", "fields", "words", "digits", "tags"],
)
def test_n46_a_mail_that_is_made_to_be_heavy_is_read_within_bounds(raw: bytes) -> None:
    tracemalloc.start()
    try:
        mail = reading.read(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60 * len(raw) + (20 << 20)
    assert len(mail.text) <= 20_000


@settings(max_examples=120, deadline=None)
@given(
    st.text(max_size=30),
    st.sampled_from(("+358", "0", "+46 ", "0046-", "00358 (0)")),
    st.lists(st.sampled_from("0123456789"), min_size=8, max_size=11),
    st.lists(st.sampled_from(("", " ", "-", ".", " - ", "\u00a0", "\u200b", "/")), min_size=11),
    st.text(max_size=30),
)
def test_n15_n46_no_number_in_a_mail_keeps_its_last_three_digits(
    before: str, prefix: str, digits: list[str], gaps: list[str], after: str
) -> None:
    written = prefix + "".join(a + b for a, b in zip(digits, gaps, strict=False))
    after = after.lstrip("0123456789")
    ours = f"{before}|{written}|{after}"
    if any(one.isdecimal() for one in before + after):
        return
    hidden = typed.without_numbers(ours)
    assert sum(one.isdecimal() for one in hidden) == sum(one.isdecimal() for one in written) - 3
    assert "***" in hidden


def test_n15_n46_a_number_is_hidden_in_subject_words_and_sender_and_days_stay() -> None:
    mail = reading.read(
        made(
            "Soitin 23.11.2026 klo 14.05 numerosta 040 765 4321 asiasta R-2026-17.",
            "tel0407654321",
            '"0407654321" <0407654321@example.fi>',
        ).as_bytes()
    )
    kept = f"{mail.sender} {mail.subject} {mail.text}"
    assert "4321" not in kept.replace("14321", "")
    assert "23.11.2026 klo 14.05" in mail.text
    assert "R-2026-17" in mail.text
    assert mail.case == (2026, 17)
    assert repr(mail).count("0407654") == 0, "nothing of it stands in a repr"


@pytest.mark.parametrize(
    ("text", "asked", "language"),
    [
        ("haluan puhelutallenteeni", ("copy",), "fi"),
        ("Poistakaa nauhoite puhelusta, kiitos. Haluan sen pois.", ("erasure",), "fi"),
        ("Haluan tarkastaa henkilötietoni.", ("information",), "fi"),
        ("Jag vill ha en kopia av inspelningen av mitt samtal.", ("copy",), "sv"),
        ("Kan jag få lyssna på inspelningen?", ("listening",), "sv"),
        ("Could I listen to the recording of my call on Monday?", ("listening",), "en"),
        (
            "I object to the recording of our calls, please delete it.",
            ("erasure", "objection"),
            "en",
        ),
        ("<p>Send me a <b>copy</b> of my <i>call recording</i></p>", ("copy",), "en"),
        ("Missä pakettini JJFI12345678 on? Haluan sen heti.", None, ""),
        ("Var är mitt paket? Skicka det till mig.", None, ""),
        ("Where is my parcel? Please send it again.", None, ""),
        ("Hei! Liitteenä tarjous.\n-- \nLue tietosuojaselosteemme", None, ""),
    ],
)
def test_n46_a_request_is_noticed_among_ordinary_mail(
    text: str, asked: tuple[str, ...] | None, language: str
) -> None:
    mail = made(text)
    if text.startswith("<"):
        mail.set_content(text, subtype="html")
    read = reading.read(mail.as_bytes())
    found = wishes.wish(read.subject, read.text)
    assert (found.asked if found else None, found.language if found else "") == (asked, language)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("Return-Path", "<>"),
        ("Precedence", "bulk"),
        ("List-Id", "<news.example>"),
        ("Reply-To", "MAILER-DAEMON@example.fi"),
    ],
)
def test_n46_what_a_machine_wrote_is_known(name: str, value: str) -> None:
    mail = made("haluan puhelutallenteeni")
    assert not reading.read(mail.as_bytes()).automatic
    mail[name] = value
    assert reading.read(mail.as_bytes()).automatic


def test_n46_arrival_is_when_our_first_server_had_it_and_not_what_the_sender_says() -> None:
    head = (
        b"Received: from mx.posti.example by box.posti.example; Mon, 23 Nov 2026 12:00:00 +0200\r\n"
        b"Received: from a.example by mx.posti.example (x); Fri, 20 Nov 2026 23:30:00 +0200\r\n"
        b"Received: from b by a.example; Thu, 1 Jan 2026 00:00:00 +0000\r\n"
        b"Date: Wed, 1 Jan 2025 00:00:00 +0000\r\nFrom: a@b.example\r\n\r\nhaluan puhelutallenteeni"
    )
    ours = frozenset({"mx.posti.example", "box.posti.example"})
    at = reading.read(head, ours).passed
    assert at is not None
    assert at.isoformat() == "2026-11-20T21:30:00+00:00"
    assert reading.read(head).passed is None
