"""The key store's one secret, as its rows keep it: sealed by a key service, and to the escrow.

Intake and day keys are sealed under it. Every function here works inside the caller's transaction.
"""

import os
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaiti.vault import escrow as escrows
from vaiti.vault.escrow import Escrow, EscrowError, Keeping, Share
from vaiti.vault.keysealing import KeyStoreError, seal, unseal
from vaiti.vault.keyservice import KeyService, PassphraseService
from vaiti.vault.wrapping import KEY_SIZE

SEALED: Final = (("intake", "day"), ("day", "day"))
"""The tables whose column `sealed` is sealed under the secret, and what names their rows."""

_CHECK: Final = b"vaiti/1/key-store"


def opened(database: sqlite3.Connection, service: KeyService, before: KeyService | None) -> AESGCM:
    """The secret of this store, made if it is new. `before` opens what another service sealed, and
    the store moves to `service` at once. Raises KeyStoreError.
    """
    known = _known(database)
    if not known:
        secret = os.urandom(KEY_SIZE)
        _keep(database, service, secret, generation=1, rotated_us=0)
        return AESGCM(secret)
    if "sealed" not in known:
        return _from_first_form(database, known, service, before)
    if known["service"].decode() == service.kind:
        return _checked(known, service.unseal(known["sealed"]))
    if before is None or known["service"].decode() != before.kind:
        raise KeyStoreError(
            f"the key store is sealed by {known['service'].decode()}, and the settings name "
            f"{service.kind}; name the one that sealed it"
        )
    old = _checked(known, before.unseal(known["sealed"]))
    return replaced(database, old, service, _number(known, "rotated_us"))


def replaced(database: sqlite3.Connection, old: AESGCM, service: KeyService, now_us: int) -> AESGCM:
    """A new secret, and everything that the old one sealed under it."""
    secret = os.urandom(KEY_SIZE)
    key = AESGCM(secret)
    for table, name in SEALED:
        rows = database.execute(f"SELECT {name}, sealed FROM {table}").fetchall()
        for row, text in rows:
            fresh = seal(key, unseal(old, text, table, row), table, row)
            database.execute(f"UPDATE {table} SET sealed = ? WHERE {name} = ?", (fresh, row))
    generation = _number(_known(database), "generation") + 1
    _keep(database, service, secret, generation=generation, rotated_us=now_us)
    return key


def sealed_by(database: sqlite3.Connection) -> bytes:
    """What the key service sealed."""
    return _known(database)["sealed"]


def keeping(database: sqlite3.Connection) -> Keeping:
    known = _known(database)
    return Keeping(
        known["service"].decode(),
        _number(known, "generation"),
        _number(known, "rotated_us"),
        _escrow(known),
    )


def entrust(database: sqlite3.Connection, service: KeyService, escrow: Escrow) -> None:
    """Seals the secret to this escrow from now on. An earlier one opens nothing any more."""
    known = _known(database)
    secret = service.unseal(known["sealed"])
    _checked(known, secret)
    _put(database, "escrow", escrows.encode(escrow))
    _put(database, "escrowed", escrows.sealed(escrow, secret))


def restored(
    database: sqlite3.Connection, service: KeyService, shares: Sequence[Share], now_us: int
) -> None:
    """The store under another service, by its shares. They have done their work then: the secret
    is a new one, and there is no escrow until one is made anew. Raises KeyStoreError, EscrowError.
    """
    known = _known(database)
    escrow = _escrow(known)
    if escrow is None:
        raise EscrowError("this key store was never given in escrow; no share opens it")
    old = _checked(known, escrows.unsealed(escrow, known["escrowed"], shares))
    database.execute("DELETE FROM store WHERE name IN ('escrow', 'escrowed')")
    replaced(database, old, service, now_us)


def _from_first_form(
    database: sqlite3.Connection,
    known: Mapping[str, bytes],
    service: KeyService,
    before: KeyService | None,
) -> AESGCM:
    """A store whose keys were sealed under what the passphrase itself derived."""
    by = before or service
    if not isinstance(by, PassphraseService):
        raise KeyStoreError("the key store is sealed by a passphrase; put its file back")
    try:
        old = AESGCM(by.derived(known["salt"], known["scrypt"]))
    except (KeyError, ValueError) as error:
        raise KeyStoreError("the key store is damaged; restore it from its backup") from error
    if "check" in known:  # else it was killed while it was made, and holds no key
        _require(old, known["check"])
    database.execute("DELETE FROM store")
    return replaced(database, old, service, 0)


def _keep(
    database: sqlite3.Connection,
    service: KeyService,
    secret: bytes,
    *,
    generation: int,
    rotated_us: int,
) -> None:
    escrow = _escrow(_known(database))
    _put(database, "service", service.kind.encode())
    _put(database, "sealed", service.seal(secret))
    _put(database, "check", seal(AESGCM(secret), _CHECK, "store", "check"))
    _put(database, "generation", str(generation).encode())
    _put(database, "rotated_us", str(rotated_us).encode())
    if escrow is not None:
        _put(database, "escrowed", escrows.sealed(escrow, secret))


def _checked(known: Mapping[str, bytes], secret: bytes) -> AESGCM:
    key = AESGCM(secret)
    _require(key, known["check"])
    return key


def _require(key: AESGCM, check: bytes) -> None:
    try:
        unseal(key, check, "store", "check")
    except KeyStoreError as error:
        raise KeyStoreError("the passphrase does not open this key store") from error


def _known(database: sqlite3.Connection) -> dict[str, bytes]:
    rows = database.execute("SELECT name, value FROM store").fetchall()
    return {name: bytes(value) for name, value in rows}


def _number(known: Mapping[str, bytes], name: str) -> int:
    return int(known.get(name, b"0"))


def _escrow(known: Mapping[str, bytes]) -> Escrow | None:
    return escrows.decode(known["escrow"]) if "escrow" in known else None


def _put(database: sqlite3.Connection, name: str, value: bytes) -> None:
    database.execute("INSERT OR REPLACE INTO store VALUES (?, ?)", (name, value))
