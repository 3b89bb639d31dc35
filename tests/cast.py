"""The one cast of every test: the reference deployment, with rows for people, lines and notice.

Team 1 is customer service (Anna, Leila; led by Mikko), team 2 is customer service too (Sofia; led
by Henrik), team 3 sells by telephone (Oskar; led by Eeva). Everyone has been there for a year, has
passed the course and given the undertaking of secrecy.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from vaiti.notice.models import Function, Line, NoticeVersion
from vaiti.notice.versions import hash_texts
from vaiti.people.models import (
    Company,
    DeviceUse,
    Membership,
    Person,
    Role,
    RoleKind,
    SectionKind,
    SectionPass,
    Team,
    TrainingRecord,
    Undertaking,
    UndertakingVersion,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=365)
READY_UNTIL = NOW + timedelta(days=730)
EMPLOYER = "Posti"
TEXTS = {"sv": "Samtalen spelas in.", "fi": "Puhelut tallennetaan.", "en": "Calls are recorded."}


@dataclass(frozen=True, slots=True)
class Cast:
    anna: Person
    leila: Person
    mikko: Person
    sofia: Person
    henrik: Person
    oskar: Person
    eeva: Person
    rights_handler: Person
    dpo: Person
    security_lead: Person
    trainer: Person
    administrator: Person
    auditor: Person
    assigner: Person
    team_1: Team
    team_2: Team
    team_3: Team
    service_line: Line
    telesales_line: Line
    test_line: Line
    unrecorded_line: Line
    notice: NoticeVersion


def make_cast() -> Cast:
    """Needs a database. Devices: anna.astrom, leila.virtanen, sofia.holm, oskar.lind."""
    Company.objects.create(name=EMPLOYER, valid_from=SINCE, entered_by="system:init")
    teams = [Team.objects.create(name=f"Team {number}") for number in (1, 2, 3)]
    UndertakingVersion.objects.create(version="0", valid_from=SINCE, texts=TEXTS, sha256="")
    service, sales, manager = RoleKind.SERVICE_AGENT, RoleKind.SALES_AGENT, RoleKind.MANAGER
    return Cast(
        anna=_agent("anna.astrom", "Anna Åström", "sv", service, teams[0]),
        leila=_agent("leila.virtanen", "Leila Virtanen", "fi", service, teams[0]),
        mikko=_leader("mikko.makinen", "Mikko Mäkinen", "fi", manager, teams[0]),
        sofia=_agent("sofia.holm", "Sofia Holm", "sv", service, teams[1]),
        henrik=_leader("henrik.berg", "Henrik Berg", "sv", manager, teams[1]),
        oskar=_agent("oskar.lind", "Oskar Lind", "en", sales, teams[2]),
        eeva=_leader("eeva.korhonen", "Eeva Korhonen", "fi", manager, teams[2]),
        rights_handler=make_person("rita.niemi", "Rita Niemi", "fi", RoleKind.RIGHTS_HANDLER),
        dpo=make_person("daniel.ek", "Daniel Ek", "sv", RoleKind.DPO),
        security_lead=make_person("sven.dahl", "Sven Dahl", "sv", RoleKind.SECURITY_LEAD),
        trainer=make_person("tuula.aho", "Tuula Aho", "fi", RoleKind.TRAINER),
        administrator=make_person("aino.laine", "Aino Laine", "en", RoleKind.ADMINISTRATOR),
        auditor=make_person("arvid.sund", "Arvid Sund", "sv", RoleKind.AUDITOR),
        assigner=make_person("karin.ek", "Karin Ek", "sv", RoleKind.ASSIGNER),
        team_1=teams[0],
        team_2=teams[1],
        team_3=teams[2],
        service_line=_line("+358207100000", "Customer service", Function.SERVICE),
        telesales_line=_line("+358207200000", "Telephone sales", Function.TELESALES),
        test_line=_line("+358207999999", "Test line", Function.TEST),
        unrecorded_line=_line("+358207300000", "Switchboard", Function.SERVICE, recorded=False),
        notice=NoticeVersion.objects.create(
            version="2026-01",
            valid_from=SINCE,
            retention_months=6,
            zone="Europe/Helsinki",
            texts=TEXTS,
            sha256=hash_texts(TEXTS),
        ),
    )


def person_id(login: str) -> UUID:
    """The id of this member of the cast, the same in every test."""
    return uuid5(NAMESPACE_OID, login)


def make_person(login: str, name: str, language: str, role: RoleKind) -> Person:
    person = Person.objects.create(
        id=person_id(login),
        login=login,
        name=name,
        employer=EMPLOYER,
        language=language,
        active_from=SINCE,
    )
    until = READY_UNTIL if role is RoleKind.AUDITOR else None
    Role.objects.create(
        person=person, kind=role, valid_from=SINCE, valid_to=until, granted_by="system:init"
    )
    _ready(person)
    return person


def _ready(person: Person) -> None:
    use, secrets = (
        SectionPass.objects.create(
            person=person,
            section=kind,
            course="introduction",
            source="cast",
            passed_on=SINCE.date(),
            recorded_at=SINCE,
            valid_to=READY_UNTIL,
        )
        for kind in SectionKind
    )
    TrainingRecord.objects.create(
        person=person, use_of_system=use, secrets=secrets, valid_from=SINCE, valid_to=READY_UNTIL
    )
    Undertaking.objects.create(
        person=person,
        version_id="0",
        source="cast",
        signed_on=SINCE.date(),
        valid_from=SINCE,
    )


def _agent(login: str, name: str, language: str, role: RoleKind, team: Team) -> Person:
    person = make_person(login, name, language, role)
    Membership.objects.create(person=person, team=team, valid_from=SINCE)
    DeviceUse.objects.create(person=person, device=login, valid_from=SINCE)
    return person


def _leader(login: str, name: str, language: str, role: RoleKind, team: Team) -> Person:
    person = make_person(login, name, language, role)
    Membership.objects.create(person=person, team=team, leads=True, valid_from=SINCE)
    return person


def _line(number: str, label: str, function: Function, recorded: bool = True) -> Line:
    return Line.objects.create(
        number=number, label=label, function=function, recorded=recorded, valid_from=SINCE
    )
