"""Nothing is older than promised: whatever is planted in any place is found, and counted."""

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from cast import NOW, Cast
from retention.world import World
from vaiti.audit import reading
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.notice.due import due_instant
from vaiti.ops import proving
from vaiti.promises.older import scan
from vaiti.promises.older.places import GRACE, Looked, limits
from vaiti.promises.older.scan import Where
from vaiti.register.models import Call, HeldCall, Hold, Leg
from vaiti.values.ids import CallId, as_uuid, new_object_id
from vaiti.vault.journal import Kind as Record
from vaiti.vault.journal import frame, opening_body
from vaiti.vault.store import FolderStore

HELSINKI = ZoneInfo("Europe/Helsinki")
BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=200)
MOVED = NOW - datetime.now(UTC)  # files are written by the machine's clock, rows by the test's


@pytest.fixture
def world(cast: Cast, tmp_path: Path, now: datetime) -> Iterator[World]:
    made = World(tmp_path, now)
    yield made
    made.close()


def look(world: World, months: int | None = None) -> dict[str, Looked]:
    folder = world.folder
    where = Where(
        folder=folder,
        store=world.store,
        journal=world.journal,
        keystore=world.secrets.config.store,
        temporary=(shared(world),),
        backups=(folder / "backups",),
        buckets={"backup/recordings": FolderStore(folder.with_name(f"{folder.name}-bucket"))},
    )
    found = scan.scan(where, world.keys, world.now, moved=MOVED, months=months)
    return {one.place: one for one in found.places}


def shared(world: World) -> Path:
    return world.folder.with_name(f"{world.folder.name}-shared")


def failing(world: World) -> dict[str, tuple[int, int]]:
    found = look(world)
    return {name: (one.older, one.strange) for name, one in found.items() if not one.holds}


def plant(path: Path, content: bytes = b"old", at: datetime = LONG_AGO) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    written = (at - MOVED).timestamp()
    os.utime(path, (written, written))
    return path


def test_n18_every_place_is_counted_with_its_oldest(world: World) -> None:
    world.kept(NOW - timedelta(days=100))
    world.kept(NOW - timedelta(days=20))
    writer = world.writer()
    writer.append(world.record().records)
    found = look(world)
    assert [one.place for one in found.values() if not one.holds] == []
    assert tuple(found) == scan.PLACES
    assert found["database"].oldest is not None
    assert abs(found["database"].oldest - (NOW - timedelta(days=100))) < timedelta(hours=1)
    assert found["store"].counted == 2
    assert found["journal"].counted == 1
    assert found["keys"].counted >= 2 + 2 + 1  # days, calls, intake
    assert look(world, months=1)["database"].older >= 1  # a shorter promise would be broken


def test_n18_a_backup_elsewhere_that_is_too_old_is_found(world: World) -> None:
    world.kept(NOW - timedelta(days=20))
    name = new_object_id()
    bucket = world.folder.with_name(f"{world.folder.name}-bucket")
    plant(bucket / name[:2] / f"{name}.vs", at=NOW - timedelta(days=30))
    assert failing(world) == {}
    plant(bucket / name[:2] / f"{name}.vs")
    assert failing(world) == {"backups": (1, 0)}
    assert name in "".join(look(world)["backups"].found)


def test_n18_a_row_that_is_too_old_is_found_in_any_table_of_calls(world: World) -> None:
    call = world.kept(NOW - timedelta(days=20))
    world.kept(NOW - timedelta(days=21))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE register_call SET started_at = %s, ended_at = %s WHERE id = %s",
            [
                *[connection.ops.adapt_datetimefield_value(LONG_AGO)] * 2,
                call.call_id if connection.vendor == "sqlite" else str(uuid_of(call.call_id)),
            ],
        )
    assert failing(world) == {"database": (1, 0)}


