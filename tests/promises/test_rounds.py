"""A broken promise alarms the officer in the round that sees it, well within the hour (N-35)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from cast import NOW
from promises.deployment import WORDING, Deployment, deployed
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf, Node
from vaiti.due import alarms
from vaiti.notice.sentences import Kind as Stands
from vaiti.ops.commands.promises import as_json
from vaiti.ops.promising import EVERY, FIRST
from vaiti.people.models import Role
from vaiti.promises.checks import log, rights
from vaiti.promises.models import Change, Result, Standing
from vaiti.promises.rounds import ALARM, OVERDUE, go_round
from vaiti.promises.standing import standing as standing_of

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
    changed = Leaf.objects.filter(subject=ROLES, kind=Kind.PROMISES_SENTENCE_CHANGED).values_list(
        "body", flat=True
    )
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


@pytest.mark.parametrize("at_once", [1, 1000])
def test_n33_the_whole_log_is_hashed_again_block_by_block(
    made: Deployment, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """A change in any block is seen when its turn comes, and stays seen until it is mended."""
    monkeypatch.setattr("vaiti.promises.checks.log.AT_ONCE", at_once)
    size = Leaf.objects.filter(seq__isnull=False).count()
    level, blocks = 1, []
    full = size >> level
    assert full > 1
    for block in range(full):
        found = log.whole(made.site, level, block)
        assert found.kept, found
        blocks.append(found.evidence["next_block"])
    assert blocks == list(range(1, full + 1))
    assert log.whole(made.site, level, full).evidence["next_block"] == 1
    Leaf.objects.filter(seq=1).update(kind="people:device:assigned")
    assert log.whole(made.site, level, full - 1).kept
    found = log.whole(made.site, level, 0)
    assert (found.kept, found.evidence["next_block"]) == (False, 0)


def test_n33_a_block_that_was_changed_with_its_hash_is_not_what_was_signed(
    made: Deployment,
) -> None:
    Node.objects.filter(level=1, index=0).update(hash=bytes(32))
    assert not log.whole(made.site, 1, 1).kept


def test_n33_a_round_goes_on_where_the_last_one_ended(made: Deployment) -> None:
    told = {"kept": True, "since": NOW, "checked_at": NOW}
    Result.objects.create(check_id="audit.log_whole", evidence={"next_block": 7}, **told)
    assert log.log_whole(made.site, NOW).kept


@pytest.mark.parametrize(
    ("due", "country", "by"),
    [
        (date(2026, 4, 3), "FI", date(2026, 4, 7)),  # Good Friday to the day after Easter Monday
        (date(2026, 12, 6), "FI", date(2026, 12, 7)),
        (date(2026, 6, 6), "SE", date(2026, 6, 8)),
        (date(2026, 5, 14), "SE", date(2026, 5, 15)),
        (date(2026, 11, 24), "FI", date(2026, 11, 24)),
    ],
)
def test_n36_a_limit_moves_over_days_off_and_no_further(due: date, country: str, by: date) -> None:
    assert rights.moved(due, country) == by


def test_n35_the_command_tells_of_all_sentences_of_the_reference_in_one_form(
    tmp_path: Path,
) -> None:
    form = {"id", "kind", "kept", "since", "evidence"}
    with deployed(tmp_path) as there:
        done = go_round(there.site, NOW)
        told = json.loads(json.dumps([as_json(one) for one in standing_of(WORDING)]))
    assert [one["id"] for one in told] == [f"N-{at:02}" for at in range(1, 49)]
    assert all(set(one) == form for one in told)
    kinds = {one["id"]: one["kind"] for one in told}
    assert set(kinds.values()) == {"proven", "attested", "statement"}
    assert [one["id"] for one in told if not one["kept"]] == [
        one.id for one in WORDING.sentences if one.kind is Stands.ATTESTED
    ]
    proven = [one for one in told if one["kind"] == "proven"]
    assert all(one["evidence"] and one["since"] == NOW.isoformat() for one in proven)
    assert not done.kept  # until somebody vouches for the rest
