"""By what a later part of a call is known, should another recorder have it: docs/siprec.md.

The sender's identifiers are never kept, for they may be numbers. What is kept is a digest of each
under a key that all recorders of the register share, and nobody who has a manifest knows. Pure.
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from vaiti.capture.parties import UNIQUE, names_a_call
from vaiti.capture.session.call import Call
from vaiti.capture.siprec.metadata import Metadata
from vaiti.values.masked import withheld
from vaiti.vault.manifest import MAX_SESSIONS

DIGITS: Final = 32  # hexadecimals of a digest
MAX_NAMES: Final = 12  # by which a call may be known where no identifier is certain
MAX_DEVICES: Final = 4


def digests(tie_key: str, call: Call) -> tuple[str, ...]:
    """One for each communication session, and each group of them, in order; none without a key."""
    return tuple(_keyed(tie_key, call, (*_close(call), *_wider(call)))[:MAX_SESSIONS])


@dataclass(frozen=True, slots=True)
class Likeness:
    """Digests of what two calls may have in common by chance, and the parts of one call will:
    `left` in notes of this one, `looked` for among those of others."""

    left: frozenset[str] = frozenset()
    looked: frozenset[str] = frozenset()


def likeness(tie_key: str, call: Call) -> Likeness:
    """Of a call whose line is known: with the same customer, as far as the number is kept, the same
    name of whatever kind; or the same agent.

    Where the number is withheld, the agent alone tells nothing of calls that both have identifiers.
    """
    record = call.record
    if record is None:
        return Likeness()
    customer = record.customer
    about = "\n".join((record.line.number, record.direction, customer.text))
    names = sorted({f"named\n{about}\n{one}" for one in _names(call)})[:MAX_NAMES]
    devices = (record.devices or ("",))[:MAX_DEVICES]
    alike = [f"alike\n{about}\n{device}" for device in devices]
    if customer != withheld():
        both = frozenset(_keyed(tie_key, call, (*names, *alike)))
        return Likeness(both, both)
    certain = [f"certain {one}" for one in alike]
    ours, theirs = (certain, alike) if _is_certain(call) else (alike, (*alike, *certain))
    named = frozenset(_keyed(tie_key, call, names))
    left, looked = (frozenset(_keyed(tie_key, call, each)) for each in (ours, theirs))
    return Likeness(named | left, named | looked)


def _keyed(tie_key: str, call: Call, texts: Iterable[str]) -> list[str]:
    if not tie_key:
        return []
    key, peer = bytes.fromhex(tie_key), call.peer.name
    named = (f"{peer}\n{one}".encode("utf-8", "surrogatepass") for one in texts)
    return sorted({hmac.digest(key, one, "sha256").hex()[:DIGITS] for one in named})


def _is_certain(call: Call) -> bool:
    return bool(call.close_ties) or any(_wider(call))


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


def _names(call: Call) -> Iterator[str]:
    """Whatever a sender says that it would say of the same call again."""
    yield from (each.reveal() for each in (*call.named, *call.ties))
    for branch in call.branches:
        yield from _told(branch.metadata)


def _told(metadata: Metadata) -> Iterator[str]:
    for each in metadata.sessions:
        yield f"session {each.reveal()}"
    for each in metadata.groups:
        yield f"group {each.reveal()}"
    for each in metadata.clues:
        yield each.reveal()
    for extension in metadata.extensions:
        if names_a_call(extension.name):
            yield f"{extension.name.lower()} {extension.value.reveal()}"
