"""From the journal into the book, through a real key process, store and database."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from cast import NOW, Cast
from manifests import START
from register.journal_world import JournalWorld, Sealed
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.register import arrivals
from vaiti.register.arrivals import FIRST_RETRY, Intake, Outcome, What
from vaiti.register.models import Arrival, Call, Leg, PartSession
from vaiti.values.clock import to_micros
from vaiti.values.ids import ObjectId, as_uuid
from vaiti.values.streams import Epoch, Tie
from vaiti.vault.gathering import Gatherer
from vaiti.vault.grant import Grant
from vaiti.vault.journal import Kind, frame
from vaiti.vault.manifest import AgentLeg
from vaiti.vault.store import FolderStore
from vaiti.vault.wrapping import seal_manifest
from vaiti.vault.writers import Object, Writers

LATER = NOW + timedelta(hours=2)
TOGETHER = 20  # calls of a step in these tests
SESSION = "5e" * 16
TIE = Tie(0, 7, 8000, 0, 160, 1, to_micros(START))


def row_of(call: Sealed) -> Call:
    return Call.objects.get(id=as_uuid(call.call_id))


def standing() -> list[tuple[str, str, str]]:
    return [(alarm.kind, alarm.key, alarm.detail) for alarm in alarms.standing()]


def grant_for(call: Sealed) -> Grant:
    moment = to_micros(NOW)
    times = {"from_us": moment, "to_us": moment + 1}
    holds = {"not_before_us": moment - 1, "expires_us": moment + 60_000_000}
    return Grant(
        grant="g", leaf="l", call_id=call.call_id, actor="a", purpose="verify", **times, **holds
    )


def test_a_finished_call_is_in_the_book_its_object_in_the_store_its_key_kept(
    world: JournalWorld, cast: Cast
) -> None:
    call = world.seal("anna.astrom", "oskar.lind")
    world.write(*call.records)
    assert world.step() == [Outcome(call.call_id, What.ENTERED)]
    row = row_of(call)
    assert world.stored(row.object_id.hex) == call.whole
    assert row.recording["sha256"] == call.manifest.sha256
    assert world.days() == (row.destruction_day,)
    assert world.key_lives(call.call_id, grant_for(call))
    legs = Leg.objects.filter(call=row).order_by("ordinal")
    assert [leg.person_id for leg in legs] == [cast.anna.id, cast.oskar.id]
    assert not Arrival.objects.exists()
    assert world.step() == []


def test_a_call_in_progress_waits_for_its_end(world: JournalWorld) -> None:
    call = world.seal("anna.astrom")
    world.write(*call.records[:-1])
    assert world.step() == []
    world.write(call.commit)
    assert [outcome.what for outcome in world.step()] == [What.ENTERED]


def test_a_killed_worker_does_nothing_twice(world: JournalWorld) -> None:
    call = world.seal("anna.astrom")
    world.write(*call.records)
    world.step()
    world.start_worker()
    world.stop_keys()
    assert world.step() == [Outcome(call.call_id, What.KNOWN)]
    assert Call.objects.count() == 1
    assert Leaf.objects.filter(kind="call:recording:taken_in").count() == 1
    assert len(list(world.store.names())) == 1


class Away:
    """The database fails at the first statement that names `table`, once."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.failed = False

    def __call__(
        self,
        execute: Callable[..., object],
        sql: str,
        params: object,
        many: bool,
        context: object,
    ) -> object:
        if self.table in sql and not self.failed:
            self.failed = True
            raise OperationalError("the database is away")
        return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "table",
    [
        *("register_arrival", 'INTO "register_call"', 'INTO "register_leg"'),
        'DELETE FROM "register_arrival"',  # when the entry is written
    ],
)
@pytest.mark.parametrize("restarted", [False, True])
def test_a_database_that_was_away_costs_nothing_and_doubles_nothing(
    world: JournalWorld, table: str, restarted: bool
) -> None:
    call = world.seal("anna.astrom")
    world.write(*call.records)
    with connection.execute_wrapper(Away(table)), pytest.raises(OperationalError):
        world.step()
    assert not Call.objects.exists()
    if restarted:
        world.start_worker()
    assert world.step() == [Outcome(call.call_id, What.ENTERED)]
    assert list(world.store.names()) == [row_of(call).object_id.hex]
    assert not Arrival.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_events_wait_for_a_database_that_is_away(world: JournalWorld) -> None:
    world.event(kind="no_media", peer="pbx", reason="nothing came", at_us=to_micros(START))
    with connection.execute_wrapper(Away("due_alarm")), pytest.raises(OperationalError):
        world.step()
    world.step()
    assert standing() == [("no_media", "pbx", "nothing came")]


