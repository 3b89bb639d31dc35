"""What the worker does with the mailbox: reads, answers, tests it, tells of silence."""

import smtplib
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from vaiti.due import alarms
from vaiti.notice import versions
from vaiti.ops.mailbox.boxes import Box, Found, MailboxUnreadable
from vaiti.ops.mailbox.imap import ImapBox
from vaiti.ops.mailbox.maildir import Maildir
from vaiti.ops.mailbox.receipts import CANARY, TEXTS
from vaiti.ops.mailbox.scanner import CommandScanner, paper_rules
from vaiti.ops.mailing.desk import ALARM as SMTP_ALARM
from vaiti.ops.mailing.server import post
from vaiti.ops.sections.cases import case_rules
from vaiti.ops.settings import Settings
from vaiti.ops.state_files import read_state, write_state
from vaiti.rights import cases
from vaiti.rights.mail import arriving, canaries, looking, reading, scanning
from vaiti.rights.mail.arriving import Arrival, MailRules, Place, Took, What
from vaiti.rights.mail.canaries import CanaryRules
from vaiti.values.clock import from_micros, to_micros

UNREAD = "rights:mailbox_unread"
UNSCANNED = "rights:scanner_failed"
STATE = "mailbox.json"
KEY = "mailbox"


class MailboxDesk:
    """Without a mailbox in the settings it does nothing."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.rules = settings, settings.mailbox
        self.scanner = CommandScanner(self.rules.scanner) if self.rules.scanner else None
        self.canaries = canary_rules(settings)
        self.state = settings.run / STATE
        self.looked_at = scanning.FIRST

    def round(self, now: datetime) -> None:
        self.looked_at = scanning.scan_waiting(
            paper_rules(self.settings, self.scanner), self.looked_at, now
        )
        if self.rules.given:
            self._mails(now)
        self._watch_scanner(now)

    def _mails(self, now: datetime) -> None:
        try:
            self.read(now)
        except MailboxUnreadable as error:
            self._unread(error.code, now)
        else:
            write_state(self.state, {"read_us": to_micros(now)})
            alarms.clear(UNREAD, KEY, now)
        self._test(now)
        looking.forget(now)

    def read(self, now: datetime) -> dict[What, int]:
        """Takes in what is new; how many of each kind. Raises MailboxUnreadable."""
        rules, counted = self._mail_rules(now), dict.fromkeys(What, 0)
        box = box_of(self.settings)
        done: list[Place] = []
        with box.opened() as opened:
            for found in opened.new():
                took = self._take(found, rules, now)
                counted[took.what] += 1
                if took.complete or took.what is What.CANARY:
                    done.append(found.place)
            if self.rules.remove:
                opened.remove(done)
        return counted

    def _mail_rules(self, now: datetime) -> MailRules:
        zone = versions.zone_at(now) or ZoneInfo("UTC")
        return mail_rules(self.settings, self.scanner, zone)

    def _take(self, found: Found, rules: MailRules, now: datetime) -> Took:
        mail = reading.read(found.raw, rules.servers)
        arrived = min(mail.passed or found.delivered, found.delivered)
        took = arriving.receive(Arrival(mail, found.place, arrived, rules, now))
        if took.what is What.CASE:
            self._answer(mail.sent_by, took, now.astimezone(rules.zone).date(), now)
        return took

    def _answer(self, to: str, took: Took, today: date, now: datetime) -> None:
        """From memory alone. A server that fails is an alarm; the case is there in any case."""
        ours = {*self.rules.published, *self.rules.every_case, self.settings.mail.sender}
        case = took.case
        if not self.settings.mail.host or to in ours or case is None:
            return
        rules = case_rules(self.settings.cases, self.settings.register.country)
        card = cases.card_of(case, rules, today)
        subject, text = TEXTS[took.language]
        told = {
            "number": card.number,
            "arrived": _day(card.arrived_on),
            "due": _day(card.clock.due),
            "controller": self.settings.controller.name,
        }
        if self._post(to, subject.format(**told), text.format(**told), now):
            arriving.note_receipt(took, now)

    def _post(self, to: str, subject: str, text: str, now: datetime, **more: str) -> bool:
        try:
            post(self.settings.mail, self.settings.secrets, to, subject, text, more=more)
        except smtplib.SMTPRecipientsRefused:
            return False  # the address is the sender's; the case's page says that no receipt went
        except (smtplib.SMTPException, OSError, ValueError) as error:
            alarms.raise_alarm(SMTP_ALARM, "smtp", type(error).__name__, now)
            return False
        alarms.clear(SMTP_ALARM, "smtp", now)
        return True

    def _test(self, now: datetime) -> None:
        for address in canaries.due(self.canaries, now):
            word = canaries.begin(address, now)
            subject, text = CANARY
            self._post(address, subject.format(word=word), text, now, **{reading.CANARY: word})
        canaries.watch(self.canaries, now)

    def _unread(self, code: str, now: datetime) -> None:
        """An alarm once it has not been read for as long as the settings allow."""
        kept = read_state(self.state) or {}
        since = kept.get("read_us") or kept.get("since_us")
        if since is None:
            write_state(self.state, {"since_us": to_micros(now)})
        elif now - from_micros(since) >= timedelta(minutes=self.rules.unread_minutes):
            alarms.raise_alarm(UNREAD, KEY, code, now)

    def _watch_scanner(self, now: datetime) -> None:
        if self.scanner is None:
            return
        if self.scanner.failed:
            alarms.raise_alarm(UNSCANNED, KEY, f"count={self.scanner.failed}", now)
        else:
            alarms.clear(UNSCANNED, KEY, now)
        self.scanner.failed = 0


def box_of(settings: Settings) -> Box:
    rules = settings.mailbox
    if rules.folder:
        return Maildir(settings.folder / rules.folder)
    return ImapBox(rules, settings.secrets)


def canary_rules(settings: Settings) -> CanaryRules:
    rules = settings.mailbox
    return CanaryRules(
        tuple(one.lower() for one in rules.published),
        timedelta(hours=rules.canary_hours),
        timedelta(minutes=rules.canary_minutes),
    )


def mail_rules(settings: Settings, scanner: CommandScanner | None, zone: ZoneInfo) -> MailRules:
    rules = settings.mailbox
    return MailRules(
        frozenset(one.lower() for one in rules.every_case),
        frozenset(one.lower() for one in rules.servers),
        paper_rules(settings, scanner),
        country=settings.register.country,
        language="sv" if settings.register.country == "SE" else "fi",
        zone=zone,
    )


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"
