"""`vaiti person`: entering people from the command line, each act with its audit entry."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.first.answers import password
from vaiti.ops.sections.general import ROLES
from vaiti.ops.settings import Settings
from vaiti.people.providers import Provider

BY = "system:command-line"
CHANGES = {
    "grant": "grant this role",
    "end": "end this role",
    "join": "member of this team, which is made if need be",
    "lead": "leader of this team, which is made if need be",
    "out": "out of this team",
    "device": "give this device: the user part of a SIP address",
    "release": "take this device back",
}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti person", description="Named people.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_data(verbs.add_parser("list", help="who has an account now, with roles"))
    add_usual(verbs)
    add_rarer(verbs)
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def add_usual(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Who comes, goes, changes or has lost something."""
    adding = verbs.add_parser(
        "add", help="enter a person, with a first password that they change when they sign in"
    )
    adding.add_argument("--name", required=True, help="first name and surname")
    adding.add_argument("--employer", help="a listed company; else the controller")
    adding.add_argument("--namesake", action="store_true", help="another person of a known name")
    adding.add_argument(
        "--language", choices=("sv", "fi", "en"), default="en", help="of the pages; usual is en"
    )
    adding.add_argument(
        "--role", action="append", choices=ROLES, default=[], help="may be given several times"
    )
    adding.add_argument("--until", type=date.fromisoformat, help="last day of the role, YYYY-MM-DD")
    adding.add_argument("--team", help="member of this team, which is made if need be")
    adding.add_argument("--leads", help="leader of this team, which is made if need be")
    adding.add_argument("--device", action="append", default=[], help="user part of a SIP address")
    adding.add_argument("--password-file", type=Path, metavar="FILE", help="else it is asked")
    leaving = verbs.add_parser("leave", help="end account, roles, teams and devices")
    leaving.add_argument("--last", type=date.fromisoformat, help="last day, YYYY-MM-DD; else now")
    losing = verbs.add_parser(
        "lost", help="remove all second factors, end all sessions, tell the officer"
    )
    linking = verbs.add_parser("link", help="say who the person is at a provider of the settings")
    linking.add_argument("--provider", required=True, help="its name in the settings")
    linking.add_argument("--subject", required=True, help="the provider's id of the person")
    for verb in (adding, leaving, losing, linking):
        add_data(verb)
        verb.add_argument("--login", required=True, help="the login that names the account")
    changing = verbs.add_parser("change", help="roles, teams and devices of somebody")
    for name, meaning in CHANGES.items():
        changing.add_argument(f"--{name}", action="append", default=[], help=meaning)
    changing.add_argument(
        "--until", type=date.fromisoformat, help="last day of a granted role, YYYY-MM-DD"
    )
    add_data(changing)
    changing.add_argument("--login", required=True, help="whose")


