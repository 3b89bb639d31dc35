"""What comes in as sound, and what is written of it: RTP, RTCP, journal, track, manifest."""

import lzma
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fuzzing.rows import Bytes, Lengths, damaged
from fuzzing.targets import Batch, Feed, Target, each, refused
from rtp.reports import farewell, name, report
from vaiti.audio import packed
from vaiti.audio.track import Run, RunHead, TrackError, read_records
from vaiti.audit import unpacked
from vaiti.capture.rtp import rtcp
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.packet import HEADER, parse_batch
from vaiti.values.ids import new_call_id
from vaiti.values.streams import Epoch
from vaiti.vault import journal
from vaiti.vault import manifest as manifests
from vaiti.vault.manifest import AgentLeg, Manifest, Span, Track

ROW = 256


def packets() -> list[bytes]:
    plain = struct.pack("!BBHII", 0x80, 8, 7, 160, 0xCAFE)
    return [
        plain + bytes(160),
        b"\xb1" + plain[1:] + bytes(4) + b"\xbe\xde\x00\x01abcdspeech\x00\x00\x03",
        b"\x90" + plain[1:] + b"\xbe\xde\x00\x00" + bytes(40),
    ]


def rtp_packets() -> Batch:
    """Together, as the drain has them."""

    def feed(inputs: list[bytes]) -> int:
        rows = np.full((len(inputs), ROW), 0xEE, np.uint8)  # what an earlier batch left there
        for row, data in zip(rows, inputs, strict=True):
            row[: min(len(data), ROW)] = np.frombuffer(data[:ROW], np.uint8)
        return _parsed(rows, np.array([len(data) for data in inputs], np.int64))

    return feed


def rtp_rows(seed: int) -> Callable[[int], int]:
    """Damaged where they lie, which costs less than to parse them."""
    draw = damaged(packets(), seed)
    return lambda count: _parsed(*draw(count))


def _parsed(rows: Bytes, length: Lengths) -> int:
    """How many packets are kept."""
    found = parse_batch(rows, length)
    assert np.isin(found.reason, list(Drop)).all()
    kept = np.flatnonzero(found.reason == Drop.KEPT)
    first, end = found.offset[kept], found.offset[kept] + found.size[kept]
    inside = (first >= HEADER) & (first < end) & (end <= length[kept]) & (length[kept] <= ROW)
    wrong = kept[~(inside & (rows[kept, 0] >> 6 == 2))]
    assert not len(wrong), f"a payload lies outside its packet: {bytes(rows[wrong[0]])!r}"
    return len(kept)


def rtcp_datagram() -> Feed:
    def feed(data: bytes) -> bool:
        try:
            words = rtcp.parse(data)
        except rtcp.RtcpError as error:
            return refused(rtcp.RtcpError, error)
        assert words or data
        return True

    return feed


def journal_bytes() -> list[bytes]:
    call = new_call_id()
    opening = journal.opening_body("2026-11-24", bytes(80), bytes(40))
    records = [
        journal.frame(journal.Kind.OPEN, call, opening),
        b"".join(journal.segment_parts(journal.Kind.SEGMENT, call, 0, bytes(500))),
        b"".join(journal.segment_parts(journal.Kind.LAST, call, 1, bytes(64))),
        journal.frame(journal.Kind.MANIFEST, call, bytes(200)),
    ]
    return [journal.MAGIC + b"".join(records), journal.MAGIC + records[0]]


def journal_file() -> Feed:
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    path = folder / "000001.journal"

    def feed(data: bytes) -> bool:
        path.write_bytes(data)
        found, at = journal.scan(path), len(journal.MAGIC)
        for record in found:
            assert record.offset == at, "records lie one after the other"
            assert record.end <= len(data)
            at = record.end
            _read_body(record)
        assert found.end <= len(data)
        assert found.torn or found.end == len(data), "what is left over is told"
        return not found.torn

    return feed


def _read_body(record: journal.Record) -> None:
    try:
        if record.kind == journal.Kind.OPEN:
            journal.parse_opening(record.body)
        if record.kind in (journal.Kind.SEGMENT, journal.Kind.LAST):
            journal.parse_segment(record.body)
    except journal.JournalError as error:
        refused(journal.JournalError, error)


def runs() -> list[bytes]:
    head = RunHead(0, 8, 0xCAFE, 1_763_899_200_000_000, 160)
    entry = struct.pack(">HII", 7, 160, 20_000) + bytes(160)
    return [head.encode(1) + entry, head.encode(3) + 3 * entry]


def track_records() -> Feed:
    def feed(data: bytes) -> bool:
        seen = 0
        try:
            for run in read_records(data):
                seen += run.payload.size
                assert len(run.seq) == len(run.ts) == len(run.arrival_us) == len(run.payload)
        except TrackError as error:
            return refused(TrackError, error)
        finally:
            assert seen <= len(data), "no more sound than there are bytes"
        return True

    return feed


