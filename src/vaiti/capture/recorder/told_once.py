"""What of a call does not change while it lasts is told once, and left out of whatever is told
with each change: it is three quarters of the call.
"""

from collections.abc import Iterator

from vaiti.capture.orders import Peer
from vaiti.capture.policy import Record
from vaiti.capture.recorder.dense import packed
from vaiti.capture.recorder.plain import dump
from vaiti.capture.sdp import Sdp
from vaiti.capture.siprec.metadata import Metadata

PARTS = b"f"
"""With a call's id the key of what was left out of it, in the order of its places."""
_KINDS = (Metadata, Peer, Record, Sdp)


class ToldOnce:
    """Of each call, by its id, what was told of it once."""

    def __init__(self) -> None:
        self._parts: dict[bytes, list[object]] = {}

    def clear(self) -> None:
        self._parts.clear()

    def entries(self, key: bytes, call: object) -> Iterator[tuple[bytes, bytes | None]]:
        """What has to be put for the call's entry; None for one that is gone."""
        parts = PARTS + key[1:]
        if call is None:
            self._parts.pop(parts, None)
            yield from ((key, None), (parts, None))
            return
        known = self._parts.get(parts, [])
        now = list(known)
        told = dump(call, _KINDS, now)
        if len(now) != len(known):
            if known:  # without those that the call has no more
                now = []
                told = dump(call, _KINDS, now)
            self._parts[parts] = now
            yield parts, packed(dump(now), small=0)
        yield key, packed(told)
