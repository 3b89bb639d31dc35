"""Time-based one-time codes (RFC 6238, HMAC-SHA-1, six digits, 30 seconds). Pure."""

import hashlib
import hmac
from datetime import datetime

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226, section 4: as long as the hash
DRIFT = 1  # steps that the telephone's clock may be off, either way


def step_of(at: datetime) -> int:
    return int(at.timestamp()) // STEP_S


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    mac = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def matching_step(secret: bytes, code: str, at: datetime, after: int) -> int | None:
    """The step whose code this is, later than `after`: a code that was used is not used again."""
    present = step_of(at)
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > after:
            return step
    return None
