"""The log for a collector: an entry as a line of JSON, or as syslog has it (RFC 5424). Pure.

Opaque ids and codes only: what else an entry holds stays in the house (`audit.outward`).
"""

import json
from datetime import UTC, datetime
from typing import Any, Final

from vaiti.audit.outward import codes_of
from vaiti.audit.reading import LogEntry

FACILITY: Final = 13  # log audit
INFO: Final = 6
WARNING: Final = 4
MOST_NAME: Final = 32  # characters of what an entry is about, in syslog
BAD: Final = frozenset({"refused", "raised", "removed"})
ENTERPRISE: Final = "vaiti@32473"
"""The number that RFC 5612 keeps for examples: we have none of our own."""


def told(entry: LogEntry) -> dict[str, Any]:
    return {
        "place": entry.seq,
        "id": entry.id.hex,
        "at": instant(entry.at),
        "kind": entry.kind,
        "actor": entry.actor,
        "subject": entry.subject,
        "facts": codes_of(entry.facts),
        "removed": entry.removed,
    }


def as_json(entry: LogEntry) -> bytes:
    """With its line break."""
    return json.dumps(told(entry), separators=(",", ":")).encode() + b"\n"


def as_syslog(entry: LogEntry, host: str) -> bytes:
    """In a frame of counted octets (RFC 6587)."""
    severity = WARNING if entry.kind.rpartition(":")[2] in BAD else INFO
    data = " ".join(
        f'{name}="{_escaped(str(value))}"'
        for name, value in told(entry).items()
        if name in ("place", "id", "actor", "subject")
    )
    text = json.dumps(codes_of(entry.facts), separators=(",", ":"))
    header = f"<{FACILITY * 8 + severity}>1 {instant(entry.at)} {host} vaiti - "
    message = f"{header}{entry.kind[:MOST_NAME]} [{ENTERPRISE} {data}] {text}".encode()
    return f"{len(message)} ".encode() + message


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