def test_calls_wait_for_a_key_process_that_is_away_and_somebody_is_told(
    world: JournalWorld,
) -> None:
    call = world.seal("anna.astrom")
    world.write(*call.records)
    world.stop_keys()
    assert world.step() == []
    assert [alarm[0] for alarm in standing()] == ["intake_keys"]
    world.start_keys()
    assert world.step() == [Outcome(call.call_id, What.ENTERED)]
    assert standing() == []


def test_a_killed_recorders_call_is_recovered_up_to_its_last_second(world: JournalWorld) -> None:
    call = world.seal("anna.astrom", ties=(TIE,))
    world.write(call.open, call.draft, *call.segments)
    world.kill_recorder(START + timedelta(seconds=90))
    assert world.step() == [Outcome(call.call_id, What.ENTERED)]
    row = row_of(call)
    assert (row.recovered, row.ended_by) == (True, "recovered")
    assert (row.recording["segments"], row.recording["finished"]) == (2, False)
    assert [Epoch(**each) for each in row.recording["epochs"]] == list(call.manifest.epochs)
    assert [Tie(**each) for each in row.recording["ties"]] == [TIE]
    assert row.ended_at == (START + timedelta(seconds=90)).replace(microsecond=0)
    leg = Leg.objects.get(call=row)
    assert leg.ended_at == START + timedelta(seconds=90)
    stored = world.stored(row.object_id.hex)
    assert call.whole.startswith(stored)
    assert len(stored) == 4096 * 2


def test_a_recovered_leg_that_had_ended_stays_ended(world: JournalWorld) -> None:
    call = world.seal("anna.astrom", "oskar.lind")
    world.write(call.open, call.draft, *call.segments)
    world.kill_recorder(START + timedelta(minutes=5))
    world.step()
    first, second = Leg.objects.order_by("ordinal")
    assert first.ended_at == START + timedelta(minutes=1)
    assert second.ended_at == START + timedelta(minutes=5)


def test_a_clock_that_disagrees_never_makes_a_recovered_call_shorter(world: JournalWorld) -> None:
    call = world.seal("anna.astrom")
    world.write(call.open, call.draft, *call.segments)
    world.kill_recorder(START - timedelta(days=1))
    world.step()
    assert row_of(call).ended_at == (START + timedelta(minutes=1)).replace(microsecond=0)


def test_a_void_call_leaves_no_trace(world: JournalWorld) -> None:
    call = world.seal("anna.astrom")
    world.write(call.open, call.draft, call.segments[0], frame(Kind.VOID, call.call_id))
    assert world.step() == [Outcome(call.call_id, What.VOID)]
    assert not Call.objects.exists()
    assert not Arrival.objects.exists()
    assert list(world.store.names()) == []
    assert world.days() == ()


def test_a_call_of_which_too_little_is_left_is_an_alarm(world: JournalWorld) -> None:
    call = world.seal("anna.astrom")
    world.write(call.open)
    world.kill_recorder(START)
    assert world.step() == [Outcome(call.call_id, What.LEFT, "lost")]
    assert standing() == [("intake_call", call.call_id, "lost")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"line": "+358501112223"}, "unlisted_line"),
        ({"line": "+358207300000"}, "unlisted_line"),
        ({"customer": "+358401234567"}, "number_not_masked"),
        ({"ended_us": 5}, "negative_length"),
    ],
)
def test_a_call_that_may_not_enter_is_an_alarm_and_stays_sealed_in_the_journal(
    world: JournalWorld, changes: dict[str, Any], reason: str
) -> None:
    call = world.seal("anna.astrom", **changes)
    world.write(*call.records)
    assert world.step() == [Outcome(call.call_id, What.LEFT, reason)]
    assert standing() == [("intake_call", call.call_id, reason)]
    assert Arrival.objects.get().refused == reason
    assert not Call.objects.exists()
    assert list(world.store.names()) == []
    assert world.days() == ()


