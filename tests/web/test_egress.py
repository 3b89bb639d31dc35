"""The sound that left is counted, and each day held against what the log says (N-09)."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.test import Client

from cast import NOW, Cast
from vaiti.access import doors, listening
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.ops.egress import ALARM, KEPT, EgressDesk
from vaiti.playback import egress
from vaiti.playback.listen import listen as hear
from vaiti.register.models import Leg
from vaiti.retention import planning
from vaiti.retention.planning import PlannedLine
from vaiti.vault.grant import Opening
from vaiti.vault.store import StoreError
from web.case_desk import call, decided, hand_out, open_case, searched
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)
DAY, TOMORROW = date(2026, 11, 23), NOW + timedelta(days=1)


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / egress.FOLDER
    egress.count_into(folder)
    yield folder
    egress.count_into(None)


def play(agent: Client, call: UUID) -> int:
    """The whole recording in two answers and a question between them; how many bytes came."""
    leg = {"leg": str(Leg.objects.get(call_id=call).id)}
    told = agent.post(f"/calls/{call.hex}/listen", leg).headers["Location"]
    listening_id = told.rstrip("/").split("/")[-1]
    address = f"/calls/{call.hex}/audio/{listening_id}"
    first = agent.get(address, headers={"range": "bytes=0-49999"})
    assert agent.get(f"/calls/{call.hex}/status/{listening_id}?at=1").json() == {"alive": True}
    rest = agent.get(address, headers={"range": "bytes=50000-"})
    assert (first.status_code, rest.status_code) == (206, 206)
    return len(first.content) + len(rest.content)


def opened(cast: Cast, world: World, call: UUID) -> Opening:
    leg = Leg.objects.get(call_id=call)
    about = {"session": "s", "now": NOW, "seed": world.room.secrets.seed}
    return doors.open_recording(cast.anna.id, leg.id, purpose="", reference="", **about)


def test_n09_what_was_heard_and_copied_is_what_left_and_what_nobody_logged_is_found(
    cast: Cast, world: World, sign_in: SignIn, counted: Path
) -> None:
    mine, agent, handler = call(world, 3), sign_in(cast.anna), sign_in(cast.rights_handler)
    sent = play(agent, mine)
    case = open_case(handler, "copy")
    searched(handler, case, mine)
    decided(handler, case, f"copy:{mine.hex}")
    hand_out(handler, case, mine)
    desk = EgressDesk(counted)
    assert desk.round(NOW) == 0  # the day is not over
    while listening.settle(NOW + timedelta(hours=1)):
        pass
    assert desk.round(TOMORROW) == 0
    (told,) = entries(kind="ops:egress:compared").entries
    (copied,) = entries(kind="access:copy:taken").entries
    assert copied.facts["sound_bytes"] > 4 * 32_000
    assert told.facts == {
        "day": "2026-11-23",
        "count": 2,
        "sound_bytes": sent + copied.facts["sound_bytes"],
        "problems": 0,
    }
    assert desk.round(TOMORROW + timedelta(hours=1)) == 0  # compared once
    assert entries(kind="ops:egress:compared").entries == (told,)


def test_n09_sound_that_nobody_logged_is_an_alarm_and_so_is_a_count_taken_away(
    cast: Cast, world: World, counted: Path, sign_in: SignIn
) -> None:
    mine, agent = call(world, 3), sign_in(cast.anna)
    stolen = opened(cast, world, mine)
    reply = hear(stolen, "both", None, world.keys, world.store)  # and no `doors.heard`
    while listening.settle(NOW + timedelta(hours=1)):
        pass
    assert EgressDesk(counted).round(TOMORROW) == 1
    (alarm,) = (one for one in alarms.standing() if one.kind == ALARM)
    assert (alarm.key, alarm.detail) == (stolen.listening_id, f"bytes={len(reply.body)}")

    play(agent, mine)
    while listening.settle(NOW + timedelta(hours=1)):
        pass
    kept = egress.counted(counted, DAY)
    (counted / DAY.isoformat()).write_bytes(
        egress.RECORD.pack(UUID(hex=stolen.listening_id).bytes, kept[UUID(stolen.listening_id)])
    )
    desk = EgressDesk(counted)
    assert len(desk._wrong([DAY], [DAY])) == 2
    desk.round(NOW + KEPT + timedelta(days=1))
    assert egress.days(counted) == []


def test_n09_what_cannot_be_counted_does_not_leave(
    cast: Cast, world: World, tmp_path: Path
) -> None:
    mine = call(world, 3)
    held = opened(cast, world, mine)
    egress.count_into(tmp_path / "no" / "such")
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            hear(held, "both", None, world.keys, world.store)
    finally:
        egress.count_into(None)


def test_n09_what_was_heard_of_a_call_that_dies_early_is_in_the_log_first(
    cast: Cast, world: World, counted: Path, sign_in: SignIn
) -> None:
    mine = call(world, 3)
    sent = play(sign_in(cast.anna), mine)
    assert listening.open_calls() == {mine}
    assert planning.planned({mine}) == set()
    with transaction.atomic():
        planning.freeze([PlannedLine(mine, uuid4(), "erasure", NOW, None)], NOW)
    listening.settle_of(planning.planned(listening.open_calls()), NOW)
    (heard,) = entries(kind="access:listening:heard").entries
    assert heard.facts["sound_bytes"] == sent
    assert not listening.running()


def test_n09_a_copy_may_leave_less_than_was_rendered_and_nothing_more() -> None:
    one, two, three = (UUID(int=n) for n in (1, 2, 3))
    left, heard = {one: 10, two: 10, three: 10}, {one: 10, three: 9}
    assert egress.unexplained(left, heard, {two: 30}) == {three: 1}
    assert egress.unexplained({two: 31}, {}, {two: 30}) == {two: 1}
    assert egress.unexplained({}, {one: 5}, {}) == {one: -5}
    assert egress.unexplained(left, heard, {two: 30}, running=[three]) == {}
