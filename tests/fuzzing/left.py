"""What a recorder leaves for the next one, in memory that nobody has looked after meanwhile."""

import struct
import sys
import threading
import tracemalloc
from collections import Counter, deque
from collections.abc import Callable, Iterator
from enum import Enum
from random import Random
from typing import Any

from capture_pure.scripted import Client, agent, customer, metadata, orders, sdp
from fuzzing.targets import Batch, Feed, Target, each, refused
from vaiti.audio.sound import Heard
from vaiti.capture.drain import Left
from vaiti.capture.recorder import packed, plain, told_once
from vaiti.capture.recorder.dense import DICTIONARY, opened, pack, unpack
from vaiti.capture.recorder.packed import (
    Quick,
    Tail,
    pack_counts,
    pack_quick,
    unpack_counts,
    unpack_quick,
)
from vaiti.capture.recorder.plain import NotKnown, dump, load, names_in
from vaiti.capture.recorder.spelling import MOST
from vaiti.capture.recorder.told_once import ToldOnce
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.stream import Stream
from vaiti.capture.rtp.table import COUNTS
from vaiti.capture.session import lasting
from vaiti.capture.session.call import Call
from vaiti.capture.session.session import Session
from vaiti.capture.sip.headers import Headers
from vaiti.values.personal import Personal

LEAST = 1 << 20  # bytes that reading takes however little there is
BUILT_IN = frozenset(
    {*(type(None), bool, int, float, str, bytes), *(list, tuple, dict, set, frozenset)}
)
KINDS = frozenset({*BUILT_IN, Counter, deque, Personal, Headers})
CONTAINERS = (list, tuple, set, frozenset, deque)


def values() -> list[object]:
    """What a session with one call leaves, and one of each built-in kind."""
    session = Session("rec-1", orders(), ["192.0.2.1"])
    lasting.watch(session, everything=False)
    Client(session).establish(sdp("1", "2"), metadata([customer(), agent()]))
    told = [value for _, value in lasting.changes(session) if value is not None]
    stream = Stream((0, 1), {8: "PCMA"})
    kinds = [Counter({Drop.RTCP: 2}), deque([Personal("Aino")], 3), Headers([("Via", "a")])]
    built_in: list[object] = [None, True, 0.5, 1 << 70, {b"a": {"b"}}, frozenset({7}), ((),), -3]
    return [*told, (9, Left(7, stream, 1, 2)), [*kinds, *built_in]]


TOLD = [value for value in values() if isinstance(value, Call)]
ONCE = dict(ToldOnce().entries(b"c", TOLD[0]))
PARTS = unpack(ONCE[told_once.PARTS] or b"")


def objects() -> list[bytes]:
    """Without what the first nine bytes say of the length: else a damaged one is no more than cut
    off."""
    told = [*map(dump, values()), ONCE[b"c"] or b""]
    return [data[:2] + data[11:] if data[2:3] == b"\x95" else data for data in told]


def bounded(feed: Feed) -> Callable[[], Batch]:
    """No object may take more than ROOM times its bytes. Where others are at work in this process
    memory tells nothing of us: that is left to the long runs."""

    def measured(data: bytes) -> bool:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        taken = feed(data)
        took = tracemalloc.get_traced_memory()[1] - before
        assert took <= LEAST + plain.ROOM * len(data), f"{len(data)} bytes took {took}"
        return taken

    def batch() -> Batch:
        alone = threading.active_count() == 1
        some, were = each(lambda: measured if alone else feed)(), shared()

        def all_of(inputs: list[bytes]) -> int:
            if alone:
                tracemalloc.start()
            loaded = len(sys.modules)
            try:
                taken = some(inputs)
            finally:
                tracemalloc.stop()
            assert len(sys.modules) == loaded, "something was imported"
            assert shared() == were, "what all of us share was changed"
            return taken

        return all_of

    return batch


def programs(seed: int) -> Callable[[int], int]:
    """Well spelled from the first word to the last, so that each is read: what came of them."""
    lot, feed = Random(seed), bounded(left_object)()
    begin = b"\x80\x05" + dump(plain.made)[11:-1]  # remembered as the third thing, after two names

    def program() -> bytes:
        words = lot.choices(PROGRAM, LIKELY, k=lot.randrange(2, 60))
        return b"".join((begin, *words, lot.choice((b".", b"t.", b"\x85R."))))

    return lambda count: feed([program() for _ in range(count)])


def shared() -> list[str]:
    """Of the members of our enumerations, of which there is one each; and what was told before."""
    found = (kind for kind in plain._CLASSES.values() if issubclass(kind, Enum))
    return [*(repr(vars(member)) for kind in found for member in kind), repr(PARTS)]


def left_object(data: bytes) -> bool:
    try:
        found = load(data, parts=PARTS)
    except NotKnown as error:
        return refused(NotKnown, error)
    for value in inside(found):
        kind = type(value)
        assert kind in KINDS or plain.teller(kind), "an object of a kind that is not listed"
    return True


def inside(value: object) -> Iterator[object]:
    """It, and all that it has."""
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += parts(one)


def parts(one: Any) -> list[object]:  # noqa: ANN401
    if isinstance(one, dict):
        return [*one, *one.values()]
    if isinstance(one, CONTAINERS):
        return list(one)
    if isinstance(one, Personal):
        return [one.reveal()]
    if isinstance(one, Headers):
        return [one._lines]
    if type(one) in BUILT_IN or isinstance(one, Enum):
        return []
    return [getattr(one, name) for name in plain._fields(type(one))]


def large() -> list[bytes]:
    return [pack([value] * 2 + [bytes(range(250)) * 20]) for value in values()]


