"""By what a later part of a call is known, should another recorder have it: docs/siprec.md.

The sender's identifiers are never kept, for they may be numbers. What is kept is a digest of each
under a key that all recorders of the register share, and nobody who has a manifest knows. Pure.
"""

import hmac
from collections.abc import Iterable
from typing import Final

from vaiti.capture.siprec.metadata import Key
from vaiti.vault.manifest import MAX_SESSIONS

DIGITS: Final = 32  # hexadecimals of a digest


def digests(tie_key: str, peer: str, ties: Iterable[Key]) -> tuple[str, ...]:
    """One for each communication session, in order; none without a key."""
    if not tie_key:
        return ()
    named = (f"{peer}\n{tie.reveal()}" for tie in ties)
    found = {hmac.digest(bytes.fromhex(tie_key), one.encode(), "sha256").hex() for one in named}
    return tuple(sorted(one[:DIGITS] for one in found)[:MAX_SESSIONS])
