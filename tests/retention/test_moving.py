"""Recordings move between stores: verified, killed anywhere, heard and destroyed (N-19)."""

import hashlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from vaiti.ops.clocks import machine_clock
from vaiti.retention.moving import TOGETHER, CameOtherwise, Moved, left_over, move
from vaiti.values.ids import ObjectId, new_object_id
from vaiti.vault import shred
from vaiti.vault.store import FolderStore, NoObject, Store
from vaiti.vault.two_stores import FORMER, TwoStores
from vault.store_conformance import StoreConformance

Contents = dict[ObjectId, bytes]
LONG = 3 << 20  # bytes: more than is read at once


def two(folder: Path) -> TwoStores:
    return TwoStores(FolderStore(folder / "now"), FolderStore(folder / "former"), folder / "lock")


@pytest.fixture
def stores(tmp_path: Path) -> TwoStores:
    return two(tmp_path)


def fill(store: Store, count: int = 3) -> Contents:
    sizes = (LONG + 7, 0, *[5000] * count)
    made = {new_object_id(): os.urandom(size) for size in sizes[:count]}
    for name, content in made.items():
        store.put(name, [content])
    return made


def known(made: Contents) -> Callable[[Iterable[ObjectId]], dict[ObjectId, str]]:
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    return lambda asked: {one: digests[one] for one in asked if one in digests}


def nobody(_asked: object) -> dict[ObjectId, str]:
    return {}


def read(store: Store, name: ObjectId) -> bytes:
    return store.get(name, 0, store.size(name))


def silent(_done: Moved) -> None:
    return


class TestTwoStores(StoreConformance):
    @pytest.fixture
    def store(self, stores: TwoStores) -> Store:
        return stores


def test_what_lies_in_either_is_read_listed_and_named_once(stores: TwoStores) -> None:
    old, new = fill(stores.former), fill(stores.now)
    both = next(iter(old))
    stores.now.put(both, [old[both]])
    assert sorted(stores.names()) == sorted(old | new)
    assert all(read(stores, name) == content for name, content in (old | new).items())
    assert len([one for one in stores.listed() if one.object_id == both]) == 2
    assert sum(one.name.startswith(FORMER) for one in stores.listed()) == len(old)
    assert stores.remaining([both, *new, new_object_id()]) == {both, *new}
    shred.remove(stores, both)
    assert stores.absent(both) and stores.former.absent(both) and stores.now.absent(both)
    assert not shred.remove_all(stores, [*old, *new])
    assert not list(stores.listed())


