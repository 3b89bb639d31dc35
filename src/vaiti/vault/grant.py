"""Grants: signed, short-lived permissions to hear a stretch of one call. Format: docs/grant.md.

Access signs a grant after it has written the audit entry that the grant names; the key process
checks it before it gives a key. Who holds a grant needs no further right, so it lives minutes.
"""

import base64
import binascii
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId, ObjectId, parse_call_id

MAX_TOKEN = 4096  # in characters
MAX_LIFETIME = timedelta(hours=1)
SILENCING = "silencing"  # the purpose of a grant under which a call's key may be replaced
JOINING = "joining"  # the same, and to open the part that another recorder had of the call
RESEALING = frozenset({SILENCING, JOINING})
BACKUP = "backup"  # of one under which the key store is copied, every key in it sealed
NO_CALL = CallId("0" * 32)  # what a grant about no single call names
SEED_SIZE = 32  # in bytes, Ed25519 seed and public key alike

_SIGNATURE = 86  # in characters: 64 bytes in base64url without padding
_NONCE = 16  # in bytes


class GrantRefused(Exception):
    """The token gives no permission: forged, damaged, too early or expired."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be heard, by whom, why and when. Times in microseconds since the epoch, UTC.

    `grant` is the listening's id, `leaf` the audit entry's; `from_us` to `to_us` (exclusive) is the
    stretch of the call; the grant holds from `not_before_us` until before `expires_us`.
    """

    grant: str
    leaf: str
    call_id: CallId
    actor: str
    purpose: str
    from_us: int
    to_us: int
    not_before_us: int
    expires_us: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A listening that access has allowed: all that playback needs to give its sound.

    `recording` is the technical part of the call's manifest: `tracks`, `epochs`, `holds`,
    `segments`, `finished`, `sha256`.
    """

    token: str = field(repr=False)
    grant: Grant
    recording: Mapping[str, Any] = field(repr=False)
    object_id: ObjectId
    listening_id: str


def issue(seed: bytes, grant: Grant) -> str:
    """A token of `grant`, signed under the Ed25519 seed (32 bytes); each is another, and gives a
    key once.

    Raises ValueError for a grant that `check` would never accept.
    """
    fault = _fault(grant)
    if fault:
        raise ValueError(fault)
    fields = {**asdict(grant), "nonce": secrets.token_hex(_NONCE)}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    body = _encode(text.encode())
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(body.encode())
    token = f"{body}.{_encode(signature)}"
    if len(token) > MAX_TOKEN:
        raise ValueError(f"a grant has at most {MAX_TOKEN} characters; shorten actor or purpose")
    return token


def check(public: bytes, token: str, now: datetime) -> Grant:
    """The grant that `token` carries, when it is signed by `public` and holds at `now`.

    Raises GrantRefused.
    """
    body, signature = _split(token)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, body.encode())
    except InvalidSignature as error:
        raise GrantRefused("the grant is not signed by this register") from error
    grant = _parse(body)
    moment = to_micros(now)
    if moment < grant.not_before_us:
        raise GrantRefused("the grant does not hold yet; check the clock")
    if moment >= grant.expires_us:
        raise GrantRefused("the grant has expired; open the recording again")
    return grant


def claims(token: str) -> Grant:
    """What `token` says, its signature and time unchecked: only for a token that the key process
    has just accepted. Raises GrantRefused for what is no token.
    """
    return _parse(_split(token)[0])


def _split(token: str) -> tuple[str, bytes]:
    if len(token) > MAX_TOKEN or not token.isascii():
        raise GrantRefused("the text is not a grant")
    body, dot, signature = token.rpartition(".")
    if not dot or len(signature) != _SIGNATURE:
        raise GrantRefused("the text is not a grant")
    return body, _decode(signature)


def _parse(body: str) -> Grant:
    try:
        fields = json.loads(_decode(body))
        nonce = fields.pop("nonce")
        grant = Grant(**fields)
        parse_call_id(grant.call_id)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise GrantRefused("the text is not a grant") from error
    if not isinstance(nonce, str) or not re.fullmatch(f"[0-9a-f]{{{2 * _NONCE}}}", nonce):
        raise GrantRefused("the text is not a grant")
    fault = _fault(grant)
    if fault:
        raise GrantRefused(fault)
    return grant


def _fault(grant: Grant) -> str:
    """Why this grant can never hold, or an empty text."""
    texts = (grant.grant, grant.leaf, grant.call_id, grant.actor, grant.purpose)
    times = (grant.from_us, grant.to_us, grant.not_before_us, grant.expires_us)
    if not all(isinstance(text, str) for text in texts):
        return "a grant names things by text"
    if not all(type(time) is int and 0 <= time < 1 << 63 for time in times):
        return "a grant counts time in whole microseconds"
    if grant.to_us < grant.from_us:
        return "the stretch of a grant ends before it begins"
    lifetime = timedelta(microseconds=grant.expires_us - grant.not_before_us)
    if not timedelta(0) < lifetime <= MAX_LIFETIME:
        return "a grant lives for some time, and for an hour at most"
    return ""


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Accepts the one spelling that `_encode` gives, so that a token cannot be respelt."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise GrantRefused("the text is not a grant") from error
    if _encode(data) != text:
        raise GrantRefused("the text is not a grant")
    return data
