"""The key store: an SQLite file of its own in which keys live under a master key, and die for good.

What is kept and how it dies is told in docs/keys.md. Only the key process opens it. Every key is
sealed by AES-256-GCM with associated data that names what it is, so that no sealed key passes for
another: intake and day keys under the master key, call keys under the key of their destruction day.
"""

import hashlib
import hmac
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaiti.values.ids import CallId
from vaiti.vault.wrapping import KEY_SIZE, new_intake_key

SCRYPT_N: Final = 1 << 16
SCRYPT_R: Final = 8
SCRYPT_P: Final = 1
SCRYPT_MEMORY: Final = 512 << 20  # in bytes; a store that asks for more is not opened

_NONCE = 12
_SALT = 16
_CHECK = b"vaiti/1/key-store"

_TABLES = (
    "CREATE TABLE IF NOT EXISTS store (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS intake (day TEXT PRIMARY KEY, public BLOB NOT NULL,"
    " sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS day (day TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS call (call_id TEXT PRIMARY KEY, day TEXT NOT NULL,"
    " sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS call_day ON call (day)",
    "CREATE TABLE IF NOT EXISTS dead (kind TEXT, name TEXT, PRIMARY KEY (kind, name))"
    " WITHOUT ROWID",
)


class KeyStoreError(Exception):
    """The store cannot be opened or trusted; the text says what to change."""


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

    One process at a time holds it; threads may share it. `cost` is the scrypt N of a new store.
    """

    def __init__(self, path: Path, passphrase: bytes, cost: int = SCRYPT_N) -> None:
        self._guard = threading.Lock()
        self._database = _connect(path)
        try:
            self._master = AESGCM(self._unlock(passphrase, cost))
            self._require_master()
            self._scour()
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
            sealed = _seal(self._master, private, "intake", day.isoformat())
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
        return _open(self._master, row[0], "intake", day.isoformat())

    def keep_call(self, call_id: CallId, day: date, data_key: bytes) -> None:
        """Keeps the call's data key under its destruction day's key, durable on return.

        The same again changes nothing; another day moves the call there. Raises Gone for a dead
        call or day, and OtherKey when a key of this call lives already and is not this one.
        """
        with self._writing():
            self._require_living("call", call_id)
            self._require_living("day", day.isoformat())
            known = self._kept(call_id)
            if known and not hmac.compare_digest(known.key, data_key):
                raise OtherKey("a key of this call is kept already, and it is another one")
            if known and known.day == day.isoformat():
                return
            sealed = _seal(self._day_key(day), data_key, "call", call_id)
            self._database.execute(
                "INSERT OR REPLACE INTO call VALUES (?, ?, ?)", (call_id, day.isoformat(), sealed)
            )

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
                sealed = _seal(
                    self._day_key(date.fromisoformat(known.day)), data_key, "call", call_id
                )
                self._database.execute(
                    "UPDATE call SET sealed = ? WHERE call_id = ?", (sealed, call_id)
                )
        self._scour()

    def call_key(self, call_id: CallId) -> bytes:
        """The call's data key. Raises Gone."""
        with self._guard:
            known = self._kept(call_id)
        if known is None:
            raise Gone("the key of that call is dead")
        return known.key

    def require_not_destroyed(self, call_id: CallId) -> None:
        """Raises Gone for a call whose key was destroyed; one that never had a key passes."""
        with self._guard:
            self._require_living("call", call_id)

    def destroy_call(self, call_id: CallId) -> None:
        """The call's key is gone from every file on return, and can never be kept again."""
        with self._writing():
            self._bury("call", call_id)
            self._database.execute("DELETE FROM call WHERE call_id = ?", (call_id,))
        self._scour()

    def destroy_day(self, day: date) -> None:
        """The day's key, and with it those of all its calls, is gone from every file on return."""
        with self._writing():
            self._bury("day", day.isoformat())
            self._database.execute(
                "INSERT OR IGNORE INTO dead SELECT 'call', call_id FROM call WHERE day = ?",
                (day.isoformat(),),
            )
            self._database.execute("DELETE FROM call WHERE day = ?", (day.isoformat(),))
            self._database.execute("DELETE FROM day WHERE day = ?", (day.isoformat(),))
        self._scour()

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

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._guard:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")

    def _scour(self) -> None:
        """Empties the write-ahead log, whose old pages still hold what was deleted."""
        with self._guard:
            busy, left, _ = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy or left:
            raise KeyStoreError("the key store's log could not be emptied; destroy the key again")

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
        day_key = AESGCM(_open(self._master, sealed_day, "day", day))
        return _Kept(day, _open(day_key, sealed, "call", call_id))

    def _bury(self, kind: str, name: str) -> None:
        self._database.execute("INSERT OR IGNORE INTO dead VALUES (?, ?)", (kind, name))

    def _require_living(self, kind: str, name: str) -> None:
        query = "SELECT 1 FROM dead WHERE kind = ? AND name = ?"
        if self._database.execute(query, (kind, name)).fetchone():
            raise Gone(f"the {kind} key was destroyed and cannot come back")

    def _day_key(self, day: date) -> AESGCM:
        row = self._row("SELECT sealed FROM day WHERE day = ?", day.isoformat())
        if row:
            return AESGCM(_open(self._master, row[0], "day", day.isoformat()))
        key = os.urandom(KEY_SIZE)
        sealed = _seal(self._master, key, "day", day.isoformat())
        self._database.execute("INSERT INTO day VALUES (?, ?)", (day.isoformat(), sealed))
        return AESGCM(key)

    def _unlock(self, passphrase: bytes, cost: int) -> bytes:
        """The master key. A new store gets a salt and its scrypt parameters first."""
        with self._writing():
            known = dict(self._database.execute("SELECT name, value FROM store").fetchall())
            if not known:
                known = {
                    "salt": os.urandom(_SALT),
                    "scrypt": f"{cost} {SCRYPT_R} {SCRYPT_P}".encode(),
                }
                self._database.executemany("INSERT INTO store VALUES (?, ?)", known.items())
        try:
            n, r, p = (int(number) for number in known["scrypt"].split())
            return hashlib.scrypt(
                passphrase, salt=known["salt"], n=n, r=r, p=p, maxmem=SCRYPT_MEMORY, dklen=KEY_SIZE
            )
        except (KeyError, ValueError) as error:
            raise KeyStoreError("the key store is damaged; restore it from its backup") from error

    def _require_master(self) -> None:
        """A new store keeps a known text under its master key; later starts must open it."""
        with self._writing():
            row = self._row("SELECT value FROM store WHERE name = ?", "check")
            if row is None:
                sealed = _seal(self._master, _CHECK, "store", "check")
                self._database.execute("INSERT INTO store VALUES ('check', ?)", (sealed,))
                return
        try:
            _open(self._master, row[0], "store", "check")
        except KeyStoreError as error:
            raise KeyStoreError("the passphrase does not open this key store") from error


