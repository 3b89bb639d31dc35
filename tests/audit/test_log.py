import hashlib
import json
import uuid
from datetime import datetime

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.audit import log
from vaiti.audit.entry import MAX_FACTS, EntryError, Fact, body_text
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf
from vaiti.values.personal import Personal


@pytest.mark.django_db
def test_an_entry_commits_to_its_salted_body(now: datetime) -> None:
    leaf_id = log.append(
        "access:listening:opened", actor="p1", subject="c1", facts={"rule": "own"}, now=now
    )
    leaf = Leaf.objects.get()
    assert (leaf.id, leaf.seq, leaf.at, leaf.kind) == (
        leaf_id,
        None,
        now,
        "access:listening:opened",
    )
    assert json.loads(leaf.body) == {"actor": "p1", "subject": "c1", "facts": {"rule": "own"}}
    expected = hashlib.sha256(bytes(leaf.salt or b"") + leaf.body.encode()).digest()
    assert bytes(leaf.commitment) == expected
    assert len(leaf.salt or b"") == 32


FACTS = st.one_of(st.text(max_size=20), st.integers(), st.booleans(), st.none())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=9), st.text(max_size=9), st.dictionaries(st.text(max_size=9), FACTS))
def test_a_body_is_the_canonical_json_that_readers_are_told_of(
    actor: str, subject: str, facts: dict[str, Fact]
) -> None:
    said = {"subject": subject, "facts": facts, "actor": actor}
    told = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if len(facts) <= MAX_FACTS:
        assert body_text(actor, subject, facts) == told


@pytest.mark.django_db
def test_equal_entries_have_different_commitments(now: datetime) -> None:
    for _ in range(2):
        log.append(Kind.ACCESS_CALL_SEEN, actor="p1", subject="c1", facts={}, now=now)
    assert len({bytes(leaf.commitment) for leaf in Leaf.objects.all()}) == 2


@pytest.mark.django_db
def test_entries_of_one_instant_stand_in_the_order_in_which_they_were_written(
    now: datetime,
) -> None:
    written = [
        leaf
        for subject in ("c1", "c2", "c3", "c4")
        for leaf in log.append_all(
            Kind.ACCESS_CALL_SEEN, [(subject, {}), (subject, {})], actor="p1", now=now
        )
    ]
    assert list(Leaf.objects.order_by("at", "id").values_list("id", flat=True)) == written
    assert {leaf.version for leaf in written} == {7} and len({*written}) == 8
    assert {leaf.variant for leaf in written} == {uuid.RFC_4122}


@pytest.mark.django_db(transaction=True)
def test_no_entry_outside_a_transaction(now: datetime) -> None:
    with pytest.raises(log.NotInTransaction):
        log.append(Kind.ACCESS_CALL_SEEN, actor="p1", facts={}, now=now)
    assert not Leaf.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_act_undone_leaves_no_entry(now: datetime) -> None:
    class Undo(Exception):
        pass

    with pytest.raises(Undo), transaction.atomic():
        log.append(Kind.ACCESS_CALL_SEEN, actor="p1", facts={}, now=now)
        raise Undo
    assert not Leaf.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "actor", "facts"),
    [
        ("access:call:guessed", "p1", {}),
        (Kind.ACCESS_CALL_SEEN, "", {}),
        (Kind.ACCESS_CALL_SEEN, "p" * 65, {}),
        (Kind.ACCESS_CALL_SEEN, "p1", {"note": "x" * 201}),
        (Kind.ACCESS_CALL_SEEN, "p1", {str(number): 1 for number in range(17)}),
        (Kind.ACCESS_CALL_SEEN, "p1", {"share": 0.5}),
        (Kind.ACCESS_CALL_SEEN, "p1", {"name": Personal("Anna")}),
    ],
)
def test_an_unfit_entry_is_refused(
    now: datetime,
    kind: str,
    actor: str,
    facts: dict[str, str | int | bool | None],
) -> None:
    with pytest.raises(EntryError):
        log.append(kind, actor=actor, facts=facts, now=now)
    assert not Leaf.objects.exists()


def test_kinds_are_scope_subject_act_in_alphabetical_order() -> None:
    values = [kind.value for kind in Kind]
    assert values == sorted(values)
    for kind in Kind:
        scope, subject, act = kind.value.split(":")
        assert kind.name == f"{scope}_{subject}_{act}".upper()


@pytest.mark.django_db
def test_many_entries_are_appended_at_once_or_none(now: datetime) -> None:
    acts = [(f"call-{number}", {"leg": number}) for number in range(250)]
    with transaction.atomic():
        ids = list(log.append_all(Kind.ACCESS_CALL_SEEN, acts, actor="person-1", now=now))
    assert ids == sorted(ids)
    written = Leaf.objects.in_bulk(ids)
    assert [written[one].subject for one in ids] == [subject for subject, _ in acts]
    assert {(leaf.kind, leaf.at) for leaf in Leaf.objects.all()} == {("access:call:seen", now)}
    assert {one.version for one in ids} == {7}
    assert {int.from_bytes(one.bytes[:6]) for one in ids} == {int(now.timestamp() * 1000)}
    with pytest.raises(EntryError), transaction.atomic():
        log.append_all(Kind.ACCESS_CALL_SEEN, [*acts, ("x" * 65, {})], actor="p", now=now)
    assert Leaf.objects.count() == 250
