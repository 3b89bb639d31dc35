"""What stood in the way of a destruction: by its code, without names or numbers, and its alarms."""

import errno

from vaiti.retention import rows
from vaiti.vault.keyclient import KeysRefused, KeysUnavailable
from vaiti.vault.store import StoreError

ALARM = "retention:call_remains"
ALARM_PASSAGE = "retention:passage_remains"


class Remains(Exception):
    """Something of the call is still there; `code` says where."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def error_code(error: Exception) -> str:
    """What stood in the way, as a code without names or numbers."""
    if isinstance(error, Remains):
        return error.code
    if isinstance(error, KeysUnavailable):
        return "keys_unavailable"
    if isinstance(error, KeysRefused):
        return f"keys_{error.code}"
    if isinstance(error, rows.DatabaseBusy):
        return "database_busy"
    if isinstance(error, OSError):
        return f"os_{errno.errorcode.get(error.errno or 0, 'error').lower()}"
    return "store" if isinstance(error, StoreError) else "database"
