"""What ties a recorded stream to the time line: as the recorder notes it and a reader needs it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Epoch:
    """A stretch of one SSRC on one track: ties RTP timestamps to arrival times.

    `clock` in Hz, `first_ts` in RTP units, `first_us` in microseconds since the epoch, UTC.
    """

    track: int
    ssrc: int
    pt: int
    codec: str
    clock: int
    first_seq: int
    first_ts: int
    first_us: int


@dataclass(frozen=True, slots=True)
class Tie:
    """One instant of a stream by three clocks: its timestamp `ts` (of `clock` Hz), the sender's
    wall clock `sent_us`, which may count from anywhere, and ours, `at_us`. Ties of one `source`
    share a sender's clock (docs/track.md)."""

    track: int
    ssrc: int
    clock: int
    source: int
    ts: int
    sent_us: int
    at_us: int
