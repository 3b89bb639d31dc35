"""Opaque identifiers. None of them is derived from anything in the call."""

import re
import secrets
import uuid
from typing import NewType

CallId = NewType("CallId", str)
"""32 lower-case hexadecimal digits, random; names a call from journal to tombstone."""

ObjectId = NewType("ObjectId", str)
"""32 lower-case hexadecimal digits, random; names the sealed object in a store."""

_HEX32 = re.compile(r"[0-9a-f]{32}")


def new_call_id() -> CallId:
    return CallId(secrets.token_hex(16))


def new_object_id() -> ObjectId:
    return ObjectId(secrets.token_hex(16))


def parse_call_id(text: str) -> CallId:
    """The call id that `text` spells; raises ValueError for anything but 32 hex digits."""
    if not _HEX32.fullmatch(text):
        raise ValueError("a call id is 32 lower-case hexadecimal digits")
    return CallId(text)


def as_uuid(identifier: CallId | ObjectId) -> uuid.UUID:
    return uuid.UUID(hex=identifier)
