"""From the call to its destruction, with recordings in a real object store instead of a folder."""

from collections.abc import Iterator

import pytest

from scenarios.worlds import World, place, wait_for
from vaiti.ops.clocks import machine_clock
from vaiti.ops.demo.check import new_world
from vaiti.ops.outside import ending
from vaiti.ops.outside.page import Page
from vaiti.ops.outside.recording import plain_id, press_listen
from vaiti.ops.outside.starting import started
from vaiti.ops.setting_store import bucket_place
from vaiti.ops.settings import load_settings
from vaiti.vault.s3_bucket import Bucket

pytestmark = pytest.mark.timeout(300)

SEALED = 30_000
"""Bytes at least of four seconds of two sides of G.711."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with new_world() as made:
        made.s3 = True
        started(made)
        yield made


def test_n19_a_call_in_an_object_store_is_heard_and_destroyed(world: World) -> None:
    said = world.plain
    said.seconds = 4
    place(world, [said])
    wait_for("the call is not in the register", lambda: bool(rows(world)))
    ((call, object_id),) = rows(world)
    said.call = plain_id(call)
    bucket = bucket_of(world)
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
    bucket.ask("POST", kept.key, {"uploads": ""}, "begin an upload that nobody finishes")
    world.move_clock(200 * 86400)
    wait_for("no tombstone for the call", lambda: bool(ending.tombstone(world)), ending.SWEEPS)
    assert not list(bucket.traces(""))
    assert not rows(world)


def rows(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT id, object_id FROM register_call")


def bucket_of(world: World) -> Bucket:
    settings = load_settings(world.data)
    return Bucket(bucket_place(settings.store, settings.secrets), machine_clock)
