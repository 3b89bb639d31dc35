"""Training and the undertaking of secrecy, asked for at every request (N-31, N-34)."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from access_world import SESSION, Entries, Open, Resume, rested_on
from cast import NOW, SINCE, Cast
from manifests import enter
from vaiti.access import doors
from vaiti.access.doors import Need, Unprepared
from vaiti.access.listening import LIFETIME
from vaiti.access.models import Listening
from vaiti.people import secrecy, training
from vaiti.people.expiry import Term
from vaiti.people.models import Person, TrainingRecord, Undertaking
from vaiti.register.filters import Filters
from vaiti.values.clock import to_micros

BY = "system:test"
HELSINKI = ZoneInfo("Europe/Helsinki")
REASON = {"purpose": "verify", "reference": "CASE-2026-17"}
END = NOW + timedelta(minutes=4)


def untrain(person: Person) -> None:
    training.withdraw(person.id, by=BY, now=NOW - timedelta(minutes=1))


def unswear(person: Person) -> None:
    secrecy.withdraw(person.id, by=BY, now=NOW - timedelta(minutes=1))


LACKS = [
    pytest.param(untrain, Need.TRAINING, id="training"),
    pytest.param(unswear, Need.UNDERTAKING, id="undertaking"),
]


@pytest.mark.parametrize(("take_away", "need"), LACKS)
def test_n31_n34_without_it_every_door_says_what_is_missing_and_nothing_of_the_call(
    cast: Cast,
    open_leg: Open,
    entries: Entries,
    take_away: Callable[[Person], None],
    need: Need,
) -> None:
    own, others = enter("anna.astrom"), enter("sofia.holm")
    take_away(cast.anna)
    for act in (
        lambda: doors.list_calls(cast.anna.id, Filters(HELSINKI), None, NOW),
        lambda: doors.see_call(cast.anna.id, own, NOW),
        lambda: doors.see_call(cast.anna.id, others, NOW),
        lambda: open_leg(cast.anna, own),
        lambda: open_leg(cast.anna, others),
    ):
        with pytest.raises(Unprepared) as refusal:
            act()
        assert refusal.value.needs == (need,)
        assert refusal.value.rule == ""
    assert not Listening.objects.exists()
    refused = [*entries("access:call:refused"), *entries("access:listening:refused")]
    assert [json.loads(one.body)["facts"]["needs"] for one in refused] == [need.value] * 5
    assert doors.see_call(cast.mikko.id, own, NOW).parts == 1


def test_n31_the_manager_and_the_administrator_are_asked_as_well(
    cast: Cast, open_leg: Open
) -> None:
    call = enter("anna.astrom")
    for person in (cast.mikko, cast.administrator, cast.dpo, cast.rights_handler, cast.trainer):
        untrain(person)
        with pytest.raises(Unprepared):
            open_leg(person, call, **REASON)


def expire(model: type[TrainingRecord] | type[Undertaking], person: Person, at: datetime) -> None:
    model.objects.filter(person=person).update(valid_to=at)


@pytest.mark.parametrize("model", [TrainingRecord, Undertaking])
def test_n31_n34_a_grant_ends_with_what_it_rests_on_and_is_not_resumed(
    cast: Cast,
    open_leg: Open,
    resume: Resume,
    entries: Entries,
    model: type[TrainingRecord] | type[Undertaking],
) -> None:
    expire(model, cast.anna, END)
    opening = open_leg(cast.anna, enter("anna.astrom"))
    assert opening.grant.expires_us == to_micros(END) < to_micros(NOW + LIFETIME)
    assert resume(cast.anna, opening, END - timedelta(microseconds=1))
    with pytest.raises(Unprepared):
        resume(cast.anna, opening, END)
    assert Listening.objects.get().closed_at == END
    assert len(entries("access:listening:refused")) == 1


def test_n31_n34_each_listening_keeps_what_it_rested_on(
    cast: Cast, open_leg: Open, resume: Resume, entries: Entries
) -> None:
    opening = open_leg(cast.mikko, enter("anna.astrom"), **REASON)
    rests = rested_on(cast.mikko)
    row = Listening.objects.get()
    assert row.training is not None
    assert row.undertaking is not None
    assert {"training": row.training.id.hex, "undertaking": row.undertaking.id.hex} == rests
    resume(cast.mikko, opening, NOW + timedelta(minutes=6))
    for kind in ("opened", "resumed"):
        (entry,) = entries(f"access:listening:{kind}")
        facts = json.loads(entry.body)["facts"]
        assert rests.items() <= facts.items()
        record = TrainingRecord.objects.get(id=facts["training"])
        assert record.valid_from <= entry.at < record.valid_to


def test_n34_a_new_text_that_asks_again_ends_the_right_of_those_who_have_not_accepted(
    cast: Cast, open_leg: Open
) -> None:
    call, term = enter("anna.astrom"), Term(12, HELSINKI)
    today = NOW.astimezone(HELSINKI).date()
    texts = {language: "Jag tiger." for language in ("sv", "fi", "en")}
    asked = {"version": "2", "text": texts, "again_by": today}
    assert secrecy.publish(asked, term, by=BY, now=NOW) == 14
    midnight = term.midnight_after(today)
    assert open_leg(cast.anna, call).grant.expires_us <= to_micros(midnight)
    with pytest.raises(Unprepared):
        open_leg(cast.anna, call, now=midnight, session=SESSION)
    secrecy.accept(cast.anna.id, "2", "sv", term, midnight)
    assert open_leg(cast.anna, call, now=midnight)
    assert Undertaking.objects.filter(person=cast.anna, signed_on__gt=SINCE).count() == 1
