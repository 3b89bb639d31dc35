"""One call's sealed recording while it is being made: packets in, journal records out.

The data key lives in this object only and dies with it. Segments that a late discovery may still
cut off (the customer had been silent) do not count in the object's digest until they are older than
what the customer said last.
"""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vaiti.audio.keytones import KeyTones
from vaiti.audio.sound import Sound
from vaiti.audio.track import USED, Writer, as_plaintext, cut_after, in_use, read_records
from vaiti.capture.orders import Intake
from vaiti.capture.recorder.berth import MOST_TAILS, MOST_TRACKS, NOTHING, Berth
from vaiti.capture.recorder.packed import Quick, Tail
from vaiti.capture.recorder.sides import sides_of
from vaiti.capture.rtp.rtcp import Word
from vaiti.capture.rtp.ties import Ties
from vaiti.values.ids import CallId
from vaiti.values.streams import Epoch, Tie
from vaiti.vault.journal import (
    Kind,
    frame,
    opening_body,
    segment_behind,
    segment_front,
    segment_parts,
)
from vaiti.vault.manifest import Manifest, encode
from vaiti.vault.sealing import CAPACITY, FIRST_CAPACITY, SEGMENT, Sealer
from vaiti.vault.wrapping import KEY_SIZE, ManifestSealer, seal_key

NOTE_US = 60_000_000  # after which a draft tells anew where the streams stand on the time line
FLUSH_US = 1_000_000  # age of a started segment's first packet from which it is sealed, padded
MAX_TAIL = 160  # segments that wait for a cut: 76 seconds of one G.711 stream
PARTS_OF_SEGMENT = 3  # of a segment's record: head, ciphertext, checksum
_TRACK = 1  # where a run's head names its track
UNCUT_TAIL = "tail_not_cut"
KEY_TONES = "key_tones_left_out"
DISK_WAS_FULL = "lost_to_a_full_disk"


_Tail = tuple[bytes, int, int]
"""A segment that may still be cut, and is not counted in yet: as sealed, when the last of it
arrived, and its index. A tuple of no name takes a third of the time."""