def test_all_is_moved_and_what_is_not_as_it_should_be_stays(stores: TwoStores) -> None:
    made, package = fill(stores.former, 12), new_object_id()
    stores.former.put(package, [b"of which no row has a digest"])
    damaged, other = list(made)[5], list(made)[6]
    path = stores.former.path(damaged)  # type: ignore[attr-defined]
    path.write_bytes(made[damaged][:-2])
    stores.now.put(other, [b"something else of that name"])
    told = list[Moved]()
    done = move(stores, known(made), told.append)
    assert done == told[-1] == Moved(11, sum(map(len, made.values())) - 10_000 + 28, 0, 2)
    assert told[0] == Moved() and len(told) == 1 + -(-13 // TOGETHER)
    assert sorted(stores.former.names()) == sorted([damaged, other])
    assert read(stores.now, other) == b"something else of that name"
    assert all(read(stores.now, one) == made[one] for one in made if one not in (damaged, other))


class _Killing(FolderStore):
    """Kills its process just before or after its `at`-th act of any kind."""

    def __init__(self, root: Path, at: int) -> None:
        super().__init__(root)
        self.left = at

    def _acts(self) -> None:
        self.left -= 1
        if self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def put(self, object_id: ObjectId, chunks: Iterable[bytes]) -> str:
        self._acts()

        def counted() -> Iterator[bytes]:
            for chunk in chunks:
                yield chunk
                self._acts()

        digest = super().put(object_id, counted())
        self._acts()
        return digest

    def get(self, object_id: ObjectId, start: int, length: int) -> bytes:
        self._acts()
        return super().get(object_id, start, length)

    def traces(self, object_id: ObjectId) -> list[Path]:
        """Asked by the shredder, before it removes."""
        self._acts()
        return super().traces(object_id)


def killed_at(folder: Path, at: int, expected: Callable[..., dict[ObjectId, str]]) -> bool:
    """Moves in a process of its own; whether it was killed at that act of one of the stores."""
    child = os.fork()
    if child == 0:
        now, former = _Killing(folder / "now", at), _Killing(folder / "former", at)
        move(TwoStores(now, former, folder / "lock"), expected, silent)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_n19_killed_at_any_act_nothing_is_lost_and_the_next_run_goes_on(tmp_path: Path) -> None:
    at, going = 0, True
    while going:
        at += 1
        folder = tmp_path / str(at)
        folder.mkdir()
        stores = two(folder)
        made = fill(stores.former)
        going = killed_at(folder, at, known(made))
        assert all(read(stores, name) == content for name, content in made.items()), at
        assert sorted(stores.names()) == sorted(made), at
        assert move(stores, known(made), silent).kept == 0
        assert sorted(stores.now.names()) == sorted(made), at
        assert left_over(stores, machine_clock() + timedelta(minutes=1)) == 0
        assert not shred.remove_all(stores, list(made))
        assert not list(stores.listed()), "and what a kill left goes with the rest"
    assert at > 15


class _Slow(FolderStore):
    """Waits in the middle of the first object that is written."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.started, self.go_on = threading.Event(), threading.Event()

    def put(self, object_id: ObjectId, chunks: Iterable[bytes]) -> str:
        self.started.set()
        assert self.go_on.wait(60)
        return super().put(object_id, chunks)


def test_n19_what_is_destroyed_on_its_way_is_in_neither_store(tmp_path: Path) -> None:
    slow, former = _Slow(tmp_path / "now"), FolderStore(tmp_path / "former")
    stores, made = TwoStores(slow, former, tmp_path / "lock"), fill(former)
    first = max(made, key=lambda name: len(made[name]))
    mover = threading.Thread(target=move, args=(stores, known(made), silent))
    mover.start()
    assert slow.started.wait(60)
    other = TwoStores(FolderStore(tmp_path / "now"), former, tmp_path / "lock")
    assert read(other, first) == made[first], "it is heard meanwhile"
    shredder = threading.Thread(target=shred.remove, args=(other, first))
    shredder.start()
    assert not other.absent(first), "the shredder waits for what is on its way"
    slow.go_on.set()
    for thread in (mover, shredder):
        thread.join(60)
    assert other.absent(first) and sorted(other.names()) == sorted(set(made) - {first})


def test_what_was_destroyed_before_its_turn_is_not_missed(stores: TwoStores) -> None:
    made = fill(stores.former)

    def destroyed(asked: Iterable[ObjectId]) -> dict[ObjectId, str]:
        shred.remove(stores, next(iter(made)))
        return known(made)(asked)

    done = move(stores, destroyed, silent)
    assert (done.objects, done.gone, done.kept) == (2, 1, 0)


class _Forgetful(FolderStore):
    def get(self, object_id: ObjectId, start: int, length: int) -> bytes:
        return bytes(len(super().get(object_id, start, length)))


def test_a_store_that_gives_back_other_bytes_gets_nothing(tmp_path: Path) -> None:
    now, former = _Forgetful(tmp_path / "now"), FolderStore(tmp_path / "former")
    stores, made = TwoStores(now, former, tmp_path / "lock"), fill(former, 1)
    with pytest.raises(CameOtherwise, match="other bytes"):
        move(stores, nobody, silent)
    (name,) = made
    assert read(former, name) == made[name] and now.absent(name)
    with pytest.raises(NoObject):
        stores.size(new_object_id())
