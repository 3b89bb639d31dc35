"""The memory in which a recorder's state outlives it: what was committed is there, and no more."""

import fcntl
import hashlib
import os
import pickle
import random
import socket
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import astuple, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

import pytest

from recorder.world import ANSWER_WITHIN
from vaiti.audio.sound import Heard
from vaiti.capture.binding import Ports
from vaiti.capture.drain import Drain, Left, best_receiver
from vaiti.capture.orders import Intake, Peer
from vaiti.capture.recorder import box as boxes
from vaiti.capture.recorder import rebirth
from vaiti.capture.recorder.berth import SIZE as SIZE_OF_BERTH
from vaiti.capture.recorder.berth import Berth, heal, left
from vaiti.capture.recorder.box import Box, BoxDamaged, BoxFull, NoBox
from vaiti.capture.recorder.calls import Calls
from vaiti.capture.recorder.dense import DICTIONARY, pack, unpack
from vaiti.capture.recorder.keeper import Held, listening, serve
from vaiti.capture.recorder.keeping import Keeping
from vaiti.capture.recorder.outbox import Outbox
from vaiti.capture.recorder.packed import (
    Quick,
    Tail,
    pack_counts,
    pack_quick,
    unpack_counts,
    unpack_quick,
)
from vaiti.capture.recorder.plain import OURS, NotKnown, dump, load, made, teller
from vaiti.capture.recorder.rebirth import look
from vaiti.capture.recorder.succession import Succession
from vaiti.capture.recorder.told_once import ToldOnce
from vaiti.capture.recvmmsg import STAGING
from vaiti.capture.rtp import ties
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.table import COUNTS
from vaiti.capture.session.call import Call, State
from vaiti.capture.session.knocking import Knock
from vaiti.capture.sip.dialog import Dialog
from vaiti.capture.sip.flow import Address, Flow
from vaiti.capture.sip.headers import Headers
from vaiti.capture.sip.lasting import _OWN as OWN
from vaiti.capture.sip.transaction import Transaction
from vaiti.values.ids import CallId
from vaiti.values.personal import Personal
from vaiti.vault.digest import Sha256
from vaiti.vault.journal import JournalWriter
from vaiti.vault.manifest import Manifest
from vaiti.vault.sealing import CAPACITY

SIZE = 4 << 20
HELD = Held()
KEEPER = """
import sys
from pathlib import Path
from vaiti.capture.recorder.keeper import main
main(Path(sys.argv[1]), 0.3)
"""


def copied(box: Box, found: bytes = b"") -> Box:
    """What another process would find, were this one killed now; or what it has `found`."""
    made = os.memfd_create("copy")
    os.ftruncate(made, SIZE)
    os.pwrite(made, found or bytes(box._map), 0)
    return Box(made, 4096)


def test_whoever_dies_leaves_the_last_commit_and_nothing_of_the_next() -> None:
    lot = random.Random(7)
    box = Box(boxes.make(SIZE), 4096)
    known: dict[bytes, bytes] = {}
    committed: dict[bytes, bytes] = {}
    for step in range(3000):
        key = b"key %d" % lot.randrange(30)
        if lot.random() < 0.2:
            box.delete(key)
            known.pop(key, None)
        else:
            known[key] = lot.randbytes(lot.randrange(9000))
            box.put(key, known[key])
        if lot.random() < 0.3:
            box.commit()
            committed = dict(known)
        if step % 97 == 0:
            assert copied(box).entries() == committed
            box = copied(box)
            known = dict(committed)


def test_what_is_superseded_is_overwritten() -> None:
    box = Box(boxes.make(SIZE), 4096)
    for secret in (b"first secret", b"second secret"):
        box.put(b"call", secret)
        box.commit()
    assert b"first secret" not in bytes(box._map)
    box.delete(b"call")
    box.commit()
    assert b"second secret" not in bytes(box._map)
    box.put(b"call", b"third secret")
    box.commit()
    box.reset()
    assert b"third secret" not in bytes(box._map)
    assert box.entries() == {}


def test_what_waits_for_the_journal_is_told_once_and_found_whole() -> None:
    box = Box(boxes.make(SIZE), 4096)
    box.commit([b"first ", b"second "], (3, 44))
    box.commit([b"third"], (3, 44))
    left = copied(box)
    assert (left.finished, left.meant) == (False, (3, 44, b"first second third"))
    box.finish()
    assert copied(box).finished
    box.commit([b"next"], (4, 0))
    assert copied(box).meant == (4, 0, b"next")


