"""N-04: every recording is compared with what was sealed, slowly, and rot is said aloud."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cast import Cast
from retention.world import DUE, World
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.ops.integrity import IntegrityDesk
from vaiti.ops.sections.general import Integrity
from vaiti.register import checking
from vaiti.register.check_models import Check
from vaiti.register.checking import ALARM, Checked
from vaiti.values.ids import as_uuid
from vaiti.vault.store import StoreError

pytestmark = pytest.mark.django_db(transaction=True)

RULES = Integrity(days=30)


@pytest.fixture
def world(cast: Cast, tmp_path: Path, now: datetime) -> Iterator[World]:
    made = World(tmp_path, now)
    yield made
    made.close()


@pytest.fixture
def desk(world: World) -> IntegrityDesk:
    return IntegrityDesk(world.store, world.folder / "integrity.json", RULES)


def standing() -> list[str]:
    return [one.key for one in alarms.standing() if one.kind == ALARM]


def test_n04_rot_is_found_said_and_forgotten_when_mended(world: World, desk: IntegrityDesk) -> None:
    whole, rotten, lost = world.kept(), world.kept(), world.kept()
    path = world.store.path(rotten.object_id)
    kept = path.read_bytes()
    path.write_bytes(kept[:5000] + bytes([kept[5000] ^ 1]) + kept[5001:])
    world.store.path(lost.object_id).unlink()
    assert desk.round(world.now) == 2
    assert checking.of(as_uuid(whole.call_id)) == Checked(world.now, True)
    assert checking.of(as_uuid(rotten.call_id)) == Checked(world.now, False)
    assert sorted(standing()) == sorted([rotten.call_id, lost.call_id])
    (entry,) = entries(subject=rotten.call_id, kind="call:recording:damaged", limit=5).entries
    assert entry.actor == "system:verifier"
    overview = checking.overview(world.now - timedelta(days=1))
    assert (overview.recordings, overview.checked, overview.damaged) == (3, 3, 2)
    path.write_bytes(kept)
    assert desk.round(world.now + timedelta(days=31)) == 1
    assert standing() == [lost.call_id]
    world.sweep(world.now + DUE)
    desk.round(world.now + DUE)
    assert standing() == []
    assert Check.objects.count() == 0


def test_every_recording_has_its_turn_and_none_twice_before_time(
    world: World, desk: IntegrityDesk
) -> None:
    calls = [as_uuid(world.kept().call_id) for _ in range(5)]
    desk.most, desk.counted_at = 2, world.now
    at = [world.now + timedelta(minutes=minute) for minute in range(5)]
    for moment in at:
        desk.round(moment)
    looked = dict(Check.objects.values_list("call_id", "at"))
    assert sorted(looked) == sorted(calls)
    assert sorted(looked.values()) == [at[0], at[0], at[1], at[1], at[2]]
    assert len(entries(kind="call:recordings:checked", limit=10).entries) == 3


def test_a_store_that_is_away_is_no_damage(world: World, desk: IntegrityDesk) -> None:
    call = world.kept()
    folder = world.store.path(call.object_id)
    folder.chmod(0o600)
    folder.unlink()
    folder.mkdir()  # what stands there cannot be read
    with pytest.raises((StoreError, OSError)):
        desk.round(world.now)
    assert standing() == []
    assert Check.objects.count() == 0