def test_n18_what_a_hold_keeps_may_be_older_and_no_longer_than_it_stands(
    world: World, cast: Cast
) -> None:
    call = world.kept(NOW - timedelta(days=20))
    hold = Hold.objects.create(
        kind="order",
        reference="POL-1",
        reason="Ordered.",
        owner=cast.dpo,
        placed_by="x",
        placed_at=NOW,
        review_at=NOW + timedelta(days=50),
        ends_at=NOW + timedelta(days=90),
    )
    Call.objects.update(started_at=LONG_AGO, ended_at=LONG_AGO)
    Leg.objects.update(started_at=LONG_AGO, ended_at=LONG_AGO)
    old = (LONG_AGO - MOVED).timestamp()
    [path] = (world.folder / "store").rglob(f"{call.object_id}.vs")
    os.utime(path, (old, old))
    assert failing(world) == {"database": (2, 0), "store": (1, 0)}
    HeldCall.objects.create(hold=hold, call=Call.objects.get())
    assert failing(world) == {}
    Hold.objects.update(ended_at=NOW - timedelta(days=2))
    assert failing(world) == {"database": (2, 0), "store": (1, 0)}


def uuid_of(call: CallId) -> str:
    return f"{call[:8]}-{call[8:12]}-{call[12:16]}-{call[16:20]}-{call[20:]}"