def left_packed(data: bytes) -> bool:
    try:
        text = opened(data)
        assert len(text) <= max(MOST, len(data))
        unpack(data)
    except NotKnown as error:
        return refused(NotKnown, error)
    return True


def left_names(data: bytes) -> bool:
    """The object's names are damaged, not the object."""
    names_in.cache_clear()
    try:
        load(OBJECT, names_in(data))
        unpack(PACKED, data)
    except NotKnown as error:
        return refused(NotKnown, error)
    return True


OBJECT = dump(values())
PACKED = pack(values())
HEARD = {0: Heard(5, begun=(b"abcd", 6, 7)), 1: Heard()}
TAILS = [Tail(7, 1, 3, 44), Tail(8, 2, 4, 9)]
QUICK = Quick(3, 9, None, 4, bytes(range(112)), 1, 2, 3, TAILS, HEARD, None)


def recordings() -> list[bytes]:
    pressed = Quick(*(getattr(QUICK, name) for name in Quick.__slots__[:-1]), (True, []))
    return [pack_quick(12, QUICK, b"abc"), pack_quick(13, pressed, bytes(500))]


def left_recording(data: bytes) -> bool:
    try:
        _, quick, started = unpack_quick(data)
    except NotKnown as error:
        return refused(NotKnown, error)
    assert len(started) <= len(data) and len(quick.heard) * packed.HEARD.size <= len(data)
    return True


def counts() -> list[bytes]:
    columns = {name: bytes(3 * kind.itemsize) for name, kind in COUNTS.items()}
    return [pack_counts(12, [7, 8, 9], columns), pack_counts(1, [], dict.fromkeys(COUNTS, b""))]


def left_counts(data: bytes) -> bool:
    try:
        number, found = unpack_counts(data)
    except NotKnown as error:
        return refused(NotKnown, error)
    columns = {
        name: b"".join(
            one[name].to_bytes(kind.itemsize, "little", signed=kind.kind == "i")
            for one in found.values()
        )
        for name, kind in COUNTS.items()
    }
    if struct.unpack_from("<I", data, 8)[0] == len(found):  # no socket is told twice
        assert pack_counts(number, list(found), columns) == data, "what is read is told the same"
    return True


OPCODES = (
    *(b"cposix\nabort\n)R", b"\x8c\x05posix\x8c\x05abort\x93)R", b"h\x00", b"j\x00\x00\x00\x00"),
    *(b"r\xff\xff\xff\x0f", b"q\xff", b"\x8e" + (1 << 36).to_bytes(8, "little"), b"b", b"\x81"),
    *(b"\x96" + (1 << 36).to_bytes(8, "little"), b"B\xff\xff\xff\x7f", b"0", b"2", b"Q", b"\x92"),
    *(b"\x94", b"R", b"(", b"t", b"\x85", b"\x86", b"]", b"\x8f", b"}", b"s", b"a", b"e", b"u"),
    *(b"\x93", b"\x90", b"\x91", b"N", b"K\x07", b"C\x01a", b"\x8c\x03int", b"\x8c\x05deque", b"."),
)
NAMES = (*plain._MAKERS, *plain._CLASSES)
PUSHED = (
    *(b"N", b"K\x02", b"J\xff\xff\xff\xff", b"G" + bytes(8), b"\x88", b")", b"]", b"}", b"\x8f"),
    *(b"C\x02ab", b"\x8a\x01\x07", b"(", b"h\x00", b"h\x02", b"h\x02", b"h\x03", b"h\x04", b"\x94"),
    *(b"\x8c" + bytes((len(name),)) + name.encode() for name in (*NAMES, plain.PART)),
)
DONE = (b"t", b"\x85", b"\x86", b"\x87", b"R", b"s", b"u", b"a", b"e", b"\x90", b"\x91", b"\x93")
CALLED = (
    b"\x85R",
    b"\x86R",
    b"\x87R",
    b"tR",
    b"\x94\x94",
    b"h\x02(",
    b"h\x02\x8c\x07Headers]\x86R",
)
PROGRAM = (*PUSHED, *DONE, *CALLED)
LIKELY = (*(3 for _ in PUSHED), *(2 for _ in DONE), *(4 for _ in CALLED))
NUMBERS = (b"\xff" * 8, b"\0" * 8, b"\xff\xff\xff\x7f", b"\x01\0\0\0")
TARGETS = (
    Target(
        "left object",
        "any bytes are objects of the listed kinds, in ROOM times their bytes, or NotKnown; "
        "nothing else is named, called or changed",
        *(objects, OPCODES, bounded(left_object)),
        weight=12,
    ),
    Target(
        "left program",
        "the same of bytes that are spelled as ours are, whatever they say",
        *(objects, (), bounded(left_object)),
        weight=6,
        own=programs,
    ),
    Target(
        "left packed",
        "the same of what is packed, which opens to MOST bytes",
        *(large, (b"\0", b"\xff\xff", *OPCODES), each(lambda: left_packed)),
        weight=12,
    ),
    Target(
        "left names",
        "whatever another recorder calls its fields, ours are made of them, or it is NotKnown",
        *(lambda: [DICTIONARY], (b'"', b",", b"[", b"]", b"{}", b"null", b"1", b"\xff")),
        each(lambda: left_names),
        weight=2,
    ),
    Target(
        "left recording",
        "what changes with packets is read within its bytes, or NotKnown",
        *(recordings, NUMBERS, each(lambda: left_recording)),
        weight=24,
    ),
    Target(
        "left counts",
        "the counts of all sockets, to the last byte, or NotKnown",
        *(counts, NUMBERS, each(lambda: left_counts)),
        weight=24,
    ),
)
