"""Makes a recording's lossy form, and compares what is heard of both, voice by voice.

The same key seals both objects, as when a recording is packed (playback.settle). The old object
stays; whoever asked removes it.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from vaiti.audio import lossy
from vaiti.audio.likeness import difference
from vaiti.audio.packed import Packer
from vaiti.audio.placing import Anchor
from vaiti.audio.render import Window, lane
from vaiti.audio.track import Run, as_plaintext
from vaiti.playback.recorded import Recorded
from vaiti.playback.reseal import whole_hash
from vaiti.playback.settle import OtherSound, Settled, Tampered
from vaiti.values.ids import ObjectId
from vaiti.values.opus import epochs
from vaiti.values.streams import Epoch
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.sealing import CAPACITY, FIRST_CAPACITY, Sealer
from vaiti.vault.store import Store

__all__ = ["Lesser", "OtherSound", "Tampered", "lessen"]

AT_ONCE: Final = 50  # frames of each voice between those of the others: a second


@dataclass(frozen=True, slots=True)
class Lesser:
    """Into which object, at how many thousands of bits a second of each voice, and the call's time:
    microseconds since the epoch."""

    object_id: ObjectId
    kbits: int
    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True)
class _Shape:
    """The call's time in the window, its tracks, and the epochs of what is made."""

    window: Window
    tracks: tuple[int, ...]
    epochs: tuple[Epoch, ...]

    @property
    def anchors(self) -> list[Anchor]:
        return [Anchor(**asdict(one)) for one in self.epochs]

    @property
    def frames(self) -> int:
        return -(-self.window.frames // lossy.FRAME)


def lessen(opening: Opening, wanted: Lesser, keys: KeyClient, store: Store) -> Settled:
    """The new object is durable, and was heard and compared with the old one, on return.

    Raises OtherSound where `audio.likeness` finds a difference, and what `Recorded` raises, among
    it Tampered for a recording that is not whole.
    """
    recorded, was = Recorded(opening, keys, store), store.size(opening.object_id)
    if whole_hash(recorded) != opening.recording["sha256"]:
        raise Tampered("the object is not the one that the manifest names")
    shape = _shape(opening, wanted)
    sealer = Sealer(recorded.key, opening.grant.call_id)
    written = store.put(wanted.object_id, _sealed(recorded, shape, wanted.kbits, sealer))
    if written != sealer.sha256:
        raise OtherSound("the store did not keep what was sealed")
    copy = recorded.beside(wanted.object_id, sealer.count, shape.anchors)
    if fault := _compared(recorded, copy, shape):
        raise OtherSound(f"what was encoded is not what was received: {fault}")
    return Settled(written, sealer.count, store.size(wanted.object_id), was)


def _shape(opening: Opening, wanted: Lesser) -> _Shape:
    tracks = tuple(sorted(one["index"] for one in opening.recording["tracks"]))
    made = epochs(tracks, wanted.from_us, wanted.to_us)
    return _Shape(Window(wanted.from_us, wanted.to_us), tracks, tuple(made))


def _sealed(recorded: Recorded, shape: _Shape, kbits: int, sealer: Sealer) -> Iterator[bytes]:
    packer = Packer(FIRST_CAPACITY, CAPACITY)
    waiting = b""
    yield sealer.header
    begun = False
    for used in _packed(packer, _encoded(recorded, shape, kbits)):
        if begun:
            yield sealer.seal(as_plaintext(waiting))
        waiting, begun = used, True
    yield sealer.finish(as_plaintext(waiting))


def _packed(packer: Packer, runs: Iterator[Run]) -> Iterator[bytes]:
    for one in runs:
        yield from packer.add([one])
    yield from packer.rest()


def _encoded(recorded: Recorded, shape: _Shape, kbits: int) -> Iterator[Run]:
    """Of all voices, a second of each at a time."""
    began_us = shape.window.from_us
    voices = {track: lossy.Voice(track, kbits, began_us) for track in shape.tracks}
    for first, end in lossy.batches(shape.frames):
        span = {"first": first * lossy.FRAME, "end": end * lossy.FRAME}
        arrived = recorded.arrived(*shape.window.arrivals(**span))
        heard = {
            track: lossy.sounding(arrived, recorded.anchors, track, shape.window, **span)
            for track in shape.tracks
        }
        for begin in range(first, end, AT_ONCE):
            part = slice(begin - first, min(begin + AT_ONCE, end) - first)
            for track, (sound, there) in heard.items():
                some = sound[part.start * lossy.FRAME : part.stop * lossy.FRAME]
                if run := voices[track].take(some, there[part], begin):
                    yield run


def _compared(recorded: Recorded, copy: Recorded, shape: _Shape) -> str:
    """The first difference of a voice, a minute at a time."""
    for first, end in lossy.batches(shape.frames):
        span = first * lossy.FRAME, min(end * lossy.FRAME, shape.window.frames)
        pairs = [
            (one.arrived(*shape.window.arrivals(*span)), one.anchors) for one in (recorded, copy)
        ]
        for track in shape.tracks:
            was, now = (
                lane(runs, anchors, frozenset({track}), shape.window, first=span[0], end=span[1])
                for runs, anchors in pairs
            )
            if fault := difference(was, now):
                return fault
    return ""
