"""Opens the SRTP packets of one stream in place (RFC 3711), by libsrtp.

Packets are opened in the order of their arrival and before anything else is asked of them: the
library counts the roll-overs of their sequence numbers.
"""

import numpy as np
from numpy.typing import NDArray
from pylibsrtp import Error, Policy, Session

from vaiti.capture.sdes import Crypto

_PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    "AEAD_AES_256_GCM": Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}
_RTCP = range(192, 224)
"""The second byte of RTCP on an RTP port (RFC 5761)."""
WINDOW = 128
"""Packets by which one may come late; the stream itself allows fewer."""


class Opener:
    """The key and the counters of one stream."""

    def __init__(self, crypto: Crypto) -> None:
        self.crypto = crypto
        policy = Policy(
            key=crypto.key,
            ssrc_type=Policy.SSRC_ANY_INBOUND,
            srtp_profile=_PROFILES[crypto.suite],
        )
        policy.window_size = WINDOW
        self._session = Session(policy)

    def open(
        self, rows: NDArray[np.uint8], length: NDArray[np.int64], tried: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Opens the packets at the indexes `tried` of `rows` uint8[n, row], of `length` bytes each,
        and shortens them. False for what is of another key, changed, or repeated.
        """
        proven = np.ones(len(rows), np.bool_)
        for at in tried.tolist():
            size = int(length[at])
            if size > rows.shape[1]:
                continue
            data = rows[at, :size].tobytes()
            report = size > 1 and data[1] in _RTCP
            try:
                plain = self.report(data) if report else self._session.unprotect(data)
            except Error:
                plain = b""
            if not plain:
                proven[at] = False
                continue
            rows[at, : len(plain)] = np.frombuffer(plain, np.uint8)
            length[at] = len(plain)
        return proven

    def report(self, datagram: bytes) -> bytes:
        """The RTCP in a datagram of SRTCP; nothing if nobody vouches for it."""
        try:
            return self._session.unprotect_rtcp(datagram)
        except Error:
            return b""
