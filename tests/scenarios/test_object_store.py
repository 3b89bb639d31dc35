"""From the call to its destruction, with recordings in a real object store instead of a folder."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from scenarios.worlds import World, kill, place, restarted, wait_for
from vaiti.ops.clocks import machine_clock
from vaiti.ops.demo.check import new_world
from vaiti.ops.outside import ending
from vaiti.ops.outside.page import Page
from vaiti.ops.outside.recording import plain_id, press_listen
from vaiti.ops.outside.starting import started
from vaiti.ops.seaweed import REGION, make_bucket
from vaiti.ops.sections.store import bucket_place
from vaiti.ops.settings import load_settings
from vaiti.vault.s3_bucket import Bucket

pytestmark = pytest.mark.timeout(300)

EARLY, LATE = 180 * 86400, 185 * 86400
"""Seconds. Half a year ends between them, and no backup of the first has served its days then."""
SEALED = 30_000
"""Bytes at least of four seconds of two sides of G.711."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with new_world() as made:
        made.s3 = True
        started(made)
        yield made


def test_n19_a_call_in_an_object_store_is_heard_and_destroyed_in_its_backups_too(
    world: World,
) -> None:
    said = world.plain
    said.seconds = 4
    place(world, [said])
    wait_for("the call is not in the register", lambda: bool(rows(world)))
    ((call, object_id),) = rows(world)
    said.call = plain_id(call)
    bucket = bucket_of(world)
    # the worker tries the bucket with an object of its own at its start, and removes it again
    wait_for("the bucket holds more", lambda: len(list(bucket.traces(""))) == 1)
    (kept,) = list(bucket.traces(""))
    assert kept.key == f"{plain_id(object_id)[:2]}/{plain_id(object_id)}.vs"
    assert kept.size > SEALED
    assert not list((world.data / "store").glob("??/*"))
    owner = world.visitor(world.owner)
    opened = press_listen(owner, said)
    (address, *_) = [text for text in Page(opened.text).addresses if "/audio/" in text]
    sound = owner.get(address)
    assert sound.status == 206
    assert len(sound.body) > SEALED
    world.move_clock(EARLY)
    backed_up(world, bucket)
    bucket.ask("POST", kept.key, {"uploads": ""}, "begin an upload that nobody finishes")
    world.move_clock(LATE)
    wait_for("no tombstone for the call", lambda: bool(ending.tombstone(world)), ending.SWEEPS)
    assert not list(bucket.traces(kept.key))
    wait_for("something is left in the bucket", lambda: not list(bucket.traces("")))
    assert not rows(world)
    restored_without(world, said.call)


def backed_up(world: World, bucket: Bucket) -> None:
    """Register and copies of recordings go to the object store, keys to a folder."""
    make_bucket(replace(bucket.place, bucket="backups"))
    held = bucket.place.credentials
    secret = world.data / "secrets" / "backup.credentials"
    secret.touch(0o600)
    secret.write_text(f"{held.key_id}\n{held.secret}\n")
    with (world.data / "vaiti.toml").open("a") as file:
        file.write(
            f'[backup]\nkind = "s3"\nendpoint = "{bucket.place.endpoint}"\nbucket = "backups"\n'
            f'region = "{REGION}"\n[key_backup]\nkind = "folder"\n'
            f'folder = "{world.workshop}/keys"\n'
        )
    world.vaiti("backup", "key", *recovery(world), "--data", str(world.data))
    said = world.vaiti("backup", "make", "--data", str(world.data))
    assert "recordings: 1 copied, 0 removed" in said
    restarted(world, "worker", kill(world, "worker"))  # it reads the places at its start


def recovery(world: World) -> list[str]:
    files = (world.workshop / "register.recovery", world.workshop / "keys.recovery")
    return ["--register-key", str(files[0]), "--keys-key", str(files[1])]


def restored_without(world: World, call: str) -> None:
    """By its own clock the call is not due: what was destroyed is known from beside the backup."""
    wait_for("nothing tells of the destruction", lambda: "tombstones" in listed(world))
    there = world.workshop / "restored"
    clock = ["--demo-clock", str(EARLY)]
    said = world.vaiti("restore", "--data", str(there), *recovery(world), *clock)
    assert "destroyed again: 1 calls that were destroyed since then, and 0" in said
    assert "0 fetched from the copies, 0 are in no copy" in said
    with closing(sqlite3.connect(there / "db.sqlite3")) as register:
        assert register.execute("SELECT count(*) FROM register_call").fetchone() == (0,)
        assert register.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
        ((buried,),) = register.execute("SELECT call FROM retention_tombstone").fetchall()
    assert plain_id(buried) == call
    with closing(sqlite3.connect(there / "keys" / "keystore.sqlite")) as keys:
        assert keys.execute("SELECT count(*) FROM call").fetchone() == (0,)
    assert not (there / "restoring").exists()


def listed(world: World) -> str:
    return world.vaiti("backup", "list", "--data", str(world.data))


def rows(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT id, object_id FROM register_call")


def bucket_of(world: World) -> Bucket:
    settings = load_settings(world.data)
    return Bucket(bucket_place(settings.store, settings.secrets), machine_clock)
