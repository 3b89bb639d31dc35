"""A recorder goes on with what another one left: sockets, calls, and the journal."""

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from vaiti.audio.keytones import KeyTones
from vaiti.audio.sound import Sound
from vaiti.capture import recvmmsg
from vaiti.capture.drain import Drain, Left
from vaiti.capture.recorder import berth as berths
from vaiti.capture.recorder import box as boxes
from vaiti.capture.recorder.box import Box, BoxDamaged, NoBox
from vaiti.capture.recorder.calls import Call, Calls
from vaiti.capture.recorder.dense import DICTIONARY, unpack
from vaiti.capture.recorder.keeping import Keeping, end_connections
from vaiti.capture.recorder.lasting import (
    BERTH,
    COUNTS,
    GENERAL,
    MEDIA,
    QUICK,
    SLOW,
    STREAM,
    WORDS,
)
from vaiti.capture.recorder.packed import Tail, unpack_counts, unpack_quick
from vaiti.capture.recorder.plain import NotKnown
from vaiti.capture.recorder.recording import Recording
from vaiti.capture.recorder.told_once import PARTS
from vaiti.capture.recvmmsg import STAGING
from vaiti.capture.rtp.packet import Batch, some
from vaiti.capture.rtp.ties import Ties
from vaiti.capture.session.lasting import CALL
from vaiti.values.ids import CallId
from vaiti.vault import digest
from vaiti.vault.journal import (
    SUFFIX,
    GoneOn,
    JournalError,
    JournalWriter,
    parse_segment,
    record_at,
)

MEMORY = 128 << 20  # bytes, of which what is used is had; the state of 1,000 calls is a tenth
MOST_ATTEMPTS = 3  # by recorders that did not live for long; then nobody goes on from there
_OF_NO_USE = (NotKnown, NoBox, BoxDamaged)


_READERS: Mapping[bytes, Callable[[bytes], Any]] = {
    QUICK: unpack_quick,
    BERTH: bytes,
    WORDS: bytes,
    COUNTS: unpack_counts,
}
"""Of the entries that are no pickles of objects."""


