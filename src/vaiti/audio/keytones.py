"""Key presses that are heard as tones (DTMF, ITU-T Q.23): found, and made silence, before sealing.

Only for lines on which customers press keys (L-42). A packet is a key's when its sound lies in one
low and one high tone of the keypad and in nothing else, and so does that of its neighbours; what
stands beside such packets may hold the tone's edges and goes with them. Speech hardly ever does
that; what it costs is docs/siprec.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.g711 import CODECS, RATE, TABLES
from vaiti.audio.track import Run, RunHead, entry_type, read_records

LOW: Final = (697.0, 770.0, 852.0, 941.0)
HIGH: Final = (1209.0, 1336.0, 1477.0, 1633.0)
OFFSETS: Final = (-0.012, 0.0, 0.012)  # senders' tones may be wrong by 1.5 % (Q.24)
STRONG: Final = 0.9  # of a packet's power in two tones: this is nothing but a key
WEAK: Final = 0.35  # where a tone begins or ends within the packet
TWIST: Final = 0.12  # the weaker tone over the stronger one: 9 dB
FAINTEST: Final = 55.0  # root mean square of 16-bit samples: -47 dBm0; what is fainter is no key
SHORTEST: Final = 240  # samples; a tone shorter than 30 ms is none
UNKNOWN: Final = -1
_SILENT: Final = (0xD5, 0xFF)  # of each codec

Codecs = Mapping[tuple[int, int], str]
"""The name of the codec by track and payload type."""
Mask = NDArray[np.bool_]


@dataclass(slots=True)
class _Held:
    """The newest packets of a track as they came, and which are known to be a key's."""

    run: Run
    pressed: Mask


