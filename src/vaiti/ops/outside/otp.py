"""An authenticator app: one-time codes by RFC 6238 (HMAC-SHA-1, six digits, 30 seconds)."""

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

STEP = 30
EARLY = 1
"""Steps of a clock that goes fast, which a server forgives (RFC 6238, 5.2)."""


@dataclass(slots=True)
class Authenticator:
    """Holds a secret as it is typed into an app; `step` is that of the newest code given."""

    secret: bytes
    clock: Callable[[], float]
    step: int = 0

    @classmethod
    def typed(cls, secret: str, clock: Callable[[], float]) -> "Authenticator":
        return cls(base64.b32decode("".join(secret.split())), clock)

    def code(self) -> str:
        """A code that was not given yet; waits where the next one is too far ahead."""
        wanted = max(int(self.clock()) // STEP, self.step + 1)
        while self._comes_again(wanted):
            wanted += 1
        while int(self.clock()) // STEP < wanted - EARLY:
            time.sleep(0.5)
        self.step = wanted
        return self.same()

    def _comes_again(self, step: int) -> bool:
        """Whether the same six digits are one of the next codes, too: used, they would count."""
        later = (code_of(self.secret, step + more) for more in range(1, 2 * EARLY + 2))
        return code_of(self.secret, step) in later

    def same(self) -> str:
        """The newest code once more."""
        return code_of(self.secret, self.step)


def code_of(secret: bytes, step: int) -> str:
    """RFC 4226, 5.3: four bytes of the hash from where its last half byte says."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 0x0F)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06d}"
