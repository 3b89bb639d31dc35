"""N-19 for backups: their end, the copies' end, and what a restored register is told."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from cast import Cast
from retention.world import DUE, World
from vaiti.audit.reading import entries
from vaiti.register import silencing
from vaiti.register.corrections import Hand
from vaiti.register.models import Call, Leg, Silencing
from vaiti.register.silencing import Passage
from vaiti.retention import backups
from vaiti.retention.backups import Forgotten
from vaiti.retention.models import Tombstone
from vaiti.retention.replay import replay_tombstones
from vaiti.values.clock import to_micros
from vaiti.values.ids import ObjectId, as_uuid, new_object_id
from vaiti.vault.backup_file import Header, catalogue, sealed
from vaiti.vault.store import FolderStore
from vaiti.vault.wrapping import new_intake_key

pytestmark = pytest.mark.django_db(transaction=True)


def keep(place: FolderStore, world: World, days: int) -> ObjectId:
    object_id = new_object_id()
    ends = to_micros(world.now + timedelta(days=days))
    header = Header("register", object_id, to_micros(world.now), ends, key="")
    place.put(object_id, sealed(header, new_intake_key()[1], bytes(32), [b"rows"]))
    return object_id


def test_n19_a_backup_ends_on_its_day_and_not_before(world: World, tmp_path: Path) -> None:
    place = FolderStore(tmp_path / "backups")
    short, long = keep(place, world, 7), keep(place, world, 30)
    stranger = new_object_id()
    place.put(stranger, [b"no backup of ours"])
    assert backups.end_expired(place, world.now + timedelta(days=6)) == 0
    assert backups.end_expired(place, world.now + timedelta(days=7)) == 1
    assert place.absent(short)
    assert {one.object_id for one in catalogue(place)} == {long, stranger}
    (entry,) = entries(kind="retention:backup:destroyed", limit=10).entries
    assert short in str(entry)


def test_n19_copies_go_when_the_recording_is_destroyed(world: World, tmp_path: Path) -> None:
    copies = FolderStore(tmp_path / "copies")
    first, second = world.kept(), world.kept(world.now + timedelta(days=30))
    for call in (first, second):
        copies.put(call.object_id, [os.urandom(100)])
    assert sorted(object_id for object_id, _ in backups.recordings()) == sorted(
        (first.object_id, second.object_id)
    )
    assert backups.forget_recordings(copies, world.now) == 0
    assert world.sweep(world.now + DUE).destroyed == 1
    assert backups.forget_recordings(copies, world.now) == 1
    assert list(copies.names()) == [second.object_id]


def test_n19_copies_of_what_was_destroyed_go_soon_and_no_others(
    world: World, tmp_path: Path
) -> None:
    copies = FolderStore(tmp_path / "copies")
    first, second, stranger = world.kept(), world.kept(world.now + DUE), new_object_id()
    for name in (first.object_id, second.object_id, stranger):
        copies.put(name, [os.urandom(100)])
    assert backups.forget_destroyed(copies, world.now, world.now) == Forgotten(0, None)
    then = world.now + DUE
    world.sweep(then)
    assert backups.forget_destroyed(copies, world.now - DUE, then) == Forgotten(1, then)
    assert sorted(copies.names()) == sorted((second.object_id, stranger))
    assert backups.forget_destroyed(copies, world.now - DUE, then) == Forgotten(0, then)
    (entry,) = entries(kind="retention:copies:removed", limit=10).entries
    assert entry.facts == {"copies": 1}


def test_l44_the_copy_with_a_silenced_passage_goes_too(
    world: World, cast: Cast, tmp_path: Path
) -> None:
    copies, call, made = FolderStore(tmp_path / "copies"), world.kept(), new_object_id()
    for name in (call.object_id, made):
        copies.put(name, [os.urandom(100)])
    row = Call.objects.get(id=as_uuid(call.call_id))
    leg = Leg.objects.filter(call=row).first()
    assert leg is not None
    passage = Passage(leg.id, timedelta(seconds=1), timedelta(seconds=2), "both", "payment")
    asked = silencing.ask(row.id, passage, Hand(cast.mikko.id.hex, "manager"), world.now)
    Silencing.objects.filter(id=asked).update(new_object=as_uuid(made))
    silencing.sealed(asked, "0" * 64, 1, world.now)
    assert backups.forget_destroyed(copies, world.now - DUE, world.now) == Forgotten(0, None)
    silencing.done(asked, world.now)
    gone = backups.forget_destroyed(copies, world.now - DUE, world.now)
    assert gone == Forgotten(1, world.now)
    assert list(copies.names()) == [made]


def test_n19_a_restored_register_learns_what_was_destroyed_since(world: World) -> None:
    """Here the call comes back as a restore would bring it: row, key and bytes, not yet due."""
    call, other = world.kept(), world.kept(world.now + timedelta(days=30))
    told = [
        {
            "call": call.call_id,
            "object": call.object_id,
            "due_us": to_micros(world.now),
            "done_us": to_micros(world.now),
        }
    ]
    assert world.openable(call)
    assert backups.bury(told, world.now) == 1
    replay_tombstones(world.keys, world.store, world.now)
    assert backups.bury(told, world.now) == 0
    assert not world.openable(call)
    assert world.traces(call) == set()
    assert list(Call.objects.values_list("id", flat=True)) == [as_uuid(other.call_id)]
    assert Tombstone.objects.get().call == as_uuid(call.call_id)
    assert backups.buried(world.now - timedelta(seconds=1))[0]["call"] == call.call_id
    assert backups.buried(world.now) == []
