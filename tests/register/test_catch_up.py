"""Database, store, keys, worker or memory away under load: none lost, none twice, oldest first."""

import os
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection

from cast import NOW
from manifests import START
from register.journal_world import JournalWorld, Sealed
from vaiti.due import alarms
from vaiti.register import arrivals
from vaiti.register.arrivals import What
from vaiti.register.models import Arrival, Call
from vaiti.values.ids import as_uuid
from vaiti.vault.memory import STATUS

TOGETHER = 40  # calls of a step in this test
WAITING = TOGETHER + 6


def keys_away(world: JournalWorld) -> None:
    world.stop_keys()
    assert world.step() == []
    assert standing() == ["intake_keys"]
    world.start_keys()


def store_away(world: JournalWorld) -> None:
    """As a disk that is not mounted: one alarm, and no call is put off for an hour."""
    there, elsewhere = world.folder / "store", world.folder / "unmounted"
    there.rename(elsewhere)
    for _ in range(3):
        assert world.step() == []
    assert standing() == ["intake_store"]
    elsewhere.rename(there)


def database_away(world: JournalWorld) -> None:
    def refuse(*_: object) -> object:
        raise OperationalError("the database is away")

    with connection.execute_wrapper(refuse), pytest.raises(OperationalError):
        world.step()


def worker_away(world: JournalWorld) -> None:
    """What the one before knew is gone with it."""
    world.start_worker()


def memory_refused(world: JournalWorld) -> None:
    """A worker that is refused memory ends at once; nobody knows what it had noted."""

    def refuse(*_: object) -> object:
        raise MemoryError

    child = os.fork()
    if not child:
        with connection.execute_wrapper(refuse):
            world.step()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == STATUS
    world.start_worker()


AWAY: tuple[Callable[[JournalWorld], None], ...] = (
    *(keys_away, store_away, database_away, worker_away, memory_refused),
)


def standing() -> list[str]:
    return [alarm.kind for alarm in alarms.standing()]


@pytest.mark.django_db(transaction=True)
def test_what_ended_while_each_service_was_away_enters_once_and_oldest_first(
    world: JournalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "TOGETHER", TOGETHER)
    written = _written_by_two_starts(world)
    for away in AWAY:
        away(world)
    assert not Call.objects.exists()
    entered = [one.call_id for one in world.step()]
    assert len(entered) == TOGETHER and world.intake.waiting == WAITING - TOGETHER
    for away in AWAY:
        away(world)
        assert Call.objects.count() == TOGETHER
    rest = world.step()
    known = [one.call_id for one in rest if one.what is What.KNOWN]
    entered += [one.call_id for one in rest if one.what is What.ENTERED]
    assert entered == [call.call_id for call in written]
    assert known == entered[:TOGETHER]
    assert (world.intake.waiting, world.intake.settled) == (0, WAITING)
    assert standing() == []
    rows = Call.objects.values_list("id", "object_id")
    assert {call for call, _ in rows} == {as_uuid(call) for call in entered}
    assert sorted(world.store.names()) == sorted(name.hex for _, name in rows)
    assert not Arrival.objects.exists()


def _written_by_two_starts(world: JournalWorld) -> list[Sealed]:
    """A recorder that was restarted in between: its folders have names that say nothing of when."""
    written = [world.seal("anna.astrom") for _ in range(WAITING)]
    for call in written[:20]:
        world.write(*call.records)
    world.kill_recorder(START)
    world.start_recorder()
    for call in written[20:]:
        world.write(*call.records)
    assert world.now == NOW
    return written
