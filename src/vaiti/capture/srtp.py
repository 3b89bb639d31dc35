"""Opens the SRTP packets of one stream in place (RFC 3711), by libsrtp.

Packets are opened in the order of their arrival and before anything else is asked of them: the
library counts the roll-overs of their sequence numbers. It is used without the mark that says which
of several keys a packet is of (MKI): no proof covers that (RFC 3711, 3.1), so it is read and cut
out here, and each key has counters of its own. What comes after a key's lifetime is not opened, as
RFC 4568 (6.1) has it; only packets that arrived are counted, so that none is lost before.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pylibsrtp import Error, Policy, Session

from vaiti.capture.rtp.packet import REPORTS
from vaiti.capture.sdes import Crypto
from vaiti.capture.srtp_in_place import REFUSED, InPlace, Place

_PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    "AEAD_AES_256_GCM": Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}
_TAG = {"AES_CM_128_HMAC_SHA1_80": 10, "AES_CM_128_HMAC_SHA1_32": 4}
"""Bytes behind the mark in a packet; none with GCM, whose proof is before it (RFC 7714)."""
_TAG_OF_REPORTS = 10
_LEAST = 12
MOST_INDEXES = 16  # sources of one stream of which it is known
STEP = 0x4000  # by which a sequence may jump so that its roll-over is still counted
WINDOW = 128
"""Packets by which one may come late; the stream itself allows fewer."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What another process that goes on with a stream has to know: how often the sequence has
    rolled over is in no packet. `packets` and `reports` are left of each key's lifetime."""

    indexes: Mapping[tuple[bytes, int], int]
    packets: Mapping[bytes, int]
    reports: Mapping[bytes, int]


class Opener:
    """The key and the counters of one stream.

    `indexes`: of each key's mark and SSRC the highest index proven (RFC 3711, 3.3.1).
    """

    def __init__(
        self, crypto: Crypto, left: "Counted | None" = None, *, lasting: bool = False
    ) -> None:
        """`lasting`: another process is to be able to go on from `counted`."""
        self.crypto = crypto
        self._counts = lasting
        self._tag = _TAG.get(crypto.suite, 0)
        self._mark = len(crypto.marked[0][0]) if crypto.marked else 0
        keys = crypto.marked or ((b"", crypto.key),)
        self._sessions = {mark: _session(key, crypto.suite) for mark, key in keys}
        self._left = {mark: life for (mark, _), life in zip(keys, crypto.lives, strict=True)}
        self._left_of_reports = dict(self._left)
        self.spent = 0
        """Packets that came after their key's lifetime."""
        self.indexes = dict(left.indexes) if left is not None else {}
        if left is not None:
            self._left, self._left_of_reports = dict(left.packets), dict(left.reports)
        for (mark, ssrc), index in self.indexes.items():
            _bring_up(self._sessions[mark], dict(keys)[mark], crypto.suite, ssrc, index)

    def is_usual(self, count: int) -> bool:
        """Whether so many packets can be opened in their rows: there is one key, which no mark
        names, and it is good for them all."""
        return not self._mark and self._left.get(b"", 0) >= count

    def open_rows(self, place: Place, first: int, last: int) -> int:
        """Opens the packets in these rows, which are RTP and whole, where `is_usual` of so many.
        How many are refused: of another key, changed, or repeated; their size is then REFUSED, and
        their row holds anything.
        """
        refused = self._sessions[b""].open_rows(place, first, last)
        self._left[b""] -= last - first - len(refused)
        if self._counts:
            self._count_all(place, first, last, refused)
        return len(refused)

    def open_singly(self, place: Place, first: int, tried: list[bool]) -> int:
        """Likewise of whole packets, whatever they are and where reports stand among them. What is
        not `tried` stays as it is."""
        refused = 0
        for row, really in enumerate(tried, first):
            if really:
                plain = self._opened(place.rows[row, : place.sizes[row]].tobytes())
                place.rows[row, : len(plain)] = np.frombuffer(plain, np.uint8)
                place.sizes[row] = len(plain) or REFUSED
                refused += not plain
        return refused

    def _count_all(self, place: Place, first: int, last: int, refused: list[int]) -> None:
        """What `_count` does of each that was opened: of a run its first and last are enough."""
        rows = [row for row in range(first, last) if row not in refused]
        if not refused and place.is_run(first, last - 1):
            rows = [first, last - 1]
        for row in rows:
            self._count(b"", place.rows[row, :_LEAST].tobytes())

    def _opened(self, data: bytes) -> bytes:
        """A packet, or a report that came among them; nothing where nobody vouches for it."""
        if len(data) > 1 and data[1] in REPORTS:
            return self.report(data)
        try:
            return self._plain(data)
        except Error:
            return b""

    @property
    def counted(self) -> Counted:
        return Counted(dict(self.indexes), dict(self._left), dict(self._left_of_reports))

    def report(self, datagram: bytes) -> bytes:
        """The RTCP in a datagram of SRTCP; nothing if nobody vouches for it."""
        mark, bare = self._unmarked(datagram, _TAG_OF_REPORTS if self._tag else 0)
        if mark is None or not self._left_of_reports.get(mark):
            return b""
        try:
            plain: bytes = self._sessions[mark].unprotect_rtcp(bare)
        except Error:
            return b""
        self._left_of_reports[mark] -= 1
        return plain

    def _plain(self, data: bytes) -> bytes:
        mark, bare = self._unmarked(data, self._tag)
        if mark is None or mark not in self._left:
            return b""
        plain: bytes = self._sessions[mark].unprotect(bare)
        if not self._left[mark]:
            self.spent += 1
            return b""
        self._left[mark] -= 1
        if self._counts:
            self._count(mark, plain)
        return plain

    def _count(self, mark: bytes, head: bytes) -> None:
        """Of a packet that begins so: its header stands in the clear."""
        key = (mark, int.from_bytes(head[8:12], "big"))
        before, seq = self.indexes.get(key), int.from_bytes(head[2:4], "big")
        if before is None:
            self.indexes = {**dict(list(self.indexes.items())[1 - MOST_INDEXES :]), key: seq}
        else:
            ahead = (seq - before + 0x8000) % 0x10000 - 0x8000
            self.indexes[key] = max(before, before + ahead)

    def _unmarked(self, data: bytes, tag: int) -> tuple[bytes | None, bytes]:
        """Of which key it is, None where it is too short for one; and the packet without that."""
        end = len(data) - tag
        begin = end - self._mark
        if begin < _LEAST:
            return None, b""
        if begin == end:
            return b"", data
        return data[begin:end], data[:begin] + data[end:]


def _session(key: bytes, suite: str) -> InPlace:
    policy = Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=_PROFILES[suite])
    policy.window_size = WINDOW
    return InPlace(policy)


def _bring_up(session: Session, key: bytes, suite: str, ssrc: int, index: int) -> None:
    """Lets the library count up to `index`: by packets of our own making, with the sender's key,
    for it cannot be told."""
    policy = Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=_PROFILES[suite])
    sender = Session(policy)
    for at in range(index % STEP, index + 1, STEP):
        head = b"\x80\x00" + (at & 0xFFFF).to_bytes(2, "big") + bytes(4) + ssrc.to_bytes(4, "big")
        session.unprotect(sender.protect(head + b"\x00"))
