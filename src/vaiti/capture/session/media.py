"""The streams of one call: which m-line is which track, what each may carry, what we answer."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from vaiti.capture import sdes, sdp
from vaiti.capture.events import Expect
from vaiti.capture.sip.flow import Address
from vaiti.values.ids import CallId

MAX_TRACKS = 8  # of one call; further streams are refused with port 0
OFFERED = 2  # streams that we offer when the INVITE has no offer and does not say how many
OUR_CODECS = {8: ("PCMA", 8000), 0: ("PCMU", 8000)}
"""What our own offer names: a sender may use either, whatever its answer lists."""
_OFFERED_KEY = sdes.Crypto(1, "AES_CM_128_HMAC_SHA1_80", b"")


class Kept(Enum):
    """What of a call's streams is kept now: ALL, nothing while PAUSED, or NOTHING of a hold."""

    ALL = auto()
    PAUSED = auto()
    NOTHING = auto()


@dataclass(slots=True)
class Numbering:
    """Numbers the tracks of one call, whichever of its recording sessions they come in."""

    used: int = 0

    def next(self) -> int:
        self.used += 1
        return self.used - 1


@dataclass(slots=True, repr=False)
class Streams:
    """`tracks` maps the index of an m-line to its track, `ports` a track to our UDP port.

    A track keeps its port for the whole call, whatever is offered later, and its m-line unless the
    labels say that the streams come in another order.
    """

    host: str
    session_id: int
    srtp: str = sdes.REFUSED
    numbering: Numbering = field(default_factory=Numbering)
    remote: sdp.Sdp | None = None
    tracks: dict[int, int] = field(default_factory=dict)
    ports: dict[int, int] = field(default_factory=dict)
    _ours: bool = False
    _opened: set[int] = field(default_factory=set)
    _version: int = 0
    _described: bytes = b""
    _expected: dict[int, Expect] = field(default_factory=dict)
    _keys: dict[int, sdes.Crypto] = field(default_factory=dict)

    def take_on(self, remote: sdp.Sdp) -> tuple[int, ...]:
        """Adopts an offer or an answer; the new tracks that need a port."""
        if self.remote is not None:
            self._follow_labels(self.remote, remote)
        self.remote = remote
        for index in remote.acceptable:
            if index not in self.tracks and self.numbering.used < MAX_TRACKS:
                self.tracks[index] = self.numbering.next()
        self._opened |= {index for index, each in enumerate(remote.media) if each.port}
        return self.missing()

    def _follow_labels(self, before: sdp.Sdp, remote: sdp.Sdp) -> None:
        """Some senders offer the same streams in another order: a label keeps its track, and its
        port with it. Labels that are missing, doubled or others change nothing."""
        known = {before.media[at].label: at for at in self.tracks if at < len(before.media)}
        places = {media.label: at for at, media in enumerate(remote.media)}
        moved = {at: places.get(label, -1) for label, at in known.items()}
        if "" in known or len(known) < len(self.tracks) or set(moved.values()) != set(moved):
            return
        self.tracks = {moved[at]: track for at, track in self.tracks.items()}

    def only(self, taken: frozenset[str]) -> tuple[int, ...]:
        """Before the first answer: the tracks that need a port when no other codec is taken."""
        if self.remote is not None and self.remote.only(taken) != self.remote:
            self.tracks, self.numbering = {}, Numbering()
            self.take_on(self.remote.only(taken))
        return self.missing()

    def invite_offer(self, count: int = OFFERED) -> tuple[int, ...]:
        """For an INVITE without offer: the tracks that we shall offer."""
        self.tracks = {index: self.numbering.next() for index in range(count)}
        self._ours = True
        return self.missing()

    def missing(self) -> tuple[int, ...]:
        return tuple(track for track in self.tracks.values() if track not in self.ports)

    def join(self, numbering: Numbering) -> tuple[int, ...] | None:
        """Numbers the tracks among another session's; None when a call takes no more."""
        if numbering.used + len(self.tracks) > MAX_TRACKS:
            return None
        self.numbering = numbering
        self.tracks = {index: numbering.next() for index in self.indexes()}
        return self.missing()

    def in_order(self) -> tuple[int, ...]:
        return tuple(sorted(self.tracks.values()))

    def indexes(self) -> tuple[int, ...]:
        """The m-line of each track, in the order of the tracks."""
        return tuple(sorted(self.tracks, key=self.tracks.__getitem__))

    def labels(self) -> tuple[str, ...]:
        """The label of each track, in the order of the tracks; "" where there is none."""
        media = self.remote.media if self.remote else ()
        return tuple(media[index].label if index < len(media) else "" for index in self.indexes())

    def describe(self) -> bytes:
        """Our side, as answer to the newest offer or as our own offer. Unchanged: same version."""
        if not self._described or self._write(self._version) != self._described:
            self._version += 1
            self._described = self._write(self._version)
        return self._described

    def _write(self, version: int) -> bytes:
        ports = {index: self.ports[track] for index, track in self.tracks.items()}
        if self.remote is None:
            keys = {index: self._key(index, _OFFERED_KEY) for index in ports} if self._must else {}
            return sdp.offer(sdp.Ours(self.host, self.session_id, ports, keys), version)
        keys = {
            index: self._key(index, media.crypto)
            for index, media in enumerate(self.remote.media)
            if media.crypto is not None
        }
        return sdp.answer(self.remote, sdp.Ours(self.host, self.session_id, ports, keys), version)

    @property
    def _must(self) -> bool:
        return self.srtp == sdes.REQUIRED

    def _key(self, index: int, like: sdes.Crypto) -> sdes.Crypto:
        """Ours, with the tag and the suite of `like`; the same one for as long as they last."""
        known = self._keys.get(index)
        if known is None or (known.tag, known.suite) != (like.tag, like.suite):
            key = os.urandom(sdes.SUITES[like.suite])
            self._keys[index] = known = sdes.Crypto(like.tag, like.suite, key)
        return known

    def inactive(self) -> frozenset[int]:
        """The tracks that carry nothing now: on hold, or closed after they were open."""
        if self.remote is None:
            return frozenset()
        media = self.remote.media
        silent = [
            track
            for index, track in self.tracks.items()
            if index in self._opened and (index >= len(media) or not media[index].sending)
        ]
        return frozenset(silent)

    @property
    def told(self) -> Iterable[Expect]:
        """What was told last of each track."""
        return self._expected.values()

    def expect_anew(self) -> None:
        """`changed` will tell of every track: they are another call's now."""
        self._expected.clear()

    def changed(
        self,
        call_id: CallId,
        labels: Mapping[int, str],
        fallback: str,
        now: Kept,
        *,
        until_us: int = 0,
        left_out: Collection[int] = (),
    ) -> list[Expect]:
        """What each track may carry, for the tracks where that has changed.

        `labels` by track; `fallback` is the host to expect where the description names none;
        `until_us` is when the session ended, if that counts; `left_out` are never kept.
        """
        changes = []
        for index, track in self.tracks.items():
            if self.remote is None or index >= len(self.remote.media):
                continue
            expected = self._expect(
                call_id,
                index,
                labels.get(track, ""),
                fallback,
                kept=now is not Kept.NOTHING and track not in left_out,
                paused=now is Kept.PAUSED,
                until_us=until_us,
            )
            if expected != self._expected.get(track):
                self._expected[track] = expected
                changes.append(expected)
        return changes

    def _expect(
        self,
        call_id: CallId,
        index: int,
        label: str,
        fallback: str,
        *,
        kept: bool,
        paused: bool,
        until_us: int,
    ) -> Expect:
        assert self.remote is not None
        media = self.remote.media[index]
        track = self.tracks[index]
        before = self._expected.get(track)
        noise = (each for each in media.codecs if each.name == sdp.COMFORT_NOISE)
        codecs = {each.pt: (each.name, each.clock) for each in (*media.voice, *noise)}
        ignored = {each.pt: "telephone-event" for each in media.codecs if each.name == sdp.EVENTS}
        # packets of the codec before a change in place are still on their way
        earlier = before.codecs if before else OUR_CODECS if self._ours else {}
        flows = media.sending and (media.plain or media.crypto is not None)
        codecs = {**{pt: codec for pt, codec in earlier.items() if pt not in ignored}, **codecs}
        return Expect(
            call_id=call_id,
            track=track,
            label=label,
            remote=Address(media.host or fallback, media.port),
            codecs=codecs,
            ignored=ignored,
            active=kept and flows,
            paused=paused,
            crypto=media.crypto,
            until_us=until_us,
        )