def packed_runs() -> list[bytes]:
    return [packed.pack(list(read_records(one))) for one in runs()]


def contents() -> list[bytes]:
    return [
        lzma.decompress(one[1:], lzma.FORMAT_RAW, filters=packed.FILTERS) for one in packed_runs()
    ]


def packed_segment(data: bytes) -> bool:
    """Our own reader, and the one that goes to strangers, which was written apart."""
    told: str | list[Run]
    try:
        told = list(read_records(unpacked.plain(data)))
    except (unpacked.UnpackError, TrackError) as error:
        told = str(error)
    try:
        found = list(packed.read(data))
    except TrackError as error:
        assert isinstance(told, str), "one reader takes what the other refuses"
        return refused(TrackError, error)
    assert not isinstance(told, str), f"one reader takes what the other refuses: {told}"
    for one, other in zip(found, told, strict=True):
        assert (one.track, one.pt, one.ssrc) == (other.track, other.pt, other.ssrc)
        for which in ("seq", "ts", "arrival_us", "payload"):
            assert np.array_equal(getattr(one, which), getattr(other, which)), which
    assert sum(one.payload.size for one in found) <= max(packed.LIMIT, len(data))
    return True


def packed_content(data: bytes) -> bool:
    """What damages the stream seldom unpacks: here it is the content that is damaged."""
    stream = lzma.compress(data, lzma.FORMAT_RAW, filters=packed.FILTERS)
    return packed_segment(bytes((packed.PACKED,)) + stream)


def manifest() -> Manifest:
    start = 1_763_899_200_000_000
    return Manifest(
        call_id=new_call_id(),
        recorder="recorder-1",
        peer="pbx",
        direction="in",
        line="+358207100000",
        customer="+358401234***",
        started_us=start,
        ended_us=start + 60_000_000,
        ended_by="bye",
        state="complete",
        legs=(AgentLeg("2001", start, start + 60_000_000),),
        tracks=(Track(0, "1", "customer"), Track(1, "2", "agent")),
        epochs=(Epoch(0, 7, 8, "PCMA", 8000, 1, 160, start),),
        holds=(Span(start + 1, start + 2),),
        segments=3,
        finished=True,
        sha256="ab" * 32,
        packets=6000,
    )


def manifest_text() -> Feed:
    def feed(data: bytes) -> bool:
        try:
            read = manifests.decode(data)
        except manifests.ManifestError as error:
            return refused(manifests.ManifestError, error)
        assert manifests.decode(manifests.encode(read)) == read, "what is read is written the same"
        return True

    return feed


def reports() -> list[bytes]:
    sent = 1_763_899_200_123_456
    return [report(7, sent, 99) + name(7, b"sbc@10.0.0.5") + farewell(7, 8), report(7, sent, 99)]


JSON = (
    b'"',
    b":",
    b",",
    b"{",
    b"}",
    b"[" * 50,
    b"]",
    b"null",
    b"true",
    b"1e999",
    b"\\ud800",
    b"NaN",
    b"\xff",
)
TARGETS = (
    Target(
        "rtp packet",
        "the payload of a packet that is kept lies in the packet; all others have a reason",
        *(packets, (b"\x80", b"\xbe\xde\x00\x01", b"\xff\xff", b"\x00")),
        rtp_packets,
        weight=24,
    ),
    Target(
        "rtp in rows",
        "the same, of packets that are damaged where the drain has them",
        *(packets, (b"\x80",), rtp_packets),
        weight=800,
        own=rtp_rows,
    ),
    Target(
        "rtcp datagram",
        "any datagram is words in their order, or an RtcpError with a sentence",
        *(reports, (b"\x81\xc8", b"\x81\xca", b"\x81\xcb", b"\xff\xff", b"\x00")),
        each(rtcp_datagram),
        weight=120,
    ),
    Target(
        "journal",
        "whole records come out up to the first damage, in order, and a torn end is told",
        *(journal_bytes, (b"\x00\x00\x00\x20", b"\x01", b"\x02", journal.MAGIC)),
        each(journal_file),
        weight=24,
    ),
    Target(
        "track",
        "the runs hold no more than the bytes do, or it is a TrackError",
        *(runs, (b"\x01", b"\x00\x00", b"\xff\xff")),
        each(track_records),
        weight=80,
    ),
    Target(
        "packed segment",
        "two readers take the same, and no more than a segment may hold, or both refuse it",
        *(packed_runs, (b"\x02", b"\x00", b"\xff\xff", b"\x01\x00")),
        each(lambda: packed_segment),
        weight=24,
    ),
    Target(
        "packed content",
        "the same of any content that is packed as it should be",
        *(contents, (b"\x02", b"\x00\x00", b"\xff\xff", b"\x01")),
        each(lambda: packed_content),
        weight=3,
    ),
    Target(
        "manifest",
        "what is read is written the same again; all else is a ManifestError",
        *(lambda: [manifests.encode(manifest())], JSON, each(manifest_text)),
        weight=24,
    ),
)
