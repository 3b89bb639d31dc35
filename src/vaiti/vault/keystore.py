"""The key store: an SQLite file of its own in which keys live under one secret, and die for good.

What is kept and how it dies is told in docs/keys.md. Only the key process opens it. Every key is
sealed by AES-256-GCM with associated data that names what it is, so that no sealed key passes for
another: intake and day keys under the secret (vault.keysecret), call keys under the key of their
destruction day.
"""

import hashlib
import hmac
import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaiti.values.ids import CallId
from vaiti.vault import keysecret
from vaiti.vault.escrow import Escrow, Keeping
from vaiti.vault.keydatabase import connect, scour, transaction
from vaiti.vault.keysealing import KeyStoreError, seal, unseal
from vaiti.vault.keyservice import KeyService
from vaiti.vault.wrapping import KEY_SIZE, new_intake_key

__all__ = ["Gone", "KeyStore", "KeyStoreError", "OtherKey"]


_COPY = "copy-"


class Gone(Exception):
    """The key is dead, or never was: nothing that it sealed can be opened."""


class OtherKey(Exception):
    """The call has a living key, and what was given is not it."""


@dataclass(frozen=True, slots=True)
class _Kept:
    day: str
    key: bytes = field(repr=False)


class KeyStore:
    """Opens the store at `path`, or makes it. Raises KeyStoreError.

    One process at a time holds it; threads may share it. `service` seals its secret; `before`
    is the service that sealed it until now, where that is another.
    """

    def __init__(self, path: Path, service: KeyService, before: KeyService | None = None) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._service = service
        self._database = connect(path)
        for left in path.parent.glob(f"{_COPY}*"):  # of a process killed while it copied
            left.unlink()
        try:
            with transaction(self._database):
                self._secret = keysecret.opened(self._database, service, before)
            self._scour()
            service.keep_only(keysecret.sealed_by(self._database))
        except (KeyStoreError, sqlite3.Error):
            self._database.close()
            raise

    def close(self) -> None:
        with self._guard:
            self._database.close()

    def intake_public(self, day: date) -> bytes:
        """The day's public intake key (32 bytes), made if there is none. Raises Gone."""
        with self._writing():
            self._require_living("intake", day.isoformat())
            row = self._row("SELECT public FROM intake WHERE day = ?", day.isoformat())
            if row:
                return bytes(row[0])
            private, public = new_intake_key()
            sealed = seal(self._secret, private, "intake", day.isoformat())
            self._database.execute(
                "INSERT INTO intake VALUES (?, ?, ?)", (day.isoformat(), public, sealed)
            )
            return public

    def intake_private(self, day: date) -> bytes:
        """The private half of the day's intake key. Raises Gone."""
        with self._guard:
            row = self._row("SELECT sealed FROM intake WHERE day = ?", day.isoformat())
            if row is None:
                raise Gone("the intake key of that day is dead")
            return unseal(self._secret, row[0], "intake", day.isoformat())

    def keep_call(self, call_id: CallId, day: date, data_key: bytes) -> None:
        """Keeps the call's data key under its destruction day's key, durable on return.

        The same again changes nothing; another day moves the call there. Raises Gone for a dead
        call or day, and OtherKey when a key of this call lives already and is not this one.
        """
        self.keep_calls([(call_id, day, data_key)])

    def keep_calls(self, calls: Iterable[tuple[CallId, date, bytes]]) -> None:
        """As `keep_call`: all of them, or none."""
        days = dict[date, AESGCM]()
        with self._writing():
            for call_id, day, data_key in calls:
                self._keep(call_id, day, data_key, days)

    def replace_call(self, call_id: CallId, was: str, data_key: bytes) -> None:
        """The call's data key is this one from now on, and the one before is gone from every file.

        `was` is the SHA-256 of the one before, lower-case hex. The same again changes nothing.
        Raises Gone for a call whose key is dead, and OtherKey for one with a third key.
        """
        with self._writing():
            self._require_living("call", call_id)
            known = self._kept(call_id)
            if known is None:
                raise Gone("the key of that call is dead")
            if not hmac.compare_digest(known.key, data_key):
                if not hmac.compare_digest(hashlib.sha256(known.key).hexdigest(), was):
                    raise OtherKey("the call has another key than the one to be replaced")
                sealed = seal(
                    self._day_key(date.fromisoformat(known.day)), data_key, "call", call_id
                )
                self._database.execute(
                    "UPDATE call SET sealed = ? WHERE call_id = ?", (sealed, call_id)
                )
        self._scour()

    def move_calls(self, call_ids: Sequence[CallId], day: date) -> None:
        """The calls' keys live until `day` at least: those of an earlier day are moved to it.

        The copies under the earlier days' keys are gone from every file on return. All are moved,
        or none: raises Gone when a call or the day is dead.
        """
        with self._writing():
            self._require_living("day", day.isoformat())
            for call_id in call_ids:
                self._require_living("call", call_id)
                known = self._kept(call_id)
                if known is None:
                    raise Gone("the key of that call is dead")
                if known.day < day.isoformat():
                    sealed = seal(self._day_key(day), known.key, "call", call_id)
                    self._database.execute(
                        "UPDATE call SET day = ?, sealed = ? WHERE call_id = ?",
                        (day.isoformat(), sealed, call_id),
                    )
        self._scour()

    def call_key(self, call_id: CallId) -> bytes:
        """The call's data key. Raises Gone."""
        with self._guard:
            known = self._kept(call_id)
        if known is None:
            raise Gone("the key of that call is dead")
        return known.key

    def note_given(self, leaf: str, now_us: int, keep_us: int) -> None:
        """That a key was given under this audit entry, durable on return; kept for `keep_us`.

        Nobody who asks over the socket can take it back.
        """
        with self._guard:
            if self._row("SELECT 1 FROM given WHERE leaf = ?", leaf):
                return
        with self._writing():
            self._database.execute("DELETE FROM given WHERE at_us < ?", (now_us - keep_us,))
            self._database.execute("INSERT OR IGNORE INTO given VALUES (?, ?)", (leaf, now_us))

    def given(self, since_us: int, limit: int) -> list[tuple[str, int]]:
        """The entries under which keys were given from then on, and when, the oldest first."""
        query = "SELECT leaf, at_us FROM given WHERE at_us >= ? ORDER BY at_us, leaf LIMIT ?"
        with self._guard:
            return self._database.execute(query, (since_us, limit)).fetchall()

    def require_not_destroyed(self, call_id: CallId) -> None:
        """Raises Gone for a call whose key was destroyed; one that never had a key passes."""
        with self._guard:
            self._require_living("call", call_id)

    def destroy_call(self, call_id: CallId) -> None:
        self.destroy_calls([call_id])

    def destroy_calls(self, call_ids: Sequence[CallId]) -> None:
        """The calls' keys are gone from every file on return, and can never be kept again."""
        with self._writing():
            for call_id in call_ids:
                self._bury("call", call_id)
                self._database.execute("DELETE FROM call WHERE call_id = ?", (call_id,))
        self._scour()

    def destroy_day(self, day: date) -> None:
        self.destroy_days([day])

    def destroy_days(self, days: Sequence[date]) -> None:
        """The days' keys, and with them those of their calls, are gone from every file on return:
        of all of them, or of none."""
        with self._writing():
            for day in days:
                self._end_day(day.isoformat())
        self._scour()

    def _end_day(self, day: str) -> None:
        self._bury("day", day)
        buried = "INSERT OR IGNORE INTO dead SELECT 'call', call_id FROM call WHERE day = ?"
        self._database.execute(buried, (day,))
        self._database.execute("DELETE FROM call WHERE day = ?", (day,))
        self._database.execute("DELETE FROM day WHERE day = ?", (day,))

    def destroy_intake(self, day: date) -> None:
        """The day's private intake key is gone from every file on return."""
        with self._writing():
            self._bury("intake", day.isoformat())
            self._database.execute("DELETE FROM intake WHERE day = ?", (day.isoformat(),))
        self._scour()

    def days(self) -> list[date]:
        """The destruction days whose keys are alive, ascending."""
        with self._guard:
            rows = self._database.execute("SELECT day FROM day ORDER BY day").fetchall()
        return [date.fromisoformat(day) for (day,) in rows]

    def intake_days(self) -> list[date]:
        """The days whose intake keys are alive, ascending."""
        with self._guard:
            rows = self._database.execute("SELECT day FROM intake ORDER BY day").fetchall()
        return [date.fromisoformat(day) for (day,) in rows]

    def holds_call(self, call_id: CallId) -> bool:
        """Whether the call's key is alive."""
        with self._guard:
            return self._row("SELECT 1 FROM call WHERE call_id = ?", call_id) is not None

    def calls(self) -> int:
        """How many call keys are alive."""
        with self._guard:
            (count,) = self._database.execute("SELECT count(*) FROM call").fetchone()
        return int(count)

    def rotate(self, now_us: int) -> Keeping:
        """A new secret, sealed under a new wrapping key; the ones before are gone from every file.

        Killed anywhere it has either happened or not.
        """
        with self._guard:
            with transaction(self._database):
                fresh = keysecret.replaced(self._database, self._secret, self._service, now_us)
            self._secret = fresh
            sealed = keysecret.sealed_by(self._database)
        self._scour()
        self._service.keep_only(sealed)
        return self.keeping()

    def entrust(self, escrow: Escrow) -> Keeping:
        """The secret is sealed to this escrow from now on, and to no earlier one."""
        with self._writing():
            keysecret.entrust(self._database, self._service, escrow)
        self._scour()
        return self.keeping()

    def keeping(self) -> Keeping:
        """How the secret is kept."""
        with self._guard:
            return keysecret.keeping(self._database)

    def copied(self) -> BinaryIO:
        """The store as of one instant, every key in it sealed: an open file without a name."""
        with tempfile.NamedTemporaryFile(dir=self._path.parent, prefix=_COPY) as file:
            with self._guard, closing(sqlite3.connect(file.name)) as target:
                self._database.backup(target)
            return Path(file.name).open("rb")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._guard, transaction(self._database):
            yield

    def _scour(self) -> None:
        with self._guard:
            scour(self._database)

    def _row(self, query: str, name: str) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._database.execute(query, (name,)).fetchone()
        return row

    def _kept(self, call_id: CallId) -> "_Kept | None":
        row = self._row(
            "SELECT call.sealed, day.day, day.sealed FROM call JOIN day USING (day)"
            " WHERE call_id = ?",
            call_id,
        )
        if row is None:
            return None
        sealed, day, sealed_day = row
        day_key = AESGCM(unseal(self._secret, sealed_day, "day", day))
        return _Kept(day, unseal(day_key, sealed, "call", call_id))

    def _keep(self, call_id: CallId, day: date, data_key: bytes, days: dict[date, AESGCM]) -> None:
        """`days` are the keys of those that were met before in this transaction."""
        self._require_living("call", call_id)
        if day not in days:
            self._require_living("day", day.isoformat())
        known = self._kept(call_id)
        if known and not hmac.compare_digest(known.key, data_key):
            raise OtherKey("a key of this call is kept already, and it is another one")
        if known and known.day == day.isoformat():
            return
        if day not in days:
            days[day] = self._day_key(day)
        sealed = seal(days[day], data_key, "call", call_id)
        self._database.execute(
            "INSERT OR REPLACE INTO call VALUES (?, ?, ?)", (call_id, day.isoformat(), sealed)
        )

    def _bury(self, kind: str, name: str) -> None:
        self._database.execute("INSERT OR IGNORE INTO dead VALUES (?, ?)", (kind, name))

    def _require_living(self, kind: str, name: str) -> None:
        query = "SELECT 1 FROM dead WHERE kind = ? AND name = ?"
        if self._database.execute(query, (kind, name)).fetchone():
            raise Gone(f"the {kind} key was destroyed and cannot come back")

    def _day_key(self, day: date) -> AESGCM:
        row = self._row("SELECT sealed FROM day WHERE day = ?", day.isoformat())
        if row:
            return AESGCM(unseal(self._secret, row[0], "day", day.isoformat()))
        key = os.urandom(KEY_SIZE)
        sealed = seal(self._secret, key, "day", day.isoformat())
        self._database.execute("INSERT INTO day VALUES (?, ?)", (day.isoformat(), sealed))
        return AESGCM(key)
