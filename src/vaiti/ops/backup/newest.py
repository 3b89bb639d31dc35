"""How old the newest backup of a place is, as the place itself tells. Without Django."""

from datetime import datetime

from vaiti.values.clock import from_micros
from vaiti.vault.backup_file import catalogue
from vaiti.vault.store import Store


def newest_at(place: Store, kind: str) -> datetime | None:
    made = [
        one.header.made_us for one in catalogue(place) if one.header and one.header.kind == kind
    ]
    return from_micros(max(made)) if made else None