def test_a_box_that_was_damaged_is_refused_and_read_no_further() -> None:
    box = Box(boxes.make(SIZE), 4096)
    for number in range(3):
        box.put(b"%d" % number, bytes(100))
    box.commit()
    whole, first = bytes(box._map), box._base
    (size,) = struct.unpack_from("<I", whole, first)
    again, told = whole[first : first + size], struct.calcsize("<11Q")
    for at, wrong in (
        *((first, struct.pack("<I", each)) for each in (size + 8, 5, 1 << 31)),
        *((first + size, again), (told, b"\xff" * 8)),
    ):
        with pytest.raises(BoxDamaged):
            copied(box, whole[:at] + wrong + whole[at + len(wrong) :])


def test_more_than_there_is_room_for_is_refused_and_what_is_there_stays() -> None:
    box = Box(boxes.make(SIZE), 4096)
    box.put(b"call", b"1")
    box.commit()
    with pytest.raises(BoxFull):
        for number in range(10):
            box.put(b"%d" % number, bytes(1 << 20))
    assert copied(box).entries() == {b"call": b"1"}
    with pytest.raises(BoxFull):
        box.commit([bytes(1 << 20)])
    with pytest.raises(NoBox):
        Box(os.memfd_create("small"), 4096)


NAMED = Flow("tls", Address("127.0.0.1", 5061), Address("::1", 9), 3)
KEPT = (
    [NAMED, State.PARTED, Personal("Aino \udcff"), (b"\x00\xff", None, 0.5, 1 << 70)],
    {(1, 8): "PCMA"},
    Headers([("Via", "a"), ("Via", "b")]),
    deque([Counter({Drop.RTCP: 2})], 3),
    frozenset({CallId("ab")}),
)


def test_objects_come_back_by_the_names_of_their_fields() -> None:
    told = dump(KEPT)
    for one, other in zip(load(told), KEPT, strict=True):
        assert other == one or list(one.items("Via")) == list(other.items("Via"))
    assert load(told)[3].maxlen == 3
    older = OURS | {"Flow": (*OURS["Flow"][:3], "gone", *OURS["Flow"][4:])}
    assert load(told, older)[0][0] == replace(NAMED, connection=0)
    with pytest.raises(TypeError):
        dump([Path()])  # of a class that is nobody's


MADE = dump(made)[11:-1]
CHANGING = b"\x80\x05" + MADE + b"\x8c\rsession.State\x8c\x06PARTED\x86R}\x8c\x01aK\x01sb."
"""What all of us share: the member gets a field more."""
FORTY = b"](" + b"N" * 40 + b"e\x94"
AGAIN = b"".join(
    (b"\x80\x05(", MADE, b"\x8c\x05deque\x94N", FORTY, b"\x87R", b"h\2h\3Nh\4\x87R" * 9, b"t.")
)
"""One list is copied again and again: few bytes become many."""


class Harm:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.system, ("true",)


def test_what_of_a_call_does_not_change_is_told_once() -> None:
    told, peer = ToldOnce(), Peer("pbx", ("127.0.0.0/8",))
    first = dict(told.entries(b"cid", [peer, 1]))
    assert first.keys() == {b"fid", b"cid"}
    parts = unpack(first[b"fid"] or b"")
    assert unpack(first[b"cid"] or b"", parts=parts) == [peer, 1]
    with pytest.raises(NotKnown):
        unpack(first[b"cid"] or b"")
    [(key, next_one)] = told.entries(b"cid", [peer, 2])
    assert (key, unpack(next_one or b"", parts=parts)) == (b"cid", [peer, 2])
    other = replace(peer, name="sbc")
    both = dict(told.entries(b"cid", [other]))
    assert unpack(both[b"fid"] or b"") == [other]
    assert dict(told.entries(b"cid", None)) == {b"fid": None, b"cid": None}


def test_another_versions_words_are_read_with_its_own_dictionary() -> None:
    large = [[replace(NAMED, connection=number), State.PARTED] for number in range(99)]
    packed = pack(large)
    assert unpack(packed) == large
    assert len(packed) < len(dump(large)) // 3
    for wrong in (packed[:-3], packed[:9]):
        with pytest.raises(NotKnown):
            unpack(wrong)
    with pytest.raises(NotKnown):
        unpack(packed, DICTIONARY[::-1])


