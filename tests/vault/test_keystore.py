"""The key store: what it keeps, and that what it destroys is on no disk and cannot come back."""

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from vaiti.values.ids import CallId, new_call_id
from vaiti.vault.keyservice import PassphraseService
from vaiti.vault.keystore import Gone, KeyStore, KeyStoreError, OtherKey
from vaiti.vault.wrapping import open_key, seal_key
from vault.keyworld import QUICK

PASSPHRASE = b"correct horse battery staple"
DAY = date(2027, 5, 23)
INTAKE = date(2026, 11, 23)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keystore.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[KeyStore]:
    store = KeyStore(path, PassphraseService(PASSPHRASE, QUICK))
    yield store
    store.close()


def sealed_blobs(path: Path, table: str) -> dict[str, bytes]:
    """Reads beside the store, from a copy, as a thief of the files would."""
    database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        name = "call_id" if table == "call" else "day"
        return dict(database.execute(f"SELECT {name}, sealed FROM {table}").fetchall())
    finally:
        database.close()


def raw(path: Path) -> bytes:
    """Every byte of every file beside the key store, its logs among them."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


def test_a_call_key_comes_back_also_after_a_restart(path: Path, store: KeyStore) -> None:
    call, key = new_call_id(), secrets.token_bytes(32)
    store.keep_call(call, DAY, key)
    assert store.call_key(call) == key
    store.close()
    again = KeyStore(path, PassphraseService(PASSPHRASE, QUICK))
    assert (again.call_key(call), again.days(), again.calls()) == (key, [DAY], 1)
    again.close()


def test_no_key_is_on_the_disk_in_clear(path: Path, store: KeyStore) -> None:
    call, key = new_call_id(), secrets.token_bytes(32)
    store.keep_call(call, DAY, key)
    store.intake_public(INTAKE)
    private = store.intake_private(INTAKE)
    assert key not in raw(path)
    assert private not in raw(path)
    assert PASSPHRASE not in raw(path)


def test_the_files_are_their_owners_alone(path: Path, store: KeyStore) -> None:
    store.keep_call(new_call_id(), DAY, bytes(32))
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_n19_destroyed_call_keys_are_in_no_byte_of_any_file(path: Path, store: KeyStore) -> None:
    calls = [new_call_id() for _ in range(400)]
    for call in calls:
        store.keep_call(call, DAY, secrets.token_bytes(32))
    store.destroy_call(calls[0])  # empties the log, so that the file alone holds the others
    before = sealed_blobs(path, "call")
    for call in calls[1:300]:
        store.destroy_call(call)
    after = raw(path)
    dead = [before[call] for call in calls[1:300]]
    assert not [blob for blob in dead if blob[:12] in after or blob[12:28] in after]
    assert all(before[call] in after for call in calls[300:])
    assert store.calls() == 100


def test_a_replaced_call_key_is_in_no_byte_of_any_file(path: Path, store: KeyStore) -> None:
    call, key, new = new_call_id(), secrets.token_bytes(32), secrets.token_bytes(32)
    was = hashlib.sha256(key).hexdigest()
    store.keep_call(call, DAY, key)
    store.destroy_call(new_call_id())  # empties the log into the file
    old = sealed_blobs(path, "call")[call]
    for _ in range(2):  # the second time nothing changes
        store.replace_call(call, was, new)
        assert store.call_key(call) == new
    assert old not in raw(path)
    assert sealed_blobs(path, "call")[call] in raw(path)
    with pytest.raises(OtherKey):
        store.replace_call(call, was, secrets.token_bytes(32))
    with pytest.raises(OtherKey):
        store.keep_call(call, DAY, key)  # the journal's copy opens nothing any more
    store.destroy_call(call)
    with pytest.raises(Gone):
        store.replace_call(call, was, new)
    with pytest.raises(Gone):
        store.replace_call(new_call_id(), was, new)


def test_n19_an_ended_day_leaves_no_byte_of_its_keys(path: Path, store: KeyStore) -> None:
    calls = [new_call_id() for _ in range(50)]
    for number, call in enumerate(calls):
        store.keep_call(call, DAY + timedelta(days=number % 2), secrets.token_bytes(32))
    store.destroy_call(new_call_id())
    days, before = sealed_blobs(path, "day"), sealed_blobs(path, "call")
    store.destroy_day(DAY)
    after = raw(path)
    assert days[DAY.isoformat()] not in after
    assert not [call for call in calls[::2] if before[call] in after]
    assert store.days() == [DAY + timedelta(days=1)]
    for call in calls[::2]:
        with pytest.raises(Gone):
            store.call_key(call)
    assert all(len(store.call_key(call)) == 32 for call in calls[1::2])


def test_n19_a_moved_key_outlives_its_day_and_leaves_no_copy_under_it(
    path: Path, store: KeyStore
) -> None:
    held, other, later = new_call_id(), new_call_id(), DAY + timedelta(days=90)
    keys = {call: secrets.token_bytes(32) for call in (held, other)}
    for call, key in keys.items():
        store.keep_call(call, DAY, key)
    store.destroy_call(new_call_id())
    under_its_day = sealed_blobs(path, "call")[held]
    store.move_calls([held], later)
    assert under_its_day not in raw(path)
    store.move_calls([held], DAY)  # never back
    store.destroy_day(DAY)
    assert store.call_key(held) == keys[held]
    for calls, day in (([held, other], later), ([held], DAY), ([new_call_id()], later)):
        with pytest.raises(Gone):
            store.move_calls(calls, day)
    store.destroy_day(later)
    with pytest.raises(Gone):
        store.call_key(held)


def test_n19_a_destroyed_intake_key_leaves_no_byte(path: Path, store: KeyStore) -> None:
    public = store.intake_public(INTAKE)
    store.destroy_call(new_call_id())
    sealed = sealed_blobs(path, "intake")[INTAKE.isoformat()]
    assert sealed in raw(path)
    store.destroy_intake(INTAKE)
    assert sealed not in raw(path)
    assert public not in raw(path)
    for ask in (store.intake_private, store.intake_public):
        with pytest.raises(Gone):
            ask(INTAKE)


def test_a_dead_call_never_comes_back_under_any_day(store: KeyStore) -> None:
    early, ended, never_kept = new_call_id(), new_call_id(), new_call_id()
    store.keep_call(early, DAY, bytes(32))
    store.keep_call(ended, DAY, bytes(32))
    store.destroy_call(early)
    store.destroy_call(never_kept)
    store.destroy_day(DAY)
    for call in (early, ended, never_kept):
        with pytest.raises(Gone):
            store.keep_call(call, DAY + timedelta(days=9), bytes(32))
    with pytest.raises(Gone):
        store.keep_call(new_call_id(), DAY, bytes(32))


def test_destroying_again_changes_nothing(store: KeyStore) -> None:
    call = new_call_id()
    store.keep_call(call, DAY, bytes(32))
    for _ in range(2):
        store.destroy_call(call)
        store.destroy_day(DAY)
        store.destroy_intake(INTAKE)
    assert (store.days(), store.calls()) == ([], 0)


def test_n19_an_older_copy_of_the_store_dies_again_by_replaying_the_destructions(
    path: Path, store: KeyStore, tmp_path: Path
) -> None:
    call = new_call_id()
    store.keep_call(call, DAY, bytes(32))
    store.destroy_day(DAY + timedelta(days=1))
    backup = tmp_path / "restored" / "keystore.sqlite"
    backup.parent.mkdir()
    backup.write_bytes(path.read_bytes())
    store.destroy_call(call)
    restored = KeyStore(backup, PassphraseService(PASSPHRASE, QUICK))
    assert restored.call_key(call) == bytes(32)
    restored.destroy_call(call)
    with pytest.raises(Gone):
        restored.call_key(call)
    restored.close()


def test_keeping_the_same_call_again_changes_nothing(path: Path, store: KeyStore) -> None:
    call = new_call_id()
    store.keep_call(call, DAY, b"a" * 32)
    store.keep_call(call, DAY, b"a" * 32)
    assert store.call_key(call) == b"a" * 32


def test_a_call_kept_under_another_day_moves_there(store: KeyStore) -> None:
    call = new_call_id()
    store.keep_call(call, DAY, b"a" * 32)
    store.keep_call(call, DAY + timedelta(days=1), b"a" * 32)
    store.destroy_day(DAY)
    assert store.call_key(call) == b"a" * 32
    store.destroy_day(DAY + timedelta(days=1))
    with pytest.raises(Gone):
        store.call_key(call)


@pytest.mark.parametrize("day", [DAY, DAY + timedelta(days=1)])
def test_a_living_key_is_never_replaced_by_another(store: KeyStore, day: date) -> None:
    call = new_call_id()
    store.keep_call(call, DAY, b"k" * 32)
    with pytest.raises(OtherKey):
        store.keep_call(call, day, b"o" * 32)
    assert store.call_key(call) == b"k" * 32
    assert store.days() == [DAY]


def test_the_intake_pair_of_a_day_opens_what_it_seals(store: KeyStore) -> None:
    call = new_call_id()
    wrapped = seal_key(store.intake_public(INTAKE), call, b"k" * 32)
    assert store.intake_public(INTAKE) == store.intake_public(INTAKE)
    assert open_key(store.intake_private(INTAKE), call, wrapped) == b"k" * 32


def test_a_sealed_key_does_not_pass_for_another(path: Path, store: KeyStore) -> None:
    first, second = new_call_id(), new_call_id()
    store.keep_call(first, DAY, bytes(32))
    store.keep_call(second, DAY, bytes(32))
    store.close()
    with sqlite3.connect(path) as database:
        database.execute(
            "UPDATE call SET sealed = (SELECT sealed FROM call WHERE call_id = ?)", (second,)
        )
    database.close()
    swapped = KeyStore(path, PassphraseService(PASSPHRASE, QUICK))
    assert swapped.call_key(second) == bytes(32)
    with pytest.raises(KeyStoreError, match="damaged"):
        swapped.call_key(first)
    swapped.close()


def test_a_wrong_passphrase_is_told_so(path: Path, store: KeyStore) -> None:
    store.close()
    with pytest.raises(KeyStoreError, match="passphrase"):
        KeyStore(path, PassphraseService(b"another passphrase", QUICK))


def test_a_second_holder_is_refused(path: Path, store: KeyStore) -> None:
    with pytest.raises(KeyStoreError, match="another key process"):
        KeyStore(path, PassphraseService(PASSPHRASE, QUICK))


def test_what_is_no_key_store_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "keystore.sqlite"
    path.write_bytes(b"a letter to the editor" * 100)
    with pytest.raises(KeyStoreError, match="no key store"):
        KeyStore(path, PassphraseService(PASSPHRASE, QUICK))
    assert path.read_bytes() == b"a letter to the editor" * 100


def test_an_unknown_call_has_no_key(store: KeyStore) -> None:
    with pytest.raises(Gone):
        store.call_key(CallId("0" * 32))
