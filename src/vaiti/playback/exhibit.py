"""What a package of evidence holds of a recording: as it was sealed, as received, as it is heard.

With the call's own data key, so that a stranger opens the sealed object without us. The key opens
this recording and nothing else, and whoever gets it gets the sound beside it.
"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from vaiti.audio.g711 import RATE
from vaiti.audio.wav import HEADER as WAV_HEADER
from vaiti.audio.wav import SAMPLE
from vaiti.audit.exhibit import cut
from vaiti.audit.received import CAPTURE_HEADER, captured
from vaiti.playback import egress
from vaiti.playback.copying import Sound
from vaiti.playback.recorded import Recorded
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.opening import Tampered
from vaiti.vault.store import Store

CHANNELS = 2
SECOND_US = 1_000_000


class Piece(NamedTuple):
    """A stretch of a file, and when what is in it was, in microseconds since 1970; None: never."""

    data: bytes
    from_us: int | None = None
    to_us: int | None = None


class Exhibit:
    """Raises NoDecoder, and what `Recorded` raises. Each method may be asked again and gives the
    same bytes."""

    def __init__(self, opening: Opening, keys: KeyClient, store: Store) -> None:
        self._recorded = Recorded(opening, keys, store)
        self._sound = Sound(
            opening, "both", (), keys, store, compressing=False, recorded=self._recorded
        )
        self._sha256 = opening.recording["sha256"]
        self.key = self._recorded.key
        self.finished = self._recorded.finished
        self.window = self._recorded.window
        self._opening, self._captured = opening, 0

    @property
    def taken(self) -> int:
        """Bytes of sound given out so far, as heard and as received."""
        return self._sound.taken + self._captured

    def sealed(self) -> Iterator[Piece]:
        """Header and segments as they lie in the store. Raises Tampered where they are not what
        was sealed."""
        recorded, digest = self._recorded, hashlib.sha256(self._recorded.header)
        yield Piece(recorded.header)
        for index, ciphertext in recorded.sealed(0, recorded.count):
            digest.update(ciphertext)
            runs = [run.arrival_us for run in recorded.runs(index, ciphertext)]
            first = min((int(one.min()) for one in runs), default=None)
            last = max((int(one.max()) for one in runs), default=None)
            yield Piece(ciphertext, first, last)
        if digest.hexdigest() != self._sha256:
            raise Tampered("the object is not the one that the manifest names")

    def received(self) -> Iterator[Piece]:
        """A capture of the packets, in the order received, a piece for each segment."""
        recorded = self._recorded
        yield Piece(CAPTURE_HEADER)
        for index, ciphertext in recorded.sealed(0, recorded.count):
            one = captured(recorded.plaintext(index, ciphertext))
            egress.count(self._opening, len(one.data))
            self._captured += len(one.data)
            yield Piece(one.data, one.first_us, one.last_us)

    def heard(self) -> Iterator[Piece]:
        """The WAV file as a listener hears it, a piece for each second."""
        seconds = -(-self.window.frames // RATE)
        width = CHANNELS * SAMPLE * RATE
        for number, data in enumerate(cut(self._sound.wav(), [WAV_HEADER, *[width] * seconds])):
            begins = self.window.from_us + (number - 1) * SECOND_US
            yield Piece(data, begins, begins + SECOND_US) if number else Piece(data)
