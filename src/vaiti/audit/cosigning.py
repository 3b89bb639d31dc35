"""Cosignatures: a witness outside has seen this checkpoint, and nothing that contradicts it. Pure.

C2SP tlog-cosignature (cosignature/v1, Ed25519) and the body of tlog-witness's add-checkpoint.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vaiti.audit.checkpoint import MAX_NOTE, NoteError

COSIGNED = b"\x04"  # the signed-note signature type
EARLY = timedelta(minutes=5) // timedelta(seconds=1)  # how far a witness's clock may be ahead

_NAME = re.compile(r"[!-*,-~]{1,200}")
_STAMP = 4 + 8 + 64  # key hash, instant, signature


@dataclass(frozen=True, slots=True)
class Witness:
    """Its name, without spaces and plus signs, and its public key of 32 bytes."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + COSIGNED + self.public).digest()[:4]


def read_witness(text: str) -> Witness:
    """Of a verifier key, `name+hash+base64`, as signed-note says. Raises NoteError."""
    name, _, rest = text.strip().partition("+")
    stated, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise NoteError("the witness's key is not base64") from error
    if not _NAME.fullmatch(name) or len(raw) != 33 or raw[:1] != COSIGNED:
        raise NoteError("a witness's key is name+hash+base64, for Ed25519 cosignatures (type 4)")
    witness = Witness(name, raw[1:])
    if witness.key_hash.hex() != stated:
        raise NoteError("the hash in the witness's key is not that of its name and key")
    return witness


def cosigned_at(note: str, witness: Witness) -> int | None:
    """When the witness cosigned this checkpoint, in seconds since 1970; None where it did not."""
    text, blank, signatures = note.partition("\n\n")
    if not blank:
        return None
    lines = signatures.splitlines()
    instants = [at for line in lines if (at := _cosigned(f"{text}\n", line, witness)) is not None]
    return max(instants, default=None)


def with_cosignature(note: str, answer: str, witness: Witness, now_s: int) -> str:
    """The note with what the witness answered. Raises NoteError where it did not cosign it, or says
    that it did so in a time to come. Lines of others are left out.
    """
    text = note.partition("\n\n")[0] + "\n"
    for line in answer.splitlines():
        at = _cosigned(text, line, witness)
        if at is not None and at <= now_s + EARLY and len(note) + len(line) < MAX_NOTE:
            return note + line + "\n"
    raise NoteError("the answer holds no cosignature of this witness on this checkpoint")


def submission(old: int, path: Sequence[bytes], note: str) -> bytes:
    """What add-checkpoint is sent: the size that the witness saw last, and that it went on."""
    proof = "".join(base64.b64encode(step).decode() + "\n" for step in path)
    return f"old {old}\n{proof}\n{note}".encode()


def _cosigned(text: str, line: str, witness: Witness) -> int | None:
    dash, name, stamp = [*line.split(" "), "", ""][:3]
    if dash != "—" or name != witness.name:
        return None
    try:
        raw = base64.b64decode(stamp, validate=True)
    except binascii.Error:
        return None
    if len(raw) != _STAMP or raw[:4] != witness.key_hash:
        return None
    at = int.from_bytes(raw[4:12])
    try:
        message = f"cosignature/v1\ntime {at}\n{text}".encode()
        Ed25519PublicKey.from_public_bytes(witness.public).verify(raw[12:], message)
    except InvalidSignature:
        return None
    return at
