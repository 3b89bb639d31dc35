"""Recordings move to a bucket and back while they are destroyed on their day (N-18, N-19)."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cast import Cast
from ops.test_residency import AMAZON, CONTROLLER, MACHINE, STORE
from retention.test_destroy import run
from retention.world import World
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.ops import store_moving
from vaiti.ops.commands import store as command
from vaiti.ops.residency import needed
from vaiti.ops.seaweed import make_bucket, seaweed
from vaiti.ops.settings import Settings, WeakSettings, read_settings
from vaiti.ops.state_files import read_state
from vaiti.ops.store_moving import Elsewhere
from vaiti.ops.stores import open_store, two_stores
from vaiti.promises.older.scan import Where, scan
from vaiti.retention.destroy import Executed
from vaiti.retention.moving import Moved
from vaiti.values.ids import new_object_id
from vaiti.vault import shred
from vaiti.vault.s3_bucket import BucketPlace
from vaiti.vault.two_stores import FORMER
from vault.test_s3 import VERSIONED

FOLDER = {"kind": "folder"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BucketPlace]:
    """A bucket that keeps every version, until they are removed one by one."""
    with seaweed(tmp_path_factory.mktemp("seaweed")) as found:
        bucket = make_bucket(replace(found, bucket="versioned"))
        bucket.ask("PUT", "", {"versioning": ""}, "keep versions", VERSIONED)
        yield bucket.place


def settings_of(folder: Path, **changes: Any) -> Settings:  # noqa: ANN401
    return read_settings({"controller": CONTROLLER, **changes}, folder)


@pytest.fixture
def bucket(place: BucketPlace, tmp_path: Path) -> dict[str, str]:
    """The section that names a corner of the bucket, whose account stands in the folder."""
    for name in ("secrets", "run"):
        (tmp_path / name).mkdir(mode=0o700, exist_ok=True)
    who = tmp_path / "secrets" / "s3.credentials"
    who.write_text(f"{place.credentials.key_id}\n{place.credentials.secret}\n")
    who.chmod(0o600)
    (tmp_path / "vaiti.toml").touch()
    told = {"endpoint": place.endpoint, "bucket": place.bucket, "region": place.region}
    return {"kind": "s3", **told, "prefix": f"{new_object_id()}/"}


def silent(_total: int, _done: Moved) -> None:
    return


@pytest.mark.django_db(transaction=True)
def test_n18_recordings_move_to_a_bucket_and_back_and_are_destroyed_on_their_day_meanwhile(
    world: World, cast: Cast, bucket: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, clock = world.folder, lambda: world.now
    there = settings_of(folder, store=bucket, former_store=FOLDER)
    stores = two_stores(there)
    assert stores
    calls = [world.kept(world.now + timedelta(days=day)) for day in (0, 0, 30, 30)]
    world.store = open_store(there)  # type: ignore[assignment]
    stores.now.put(calls[0].object_id, [b"it had come over when the mover was killed"])
    assert run(world) == [Executed(done=2, left=0)]
    assert all(world.store.absent(one.object_id) for one in calls[:2]), "from whichever store"
    old = new_object_id()
    stores.former.put(old, [b"an object that no row names"])
    where = Where(folder, world.store, world.journal, world.secrets.config.store)
    later = world.now + timedelta(days=2)
    looked = scan(where, world.keys, later, moved=world.now - datetime.now(UTC)).places
    (found,) = (one for one in looked if one.place == "store")
    assert found.found == (f"store/{FORMER}{old[:2]}/{old}.vs",)
    shred.remove(world.store, old)

    assert command.status(there) == 1
    assert "2 objects are left" in capsys.readouterr().out
    report = store_moving.run(there, clock, silent)
    assert (report.total, report.done.objects, report.left) == (2, 2, 0)
    assert sorted(stores.now.names()) == sorted(one.object_id for one in calls[2:])
    assert not list(stores.former.listed()) and world.openable(calls[2])
    state = read_state(there.run / store_moving.STATE)
    assert state and (state["state"], state["objects"], state["left"]) == ("done", 2, 0)
    (entry,) = entries(kind="ops:store:moved").entries
    assert (entry.facts["from"], entry.facts["target"]) == ("folder", "s3")

    back = settings_of(folder, store=FOLDER, former_store=bucket)
    path = folder / "store"
    one = calls[3].object_id
    damaged = [b"not what was sealed"]
    stores.now.put(one, damaged)
    report = store_moving.run(back, clock, silent)
    assert (report.done.objects, report.done.kept) == (1, 1) and report.left
    assert any(alarm.kind == "store_move" for alarm in alarms.standing())
    assert command.status(back) == 1
    assert one in capsys.readouterr().out, "what is left is named"
    assert [file.stem for file in path.glob("*/*.vs")] == [calls[2].object_id]
    world.store = open_store(back)  # type: ignore[assignment]
    shred.remove(world.store, one)
    assert store_moving.run(back, clock, silent).left == 0, "no version and no mark is left"
    assert not any(alarm.kind == "store_move" for alarm in alarms.standing())


@pytest.mark.django_db(transaction=True)
def test_a_move_waits_for_processes_that_know_the_settings(
    cast: Cast, bucket: dict[str, str], tmp_path: Path
) -> None:
    here = settings_of(tmp_path, store=bucket, former_store=FOLDER)
    started = here.run / "web.pid"
    started.write_text(f"{os.getpid()}\n")
    os.utime(started, (1, 1))
    with pytest.raises(Elsewhere, match="start it again"):
        store_moving.run(here, lambda: datetime.now(UTC), silent)
    started.touch()
    with (
        store_moving.only_mover(here.run / store_moving.MOVER),
        pytest.raises(Elsewhere, match="already"),
    ):
        store_moving.run(here, lambda: datetime.now(UTC), silent)
    with pytest.raises(WeakSettings, match="the settings name no"):
        store_moving.run(settings_of(tmp_path), lambda: datetime.now(UTC), silent)


def test_n25_two_stores_are_declared_and_told_apart(tmp_path: Path) -> None:
    both = settings_of(tmp_path, place=[MACHINE, STORE], former_store=AMAZON)
    assert [one.role for one in needed(both)] == ["machine", "former_store"]
    within = {**AMAZON, "prefix": "calls/"}
    for store, former, words in (
        (FOLDER, FOLDER, "same folder"),
        (AMAZON, within, "prefix of its own"),
        (within, within, "prefix of its own"),
        (FOLDER, {"kind": "tape"}, r"\[former_store\] is"),
        (FOLDER, {"bucket": "calls"}, r"\[former_store\] is"),
        (AMAZON, {"kind": "folder", "bucket": "calls"}, "no other keys"),
    ):
        with pytest.raises(WeakSettings, match=words):
            settings_of(tmp_path, store=store, former_store=former)
    settings_of(tmp_path, store=within, former_store={**AMAZON, "prefix": "old/"})
