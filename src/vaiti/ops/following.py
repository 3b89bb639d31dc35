"""The settings file while the worker runs: who may send calls is followed as soon as it changes."""

from datetime import datetime
from pathlib import Path

from vaiti.capture.orders import Peer
from vaiti.due import alarms
from vaiti.ops.settings import FILE, Settings, WeakSettings, load_settings

ALARM = "settings_refused"
LONGEST_DETAIL = 200

Stamp = tuple[int, int, int]
NO_FILE: Stamp = (0, 0, 0)


class Followed:
    """The peers that stand. A file that is refused changes nothing but the alarm."""

    def __init__(self, settings: Settings) -> None:
        self.peers = settings.peers
        self.folder = settings.folder
        self.seen: Stamp | None = None

    def look(self, now: datetime) -> tuple[Peer, ...]:
        """The peers now, read again when the file has changed. Raises Django's database errors."""
        seen = stamp(self.folder / FILE)
        if seen != self.seen:
            self.read(now)
            self.seen = seen
        return self.peers

    def read(self, now: datetime) -> None:
        try:
            self.peers = load_settings(self.folder).peers
        except WeakSettings as error:
            alarms.raise_alarm(ALARM, FILE, str(error)[:LONGEST_DETAIL], now)
        else:
            alarms.clear(ALARM, FILE, now)


def stamp(path: Path) -> Stamp:
    """What differs between a file and the one that it becomes, or that replaces it."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return NO_FILE
    return stat.st_mtime_ns, stat.st_ino, stat.st_size