@dataclass(slots=True)
class Estate:
    """What is there at a start: memory, and what another recorder left, if one did."""

    keeping: Keeping
    box: Box
    held: dict[str, int] = field(default_factory=dict)
    entries: Mapping[bytes, Any] = field(default_factory=dict)
    refused: bool = False
    """Whether something was left, and is of no use: its calls are cut off."""

    @property
    def general(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.entries.get(GENERAL, {})
        return found

    def abandon(self) -> None:
        """Nobody goes on from here."""
        self.box.reset()
        self.keeping.forget()
        for descriptor in self.held.values():
            os.close(descriptor)
        self.held, self.entries, self.refused = {}, {}, True


def look(path: Path) -> Estate | None:
    """None where there can be no memory for it, or nobody can go on here: recording goes on
    without. A keeper that is not there yet is given everything when it comes."""
    keeping = Keeping(path)
    held = keeping.given() if keeping.connect() else {}
    if not (recvmmsg.available() and digest.AVAILABLE):
        _let_go(keeping, held)
        keeping.close()
        return None
    with suppress(*_OF_NO_USE, KeyError):
        return _left(keeping, held)
    return new(keeping, held)  # now: what is of no use is locked no more, and leaves room


def new(keeping: Keeping, held: Mapping[str, int]) -> Estate | None:
    """Nothing that was left is of use: all of it is let go."""
    _let_go(keeping, held)
    try:
        return Estate(keeping, Box(boxes.make(MEMORY), STAGING), refused="memory" in held)
    except NoBox:
        return None


def _let_go(keeping: Keeping, held: Mapping[str, int]) -> None:
    keeping.forget()
    for descriptor in held.values():
        os.close(descriptor)


def _left(keeping: Keeping, held: dict[str, int]) -> Estate:
    descriptor = os.dup(held["memory"])
    try:
        return _estate(keeping, held, Box(descriptor, STAGING))
    except _OF_NO_USE:
        os.close(descriptor)
        raise


def _estate(keeping: Keeping, held: dict[str, int], box: Box) -> Estate:
    """Raises NotKnown."""
    if box.attempts >= MOST_ATTEMPTS:
        raise NotKnown("others died of going on from here")
    if box.attempts:
        end_connections(keeping, held)
    box.attempts += 1
    found = box.entries()
    for key in found:
        if key[:1] == BERTH:
            berths.heal(box.view(key), box.committed)
    entries = _read(box.entries())
    general = entries.get(GENERAL)
    if not isinstance(general, dict) or "start_id" not in general or "lock" not in held:
        raise NotKnown("no journal to go on with")
    return Estate(keeping, box, held, entries)


def _read(found: Mapping[bytes, bytes]) -> dict[bytes, Any]:
    """Raises NotKnown."""
    words = found.get(WORDS, DICTIONARY)
    parts = {key[1:]: unpack(value, words) for key, value in found.items() if key[:1] == PARTS}
    entries = {}
    for key, value in found.items():
        reader = _READERS.get(key[:1])
        told = parts.get(key[1:], ()) if key[:1] == CALL else ()
        entries[key] = reader(value) if reader is not None else unpack(value, words, told)
    return entries


def journal_of(root: Path, estate: Estate | None) -> JournalWriter:
    """The journal of whoever was before, or a new one."""
    if estate is None or not estate.entries:
        return JournalWriter(root)
    start_id = estate.general["start_id"]
    try:
        meant = (0, 0, b"") if estate.box.finished else estate.box.meant
        writer = JournalWriter(root, gone_on=GoneOn(start_id, os.dup(estate.held["lock"]), meant))
    except (JournalError, NotKnown, OSError, IndexError):
        estate.abandon()
        return JournalWriter(root)
    if not writer.unwritten:
        estate.box.finish()
    return writer


@dataclass(slots=True)
class TakenOver:
    """`slots` by the numbers of their sockets."""

    slots: Mapping[int, int]

    def of_staging(
        self, committed: int, left: tuple[int, list[int], Batch]
    ) -> tuple[list[int], Batch] | None:
        """The packets that had left the kernel, with their slots, if nobody has taken those in; but
        for those of sockets that were opened and never committed."""
        number, numbers, batch = left
        if number != committed + 1:
            return None
        known = np.array([each in self.slots for each in numbers], np.bool_)
        batch = some(batch, known.repeat(batch.counts), batch.counts[known])
        return [self.slots[each] for each in numbers if each in self.slots], batch


def take_over(estate: Estate, drain: Drain, calls: Calls, folder: Path) -> TakenOver:
    """Streams, sockets and recordings, as they were at the last commit."""
    entries = estate.entries
    streams = {left.number: (number, left) for number, left in _of(entries, STREAM)}
    counts = {}
    for number, columns in _of(entries, COUNTS):
        for known, row in columns.items():
            if known in streams and number >= streams[known][0]:
                counts[known] = row
    heirs = _Heirs(estate, drain, streams, folder)
    for key, media in entries.items():
        if key[:1] == MEDIA:
            call_id = CallId(key[1:].decode())
            calls.go_on(call_id, heirs.call(call_id, media))
    for known, row in counts.items():
        if known in heirs.slots:
            drain.table.recount(heirs.slots[known], row)
    for slot in heirs.slots.values():
        drain.resume(slot)
    return TakenOver(heirs.slots)


def _of(entries: Mapping[bytes, Any], kind: bytes) -> list[Any]:
    return [value for key, value in entries.items() if key[:1] == kind]


@dataclass(slots=True)
class _Heirs:
    """Calls with the sockets and streams that were theirs; `slots` by the sockets' numbers."""

    estate: Estate
    drain: Drain
    streams: Mapping[int, tuple[int, Left]]
    folder: Path
    slots: dict[int, int] = field(default_factory=dict)

    def call(self, call_id: CallId, media: Any) -> Call:  # noqa: ANN401
        numbers, codecs, clocks, from_us = media
        call = Call(codecs=codecs, clocks=clocks, from_us=from_us)
        for track, number in numbers.items():
            beside = next(iter(call.slots.values()), None)
            call.slots[track] = self.slots[number] = self._slot(number, beside)
        call.recording = self._recording(call_id, call)
        return call

    def _slot(self, number: int, beside: int | None) -> int:
        sock = _socket(self.estate, f"rtp:{number}")
        if sock is None:
            raise NotKnown("the keeper does not hold a socket of a call")
        reports = _socket(self.estate, f"rtcp:{number}")
        return self.drain.go_on(self.streams[number][1], sock, reports, beside)

    def _recording(self, call_id: CallId, call: Call) -> Recording | None:
        entries, key = self.estate.entries, call_id.encode()
        slow = entries.get(SLOW + key)
        if slow is None:
            return None
        known = Sound(call.codecs), Ties(call.clocks), KeyTones(call.codecs)
        told = entries.get(QUICK + key), berths.left(memoryview(entries[BERTH + key]))
        _, quick, started = max(filter(None, told), key=itemgetter(0))
        return Recording.resumed(call_id, (slow, quick, started), known, self._sealed_at)

    def _sealed_at(self, tail: Tail) -> bytes:
        path = self.folder / f"{tail.file:06d}{SUFFIX}"
        return parse_segment(record_at(path, tail.offset).body)[1]


def _socket(estate: Estate, name: str) -> socket.socket | None:
    descriptor = estate.held.pop(name, None)
    return None if descriptor is None else socket.socket(fileno=descriptor)
