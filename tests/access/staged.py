"""A plan made into rows of the database, as of the instants that its ticks stand for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from access.on_paper import (
    AGENT_OF,
    AWAY,
    FOREVER,
    LATELY,
    LONG_AGO,
    SPOKEN,
    Leg,
    Matter,
    Plan,
    Program,
)
from access.planned import PEOPLE
from cast import NOW, READY_UNTIL, SINCE, Cast
from manifests import START, TEST_LINE, enter
from vaiti.access import limits
from vaiti.access.emergency_rules import EmergencyRules
from vaiti.access.models import (
    Activity,
    ApiToken,
    Approval,
    Emergency,
    Mandate,
    MandateCall,
    MandatePerson,
    Permit,
    Sample,
    SampleCall,
)
from vaiti.access.permit_rules import PermitRules
from vaiti.people import returning
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
    hour = timedelta(hours=1)
    known = {LONG_AGO: SINCE, SPOKEN: START, LATELY: NOW - hour, AWAY: NOW - hour / 2}
    return READY_UNTIL if tick == FOREVER else known.get(tick, NOW + tick * STEP)


@dataclass(frozen=True, slots=True)
class Scene:
    """The cast's people and the calls, by the names that the plan gives them."""

    people: dict[str, Person]
    calls: dict[str, UUID]
    legs: dict[Leg, int]
    teams: dict[int, Team]
    lines: dict[str, tuple[UUID, str]]
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
        lines={
            name: (one.id, one.number)
            for name, one in (
                *(("service", cast.service_line), ("sales", cast.telesales_line)),
                ("test", cast.test_line),
            )
        },
        second=cast.security_lead,
    )


def dated(span: tuple[int, int]) -> dict[str, Any]:
    return {"valid_from": instant(span[0]), "valid_to": instant(span[1])}


def build_people(scene: Scene, plan: Plan) -> None:
    """Who was away comes back between what they had before and what they are given anew."""
    people, ids = scene.people, [one.id for one in scene.people.values()]
    Role.objects.filter(person_id__in=ids).delete()
    Membership.objects.filter(person_id__in=ids).delete()
    enter_rows(scene, plan, before=True)
    for who, back in plan.back.items():
        row = Person.objects.filter(id=people[who].id)
        row.update(active_to=instant(AWAY))
        returning.come_back(people[who].id, by="x", now=instant(back))
    enter_rows(scene, plan, before=False)
    for who, person in people.items():
        Person.objects.filter(id=person.id).update(active_to=instant(plan.gone[who]))
        TrainingRecord.objects.filter(person=person).update(valid_to=instant(plan.trained[who]))
        Undertaking.objects.filter(person=person).update(valid_to=instant(plan.sworn[who]))


def enter_rows(scene: Scene, plan: Plan, *, before: bool) -> None:
    people, teams = scene.people, scene.teams

    def now(span: tuple[int, int], *who: str) -> bool:
        return any(span[0] < plan.back.get(one, LONG_AGO) for one in who) is before

    Role.objects.bulk_create(
        Role(person=people[who], kind=kind, granted_by="x", **dated(span))
        for who, kind, span in plan.roles
        if now(span, who)
    )
    Membership.objects.bulk_create(
        Membership(person=people[one.who], team=teams[one.team], leads=one.leads, **dated(one.span))
        for one in plan.places
        if now(one.span, one.who)
    )
    Delegation.objects.bulk_create(
        Delegation(
            giver=people[one.giver],
            receiver=people[one.receiver],
            team=teams[one.team],
            reason="holiday",
            entered_by="x",
            **dated(one.span),
        )
        for one in plan.handed
        if now(one.span, one.giver, one.receiver)
    )


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
            asked_at=instant(span[0]),
            decided_at=instant(span[0]),
            ends_at=instant(span[1]),
            allowed=True,
            decided_by=scene.second,
        )
    if one.kind == "activity":
        Activity.objects.create(mandate=made, name="x", begins_at=since, ends_at=until)
    return made.id


def secret_of(program: Program) -> str:
    return f"vaiti-api-{program.name}"


def build_words(scene: Scene, plan: Plan, made: dict[str, UUID]) -> None:
    """What second persons have said, what was broken, and the tokens of programs."""
    Permit.objects.bulk_create(
        Permit(
            call_id=scene.calls[one.call],
            person=scene.people[one.who],
            purpose=one.why[0],
            reference=one.why[1],
            state="given",
            asked_at=instant(one.span[0]),
            answered_by=scene.second,
            answered_at=instant(one.span[0]),
            ends_at=instant(one.span[1]),
        )
        for one in plan.yeses
    )
    Emergency.objects.bulk_create(
        Emergency(
            mandate_id=made[one.reference],
            person=scene.people[one.who],
            reason="x",
            opened_at=instant(one.span[0]),
            ends_at=instant(one.span[1]),
        )
        for one in plan.broken
    )
    ApiToken.objects.bulk_create(
        ApiToken(
            name=one.name,
            digest=hashlib.sha256(secret_of(one).encode()).hexdigest(),
            person=scene.people[one.who],
            scopes=["calls:read", "calls:change"],
            purpose="verify",
            lines=sorted(scene.lines[line][1] if line != "all" else line for line in one.lines),
            begins=instant(one.span[0]),
            ends=instant(one.span[1]),
            granted_by="x",
            granted_at=instant(one.span[0]),
        )
        for one in plan.programs
    )


def build(scene: Scene, plan: Plan) -> tuple[UUID, UUID]:
    """The world of the plan; the ids of its training activity and of its sample."""
    build_people(scene, plan)
    made = {one.reference: build_matter(scene, one) for one in plan.matters}
    build_words(scene, plan, made)
    for call, due in plan.due.items():
        Call.objects.filter(id=scene.calls[call]).update(due_at=instant(due))
    Objection.objects.bulk_create(
        Objection(call_id=scene.calls[call], person=scene.second, at=NOW) for call in plan.objected
    )
    sample = build_sample(scene, plan)
    limits.install(limits_of(plan))
    return made["A-1"], sample


def build_sample(scene: Scene, plan: Plan) -> UUID:
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
    return sample.id


def limits_of(plan: Plan) -> limits.Limits:
    roles, purposes = ({one[part] for one in plan.asked_of} for part in (0, 1))
    return limits.Limits(
        managers=limits.Managers.IN_TEAM if plan.in_team else limits.Managers.ALL,
        permits=PermitRules(purposes=tuple(purposes), roles=tuple(roles)),
        emergency=EmergencyRules(tuple(plan.breakers), tuple(plan.stands_for)),
    )
