"""A plan made into rows of the database, as of the instants that its ticks stand for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from access.on_paper import AGENT_OF, FOREVER, LATELY, LONG_AGO, SPOKEN, Leg, Matter, Plan
from access.planned import PEOPLE
from cast import NOW, READY_UNTIL, SINCE, Cast
from manifests import START, TEST_LINE, enter
from vaiti.access import limits
from vaiti.access.models import (
    Activity,
    Approval,
    Mandate,
    MandateCall,
    MandatePerson,
    Sample,
    SampleCall,
)
from vaiti.people.models import (
    Delegation,
    Membership,
    Person,
    Role,
    Team,
    TrainingRecord,
    Undertaking,
)
from vaiti.register import calls
from vaiti.register.models import Call, Objection

STEP = timedelta(minutes=3)
"""Between ticks: a listening lives for ten minutes, so all four are within one."""


def instant(tick: int) -> datetime:
    """When a tick was, or is."""
    known = {LONG_AGO: SINCE, SPOKEN: START, LATELY: NOW - timedelta(hours=1), FOREVER: READY_UNTIL}
    return known.get(tick, NOW + tick * STEP)


@dataclass(frozen=True, slots=True)
class Scene:
    """The cast's people and the calls, by the names that the plan gives them."""

    people: dict[str, Person]
    calls: dict[str, UUID]
    legs: dict[Leg, int]
    teams: dict[int, Team]
    second: Person


def stage(cast: Cast) -> Scene:
    found = {
        "annas": enter("anna.astrom"),
        "leilas": enter("leila.virtanen"),
        "sofias": enter("sofia.holm"),
        "handed_on": enter("anna.astrom", "sofia.holm"),
        "nobodys": enter("room-17"),
        "test": enter("anna.astrom", line=TEST_LINE),
    }
    return Scene(
        people={who: getattr(cast, who) for who in PEOPLE},
        calls=found,
        legs={(call, part): calls.legs(found[call])[part - 1].id for call, part in AGENT_OF},
        teams={1: cast.team_1, 2: cast.team_2},
        second=cast.security_lead,
    )


def dated(span: tuple[int, int]) -> dict[str, Any]:
    return {"valid_from": instant(span[0]), "valid_to": instant(span[1])}


def build_people(scene: Scene, plan: Plan) -> None:
    people, ids = scene.people, [one.id for one in scene.people.values()]
    Role.objects.filter(person_id__in=ids).delete()
    Membership.objects.filter(person_id__in=ids).delete()
    Role.objects.bulk_create(
        Role(person=people[who], kind=kind, granted_by="x", **dated(span))
        for who, kind, span in plan.roles
    )
    Membership.objects.bulk_create(
        Membership(
            person=people[one.who], team=scene.teams[one.team], leads=one.leads, **dated(one.span)
        )
        for one in plan.places
    )
    Delegation.objects.bulk_create(
        Delegation(
            giver=people[one.giver],
            receiver=people[one.receiver],
            team=scene.teams[one.team],
            reason="holiday",
            entered_by="x",
            **dated(one.span),
        )
        for one in plan.handed
    )
    for who, person in people.items():
        Person.objects.filter(id=person.id).update(active_to=instant(plan.gone[who]))
        TrainingRecord.objects.filter(person=person).update(valid_to=instant(plan.trained[who]))
        Undertaking.objects.filter(person=person).update(valid_to=instant(plan.sworn[who]))


def build_matter(scene: Scene, one: Matter) -> UUID:
    since, until = instant(LATELY), instant(one.until)
    made = Mandate.objects.create(
        kind=one.kind, reference=one.reference, opened_by="x", opened_at=since, ends_at=until
    )
    MandatePerson.objects.bulk_create(
        MandatePerson(mandate=made, person=scene.people[who], **dated(span))
        for who, span in one.named
    )
    MandateCall.objects.bulk_create(
        MandateCall(mandate=made, call_id=scene.calls[call], added_at=since) for call in one.calls
    )
    for who, call, span in one.approved:
        Approval.objects.create(
            mandate=made,
            call_id=scene.calls[call],
            person=scene.people[who],
            asked_at=since,
            decided_at=instant(span[0]),
            ends_at=instant(span[1]),
            allowed=True,
            decided_by=scene.second,
        )
    if one.kind == "activity":
        Activity.objects.create(mandate=made, name="x", begins_at=since, ends_at=until)
    return made.id


def build(scene: Scene, plan: Plan) -> tuple[UUID, UUID]:
    """The world of the plan; the ids of its training activity and of its sample."""
    build_people(scene, plan)
    made = {one.reference: build_matter(scene, one) for one in plan.matters}
    for call, due in plan.due.items():
        Call.objects.filter(id=scene.calls[call]).update(due_at=instant(due))
    Objection.objects.bulk_create(
        Objection(call_id=scene.calls[call], person=scene.second, at=NOW) for call in plan.objected
    )
    sample = Sample.objects.create(
        person=scene.people[plan.sampler],
        seed="ab" * 16,
        begins=SINCE,
        ends=NOW,
        asked=9,
        among=9,
        drawn_at=instant(LATELY),
    )
    SampleCall.objects.bulk_create(
        SampleCall(sample=sample, number=number, call=call)
        for number, call in enumerate(scene.calls.values(), 1)
    )
    managers = limits.Managers.IN_TEAM if plan.in_team else limits.Managers.ALL
    limits.install(limits.Limits(managers=managers))
    return made["A-1"], sample.id
