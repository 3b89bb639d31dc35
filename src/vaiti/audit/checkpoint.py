"""Signed checkpoints: C2SP tlog-checkpoint, a C2SP signed-note with an Ed25519 signature. Pure.

origin
size
base64(root)

— origin base64(key hash, 4 bytes || signature, 64 bytes)
"""

import base64
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_NOTE = 4096  # in characters
SIGNED = "— "  # how a line of a signature begins
ED25519 = b"\x01"  # the signed-note signature type
_ORIGIN = re.compile(r"[!-*,-~]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


class NoteError(ValueError):
    """The note is not a checkpoint that this key signed."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`root` is that of the tree's first `size` leaves."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Signer:
    """`seed` is an Ed25519 seed of 32 bytes; `origin` names the log, in ASCII, no spaces."""

    origin: str
    seed: bytes

    def __post_init__(self) -> None:
        if not _ORIGIN.fullmatch(self.origin):
            raise ValueError("a log's origin is ASCII, without spaces and plus signs")

    def __repr__(self) -> str:
        return f"Signer({self.origin!r})"

    @property
    def public(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    def sign(self, size: int, root: bytes) -> str:
        text = Statement(self.origin, size, root).text()
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        stamp = base64.b64encode(key_hash(self.origin, self.public) + signature).decode()
        return f"{text}\n— {self.origin} {stamp}\n"


def key_hash(name: str, public: bytes) -> bytes:
    """The first four bytes of SHA-256 over name, newline, type and key, as signed-note says."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def open_note(note: str, public: bytes) -> Statement:
    """What the note states, if `public` (32 bytes) signed it. Raises NoteError otherwise.

    Signature lines of others (cosignatures of witnesses) are passed over.
    """
    if len(note) > MAX_NOTE:
        raise NoteError("the note is longer than a checkpoint can be")
    text, blank, signatures = note.partition("\n\n")
    *lines, rest = signatures.split("\n")
    if not blank or rest or not all(line.startswith(SIGNED) for line in lines):
        raise NoteError("the note has no signature, or a line that is none")
    statement = _statement(text + "\n")
    expected = f"{SIGNED}{statement.origin} "
    for line in lines:
        if line.startswith(expected) and _signed(statement, line.removeprefix(expected), public):
            return statement
    raise NoteError("the note does not carry a valid signature of this log's key")


def _statement(text: str) -> Statement:
    lines = text.split("\n")
    if len(lines) != 4 or not _ORIGIN.fullmatch(lines[0]) or not _SIZE.fullmatch(lines[1]):
        raise NoteError("the note is not a checkpoint: origin, size and root are expected")
    root = _unbase64(lines[2])
    if len(root) != 32:
        raise NoteError("the root of a checkpoint has 32 bytes")
    return Statement(lines[0], int(lines[1]), root)


def _signed(statement: Statement, stamp: str, public: bytes) -> bool:
    raw = _unbase64(stamp)
    if raw[:4] != key_hash(statement.origin, public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], statement.text().encode())
    except InvalidSignature:
        return False
    return True


def _unbase64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise NoteError("the note holds text that is not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise NoteError("the note holds base64 that is not canonical")
    return raw