class KeyTones:
    """The filter of one call. Runs go in, and come out a little later with keys made silence."""

    def __init__(self, codecs: Codecs) -> None:
        self.found = False
        self._codecs = codecs
        self._held: dict[int, _Held] = {}

    def take(self, head: bytes, entries: memoryview) -> list[tuple[bytes, memoryview]]:
        """The runs to write now; some packets are kept back until what follows them is known."""
        [run] = read_records(head + bytes(entries))
        held = self._held.pop(run.track, None)
        out: list[tuple[bytes, memoryview]] = []
        pressed = np.zeros(len(run.seq), np.bool_)
        if held is not None and _goes_on(held.run, run):
            run, pressed = _joined(held.run, run), np.concatenate((held.pressed, pressed))
        elif held is not None:
            out.append(self._written(held.run, held.pressed))
        pressed |= self._presses(run)
        last = max(0, len(run.seq) - _needed(run) - 1)
        if last:
            out.append(self._written(_part(run, slice(0, last)), pressed[:last]))
        self._held[run.track] = _Held(_part(run, slice(last, None)), pressed[last:])
        return out

    def rest(self) -> Iterator[tuple[bytes, memoryview]]:
        """What was kept back, at the end."""
        for held in self._held.values():
            yield self._written(held.run, held.pressed)
        self._held.clear()

    def left(self) -> tuple[bool, list[tuple[bytes, bytes, bytes]]]:
        """What is kept back, for `go_on` of another filter of the same call: whether a key was
        found; of each track its run's head and entries, and which packets are a key's."""
        held = []
        for each in self._held.values():
            head, entries = self._written(each.run, np.zeros_like(each.pressed))
            held.append((head, bytes(entries), each.pressed.tobytes()))
        return self.found, held

    def go_on(self, found: bool, held: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Takes over what another filter left."""
        self.found = found
        for head, entries, told in held:
            [run] = read_records(head + entries)
            self._held[run.track] = _Held(run, np.frombuffer(told, np.bool_).copy())

    def _written(self, run: Run, pressed: Mask) -> tuple[bytes, memoryview]:
        count, length = run.payload.shape
        base_us = int(run.arrival_us[0])
        entries = np.empty(count, entry_type(length))
        entries["seq"], entries["ts"] = run.seq, run.ts
        entries["delta"] = run.arrival_us - np.uint64(base_us)
        entries["payload"] = run.payload
        if pressed.any():
            self.found = True
            entries["payload"][pressed] = _SILENT[self._codec(run)]
        head = RunHead(run.track, run.pt, run.ssrc, base_us, length).encode(count)
        return head, memoryview(entries.tobytes())

    def _codec(self, run: Run) -> int:
        name = self._codecs.get((run.track, run.pt), "")
        return CODECS.index(name) if name in CODECS else UNKNOWN

    def _presses(self, run: Run) -> Mask:
        codec = self._codec(run)
        if codec == UNKNOWN:
            return np.zeros(len(run.seq), np.bool_)
        return pressed(TABLES[codec][run.payload], _needed(run))


def pressed(sound: NDArray[np.int16], needed: int) -> Mask:
    """Which packets hold a key's tone, or its edge. `sound` int16[n, samples] is one stretch.

    A key is at least `needed` packets in a row that are like it, one of them beyond doubt.
    """
    key, share = _keys(sound)
    sure, like = share >= STRONG, share >= WEAK
    found = np.zeros(len(sound), np.bool_)
    for at in np.flatnonzero(sure):
        first = last = int(at)
        while first and like[first - 1] and key[first - 1] == key[at]:
            first -= 1
        while last + 1 < len(sound) and like[last + 1] and key[last + 1] == key[at]:
            last += 1
        if last - first + 1 >= needed:
            found[max(0, first - 1) : last + 2] = True
    return found


def _keys(sound: NDArray[np.int16]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Of each packet the key that it is most like, and how much of its power is that key's."""
    samples = sound.astype(np.float32)
    total = np.einsum("ij,ij->i", samples, samples)
    spectrum = samples @ _tones(sound.shape[1])
    power = (spectrum[:, 0::2] ** 2 + spectrum[:, 1::2] ** 2) * (2 / sound.shape[1])
    tones = power.reshape(len(sound), 8, len(OFFSETS)).max(axis=2)
    low, high = tones[:, :4], tones[:, 4:]
    row, column = low.argmax(axis=1), high.argmax(axis=1)
    lower, higher = low.max(axis=1), high.max(axis=1)
    share = (lower + higher) / np.maximum(total, 1.0)
    twisted = np.minimum(lower, higher) < TWIST * np.maximum(lower, higher)
    share[twisted | (total < sound.shape[1] * FAINTEST**2)] = 0.0
    return row * 4 + column, share


@lru_cache(maxsize=32)
def _tones(length: int) -> NDArray[np.float32]:
    """Cosine and sine of each tone, and of each a little lower and higher, in columns."""
    at = np.arange(length) / RATE
    waves = [
        wave(2 * np.pi * tone * (1 + offset) * at)
        for tone in (*LOW, *HIGH)
        for offset in OFFSETS
        for wave in (np.cos, np.sin)
    ]
    return np.stack(waves, axis=1).astype(np.float32)


def _needed(run: Run) -> int:
    """How many packets the shortest tone fills."""
    length = max(1, int(run.payload.shape[1]))
    return max(1, -(-SHORTEST // length))


def _goes_on(held: Run, run: Run) -> bool:
    same = (held.pt, held.ssrc, held.payload.shape[1]) == (run.pt, run.ssrc, run.payload.shape[1])
    return same and len(held.seq) > 0 and int(run.arrival_us.min()) >= int(held.arrival_us[0])


def _joined(first: Run, second: Run) -> Run:
    parts = {
        name: np.concatenate((getattr(first, name), getattr(second, name)))
        for name in ("seq", "ts", "arrival_us", "payload")
    }
    return Run(first.track, first.pt, first.ssrc, **parts)


def _part(run: Run, chosen: slice) -> Run:
    parts = {name: getattr(run, name)[chosen] for name in ("seq", "ts", "arrival_us", "payload")}
    return Run(run.track, run.pt, run.ssrc, **parts)
