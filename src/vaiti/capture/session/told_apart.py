"""By what a later part of a call is known, should another recorder have it: docs/siprec.md.

The sender's identifiers are never kept, for they may be numbers. What is kept is a digest of each
under a key that all recorders of the register share, and nobody who has a manifest knows. Pure.
"""

import hmac
from collections.abc import Iterator
from typing import Final

from vaiti.capture.parties import UNIQUE
from vaiti.capture.session.call import Call
from vaiti.values.masked import withheld
from vaiti.vault.manifest import MAX_SESSIONS

DIGITS: Final = 32  # hexadecimals of a digest


def digests(tie_key: str, call: Call) -> tuple[str, ...]:
    """One for each communication session, and each group of them, in order; none without a key."""
    if not tie_key:
        return ()
    named = {f"{call.peer.name}\n{one}" for one in (*_close(call), *_wider(call))}
    found = (hmac.digest(bytes.fromhex(tie_key), one.encode(), "sha256").hex() for one in named)
    return tuple(sorted(one[:DIGITS] for one in found)[:MAX_SESSIONS])


def _close(call: Call) -> Iterator[str]:
    return (tie.reveal() for tie in call.close_ties)


def _wider(call: Call) -> Iterator[str]:
    """A group may have other customers' sessions too: it ties this customer's on this line, if the
    number is known."""
    record = call.record
    if record is None or record.customer == withheld():
        return
    for tie in call.ties - call.close_ties:
        if len(tie.reveal().partition(" ")[2]) >= UNIQUE:
            yield f"{tie.reveal()}\n{record.line.number}\n{record.customer.text}"
