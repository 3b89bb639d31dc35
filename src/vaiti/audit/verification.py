"""What a verification takes and says. Pure.

What holds after one that found nothing: every content is the one that was committed to, every
missing content was removed by an entry that says so, no entry is missing, moved or added, and every
checkpoint shown (the log's own, and those somebody kept elsewhere) is a state that this log has
been in.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from vaiti.audit.entry import leaf_data


@dataclass(frozen=True, slots=True)
class Body:
    salt: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """`seq` is the claimed place, None before there is one; `body` is None once removed."""

    seq: int | None
    leaf_id: UUID
    at_us: int
    kind: str
    commitment: bytes
    body: Body | None

    def data(self) -> bytes:
        return leaf_data(self.leaf_id, self.at_us, self.kind, self.commitment)


@dataclass(frozen=True, slots=True)
class Report:
    """`size` is that of the newest checkpoint, `removed` counts contents that are gone."""

    ok: bool
    entries: int
    removed: int
    size: int
    problems: tuple[str, ...]


def read_body(text: str) -> dict[str, Any]:
    """Actor, subject and facts of a body that a commitment has vouched for."""
    fields: dict[str, Any] = json.loads(text)
    return fields
