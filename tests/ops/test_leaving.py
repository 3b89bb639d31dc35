"""Checkpoints leave the machine: to a folder and by mail, in time, and loudly when they cannot."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.db import transaction

from cast import NOW, Cast
from ops.test_mail import Postbox, make_certificate
from vaiti.audit import following, log
from vaiti.audit.checkpoint import Signer, open_note
from vaiti.audit.kinds import Kind
from vaiti.audit.sequencer import sequence
from vaiti.due import alarms
from vaiti.ops.leaving import ALARM, LeavingDesk
from vaiti.ops.mailing.desk import MailDesk
from vaiti.ops.sections.general import Controller, Mail
from vaiti.ops.sections.outside import Outside, outside_fault
from vaiti.ops.settings import Settings

HOUR = timedelta(hours=1)
SIGNER = Signer("vaiti/test", bytes(range(32)))
AUDITOR = "auditor@tarkastus.example"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Postbox]:
    made = Postbox(make_certificate(tmp_path))
    server = made.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(box: Postbox, tmp_path: Path) -> Settings:
    mail = Mail(
        host="127.0.0.1",
        port=box.port,
        authority=str(box.certificate),
        sender="register@posti.example",
        address="https://vaiti.posti.example",
    )
    (tmp_path / "elsewhere").mkdir()
    outside = Outside(folder=str(tmp_path / "elsewhere"), mail=(AUDITOR,))
    made = Settings(tmp_path, Controller("Posti", "1", "a@b"), mail=mail, outside=outside)
    assert outside_fault(outside, mail.host) is None
    return made


def happened() -> str:
    """Something, and the checkpoint that signs it."""
    with transaction.atomic():
        log.append(Kind.ACCESS_LOG_READ, actor="system:test", facts={}, now=NOW)
    return sequence(NOW, SIGNER).note


def test_a_checkpoint_leaves_each_hour_and_fits_the_log(
    cast: Cast, settings: Settings, box: Postbox, tmp_path: Path
) -> None:
    desk = LeavingDesk(settings, MailDesk(settings))
    desk.send(NOW)
    assert following.outside() == ()  # there is none yet
    first = happened()
    desk.send(NOW)
    happened()
    desk.send(NOW + HOUR / 2)
    (kept,) = (tmp_path / "elsewhere").iterdir()
    assert kept.read_text() == first
    ((to, body, secure),) = box.mails
    assert (to, secure) == (AUDITOR, True)
    read = message_from_bytes(body, policy=policy.default)
    text = str(read.get_content()).replace("\r\n", "\n")
    note = text[text.index("vaiti/test\n") :].rstrip("\n") + "\n"
    assert open_note(note, SIGNER.public).size == 1
    desk.send(NOW + HOUR)
    assert [one.name for one in following.outside()] == ["folder", "mail"]
    assert {one.place for one in following.outside()} == {2}
    desk.send(NOW + 9 * HOUR)
    assert len(box.mails) == 2  # nothing new: nothing is sent


def test_what_cannot_leave_is_an_alarm_until_it_does(
    cast: Cast, settings: Settings, box: Postbox, tmp_path: Path
) -> None:
    box.closed = True
    gone = replace(settings.outside, folder=str(tmp_path / "nowhere"))
    note = happened()
    LeavingDesk(replace(settings, outside=gone), MailDesk(settings)).send(NOW)
    assert {(one.kind, one.key) for one in alarms.standing()} == {
        (ALARM, "folder"),
        (ALARM, "mail"),
    }
    other = tmp_path / "elsewhere" / f"{1:012d}"
    other.write_text("a log that was there before")
    box.closed = False
    desk = LeavingDesk(settings, MailDesk(settings))
    desk.send(NOW)
    assert [(one.key, one.detail) for one in alarms.standing()] == [("folder", "Rewritten")]
    other.write_text(note)
    desk.send(NOW)
    assert alarms.standing() == []


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (Outside(hours=0), "hours"),
        (Outside(folder="here"), "whole path"),
        (Outside(mail=(AUDITOR,)), "needs a server"),
        (Outside(bucket="kept"), "region"),
        (Outside(bucket="kept", region="eu", endpoint="http://s3.example"), "TLS"),
        (
            Outside(bucket="kept", region="eu", endpoint="https://s3.example", lock_days=0),
            "lock_days",
        ),
    ],
)
def test_settings_that_would_send_nothing_are_refused(rules: Outside, says: str) -> None:
    assert says in (outside_fault(rules, "") or "")