def test_a_call_that_is_left_is_tried_again_after_a_while_and_not_before(
    world: JournalWorld,
) -> None:
    call = world.seal("anna.astrom", line="+358501112223")
    world.write(*call.records)
    world.step()
    assert world.step(NOW + FIRST_RETRY - timedelta(seconds=1)) == []
    assert [outcome.what for outcome in world.step(NOW + FIRST_RETRY)] == [What.LEFT]
    assert world.step(NOW + FIRST_RETRY * 2) == []


def test_one_bad_call_does_not_hold_up_the_others(world: JournalWorld) -> None:
    bad = world.seal("anna.astrom", line="+358501112223")
    good = world.seal("anna.astrom")
    world.write(*bad.records, *good.records)
    assert {outcome.what for outcome in world.step()} == {What.LEFT, What.ENTERED}
    assert row_of(good)


def test_many_calls_enter_together_and_each_as_it_would_alone(
    world: JournalWorld, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than one step takes; among them one that is refused, one whose object is not its
    manifest's, one that is void, and two that one recording client named alike."""
    monkeypatch.setattr(arrivals, "TOGETHER", TOGETHER)
    calls = [world.seal("anna.astrom") for _ in range(TOGETHER + 3)]
    twin = world.seal("oskar.lind", sessions=(SESSION,))
    later = world.seal("oskar.lind", sessions=(SESSION,), line="+358207200000")
    bad = world.seal("anna.astrom", line="+358501112223")
    torn, void = world.seal("anna.astrom"), world.seal("anna.astrom")
    exchanged = frame(Kind.SEGMENT, torn.call_id, calls[0].segments[1][21:-4])
    world.write(*bad.records, torn.open, torn.segments[0], exchanged, torn.last, torn.commit)
    world.write(*(record for call in (*calls, twin, later) for record in call.records))
    world.write(void.open, frame(Kind.VOID, void.call_id))
    assert world.step() + world.step() == [
        Outcome(bad.call_id, What.LEFT, "unlisted_line"),
        Outcome(torn.call_id, What.LEFT, "object_differs"),
        *(Outcome(call.call_id, What.ENTERED) for call in (*calls, twin, later)),
        Outcome(void.call_id, What.VOID),
    ]
    assert {alarm[1] for alarm in standing()} == {bad.call_id, torn.call_id}
    for call in (*calls, twin, later):
        assert world.stored(row_of(call).object_id.hex) == call.whole
        assert world.key_lives(call.call_id, grant_for(call))
    assert set(Leg.objects.filter(call=row_of(calls[0])).values_list("person", flat=True)) == {
        cast.anna.id
    }
    entries = Leaf.objects.filter(kind="call:recording:taken_in").order_by("id")
    told = list(entries.values_list("subject", flat=True))
    assert set(told) == {call.call_id for call in (*calls, twin, later)}
    first = [call.call_id for call in calls[: TOGETHER - 2]]
    assert [each for each in told if each in first] == first, "in the journal's order"
    assert PartSession.objects.count() == 2
    assert Arrival.objects.filter(refused="").count() == 0


def test_a_call_that_another_worker_enters_meanwhile_is_there_once(world: JournalWorld) -> None:
    """This one has looked for it in the book already, and the key process was away."""
    call = world.seal("anna.astrom")
    world.write(*call.records)
    late = world.intake
    world.stop_keys()
    assert late.step(NOW) == [] and late.waiting == 1
    world.start_keys()
    world.start_worker()
    assert world.step() == [Outcome(call.call_id, What.ENTERED)]
    assert late.step(NOW) == [Outcome(call.call_id, What.KNOWN)]
    assert list(world.store.names()) == [row_of(call).object_id.hex]
    assert not Arrival.objects.exists()


def test_a_manifest_that_cannot_be_opened_is_an_alarm(world: JournalWorld) -> None:
    call = world.seal("anna.astrom")
    other = world.seal("anna.astrom")
    stolen = frame(Kind.MANIFEST, call.call_id, other.commit[21:-4])
    world.write(*call.records[:-1], stolen)
    assert world.step() == [Outcome(call.call_id, What.LEFT, "keys_refused")]


def test_a_call_with_a_segment_missing_is_an_alarm(world: JournalWorld) -> None:
    call = world.seal("anna.astrom")
    world.write(call.open, call.segments[0], call.last, call.commit)
    assert world.step() == [Outcome(call.call_id, What.LEFT, "segments_missing")]


def test_segments_exchanged_between_calls_are_noticed(world: JournalWorld) -> None:
    call, other = world.seal("anna.astrom"), world.seal("anna.astrom")
    exchanged = frame(Kind.SEGMENT, call.call_id, other.segments[1][21:-4])
    world.write(call.open, call.segments[0], exchanged, call.last, call.commit)
    assert world.step() == [Outcome(call.call_id, What.LEFT, "object_differs")]
    assert not Call.objects.exists()


def test_a_destroyed_call_does_not_come_back_from_the_journal(world: JournalWorld) -> None:
    call = world.seal("anna.astrom")
    world.write(*call.records)
    world.step()
    row = row_of(call)
    world.keys.destroy_call(call.call_id)
    world.store.path(row.object_id.hex).unlink()  # type: ignore[arg-type]
    row.delete()
    world.start_worker()
    assert world.step() == [Outcome(call.call_id, What.GONE)]
    assert not Call.objects.exists()
    assert not Arrival.objects.exists()
    assert list(world.store.names()) == []


def test_a_part_of_a_call_whose_key_is_dead_holds_up_no_other_call(world: JournalWorld) -> None:
    ended = to_micros(START) + 60_000_000
    first = world.seal("anna.astrom", sessions=(SESSION,), ended_us=ended, ended_by="silence")
    world.write(*first.records)
    assert world.step() == [Outcome(first.call_id, What.ENTERED)]
    world.keys.destroy_call(first.call_id)
    next_day = {"started_us": ended, "ended_us": ended + 86_400_000_000}
    part, good = world.seal(sessions=(SESSION,), **next_day), world.seal("anna.astrom")
    world.write(*part.records, *good.records)
    assert world.step() == [
        Outcome(part.call_id, What.LEFT, "keys_gone"),
        Outcome(good.call_id, What.ENTERED),
    ]


def test_a_key_that_died_before_its_call_entered_is_said_aloud(world: JournalWorld) -> None:
    call = world.seal("anna.astrom")
    world.write(*call.records)
    Arrival.objects.create(call=as_uuid(call.call_id), object_id=as_uuid(call.call_id), since=NOW)
    world.keys.destroy_call(call.call_id)
    assert world.step() == [Outcome(call.call_id, What.LEFT, "key_gone_before_intake")]


def test_a_call_whose_intake_key_is_lost_is_never_passed_over_in_silence(
    world: JournalWorld,
) -> None:
    call = world.seal("anna.astrom")
    world.write(*call.records)
    world.stop_keys()
    world.secrets.config.store.unlink()
    world.start_keys()  # a key store that was made anew
    assert world.step() == [Outcome(call.call_id, What.LEFT, "key_gone_before_intake")]
    assert standing() == [("intake_call", call.call_id, "key_gone_before_intake")]


def test_an_event_of_the_recorder_is_an_alarm_once_however_often_it_is_read(
    world: JournalWorld,
) -> None:
    world.event(kind="unlisted_line", peer="pbx", reason="not listed", at_us=to_micros(START))
    world.step()
    assert standing() == [("unlisted_line", "pbx", "not listed")]
    alarms.clear("unlisted_line", "pbx", NOW)
    world.start_worker()
    world.step()
    assert standing() == []
    world.event(kind="unlisted_line", peer="pbx", reason="again", at_us=to_micros(NOW))
    world.step()
    assert standing() == [("unlisted_line", "pbx", "again")]


@pytest.mark.parametrize(
    "forged",
    [
        {"started_us": "yesterday"},
        {"ended_us": 1 << 60},
        {"peer": 7},
        {"finished": 1},
        {"recorder": "a\x00b"},
        {"customer": "\ud800"},
        {"legs": [{"device": "anna.astrom", "from_us": None, "to_us": 1}]},
        {"legs": 5},
        {"epochs": [{"track": 0}]},
        {"drops": {"late": -1}},
        {"warnings": [float("nan")]},
        {"warnings": "late"},
    ],
)
def test_a_forged_manifest_is_an_alarm_and_holds_up_no_other_call(
    world: JournalWorld, forged: dict[str, Any]
) -> None:
    bad, good = world.seal("anna.astrom"), world.seal("anna.astrom")
    text = json.dumps(asdict(bad.manifest) | forged).encode()
    sealed = seal_manifest(world.keys.describe().intake_public, bad.call_id, text)
    world.write(*bad.records[:-1], frame(Kind.MANIFEST, bad.call_id, sealed), *good.records)
    assert world.step() == [
        Outcome(bad.call_id, What.LEFT, "bad_manifest"),
        Outcome(good.call_id, What.ENTERED),
    ]
    assert standing() == [("intake_call", bad.call_id, "bad_manifest")]


def test_a_call_whose_clock_ran_away_holds_up_no_other_call(world: JournalWorld) -> None:
    """No leg of PostgreSQL's is as long as 68 years."""
    away = to_micros(NOW.replace(year=2100))
    bad = world.seal(ended_us=away, legs=(AgentLeg("anna.astrom", to_micros(START), away),))
    good = world.seal("anna.astrom")
    world.write(*bad.records, *good.records)
    entered, left = [Outcome(good.call_id, What.ENTERED)], (What.LEFT, "bad_manifest")
    told = left if connection.vendor == "postgresql" else (What.ENTERED,)
    assert world.step() == [Outcome(bad.call_id, *told), *entered]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"kind":1,"peer":2,"reason":3,"at_us":"x"}',
        b"\xff",
        b"[" * 100_000,
        b'{"kind":"a\\u0000","peer":"","reason":"","at_us":1}',
    ],
)
def test_an_unreadable_event_is_an_alarm_too(world: JournalWorld, body: bytes) -> None:
    world.write(frame(Kind.EVENT, "0" * 32, body))  # type: ignore[arg-type]
    world.step()
    assert [alarm[0] for alarm in standing()] == ["intake_event"]


