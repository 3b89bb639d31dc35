"""RTP headers of a whole batch at once (RFC 3550 section 5.1): numpy in, numpy out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vaiti.capture.rtp.drops import Drop

HEADER = 12  # in bytes, without contributing sources and extension
_LAYOUT = np.dtype(
    [("first", "u1"), ("second", "u1"), ("seq", ">u2"), ("ts", ">u4"), ("ssrc", ">u4")]
)
_PLAIN = 0x80  # version 2; no padding, extension or contributing sources
REPORTS = range(192, 224)  # the second byte of RTCP packets on an RTP port (RFC 5761 section 4)


class Batch(NamedTuple):
    """Datagrams as received, the first socket's first, `counts` int64[sockets] of each.

    `rows` uint8[n, row]; `length` int64[n] as sent, so that one longer than a row was cut; `host`
    uint64[n, 2] and `port` uint16[n] of the sender; `arrival_us` int64[n], since the epoch, UTC.
    The rows are good until the next batch is received.
    """

    rows: NDArray[np.uint8]
    length: NDArray[np.int64]
    host: NDArray[np.uint64]
    port: NDArray[np.uint16]
    arrival_us: NDArray[np.int64]
    counts: NDArray[np.int64]


def some(batch: Batch, chosen: NDArray[np.bool_], counts: NDArray[np.int64]) -> Batch:
    """A copy of the `chosen` datagrams, `counts` of each socket: the receiver writes over its own
    rows."""
    rows, length, host, port, arrival_us, _ = batch
    return Batch(
        rows[chosen], length[chosen], host[chosen], port[chosen], arrival_us[chosen], counts
    )


def some_of_one(batch: Batch, chosen: NDArray[np.bool_]) -> Batch:
    """Likewise of a batch from one socket."""
    return some(batch, chosen, np.array([np.count_nonzero(chosen)], np.int64))


def stretches(batch: Batch, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Batch:
    """A copy of what stands from each of `starts` to before its end, of a socket each; in order,
    and none is empty."""
    edges = np.zeros(len(batch.rows) + 1, np.int64)
    edges[starts] += 1
    edges[ends] -= 1
    return some(batch, edges[:-1].cumsum() > 0, ends - starts)


def together(batches: Sequence[Batch]) -> Batch:
    """One socket's datagrams in the order of their arrival; rows may differ in width."""
    width = max(batch.rows.shape[1] for batch in batches)
    rows = [np.pad(each.rows, ((0, 0), (0, width - each.rows.shape[1]))) for each in batches]
    length, host, port, arrival_us = (
        np.concatenate([each[column] for each in batches]) for column in range(1, 5)
    )
    order = arrival_us.argsort(kind="stable")
    whole = Batch(np.concatenate(rows), length, host, port, arrival_us, np.array([len(order)]))
    return whole._replace(
        rows=whole.rows[order],
        length=length[order],
        host=host[order],
        port=port[order],
        arrival_us=arrival_us[order],
    )


class Parsed(NamedTuple):
    """One entry a packet; the other columns hold no meaning where `reason` is not KEPT.

    `reason` uint8 (a `Drop`), `pt` uint8, `seq` uint16, `ts` and `ssrc` uint32; the payload is
    `size` bytes from `offset` on, both int64. `alike`: whether all are of one length with their
    payload at one offset, and none has a fault.
    """

    reason: NDArray[np.uint8]
    pt: NDArray[np.uint8]
    seq: NDArray[np.uint16]
    ts: NDArray[np.uint32]
    ssrc: NDArray[np.uint32]
    offset: NDArray[np.int64]
    size: NDArray[np.int64]
    alike: bool = False


def parse_batch(rows: NDArray[np.uint8], length: NDArray[np.int64]) -> Parsed:
    """Parses packets that lie in `rows` uint8[n, at least 12], `length` bytes of each received.

    A packet longer than its row was cut by the receiver: TOO_LARGE.
    """
    head = rows[:, :HEADER].view(_LAYOUT)[:, 0]
    first, second = head["first"], head["second"]
    reason = np.zeros(len(rows), np.uint8)
    alike = False
    if (first == _PLAIN).all():
        offset, size = np.full(len(rows), HEADER, np.int64), length - HEADER
        alike = bool(len(length) and (length == length[0]).all())
    else:
        offset, size = _payload_bounds(rows, first, length)
        reason[size < 0] = Drop.BAD_HEADER
        reason[first >> 6 != 2] = Drop.NOT_RTP
    told = slice(1) if alike else slice(None)
    wrong = (size[told] <= 0).any() or (length[told] > rows.shape[1]).any()
    if wrong or (second >= REPORTS.start).any():
        alike = False
        _name_faults(reason, size, length, second, rows.shape[1])
    return Parsed(
        reason,
        second & np.uint8(0x7F),
        head["seq"].astype(np.uint16),
        head["ts"].astype(np.uint32),
        head["ssrc"].astype(np.uint32),
        offset,
        size,
        alike,
    )


def _payload_bounds(
    rows: NDArray[np.uint8], first: NDArray[np.uint8], length: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offset and size of the payloads; an impossible header gives a size below zero."""
    every = np.arange(len(rows))
    inside = np.minimum(length, rows.shape[1])
    offset = HEADER + 4 * (first & 0x0F).astype(np.int64)
    extended = (first & 0x10) != 0
    at = np.minimum(np.where(extended, offset + 2, 0), rows.shape[1] - 2)
    words = rows[every, at].astype(np.int64) * 256 + rows[every, at + 1]
    offset = offset + np.where(extended, 4 + 4 * words, 0)
    padded = (first & 0x20) != 0
    last = np.where(padded, rows[every, np.maximum(inside - 1, 0)].astype(np.int64), 0)
    size = length - offset - last
    size[padded & (last == 0)] = -1  # the count of padding includes itself
    return offset, size


def _name_faults(
    reason: NDArray[np.uint8],
    size: NDArray[np.int64],
    length: NDArray[np.int64],
    second: NDArray[np.uint8],
    row: int,
) -> None:
    reason[(size == 0) & (reason == Drop.KEPT)] = Drop.EMPTY
    reason[(second >= REPORTS.start) & (second < REPORTS.stop)] = Drop.RTCP
    reason[length < HEADER] = Drop.TOO_SHORT
    reason[length > row] = Drop.TOO_LARGE
