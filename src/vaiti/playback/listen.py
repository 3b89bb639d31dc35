"""A stretch of sound, as bytes of a WAV file that exists nowhere."""

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from vaiti.audio.g711 import RATE
from vaiti.audio.render import lane
from vaiti.audio.wav import HEADER, SAMPLE, header
from vaiti.playback import egress
from vaiti.playback.decoding import require
from vaiti.playback.recorded import LEFT, RIGHT, Recorded
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.opening import Tampered
from vaiti.vault.store import Store

__all__ = [
    "CHANNELS",
    "FIRST_BODY",
    "MAX_BODY",
    "Asked",
    "NoSuchRange",
    "Reply",
    "Tampered",
    "listen",
    "rendered",
]

MAX_BODY: Final = 1 << 20  # in bytes; a player asks for the rest, and is authorised again
GRAIN: Final = 1 << 17  # in bytes: answers to a player end at multiples of it
FIRST_BODY: Final = (
    2 * GRAIN
)  # browsers look at five seconds, which is 160,000 bytes of two channels


CHANNELS: Final = {"both": (LEFT, RIGHT), "agent": (frozenset({"agent"}),)} | {
    "customer": (frozenset({"customer"}),)
}
"""Roles heard in each channel of the file; of `both`, the agent is left, the customer right."""


class Asked(Protocol):
    """A byte range (RFC 9110, 14.1.2): from `first` to `last` or the end, or a `suffix`."""

    @property
    def first(self) -> int | None: ...

    @property
    def last(self) -> int | None: ...

    @property
    def suffix(self) -> int | None: ...


class NoSuchRange(Exception):
    """The range lies beyond the end of the sound. `total` is its length in bytes."""

    def __init__(self, total: int) -> None:
        super().__init__(f"the sound has {total} bytes")
        self.total = total


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes `start` to `end` (inclusive) of `total`, which sound from `from_us` to `to_us`."""

    start: int
    end: int
    total: int
    from_us: int
    to_us: int
    body: bytes = field(repr=False)


def listen(
    opening: Opening, channel: str, asked: Asked | None, keys: KeyClient, store: Store
) -> Reply:
    """What was asked for, or as much of it as one answer gives. `channel` is one of `CHANNELS`.

    Nothing outside the grant's stretch leaves, and nothing uncounted. Raises NoSuchRange,
    NoDecoder, Uncounted, and what `Recorded` raises.
    """
    reply = rendered(opening, channel, asked, keys, store)
    egress.count(opening, len(reply.body))
    return reply


def rendered(
    opening: Opening, channel: str, asked: Asked | None, keys: KeyClient, store: Store
) -> Reply:
    """As `listen`, for whoever asks whether it could be heard and hands nothing out."""
    require(opening.recording)
    recorded = Recorded(opening, keys, store)
    sides = CHANNELS[channel]
    width = len(sides) * SAMPLE
    total = HEADER + recorded.window.frames * width
    start, end = _resolve(asked, total)
    first, last = max(0, start - HEADER) // width, -(-max(0, end - HEADER) // width)
    sound = _frames(recorded, sides, first, last)
    if start < HEADER:
        body = (header(recorded.window.frames, len(sides)) + sound)[start:end]
    else:
        skip = start - HEADER - first * width
        body = sound[skip : skip + end - start]
    from_us = recorded.window.from_us
    step = 1_000_000 // RATE
    return Reply(start, end - 1, total, from_us + first * step, from_us + last * step, body)


def _resolve(asked: Asked | None, total: int) -> tuple[int, int]:
    """Start and end (exclusive) of what is sent. Raises NoSuchRange."""
    start, end, most = 0, total, MAX_BODY
    if asked and asked.suffix is not None:
        start = max(0, total - asked.suffix)
    elif asked and asked.first is not None:
        start = asked.first
        if asked.last is None:
            most = _most(start)
        else:
            end = min(total, asked.last + 1)
    if start >= end:
        raise NoSuchRange(total)
    return start, min(end, start + most)


def _most(start: int) -> int:
    """Bytes for a player, which names no end: few at the beginning and where it seeks, then more.

    Answers end at multiples of GRAIN. One that begins at such is as long as the largest power of
    two that divides its start: they grow until they are MAX_BODY long.
    """
    odd = start % GRAIN
    if odd or not start:
        return FIRST_BODY - odd
    return min(MAX_BODY, start & -start)


def _frames(recorded: Recorded, sides: tuple[frozenset[str], ...], first: int, end: int) -> bytes:
    """Frames `first` to `end` (exclusive), the channels interleaved, little-endian."""
    if first == end:
        return b""
    runs = recorded.arrived(*recorded.window.arrivals(first, end))
    lanes = [
        lane(
            runs,
            recorded.anchors,
            recorded.tracks(roles),
            recorded.window,
            first=first,
            end=end,
        )
        for roles in sides
    ]
    return np.stack(lanes, axis=1).astype("<i2").tobytes()
