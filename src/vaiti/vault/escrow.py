"""Escrow: the key store's secret, sealed to a public key whose private half named persons share.

Nobody holds that private half: it is split when it is made, and forgotten. The shares outlive every
rotation, for each new secret is sealed to the same public key; and they hold no day's and no call's
key, so that what was destroyed in the key store is not brought back by them.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from vaiti.vault.shares import joined, split
from vaiti.vault.wrapping import KEY_SIZE, WrappingError, new_intake_key, open_secret, seal_secret

MOST_PERSONS: Final = 16
_SET: Final = 8  # in bytes
_SUM: Final = 4  # in bytes
_FORM: Final = 1
_CODE = re.compile(r"VAITI-SHARE((?:[ \n-]+[A-Z2-7]{4})+)")


class EscrowError(ValueError):
    """The shares or the escrow do not serve; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Escrow:
    """`shares` were given to `persons`, in their order; `threshold` of them open."""

    set_id: str
    public: str
    threshold: int
    persons: tuple[str, ...]
    made_us: int


@dataclass(frozen=True, slots=True)
class Share:
    set_id: str
    threshold: int
    number: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the secret is kept. `generation` counts rotations, from 1."""

    service: str
    generation: int
    rotated_us: int
    escrow: Escrow | None


def make(persons: Sequence[str], threshold: int, made_us: int) -> tuple[Escrow, list[Share]]:
    """A new escrow and its shares, one for each person. Raises EscrowError."""
    if not 2 <= threshold <= len(persons) <= MOST_PERSONS:
        raise EscrowError(
            f"name from 2 to {MOST_PERSONS} persons, and a threshold of at least 2 and at most all"
        )
    if len(set(persons)) != len(persons):
        raise EscrowError("a person is named twice; nobody holds two shares")
    private, public = new_intake_key()
    set_id = hashlib.sha256(public).digest()[:_SET].hex()
    contents = split(private, threshold, len(persons))
    shares = [Share(set_id, threshold, number, part) for number, part in contents.items()]
    return Escrow(set_id, public.hex(), threshold, tuple(persons), made_us), shares


def encode(escrow: Escrow) -> bytes:
    return json.dumps(asdict(escrow), ensure_ascii=False).encode()


def decode(text: bytes) -> Escrow:
    """Raises EscrowError."""
    try:
        fields = json.loads(text)
        found = Escrow(**{**fields, "persons": tuple(fields["persons"])})
        if len(bytes.fromhex(found.public)) != KEY_SIZE:
            raise EscrowError("the escrow's public key is damaged")
    except (ValueError, KeyError, TypeError) as error:
        raise EscrowError("the escrow's file is damaged; make a new one") from error
    return found


def sealed(escrow: Escrow, secret: bytes) -> bytes:
    return seal_secret(bytes.fromhex(escrow.public), escrow.set_id, secret)


def unsealed(escrow: Escrow, text: bytes, shares: Sequence[Share]) -> bytes:
    """The secret, from enough shares of this escrow. Raises EscrowError."""
    private = _private(escrow, {share.number: share for share in shares})
    try:
        return open_secret(private, escrow.set_id, text)
    except WrappingError as error:
        raise EscrowError("what was sealed to these shares is damaged") from error


def written(share: Share) -> str:
    """The share as letters and digits that can be printed and typed: RFC 4648's base 32."""
    numbers = bytes((_FORM, share.threshold, share.number))
    body = numbers + bytes.fromhex(share.set_id) + share.content
    text = base64.b32encode(body + hashlib.sha256(body).digest()[:_SUM]).decode().rstrip("=")
    groups = [text[at : at + 4] for at in range(0, len(text), 4)]
    lines = [" ".join(groups[at : at + 5]) for at in range(0, len(groups), 5)]
    return "VAITI-SHARE\n" + "\n".join(lines)


def read(text: str) -> Share:
    """The share that stands somewhere in this text. Raises EscrowError."""
    found = _CODE.search(text.upper())
    if found is None:
        raise EscrowError("no share stands in it; it begins with VAITI-SHARE")
    code = re.sub(r"[ \n-]", "", found[1])
    try:
        data = base64.b32decode(code + "=" * (-len(code) % 8))
    except ValueError as error:
        raise EscrowError("a share is mistyped: letters or digits are missing") from error
    body, total = data[:-_SUM], data[-_SUM:]
    if base64.b32encode(data).decode().rstrip("=") != code:
        raise EscrowError("a share is mistyped: its last letter is not right")
    if len(body) != 3 + _SET + KEY_SIZE or hashlib.sha256(body).digest()[:_SUM] != total:
        raise EscrowError("a share is mistyped: its checksum does not hold")
    if body[0] != _FORM:
        raise EscrowError("the share was made by a newer version of this program")
    return Share(body[3 : 3 + _SET].hex(), body[1], body[2], body[3 + _SET :])


def _private(escrow: Escrow, shares: Mapping[int, Share]) -> bytes:
    if any(share.set_id != escrow.set_id for share in shares.values()):
        raise EscrowError(f"these shares are of another escrow; this one is {escrow.set_id}")
    if len(shares) < escrow.threshold:
        raise EscrowError(f"{escrow.threshold} shares of different persons are needed")
    private = joined({number: share.content for number, share in shares.items()})
    public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    if public.hex() != escrow.public:
        raise EscrowError("the shares do not make the escrow's key; one of them is not genuine")
    return private
