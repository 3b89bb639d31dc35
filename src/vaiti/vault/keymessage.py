"""The fields of a message to the key process, read and written (docs/seams.md, "Keys"). Pure."""

import base64
import binascii
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from vaiti.values.ids import CallId, parse_call_id

MAX_CALLS: Final = 1000  # in one message
MAX_DAYS: Final = 400

Message = Mapping[str, Any]


class Malformed(Exception):
    """A message is not of the form that docs/seams.md gives."""


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def read_bytes(message: Message, name: str) -> bytes:
    try:
        return base64.b64decode(message[name], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise Malformed(f"{name} is missing or is not base64") from error


def read_day(message: Message, name: str) -> date:
    try:
        return date.fromisoformat(message[name])
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"{name} is missing or is not a date") from error


def read_days(message: Message) -> list[date]:
    days = message.get("days")
    if not isinstance(days, list) or not 0 < len(days) <= MAX_DAYS:
        raise Malformed(f"days are 1 to {MAX_DAYS} dates")
    return [read_day({"days": one}, "days") for one in days]


def read_call_id(message: Message) -> CallId:
    try:
        return parse_call_id(message["call_id"])
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("call_id is missing or is not 32 hexadecimal digits") from error


def read_call_ids(message: Message) -> list[CallId]:
    calls = message.get("calls")
    if not isinstance(calls, list) or not 0 < len(calls) <= MAX_CALLS:
        raise Malformed(f"calls are 1 to {MAX_CALLS} ids")
    return [read_call_id({"call_id": one}) for one in calls]
