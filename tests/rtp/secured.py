"""SRTP written down from RFC 3711 with nothing but AES and HMAC, to check the library against."""

import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from vaiti.capture.sdes import Crypto

SUITE = "AES_CM_128_HMAC_SHA1_80"
CRYPTO = Crypto(1, SUITE, bytes(range(30)))


def keystream(key: bytes, start: int, size: int) -> bytes:
    """AES in counter mode (section 4.1.1)."""
    cipher = Cipher(AES(key), CTR(start.to_bytes(16, "big"))).encryptor()
    return cipher.update(bytes(size))


def derived(crypto: Crypto, label: int, size: int) -> bytes:
    """A session key (section 4.3.1), at a derivation rate of zero."""
    key, salt = crypto.key[:16], int.from_bytes(crypto.key[16:], "big")
    return keystream(key, (salt ^ label << 48) << 16, size)


def protect(packet: bytes, crypto: Crypto = CRYPTO, roll_over: int = 0, mark: bytes = b"") -> bytes:
    """The SRTP packet for an RTP packet with a plain header of twelve bytes; `mark` is its MKI,
    which is not proven (section 3.1)."""
    seq, ssrc = struct.unpack(">H4xI", packet[2:12])
    salt = int.from_bytes(derived(crypto, 2, 14), "big")
    start = salt << 16 ^ ssrc << 64 ^ (roll_over << 16 | seq) << 16
    stream = keystream(derived(crypto, 0, 16), start, len(packet) - 12)
    hidden = bytes(one ^ other for one, other in zip(packet[12:], stream, strict=True))
    proven = packet[:12] + hidden
    tag = hmac.digest(derived(crypto, 1, 20), proven + struct.pack(">I", roll_over), "sha1")
    return proven + mark + tag[:10]


def protect_report(
    packet: bytes, crypto: Crypto = CRYPTO, index: int = 0, mark: bytes = b""
) -> bytes:
    """The SRTCP packet for an RTCP compound (section 3.4): its index counts from the sender's
    first, and says that it is encrypted."""
    (ssrc,) = struct.unpack(">I", packet[4:8])
    salt = int.from_bytes(derived(crypto, 5, 14), "big")
    stream = keystream(
        derived(crypto, 3, 16), salt << 16 ^ ssrc << 64 ^ index << 16, len(packet) - 8
    )
    hidden = bytes(one ^ other for one, other in zip(packet[8:], stream, strict=True))
    proven = packet[:8] + hidden + struct.pack(">I", 1 << 31 | index)
    return proven + mark + hmac.digest(derived(crypto, 4, 20), proven, "sha1")[:10]
