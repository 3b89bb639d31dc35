"""Missed time, for real: a worker away for days, key service and store away, a clock set back."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from scenarios.worlds import Said, World, calls, kill, place, restarted, running, wait_for
from vaiti.ops.outside import access
from vaiti.ops.outside.ending import add_months
from vaiti.ops.outside.recording import instant, plain_id

pytestmark = pytest.mark.timeout(400)
DAYS = 3 * 86_400.0
PATIENCE = 120.0


@pytest.fixture
def world() -> Iterator[World]:
    with running("sqlite") as made:
        yield made


def test_n19_missed_time_is_loud_the_overdue_go_first_and_nothing_is_called_done(
    world: World,
) -> None:
    first, second = recorded(world, "+358401000331"), recorded(world, "+358401000332")
    kill(world, "keeper")
    restarted(world, "recorder", kill(world, "recorder"))  # its journal is nobody's to write now
    due = due_of(world)
    with stopped(world.pids()["worker"]):
        world.move_clock(due + DAYS - time.time())
        page = world.visitor(world.owner).get(f"/calls/{first}/")
        assert page.status == 404, "the read path asks nobody who could be away"
        assert not heard(world), "the sign of life says that the worker is away"
        away(world.data / "secrets" / "keystore.passphrase", world)
        away(world.data / "store", world)
        kill(world, "keys")
        kill(world, "worker")
    raised(world, "worker_away", "retention:keys_overdue", "retention:bytes_overdue")
    raised(world, "retention:call_remains", detail="keys_unavailable")
    assert (tombs(world), len(calls(world)), living(world)) == ([], 2, 2)

    back(world.data / "secrets" / "keystore.passphrase", world)
    wait_for("the keys do not die", lambda: living(world) == 0, PATIENCE)
    raised(world, "retention:call_remains", detail="store")
    assert (tombs(world), len(calls(world))) == ([], 2), "without the store nothing is proven"

    back(world.data / "store", world)
    wait_for("they are not destroyed", lambda: len(tombs(world)) == 2, PATIENCE)
    assert tombs(world) == [first, second], "the one that was due first goes first"
    wait_for("an alarm stands", lambda: not of_retention(world), PATIENCE)
    assert calls(world) == []
    assert not list((world.data / "store").glob("*/*.vs"))

    world.move_clock(due - DAYS - time.time())
    raised(world, "clock_set_back")
    third = recorded(world, "+358401000333")
    assert tombs(world) == [first, second]
    assert ids(world) == {third}
    wait_for("the log does not verify", lambda: access.verified(world) > 0, PATIENCE)


def recorded(world: World, customer: str) -> str:
    """A call of two seconds, in the book; its id."""
    one = Said(customer, world.plain.line, "anna.astrom", seconds=2)
    one.agent_wave, one.customer_wave = world.plain.agent_wave, world.plain.customer_wave
    known = ids(world)
    place(world, [one])
    wait_for("the call does not appear", lambda: bool(ids(world) - known), PATIENCE)
    (found,) = ids(world) - known
    return found


def ids(world: World) -> set[str]:
    return {plain_id(row[0]) for row in world.rows("SELECT id FROM register_call")}


def due_of(world: World) -> float:
    """When the later of the calls is due."""
    ends = [instant(row[4]) for row in calls(world)]
    return add_months(datetime.fromtimestamp(max(ends)).astimezone()).timestamp()


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process stands still, as on a machine that was suspended."""
    os.kill(pid, signal.SIGSTOP)
    yield


def away(path: Path, world: World) -> None:
    path.rename(world.workshop / path.name)


def back(path: Path, world: World) -> None:
    shutil.move(world.workshop / path.name, path)


def heard(world: World) -> bool:
    answer = world.visitor().get("/healthz")
    return '"worker": true' in answer.text


def raised(world: World, *kinds: str, detail: str = "") -> None:
    """Waits until each was raised, whether it stands still or not."""
    for kind in kinds:
        asked = f"SELECT 1 FROM due_alarm WHERE kind = '{kind}' AND detail LIKE '%{detail}%'"
        wait_for(f"{kind} was not raised", partial(any_row, world, asked), PATIENCE)


def any_row(world: World, asked: str) -> bool:
    return bool(world.rows(asked))


def of_retention(world: World) -> list[object]:
    return world.rows(
        "SELECT kind FROM due_alarm WHERE cleared_at IS NULL AND kind LIKE 'retention:%'"
    )


def tombs(world: World) -> list[str]:
    rows = world.rows(
        "SELECT t.call FROM retention_tombstone t JOIN retention_planline l ON l.call = t.call "
        "ORDER BY t.done_at, l.due_at"
    )
    return [plain_id(row[0]) for row in rows]


def living(world: World) -> int:
    """How many call keys the key store's file holds."""
    ((count,),) = world.keys("SELECT count(*) FROM call")
    return int(count)
