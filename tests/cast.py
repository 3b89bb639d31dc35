"""The one cast of every test: the reference deployment, with rows for people, lines and notice.

Team 1 is customer service (Anna, Leila; led by Mikko), team 2 is customer service too (Sofia; led
by Henrik), team 3 sells by telephone (Oskar; led by Eeva). Everyone has been there for a year, has
passed the course and given the undertaking of secrecy.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db.models import Model

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


Row = TypeVar("Row", bound=Model)


@dataclass
class Rows:
    """Written a table at a time: more than two thousand tests begin with these."""

    of: dict[type[Model], list[Model]] = field(default_factory=dict)

    def add(self, row: Row) -> Row:
        self.of.setdefault(type(row), []).append(row)
        return row

    def write(self) -> None:
        for model, rows in self.of.items():
            model._default_manager.bulk_create(rows)

    def person(self, login: str, name: str, language: str, role: RoleKind) -> Person:
        person = self.add(
            Person(
                id=person_id(login),
                login=login,
                name=name,
                employer=EMPLOYER,
                language=language,
                active_from=SINCE,
            )
        )
        until = READY_UNTIL if role is RoleKind.AUDITOR else None
        self.add(
            Role(
                person=person, kind=role, valid_from=SINCE, valid_to=until, granted_by="system:init"
            )
        )
        self.ready(person)
        return person

    def ready(self, person: Person) -> None:
        use, secrets = (
            self.add(
                SectionPass(
                    person=person,
                    section=kind,
                    course="introduction",
                    source="cast",
                    passed_on=SINCE.date(),
                    recorded_at=SINCE,
                    valid_to=READY_UNTIL,
                )
            )
            for kind in SectionKind
        )
        self.add(
            TrainingRecord(
                person=person,
                use_of_system=use,
                secrets=secrets,
                valid_from=SINCE,
                valid_to=READY_UNTIL,
            )
        )
        self.add(
            Undertaking(
                person=person,
                version_id="0",
                source="cast",
                signed_on=SINCE.date(),
                valid_from=SINCE,
            )
        )

    def agent(self, login: str, name: str, language: str, role: RoleKind, team: Team) -> Person:
        person = self.person(login, name, language, role)
        self.add(Membership(person=person, team=team, valid_from=SINCE))
        self.add(DeviceUse(person=person, device=login, valid_from=SINCE))
        return person

    def leader(self, login: str, name: str, language: str, role: RoleKind, team: Team) -> Person:
        person = self.person(login, name, language, role)
        self.add(Membership(person=person, team=team, leads=True, valid_from=SINCE))
        return person

    def line(self, number: str, label: str, function: Function, recorded: bool = True) -> Line:
        return self.add(
            Line(number=number, label=label, function=function, recorded=recorded, valid_from=SINCE)
        )


def make_cast() -> Cast:
    """Needs a database. Devices: anna.astrom, leila.virtanen, sofia.holm, oskar.lind."""
    rows = Rows()
    rows.add(Company(name=EMPLOYER, valid_from=SINCE, entered_by="system:init"))
    teams = [rows.add(Team(name=f"Team {number}")) for number in (1, 2, 3)]
    rows.add(UndertakingVersion(version="0", valid_from=SINCE, texts=TEXTS, sha256=""))
    service, sales, manager = RoleKind.SERVICE_AGENT, RoleKind.SALES_AGENT, RoleKind.MANAGER
    cast = Cast(
        anna=rows.agent("anna.astrom", "Anna Åström", "sv", service, teams[0]),
        leila=rows.agent("leila.virtanen", "Leila Virtanen", "fi", service, teams[0]),
        mikko=rows.leader("mikko.makinen", "Mikko Mäkinen", "fi", manager, teams[0]),
        sofia=rows.agent("sofia.holm", "Sofia Holm", "sv", service, teams[1]),
        henrik=rows.leader("henrik.berg", "Henrik Berg", "sv", manager, teams[1]),
        oskar=rows.agent("oskar.lind", "Oskar Lind", "en", sales, teams[2]),
        eeva=rows.leader("eeva.korhonen", "Eeva Korhonen", "fi", manager, teams[2]),
        rights_handler=rows.person("rita.niemi", "Rita Niemi", "fi", RoleKind.RIGHTS_HANDLER),
        dpo=rows.person("daniel.ek", "Daniel Ek", "sv", RoleKind.DPO),
        security_lead=rows.person("sven.dahl", "Sven Dahl", "sv", RoleKind.SECURITY_LEAD),
        trainer=rows.person("tuula.aho", "Tuula Aho", "fi", RoleKind.TRAINER),
        administrator=rows.person("aino.laine", "Aino Laine", "en", RoleKind.ADMINISTRATOR),
        auditor=rows.person("arvid.sund", "Arvid Sund", "sv", RoleKind.AUDITOR),
        assigner=rows.person("karin.ek", "Karin Ek", "sv", RoleKind.ASSIGNER),
        team_1=teams[0],
        team_2=teams[1],
        team_3=teams[2],
        service_line=rows.line("+358207100000", "Customer service", Function.SERVICE),
        telesales_line=rows.line("+358207200000", "Telephone sales", Function.TELESALES),
        test_line=rows.line("+358207999999", "Test line", Function.TEST),
        unrecorded_line=rows.line("+358207300000", "Switchboard", Function.SERVICE, recorded=False),
        notice=NoticeVersion.objects.create(
            version="2026-01",
            valid_from=SINCE,
            retention_months=6,
            zone="Europe/Helsinki",
            texts=TEXTS,
            sha256=hash_texts(TEXTS),
        ),
    )
    rows.write()
    return cast


def person_id(login: str) -> UUID:
    """The id of this member of the cast, the same in every test."""
    return uuid5(NAMESPACE_OID, login)


def make_person(login: str, name: str, language: str, role: RoleKind) -> Person:
    """Somebody besides the cast, as ready as they are."""
    rows = Rows()
    person = rows.person(login, name, language, role)
    rows.write()
    return person
