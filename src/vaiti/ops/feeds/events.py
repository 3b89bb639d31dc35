"""What a webhook tells: kinds and opaque ids, made of entries of the log and of alarms. Pure."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from vaiti.audit.kinds import Kind
from vaiti.audit.reading import LogEntry
from vaiti.due.alarms import Standing
from vaiti.ops.sections.feeds import DO_NOT_CALL

KINDS: Final[Mapping[str, str]] = {
    Kind.CALL_RECORDING_TAKEN_IN: "call.kept",
    Kind.RETENTION_CALL_DESTROYED: "call.destroyed",
    Kind.ACCESS_ALERT_RAISED: "access.alert",
    Kind.CALL_CONTACT_OBJECTED: DO_NOT_CALL,
}


@dataclass(frozen=True, slots=True)
class Event:
    """`id` is the same however often it is sent; `about` has opaque ids and codes."""

    id: str
    kind: str
    at: datetime
    about: Mapping[str, str]


def of_entry(entry: LogEntry) -> Event | None:
    """None for what no webhook tells."""
    kind = KINDS.get(entry.kind)
    if kind is None:
        return None
    about = {"call": entry.subject}
    if kind == "access.alert":
        about = {"alert": str(entry.facts.get("alert", "")), "rule": str(entry.facts.get("rule"))}
    return Event(entry.id.hex, kind, entry.at, about)


def of_alarm(alarm: Standing) -> Event:
    """Its key may be a person's id or a name of the machinery; the page tells it, not this."""
    return Event(alarm.id.hex, "alarm.raised", alarm.raised_at, {"alarm": alarm.kind})


def body_of(event: Event) -> bytes:
    at = event.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    told = {"id": event.id, "type": event.kind, "timestamp": at, "data": dict(event.about)}
    return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()


def headers_of(event: Event, body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """Those of the Standard Webhooks scheme: HMAC-SHA256 over id, time and body.

    While a secret is being changed there are two, and a signature by each.
    """
    seconds = str(int(now.timestamp()))
    signed = (f"v1,{signature(one, event.id, seconds, body)}" for one in secrets)
    return {
        "Content-Type": "application/json",
        "User-Agent": "vaiti",
        "webhook-id": event.id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(signed),
    }


def signature(secret: str, event_id: str, seconds: str, body: bytes) -> str:
    signed = f"{event_id}.{seconds}.".encode() + body
    return base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()
