"""Sends the log to a collector, and goes on from where it had come after a break.

The place is written down after the entries were handed over. What a connection took with it when
it broke cannot be known, so the last entries are sent again: a collector knows them by `place`.
"""

import os
import socket
import ssl
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from vaiti.audit import following
from vaiti.audit.reading import LogEntry
from vaiti.ops.feeds.lines import as_json, as_syslog
from vaiti.ops.sections.feeds import AuditFeed

FOLLOWER: Final = "audit_feed"
AT_ONCE: Final = 200  # entries
MOST_ROUNDS: Final = 20  # of so many, before the worker turns to something else
AGAIN: Final = 100  # entries that are sent again after a break
PATIENCE_S: Final = 10.0


class Collector:
    """A step that raises has its alarm, and is tried again (ops.steps)."""

    def __init__(self, feed: AuditFeed, folder: Path, host: str) -> None:
        self.feed, self.folder, self.host = feed, folder, host
        self._wire: socket.socket | None = None
        self._broken = False

    def step(self, now: datetime) -> int:
        """Hands over what there is; says how many entries. Raises OSError."""
        sent = 0
        for _ in range(MOST_ROUNDS):
            place = following.place(FOLLOWER, now)
            begins = self._begin(place)
            entries = following.behind(begins, AT_ONCE)
            if not entries:
                break
            self._hand_over(b"".join(map(self._line, entries)))
            sent += len(entries)
            last = entries[-1].seq
            if last is not None and last > place:
                following.reached(FOLLOWER, last, now)
        return sent

    def close(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _line(self, entry: LogEntry) -> bytes:
        return as_json(entry) if self.feed.format == "json" else as_syslog(entry, self.host)

    def _begin(self, place: int) -> int:
        """From where on: after a break a little before the place that was written down."""
        if "://" not in self.feed.to:
            return place
        if self._wire is not None and _hung_up(self._wire):
            self.close()
            self._broken = True
        if self._wire is None:
            self._wire = self._connect()
            if self._broken:
                self._broken = False
                return max(place - AGAIN, following.NOTHING)
        return place

    def _connect(self) -> socket.socket:
        parts = urlsplit(self.feed.to)
        host = str(parts.hostname)
        wire = socket.create_connection((host, parts.port), PATIENCE_S)
        if parts.scheme == "tcp":
            return wire
        context = ssl.create_default_context(cafile=self.feed.authority or None)
        return context.wrap_socket(wire, server_hostname=host)

    def _hand_over(self, lines: bytes) -> None:
        if self._wire is None:
            _append(self.folder / self.feed.to, lines)
            return
        try:
            self._wire.sendall(lines)
        except OSError:
            self.close()
            self._broken = True
            raise


def _hung_up(wire: socket.socket) -> bool:
    """A collector says nothing, but for what TLS itself does; an end of the stream is an end."""
    wire.setblocking(False)
    try:
        return not wire.recv(1024)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        wire.settimeout(PATIENCE_S)


def _append(path: Path, lines: bytes) -> None:
    """Readable by its owner alone; on disk before the place is written down."""
    number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(number, "ab") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