def test_a_torn_journal_file_is_an_alarm_and_the_calls_before_it_enter(
    world: JournalWorld,
) -> None:
    call = world.seal("anna.astrom")
    world.write(*call.records)
    assert world.writer is not None
    (path,) = world.writer.folder.glob("*.vj")
    world.kill_recorder(START)
    with path.open("ab") as file:
        file.write(b"\x00\x00\x01")
    assert world.step() == [Outcome(call.call_id, What.ENTERED)]
    assert standing()[0][:2] == ("intake_journal", f"{path.parent.name}/{path.name}")


def test_a_step_is_bounded_and_the_next_one_goes_on(
    world: JournalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "TOGETHER", TOGETHER)
    voids = [world.seal("anna.astrom") for _ in range(TOGETHER + 1)]
    for call in voids:
        world.write(call.open, frame(Kind.VOID, call.call_id))
    assert len(world.step()) == TOGETHER
    assert len(world.step()) == 1


class Meanwhile(FolderStore):
    """While a call is gathered into it, its time is over: retention destroys it (N-11)."""

    def put(self, object_id: ObjectId, chunks: Iterable[bytes]) -> str:
        digest = super().put(object_id, chunks)
        Arrival.objects.all().delete()
        return digest

    def put_all(self, objects: Sequence[Object], writers: Writers) -> list[str | None]:
        digests = super().put_all(objects, writers)
        Arrival.objects.all().delete()
        return digests


def test_n19_a_call_that_is_destroyed_on_its_way_into_the_book_does_not_enter(
    world: JournalWorld, cast: Cast
) -> None:
    call = world.seal("anna.astrom")
    world.write(*call.records)
    store = Meanwhile(world.folder / "store")
    intake = Intake(world.keys, store, Gatherer(world.journal))
    assert intake.step(NOW) == [Outcome(call.call_id, What.GONE)]
    assert not Call.objects.exists()
