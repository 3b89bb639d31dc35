"""Opening a recording: grant, session, renewal, end of the right, and what the log says of it."""

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from access_world import PUBLIC, SEED, SESSION, Entries, Open, Resume, rested_on
from cast import NOW, Cast
from manifests import MINUTE_US, START, TEST_LINE, enter
from vaiti.access import doors
from vaiti.access.doors import ListeningEnded, Need, NotVisible, Refused
from vaiti.access.listening import LIFETIME
from vaiti.access.models import Listening
from vaiti.audit.models import Leaf
from vaiti.people import enrol
from vaiti.register import calls
from vaiti.register.models import Call, State
from vaiti.values.clock import to_micros
from vaiti.vault import grant

BY = "system:init"
REASON = {"purpose": "verify", "reference": "CASE-2026-17"}
SOON = NOW + timedelta(minutes=6)


def test_n28_own_call_opens_with_one_click(cast: Cast, open_leg: Open, entries: Entries) -> None:
    call = enter("anna.astrom")
    opening = open_leg(cast.anna, call)
    checked = grant.check(PUBLIC, opening.token, NOW)
    assert checked == opening.grant
    assert (checked.call_id, checked.actor) == (call.hex, cast.anna.id.hex)
    assert checked.purpose == "verify"
    assert checked.expires_us == to_micros(NOW + LIFETIME)
    row = Call.objects.get(id=call)
    assert opening.recording == row.recording
    assert opening.object_id == row.object_id.hex
    (entry,) = entries("access:listening:opened")
    assert (entry.id.hex, entry.actor, entry.subject) == (
        checked.leaf,
        cast.anna.id.hex,
        call.hex,
    )
    assert json.loads(entry.body)["facts"]["purpose"] == "verify"


def test_n28_a_grant_covers_the_legs_stretch_and_not_a_microsecond_of_another(
    cast: Cast, open_leg: Open
) -> None:
    call = enter("anna.astrom", "oskar.lind")
    turn = to_micros(START) + MINUTE_US
    first, second = open_leg(cast.anna, call, 1).grant, open_leg(cast.oskar, call, 2).grant
    assert (first.from_us, first.to_us) == (to_micros(START), turn)
    assert (second.from_us, second.to_us) == (turn, turn + MINUTE_US)


