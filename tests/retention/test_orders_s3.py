"""N-38, N-18: recordings in an object store: every version and unfinished upload is found."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cast import Cast
from retention.test_orders import ordered, state, work
from retention.world import World
from vaiti.ops.seaweed import make_bucket, seaweed
from vaiti.promises.older.scan import Where, scan
from vaiti.retention.fulfilling import Fulfilment
from vaiti.retention.replay import replay_tombstones
from vaiti.retention.sweep import sweep
from vaiti.vault import shred
from vaiti.vault.s3 import S3Store
from vault.test_s3 import VERSIONED

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[S3Store]:
    """A bucket that keeps every version."""
    with seaweed(tmp_path) as place:
        bucket = make_bucket(replace(place, bucket="versioned"))
        bucket.ask("PUT", "", {"versioning": ""}, "keep versions", VERSIONED)
        yield S3Store(bucket)


def planted(world: World, store: S3Store) -> tuple[str, ...]:
    """What the independent scan finds in the bucket, two days later."""
    where = Where(world.folder, store, world.journal, world.secrets.config.store)
    later = world.now + timedelta(days=2)
    looked = scan(where, world.keys, later, moved=world.now - datetime.now(UTC)).places
    return next(one.found for one in looked if one.place == "store")


@pytest.mark.sqlite
def test_n38_no_version_and_no_unfinished_upload_outlives_an_order(
    world: World, cast: Cast, store: S3Store
) -> None:
    world.store = store  # type: ignore[assignment]
    first, second = world.kept(), world.kept()
    store.put(first.object_id, [b"an older version is one more copy"])
    order = ordered(world, cast, first)
    assert work(world) == 1
    assert store.absent(first.object_id)
    assert not store.absent(second.object_id)

    assert planted(world, store) == ()
    store.put(first.object_id, [b"somebody put it back"])
    store.bucket.ask("DELETE", store.key(first.object_id), {}, "hide it behind a mark")
    name = f"store/{store.key(first.object_id)}"
    found = planted(world, store)
    assert len(found) == 2, "the version and the mark that hides it"
    assert all(one.startswith(name) for one in found)
    assert replay_tombstones(world.keys, store, world.now) == 1
    assert planted(world, store) == ()

    order = ordered(world, cast, second)
    desk = Fulfilment(world.keys, store, world.journal)
    desk.go_on(world.now)
    assert sweep(world.keys, store, world.journal, world.now).destroyed == 1
    key = store.key(second.object_id)
    store.bucket.ask("POST", key, {"uploads": ""}, "begin an upload")
    assert desk.go_on(world.now) == 0
    assert state(order) == ("executing", "object_there")
    shred.remove(store, second.object_id)
    assert desk.go_on(world.now) == 1
    assert state(order) == ("done", "")
    assert not list(store.listed())
