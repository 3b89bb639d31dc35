"""Sends mail through the SMTP server of the settings, job by job, and tries again with pauses."""

import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from vaiti.due import alarms, jobs
from vaiti.notice import versions
from vaiti.ops.mail_texts import TEXTS
from vaiti.ops.settings import Settings
from vaiti.people import warnings
from vaiti.people.warnings import JOB, Told

ALARM = "mail_refused"
LEASE_S = 120
PATIENCE_S = 20
MOST = 50  # mails in one round


class MailDesk:
    """Without a server in the settings it does nothing: the pages alone warn then."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.mail = settings, settings.mail

    def queue(self, now: datetime) -> int:
        """Notes who is to be warned."""
        return warnings.queue(now, _zone(now)) if self.mail.host else 0

    def send(self, now: datetime) -> int:
        """Sends what is due; says how many mails left. A server that fails is an alarm."""
        count = 0
        while self.mail.host and count < MOST:
            job = jobs.lease("mail", now, LEASE_S, JOB)
            if job is None:
                break
            told = warnings.told_by(job, now)
            to = self.address_of(told) if told else ""
            if told is None or not to:
                jobs.done(job, now)
                continue
            try:
                self._deliver(told, to, _zone(now))
            except (smtplib.SMTPException, OSError) as error:
                jobs.failed(job, type(error).__name__, now)
                alarms.raise_alarm(ALARM, "smtp", type(error).__name__, now)
                break
            warnings.sent(told, job, now)
            alarms.clear(ALARM, "smtp", now)
            count += 1
        return count

    def address_of(self, told: Told) -> str:
        """A login with an @ is one; others get the domain of the settings, if there is one."""
        if "@" in told.login or not self.mail.domain:
            return told.login if "@" in told.login else ""
        return f"{told.login}@{self.mail.domain}"

    def _deliver(self, told: Told, to: str, zone: ZoneInfo) -> None:
        subject, text = TEXTS[told.what, told.language]
        last = (told.until - timedelta(microseconds=1)).astimezone(zone)
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.mail.sender, to, subject
        message["Auto-Submitted"] = "auto-generated"
        day = f"{last.day}.{last.month}.{last.year}"
        message.set_content(text.format(name=told.name, day=day, address=self.mail.address))
        with smtplib.SMTP(self.mail.host, self.mail.port, timeout=PATIENCE_S) as server:
            if self.mail.starttls:
                authority = self.mail.authority or None
                server.starttls(context=ssl.create_default_context(cafile=authority))
            if self.mail.user:
                server.login(self.mail.user, self._password())
            server.send_message(message)

    def _password(self) -> str:
        return (self.settings.secrets / self.mail.password_file).read_text().strip()


def _zone(now: datetime) -> ZoneInfo:
    notice = versions.in_force(now)
    return notice.zone if notice else ZoneInfo("UTC")