@pytest.mark.parametrize(
    "told",
    [
        *(b"", b"garbage", b"[]", dump(NAMED)[:-9], dump(NAMED).replace(b"Flow", b"Flew")),
        *(pickle.dumps(Harm(), 5), pickle.dumps(os.system, 5), dump(NAMED)[:-1]),
        pickle.dumps(Harm(), 5).replace(b"posix", b"vaiti"),
        *(pickle.dumps(Harm()), dump(NAMED) + b"."),
        *(b"\x80\x05Nr\xff\xff\xff\x0f.", b"\x80\x05B\xff\xff\xff\x7f", CHANGING, AGAIN),
        dump(made),
    ],
    ids=[
        *("empty", "garbage", "text", "cut", "unknown", "run", "named", "open", "other"),
        *("older", "more", "place", "long", "changing", "again", "made"),
    ],
)
def test_nothing_but_our_own_objects_is_made_of_bytes(told: bytes) -> None:
    with pytest.raises(NotKnown):
        load(told)


def test_all_that_a_call_is_made_of_is_known_to_what_outlives_it() -> None:
    """A field of a new class would be noticed by the first call with a keeper, and not before."""
    seen: set[object] = set()
    waiting: list[object] = [Call, Knock, Left, Manifest, Intake, ties.Track]
    told = get_type_hints(Dialog) | get_type_hints(Transaction)
    waiting += [hint for name, hint in told.items() if name not in OWN | {"table"}]
    while waiting:
        kind = waiting.pop()
        waiting += get_args(kind)
        whole = get_origin(kind) or kind
        if whole in seen or not isinstance(whole, type):
            continue
        seen.add(whole)
        if is_dataclass(whole) or hasattr(whole, "_fields"):
            assert teller(whole)
            waiting += get_type_hints(whole).values()
        elif issubclass(whole, Enum):
            assert teller(whole)


def test_what_changes_with_packets_comes_back() -> None:
    heard = {0: Heard(5, begun=(b"abcd", 6, 7)), 1: Heard()}
    tails = [Tail(7, 1, 3, 44), Tail(8, 2, 4, 9)]
    quick = Quick(3, 9, None, 4, bytes(range(112)), 1, 2, 3, tails, heard, (True, []))
    packed = pack_quick(12, quick, b"abc")
    assert unpack_quick(packed) == (12, quick, b"abc")
    for cut in (0, 150, 350, len(packed) - 3):
        with pytest.raises(NotKnown):
            unpack_quick(packed[:cut])


def test_counts_that_are_cut_off_are_no_counts() -> None:
    told = pack_counts(
        12, [7, 8], {name: bytes(2 * kind.itemsize) for name, kind in COUNTS.items()}
    )
    number, found = unpack_counts(told)
    assert (number, list(found)) == (12, [7, 8])
    for cut in (0, 11, 20, len(told) - 1):
        with pytest.raises(NotKnown):
            unpack_counts(told[:cut])


def test_a_berth_has_what_was_committed_last_and_nothing_of_what_was_not() -> None:
    lot, digest = random.Random(3), bytes(range(112))
    room = memoryview(bytearray(SIZE_OF_BERTH))
    berth, committed, segment, started = Berth(room), 0, 0, b""
    known: tuple[int, Quick, bytes] | None = None
    for _ in range(400):
        if lot.random() < 0.6:
            segment, started = segment + 1, b""
        started += lot.randbytes(lot.randrange(400))
        number = committed + 1
        fresh = started[berth.started(number, segment) :]
        heard = {0: Heard(number, begun=(b"abcd", 6, 7))}
        berth.hear(heard, changed=True)
        berth.keep((9, -1, segment, 1, 2, 3, digest), fresh)
        tails = [Tail(segment, 4, 5, 6)] * lot.randrange(4)
        berth.tails([astuple(each) for each in tails])
        assert left_in(bytearray(room), committed) == known
        if lot.random() < 0.7:
            committed = number
            quick = Quick(len(started), 9, None, segment, digest, 1, 2, 3, tails, heard, None)
            known = (number, quick, started)
        elif lot.random() < 0.3:  # we die, and the next one goes on from what was committed
            room = memoryview(bytearray(room))
            heal(room, committed)
            berth = Berth(room)
            segment, started = (known[1].count, known[2]) if known else (0, b"")
        assert left_in(bytearray(room), committed) == known


def test_a_berth_that_tells_of_more_than_it_has_room_for_is_refused() -> None:
    room = memoryview(bytearray(SIZE_OF_BERTH))
    berth = Berth(room)
    started = b"sound"[berth.started(1, 0) :]
    berth.hear({}, changed=True)
    berth.keep((9, -1, 0, 1, 2, 3, bytes(112)), started)
    heal(room, 1)
    with pytest.raises(NotKnown):
        heal(room[:-1], 1)
    struct.pack_into("<I", room, struct.calcsize("<7q112s"), CAPACITY + 1)  # have begun
    with pytest.raises(NotKnown):
        heal(room, 1)


