"""Takes the newest signed checkpoint to places outside, on a schedule, and says when that fails."""

import os
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from vaiti.audit import following, summary
from vaiti.audit.summary import Summary
from vaiti.due import alarms
from vaiti.ops.clocks import machine_clock
from vaiti.ops.leaving_bucket import Rewritten, lock_away
from vaiti.ops.mailing.desk import Letter, MailDesk
from vaiti.ops.sections.outside import outside_place
from vaiti.ops.settings import Settings
from vaiti.vault.keyfiles import SecretFileError
from vaiti.vault.s3_bucket import Bucket
from vaiti.vault.store import StoreError

ALARM = "checkpoint_kept_here"
SUBJECT = "Vaiti {origin}: checkpoint {size}"
TEXT = """\
Keep this mail. It proves later that the log was not written anew.
Säilytä tämä viesti. Sillä voi myöhemmin osoittaa, ettei lokia ole kirjoitettu uudelleen.
Spara det här brevet. Det visar senare att loggen inte har skrivits om.

{note}"""


def stated(note: str) -> str:
    """What is signed, without the signatures: witnesses may have added theirs since."""
    return note.partition("\n\n")[0]


class LeavingDesk:
    """For the worker, every minute or so."""

    def __init__(self, settings: Settings, mail: MailDesk) -> None:
        self.rules, self._mail, self._secrets = settings.outside, mail, settings.secrets

    def send(self, now: datetime) -> None:
        newest = summary.summary()
        if not newest.note:
            return
        if self.rules.folder:
            self._leave("folder", newest, now, self._into_folder)
        if self.rules.bucket:
            self._leave("bucket", newest, now, self._into_bucket)
        if self.rules.mail:
            self._leave("mail", newest, now, self._by_mail)

    def _leave(
        self, way: str, newest: Summary, now: datetime, act: Callable[[Summary], None]
    ) -> None:
        last = following.last(following.OUTSIDE + way)
        pause = timedelta(hours=self.rules.hours)
        if last is not None and (now - last.at < pause or last.place == newest.size):
            return
        try:
            act(newest)
        except (smtplib.SMTPException, OSError, StoreError, SecretFileError) as error:
            alarms.raise_alarm(ALARM, way, type(error).__name__, now)
            return
        with transaction.atomic():
            following.reached(following.OUTSIDE + way, newest.size, now)
            alarms.clear(ALARM, way, now)

    def _into_folder(self, newest: Summary) -> None:
        """A new file; one that is there is never written again."""
        path = Path(self.rules.folder) / f"{newest.size:012d}"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError as error:
            if stated(path.read_text(encoding="utf-8")) != stated(newest.note):
                raise Rewritten("another checkpoint of this size lies there") from error
            return
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(newest.note)
            file.flush()
            os.fsync(descriptor)

    def _into_bucket(self, newest: Summary) -> None:
        place = outside_place(self.rules, self._secrets)
        until = machine_clock() + timedelta(days=self.rules.lock_days)
        lock_away(Bucket(place, machine_clock), f"{newest.size:012d}", newest.note, until)

    def _by_mail(self, newest: Summary) -> None:
        origin = newest.note.split("\n", 1)[0]
        subject = SUBJECT.format(origin=origin, size=newest.size)
        for to in self.rules.mail:
            text = TEXT.format(note=newest.note)
            self._mail.deliver(Letter(to, subject, text, lambda: None))
