"""Who tells when the worker, which raises all alarms, is gone itself: the supervisor does.

It looks whether the worker still writes its state. Looks are counted and not seconds, so that a
machine that stood still for a while raises no alarm. No database is needed for it.
"""

import logging
import smtplib
import threading
from dataclasses import dataclass, field
from pathlib import Path

from vaiti.ops.mailing.server import post
from vaiti.ops.mailing.texts import WORKER_BACK, WORKER_SILENT
from vaiti.ops.settings import Settings

LOOK_EVERY = 1.0
TOLD_AGAIN_AFTER = 3600
"""Looks, and so about an hour, after which a silence that lasts is told again."""

logger = logging.getLogger("vaiti.ops.dead_man")


@dataclass(slots=True)
class DeadMan:
    """`looks` without a sign of the worker are a silence; `to` are told by mail, if there is a
    server for it."""

    settings: Settings
    every: float = LOOK_EVERY
    seen: int = 0
    silent: int = 0
    told: bool = False
    due: float = 0.0
    sending: list[threading.Thread] = field(default_factory=list)

    def look(self, tick: float) -> None:
        """At most each `every` seconds of a monotonic clock, `tick`."""
        if tick < self.due:
            return
        self.due = tick + self.every
        written = changed(self.settings.run / "worker.json")
        self.silent = 0 if written != self.seen else self.silent + 1
        self.seen = written
        looks = self.settings.heartbeat.worker_seconds
        if self.silent == 0 and self.told:
            self.told = False
            logger.warning("worker is back")
            self._tell(WORKER_BACK)
        elif self.silent >= looks and (self.silent - looks) % TOLD_AGAIN_AFTER == 0:
            self.told = True
            logger.error("worker is silent")
            self._tell(WORKER_SILENT)

    def _tell(self, letter: tuple[str, str]) -> None:
        self.sending = [one for one in self.sending if one.is_alive()]
        if self.settings.mail.host and self.settings.heartbeat.tell:
            thread = threading.Thread(target=self._post, args=letter, daemon=True)
            thread.start()  # a server that is slow keeps no process from being started again
            self.sending.append(thread)

    def _post(self, subject: str, text: str) -> None:
        mail, secrets = self.settings.mail, self.settings.secrets
        for to in self.settings.heartbeat.tell:
            try:
                post(mail, secrets, to, subject, text.format(address=mail.address))
            except (smtplib.SMTPException, OSError) as error:
                logger.error("a mail about the worker was not taken", exc_info=error)


def changed(path: Path) -> int:
    """When the file was last replaced; 0 when there is none."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
