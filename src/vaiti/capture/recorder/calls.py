"""The calls in progress: their sockets, their recordings, what becomes of both.

Carries out what the session asks for; answers are given back by the caller. Records for the journal
go to the outbox in the order of a call's life.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from vaiti.audio.keytones import KeyTones
from vaiti.audio.sound import Sound
from vaiti.capture.binding import NoPort
from vaiti.capture.drain import PARTS, Drain
from vaiti.capture.events import Allocate, Begin, Draft, End, Expect, Forget
from vaiti.capture.orders import Intake
from vaiti.capture.recorder.outbox import Outbox
from vaiti.capture.recorder.recording import Recording
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.packet import Batch
from vaiti.capture.rtp.stream import Stream, host_of
from vaiti.capture.rtp.table import MAX_STREAMS, Kept
from vaiti.capture.rtp.ties import Ties
from vaiti.values.ids import CallId
from vaiti.values.streams import Epoch

AT_A_TIME = 200  # calls that are looked at in one turn: a millisecond


@dataclass(slots=True)
class Call:
    """`slots` by track, and when that for which each was opened had arrived; names of `codecs` and
    their `clocks` by track and payload type; `recording` from Begin on."""

    slots: dict[int, int] = field(default_factory=dict)
    opened: dict[int, int] = field(default_factory=dict)
    codecs: dict[tuple[int, int], str] = field(default_factory=dict)
    clocks: dict[tuple[int, int], int] = field(default_factory=dict)
    recording: Recording | None = None
    from_us: int = 0


@dataclass(slots=True)
class Totals:
    """Since the recorder's start, of calls that have ended."""

    calls: int = 0
    packets: int = 0
    drops: Counter[str] = field(default_factory=Counter)


