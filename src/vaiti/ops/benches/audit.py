"""Counts what a benchmark's recorder wrote, by opening it with the benchmark's own intake key."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from vaiti.audio.track import read_records
from vaiti.values.ids import CallId
from vaiti.vault.journal import Kind, Record, files, parse_opening, parse_segment, scan
from vaiti.vault.sealing import derive_key, nonce
from vaiti.vault.wrapping import open_key


@dataclass(slots=True)
class Found:
    """`packets` counts each stream's different sequence numbers, good for 21 minutes; `wrong` those
    whose payload is another stream's."""

    calls: int = 0
    packets: int = 0
    wrong: int = 0
    journal_bytes: int = 0


class _Call(NamedTuple):
    aead: AESGCM
    prefix: bytes


def audit(journal: Path, private: bytes) -> Found:
    """Opens every segment of every call. A segment that does not open raises InvalidTag."""
    found = Found()
    calls: dict[CallId, _Call] = {}
    seen: dict[tuple[CallId, int], NDArray[np.bool_]] = {}
    for record in _records(journal, found):
        if record.kind == Kind.OPEN:
            opening = parse_opening(record.body)
            key = open_key(private, record.call_id, opening.wrapped)
            derived = derive_key(key, opening.header[1:33], record.call_id)
            calls[record.call_id] = _Call(AESGCM(derived), opening.header[33:])
        elif record.kind in (Kind.SEGMENT, Kind.LAST):
            for run in read_records(_opened(calls[record.call_id], record)):
                mark = np.frombuffer(run.ssrc.to_bytes(4, "big"), np.uint8)
                found.wrong += int((run.payload[:, :4] != mark).any(axis=1).sum())
                stream = (record.call_id, run.ssrc)
                if stream not in seen:
                    seen[stream] = np.zeros(1 << 16, np.bool_)
                seen[stream][run.seq] = True
    found.calls = len(calls)
    found.packets = sum(map(int, map(np.count_nonzero, seen.values())))
    return found


def _records(journal: Path, found: Found) -> Iterator[Record]:
    for folder in sorted(journal.iterdir()):
        for path in files(folder):
            found.journal_bytes += path.stat().st_size
            yield from scan(path)


def _opened(call: _Call, record: Record) -> bytes:
    index, sealed = parse_segment(record.body)
    last = record.kind == Kind.LAST
    plaintext = call.aead.decrypt(nonce(call.prefix, index, last), sealed, None)
    return plaintext[2 : 2 + int.from_bytes(plaintext[:2], "big")]