class Recording:
    """Made at the begin of a call. Methods return what to append to the journal, in order: the
    parts of whole records."""

    __slots__ = (
        "_customers",
        "_epochs",
        "_facts",
        "_front",
        "_heard_us",
        "_intake",
        "_last_us",
        "_looked",
        "_manifests",
        "_noted_us",
        "_places",
        "_released_us",
        "_sealer",
        "_sound",
        "_tail",
        "_tied",
        "_ties",
        "_told",
        "_tones",
        "_wrapped",
        "_writer",
        "call_id",
        "told",
        "unnoted",
    )

    def __init__(
        self,
        call_id: CallId,
        intake: Intake,
        tones: KeyTones | None = None,
        sound: Sound | None = None,
        ties: Ties | None = None,
        *,
        lasting: bool = False,
    ) -> None:
        key = os.urandom(KEY_SIZE)
        self.call_id = call_id
        self._front = segment_front(Kind.SEGMENT, call_id, SEGMENT)
        self._intake = intake
        self._wrapped = seal_key(intake.public, call_id, key)
        self._manifests = ManifestSealer(call_id, key, self._wrapped)
        self._sealer = Sealer(key, call_id, lasting=lasting)
        self._writer = Writer(FIRST_CAPACITY, CAPACITY, padded=True)
        self._tones = tones
        self._sound = sound
        self._ties = ties
        self._tail: deque[_Tail] = deque()
        self._last_us = 0
        self._heard_us = 0  # when a customer's last packet arrived, or anybody's if none is known
        self._customers: frozenset[int] = frozenset()
        self._released_us = 0
        self._facts: Manifest | None = None
        self._epochs: tuple[Epoch, ...] = ()
        self._told: tuple[Tie, ...] = ()
        self._tied = False  # whether a sender has said anything of its streams
        self._noted_us = 0
        self._looked = True  # whether what was heard has changed since it was kept
        self._places: dict[int, tuple[int, int]] = {}  # of the tail's segments, once it is asked
        self.told = True
        """Whether `slow` has changed; whoever asks for it says that it is known."""
        self.unnoted = False
        """Whether `note` was asked too early to tell all that is known of the streams."""

    @property
    def slow(self) -> object:
        """What changes seldom, for `resumed`. The key is in it: for locked memory only."""
        return {
            "intake": self._intake,
            "secret": self._sealer.secret,
            "header": self._sealer.header,
            "customers": self._customers,
            "facts": self._facts,
            "epochs": self._epochs,
            "told": self._told,
            "noted_us": self._noted_us,
            "ties": self._ties.left() if self._ties is not None else None,
            "keypad": self._tones is not None,
        }

    @property
    def quick(self) -> Quick:
        """What changes with packets, for `resumed`, but for the segments of `tail`."""
        sealer, sound, tones = self._sealer, self._sound, self._tones
        writer = self._writer
        return Quick(
            filled=writer.filled,
            room=writer.room,
            since_us=writer.since_us,
            count=sealer.count,
            digest=sealer.digest,
            last_us=self._last_us,
            heard_us=self._heard_us,
            released_us=self._released_us,
            tail=[Tail(index, last_us, *self._places[index]) for _, last_us, index in self._tail],
            heard=sound.tracks if sound is not None else {},
            pressed=tones.left() if tones is not None else None,
        )

    @property
    def started(self) -> bytes:
        """What the started segment has."""
        return self._writer.behind(0)

    def kept(self, berth: Berth, number: int) -> bool:
        """Keeps there, as of a transaction, what changes with packets; whether it has room for it.
        Else `quick` and `started` tell it."""
        sealer, writer, tails = self._sealer, self._writer, self._tail
        heard = self._sound.tracks if self._sound is not None else {}
        if len(tails) > MOST_TAILS or len(heard) > MOST_TRACKS or self._tones is not None:
            return False
        count, since = sealer.count, writer.since_us
        fresh = writer.behind(berth.started(number, count))
        berth.hear(heard, changed=self._looked)
        self._looked = False
        times = (self._last_us, self._heard_us, self._released_us)
        started = (writer.room, NOTHING if since is None else since, count)
        berth.keep((*started, *times, sealer.digest), fresh)
        if tails:
            places = self._places
            berth.tails([(index, last_us, *places[index]) for _, last_us, index in tails])
        return True

    def placed(self, file: int, offset: int, parts: Sequence[bytes]) -> int:
        """`parts` are the segments that were sealed last, and are about to stand there in the
        journal; returns the offset behind them."""
        index = self._sealer.count - len(parts) // PARTS_OF_SEGMENT
        for at in range(0, len(parts), PARTS_OF_SEGMENT):
            self._places[index] = (file, offset)
            head, ciphertext, checksum = parts[at : at + PARTS_OF_SEGMENT]
            offset += len(head) + len(ciphertext) + len(checksum)
            index += 1
        return offset

    @classmethod
    def resumed(
        cls,
        call_id: CallId,
        left: tuple[Mapping[str, Any], Quick, bytes],
        known: tuple[Sound, Ties, KeyTones],
        sealed_at: Callable[[Tail], bytes],
    ) -> "Recording":
        """Goes on with what another process `left`, as `slow`, `quick` and `started` tell it, but
        for the key of its manifests, which is a new one. That process must be dead. `sealed_at` has
        a segment of the journal. Raises InvalidTag where that is another one."""
        slow, quick, started = left
        sound, ties, filter_of_keys = known
        tones = filter_of_keys if slow["keypad"] else None
        made = cls(call_id, slow["intake"], tones, sound, ties)
        made._writer.go_on(started, quick.room, quick.since_us)
        sealed = slow["secret"], slow["header"], quick.count, quick.digest
        made._sealer = Sealer.resumed(*sealed, ahead=len(quick.tail))
        made._last_us, made._heard_us = quick.last_us, quick.heard_us
        made._released_us = quick.released_us
        made._customers, made._facts = slow["customers"], slow["facts"]
        made._epochs, made._told, made._noted_us = slow["epochs"], slow["told"], slow["noted_us"]
        for each in quick.tail:
            segment = sealed_at(each)
            made._sealer.opened(each.index, segment)
            made._tail.append((segment, each.last_us, each.index))
            made._places[each.index] = (each.file, each.offset)
        sound.tracks = dict(quick.heard)
        if slow["ties"] is not None:
            ties.go_on(slow["ties"])
            made._tied = True
        if tones is not None and quick.pressed is not None:
            tones.go_on(*quick.pressed)
        return made

    def open(self, draft: Manifest) -> list[bytes]:
        body = opening_body(self._intake.day, self._wrapped, self._sealer.header)
        return [frame(Kind.OPEN, self.call_id, body), *self.draft(draft)]

    def draft(self, draft: Manifest) -> list[bytes]:
        self._customers = frozenset(t.index for t in draft.tracks if t.role == "customer")
        self._facts, self.told = draft, True
        if self._epochs or self._told:
            draft = replace(draft, epochs=self._epochs, ties=self._told)
        return [self._manifest(Kind.DRAFT, draft)]

    def note(self, epochs: Iterable[Epoch], now_us: int) -> list[bytes]:
        """The newest draft again, if its streams can be placed better since: without a manifest,
        should this process die, nothing else tells their codecs and clocks."""
        epochs, told = tuple(epochs), self._ties.so_far() if self._ties is not None else ()
        self.unnoted = told != self._told or len(epochs) > len(self._epochs)
        if not self.unnoted:
            return []
        first = len(epochs) > len(self._epochs) or _tracks(told) > _tracks(self._told)
        later = told != self._told and now_us - self._noted_us >= NOTE_US
        if self._facts is None or not (first or later):
            return []
        self._epochs, self._told, self._noted_us = epochs, told, now_us
        self.unnoted = False
        return self.draft(self._facts)

    def hear(self, track: int, words: list[Word]) -> None:
        """What the track's sender says of its streams, beside the sound."""
        if self._ties is not None:
            self._tied = True
            self._ties.hear(track, words)

    def write(self, head: bytes, entries: memoryview, last_us: int) -> Sequence[bytes]:
        """Takes a run; `last_us` is when its last packet arrived."""
        if not self._customers or head[_TRACK] in self._customers:
            self._heard_us = last_us
        if last_us > self._last_us:  # noqa: PLR1730 - called for every run, and max is a call
            self._last_us = last_us
        if self._tied and self._ties is not None:
            self._ties.take(head, entries, last_us)
        if self._tones is None:
            filled = self._writer.add(head, entries)
        else:
            runs = self._tones.take(head, entries)
            filled = [each for run in runs for each in self._writer.add(*run)]
        return self._seal(filled) if filled else ()

    def look(
        self, head: bytes, entries: memoryview, last_us: int, loud: bool | None, stamp: int
    ) -> None:
        """At a run of each stream a second, beside `write`: for what is told of its sound. `loud`
        and `stamp` as in `Kept`."""
        self._looked = True
        if self._sound is not None and loud is not None:
            self._sound.judged(head, stamp, last_us, loud)
        elif self._sound is not None:
            self._sound.take(head, entries, last_us)

    def flush(self, now_us: int) -> Sequence[bytes]:
        """Seals the started segment if its oldest packet has waited long enough."""
        since_us = self._writer.since_us
        if since_us is None or now_us - since_us < FLUSH_US:
            return ()
        room = CAPACITY if self._sealer.count else FIRST_CAPACITY
        return self._seal([as_plaintext(self._writer.take(), room)])

    def finish(
        self,
        facts: Manifest,
        epochs: Iterable[Epoch],
        packets: int,
        drops: Counter[str],
        last_us: Mapping[int, int] | None = None,
    ) -> list[bytes]:
        """Cuts what arrived after `facts.ended_us`, seals the last segment and the manifest.
        `last_us`: when the last packet of each track arrived."""
        begun = self._release_tones()
        last, cut = self._last_segment(facts.ended_us)
        index = self._sealer.count - 1
        if cut:
            drops["after_end"] += cut
        warnings = (UNCUT_TAIL,) if self._released_us > facts.ended_us else ()
        if self._tones is not None and self._tones.found:
            warnings = (*warnings, KEY_TONES)
        if drops["disk_full"]:
            warnings = (*warnings, DISK_WAS_FULL)
        manifest = replace(
            facts,
            state="complete",
            epochs=tuple(each for each in epochs if each.first_us <= facts.ended_us),
            sides=sides_of(self._sound, facts.ended_us, last_us or {}),
            ties=self._ties.of(facts.ended_us) if self._ties is not None else (),
            segments=self._sealer.count,
            finished=True,
            sha256=self._sealer.sha256,
            packets=packets - cut,
            drops=dict(drops),
            warnings=facts.warnings + warnings,
        )
        return [
            *begun,
            *segment_parts(Kind.LAST, self.call_id, index, last),
            self._manifest(Kind.MANIFEST, manifest),
        ]

    def _release_tones(self) -> list[bytes]:
        """What the filter of key tones still keeps back."""
        runs = self._tones.rest() if self._tones is not None else ()
        return self._seal([each for run in runs for each in self._writer.add(*run)])

    def forget(self) -> list[bytes]:
        return [frame(Kind.VOID, self.call_id)]

    def _seal(self, filled: Iterable[bytes]) -> list[bytes]:
        sealer, tail, front, last_us = self._sealer, self._tail, self._front, self._last_us
        parts: list[bytes] = []
        for plaintext in filled:
            index = sealer.count
            sealed = sealer.seal_ahead(plaintext)
            tail.append((sealed, last_us, index))
            if index:
                parts += segment_behind(front, index, sealed)
            else:
                parts += segment_parts(Kind.SEGMENT, self.call_id, index, sealed)
        if tail and (tail[0][1] < self._heard_us or len(tail) > MAX_TAIL):
            self._release()
        return parts

    def _release(self) -> None:
        """Counts in the segments in which no cut can lie any more."""
        tail, count_in = self._tail, self._sealer.count_in
        while tail and (tail[0][1] < self._heard_us or len(tail) > MAX_TAIL):
            sealed, self._released_us, index = tail.popleft()
            count_in(sealed)
            if self._places:
                self._places.pop(index, None)

    def _last_segment(self, ended_us: int) -> tuple[bytes, int]:
        """The last segment's ciphertext, and how many packets were cut off.

        Streams are emptied one after the other, so that what arrived in time may stand behind what
        did not. The cut lies as early as all that is in time behind it fits into one segment: some
        0.5 seconds of another stream may stay in front of it.
        """
        tail, sealer = self._tail, self._sealer
        while tail and tail[0][1] <= ended_us:
            sealer.count_in(tail.popleft()[0])
        opened = [in_use(sealer.opened(index, sealed)) for sealed, _, index in tail]
        records = [*opened, self._writer.take()]
        kept = [cut_after(each, ended_us) for each in records]
        for first, (sealed, _, index) in enumerate(tail):
            rest = b"".join(kept[first:])
            room = CAPACITY if index else FIRST_CAPACITY
            if len(rest) <= room - USED.size:
                cut = sum(map(_count, records[first:])) - _count(rest)
                return sealer.finish(as_plaintext(rest)), cut
            sealer.count_in(sealed)
        return sealer.finish(as_plaintext(kept[-1])), _count(records[-1]) - _count(kept[-1])

    def _manifest(self, kind: Kind, manifest: Manifest) -> bytes:
        return frame(kind, self.call_id, self._manifests.seal(encode(manifest)))


def _tracks(ties: Iterable[Tie]) -> int:
    return len({tie.track for tie in ties})


def _count(records: bytes) -> int:
    return sum(len(run.seq) for run in read_records(records))