def left_in(copied: bytearray, committed: int) -> tuple[int, Quick, bytes] | None:
    heal(memoryview(copied), committed)
    return left(memoryview(copied))


def test_a_digest_goes_on_half_way() -> None:
    data = random.Random(1).randbytes(10_000)
    for cut in (0, 1, 63, 64, 4096, 9_999):
        first = Sha256(data[:cut])
        second = Sha256(state=first.state)
        second.update(data[cut:])
        assert second.hexdigest() == hashlib.sha256(data).hexdigest()
        assert first.hexdigest() == hashlib.sha256(data[:cut]).hexdigest()


def test_a_keeper_lets_go_of_what_nobody_comes_for(tmp_path: Path) -> None:
    """Else calls of a recorder that does not come up again would never be taken in."""
    path, lock = tmp_path / "keeper.sock", tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", KEEPER, str(path)], env=environment()) as keeper:
        try:
            until(lambda: (keeping := Keeping(path)).connect() and given(keeping, lock))
            until(lambda: free(lock))
        finally:
            keeper.kill()


def test_what_a_recorder_of_another_form_left_is_refused_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, lock, make = tmp_path / "keeper.sock", tmp_path / "lock", boxes.make
    opened: list[weakref.ref[Box]] = []

    class Seen(Box):
        def __init__(self, descriptor: int, staging: int) -> None:
            opened.append(weakref.ref(self))
            super().__init__(descriptor, staging)

    def made(size: int) -> int:
        assert [each() for each in opened] == [None], "what is refused is not locked beside"
        return make(size)

    with listening(path) as listener, lock.open("w") as file:
        keeper = threading.Thread(target=serve_twice, args=(listener,))
        keeper.start()
        before = Keeping(path)
        assert before.connect()
        fcntl.flock(file, fcntl.LOCK_EX)
        box = Box(boxes.make(2 * SIZE), STAGING)
        box.put(b"G", pack({"start_id": "ab"}))
        box.commit()
        box._words[0] -= 1
        before.keep({"lock": file.fileno(), "memory": box.descriptor})
        before.close()
        file.close()
        monkeypatch.setattr(rebirth, "Box", Seen)
        monkeypatch.setattr(boxes, "make", made)
        estate = look(path)
        assert box._words[0] == boxes.MAGIC - 1, "nobody takes it for ours, should we die now"
        assert estate is not None
        assert (estate.refused, dict(estate.entries)) == (True, {})
        estate.keeping.close()
        keeper.join()
    assert free(lock)
    assert len(HELD) == 0
    drain = Drain(best_receiver(lambda: 0), Ports())
    with JournalWriter(tmp_path / "journal") as journal:
        outbox = Outbox(journal)
        succession = Succession(estate, Calls(drain, outbox), drain, outbox)
        assert "its calls are cut off" in succession.lost()


@pytest.mark.parametrize("attempts", [0, 1])
def test_connections_that_a_recorder_may_have_died_of_end(tmp_path: Path, attempts: int) -> None:
    """It went on with them, and lived for seconds: what is to be heard again may be why."""
    path, lock = tmp_path / "keeper.sock", tmp_path / "lock"
    ours, peers = socket.socketpair()
    with listening(path) as listener, lock.open("w") as file, peers:
        keeper = threading.Thread(target=serve_twice, args=(listener,))
        keeper.start()
        before = Keeping(path)
        assert before.connect()
        box = Box(boxes.make(2 * SIZE), STAGING)
        box.put(b"G", pack({"start_id": "ab"}))
        box.commit()
        box.attempts = attempts
        held = {"lock": file.fileno(), "memory": box.descriptor, "tcp:7": ours.fileno()}
        before.keep(held)
        before.close()
        ours.close()
        estate = look(path)
        assert estate is not None
        assert ("tcp:7" in estate.held) is (attempts == 0)
        if attempts:
            peers.settimeout(ANSWER_WITHIN)
            assert peers.recv(1) == b""
        estate.abandon()
        estate.keeping.close()
        keeper.join()
    assert len(HELD) == 0


def serve_twice(listener: socket.socket) -> None:
    for _ in range(2):
        with listener.accept()[0] as recorder:
            serve(recorder, HELD)


def given(keeping: Keeping, lock: Path) -> bool:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        keeping.keep({"lock": file.fileno()})
        ((name, ours),) = keeping.given().items()
        os.close(ours)
        assert name == "lock"
    assert not free(lock)
    keeping.close()
    return True


def free(lock: Path) -> bool:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def until(happened: object) -> None:
    limit = time.monotonic() + ANSWER_WITHIN
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < limit
        time.sleep(0.02)