def add_rarer(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """What is asked for less often: returns, teams, companies, who had access."""
    returning = verbs.add_parser(
        "return", help="open the account of somebody who left and comes back"
    )
    returning.add_argument("--employer", default="", help="a listed company; else the one before")
    add_data(returning)
    returning.add_argument("--login", required=True, help="the login they had")
    naming = verbs.add_parser("teams", help="the teams; rename one, or end it")
    naming.add_argument(
        "--rename",
        nargs=2,
        action="append",
        default=[],
        metavar=("OLD", "NEW"),
        help="the old name stays in the history",
    )
    naming.add_argument(
        "--end", action="append", default=[], metavar="NAME", help="nobody is in it any more"
    )
    add_data(naming)
    listing = verbs.add_parser("companies", help="whom people may work for (N-24)")
    listing.add_argument("--add", action="append", default=[], metavar="NAME", help="list it")
    listing.add_argument("--outside", action="store_true", help="an auditing firm or the like")
    listing.add_argument(
        "--end",
        action="append",
        default=[],
        metavar="NAME",
        help="off the list; nobody works there",
    )
    add_data(listing)
    asking = verbs.add_parser("access-on", help="who had access on a day, and to what")
    asking.add_argument("day", type=date.fromisoformat, help="YYYY-MM-DD")
    asking.add_argument("--agent", default="", metavar="LOGIN", help="only who could hear them")
    asking.add_argument("--json", action="store_true", help="for a program to read")
    add_data(asking)


def act(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.people import book, enrol, factors, returning, signin, sso

    now = clock_of(settings)()
    try:
        if given.verb in TELLING:
            print(TELLING[given.verb](given, now))
            return 0
        if given.verb == "add":
            add(settings, given, password(given.password_file, given.login), now)
        elif given.verb == "leave":
            depart(given, now)
        elif given.verb == "change":
            change(id_of(given.login, now), given, now)
        elif given.verb == "link":
            provider = provider_named(settings, given.provider)
            person = id_of(given.login, now)
            sso.link(person, provider, given.subject, by=BY, now=now)
        elif given.verb == "return":
            person = leaver_of(given.login)
            returning.come_back(person, by=BY, now=now, employer=given.employer)
        elif given.verb == "lost":
            factors.remove_all(id_of(given.login, now), by=BY, now=now)
    except (enrol.EnrolmentError, signin.WeakPassword, LookupError) as error:
        print(f"vaiti person: {error}", file=sys.stderr)
        return 1
    for card in book.persons(now):
        print(f"{card.login}  {card.name}  ({', '.join(sorted(card.roles)) or 'no role'})")
    return 0


def add(settings: Settings, given: argparse.Namespace, secret: str, now: datetime) -> None:
    """Enters the person whole or not at all."""
    from django.db import transaction

    from vaiti.ops.person_days import Zoned
    from vaiti.people import enrol, signin

    until = Zoned.at(now).ends(given.until) if given.until else None
    employer = given.employer or settings.controller.name
    with transaction.atomic():
        person = enrol.add_person(
            login=given.login,
            name=given.name,
            employer=employer,
            language=given.language,
            namesake=given.namesake,
            by=BY,
            now=now,
        )
        signin.set_password(person, secret, by=BY, now=now, given=True)
        for role in given.role:
            enrol.grant_role(person, role, until=until, by=BY, now=now)
        if given.team:
            enrol.join_team(person, team_named(given.team, now), by=BY, now=now)
        if given.leads:
            enrol.lead_team(person, team_named(given.leads, now), by=BY, now=now)
        for device in given.device:
            enrol.assign_device(person, device, by=BY, now=now)


def depart(given: argparse.Namespace, now: datetime) -> None:
    from vaiti.ops.person_days import Zoned
    from vaiti.people import enrol

    at = Zoned.at(now).ends(given.last) if given.last else None
    enrol.depart(id_of(given.login, now), by=BY, now=now, at=at)


def change(person: UUID, given: argparse.Namespace, now: datetime) -> None:
    """All of what was asked, or nothing."""
    from django.db import transaction

    from vaiti.ops.person_days import Zoned
    from vaiti.people import enrol

    until = Zoned.at(now).ends(given.until) if given.until else None
    with transaction.atomic():
        for role in given.grant:
            enrol.grant_role(person, role, until=until, by=BY, now=now)
        for role in given.end:
            enrol.end_role(person, role, by=BY, now=now)
        for name in given.out:
            enrol.leave_team(person, known_team(name, now), by=BY, now=now)
        for name in given.join:
            enrol.join_team(person, team_named(name, now), by=BY, now=now)
        for name in given.lead:
            enrol.lead_team(person, team_named(name, now), by=BY, now=now)
        for device in given.device:
            enrol.assign_device(person, device, by=BY, now=now)
        for device in given.release:
            enrol.release_device(device, by=BY, now=now)


def companies(given: argparse.Namespace, now: datetime) -> str:
    from vaiti.people import companies

    for name in given.add:
        companies.add_company(name, outside=given.outside, by=BY, now=now)
    for name in given.end:
        companies.end_company(name, by=BY, now=now)
    return "\n".join(
        f"{one.name}  ({one.people})" + ("  outside" if one.outside else "")
        for one in companies.companies(now)
    )


def access_on(given: argparse.Namespace, now: datetime) -> str:
    from vaiti.ops import person_days

    return person_days.access_on(given.day, given.agent, as_json=given.json, now=now)


def list_teams(given: argparse.Namespace, now: datetime) -> str:
    """Renames and ends teams, all of what was asked or nothing; then the teams there are."""
    from django.db import transaction

    from vaiti.people import directory, teams

    with transaction.atomic():
        for old, new in given.rename:
            teams.rename_team(known_team(old, now), new, by=BY, now=now)
        for name in given.end:
            teams.end_team(known_team(name, now), by=BY, now=now)
    return "\n".join(
        f"{one.name}  ({one.members} members; led by {', '.join(one.leaders) or 'nobody'})"
        for one in directory.teams(now)
    )


TELLING = {"companies": companies, "teams": list_teams, "access-on": access_on}


def team_named(name: str, now: datetime) -> UUID:
    """The team of this name, made if there is none."""
    from vaiti.people import enrol
    from vaiti.people.models import Team

    known = Team.objects.filter(name=name).values_list("id", flat=True).first()
    return known or enrol.add_team(name, by=BY, now=now)


def known_team(name: str, now: datetime) -> UUID:
    """Raises LookupError."""
    from vaiti.people import directory

    for one in directory.teams(now):
        if one.name == name:
            return one.id
    raise LookupError(f"there is no team {name} now; see: vaiti person teams")


def leaver_of(login: str) -> UUID:
    """The person of this login, who may have left. Raises LookupError."""
    from vaiti.people.models import Person

    found = Person.objects.filter(login=login).values_list("id", flat=True).first()
    if found is None:
        raise LookupError("nobody has or had this login; see the people who left on the pages")
    return found


def provider_named(settings: Settings, name: str) -> Provider:
    """Raises LookupError."""
    for one in settings.providers:
        if one.name == name:
            return one
    raise LookupError("the settings have no [[provider]] of this name; see docs/sign-in.md")


def id_of(login: str, now: datetime) -> UUID:
    """Raises LookupError."""
    from vaiti.people import book

    for card in book.persons(now):
        if card.login == login:
            return card.id
    raise LookupError("nobody here has this login; see: vaiti person list")
