"""Sends mail through the SMTP server of the settings, job by job, and tries again with pauses."""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from vaiti.access.waiting import note_told
from vaiti.due import alarms, jobs
from vaiti.due.jobs import Job
from vaiti.notice import versions
from vaiti.ops.mailing import waiting as mail_waiting
from vaiti.ops.mailing.server import post
from vaiti.ops.mailing.texts import TEXTS
from vaiti.ops.settings import Settings
from vaiti.people import book, warnings

ALARM = "mail_refused"
LEASE_S = 120
MOST = 50  # mails of one kind in one round
KINDS = (mail_waiting.JOB, warnings.JOB)


@dataclass(frozen=True, slots=True)
class Letter:
    """`note` writes down that it has left, in the transaction that ends its job."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    note: Callable[[], None]


class MailDesk:
    """Without a server in the settings it does nothing: the pages alone tell then."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.mail = settings, settings.mail

    def queue(self, now: datetime) -> int:
        """Notes who is to be warned."""
        return warnings.queue(now, _zone(now)) if self.mail.host else 0

    def queue_waiting(self, now: datetime) -> int:
        """Notes who is to be told of what waits for them."""
        return mail_waiting.queue(now, _zone(now)) if self.mail.host else 0

    def send(self, now: datetime) -> int:
        """Sends what is due; says how many mails left. A server that fails is an alarm."""
        return sum(self._send(kind, now) for kind in KINDS)

    def _send(self, kind: str, now: datetime) -> int:
        count = 0
        while self.mail.host and count < MOST:
            job = jobs.lease("mail", now, LEASE_S, kind)
            if job is None:
                break
            letter = self._letter(job, now)
            if letter is None:
                jobs.done(job, now)
                continue
            try:
                self.deliver(letter)
            except (smtplib.SMTPException, OSError) as error:
                jobs.failed(job, type(error).__name__, now)
                alarms.raise_alarm(ALARM, "smtp", type(error).__name__, now)
                break
            with transaction.atomic():
                jobs.done(job, now)
                letter.note()
            alarms.clear(ALARM, "smtp", now)
            count += 1
        return count

    def _letter(self, job: Job, now: datetime) -> Letter | None:
        """None where it is so no more, or nobody knows where to."""
        made = self._warning(job, now) if job.kind == warnings.JOB else self._waiting(job, now)
        return made if made is not None and made.to else None

    def _warning(self, job: Job, now: datetime) -> Letter | None:
        told = warnings.told_by(job, now)
        if told is None:
            return None
        last = (told.until - timedelta(microseconds=1)).astimezone(_zone(now))
        day = f"{last.day}.{last.month}.{last.year}"
        subject, text = TEXTS[told.what, told.language]
        text = text.format(name=told.name, day=day, address=self.mail.address)
        return Letter(
            self.address_of(told.login), subject, text, lambda: warnings.note_sent(told, now)
        )

    def _waiting(self, job: Job, now: datetime) -> Letter | None:
        found = mail_waiting.still(job, now)
        card = book.person(found.person, now) if found else None
        if found is None or card is None:
            return None
        subject, text = TEXTS[found.what.value, card.language]
        text = text.format(name=card.name, address=self.mail.address)
        return Letter(self.address_of(card.login), subject, text, lambda: note_told(found, now))

    def address_of(self, login: str) -> str:
        """A login with an @ is one; others get the domain of the settings, if there is one."""
        if "@" in login or not self.mail.domain:
            return login if "@" in login else ""
        return f"{login}@{self.mail.domain}"

    def deliver(self, letter: Letter) -> None:
        """Raises OSError and SMTPException."""
        post(self.mail, self.settings.secrets, letter.to, letter.subject, letter.text)


def _zone(now: datetime) -> ZoneInfo:
    notice = versions.in_force(now)
    return notice.zone if notice else ZoneInfo("UTC")
