"""The memory that a recorder leaves to the next one: its box, a recording's berth, its packets."""

import os
from dataclasses import astuple

import numpy as np

from fuzzing.left import HEARD, NUMBERS, TAILS
from fuzzing.targets import Feed, Target, each, refused
from vaiti.capture.recorder import berth
from vaiti.capture.recorder.box import Box, BoxDamaged, BoxFull
from vaiti.capture.recorder.plain import NotKnown
from vaiti.capture.recorder.rebirth import TakenOver
from vaiti.capture.recvmmsg import BATCH, MOST_SOCKETS, STAGING, BatchReceiver
from vaiti.vault.sealing import CAPACITY

BERTHS = (2, 9)  # as of the first of which it stands, and of the second
FRONT = 4_000  # bytes in which a berth is damaged: both halves, and what has begun


def berths() -> list[bytes]:
    made = []
    for last in BERTHS:
        room = memoryview(bytearray(berth.SIZE))
        one = berth.Berth(room)
        for number in range(1, last + 1):
            fresh = bytes(range(number))[one.started(number, number // 2) :]
            one.hear(HEARD, changed=True)
            one.keep((9, -1, number // 2, 1, 2, 3, bytes(range(112))), fresh)
            one.tails([astuple(tail) for tail in TAILS])
        made.append(bytes(room[:FRONT]))
    return made


def left_berth(data: bytes) -> bool:
    room = memoryview(bytearray(data[: berth.SIZE].ljust(berth.SIZE, b"\0")))
    try:
        berth.heal(room, BERTHS[-1])
    except NotKnown as error:
        return refused(NotKnown, error)
    found = berth.left(room)
    if found is not None:
        number, quick, started = found
        assert 0 < number <= BERTHS[-1], "what was never committed counts"
        assert quick.filled == len(started) <= CAPACITY
        assert len(quick.tail) <= berth.MOST_TAILS and len(quick.heard) <= berth.MOST_TRACKS
    again = berth.Berth(room)
    again.hear(HEARD, changed=True)
    again.keep((9, -1, 7, 1, 2, 3, bytes(112)), b"new"[again.started(BERTHS[-1] + 1, 7) :])
    told = berth.left(room)
    assert told is not None and told[2] == b"new", "who goes on can tell no more"
    return found is not None


class Died(Exception):
    """Between a commit and what it says."""


class Mortal(Box):
    dies = False

    def _apply(self, told: bytes | memoryview) -> None:
        if self.dies:
            raise Died
        super()._apply(told)


SIZE, WORDS, CHANGES, HEAP = 2 << 20, 128, 1_024, 2_048
"""Of a box, and of what is damaged of it: words, each of two places of changes, first blocks."""


def boxes(memory: int) -> list[bytes]:
    """One in peace, and one whose recorder died over a commit, as they lie there."""
    box, made = Mortal(memory, 4096), []
    for number in range(12):
        box.put(b"key %d" % number, bytes(range(20 * number)))
    box.delete(b"key 3")
    box.commit()
    made.append(os.pread(memory, SIZE, 0))
    box.delete(b"key 5")
    box.put(b"key 7", b"longer than it was" * 30)
    box.dies = True
    try:
        box.commit([b"for the journal"], (3, 44))
    except Died:
        made.append(os.pread(memory, SIZE, 0))
    return made


def places() -> tuple[slice, ...]:
    """Where a box has what is damaged, in their order."""
    box = Box(new_memory(), 4096)
    lie = (0, *box._places, box._base)
    sizes = (WORDS, CHANGES, CHANGES, HEAP)
    return tuple(slice(at, at + size) for at, size in zip(lie, sizes, strict=True))


def new_memory() -> int:
    made = os.memfd_create("box", os.MFD_CLOEXEC)
    os.ftruncate(made, SIZE)
    return made


def box_fronts() -> list[bytes]:
    lie = places()
    return [b"".join(image[place] for place in lie) for image in boxes(new_memory())]


def left_box() -> Feed:
    memory, lie = new_memory(), places()
    image = boxes(memory)[0]

    def feed(data: bytes) -> bool:
        os.pwrite(memory, image, 0)
        at = 0
        for place in lie:
            last = place is lie[-1]
            some = data[at:] if last else data[at : at + place.stop - place.start]
            os.pwrite(memory, some, place.start)
            at += len(some)
        try:
            box = Box(memory, 4096)
        except BoxDamaged as error:
            return refused(BoxDamaged, error)
        found = box.entries()
        assert sum(map(len, found.values())) <= box.used <= SIZE
        assert len(box.meant[2]) < SIZE
        goes_on(box)
        return bool(found)

    return feed


def goes_on(box: Box) -> None:
    """Whoever opened it can tell more there, and nothing else changes by it."""
    found = box.entries()
    try:
        box.put(b"new", bytes(300))
        box.commit()
    except BoxFull:
        return
    assert box.entries() == {**found, b"new": bytes(300)}, "entries lie across each other"


STAGED = 16 + 16 * MOST_SOCKETS


def staged() -> list[bytes]:
    """Two sockets with one packet each, and three without any."""
    words = np.zeros(STAGED // 8, np.int64)
    words[:2] = 12, 5
    words[2:7] = 7, 8, 9, 10, 11
    words[2 + MOST_SOCKETS : 7 + MOST_SOCKETS] = 0, 1, 1, 2, 2
    return [words.tobytes()]


def left_packets() -> Feed:
    memory = memoryview(bytearray(STAGING))
    receiver = BatchReceiver(memory)
    receiver._headers["length"][:3] = 172, 172, 0xFFFFFFFF

    def feed(data: bytes) -> bool:
        memory[:STAGED] = data[:STAGED].ljust(STAGED, b"\0")
        number, known, batch = BatchReceiver(memory).left
        assert len(known) == len(batch.counts) <= MOST_SOCKETS
        assert (batch.counts >= 0).all() and batch.counts.sum() == len(batch.rows) <= BATCH
        taken = TakenOver({each: at for at, each in enumerate((7, 8, 9))})
        found = taken.of_staging(number - 1, (number, known, batch))
        assert found is not None and len(found[0]) == len(found[1].counts)
        return bool(found[0])

    return feed


TARGETS = (
    Target(
        "left berth",
        "a berth has no more than it has room for, of what was committed, and goes on; or NotKnown",
        *(berths, NUMBERS, each(lambda: left_berth)),
        weight=6,
    ),
    Target(
        "left box",
        "entries lie beside each other and more can be told there, or BoxDamaged",
        *(box_fronts, (*NUMBERS, b"\x40\0\0\0", b"\x80\0\0\0\5\0\0\0"), each(left_box)),
    ),
    Target(
        "left packets",
        "each packet is of one socket, in their order, or there is none",
        *(staged, (b"\x02" + bytes(7), *NUMBERS), each(left_packets)),
    ),
)
