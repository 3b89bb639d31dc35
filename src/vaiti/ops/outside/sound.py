"""Compares what was said with what is heard. Reads wave files and G.711 with tables of its own."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vaiti.ops.outside.fault import Fault

Samples = NDArray[np.float64]
RATE = 8000
SLACK = 2 * RATE
"""Samples by which what is heard may begin earlier or later than what was sent."""
PIECE = RATE // 4
STEPS = range(-160, 161, 40)
"""Samples by which a PIECE may stand beside the others: in steps of 5 ms, 20 at most (N-12)."""
PCM, ALAW, ULAW = 1, 6, 7


@dataclass(frozen=True, slots=True)
class Heard:
    """`lanes` has one row a channel."""

    rate: int
    lanes: Samples


def alaw_table() -> Samples:
    """The 256 values of ITU-T G.711, table 1a, scaled to 16 bits."""
    codes = np.arange(256) ^ 0x55
    segment, step = (codes >> 4) & 7, codes & 15
    size = np.where(
        segment > 0, ((step << 4) + 0x108) << np.maximum(segment - 1, 0), (step << 4) + 8
    )
    return np.where(codes & 0x80, size, -size).astype(np.float64)


def ulaw_table() -> Samples:
    """The 256 values of ITU-T G.711, table 2a, scaled to 16 bits."""
    codes = ~np.arange(256) & 0xFF
    size = ((((codes & 15) << 3) + 0x84) << ((codes >> 4) & 7)) - 0x84
    return np.where(codes & 0x80, -size, size).astype(np.float64)


def read_wave(content: bytes) -> Heard:
    """A RIFF wave file of 16-bit samples, A-law or µ-law. Raises Fault."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise Fault("what should be sound is no wave file")
    kind = channels = rate = 0
    position = 12
    while position + 8 <= len(content):
        name, size = (
            content[position : position + 4],
            int.from_bytes(content[position + 4 : position + 8], "little"),
        )
        body = content[position + 8 : position + 8 + size]
        if name == b"fmt ":
            kind, channels, rate = struct.unpack_from("<HHI", body)
        elif name == b"data" and channels:
            return Heard(rate, decoded(kind, body).reshape(-1, channels).T)
        position += 8 + size + size % 2
    raise Fault("the wave file has no sound in it")


def decoded(kind: int, body: bytes) -> Samples:
    if kind == PCM:
        return np.frombuffer(body[: len(body) // 2 * 2], dtype="<i2").astype(np.float64)
    if kind not in (ALAW, ULAW):
        raise Fault(f"the wave file is of the unknown format {kind}")
    table: Samples = alaw_table() if kind == ALAW else ulaw_table()
    return table.take(np.frombuffer(body, dtype=np.uint8))


def read_file(path: Path) -> Samples:
    lane: Samples = read_wave(path.read_bytes()).lanes[0]
    return lane


def likeness(sent: Samples, heard: Samples) -> float:
    """How like what is heard is to what was sent, wherever within SLACK it begins: 1 is the same.

    Another voice reaches some 0.1.
    """
    length = min(len(sent), len(heard))
    one, other = sent[:length] - sent[:length].mean(), heard[:length] - heard[:length].mean()
    if not one.any() or not other.any():
        return 0.0
    size = 1 << (2 * length - 1).bit_length()
    product = correlation(one, other, size)
    later, earlier = int(product[:SLACK].argmax()), int(product[-SLACK:].argmax())
    shift = later if product[later] >= product[earlier - SLACK] else earlier - SLACK
    return by_pieces(one, other, shift) / float(np.linalg.norm(one) * np.linalg.norm(other))


def found(piece: Samples, whole: Samples) -> float:
    """How like `piece` is to the stretch of `whole` that is most like it."""
    length = len(piece)
    if length == 0 or length > len(whole):
        return 0.0
    size = 1 << (length + len(whole)).bit_length()
    product = correlation(whole, piece, size)[: len(whole) - length + 1]
    powers = np.concatenate([[0.0], np.cumsum(whole * whole)])
    scale = np.sqrt(np.maximum(powers[length:] - powers[:-length], 1.0) * np.sum(piece * piece))
    at = int((product / np.maximum(scale, 1.0)).argmax())
    return min(1.0, by_pieces(piece, whole, -at) / max(float(scale[at]), 1.0))


def correlation(one: Samples, other: Samples, size: int) -> Samples:
    """The sums of products of `one` shifted and `other`, over all shifts, in a circle of `size`."""
    product: Samples = np.fft.irfft(
        np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size
    )
    return product


def by_pieces(one: Samples, other: Samples, shift: int) -> float:
    """The sum of products of `one` and what stands `shift` samples earlier in `other`. Each PIECE
    may stand a step or two beside: lanes are set right in such steps (docs/playback.md)."""
    padded = np.pad(other, max(SLACK, len(one)) + STEPS[-1])
    start = max(SLACK, len(one)) + STEPS[-1] - shift
    total = 0.0
    for begin in range(0, len(one), PIECE):
        piece = one[begin : begin + PIECE]
        places = (start + begin + step for step in STEPS)
        total += max(float(piece @ padded[at : at + len(piece)]) for at in places)
    return total


def codings(path: Path, count: int = 6) -> list[bytes]:
    """The liveliest stretches of 20 ms of a wave file: as 16-bit samples both ways, and A-law."""
    samples = read_file(path)
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    lively = frames[np.argsort(-np.abs(frames).sum(axis=1))[:count]]
    linear = [frame.astype(order).tobytes() for frame in lively for order in ("<i2", ">i2")]
    return linear + [encode_alaw(frame) for frame in lively]


def encode_alaw(samples: Samples) -> bytes:
    """G.711 A-law by its decision levels: each value is in the middle between two of them."""
    table = alaw_table()
    upward, downward = np.argsort(table)[128:], np.argsort(-table)[128:]
    levels = [0.0]
    for value in table[upward]:
        levels.append(2 * float(value) - levels[-1])
    magnitude = np.where(samples < 0, -samples - 1, samples)
    place = np.searchsorted(np.array(levels[1:-1]), magnitude, side="right")
    return bytes(np.where(samples < 0, downward[place], upward[place]).astype(np.uint8))
