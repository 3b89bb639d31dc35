"""Balancing records (N-10): an overdue one alarms the officer, and suspends training alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access_world import Entries, Open, Resume
from cast import NOW, Cast
from manifests import enter
from vaiti.access import balancing
from vaiti.access.balancing import QUESTIONS, Draft
from vaiti.access.errors import MandateError, NotVisible, Refused
from vaiti.due import alarms
from vaiti.ops.listening_watch import settle

SERVICE, SALES = "+358207100000", "+358207200000"
DRAFT = Draft(
    "training", SERVICE, dict.fromkeys(QUESTIONS, "It was weighed."), True, NOW + timedelta(days=90)
)
LATER = NOW + timedelta(hours=2)
TRAINING = {"purpose": "training", "reference": "2026-118"}


def test_n10_an_overdue_record_suspends_training_on_its_line_and_nothing_else(
    cast: Cast, open_leg: Open, resume: Resume
) -> None:
    call, other = enter("anna.astrom"), enter("oskar.lind", line=SALES)
    for line in (SERVICE, SALES):
        soon = replace(DRAFT, line=line, review=NOW + timedelta(minutes=2))
        balancing.file(cast.dpo.id, soon if line == SERVICE else replace(DRAFT, line=line), NOW)
    running = open_leg(cast.mikko, call, **TRAINING)
    with pytest.raises(Refused) as refused:
        open_leg(cast.mikko, call, **TRAINING, now=LATER)
    assert refused.value.needs == ("balancing",)
    with pytest.raises((Refused, NotVisible)):
        resume(cast.mikko, running, NOW + timedelta(minutes=3))
    open_leg(cast.mikko, call, purpose="verify", reference="2026-118", now=LATER)
    open_leg(cast.oskar, other, purpose="training", now=LATER)
    balancing.file(cast.dpo.id, DRAFT, LATER)
    open_leg(cast.mikko, call, **TRAINING, now=LATER)


def test_n10_a_record_that_speaks_against_training_suspends_it_at_once(
    cast: Cast, open_leg: Open
) -> None:
    call = enter("anna.astrom")
    open_leg(cast.mikko, call, **TRAINING)
    balancing.file(cast.dpo.id, replace(DRAFT, carries=False), NOW)
    with pytest.raises(Refused) as refused:
        open_leg(cast.mikko, call, **TRAINING)
    assert refused.value.needs == ("balancing",)


def test_n10_an_overdue_record_of_any_purpose_is_an_alarm_until_the_next(
    cast: Cast, entries: Entries
) -> None:
    verify = replace(DRAFT, purpose="verify", review=NOW + timedelta(hours=1))
    balancing.file(cast.dpo.id, verify, NOW)
    assert balancing.overdue(NOW) == {}
    settle(balancing.ALARM, balancing.overdue(LATER), LATER)
    (alarm,) = [one for one in alarms.standing() if one.kind == balancing.ALARM]
    assert alarm.key == f"verify {SERVICE}"
    shown = balancing.records(cast.auditor.id, LATER)
    assert [one.overdue for one in shown] == [True]
    balancing.file(cast.dpo.id, replace(DRAFT, purpose="verify"), LATER)
    settle(balancing.ALARM, balancing.overdue(LATER), LATER)
    assert [one for one in alarms.standing() if one.kind == balancing.ALARM] == []
    first, second = entries("access:balancing:filed")
    assert (first.actor, first.subject != second.subject) == (cast.dpo.id.hex, True)
    assert f'"line":"{SERVICE}"' in first.body


def test_n10_only_the_officer_files_and_every_question_is_answered(cast: Cast) -> None:
    for person in (cast.mikko, cast.trainer, cast.auditor, cast.administrator):
        with pytest.raises(NotVisible):
            balancing.file(person.id, DRAFT, NOW)
    with pytest.raises(NotVisible):
        balancing.records(cast.mikko.id, NOW)
    wrong = (
        replace(DRAFT, purpose="marketing"),
        replace(DRAFT, line="+358200000000"),
        replace(DRAFT, answers={**DRAFT.answers, "interest": " "}),
        replace(DRAFT, answers={**DRAFT.answers, "affected": "such as 0401234567"}),
        replace(DRAFT, answers={"interest": "Only this."}),
        replace(DRAFT, review=NOW),
        replace(DRAFT, review=NOW + timedelta(days=400)),
    )
    for one in wrong:
        with pytest.raises(MandateError):
            balancing.file(cast.dpo.id, one, NOW)
    assert balancing.records(cast.dpo.id, NOW) == ()
