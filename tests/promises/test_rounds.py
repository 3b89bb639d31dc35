"""A broken promise alarms the officer in the round that sees it, well within the hour (N-35)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cast import NOW
from promises.deployment import WORDING, Deployment, deployed
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Content
from vaiti.due import alarms
from vaiti.notice.sentences import Kind as Stands
from vaiti.ops.promising import EVERY, FIRST
from vaiti.people.models import Role
from vaiti.promises.models import Change, Result, Standing
from vaiti.promises.rounds import ALARM, OVERDUE, go_round

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SHORT = replace(
    WORDING,
    sentences=tuple(
        one
        for one in WORDING.sentences
        if one.id in ("N-01", "N-34") or "access.roles_promised" in one.checks
    ),
)
(ROLES,) = (one.id for one in SHORT.sentences if one.kind is Stands.PROVEN)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Deployment]:
    with deployed(tmp_path) as there:
        yield replace(there, site=replace(there.site, wording=SHORT))


def standing(kind: str) -> list[tuple[str, str]]:
    return [(one.key, one.detail) for one in alarms.standing() if one.kind == kind]


def test_n35_a_broken_promise_alarms_the_officer_within_the_hour_and_until_it_is_mended(
    made: Deployment,
) -> None:
    assert timedelta(seconds=FIRST + EVERY) < HOUR / 2
    go_round(made.site, NOW)
    assert standing(ALARM) == []
    Role.objects.filter(person=made.cast.mikko).update(kind="stranger")
    later = NOW + timedelta(seconds=EVERY)
    assert not go_round(made.site, later).kept
    assert standing(ALARM) == [(ROLES, "access.roles_promised")]
    (alarm,) = [one for one in alarms.standing() if one.kind == ALARM]
    assert alarm.raised_at == later < NOW + HOUR
    assert Standing.objects.get(sentence=ROLES).since == later
    Role.objects.filter(person=made.cast.mikko).update(kind="manager")
    go_round(made.site, later + timedelta(seconds=EVERY))
    assert standing(ALARM) == []
    states = Change.objects.filter(sentence=ROLES).order_by("at").values_list("state", flat=True)
    assert list(states) == ["kept", "broken", "kept"]
    changed = Content.objects.filter(
        subject=ROLES, leaf__kind=Kind.PROMISES_SENTENCE_CHANGED
    ).values_list("body", flat=True)
    assert sorted('"cause":"access.roles_promised"' in body for body in changed) == [False, True]


def test_n34_a_sentence_without_anybodys_word_is_the_officers_alarm(made: Deployment) -> None:
    go_round(made.site, NOW)
    assert standing(OVERDUE) == [("N-34", next(iter(SHORT.sentences[-1:])).attests)]


def test_n35_what_was_looked_at_earlier_does_not_overwrite_what_was_seen_later(
    made: Deployment,
) -> None:
    Role.objects.filter(person=made.cast.mikko).update(kind="stranger")
    later = NOW + timedelta(minutes=1)
    go_round(made.site, later)
    Role.objects.filter(person=made.cast.mikko).update(kind="manager")
    go_round(made.site, NOW)  # as one that began before, and took longer
    assert standing(ALARM) != []
    assert Result.objects.get(check_id="access.roles_promised").checked_at == later
    go_round(made.site, later + timedelta(minutes=1))
    assert standing(ALARM) == []
