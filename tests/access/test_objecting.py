"""N-06: a call that somebody objected to is not heard for training, by anybody."""

import pytest
from django.db import transaction

from access_world import Entries, Open, Resume
from cast import NOW, Cast
from manifests import enter
from vaiti.access.doors import NotVisible, Refused
from vaiti.access.objecting import object_to_training
from vaiti.people.models import Person
from vaiti.register import objections
from vaiti.register.models import Call, Objection, State

WHY = {"purpose": "training", "reference": "2026-118"}


def test_n06_a_call_objected_to_is_heard_for_every_purpose_but_training(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    call = enter("anna.astrom")
    open_leg(cast.mikko, call, **WHY)
    assert object_to_training(cast.anna.id, call, wanted=True, now=NOW)
    assert not object_to_training(cast.mikko.id, call, wanted=True, now=NOW)
    with pytest.raises(Refused) as refused:
        open_leg(cast.mikko, call, **WHY)
    assert refused.value.needs == ("other_purpose",)
    with pytest.raises(Refused):
        open_leg(cast.anna, call, purpose="training")
    open_leg(cast.mikko, call, purpose="verify", reference="2026-118")
    (entry,) = entries("call:training:objected")
    assert (entry.actor, entry.subject) == (cast.anna.id.hex, call.hex)


def test_n06_an_objection_ends_a_listening_that_runs(
    cast: Cast, open_leg: Open, resume: Resume
) -> None:
    call = enter("anna.astrom")
    opening = open_leg(cast.mikko, call, **WHY)
    object_to_training(cast.anna.id, call, wanted=True, now=NOW)
    with pytest.raises(NotVisible):
        resume(cast.mikko, opening, NOW)


def test_only_who_objected_takes_it_back(cast: Cast, open_leg: Open, entries: Entries) -> None:
    call = enter("anna.astrom")
    object_to_training(cast.anna.id, call, wanted=True, now=NOW)
    assert not object_to_training(cast.mikko.id, call, wanted=False, now=NOW)
    assert objections.marked_by(call) == cast.anna.id
    assert object_to_training(cast.anna.id, call, wanted=False, now=NOW)
    open_leg(cast.mikko, call, **WHY)
    assert len(entries("call:training:allowed")) == 1


@pytest.mark.parametrize("who", ["leila", "sofia", "dpo", "administrator"])
def test_nobody_else_may_object(cast: Cast, who: str) -> None:
    call = enter("anna.astrom")
    person: Person = getattr(cast, who)
    with pytest.raises(NotVisible):
        object_to_training(person.id, call, wanted=True, now=NOW)
    assert Objection.objects.count() == 0


def test_n19_the_objection_dies_with_the_call_and_comes_to_none_on_its_way_out(cast: Cast) -> None:
    call = enter("anna.astrom")
    object_to_training(cast.anna.id, call, wanted=True, now=NOW)
    Call.objects.filter(id=call).update(state=State.DESTROYING)
    Objection.objects.all().delete()
    with transaction.atomic():
        assert not objections.mark(call, cast.anna.id, NOW)
    Call.objects.filter(id=call).update(state=State.KEPT)
    object_to_training(cast.anna.id, call, wanted=True, now=NOW)
    Call.objects.filter(id=call).delete()
    assert Objection.objects.count() == 0