def test_n11_a_copy_that_somebody_made_of_a_table_is_found(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE calls_of_march AS SELECT * FROM register_call")
    found = look(world)["database"]
    assert (found.older, found.strange, found.found) == (0, 1, ("calls_of_march",))


def test_n19_an_old_file_is_found_in_each_folder(world: World) -> None:
    planted = {
        "store": plant(world.folder / "store" / "ab" / f"{'ab' * 16}.vs"),
        "journal": plant(world.journal / ("0" * 32) / "000001.vj", b"VAITIJ1\n"),
        "temporary": plant(shared(world) / "out.wav", b"RIFF1234WAVE"),
        "backups": plant(world.folder / "backups" / "register.1"),
        "others": plant(world.folder / "run" / "notes.txt"),
    }
    for place, path in planted.items():
        assert look(world)[place].older == 1, place
        path.unlink()
    assert failing(world) == {}


def test_what_lasts_as_long_as_the_register_is_no_finding(world: World) -> None:
    plant(world.folder / "vaiti.toml")
    plant(world.folder / "checkpoints" / "000000000007")
    plant(world.folder / "secrets" / "grant.key")
    plant(world.folder / "sip.pem", b"-----BEGIN CERTIFICATE-----")
    plant(world.folder / "run" / "web.pid", b"12")
    plant(shared(world) / "letter.txt", b"Dear all")
    assert failing(world) == {}


def test_n19_an_object_that_no_row_names_is_found_a_day_later(world: World) -> None:
    kept = world.kept()
    stray = new_object_id()
    path = plant(world.folder / "store" / stray[:2] / f"{stray}.vs", at=NOW - timedelta(hours=1))
    assert failing(world) == {}  # it may be on its way into the book
    plant(path, at=NOW - timedelta(hours=25))
    assert failing(world) == {"store": (0, 1)}
    plant(world.folder / "store" / "readme", at=NOW)
    left = new_object_id()
    plant(world.folder / "store" / "partial" / f"{left}.0011", at=NOW - timedelta(days=2))
    assert failing(world) == {"store": (0, 3)}
    assert kept.object_id not in str(look(world)["store"].found)


def test_n19_a_journal_is_as_old_as_the_intake_day_that_it_names(world: World) -> None:
    call = CallId(uuid4().hex)
    old = opening_body((LONG_AGO.date()).isoformat(), b"w" * 48, bytes(40))
    recent = opening_body(NOW.date().isoformat(), b"w" * 48, bytes(40))
    content = b"VAITIJ1\n" + frame(Record.OPEN, call, recent) + frame(Record.OPEN, call, old)
    plant(world.journal / ("1" * 32) / "000001.vj", content, at=NOW)
    assert failing(world) == {"journal": (1, 0)}
    plant(world.journal / ("1" * 32) / "000001.vj", b"something else", at=NOW)
    assert failing(world) == {"journal": (0, 1)}


def test_n19_a_key_that_outlived_its_day_is_found(world: World) -> None:
    world.stop_keys()
    keystore = world.secrets.config.store
    with sqlite3.connect(keystore) as file:
        file.execute("INSERT INTO day VALUES ('2026-11-21', x'00')")
        file.execute("INSERT INTO call VALUES ('ab', '2026-11-20', x'00')")
        file.execute("INSERT INTO intake VALUES (?, x'00', x'00')", [LONG_AGO.date().isoformat()])
    file.close()
    found = look(world)["keys"]
    assert (found.older, found.found) == (
        3,
        ("day key 2026-11-20", "day key 2026-11-21", f"intake key {LONG_AGO.date()}"),
    )
    keystore.unlink()
    assert look(world)["keys"].fault  # what cannot be seen does not hold


def test_n19_the_look_is_on_record_and_an_alarm_until_it_holds(world: World) -> None:
    planted = plant(world.folder / "run" / "notes.txt")
    noted(world)
    (standing,) = alarms.standing()
    assert (standing.kind, standing.key) == (proving.ALARM, "others")
    last = scan.newest()
    assert last is not None and not last.holds and last.limit < NOW - timedelta(days=180)
    assert {one.place: one.older for one in last.places} == {
        place: int(place == "others") for place in scan.PLACES
    }
    planted.unlink()
    world.now += timedelta(days=1)
    noted(world)
    assert alarms.standing() == []
    again = scan.newest()
    assert again is not None and again.holds and again.at == world.now
    kept = reading.entries(kind=Kind.RETENTION_PLACE_SCANNED).entries
    assert len(kept) == 2 * len(scan.PLACES)
    assert "notes" not in str(kept)  # names of files are for the terminal alone


def noted(world: World) -> None:
    places = tuple(look(world).values())
    limit = limits(world.now, 6, HELSINKI).calls
    with_rows = scan.Scan(world.now, 6, limit, places)
    with transaction.atomic():
        proving.note(with_rows, world.now)


@given(
    st.datetimes(BEGINS.replace(tzinfo=None), ENDS.replace(tzinfo=None)),
    st.integers(-86_400 * 4, 86_400 * 4),
    st.integers(1, 24),
)
def test_n18_the_limit_agrees_with_the_rule_that_fixed_the_due_instant(
    local: datetime, seconds: int, months: int
) -> None:
    """Nothing that is in its time is told; what was due a day ago and a day of grace, always is."""
    now = local.replace(tzinfo=UTC)
    limit = limits(now, months, HELSINKI).calls
    ended = limit + timedelta(seconds=seconds)
    due = due_instant(ended, months, HELSINKI)
    if ended < limit:
        assert due <= now - GRACE + timedelta(hours=1)  # the hour that clocks are set by
    if due <= now - GRACE - timedelta(days=1, hours=1):
        assert ended < limit


def test_the_first_day_of_a_longer_month_is_not_lost() -> None:
    now = datetime.combine(date(2027, 3, 1), datetime.min.time(), HELSINKI) + GRACE
    assert limits(now, 6, HELSINKI).calls == datetime(2026, 9, 1, tzinfo=HELSINKI)


def test_n19_a_call_that_is_held_on_record_is_no_finding(world: World, cast: Cast) -> None:
    call = Call.objects.get(id=as_uuid(world.kept(NOW - timedelta(days=20)).call_id))
    call.legs.update(started_at=LONG_AGO, ended_at=LONG_AGO)
    Call.objects.update(started_at=LONG_AGO, ended_at=LONG_AGO)
    assert failing(world) == {"database": (2, 0)}
    hold = Hold.objects.create(
        kind="legal",
        reference="R-1",
        reason="a claim",
        owner=cast.dpo,
        placed_by=cast.dpo.id.hex,
        placed_at=NOW,
        review_at=NOW,
        ends_at=NOW + timedelta(days=9),
    )
    HeldCall.objects.create(hold=hold, call=call)
    assert failing(world) == {}
    Hold.objects.update(ended_at=NOW)
    assert failing(world) == {"database": (2, 0)}
