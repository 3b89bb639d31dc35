"""Key services: what seals the key store's one secret, and alone can open it again.

A service seals 32 bytes and gives them back; it knows nothing of days or calls. Here is the one
that every installation has, a passphrase; `vault.pkcs11`, `vault.transit` and
`vault.kms` have those of others.
"""

import hashlib
import os
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaiti.vault.keyfiles import read_credential, read_passphrase
from vaiti.vault.keysealing import KeyStoreError, seal, unseal
from vaiti.vault.wrapping import KEY_SIZE

SCRYPT_N: Final = 1 << 16
SCRYPT_R: Final = 8
SCRYPT_P: Final = 1
SCRYPT_MEMORY: Final = 512 << 20  # in bytes; a store that asks for more is not opened

_SALT: Final = 16


class KeyService(Protocol):
    """Both raise KeyStoreError with what to change."""

    kind: str

    def seal(self, secret: bytes) -> bytes:
        """The secret sealed anew, under a wrapping key of its own."""

    def unseal(self, sealed: bytes) -> bytes:
        """The secret that `seal` sealed."""

    def keep_only(self, sealed: bytes) -> None:
        """Destroys every wrapping key that this service made besides that of `sealed`."""


class PassphraseService:
    """The wrapping key is derived by scrypt, with a salt that stands beside what is sealed.

    `cost` is the scrypt N of what is sealed anew.
    """

    kind = "passphrase"

    def __init__(self, passphrase: bytes, cost: int = SCRYPT_N) -> None:
        self._passphrase = passphrase
        self._cost = cost

    def seal(self, secret: bytes) -> bytes:
        salt = os.urandom(_SALT)
        terms = f"{self._cost} {SCRYPT_R} {SCRYPT_P}".encode()
        sealed = seal(AESGCM(self.derived(salt, terms)), secret, "store", "secret")
        return b" ".join((terms, salt.hex().encode(), sealed.hex().encode()))

    def unseal(self, sealed: bytes) -> bytes:
        try:
            n, r, p, salt, text = sealed.split(b" ")
            key = self.derived(bytes.fromhex(salt.decode()), b" ".join((n, r, p)))
            content = bytes.fromhex(text.decode())
        except ValueError as error:
            raise KeyStoreError("the key store is damaged; restore it from its backup") from error
        try:
            return unseal(AESGCM(key), content, "store", "secret")
        except KeyStoreError as error:
            raise KeyStoreError("the passphrase does not open this key store") from error

    def keep_only(self, sealed: bytes) -> None:
        """Nothing is kept outside of what is sealed: a salt that is gone derives no key."""

    def derived(self, salt: bytes, terms: bytes) -> bytes:
        """Raises ValueError for terms that are no scrypt parameters, or ask for too much."""
        n, r, p = (int(number) for number in terms.split())
        return hashlib.scrypt(
            self._passphrase, salt=salt, n=n, r=r, p=p, maxmem=SCRYPT_MEMORY, dklen=KEY_SIZE
        )


def services(
    named: KeyService | None, passphrase: Path, credential: bool, cost: int
) -> tuple[KeyService, KeyService | None]:
    """The service that seals the store's secret, and a passphrase that may have until now.
    `credential`: the file comes from the service manager. Raises SecretFileError."""
    if named is not None and not passphrase.exists():
        return named, None
    read = read_credential if credential else read_passphrase
    service = PassphraseService(read(passphrase), cost)
    return (service, None) if named is None else (named, service)
