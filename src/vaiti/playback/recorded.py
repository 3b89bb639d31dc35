"""A sealed recording under one opening: its segments read and opened as they are needed.

The key is asked for at each request and dropped with it, so that a dead key or an expired grant
ends the sound. What may be heard is read from the token that the key process has just checked.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Final

from vaiti.audio.packed import plain, read
from vaiti.audio.placing import Anchor
from vaiti.audio.relation import Line, lines
from vaiti.audio.render import Window
from vaiti.audio.track import Run, TrackError
from vaiti.values.ids import ObjectId
from vaiti.values.streams import Tie
from vaiti.vault.aside import Aside
from vaiti.vault.grant import GrantRefused, Opening, claims
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.opening import Opener, Tampered, place
from vaiti.vault.sealing import HEADER
from vaiti.vault.store import Store

AT_ONCE: Final = 64  # segments in one read of the store: 256 KiB
DISORDER_US: Final = 8_000_000  # by which segments may be out of the order of arrival:
# what a socket's buffer holds (5.1 s), the second that a started segment waits, and some more

LEFT: Final = frozenset({"agent", "mixed", "unknown"})
RIGHT: Final = frozenset({"customer", "mixed", "unknown"})
"""Which roles are heard where, and drawn in which lane."""


class Recorded:
    """The recording that `opening` opens.

    Raises KeysUnavailable, KeysRefused (`gone` when the key is dead, `refused` when the grant does
    not hold), GrantRefused, StoreError and Tampered.
    """

    def __init__(self, opening: Opening, keys: KeyClient, store: Store) -> None:
        key = keys.unwrap(opening.token)
        grant = claims(opening.token)
        if grant != opening.grant:
            raise GrantRefused("the opening is not what its grant says")
        facts = opening.recording
        self.window = Window(grant.from_us, grant.to_us)
        self.anchors = anchors_of(facts)
        self.aside = Aside(key, grant.call_id)
        self.key = key
        self.key_digest = hashlib.sha256(key).hexdigest()
        self._roles = {track["index"]: str(track["role"]) for track in facts["tracks"]}
        self._store, self._object_id, self._call = store, opening.object_id, grant.call_id
        self.header = store.get(opening.object_id, 0, HEADER)
        self.count = int(facts["segments"])
        self.finished = bool(facts["finished"])
        self._opener = Opener(key, grant.call_id, self.header, self.finished, self.count)

    def beside(
        self, object_id: ObjectId, count: int, anchors: Sequence[Anchor] | None = None
    ) -> "Recorded":
        """The same recording in another object, whole, of so many segments, under the same key;
        `anchors`: those of its packets, where they are others."""
        other = copy(self)
        other.anchors = self.anchors if anchors is None else anchors
        other._object_id, other.count, other.finished = object_id, count, True
        other.header = self._store.get(object_id, 0, HEADER)
        other._opener = Opener(self.key, self._call, other.header, True, count)
        return other

    def tracks(self, roles: frozenset[str]) -> frozenset[int]:
        return frozenset(track for track, role in self._roles.items() if role in roles)

    def sealed(self, first: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Segments `first` to `end` (exclusive) as they are stored, with their indexes."""
        for begin in range(first, end, AT_ONCE):
            last = min(begin + AT_ONCE, end) - 1
            start = place(begin)[0]
            stored = self._store.get(self._object_id, start, sum(place(last)) - start)
            for index in range(begin, last + 1):
                at, size = place(index)
                yield index, stored[at - start : at - start + size]

    def plaintext(self, index: int, ciphertext: bytes) -> bytes:
        return self._opener.plaintext(index, ciphertext)

    def records(self, index: int, ciphertext: bytes) -> bytes:
        """The segment's runs as plain records, whether or not they are packed."""
        try:
            return plain(self.plaintext(index, ciphertext))
        except TrackError as error:
            raise Tampered(f"segment {index} holds no track records") from error

    def runs(self, index: int, ciphertext: bytes) -> list[Run]:
        try:
            return list(read(self.plaintext(index, ciphertext)))
        except TrackError as error:
            raise Tampered(f"segment {index} holds no track records") from error

    def arrived(self, since: int, until: int) -> list[Run]:
        """All runs with packets that arrived in that time, and some others beside them.

        In microseconds since the epoch. The first segment is found by bisection.
        """
        found = []
        for index, ciphertext in self.sealed(self._first_since(since - DISORDER_US), self.count):
            runs = self.runs(index, ciphertext)
            if runs and int(runs[0].arrival_us[0]) >= until + DISORDER_US:
                break
            found += runs
        return found

    def _first_since(self, moment: int) -> int:
        """The last segment that may begin before `moment`; 0 when none does."""
        low, high = 0, self.count
        while high - low > 1:
            middle = (low + high) // 2
            begins = self._begins(middle, high)
            if begins is not None and begins < moment:
                low = middle
            else:
                high = middle
        return low

    def _begins(self, index: int, end: int) -> int | None:
        """When the first packet arrived from segment `index` on; None when there is none."""
        for at in range(index, end):
            for _, ciphertext in self.sealed(at, at + 1):
                if runs := self.runs(at, ciphertext):
                    return int(runs[0].arrival_us[0])
        return None


def anchors_of(facts: Mapping[str, Any]) -> Sequence[Anchor]:
    """The manifest's epochs, each with what its sender's reports tell of its stream."""
    told = lines(Tie(**tie) for tie in facts.get("ties", ()))
    anchors = (Anchor(**epoch) for epoch in facts["epochs"])
    return [replace(each, lines=_of(each, told.get(each.track, ()))) for each in anchors]


def _of(anchor: Anchor, told: Sequence[Line]) -> tuple[Line, ...]:
    same = (anchor.ssrc, anchor.clock)
    return tuple(line for line in told if (line.ssrc, line.clock) == same)