def test_n28_the_other_agents_leg_of_the_same_call_is_not_there(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    call = enter("anna.astrom", "oskar.lind")
    with pytest.raises(NotVisible):
        open_leg(cast.anna, call, 2)
    (entry,) = entries("access:listening:refused")
    assert (entry.actor, entry.subject) == (cast.anna.id.hex, call.hex)
    assert not Listening.objects.exists()


def test_n29_a_manager_gives_purpose_and_reference_first(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    call = enter("anna.astrom")
    with pytest.raises(Refused) as refusal:
        open_leg(cast.mikko, call)
    assert refusal.value.rule == "subordinate_leg"
    assert refusal.value.needs == (Need.PURPOSE, Need.REFERENCE)
    assert not Listening.objects.exists()
    opening = open_leg(cast.mikko, call, **REASON)
    assert opening.grant.purpose == "verify"
    (opened,) = entries("access:listening:opened")
    assert json.loads(opened.body)["facts"] == {
        "listening": opening.listening_id,
        "leg": 1,
        "purpose": "verify",
        "reference": "CASE-2026-17",
        "rule": "subordinate_leg",
        **rested_on(cast.mikko),
    }
    (refused,) = entries("access:listening:refused")
    assert json.loads(refused.body)["facts"]["needs"] == "purpose reference"


def test_a_refused_reference_is_not_written_down(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    with pytest.raises(Refused):
        open_leg(cast.mikko, enter("anna.astrom"), purpose="verify", reference="0401234567")
    (entry,) = entries("access:listening:refused")
    assert "0401234567" not in entry.body


def test_n27_the_administrator_hears_the_test_line_and_nothing_else(
    cast: Cast, open_leg: Open
) -> None:
    test_call = enter("hot.desk", line=TEST_LINE)
    assert open_leg(cast.administrator, test_call).grant.call_id == test_call.hex
    with pytest.raises(NotVisible):
        open_leg(cast.administrator, enter("anna.astrom"), **REASON)


@pytest.mark.parametrize(
    "name", ["leila", "henrik", "eeva", "dpo", "auditor", "rights_handler", "oskar"]
)
def test_nobody_else_opens_annas_call(cast: Cast, open_leg: Open, name: str) -> None:
    with pytest.raises(NotVisible):
        open_leg(getattr(cast, name), enter("anna.astrom"), **REASON)


def test_a_leg_that_is_not_there_is_not_visible(cast: Cast) -> None:
    with pytest.raises(NotVisible):
        doors.open_recording(
            cast.anna.id, 0, purpose="", reference="", session=SESSION, now=NOW, seed=SEED
        )


def test_n19_a_grant_never_outlives_the_call(cast: Cast, open_leg: Open, resume: Resume) -> None:
    call = enter("anna.astrom")
    due_at = Call.objects.get(id=call).due_at
    late = due_at - timedelta(minutes=1)
    opening = open_leg(cast.anna, call, now=late)
    assert opening.grant.expires_us == to_micros(due_at)
    again = resume(cast.anna, opening, due_at - timedelta(microseconds=1))
    assert again.grant.expires_us == to_micros(due_at)
    with pytest.raises(NotVisible):
        resume(cast.anna, opening, due_at)
    with pytest.raises(NotVisible):
        open_leg(cast.anna, call, now=due_at)


def test_n33_another_session_cannot_use_the_listening(
    cast: Cast, open_leg: Open, resume: Resume, entries: Entries
) -> None:
    opening = open_leg(cast.anna, enter("anna.astrom"))
    with pytest.raises(NotVisible):
        resume(cast.anna, opening, NOW, session="another")
    with pytest.raises(NotVisible):
        resume(cast.leila, opening, NOW)
    assert len(entries("access:listening:refused")) == 2
    assert resume(cast.anna, opening, NOW).grant == opening.grant
    assert SESSION not in Listening.objects.get().session


def test_a_listening_that_never_was_is_not_visible(cast: Cast) -> None:
    with pytest.raises(NotVisible):
        doors.resume(cast.anna.id, uuid4(), session=SESSION, now=NOW, seed=SEED)


def test_listening_goes_on_with_one_entry_a_renewal(
    cast: Cast, open_leg: Open, resume: Resume, entries: Entries
) -> None:
    opening = open_leg(cast.anna, enter("anna.astrom"))
    for second in range(0, 240, 20):
        resume(cast.anna, opening, NOW + timedelta(seconds=second))
    assert entries("access:listening:resumed") == []
    renewed = resume(cast.anna, opening, SOON)
    (entry,) = entries("access:listening:resumed")
    assert renewed.grant.leaf == entry.id.hex
    assert renewed.grant.expires_us == to_micros(SOON + LIFETIME)
    grant.check(PUBLIC, renewed.token, SOON + LIFETIME - timedelta(seconds=1))


def move(cast: Cast) -> None:
    enrol.leave_team(cast.anna.id, cast.team_1.id, by=BY, now=SOON)


def end_role(cast: Cast) -> None:
    enrol.end_role(cast.mikko.id, "manager", by=BY, now=SOON)


def depart(cast: Cast) -> None:
    enrol.depart(cast.mikko.id, by=BY, now=SOON)


def mark(cast: Cast) -> None:
    Call.objects.update(state=State.DESTROYING)


def test_a_listener_whose_grant_has_time_left_waits_for_nobody_who_writes(
    cast: Cast, open_leg: Open, resume: Resume
) -> None:
    opening = open_leg(cast.anna, enter("anna.astrom"))
    with CaptureQueriesContext(connection) as asked:
        resume(cast.anna, opening, NOW + timedelta(seconds=30))
    assert all(one["sql"].lstrip("(").startswith("SELECT") for one in asked)
    assert not any("FOR UPDATE" in one["sql"] for one in asked)


@pytest.mark.parametrize("change", [move, end_role, depart, mark])
def test_a_right_that_ends_stops_the_sound(
    cast: Cast,
    open_leg: Open,
    resume: Resume,
    entries: Entries,
    change: Callable[[Cast], None],
) -> None:
    opening = open_leg(cast.mikko, enter("anna.astrom"), **REASON)
    resume(cast.mikko, opening, NOW + timedelta(minutes=1))
    doors.heard(opening, (opening.grant.from_us, opening.grant.from_us + 5_000_000), 0, NOW)
    change(cast)
    with pytest.raises(NotVisible):
        resume(cast.mikko, opening, SOON)
    assert len(entries("access:listening:refused")) == 1
    (heard,) = entries("access:listening:heard")
    assert json.loads(heard.body)["facts"]["heard_ms"] == 5000


def test_a_lapsed_listening_is_to_be_opened_again(
    cast: Cast, open_leg: Open, resume: Resume
) -> None:
    call = enter("anna.astrom")
    opening = open_leg(cast.anna, call)
    with pytest.raises(ListeningEnded) as ended:
        resume(cast.anna, opening, NOW + LIFETIME)
    assert ended.value.needs == (Need.OPENING,)
    assert open_leg(cast.anna, call, now=NOW + LIFETIME).listening_id != opening.listening_id


def test_what_was_heard_is_one_entry_when_the_listening_ends(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    call = enter("anna.astrom")
    opening = open_leg(cast.anna, call)
    first = opening.grant.from_us
    for second in range(10):
        at = first + second * 1_000_000
        doors.heard(opening, (at, at + 1_000_000), 700, NOW)
    doors.heard(opening, (first + 30_000_000, first + 40_000_000), 1_500, NOW)
    doors.heard(opening, (first - 9_000_000, first), 500, NOW)
    assert entries("access:listening:heard") == []
    assert doors.settle(NOW + LIFETIME - timedelta(seconds=1)) == 0
    assert doors.settle(NOW + LIFETIME) == 1
    assert doors.settle(NOW + LIFETIME) == 0
    (entry,) = entries("access:listening:heard")
    assert (entry.actor, entry.subject) == (cast.anna.id.hex, call.hex)
    assert json.loads(entry.body)["facts"] == {
        "listening": opening.listening_id,
        "purpose": "verify",
        "heard_ms": 20_000,
        "sound_bytes": 9_000,
        "stretches": 2,
        "from_us": first,
        "to_us": first + 40_000_000,
    }


def test_an_opening_of_which_nothing_was_heard_says_so(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    open_leg(cast.anna, enter("anna.astrom"))
    doors.settle(NOW + LIFETIME)
    (entry,) = entries("access:listening:heard")
    assert json.loads(entry.body)["facts"]["heard_ms"] == 0


def test_sound_handed_out_after_the_end_still_gets_its_entry(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    opening = open_leg(cast.anna, enter("anna.astrom"))
    doors.settle(NOW + LIFETIME)
    first = opening.grant.from_us
    doors.heard(opening, (first, first + 1_000_000), 0, NOW + LIFETIME)
    Call.objects.all().delete()
    doors.heard(opening, (first, first + 2_000_000), 0, NOW + LIFETIME)
    heard = [json.loads(entry.body)["facts"] for entry in entries("access:listening:heard")]
    assert sorted(facts["heard_ms"] for facts in heard) == [0, 1000, 2000]


def test_l32_agents_see_that_they_were_listened_to_and_not_by_whom(
    cast: Cast, open_leg: Open
) -> None:
    call = enter("anna.astrom")
    open_leg(cast.anna, call)
    open_leg(cast.mikko, call, **REASON)
    (part,) = doors.see_call(cast.anna.id, call, NOW).legs
    assert [(one.at, one.purpose, one.rule) for one in part.heard_by] == [
        (NOW, "verify", "subordinate_leg")
    ]
    assert "Mikko" not in repr(part.heard_by)
    (managers,) = doors.see_call(cast.mikko.id, call, NOW).legs
    assert managers.heard_by == ()


def test_no_entry_no_grant(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that takes no entry lets nothing through."""
    leg = calls.legs(enter("anna.astrom"))[0]
    before = Leaf.objects.count()
    monkeypatch.setattr("vaiti.audit.entry.MAX_TEXT", 0)
    with pytest.raises(ValueError, match="fact is"):
        doors.open_recording(
            cast.anna.id, leg.id, purpose="", reference="", session=SESSION, now=NOW, seed=SEED
        )
    assert not Listening.objects.exists()
    assert Leaf.objects.count() == before


def test_n08_the_database_itself_knows_four_purposes(cast: Cast, open_leg: Open) -> None:
    opening = open_leg(cast.anna, enter("anna.astrom"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Listening.objects.filter(id=UUID(opening.listening_id)).update(purpose="marketing")


def test_a_listening_belongs_to_some_session(cast: Cast, open_leg: Open) -> None:
    with pytest.raises(ValueError, match="session"):
        open_leg(cast.anna, enter("anna.astrom"), session="")


@pytest.mark.django_db(transaction=True)
def test_a_door_inside_a_wider_transaction_is_refused(cast: Cast) -> None:
    leg = calls.legs(enter("anna.astrom"))[0]
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        doors.open_recording(
            cast.anna.id, leg.id, purpose="", reference="", session=SESSION, now=NOW, seed=SEED
        )
