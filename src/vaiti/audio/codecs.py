"""Codecs besides G.711, decoded for a listener at G.711's rate. Recordings keep what was received.

L16 is read here; the others by PyAV, which an installation may do without (docs/siprec.md). A block
of packets is decoded by itself, from a fresh decoder, so that the same sound comes out whatever
range is asked for; the last packets before it are decoded first and thrown away (audio/render.py).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.g711 import RATE

L16: Final = "L16"
RATES: Final[Mapping[str, int]] = {"G722": 16_000, "OPUS": 48_000, "G729": 8_000}
"""The rate of what is decoded. The RTP clock of G.722 is 8,000 all the same (RFC 3551, 4.5.2)."""
LIBRARY: Final[Mapping[str, str]] = {"G722": "g722", "OPUS": "libopus", "G729": "g729"}
"""What the library calls them."""
BEYOND_G711: Final = frozenset({*RATES, L16})
G729_FRAME: Final = 10  # bytes; a shorter last one describes noise (Annex B)
TAPS: Final = 16  # of the low-pass filter, for each sample that is left out

Samples = NDArray[np.int16]


@cache
def decodable() -> frozenset[str]:
    """What this installation can decode, besides G.711."""
    try:
        import av.codec
    except ImportError:
        return frozenset({L16})
    known = av.codec.codecs_available
    return frozenset({L16, *(name for name, theirs in LIBRARY.items() if theirs in known)})


def lacking(codecs: Iterable[str]) -> tuple[str, ...]:
    """Those of them that this installation would need a decoder for, and has none."""
    return tuple(sorted(set(codecs) & RATES.keys() - decodable()))


def decoded(codec: str, clock: int, payloads: Sequence[bytes]) -> list[Samples]:
    """The sound of packets that follow each other, of each by itself, 8,000 samples a second.

    Nothing for a packet that cannot be decoded, and for one whose sound was taken out (zeros).
    """
    if codec == L16:
        return _at_our_rate([_l16(each) for each in payloads], clock)
    if codec not in decodable():
        return [np.zeros(0, np.int16)] * len(payloads)
    decode = _decoder(codec)
    found = [decode(each) if any(each) else np.zeros(0, np.int16) for each in payloads]
    return _at_our_rate(found, RATES[codec])


def _l16(payload: bytes) -> Samples:
    return np.frombuffer(payload[: len(payload) // 2 * 2], ">i2").astype(np.int16)


def _decoder(codec: str) -> Callable[[bytes], Samples]:
    import av
    from av.error import FFmpegError

    context = av.AudioCodecContext.create(LIBRARY[codec], "r")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate = RATES[codec]
    context.layout = "mono"

    def decode(payload: bytes) -> Samples:
        if codec == "G729":
            payload = payload[: len(payload) // G729_FRAME * G729_FRAME]
        try:
            frames = context.decode(av.Packet(payload)) if payload else []
        except FFmpegError:  # a peer may send anything
            return np.zeros(0, np.int16)
        parts = [_linear(frame.to_ndarray()) for frame in frames]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    return decode


def _linear(samples: NDArray[Any]) -> Samples:
    """One channel of 16-bit samples, of whatever the decoder gives."""
    first = samples.reshape(samples.shape[0], -1)[0]
    if first.dtype.kind == "f":
        first = (first * 32767).clip(-32768, 32767)
    whole: Samples = first.astype(np.int16)
    return whole


def _at_our_rate(packets: list[Samples], rate: int) -> list[Samples]:
    """Filtered together, so that no packet's edge is heard, and thinned out each by itself."""
    if rate == RATE or not packets:
        return packets
    whole = np.concatenate(packets)
    if not len(whole):
        return packets
    smooth = np.convolve(whole, _low_pass(rate), "same").clip(-32768, 32767).astype(np.int16)
    edges = pairwise(accumulate(map(len, packets), initial=0))
    return [smooth[_places(low, high, rate)] for low, high in edges]


def _places(low: int, high: int, rate: int) -> NDArray[np.int64]:
    count = (high - low) * RATE // rate
    return low + np.arange(count, dtype=np.int64) * rate // RATE


@lru_cache(maxsize=8)
def _low_pass(rate: int) -> NDArray[np.float64]:
    """A windowed sinc that lets pass what eight thousand samples a second can hold."""
    reach = TAPS * -(-rate // RATE) // 2
    at = np.arange(-reach, reach + 1)
    taps = np.sinc(at * RATE / rate) * np.hamming(len(at))
    filtered: NDArray[np.float64] = taps / taps.sum()
    return filtered
