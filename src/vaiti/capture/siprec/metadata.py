"""Recording metadata (RFC 7865): who takes part, who sends which stream, with what label.

Read by local names, so that both namespaces, prefixes and the older BroadWorks root are taken, and
with the identifiers in every place where senders put them. Names, addresses and identifiers are
wrapped in `Personal`: identifiers may be telephone numbers, and none of them is ever stored. Times
are not read: senders' clocks lie (docs/siprec.md).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from vaiti.capture.siprec import elements, xml
from vaiti.capture.siprec.elements import Key, identifier
from vaiti.values.personal import Personal

__all__ = ["Key"]

MAX_PARTICIPANTS = 64
MAX_STREAMS = 64
MAX_NAMES = 4  # addresses of one participant: each is read as a telephone number, which takes time
MAX_NUMBERS = 16  # numbers in extension data, of either kind
MAX_EXTENSIONS = 64  # elements and attributes of extension data
MAX_TIES = 16  # communication sessions, groups and call identifiers, of each kind
EVERY = -1  # in `senders`: all m-lines

NAMESPACES = frozenset(
    {
        "urn:ietf:params:xml:ns:recording:1",
        "urn:ietf:params:xml:ns:recording",
        "urn:ietf:params:xml:ns:siprec",
    }
)
ROOTS = frozenset({"recording", "recording_metadata"})

NAMESPACE_UNKNOWN = "metadata_namespace_unknown"
ROOT_UNKNOWN = "metadata_root_unknown"
MODE_MISSING = "metadata_mode_missing"
PARTICIPANTS_MISSING = "metadata_participants_missing"
PARTICIPANT_WITHOUT_ID = "metadata_participant_without_id"
STREAM_WITHOUT_ID = "metadata_stream_without_id"
ASSOCIATION_UNKNOWN = "metadata_association_unknown"

_CALLING = frozenset({"callingpartynumber", "callingnumber", "fromhdr"})
_CALLED = frozenset({"calledpartynumber", "callednumber", "tohdr"})
_STATES = frozenset({"recordingstate", "recordstate", "recordingstatus"})
_OUTBOUND = frozenset({"outbound", "outgoing", "origcall"})
_INBOUND = frozenset({"inbound", "incoming", "termcall"})


class MetadataError(ValueError):
    """The metadata cannot be read. The sentence says why and repeats none of it."""


@dataclass(frozen=True, slots=True)
class NameId:
    """One address of a participant as written (URI, name-addr, bare number), and its name."""

    aor: Personal[str]
    name: Personal[str]


@dataclass(frozen=True, slots=True)
class Participant:
    """`calling` says who made the call, where the sender tells (Acme Packet's extension)."""

    id: Key
    name_ids: tuple[NameId, ...]
    calling: bool | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """`label` is that of an m-line; `mixed` when the sender says that it carries all voices;
    `session` the communication session that it is of, where told."""

    id: Key
    label: str = field(repr=False)
    mixed: bool = False
    session: Key | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """An element or attribute of extension data; of a `participant`, or of the whole session.

    A sender may write anything into a name too, so it is not printed.
    """

    participant: Key | None
    name: str = field(repr=False)
    value: Personal[str]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What one document says, or what all documents so far say together (`merging`).

    `sends` and `receives` have an entry only for participants whose streams were told; an empty
    tuple means told that there is none (on hold). `present` are the participants that are in the
    session, in the order met; `absent` those that this document says have left. `members` are the
    communication sessions that each participant is in, `parted` those that this document says one
    has left, `ended` those that it says are over (RFC 7865, 6.3, 6.4, 6.6), `left` the participants
    who were there and have just left, `left_out` those whom a whole snapshot does not name any
    more. `sessions` and `groups` identify the communication sessions that are recorded, `clues` are
    what else is said of them that may tell them apart (`elements.clues`); `senders` says by the
    index of an m-line who sends it, for senders without metadata. `called` and `calling` are
    numbers from extension data, `direction` is in, out or "", `state` what this document says of
    recording.
    """

    complete: bool
    participants: Mapping[Key, Participant] = field(default_factory=dict)
    streams: Mapping[Key, Stream] = field(default_factory=dict)
    sends: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)
    receives: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)
    present: tuple[Key, ...] = ()
    absent: frozenset[Key] = frozenset()
    members: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)
    parted: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)
    ended: frozenset[Key] = frozenset()
    left: frozenset[Key] = frozenset()
    left_out: frozenset[Key] = frozenset()
    sessions: tuple[Key, ...] = ()
    groups: tuple[Key, ...] = ()
    clues: tuple[Key, ...] = ()
    senders: Mapping[int, Key] = field(default_factory=dict)
    called: tuple[Personal[str], ...] = ()
    calling: tuple[Personal[str], ...] = ()
    direction: str = ""
    extensions: tuple[Extension, ...] = ()
    state: str = ""
    warnings: tuple[str, ...] = ()

    def labels_sent(self, participant: Key) -> tuple[str, ...]:
        """The labels of the streams that `participant` sends."""
        sent = self.sends.get(participant, ())
        return tuple([label for key in sent if (label := self._label(key))])

    def _label(self, key: Key) -> str:
        """Some senders name the label where the stream should stand."""
        stream = self.streams.get(key)
        if stream is not None:
            return stream.label
        labels = {each.label for each in self.streams.values()}
        return key.reveal() if key.reveal() in labels else ""


def parse(data: bytes) -> Metadata:
    """Reads one document. Raises MetadataError; irregularities are named in `warnings`."""
    try:
        root, warnings = xml.read(data)
    except xml.XmlError as error:
        raise MetadataError(str(error)) from None
    return _Reader(root, list(warnings)).metadata()


class _Reader:
    """Gathers one document. Each method reads one kind of element."""

    def __init__(self, root: xml.Element, warnings: list[str]) -> None:
        self._root = root
        self._warnings = warnings
        self._participants: dict[Key, Participant] = {}
        self._streams: dict[Key, Stream] = {}
        self._sends: dict[Key, tuple[Key, ...]] = {}
        self._receives: dict[Key, tuple[Key, ...]] = {}
        self._associated: dict[Key, bool] = {}
        self._members: dict[Key, tuple[Key, ...]] = {}
        self._parted: dict[Key, tuple[Key, ...]] = {}
        self._broken = xml.BROKEN in warnings

    def _begin(self) -> None:
        """Finds where the document begins, and what is where in it."""
        if self._root.tag not in ROOTS:
            self._warnings.append(ROOT_UNKNOWN)
            self._root = next((e for e in self._root.walk() if e.tag in ROOTS), self._root)
        if self._root.space not in NAMESPACES:
            self._warnings.append(NAMESPACE_UNKNOWN)
        every = list(self._root.walk())
        self._extensions = [each for each in every if each.space not in NAMESPACES]
        self._by_name = elements.ByName(self._root, every)

    def metadata(self) -> Metadata:
        self._begin()
        complete = self._complete()
        for element in self._elements("participant", MAX_PARTICIPANTS):
            self._participant(element)
        for element in self._elements("stream", MAX_STREAMS):
            self._stream(element)
        for element in self._elements("participantsessionassoc", MAX_PARTICIPANTS):
            self._session_association(element)
        for element in self._elements("participantstreamassoc", MAX_PARTICIPANTS):
            self._stream_association(element)
        ended = self._follow_ends()
        if complete and not self._participants:
            self._warnings.append(PARTICIPANTS_MISSING)
        return Metadata(
            complete=complete,
            participants=self._participants,
            streams=self._streams,
            sends=self._sends,
            receives=self._receives,
            present=self._present(),
            absent=frozenset(key for key, stays in self._associated.items() if not stays),
            members=self._members,
            parted=self._parted,
            ended=ended,
            sessions=self._ids("session", *_OF_SESSIONS),
            groups=(*elements.groups(self._by_name, MAX_TIES), *self._call_ids()),
            clues=elements.clues(self._by_name, MAX_TIES),
            called=self._numbers(_CALLED),
            calling=self._numbers(_CALLING),
            direction=self._direction(),
            extensions=tuple(islice(self._extended(), MAX_EXTENSIONS)),
            state=self._state(),
            warnings=tuple(dict.fromkeys(self._warnings)),
        )

    def _elements(self, tag: str, bound: int) -> list[xml.Element]:
        return self._by_name.all(tag)[:bound]

    def _complete(self) -> bool:
        """What is missing in a broken document may have been in it: it takes nothing away."""
        mode = elements.text(self._root, "datamode") or self._root.attributes.get("datamode", "")
        if not mode:
            self._warnings.append(MODE_MISSING)
        return mode.lower() != "partial" and not self._broken

    def _participant(self, element: xml.Element) -> None:
        key = identifier(element, "participant_id", "id")
        if key is None:
            self._warnings.append(PARTICIPANT_WITHOUT_ID)
            return
        named = elements.addresses(element, MAX_NAMES)
        names = tuple([NameId(Personal(address), Personal(name)) for address, name in named])
        self._participants[key] = Participant(key, names, _calling(element))
        if "session" in element.attributes or elements.left(element):
            self._associated[key] = not elements.left(element)
            self._belongs(key, element)
        if element.first("send") is not None or element.first("recv") is not None:
            self._told(key, element)
        if not self._broken:
            self._inside(key, element)

    def _inside(self, key: Key, participant: xml.Element) -> None:
        """Associations and streams that need not say whose they are, because they stand in it."""
        for each in participant.children:
            tag = elements.plain(each.tag)
            if tag == "stream" and (stream := identifier(each, *_OF_STREAMS)):
                self._sends[key] = _union(self._sends.get(key, ()), (stream,))
            elif tag.startswith("participants") and identifier(each, *_OF_ASSOCIATIONS) is None:
                each.attributes["participant_id"] = key.reveal()

    def _stream(self, element: xml.Element) -> None:
        key = identifier(element, *_OF_STREAMS)
        label = elements.label(element)
        if key is None:
            self._warnings.append(STREAM_WITHOUT_ID)
            key = Personal(f"label {label}")
        mixed = elements.text(element, "mode").lower() == "mixed"
        self._streams[key] = Stream(key, label, mixed, identifier(element, *_OF_MEMBERS))

    def _session_association(self, element: xml.Element) -> None:
        key = self._named(element)
        if key is not None:
            self._associated[key] = self._associated.get(key, False) or not elements.left(element)
            self._belongs(key, element)

    def _follow_ends(self) -> frozenset[Key]:
        """The sessions that are over. Who is in no other one has left."""
        ended = frozenset() if self._broken else elements.ended(self._by_name)
        for key, sessions in self._members.items():
            self._members[key] = tuple(each for each in sessions if each not in ended)
            if not self._members[key]:
                self._associated[key] = False
        return ended

    def _belongs(self, key: Key, element: xml.Element) -> None:
        session = identifier(element, *_OF_MEMBERS)
        if session is not None:
            told = self._parted if elements.left(element) else self._members
            told[key] = _union(told.get(key, ()), (session,))

    def _stream_association(self, element: xml.Element) -> None:
        key = self._named(element)
        if key is not None:
            self._told(key, element)

    def _told(self, key: Key, element: xml.Element) -> None:
        gone = elements.left(element)
        sends, receives = (() if gone else elements.references(element, way) for way in _WAYS)
        self._sends[key] = _union(self._sends.get(key, ()), sends)
        self._receives[key] = _union(self._receives.get(key, ()), receives)

    def _named(self, element: xml.Element) -> Key | None:
        """The participant that an association is about; a partial document need not repeat him."""
        key = identifier(element, *_OF_ASSOCIATIONS)
        if key is None or key in self._streams:
            self._warnings.append(ASSOCIATION_UNKNOWN)
            return None
        return key

    def _present(self) -> tuple[Key, ...]:
        if self._broken:
            return tuple(key for key in self._participants if self._associated.get(key, True))
        if not any(self._associated.values()):
            return tuple(key for key in self._participants if key not in self._associated)
        return tuple(key for key in self._order() if self._associated.get(key))

    def _order(self) -> tuple[Key, ...]:
        return tuple(dict.fromkeys((*self._participants, *self._associated)))

    def _ids(self, tag: str, *names: str) -> tuple[Key, ...]:
        found = [identifier(each, *names) for each in self._elements(tag, MAX_TIES)]
        return tuple([key for key in found if key is not None])

    def _call_ids(self) -> tuple[Key, ...]:
        """The call's number in a contact centre, which several sessions of one call share."""
        found = (each.text for each in self._extensions if each.tag == "ucid")
        return tuple(Personal(text) for text in islice(filter(None, found), MAX_TIES))

    def _extended(self) -> Iterator[Extension]:
        """Extension data of each participant, then that which is of nobody in particular."""
        if not self._extensions:
            return
        seen = set[int]()
        for element in self._elements("participant", MAX_PARTICIPANTS):
            key = identifier(element, "participant_id", "id")
            for each in element.walk():
                seen.add(id(each))
                if each.space not in NAMESPACES:
                    yield from _extension(key, each)
        for each in self._extensions:
            if id(each) not in seen:
                yield from _extension(None, each)

    def _numbers(self, tags: frozenset[str]) -> tuple[Personal[str], ...]:
        found = [text for each in self._extensions if each.tag in tags and (text := each.text)]
        return tuple(map(Personal, found[:MAX_NUMBERS]))

    def _state(self) -> str:
        """What the sender says of recording itself, in small letters."""
        found = (each.text.lower() for each in self._extensions if each.tag in _STATES)
        return next(filter(None, found), "")

    def _direction(self) -> str:
        for each in self._extensions:
            if each.tag in ("direction", "calltype"):
                words = {each.text.lower(), *(child.tag for child in each.children)}
                if words & _OUTBOUND:
                    return "out"
                if words & _INBOUND:
                    return "in"
        return ""


_WAYS = ("send", "recv")
_OF_STREAMS = ("stream_id", "id")
_OF_SESSIONS = ("session_id", "id")
_OF_MEMBERS = ("session_id", "session")
_OF_ASSOCIATIONS = ("participant_id", "participant", "id")


def _extension(participant: Key | None, element: xml.Element) -> Iterator[Extension]:
    for name, value in ((element.tag, element.text), *element.attributes.items()):
        if value:
            yield Extension(participant, name, Personal(value))


def _calling(element: xml.Element) -> bool | None:
    if not element.children:
        return None
    for each in element.walk():
        if each.tag == "callingparty" and each.text.lower() in ("true", "false"):
            return each.text.lower() == "true"
    return None


def _union(one: tuple[Key, ...], other: tuple[Key, ...]) -> tuple[Key, ...]:
    return tuple(dict.fromkeys((*one, *other)))[:MAX_STREAMS]
