"""N-08, N-27, N-41: a purpose or a role that the notice does not name gives nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest

from cast import NOW, Cast
from vaiti.access.as_promised import EVERY, promised_roles, usable
from vaiti.access.decide import Act, Facts, Need, Relation, decide, purposes
from vaiti.access.purposes import Purpose
from vaiti.access.standing import standing
from vaiti.notice import versions
from vaiti.notice.wordings import text_of


def facts(purpose: str, told: frozenset[str]) -> Facts:
    return Facts(
        act=Act.HEAR,
        here=True,
        roles=frozenset({"manager"}),
        relations=frozenset({Relation.SUBORDINATES}),
        readable=True,
        purpose=purpose,
        reference="CASE-1",
        trained=True,
        sworn=True,
        told=told,
    )


def test_n08_a_purpose_that_the_caller_was_not_told_of_is_refused() -> None:
    told = frozenset({"verify"})
    assert decide(facts("verify", told)).allowed
    assert decide(facts("training", told)).needs == (Need.OTHER_PURPOSE,)
    assert purposes(facts("", told)) == (Purpose.VERIFY, Purpose.RIGHTS)


def test_a_persons_rights_need_no_purpose_of_ours() -> None:
    assert decide(facts("rights", frozenset({"verify"}))).allowed


@pytest.mark.django_db
def test_n08_a_purpose_added_later_is_not_one_of_the_calls_before(cast: Cast) -> None:
    since = NOW + timedelta(days=1)
    versions.publish_file(text_of("helpdesk"), valid_from=since, by="system:test", now=NOW)
    assert usable(cast.notice.version, uuid4()) == EVERY
    assert usable("1", uuid4()) == {"verify"}  # training rests on consent, and nobody has given any


@pytest.mark.django_db
def test_n27_a_role_that_the_notice_does_not_name_gives_nothing(cast: Cast) -> None:
    since = NOW + timedelta(days=1)
    versions.publish_file(text_of("helpdesk"), valid_from=since, by="system:test", now=NOW)
    assert standing(cast.oskar.id, NOW).roles == {"sales_agent"}
    assert standing(cast.oskar.id, since).roles == frozenset()
    assert standing(cast.anna.id, since).roles == {"service_agent"}
    assert promised_roles(frozenset({"assigner", "dpo"}), since) == {"dpo"}
