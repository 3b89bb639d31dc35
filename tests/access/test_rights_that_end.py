"""A right that ends stops the sound, whatever the right rested on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from access_world import Entries, Open, Resume
from cast import NOW, Cast
from manifests import enter
from vaiti.access import approvals, incidents, mandates, tokens
from vaiti.access.approvals import LASTS
from vaiti.access.doors import Need, NotVisible, Refused
from vaiti.access.models import Approval
from vaiti.access.token_rules import Terms, TokenScope
from vaiti.access.tokens import UnknownToken
from vaiti.people import delegation, enrol, returning
from vaiti.people.models import Person

BY = "system:rights"
SOON = NOW + timedelta(minutes=6)
Given = tuple[Person, dict[str, str], UUID]
"""Who listens, for which reason, and the mandate or delegation that it rests on."""


def by_case(cast: Cast, call: UUID) -> Given:
    end = NOW + timedelta(days=1)
    case = mandates.open_mandate("case", "CASE-1", ends_at=end, by=BY, now=NOW)
    mandates.name_person(case, cast.rights_handler.id, by=BY, now=NOW)
    mandates.add_call(case, call, by=BY, now=NOW)
    return cast.rights_handler, {"reference": "CASE-1"}, case


def by_approval(cast: Cast, call: UUID) -> Given:
    """The yes was said long ago: it ends three minutes from now."""
    lead, person = cast.security_lead.id, cast.administrator
    incident = incidents.open_incident(lead, "INC-1", 30, NOW)
    incidents.name_person(lead, incident, person.id, NOW)
    incidents.add_call(lead, incident, call, NOW)
    asked = approvals.ask(person.id, incident, call, NOW)
    said = NOW - LASTS + timedelta(minutes=3)
    approvals.answer(cast.dpo.id, asked, allow=True, now=NOW)
    Approval.objects.update(decided_at=said, ends_at=said + LASTS)
    return person, {"purpose": "security", "reference": "INC-1"}, incident


def by_delegation(cast: Cast, _call: UUID) -> Given:
    given = delegation.hand_over(
        cast.mikko.id,
        cast.team_1.id,
        cast.henrik.id,
        begins=NOW,
        ends=NOW + timedelta(minutes=3),
        reason="holiday",
        by=cast.mikko.id.hex,
        now=NOW,
    )
    return cast.henrik, {"purpose": "verify", "reference": "CASE-9"}, given


def close(given: Given, _call: UUID) -> None:
    mandates.close(given[2], by=BY, now=SOON)


def release(given: Given, _call: UUID) -> None:
    mandates.release_person(given[2], given[0].id, by=BY, now=SOON)


def remove(given: Given, call: UUID) -> None:
    mandates.remove_call(given[2], call, by=BY, now=SOON)


def wait(_given: Given, _call: UUID) -> None:
    """Its time is over."""


Begin = Callable[[Cast, UUID], Given]
End = Callable[[Given, UUID], None]
ENDS: list[tuple[Begin, End]] = [
    (by_case, close),
    (by_case, release),
    (by_case, remove),
    (by_approval, wait),
    (by_approval, close),
    (by_delegation, wait),
]


@pytest.mark.parametrize("ends", ENDS)
def test_n33_a_right_that_ends_stops_the_sound(
    cast: Cast, open_leg: Open, resume: Resume, entries: Entries, ends: tuple[Begin, End]
) -> None:
    (begin, end), call = ends, enter("anna.astrom")
    given = begin(cast, call)
    opening = open_leg(given[0], call, **given[1])
    at: datetime = NOW + timedelta(minutes=2)
    assert resume(given[0], opening, at).listening_id == opening.listening_id
    end(given, call)
    with pytest.raises(NotVisible):
        resume(given[0], opening, SOON)
    assert len(entries("access:listening:refused")) == 1
    assert len(entries("access:listening:heard")) == 1


def test_a_grant_is_renewed_silently_while_a_mandate_stands(
    cast: Cast, open_leg: Open, resume: Resume, entries: Entries
) -> None:
    call = enter("anna.astrom")
    person, reason, _case = by_case(cast, call)
    opening = open_leg(person, call, **reason)
    for minutes in range(6, 36, 6):
        renewed = resume(person, opening, NOW + timedelta(minutes=minutes))
        assert renewed.listening_id == opening.listening_id
    assert len(entries("access:listening:resumed")) == 5


def test_n27_an_approval_and_a_token_of_before_do_not_come_back_with_who_comes_back(
    cast: Cast, open_leg: Open
) -> None:
    call = enter("anna.astrom")
    person, why, incident = by_approval(cast, call)
    scopes, ends = frozenset({TokenScope.CALLS_READ}), NOW + timedelta(days=30)
    terms = Terms("desk", person.id, scopes, "verify", frozenset({"all"}), NOW, ends)
    text = tokens.grant(terms, by=BY, now=NOW)
    assert open_leg(person, call, **why)
    assert tokens.known(text, NOW).person == person.id
    enrol.depart(person.id, by=BY, now=NOW, at=SOON)
    back = SOON + timedelta(minutes=1)
    returning.come_back(person.id, by=BY, now=back)
    enrol.grant_role(person.id, "administrator", by=BY, now=back)
    mandates.name_person(incident, person.id, by=BY, now=back)
    Approval.objects.update(ends_at=ends)
    with pytest.raises(Refused) as refusal:
        open_leg(person, call, now=back, **why)
    assert refusal.value.needs == (Need.SECOND_PERSON,)
    with pytest.raises(UnknownToken):
        tokens.known(text, back)
