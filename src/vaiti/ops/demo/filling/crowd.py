"""More people for a demo with many calls: teams of twelve, each with its manager, all invented."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final
from uuid import UUID

from django.db import transaction

from vaiti.notice import lines
from vaiti.notice.models import Line, NoticeVersion
from vaiti.ops.demo.people import ADMINISTRATOR, CONTROLLER, SALES, SERVICE_1, SERVICE_2, DemoLine
from vaiti.ops.demo.rows import enter_evidence
from vaiti.people import enrol
from vaiti.people import teams as teams_of
from vaiti.people.expiry import Term
from vaiti.people.models import DeviceUse, Membership, Person, Role, Team

BY: Final = "system:demo"
CALLS_AN_AGENT: Final = 8_000  # in six months: some sixty a working day
LEAST, MOST = 12, 1_250  # agents
AGENTS: Final = ("service_agent", "sales_agent")
TEAM: Final = 12  # agents
OWN_TEAMS: Final = (SERVICE_1, SERVICE_2, SALES)
LANGUAGES: Final = ("fi", "sv", "en")

FIRST: Final = (
    *("Aada", "Antti", "Bengt", "Carita", "Eino", "Elsa", "Emil", "Fredrik", "Gun", "Hanna"),
    *("Heikki", "Helena", "Ilona", "Jenny", "Johan", "Juha", "Kaarina", "Karin", "Lars", "Liisa"),
    *("Maija", "Marko", "Marten", "Nina", "Olof", "Outi", "Pekka", "Petra", "Riikka", "Rolf"),
    *("Saana", "Samuel", "Satu", "Siv", "Tapio", "Tove", "Ulla", "Veikko", "Vilma", "Yrjö"),
)
LAST: Final = (
    *("Aalto", "Ahonen", "Backman", "Blomqvist", "Ekholm", "Forsman", "Granlund", "Haapala"),
    *("Heino", "Hellström", "Hiltunen", "Jokinen", "Kallio", "Karlsson", "Kettunen", "Koivu"),
    *("Lahti", "Lehtonen", "Lindroos", "Lund", "Malm", "Manninen", "Norrgård", "Nyberg"),
    *("Ojala", "Pajunen", "Pitkänen", "Rantanen", "Rosenberg", "Räsänen", "Salo", "Sjöblom"),
    *("Sundström", "Tamminen", "Toivonen", "Tuominen", "Uusitalo", "Vainio", "Wikman", "Öhman"),
)
MORE_LINES: Final = (
    DemoLine("+358207110000", "Business customers", "service"),
    DemoLine("+358207120000", "Parcels", "service"),
    DemoLine("+358207210000", "Offers by telephone", "telesales"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new agent sits."""

    team: str
    role: str


def enter_crowd(calls: int, term: Term, now: datetime) -> int:
    """Enters the people and lines that so many calls need; answers how many agents there are."""
    with transaction.atomic():
        for line in MORE_LINES:
            if lines.line_for(line.number, now) is None:
                lines.register_line(
                    line.number,
                    label=line.label,
                    function=line.function,
                    recorded=True,
                    by=BY,
                    now=now,
                )
        wanted = max(LEAST, min(MOST, calls // CALLS_AN_AGENT))
        _enter_agents(wanted - _agents(), now)
        # hashing one password for each of a thousand people would take minutes
        known = Person.objects.values_list("password", flat=True).get(login=ADMINISTRATOR.login)
        new = Person.objects.filter(password="")
        logins = list(new.values_list("login", flat=True))
        new.update(password=known)
        if logins:
            enter_evidence(logins, term, now)
    return _agents()


def _agents() -> int:
    return Role.objects.filter(kind__in=AGENTS, valid_to__isnull=True).count()


def stand_since(began: datetime) -> None:
    """Lets people, lines and notice stand since `began`, before the first call that was made up.

    Only a demo's past can be written afterwards: the log says when it really was.
    """
    Line.objects.filter(valid_from__gt=began).update(valid_from=began)
    oldest = NoticeVersion.objects.order_by("valid_from").first()
    if oldest is not None and oldest.valid_from > began:
        NoticeVersion.objects.filter(version=oldest.version).update(valid_from=began)
    Person.objects.filter(active_from__gt=began).update(active_from=began)
    for dated in (Role, Membership, DeviceUse):
        dated.objects.filter(valid_from__gt=began).update(valid_from=began)


def _enter_agents(wanted: int, now: datetime) -> None:
    names, places = _names(), _places()
    teams = dict(Team.objects.values_list("name", "id"))
    for _ in range(max(0, wanted)):
        place = next(places)
        if place.team not in teams:
            teams[place.team] = teams_of.add_team(place.team, by=BY, now=now)
            manager = _enter(next(names), "manager", now)
            teams_of.lead_team(manager, teams[place.team], by=BY, now=now)
        login, name = next(names)
        agent = _enter((login, name), place.role, now)
        teams_of.join_team(agent, teams[place.team], by=BY, now=now)
        teams_of.assign_device(agent, login, by=BY, now=now)


def _enter(named: tuple[str, str], role: str, now: datetime) -> UUID:
    login, name = named
    person = enrol.add_person(
        login=login,
        name=name,
        employer=CONTROLLER,
        language=LANGUAGES[len(name) % 3],
        namesake=True,
        by=BY,
        now=now,
    )
    enrol.grant_role(person, role, by=BY, now=now)
    return person


def _names() -> Iterator[tuple[str, str]]:
    """Logins that nobody has, with their names."""
    taken = set(Person.objects.values_list("login", flat=True))
    for number in range(len(FIRST) * len(LAST)):
        first, last = FIRST[number % len(FIRST)], LAST[(number * 7 + number // 40) % len(LAST)]
        login = _plain(f"{first}.{last}")
        if login not in taken:
            yield login, f"{first} {last}"


def _plain(text: str) -> str:
    """Lower-case letters without their marks."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if each.isascii())


def _places() -> Iterator[Place]:
    """First the demo's own teams up to twelve, then new ones, every fourth of them for sales."""
    members: Counter[str] = Counter()
    rows = Membership.objects.filter(leads=False, valid_to__isnull=True)
    for team in rows.values_list("team__name", flat=True):
        members[team] += 1
    for number in count():
        if number < len(OWN_TEAMS):
            name = OWN_TEAMS[number]
        else:
            kind = "Telephone sales" if number % 4 == 3 else "Customer service"
            name = f"{kind} {number}"
        role = "sales_agent" if name.startswith("Telephone") else "service_agent"
        for _ in range(TEAM - members[name]):
            yield Place(name, role)
