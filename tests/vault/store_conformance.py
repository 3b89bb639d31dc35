"""What every store must do. A store's tests subclass `StoreConformance` and give the store."""

import hashlib
from collections.abc import Iterator

import pytest

from vaiti.values.ids import ObjectId, new_object_id
from vaiti.vault import shred
from vaiti.vault.store import NoObject, Store
from vaiti.vault.writers import Writers


class StoreConformance:
    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError("a store's own tests give it")

    def test_what_was_put_comes_back_in_any_stretch(self, store: Store) -> None:
        name, content = new_object_id(), bytes(range(256)) * 40
        digest = store.put(name, [content[:100], b"", content[100:]])
        assert digest == hashlib.sha256(content).hexdigest()
        assert store.size(name) == len(content)
        for start, length in ((0, len(content)), (0, 1), (99, 2), (5000, 0), (10_000, 240)):
            assert store.get(name, start, length) == content[start : start + length]

    def test_a_stretch_beyond_the_end_is_shorter_or_empty(self, store: Store) -> None:
        name = new_object_id()
        store.put(name, [b"0123456789"])
        assert store.get(name, 8, 100) == b"89"
        assert store.get(name, 10, 1) == store.get(name, 11, 5) == b""

    def test_a_stretch_before_the_start_is_a_mistake(self, store: Store) -> None:
        name = new_object_id()
        store.put(name, [b"0123456789"])
        for start, length in ((-1, 1), (0, -1)):
            with pytest.raises(ValueError, match="stretch"):
                store.get(name, start, length)

    def test_several_at_once_are_each_written_or_not_there(self, store: Store) -> None:
        def broken() -> Iterator[bytes]:
            yield bytes(1 << 17)
            raise ConnectionError("the journal's disk is away")

        names, writers = [new_object_id() for _ in range(11)], Writers(4)
        objects = [(name, iter([name.encode() * 9_000, b"end"])) for name in names]
        objects[5] = (names[5], broken())
        digests = store.put_all(objects, writers)
        whole = [None if name == names[5] else name.encode() * 9_000 + b"end" for name in names]
        assert digests == [one and hashlib.sha256(one).hexdigest() for one in whole]
        assert store.absent(names[5])
        assert {name: store.get(name, 0, 1 << 20) for name in store.names()} == {
            name: one for name, one in zip(names, whole, strict=True) if one
        }
        assert store.put_all([], writers) == []
        tried = [(names[5], broken()), (new_object_id(), iter([b"not asked for"]))]
        assert store.put_all(tried, writers) == [None, None]
        assert store.absent(tried[1][0])

    def test_an_empty_object_is_an_object(self, store: Store) -> None:
        name = new_object_id()
        store.put(name, [])
        assert store.size(name) == 0
        assert not store.absent(name)

    def test_n11_nothing_is_told_of_an_object_besides_its_bytes(self, store: Store) -> None:
        name = new_object_id()
        store.put(name, [b"sealed"])
        assert store.metadata(name) <= {"Content-Type"}
        assert store.metadata(new_object_id()) == frozenset()

    def test_putting_again_replaces(self, store: Store) -> None:
        name = new_object_id()
        store.put(name, [b"a long first content"])
        store.put(name, [b"second"])
        assert store.get(name, 0, 100) == b"second"
        assert list(store.names()) == [name]

    def test_what_was_never_put_is_not_there(self, store: Store) -> None:
        name = new_object_id()
        assert store.absent(name)
        with pytest.raises(NoObject):
            store.get(name, 0, 1)
        with pytest.raises(NoObject):
            store.size(name)

    def test_names_are_all_objects(self, store: Store) -> None:
        names = {new_object_id() for _ in range(20)}
        for name in names:
            store.put(name, [name.encode()])
        assert sorted(store.names()) == sorted(names)

    def test_a_source_that_breaks_off_leaves_nothing(self, store: Store) -> None:
        name = new_object_id()

        def broken() -> Iterator[bytes]:
            yield bytes(1 << 21)
            raise ConnectionError("the journal's disk is away")

        with pytest.raises(ConnectionError):
            store.put(name, broken())
        assert store.absent(name)
        assert not list(store.names())

    def test_a_source_that_breaks_off_leaves_the_object_before_it(self, store: Store) -> None:
        name = new_object_id()
        store.put(name, [b"first"])

        def broken() -> Iterator[bytes]:
            yield b"second"
            raise ConnectionError("the journal's disk is away")

        with pytest.raises(ConnectionError):
            store.put(name, broken())
        assert store.get(name, 0, 100) == b"first"

    def test_n19_what_is_shredded_is_absent_also_the_second_time(self, store: Store) -> None:
        name, other = new_object_id(), new_object_id()
        store.put(name, [b"sealed"])
        store.put(other, [b"another call"])
        for _ in range(2):
            shred.remove(store, name)
            assert store.absent(name)
        assert list(store.names()) == [other]

    def test_n19_many_are_shredded_at_once_and_asked_for_at_once(self, store: Store) -> None:
        names, other, never = [new_object_id() for _ in range(7)], new_object_id(), new_object_id()
        for name in (*names, other):
            store.put(name, [b"sealed"])
        store.put(names[0], [b"sealed anew"])
        assert store.remaining([*names, other, never]) == {*names, other}
        for _ in range(2):
            assert shred.remove_all(store, [*names, never]) == set()
            assert store.remaining([*names, other, never]) == {other}
        assert all(store.absent(name) for name in names)
        assert list(store.names()) == [other]

    @pytest.mark.parametrize("name", ["", "../../../etc/passwd", "A" * 32, "0" * 31, "0" * 33])
    def test_a_name_that_is_no_object_id_is_refused(self, store: Store, name: str) -> None:
        for ask in (
            lambda: store.put(ObjectId(name), [b""]),
            lambda: store.get(ObjectId(name), 0, 1),
            lambda: store.absent(ObjectId(name)),
            lambda: shred.remove(store, ObjectId(name)),
            lambda: shred.remove_all(store, [ObjectId(name)]),
            lambda: store.remaining([ObjectId(name)]),
        ):
            with pytest.raises(ValueError, match="object id"):
                ask()
