"""What killed writers left in the store: halves of sealed objects, of which nobody writes the rest.

Their calls are written anew under another name beside. Until it is gone the daily look finds what
no row accounts for.
"""

from datetime import datetime, timedelta
from typing import Final

from vaiti.vault import shred
from vaiti.vault.store import Store

AFTER: Final = timedelta(hours=6)
"""Nobody writes for so long on one object."""


def clear(store: Store, now: datetime) -> int:
    """How many were removed. Raises StoreError and OSError."""
    return shred.remove_begun(store, now - AFTER)