def _connect(path: Path) -> sqlite3.Connection:
    """Exclusive, so that a second key process is refused; what is deleted is overwritten."""
    _make_private(path)
    database = sqlite3.connect(path, timeout=2, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA temp_store = MEMORY")
        database.execute("PRAGMA synchronous = FULL")
        settings = [
            database.execute("PRAGMA journal_mode = WAL").fetchone()[0],
            database.execute("PRAGMA secure_delete = ON").fetchone()[0],
        ]
        if settings != ["wal", 1]:
            raise KeyStoreError("this SQLite cannot delete securely; use another build of it")
        for table in _TABLES:
            database.execute(table)
    except sqlite3.OperationalError as error:
        database.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise KeyStoreError("another key process holds the key store; stop it first") from error
        raise KeyStoreError(f"{path} cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        database.close()
        raise KeyStoreError(f"{path} is no key store, or is damaged: {error}") from error
    return database


def _make_private(path: Path) -> None:
    """SQLite gives its log the file's own mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise KeyStoreError(f"{path} cannot be opened: {error.strerror}") from error


def _context(kind: str, name: str) -> bytes:
    return f"vaiti/1/{kind}-key/{name}".encode()


def _seal(key: AESGCM, plaintext: bytes, kind: str, name: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + key.encrypt(nonce, plaintext, _context(kind, name))


def _open(key: AESGCM, sealed: bytes, kind: str, name: str) -> bytes:
    try:
        return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], _context(kind, name))
    except (InvalidTag, ValueError) as error:
        raise KeyStoreError(
            f"a {kind} key in the key store is damaged; restore it from its backup"
        ) from error
