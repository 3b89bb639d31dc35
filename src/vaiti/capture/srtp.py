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
from numpy.typing import NDArray
from pylibsrtp import Error, Policy, Session

from vaiti.capture.sdes import Crypto
from vaiti.capture.srtp_in_place import InPlace, suits

_PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    "AEAD_AES_256_GCM": Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}
_RTCP = range(192, 224)
"""The second byte of RTCP on an RTP port (RFC 5761)."""
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

    def open(
        self, rows: NDArray[np.uint8], length: NDArray[np.int64], tried: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Opens the packets at the indexes `tried` of `rows` uint8[n, row], of `length` bytes each,
        and shortens them. False for what is of another key, changed, or repeated, whose row then
        holds anything.
        """
        proven = np.ones(len(rows), np.bool_)
        if not len(tried):
            return proven
        sizes = length[tried]
        if self._as_usual(rows, sizes, tried):
            packets = zip(tried.tolist(), sizes.tolist(), strict=True)
            left = self._sessions[b""].open_rows(rows, packets)
            self._shorten(length, tried, np.array(left), proven)
            self._note(rows, tried[proven[tried]])
        else:
            self._open_singly(rows, length, tried, proven)
        return proven

    def _as_usual(
        self, rows: NDArray[np.uint8], sizes: NDArray[np.int64], tried: NDArray[np.int64]
    ) -> bool:
        """Whether all are RTP under the one key, which is good for so many, and lie there whole."""
        if self._mark or self._left.get(b"", 0) < len(tried) or not suits(rows):
            return False
        second = rows[tried, 1]
        reports = (second >= _RTCP.start) & (second < _RTCP.stop)
        return not reports.any() and bool(sizes.max() <= rows.shape[1])

    @staticmethod
    def _shorten(
        length: NDArray[np.int64],
        tried: NDArray[np.int64],
        left: NDArray[np.int64],
        proven: NDArray[np.bool_],
    ) -> None:
        proven[tried] = left > 0
        length[tried] = np.where(left > 0, left, length[tried])

    def _note(self, rows: NDArray[np.uint8], opened: NDArray[np.int64]) -> None:
        """What `_plain` notes of each, of all of them: a header stands in the clear."""
        self._left[b""] -= len(opened)
        if not self._counts or not len(opened):
            return
        ssrcs = rows[opened, 8:12].view(">u4")[:, 0]
        seqs = rows[opened, 2:4].view(">u2")[:, 0].astype(np.int64)
        key = (b"", int(ssrcs[0]))
        before = self.indexes.get(key)
        if before is not None and (ssrcs == ssrcs[0]).all():
            ahead = (seqs - before + 0x8000) % 0x10000 - 0x8000
            if np.abs(ahead).max() < STEP:
                self.indexes[key] = before + max(0, int(ahead.max()))
                return
        for ssrc, seq in zip(ssrcs.tolist(), seqs.tolist(), strict=True):
            self._count((b"", ssrc), seq)

    def _open_singly(
        self,
        rows: NDArray[np.uint8],
        length: NDArray[np.int64],
        tried: NDArray[np.int64],
        proven: NDArray[np.bool_],
    ) -> None:
        """Where marks say of which key each is, reports stand among them, or a key is near its
        end."""
        whole, width = rows.data.cast("B"), rows.shape[1]
        for at, size in zip(tried.tolist(), length[tried].tolist(), strict=True):
            if size > width:
                continue
            begin = at * width
            plain = self._opened(bytes(whole[begin : begin + size]))
            if not plain:
                proven[at] = False
                continue
            whole[begin : begin + len(plain)] = plain
            length[at] = len(plain)

    def _opened(self, data: bytes) -> bytes:
        """A packet, or a report that came among them; nothing where nobody vouches for it."""
        if len(data) > 1 and data[1] in _RTCP:
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
            ssrc, seq = int.from_bytes(plain[8:12], "big"), int.from_bytes(plain[2:4], "big")
            self._count((mark, ssrc), seq)
        return plain

    def _count(self, key: tuple[bytes, int], seq: int) -> None:
        before = self.indexes.get(key)
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