class Calls:
    """All calls that have sockets."""

    def __init__(self, drain: Drain, outbox: Outbox, *, lasting: bool = False) -> None:
        """`lasting`: another process is to be able to go on with them."""
        self._lasting = lasting
        self.totals = Totals()
        self._drain = drain
        self._outbox = outbox
        self._calls: dict[CallId, Call] = {}
        self._recordings: list[Recording | None] = [None] * MAX_STREAMS
        """By slot, once they have begun."""
        self._unnoted: set[CallId] = set()
        self._disk_full = False
        self._part = 0
        self.changed: set[CallId] | None = None
        """Once somebody has made it a set: the calls of which anything has changed."""
        self.heard: set[CallId] | None = None
        """Likewise those whose recordings have."""

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def recording(self) -> int:
        return sum(call.recording is not None for call in self._calls.values())

    def allocate(self, event: Allocate, at_us: int) -> dict[int, int]:
        """Binds a socket for each track; returns their ports. Raises NoPort."""
        call = self._calls.setdefault(event.call_id, Call())
        self._change(event.call_id)
        ports: dict[int, int] = {}
        try:
            for track in event.tracks:
                # what came to its port before may have been of another call, and was read
                now_us = time.time_ns() // 1000 + self._drain.shift_us
                stream = Stream(track, disk_full=self._disk_full, read_us=now_us)
                if call.recording is not None:
                    stream.from_us = call.from_us
                beside = next(iter(call.slots.values()), None)
                slot, ports[track] = self._drain.open(event.host, stream, beside)
                call.slots[track], call.opened[track] = slot, at_us
                self._recordings[slot] = call.recording
        except NoPort:
            self._close(call, ports)
            if not call.slots:
                del self._calls[event.call_id]
            raise
        return ports

    def expect(self, event: Expect, at_us: int, doubt_us: int = 0) -> None:
        """What had arrived at `at_us` is judged by what was expected until then, what came later by
        what is expected now: whenever either is read. It may have been asked `doubt_us` earlier:
        nothing is kept of what came since, if nothing is to be kept now."""
        slot = self._slot(event)
        if slot is None:
            return
        stream = self._drain.table[slot]
        if event.until_us:
            stream.until_us = event.until_us
            self._drain.table.changed(slot, stream)
        call = self._calls[event.call_id]
        later: list[Batch] = []
        if call.opened.get(event.track) != at_us:  # else the socket is younger than the message
            kept = event.active and not event.paused
            until_us = at_us if kept else at_us - doubt_us
            before, later = self._drain.sweep_until(slot, until_us)
            self._write(before)
        self._change(event.call_id)
        call.codecs |= {(event.track, pt): name for pt, (name, _) in event.codecs.items()}
        call.clocks |= {(event.track, pt): clock for pt, (_, clock) in event.codecs.items()}
        stream = self._drain.table[slot]
        host = host_of(event.remote.host)
        stream.expect(host, event.codecs, event.ignored, event.active, event.paused)
        self._drain.table.changed(slot, stream)
        self._drain.secure(slot, event.crypto)
        self._write(self._drain.take_later(slot, later))

    def agree(self, event: Expect) -> None:
        """As `expect`, where another process died between the session's word and the stream: what
        has come meanwhile is judged by the session's."""
        slot = self._slot(event)
        if slot is None:
            return
        stream, host = self._drain.table[slot], host_of(event.remote.host)
        told = (host, event.codecs, event.ignored, event.active, event.paused)
        if told != (stream.host, stream.codecs, stream.ignored, stream.active, stream.paused):
            stream.expect(*told)
            self._drain.table.changed(slot, stream)
        self._drain.secure(slot, event.crypto)

    def begin(self, event: Begin, intake: Intake) -> None:
        call = self._calls[event.call_id]
        self._change(event.call_id)
        tones = KeyTones(call.codecs) if event.keypad else None
        sound, ties = Sound(call.codecs), Ties(call.clocks)
        call.recording = Recording(event.call_id, intake, tones, sound, ties, lasting=self._lasting)
        call.from_us = event.at_us
        self._outbox.add(call.recording.open(event.draft))
        for slot in call.slots.values():
            self._recordings[slot] = call.recording
            stream = self._drain.table[slot]
            stream.from_us = event.at_us
            self._drain.table.changed(slot, stream)

    def draft(self, event: Draft) -> None:
        self._change(event.call_id)
        recording = self._calls[event.call_id].recording
        if recording is not None:
            self._outbox.add(recording.draft(event.draft))

    def last_heard(self, call_id: CallId) -> dict[int, int]:
        """When each track last carried a packet that was kept, in microseconds; 0 for never.

        Before recording begins: one that would have been kept.
        """
        call = self._calls.get(call_id)
        if call is None:
            return {}
        self._write(self._drain.sweep_only(list(call.slots.values())))
        table = self._drain.table
        if call.recording is None:
            return {track: table[slot].early_us for track, slot in call.slots.items()}
        return {track: table.last_us(slot) for track, slot in call.slots.items()}

    def end(self, event: End) -> None:
        """Takes what arrived until the end and closes the recording; the sockets too, unless the
        next call of the session has them."""
        call = self._calls[event.call_id]
        for slot in call.slots.values():
            stream = self._drain.table[slot]
            stream.until_us = event.facts.ended_us
            self._drain.table.changed(slot, stream)
        self._write(self._drain.sweep_only(list(call.slots.values())))
        del self._calls[event.call_id]  # now: what was read until here may be committed before
        self._change(event.call_id)
        self._tell(call)
        packets = sum(self._drain.table.packets(slot) for slot in call.slots.values())
        last_us = {track: self._drain.table.last_us(slot) for track, slot in call.slots.items()}
        streams = self._close(call, list(call.slots), event.heir)
        drops = _drops(streams)
        if call.recording is not None:
            epochs = [epoch for stream in streams for epoch in stream.epochs]
            ended = call.recording.finish(event.facts, epochs, packets, drops, last_us)
            self._outbox.add(ended)
            self.totals.calls += 1
        self.totals.packets += packets
        self.totals.drops.update(drops)

    def forget(self, event: Forget) -> None:
        """The key goes, and with it all that was written."""
        call = self._calls.get(event.call_id)
        if call is None:
            return
        self._change(event.call_id)
        if event.over:
            del self._calls[event.call_id]
            streams = self._close(call, list(call.slots), event.heir)
            self.totals.drops.update(_drops(streams))
        if call.recording is not None:
            self._outbox.add(call.recording.forget())
            call.recording = None
            for slot in call.slots.values():
                self._recordings[slot] = None

    def sweep(self) -> None:
        """Empties the next part of the sockets, and hands what is sealed to the journal."""
        self._write(self._drain.sweep(self._part))
        self.hand_over()
        self._drain.let_go(self._part)
        self._part = (self._part + 1) % PARTS

    def hand_over(self) -> None:
        """What is sealed to the journal. From then on streams keep what they hear, if it had room:
        nobody is told that calls are taken again before they are."""
        self._outbox.write()
        if self._outbox.full is not self._disk_full:
            self._set_disk_full(self._outbox.full)

    def flush(self, now_us: int) -> Iterator[None]:
        """Seals what has waited a second. Not while the disk is full: it would only wait there.

        All calls at once would take ten milliseconds: yields where others may have their turn.
        """
        for slot in self._drain.table.news():
            recording = self._recordings[slot]
            if recording is not None:
                self._unnoted.add(recording.call_id)
        self._unnoted &= self._calls.keys()
        for done, call_id in enumerate(list(self._calls), 1):
            call = self._calls.get(call_id)
            if call is not None and call.recording is not None and not self._disk_full:
                self._flush(call_id, call, call.recording, now_us)
            if done % AT_A_TIME == 0:
                yield

    def _flush(self, call_id: CallId, call: Call, recording: Recording, now_us: int) -> None:
        sealed = recording.flush(now_us)
        if self._lasting and sealed:
            recording.placed(*self._outbox.place, sealed)
        noted: Sequence[bytes] = ()
        if call_id in self._unnoted:  # of most calls nothing has become known since
            self._tell(call)
            noted = recording.note(self._epochs(call), now_us)
            if not recording.unnoted:
                self._unnoted.discard(call_id)
        if sealed or noted:
            self._outbox.add((*sealed, *noted))
            self._hear(call_id)

    def packets(self) -> int:
        """Kept since the start, those of calls in progress too."""
        return self.totals.packets + self._drain.table.packets()

    def drops(self) -> Counter[str]:
        """By name since the start, those of calls in progress too."""
        return self.totals.drops + _labelled(self._drain.table.drops())

    def _write(self, kept: Iterable[Kept]) -> None:
        """Each batch's segments are in the outbox before the next one is read."""
        recordings, lasting = self._recordings, self._lasting
        told = set() if self.heard is None else self.heard
        for runs in kept:
            parts: list[bytes] = []
            file, offset = self._outbox.place
            for slot, head, entries, last_us in zip(*runs[:4], strict=True):
                recording = recordings[slot]
                if recording is None:
                    continue
                sealed = recording.write(head, entries, last_us)
                parts += sealed
                if lasting:
                    told.add(recording.call_id)
                    if sealed:
                        offset = recording.placed(file, offset, sealed)
            if runs.loud:
                self._look(runs)
            if parts:
                self._outbox.add(parts)

    def _look(self, runs: Kept) -> None:
        for slot, *run in zip(*runs, strict=True):
            recording = self._recordings[slot]
            if recording is not None:
                recording.look(*run)

    def _change(self, call_id: CallId) -> None:
        if self.changed is not None:
            self.changed.add(call_id)

    def _hear(self, call_id: CallId) -> None:
        if self.heard is not None:
            self.heard.add(call_id)

    def get(self, call_id: CallId) -> Call | None:
        return self._calls.get(call_id)

    def ids(self) -> set[CallId]:
        return set(self._calls)

    def go_on(self, call_id: CallId, call: Call) -> None:
        """Takes over a call from another process; its sockets are the drain's already."""
        self._calls[call_id] = call
        for slot in call.slots.values():
            self._recordings[slot] = call.recording

    def take_left(self, slots: list[int], batch: Batch) -> None:
        """What another process had received of these sockets, and had not taken in."""
        self._write(self._drain.take_left(slots, batch))

    def _tell(self, call: Call) -> None:
        """Hands on what its senders said of their streams; before recording begins nobody asks."""
        if call.recording is None:
            return
        for track, slot in call.slots.items():
            for words in self._drain.table.words(slot):
                call.recording.hear(track, words)

    def _epochs(self, call: Call) -> list[Epoch]:
        epochs = self._drain.table.epochs
        return [epoch for slot in call.slots.values() for epoch in epochs(slot)]

    def _slot(self, event: Expect) -> int | None:
        call = self._calls.get(event.call_id)
        return call.slots.get(event.track) if call else None

    def _close(self, call: Call, tracks: Iterable[int], heir: CallId | None = None) -> list[Stream]:
        """The streams end; their sockets are closed, or the heir's from now on."""
        streams = []
        for track in list(tracks):
            slot = call.slots.pop(track)
            self._recordings[slot] = None
            stream = self._drain.close(slot) if heir is None else self._bequeath(slot, track, heir)
            stream.close()
            streams.append(stream)
        return streams

    def _bequeath(self, slot: int, track: int, heir: CallId) -> Stream:
        call = self._calls.setdefault(heir, Call())
        self._change(heir)
        call.slots[track] = slot
        self._recordings[slot] = call.recording
        return self._drain.table.renew(slot, Stream(track, disk_full=self._disk_full))

    def _set_disk_full(self, full: bool) -> None:
        self._disk_full = full
        for slot in self._drain.slots:
            stream = self._drain.table[slot]
            stream.disk_full = full
            self._drain.table.changed(slot, stream)


def _drops(streams: Iterable[Stream]) -> Counter[str]:
    total: Counter[Drop] = Counter()
    for stream in streams:
        total.update(stream.drops)
    return _labelled(total)


def _labelled(drops: Counter[Drop]) -> Counter[str]:
    return Counter({reason.label: count for reason, count in drops.items()})
