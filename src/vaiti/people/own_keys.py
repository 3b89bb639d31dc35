"""Our own keys at another house: what we sign there, and what it encrypts for us. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.jwk import ECKey, KeyParameters, RSAKey

Key = RSAKey | ECKey

FEWEST_BITS = 2048
SIGNATURES = ("RS256", "PS256", "ES256")
SIGN, ENCRYPT, VOUCH = "sig", "enc", "vouch"
CONTENTS = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")
KEY_WRAP = "RSA-OAEP"


class KeyUnfit(ValueError):
    """The text says what is wrong with the key."""


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """The first of `signing` signs, and all of them are shown, so that a new one is known before it
    signs. The first of `opening` is shown, and all of them open, so that what was encrypted for the
    old one is still read. `vouching`, if there is one, signs what we say of these keys. `content`
    is how tokens are to be encrypted for us.
    """

    signature: str
    content: str
    signing: tuple[Key, ...] = field(repr=False)
    opening: tuple[RSAKey, ...] = field(repr=False)
    vouching: RSAKey | None = field(default=None, repr=False)

    def shown(self) -> dict[str, Any]:
        """The public halves, as a JSON Web Key Set (RFC 7517)."""
        return {"keys": [one.as_dict(private=False) for one in (*self.signing, self.opening[0])]}


def own_keys(
    ways: tuple[str, str],
    signing: Sequence[bytes],
    opening: Sequence[bytes],
    vouching: bytes | None,
) -> OwnKeys:
    """From private keys in PEM; `ways` are how we sign and how tokens are to be encrypted for us.

    Raises KeyUnfit.
    """
    signature, content = ways
    signs = tuple(_signing_key(pem, signature) for pem in signing)
    opens = tuple(_rsa(pem, {"use": "enc", "alg": KEY_WRAP}) for pem in opening)
    vouches = _rsa(vouching, {"use": "sig", "alg": "RS256"}) if vouching is not None else None
    every = [one.thumbprint() for one in (*signs, *opens, *((vouches,) if vouches else ()))]
    if len(set(every)) < len(every):
        raise KeyUnfit("the same key is there twice; each purpose has a key of its own")
    return OwnKeys(signature, content, signs, opens, vouches)


def _signing_key(pem: bytes, signature: str) -> Key:
    told: KeyParameters = {"use": "sig", "alg": signature}
    return _elliptic(pem, told) if signature == "ES256" else _rsa(pem, told)


def _rsa(pem: bytes, told: KeyParameters) -> RSAKey:
    key = _private(pem)
    if not isinstance(key, RSAPrivateKey):
        raise KeyUnfit("it is no RSA key, which is needed here")
    if key.key_size < FEWEST_BITS:
        raise KeyUnfit(f"it has {key.key_size} bits; make one of 3072")
    return RSAKey.import_key(key, {**told, "kid": RSAKey.import_key(key).thumbprint()})


def _elliptic(pem: bytes, told: KeyParameters) -> ECKey:
    key = _private(pem)
    if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name != SECP256R1.name:
        raise KeyUnfit("ES256 needs a key of the curve P-256")
    return ECKey.import_key(key, {**told, "kid": ECKey.import_key(key).thumbprint()})


def _private(pem: bytes) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnfit("it is no private key in PEM without a passphrase") from error
