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
    """The greatest normalised correlation over all shifts within SLACK: 1 is the same sound."""
    length = min(len(sent), len(heard))
    one, other = sent[:length] - sent[:length].mean(), heard[:length] - heard[:length].mean()
    scale = float(np.linalg.norm(one) * np.linalg.norm(other))
    if scale == 0.0:
        return 0.0
    size = 1 << (2 * length - 1).bit_length()
    product: Samples = np.fft.irfft(
        np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size
    )
    return max(float(product[:SLACK].max()), float(product[-SLACK:].max())) / scale


def found(piece: Samples, whole: Samples) -> float:
    """The greatest normalised correlation of `piece` with any stretch of `whole` of its length."""
    length = len(piece)
    if length == 0 or length > len(whole):
        return 0.0
    size = 1 << (length + len(whole)).bit_length()
    product: Samples = np.fft.irfft(
        np.fft.rfft(whole, size) * np.conj(np.fft.rfft(piece, size)), size
    )[: len(whole) - length + 1]
    powers = np.concatenate([[0.0], np.cumsum(whole * whole)])
    scale = np.sqrt(np.maximum(powers[length:] - powers[:-length], 1.0) * np.sum(piece * piece))
    return float((product / np.maximum(scale, 1.0)).max())


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
