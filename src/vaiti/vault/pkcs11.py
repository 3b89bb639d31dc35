"""The key service of a hardware module (PKCS#11): the wrapping key is made in it and never leaves.

Needs the package python-pkcs11 (docs/keys.md), loaded only where the settings name a module.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from vaiti.vault.keysealing import KeyStoreError

_ID: Final = 8  # in bytes
_NONCE: Final = 12
_TAG_BITS: Final = 128
_CONTEXT: Final = b"vaiti/1/store-key/secret"
_MISSING: Final = (
    "the settings name a PKCS#11 module, and the package python-pkcs11 is not installed; "
    "docs/keys.md says how"
)


class Pkcs11Service:
    """`label` names this register's keys in the token `token`, which may hold others'."""

    kind = "pkcs11"

    def __init__(self, module: Path, token: str, pin: bytes, label: str) -> None:
        self._module, self._token, self._label = module, token, label
        self._pin = pin.decode()
        self._guard = threading.Lock()

    def seal(self, secret: bytes) -> bytes:
        from pkcs11 import Attribute, GCMParams, KeyType, Mechanism

        name, nonce = os.urandom(_ID), os.urandom(_NONCE)
        with self._session() as session:
            key = session.generate_key(
                KeyType.AES,
                256,
                id=name,
                label=self._label,
                store=True,
                template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )
            terms = GCMParams(nonce, _CONTEXT, _TAG_BITS)
            sealed = key.encrypt(secret, mechanism=Mechanism.AES_GCM, mechanism_param=terms)
        return name + nonce + bytes(sealed)

    def unseal(self, sealed: bytes) -> bytes:
        from pkcs11 import GCMParams, Mechanism

        name, nonce, text = sealed[:_ID], sealed[_ID : _ID + _NONCE], sealed[_ID + _NONCE :]
        with self._session() as session:
            for key in self._keys(session):
                if bytes(key.id) == name:
                    terms = GCMParams(nonce, _CONTEXT, _TAG_BITS)
                    found = key.decrypt(text, mechanism=Mechanism.AES_GCM, mechanism_param=terms)
                    return bytes(found)
        raise KeyStoreError(
            f"the token {self._token} has no key of the label {self._label} that seals this store"
        )

    def keep_only(self, sealed: bytes) -> None:
        with self._session() as session:
            for key in list(self._keys(session)):
                if bytes(key.id) != sealed[:_ID]:
                    key.destroy()

    def _keys(self, session: Any) -> Iterator[Any]:  # noqa: ANN401 - the package is not annotated
        from pkcs11 import Attribute, ObjectClass

        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: self._label}
        yield from list(session.get_objects(wanted))

    @contextmanager
    def _session(self) -> Iterator[Any]:
        """One at a time: a second one of this process could not sign in."""
        try:
            import pkcs11
        except ImportError as error:
            raise KeyStoreError(_MISSING) from error
        with self._guard:
            try:
                token = pkcs11.lib(str(self._module)).get_token(token_label=self._token)
                with token.open(rw=True, user_pin=self._pin) as session:
                    yield session
            except pkcs11.PKCS11Error as error:
                raise KeyStoreError(
                    f"the PKCS#11 token {self._token} does not serve: {type(error).__name__}; see "
                    "module, token, label and PIN under [keys]"
                ) from error
            except RuntimeError as error:
                raise KeyStoreError(f"{self._module} is no PKCS#11 module: {error}") from error
